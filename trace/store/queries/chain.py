"""The chain of a batch: every event that made it what it is and brought it where it is.

That is: all events of the batch itself, and of the logistic units it lay in, while it lay in them; and, of
every batch it was made from, those events by which the goods came to where they were used. What an ancestor
batch did elsewhere (the grower's other customers) is not part of this chain and is not shown with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, and_, bindparam, select

from trace.domain.model import REAL, AccountKind, Posting, ShipmentState
from trace.store import projection_tables as t
from trace.store.book import account_of, entry_of, stop_of
from trace.store.book_statements import ANCESTRY
from trace.store.queries.find import flags_by_entry
from trace.store.queries.names import Names, batch_infos, places
from trace.store.queries.results import BatchView, Delivery, Place, Step, StopInfo, Thing

Spot = tuple[str, str]  # kind and ref of an account: a party's hands, or a delivery


@dataclass(frozen=True)
class _Family:
    """A batch, all it was made from, and everything recorded of them, as rows."""

    root: str
    links: Sequence[Row[Any]]
    events: Mapping[int, Row[Any]]
    things: Mapping[int, Sequence[Row[Any]]]
    postings: Mapping[int, Sequence[Row[Any]]]

    @property
    def batches(self) -> frozenset[str]:
        return frozenset({self.root, *(link.input for link in self.links)})


def chain(connection: Connection, ledger: str, batch: str) -> tuple[Step, ...]:
    """The chain of a batch (canonical URI), by event time, then place in the ledger; empty if unknown."""
    family = _family(connection, ledger, batch)
    return _steps(connection, ledger, family, _relevant(family))


def batch_view(connection: Connection, ledger: str, batch: str) -> BatchView | None:
    """All that a batch's page needs, in a fixed number of queries; None if the batch is unknown."""
    family = _family(connection, ledger, batch)
    infos = batch_infos(connection, ledger, family.batches)
    if batch not in infos:
        return None
    steps = _steps(connection, ledger, family, _relevant(family))
    return BatchView(infos[batch], steps, _stops(connection, ledger, batch), infos)


def events_of_batch_indices(connection: Connection, ledger: str, batch: str) -> tuple[int, ...]:
    """The entries that a bundle of the batch holds: its chain, and the holds on it and on its ancestors."""
    family = _family(connection, ledger, batch)
    held = set[int]()
    for row in _stop_rows(connection, ledger, batch):
        held |= {entry_of(row)} if row.released_index is None else {entry_of(row), row.released_index}
    return tuple(sorted(held | _relevant(family).keys()))


# -- what is asked; ``ledger`` and ``batch`` are bound ---------------------------------------------------------

_MEMBERS = select(ANCESTRY.c.batch)
_TOUCHING = select(t.event_things.c.index).where(
    t.event_things.c.ledger == bindparam("ledger"), t.event_things.c.uri.in_(_MEMBERS)
)


def _of_family(table: Table, condition: ColumnElement[bool]) -> Select[Any]:
    return (
        select(table)
        .where(table.c.ledger == bindparam("ledger"), condition)
        .order_by(table.c.index, *table.primary_key)
    )


_LINKS = _of_family(t.links, t.links.c.output.in_(_MEMBERS))
_EVENTS = _of_family(t.events, t.events.c.index.in_(_TOUCHING))
_THINGS = _of_family(t.event_things, t.event_things.c.index.in_(_TOUCHING))
_POSTINGS = _of_family(t.postings, t.postings.c.batch.in_(_MEMBERS))
_FLAGS = _of_family(t.flags, t.flags.c.index.in_(_TOUCHING))
_STOPS = _of_family(t.stops, t.stops.c.batch.in_(_MEMBERS))

_confirming = t.events.alias("confirming")
_OPENED = select(t.events.c.shipment).where(
    t.events.c.ledger == bindparam("ledger"), t.events.c.index.in_(_TOUCHING)
)
_DELIVERIES = (
    select(
        t.shipments,
        _confirming.c.by_party.label("confirmer"),
        _confirming.c.event_time.label("confirmed"),
    )
    .outerjoin(
        _confirming,
        and_(
            _confirming.c.ledger == t.shipments.c.ledger,
            _confirming.c.index == t.shipments.c.settled_index,
        ),
    )
    .where(t.shipments.c.ledger == bindparam("ledger"), t.shipments.c.id.in_(_OPENED))
)


# -- what belongs to it --------------------------------------------------------------------------------------


def _family(connection: Connection, ledger: str, batch: str) -> _Family:
    named = {"ledger": ledger, "batch": batch}
    events = connection.execute(_EVENTS, named)
    return _Family(
        root=batch,
        links=connection.execute(_LINKS, named).all(),
        events={entry_of(row): row for row in events},
        things=_by_index(connection.execute(_THINGS, named)),
        postings=_by_index(connection.execute(_POSTINGS, named)),
    )


def _by_index(rows: Iterable[Row[Any]]) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[entry_of(row)].append(row)
    return found


def _relevant(family: _Family) -> dict[int, set[str]]:
    """The entries of the chain, each with the batches of the family that it concerns in this chain."""
    chosen: dict[int, set[str]] = defaultdict(set)
    touched: dict[str, set[int]] = defaultdict(set)
    for index, things in family.things.items():
        for thing in things:
            if thing.uri in family.batches:
                touched[thing.uri].add(index)
    used = _used(family)
    for batch in family.batches:
        if batch == family.root:
            indices = touched[batch] & family.events.keys()
        else:
            indices = _way_to_use(family, batch, touched[batch], used[batch])
        for index in indices:
            chosen[index].add(batch)
    return chosen


def _used(family: _Family) -> dict[str, set[int]]:
    """By ancestor: the entries in which it became part of the family's next batch."""
    used: dict[str, set[int]] = defaultdict(set)
    for link in family.links:
        used[link.input].add(entry_of(link))
    return used


def _way_to_use(family: _Family, batch: str, touched: set[int], used: set[int]) -> set[int]:
    """Walk an ancestor's events backwards from where it was used, along the hands it came through."""
    standing = [
        index
        for index in sorted(touched & family.events.keys(), reverse=True)
        if family.events[index].corrected_by is None and not family.events[index].declares_error
    ]
    wanted: set[Spot] = {(AccountKind.HELD, family.events[index].holder) for index in used & set(standing)}
    chosen: set[int] = set()
    still: list[int] = []
    for index in standing:
        given, taken = _moved(family.postings.get(index, ()), batch)
        if index in used or taken & wanted:
            chosen.add(index)
            wanted |= given
        elif not given and not taken:
            still.append(index)
    last = max((family.events[index].event_time for index in chosen), default=None)
    hands = {row.ref for rows in family.postings.values() for row in rows if row.batch == batch}
    for index in still:  # seen, tested, packed: where it lay on its way, and not after it was used
        event = family.events[index]
        on_its_way = (AccountKind.HELD, event.holder) in wanted
        by_a_third = event.holder not in hands  # a laboratory, a market's gate: it speaks of the whole batch
        if (on_its_way or by_a_third) and last is not None and event.event_time <= last:
            chosen.add(index)
    return chosen


def _moved(postings: Iterable[Row[Any]], batch: str) -> tuple[set[Spot], set[Spot]]:
    """Whose hands lost some of the batch in an event, and whose gained; logistic units are looked through."""
    change: dict[Spot, Decimal] = defaultdict(Decimal)
    for row in postings:
        if row.batch == batch and row.kind in REAL:
            change[row.kind, row.ref] += row.amount
    given = {spot for spot, amount in change.items() if amount < 0}
    return given, {spot for spot, amount in change.items() if amount > 0}


# -- as steps ------------------------------------------------------------------------------------------------


def _steps(
    connection: Connection, ledger: str, family: _Family, chosen: Mapping[int, set[str]]
) -> tuple[Step, ...]:
    rows = sorted((family.events[index] for index in chosen), key=lambda row: (row.event_time, entry_of(row)))
    deliveries = _deliveries(connection, ledger, family.root)
    flags = flags_by_entry(connection.execute(_FLAGS, {"ledger": ledger, "batch": family.root}))
    where = places(connection, ledger, (_place_uri(row) for row in rows))
    everyone = [uri for row in rows for uri in (row.holder, row.by_party)]
    everyone += [uri for row in deliveries.values() for uri in (row.sender, row.receiver, row.confirmer)]
    names = Names(connection, ledger, everyone)
    return tuple(
        Step(
            index=entry_of(row),
            event_id=row.event_id,
            type=row.type,
            action=row.action,
            biz_step=row.biz_step,
            disposition=row.disposition,
            time=row.event_time,
            offset=row.offset,
            recorded=row.recorded,
            place=_place(where, row),
            holder=names.maybe(row.holder),
            declared_by=names.of(row.by_party),
            delivery=_delivery(deliveries.get(row.shipment), names),
            settles=row.settles,
            document=row.document,
            batches=tuple(sorted(chosen[entry_of(row)])),
            things=tuple(Thing(thing.role, thing.uri) for thing in family.things[entry_of(row)]),
            postings=tuple(
                Posting(posting.batch, account_of(posting), posting.amount)
                for posting in family.postings.get(entry_of(row), ())
                if posting.batch in chosen[entry_of(row)]
            ),
            flags=flags.get(entry_of(row), ()),
            declares_error=row.declares_error,
            corrects=row.corrects,
            corrected_by=row.corrected_by,
        )
        for row in rows
    )


def _place_uri(row: Row[Any]) -> str | None:
    """The business location, whose owner answers for the goods; without one the read point (a gate)."""
    where: str | None = row.biz_location or row.read_point
    return where


def _place(where: Mapping[str, Place], row: Row[Any]) -> Place | None:
    uri = _place_uri(row)
    return where[uri] if uri else None


def _deliveries(connection: Connection, ledger: str, batch: str) -> dict[str, Row[Any]]:
    """The deliveries that the family's events opened, each with who confirmed it."""
    rows = connection.execute(_DELIVERIES, {"ledger": ledger, "batch": batch})
    return {row.id: row for row in rows}


def _delivery(row: Row[Any] | None, names: Names) -> Delivery | None:
    if row is None:
        return None
    confirmed: datetime | None = row.confirmed
    return Delivery(
        shipment=row.id,
        sender=names.of(row.sender),
        receiver=names.of(row.receiver),
        state=ShipmentState(row.state),
        confirmed_by=names.maybe(row.confirmer),
        confirmed=confirmed,
        confirmed_index=row.settled_index,
    )


# -- holds ---------------------------------------------------------------------------------------------------


def _stop_rows(connection: Connection, ledger: str, batch: str) -> Sequence[Row[Any]]:
    return connection.execute(_STOPS, {"ledger": ledger, "batch": batch}).all()


def _stops(connection: Connection, ledger: str, batch: str) -> tuple[StopInfo, ...]:
    rows = _stop_rows(connection, ledger, batch)
    names = Names(connection, ledger, (row.by_party for row in rows))
    return tuple(
        StopInfo(
            stop=stop_of(row),
            by=names.of(row.by_party),
            recorded=row.recorded,
            index=entry_of(row),
            inherited=row.batch != batch,
            released_index=row.released_index,
            released_reason=row.released_reason,
        )
        for row in rows
    )
