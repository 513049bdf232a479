"""What an inspector is shown before he asks: holds, records that do not add up, late confirmations, old goods.

Each list is read along an index from its newest or gravest end and ends after ``limit`` rows. ``areas`` are the
beginnings of regions' codes (GB/T 2260); none for everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, or_, select

from trace.domain.model import AccountKind, ShipmentState, Stop
from trace.store import projection_tables as t
from trace.store.book import chunks, entry_of
from trace.store.queries.names import Names, batch_infos
from trace.store.queries.results import BatchInfo, Flag, Named
from trace.store.queries.search import Happening, happenings_of_rows

OLD = timedelta(days=90)
"""Goods that expired longer ago are no news: what a shop never wrote off would crowd out the rest."""


@dataclass(frozen=True)
class Held:
    """A hold in force, and the batch that it is on."""

    stop: Stop
    by: Named
    recorded: datetime
    index: int
    info: BatchInfo | None


@dataclass(frozen=True)
class Flagged:
    """A record that does not add up and still stands, with what was wrong in it."""

    happening: Happening
    flags: tuple[Flag, ...]


@dataclass(frozen=True)
class OpenDelivery:
    """A delivery that nobody has confirmed, which the ledger heard of when ``recorded``; ``batches`` lie in it."""

    shipment: str
    sender: Named
    receiver: Named
    shipped: datetime
    recorded: datetime
    index: int
    batches: tuple[BatchInfo, ...]


@dataclass(frozen=True)
class Expired:
    """Goods past their last day that a party still holds."""

    info: BatchInfo
    holder: Named
    amount: Decimal


def holds_in_force(connection: Connection, ledger: str, *, mine: str, limit: int) -> tuple[Held, ...]:
    """Holds in force, those of ``mine`` (a party's URI) first, then the newest first."""
    columns = t.stops.c
    rows = connection.execute(
        select(t.stops)
        .where(columns.ledger == ledger, columns.released_index.is_(None))
        .order_by(case((columns.by_party == mine, 0), else_=1), columns.index.desc(), columns.hold)
        .limit(limit)
    ).all()
    infos = batch_infos(connection, ledger, [row.batch for row in rows])
    names = Names(connection, ledger, [row.by_party for row in rows])
    return tuple(
        Held(
            stop=Stop(row.batch, row.hold, row.reason, row.by_party, row.cause),
            by=names.of(row.by_party),
            recorded=row.recorded,
            index=entry_of(row),
            info=infos.get(row.batch),
        )
        for row in rows
    )


def flagged(
    connection: Connection, ledger: str, *, areas: Sequence[str] = (), party: str | None = None, limit: int
) -> tuple[Flagged, ...]:
    """Records with flags that still stand, the newest first; those of one party if given."""
    events = t.events.c
    marked = select(t.flags.c.index).where(t.flags.c.ledger == ledger)
    statement = select(t.events).where(
        events.ledger == ledger, events.index.in_(marked), events.corrected_by.is_(None)
    )
    if party is not None:
        statement = statement.where(or_(events.holder == party, events.by_party == party))
    statement = _in_area(statement, ledger, events.holder, areas).order_by(events.index.desc()).limit(limit)
    rows = connection.execute(statement).all()
    found = flags_of(connection, ledger, [entry_of(row) for row in rows])
    return tuple(
        Flagged(one, found.get(one.index, ())) for one in happenings_of_rows(connection, ledger, rows)
    )


def flags_of(connection: Connection, ledger: str, indices: Sequence[int]) -> dict[int, tuple[Flag, ...]]:
    """What was wrong with each of these entries, by entry."""
    found: dict[int, tuple[Flag, ...]] = {}
    columns = t.flags.c
    for part in chunks(sorted(set(indices))):
        rows = connection.execute(
            select(t.flags)
            .where(columns.ledger == ledger, columns.index.in_(part))
            .order_by(columns.index, columns.n)
        )
        for row in rows:
            flag = Flag(entry_of(row), row.code, row.batch, json.loads(row.params))
            found[flag.index] = (*found.get(flag.index, ()), flag)
    return found


def unconfirmed(
    connection: Connection, ledger: str, *, before: datetime, areas: Sequence[str], limit: int
) -> tuple[OpenDelivery, ...]:
    """Deliveries that left before a moment, and were told of before it, and nobody confirmed; the oldest first."""
    columns, events = t.shipments.c, t.events.c
    statement = (
        select(t.shipments, events.recorded)
        .join(t.events, and_(events.ledger == columns.ledger, events.index == columns.index))
        .where(columns.ledger == ledger, columns.state == ShipmentState.OPEN)
        .where(columns.shipped < before, events.recorded < before)
    )
    statement = (
        _in_area(statement, ledger, columns.receiver, areas)
        .order_by(columns.shipped, columns.id)
        .limit(limit)
    )
    rows = connection.execute(statement).all()
    inside: dict[str, list[str]] = {}
    balances = t.balances.c
    for part in chunks([row.id for row in rows]):
        asked = select(balances.ref, balances.batch).where(
            balances.ledger == ledger, balances.kind == AccountKind.TRANSIT, balances.ref.in_(part)
        )
        for ref, batch in connection.execute(asked.distinct().order_by(balances.ref, balances.batch)):
            inside.setdefault(ref, []).append(batch)
    infos = batch_infos(connection, ledger, {uri for several in inside.values() for uri in several})
    names = Names(connection, ledger, (uri for row in rows for uri in (row.sender, row.receiver)))
    return tuple(
        OpenDelivery(
            shipment=row.id,
            sender=names.of(row.sender),
            receiver=names.of(row.receiver),
            shipped=row.shipped,
            recorded=row.recorded,
            index=entry_of(row),
            batches=tuple(infos[uri] for uri in inside.get(row.id, ()) if uri in infos),
        )
        for row in rows
    )


def expired_held(
    connection: Connection, ledger: str, *, today: date, areas: Sequence[str], limit: int
) -> tuple[Expired, ...]:
    """Goods that expired within OLD and that somebody still holds, the latest to expire first."""
    batches, balances = t.batches.c, t.balances.c
    held = and_(balances.ledger == batches.ledger, balances.batch == batches.uri)
    statement = (
        select(batches.uri, batches.expires, balances.ref, balances.amount)
        .join(t.balances, held)
        .where(batches.ledger == ledger, balances.kind == AccountKind.HELD)
        .where(batches.expires < today.isoformat(), batches.expires >= (today - OLD).isoformat())
    )
    statement = _in_area(statement, ledger, balances.ref, areas)
    rows = connection.execute(
        statement.order_by(batches.expires.desc(), batches.uri, balances.ref).limit(limit)
    ).all()
    sums: dict[tuple[str, str], Decimal] = {}
    for row in rows:  # packed and loose goods stand on several accounts
        sums[row.uri, row.ref] = sums.get((row.uri, row.ref), Decimal(0)) + row.amount
    infos = batch_infos(connection, ledger, [uri for uri, _ in sums])
    names = Names(connection, ledger, [ref for _, ref in sums])
    return tuple(Expired(infos[uri], names.of(ref), amount) for (uri, ref), amount in sums.items())


def _in_area(
    statement: Select[Any], ledger: str, party: ColumnElement[Any], areas: Sequence[str]
) -> Select[Any]:
    """Only rows whose party is registered in one of the areas, given by how their codes begin."""
    if not areas:
        return statement
    parties = t.parties.alias("of_area")
    begins = [and_(parties.c.region >= area, parties.c.region < area + "\U0010ffff") for area in areas]
    here = select(parties.c.uri).where(parties.c.ledger == ledger, parties.c.uri == party, or_(*begins))
    return statement.where(here.exists())
