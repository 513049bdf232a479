"""Company prefixes and the numbers that logistic units were given under them."""

from __future__ import annotations

from collections.abc import Collection
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


def is_anothers(connection: Connection, ledger: str, prefix: str, party: str) -> bool:
    """Whether the GLN of another party, or the GTIN of a product that it registered, begins with a prefix."""
    parties, products = t.parties.c, t.products.c
    glns = select(parties.gln).where(
        parties.ledger == ledger, parties.uri != party, parties.gln.startswith(prefix, autoescape=True)
    )
    gtins = select(products.gtin).where(
        products.ledger == ledger,
        products.owner != party,
        products.registered.is_(True),
        func.substr(products.gtin, 2).startswith(prefix, autoescape=True),
    )
    return connection.execute(glns.union_all(gtins).limit(1)).first() is not None


def named_among(connection: Connection, ledger: str, units: Collection[str]) -> frozenset[str]:
    """Those of these logistic units that any event names."""
    columns = t.event_things.c
    named = select(columns.uri).where(columns.ledger == ledger, columns.uri.in_(list(units))).distinct()
    return frozenset(connection.execute(named).scalars())
