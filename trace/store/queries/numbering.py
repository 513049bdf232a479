"""Company prefixes and the numbers that logistic units were given under them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from trace.store import projection_tables as t
from trace.store.unit_tables import company_prefixes, units_issued


@dataclass(frozen=True)
class Prefix:
    """A GS1 Company Prefix, the party whose it is, and the number that its units begin with here."""

    prefix: str
    party: str
    first: int


def prefix_of(connection: Connection, ledger: str, party: str) -> Prefix | None:
    """The prefix that a party registered last."""
    columns = company_prefixes.c
    row = connection.execute(
        select(columns.prefix, columns.party, columns.first)
        .where(columns.ledger == ledger, columns.party == party)
        .order_by(columns.index.desc())
        .limit(1)
    ).first()
    return None if row is None else Prefix(row.prefix, row.party, row.first)


def overlapping(connection: Connection, ledger: str, prefix: str) -> tuple[Prefix, ...]:
    """The registered prefixes under which the same numbers could be made."""
    columns = company_prefixes.c
    shorter = [prefix[:length] for length in range(1, len(prefix) + 1)]
    rows = connection.execute(
        select(columns.prefix, columns.party, columns.first)
        .where(columns.ledger == ledger)
        .where(columns.prefix.in_(shorter) | columns.prefix.startswith(prefix, autoescape=True))
        .order_by(columns.prefix)
    )
    return tuple(Prefix(row.prefix, row.party, row.first) for row in rows)


def last_number(connection: Connection, ledger: str, prefix: str) -> int | None:
    """The highest number that a unit was given under a prefix; None where none was."""
    columns = units_issued.c
    return connection.execute(
        select(func.max(columns.number)).where(columns.ledger == ledger, columns.prefix == prefix)
    ).scalar()


def gs1_numbers(connection: Connection, ledger: str, party: str) -> tuple[str, ...]:
    """The GS1 numbers that the ledger knows a party by, from their company prefix on: its GLN, its products' GTINs."""
    glns = select(t.parties.c.gln).where(
        t.parties.c.ledger == ledger, t.parties.c.uri == party, t.parties.c.gln.is_not(None)
    )
    gtins = select(func.substr(t.products.c.gtin, 2)).where(
        t.products.c.ledger == ledger,
        t.products.c.owner == party,
        t.products.c.registered.is_(True),
        t.products.c.gtin.is_not(None),
    )
    return tuple(connection.execute(glns.union(gtins)).scalars())


def is_named(connection: Connection, ledger: str, unit: str) -> bool:
    """Whether any event names this logistic unit."""
    columns = t.event_things.c
    named = select(columns.index).where(columns.ledger == ledger, columns.uri == unit).limit(1)
    return connection.execute(named).first() is not None
