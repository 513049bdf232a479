"""What parties offer, and who may enter for whom."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from trace.domain.model import AccountKind
from trace.store import projection_tables as t
from trace.store.book import chunks, entry_of
from trace.store.offer_tables import mandates, offers
from trace.store.queries.names import Names
from trace.store.queries.results import Named


@dataclass(frozen=True)
class OfferRow:
    """What was posted last for a day; ``items`` is JSON."""

    party: str
    day: str
    kind: str
    items: str
    posted: datetime
    index: int


@dataclass(frozen=True)
class Mandate:
    """``clerk`` may enter for ``party``; ``by`` gave it: the party, or the operator with its paper in hand."""

    party: Named
    clerk: Named
    by: Named
    given: datetime
    index: int


def offer(connection: Connection, ledger: str, party: str, day: str) -> OfferRow | None:
    """What a party posted last for a day (ISO 8601)."""
    mine = (offers.c.ledger == ledger) & (offers.c.party == party)
    row = connection.execute(select(offers).where(mine, offers.c.day == day)).first()
    return None if row is None else _offer(row)


def offers_before(
    connection: Connection, ledger: str, party: str, day: str, most: int = 14
) -> tuple[OfferRow, ...]:
    """What a party posted for earlier days, the last day first."""
    mine = (offers.c.ledger == ledger) & (offers.c.party == party)
    wanted = select(offers).where(mine, offers.c.day < day).order_by(offers.c.day.desc()).limit(most)
    return tuple(_offer(row) for row in connection.execute(wanted))


def ever_held(connection: Connection, ledger: str, party: str, batches: Collection[str]) -> set[str]:
    """Those of the batches that the party has, or once had, in hand."""
    found: set[str] = set()
    for part in chunks(sorted(set(batches))):
        rows = connection.execute(
            select(t.postings.c.batch)
            .where(t.postings.c.ledger == ledger, t.postings.c.batch.in_(part))
            .where(t.postings.c.kind == AccountKind.HELD, t.postings.c.ref == party)
            .distinct()
        )
        found.update(rows.scalars())
    return found


def mandate_in_force(connection: Connection, ledger: str, party: str, clerk: str) -> bool:
    """Whether ``clerk`` may enter for ``party`` now."""
    pair = (mandates.c.ledger == ledger) & (mandates.c.party == party) & (mandates.c.clerk == clerk)
    return (
        connection.execute(select(mandates.c.given).where(pair, mandates.c.ended_index.is_(None))).first()
        is not None
    )


def mandates_of(connection: Connection, ledger: str, party: str) -> tuple[Mandate, ...]:
    """Who may enter for a party, in the order in which the mandates were given."""
    return _mandates(connection, ledger, mandates.c.party == party)


def mandates_to(connection: Connection, ledger: str, clerk: str) -> tuple[Mandate, ...]:
    """For whom a party may enter, in the order in which the mandates were given."""
    return _mandates(connection, ledger, mandates.c.clerk == clerk)


def _mandates(connection: Connection, ledger: str, whose: Any) -> tuple[Mandate, ...]:
    standing = select(mandates).where(mandates.c.ledger == ledger, mandates.c.ended_index.is_(None), whose)
    rows = connection.execute(standing.order_by(mandates.c.index)).all()
    names = Names(connection, ledger, (uri for row in rows for uri in (row.party, row.clerk, row.by_party)))
    return tuple(
        Mandate(names.of(row.party), names.of(row.clerk), names.of(row.by_party), row.given, entry_of(row))
        for row in rows
    )


def _offer(row: Row[Any]) -> OfferRow:
    return OfferRow(row.party, row.day, row.kind, row.items, row.posted, entry_of(row))
