"""The chain of a batch: every event that made it what it is and brought it where it is.

That is: all events of the batch itself, and of the logistic units it lay in, while it lay in them; and, of
every batch it was made from, those events by which the goods came to where they were used. What an ancestor
batch did elsewhere (the grower's other customers) is not part of this chain and is not shown with it; what a laboratory
or an authority found of it is, whenever that was.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, func, select

from trace.domain.model import REAL, Account, AccountKind, Posting, ShipmentState, Stop
from trace.domain.results import JUDGES
from trace.store import projection_tables as t
from trace.store.book_statements import ANCESTRY
from trace.store.queries.names import Names, infos_of_rows
from trace.store.queries.results import BatchView, Correction, Delivery, Flag, Place, Step, StopInfo, Thing

Spot = tuple[str, str]  # kind and ref of an account: a party's hands, or a delivery
_Rows: TypeAlias = Sequence[Row[Any]]


@dataclass(frozen=True)
class _Family:
    """A batch, all it was made from, and everything recorded of them, as rows.

    ``events`` has a row for each flag of an event, at least one.
    """

    root: str
    links: _Rows
    events: Mapping[int, _Rows]
    things: Mapping[int, _Rows]
    postings: Mapping[int, _Rows]

    @property
    def batches(self) -> frozenset[str]:
        return frozenset({self.root, *(link.input for link in self.links)})


def chain(connection: Connection, ledger: str, batch: str) -> tuple[Step, ...]:
    """The chain of a batch (canonical URI), by event time, then place in the ledger; empty if unknown."""
    family = _family(connection, ledger, batch)
    chosen = _relevant(family)
    return _steps(family, chosen, Names(connection, ledger, _everyone(family, chosen)), amounts=True)


def batch_view(connection: Connection, ledger: str, batch: str, *, amounts: bool = True) -> BatchView | None:
    """All that a batch's page needs, in a fixed number of queries; None if the batch is unknown.

    Without ``amounts`` the steps have no postings: nobody sees by accident what is not for everybody.
    """
    members = connection.execute(_MEMBERS, {"ledger": ledger, "batch": batch}).all()
    recorded = {row.uri: row for row in members if row.uri is not None}
    if batch not in recorded:
        return None
    family = _family(connection, ledger, batch)
    chosen = _relevant(family)
    stops = _stopped(members)
    everyone = _everyone(family, chosen)
    everyone |= {row.stopped_by for row in stops} | {row.maker for row in recorded.values()}
    names = Names(connection, ledger, everyone)
    infos = infos_of_rows(connection, ledger, recorded.values(), names)
    return BatchView(
        info=infos[batch],
        steps=_steps(family, chosen, names, amounts=amounts),
        stops=tuple(_stop(row, batch, names) for row in stops),
        family=infos,
        parties=names.parties,
    )


def events_of_batch_indices(connection: Connection, ledger: str, batch: str) -> tuple[int, ...]:
    """The entries that a bundle of the batch holds: its chain, and the holds on it and on its ancestors."""
    family = _family(connection, ledger, batch)
    held = set[int]()
    for row in _stopped(connection.execute(_MEMBERS, {"ledger": ledger, "batch": batch}).all()):
        held |= {row.stopped} if row.released_index is None else {row.stopped, row.released_index}
    return tuple(sorted(held | _relevant(family).keys()))


# -- what is asked; ``ledger`` and ``batch`` are bound ---------------------------------------------------------

_LEDGER: ColumnElement[str] = bindparam("ledger")
_IN_FAMILY = select(ANCESTRY.c.batch)
_TOUCHING = select(t.event_things.c.index).where(
    t.event_things.c.ledger == _LEDGER, t.event_things.c.uri.in_(_IN_FAMILY)
)

# Each batch of the family as far as it is recorded, once for every hold that was ever on it.
_MEMBERS: Select[Any] = (
    select(
        ANCESTRY.c.batch.label("member"),
        t.batches,
        t.stops.c.hold,
        t.stops.c.reason,
        t.stops.c.cause,
        t.stops.c.by_party.label("stopped_by"),
        t.stops.c.recorded.label("stopped_at"),
        t.stops.c.index.label("stopped"),
        t.stops.c.released_index,
        t.stops.c.released_reason,
        t.stops.c.released_cause,
    )
    .select_from(ANCESTRY)
    .outerjoin(t.batches, and_(t.batches.c.ledger == _LEDGER, t.batches.c.uri == ANCESTRY.c.batch))
    .outerjoin(t.stops, and_(t.stops.c.ledger == _LEDGER, t.stops.c.batch == ANCESTRY.c.batch))
    .order_by(ANCESTRY.c.batch, t.stops.c.index, t.stops.c.hold)
)

_LINKS: Select[Any] = (
    select(t.links.c.index.label("entry"), t.links.c.input)
    .where(t.links.c.ledger == _LEDGER, t.links.c.output.in_(_IN_FAMILY))
    .order_by(t.links.c.index, t.links.c.n)
)

_THINGS: Select[Any] = (
    select(t.event_things.c.index.label("entry"), t.event_things.c.role, t.event_things.c.uri)
    .where(t.event_things.c.ledger == _LEDGER, t.event_things.c.index.in_(_TOUCHING))
    .order_by(t.event_things.c.index, t.event_things.c.role, t.event_things.c.uri)
)

_POSTINGS: Select[Any] = (
    select(t.postings.c.index.label("entry"), *(column for column in t.postings.c if column.name != "index"))
    .where(t.postings.c.ledger == _LEDGER, t.postings.c.batch.in_(_IN_FAMILY))
    .order_by(t.postings.c.index, t.postings.c.n)
)

# Every event of the family with where it was, the delivery it opened, who confirmed that, and who took it back.
# The place is the business location, whose owner answers for the goods; without one the read point (a gate).
_where = func.coalesce(t.events.c.biz_location, t.events.c.read_point)
_confirming = t.events.alias("confirming")
_correcting = t.events.alias("correcting")
_declaring = t.parties.alias("declaring")
_EVENTS: Select[Any] = (
    select(
        t.events.c.index.label("entry"),
        *(column for column in t.events.c if column.name not in ("index", "ledger")),
        _where.label("place"),
        t.locations.c.name.label("place_name"),
        t.locations.c.address.label("place_address"),
        t.locations.c.owner.label("place_owner"),
        t.shipments.c.sender,
        t.shipments.c.receiver,
        t.shipments.c.state,
        t.shipments.c.settled_index,
        _confirming.c.by_party.label("confirmer"),
        _confirming.c.event_time.label("confirmed"),
        _correcting.c.by_party.label("corrector"),
        _correcting.c.recorded.label("corrected"),
        _declaring.c.role.label("role"),
        t.flags.c.code.label("flag"),
        t.flags.c.batch.label("flagged"),
        t.flags.c.params,
    )
    .outerjoin(t.locations, and_(t.locations.c.ledger == _LEDGER, t.locations.c.uri == _where))
    .outerjoin(t.shipments, and_(t.shipments.c.ledger == _LEDGER, t.shipments.c.id == t.events.c.shipment))
    .outerjoin(
        _confirming,
        and_(_confirming.c.ledger == _LEDGER, _confirming.c.index == t.shipments.c.settled_index),
    )
    .outerjoin(
        _correcting,
        and_(_correcting.c.ledger == _LEDGER, _correcting.c.index == t.events.c.corrected_by),
    )
    .outerjoin(_declaring, and_(_declaring.c.ledger == _LEDGER, _declaring.c.uri == t.events.c.by_party))
    .outerjoin(t.flags, and_(t.flags.c.ledger == _LEDGER, t.flags.c.index == t.events.c.index))
    .where(t.events.c.ledger == _LEDGER, t.events.c.index.in_(_TOUCHING))
    .order_by(t.events.c.index, t.flags.c.n)
)


# -- what belongs to it --------------------------------------------------------------------------------------


def _family(connection: Connection, ledger: str, batch: str) -> _Family:
    named = {"ledger": ledger, "batch": batch}
    return _Family(
        root=batch,
        links=connection.execute(_LINKS, named).all(),
        events=_by_entry(connection.execute(_EVENTS, named)),
        things=_by_entry(connection.execute(_THINGS, named)),
        postings=_by_entry(connection.execute(_POSTINGS, named)),
    )


def _by_entry(rows: Iterable[Row[Any]]) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.entry].append(row)
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
        used[link.input].add(link.entry)
    return used


def _way_to_use(family: _Family, batch: str, touched: set[int], used: set[int]) -> set[int]:
    """Walk an ancestor's events backwards from where it was used, along the hands it came through."""
    events = {index: family.events[index][0] for index in touched & family.events.keys()}
    standing = [
        index
        for index in sorted(events, reverse=True)
        if events[index].corrected_by is None and not events[index].declares_error
    ]
    wanted: set[Spot] = {(AccountKind.HELD, events[index].holder) for index in used & set(standing)}
    chosen: set[int] = set()
    still: list[int] = []
    for index in standing:
        given, taken = _moved(family.postings.get(index, ()), batch)
        if index in used or taken & wanted:
            chosen.add(index)
            wanted |= given
        elif not given and not taken:
            still.append(index)
    last = max((events[index].event_time for index in chosen), default=None)
    hands = {row.ref for rows in family.postings.values() for row in rows if row.batch == batch}
    for index in still:  # seen, tested, packed: where it lay on its way, and not after it was used
        event = events[index]
        on_its_way = (AccountKind.HELD, event.holder) in wanted
        by_a_third = event.holder not in hands  # a laboratory, a market's gate: it speaks of the whole batch
        in_time = last is not None and event.event_time <= last
        if (in_time and (on_its_way or by_a_third)) or (by_a_third and event.role in JUDGES):
            chosen.add(index)  # what is found of it later is found of all that was made from it
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


def _everyone(family: _Family, chosen: Iterable[int]) -> set[str | None]:
    rows = [family.events[index][0] for index in chosen]
    return {
        uri
        for row in rows
        for uri in (row.holder, row.by_party, row.sender, row.receiver, row.confirmer, row.corrector)
    }


def _steps(
    family: _Family, chosen: Mapping[int, set[str]], names: Names, *, amounts: bool
) -> tuple[Step, ...]:
    rows = sorted((family.events[index][0] for index in chosen), key=lambda row: (row.event_time, row.entry))
    return tuple(
        Step(
            index=row.entry,
            event_id=row.event_id,
            type=row.type,
            action=row.action,
            biz_step=row.biz_step,
            disposition=row.disposition,
            time=row.event_time,
            offset=row.offset,
            recorded=row.recorded,
            place=_place(row),
            holder=names.maybe(row.holder),
            declared_by=names.of(row.by_party),
            delivery=_delivery(row, names),
            settles=row.settles,
            document=row.document,
            batches=tuple(sorted(chosen[row.entry])),
            things=tuple(Thing(thing.role, thing.uri) for thing in family.things[row.entry]),
            postings=_booked(family.postings.get(row.entry, ()), chosen[row.entry]) if amounts else (),
            flags=_flags(family.events[row.entry]),
            declares_error=row.declares_error,
            corrects=row.corrects,
            corrected_by=row.corrected_by,
            correction=Correction(names.of(row.corrector), row.corrected) if row.corrector else None,
        )
        for row in rows
    )


def _place(row: Row[Any]) -> Place | None:
    return Place(row.place, row.place_name, row.place_address, row.place_owner) if row.place else None


def _booked(postings: _Rows, batches: set[str]) -> tuple[Posting, ...]:
    return tuple(
        Posting(row.batch, Account(AccountKind(row.kind), row.ref, row.container), row.amount)
        for row in postings
        if row.batch in batches
    )


def _flags(rows: _Rows) -> tuple[Flag, ...]:
    return tuple(
        Flag(row.entry, row.flag, row.flagged, json.loads(row.params)) for row in rows if row.flag is not None
    )


def _delivery(row: Row[Any], names: Names) -> Delivery | None:
    if row.sender is None:
        return None
    return Delivery(
        shipment=row.shipment,
        sender=names.of(row.sender),
        receiver=names.of(row.receiver),
        state=ShipmentState(row.state),
        confirmed_by=names.maybe(row.confirmer),
        confirmed=row.confirmed,
        confirmed_index=row.settled_index,
    )


# -- holds ---------------------------------------------------------------------------------------------------


def _stopped(members: _Rows) -> list[Row[Any]]:
    """The members' holds, in the order in which they were recorded."""
    return sorted((row for row in members if row.stopped is not None), key=lambda row: row.stopped)


def _stop(row: Row[Any], batch: str, names: Names) -> StopInfo:
    return StopInfo(
        stop=Stop(batch=row.member, hold=row.hold, reason=row.reason, by=row.stopped_by, cause=row.cause),
        by=names.of(row.stopped_by),
        recorded=row.stopped_at,
        index=row.stopped,
        inherited=row.member != batch,
        released_index=row.released_index,
        released_reason=row.released_reason,
        released_cause=row.released_cause,
    )
