"""What the forms of the law are filled from: acts with what they booked, and all that is known around them.

An act is one event that counts: the records that were declared wrong, and the declarations, are left out unless
asked for. Selections are bounded: one row more than ``most`` is read, so that the caller sees that there is more.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, or_, select, union

from trace.domain.epcis import Event, parse_body
from trace.domain.model import Account, AccountKind, Posting, Shipment
from trace.ledger import canonical as jcs
from trace.store import projection_tables as t
from trace.store.book import chunks, entry_of, exact_sum, shipment_of
from trace.store.queries.names import Names, batch_infos
from trace.store.queries.records import bodies_of
from trace.store.queries.results import BatchInfo, PartyInfo, Place


@dataclass(frozen=True)
class Act:
    """One event with what it booked. ``delivery`` is the one it opens or settles, ``opened`` the entry of its despatch.

    ``data`` is the body as the ledger holds it (None: erased by law): the event as captured, and its context;
    ``people`` what stands beside it of persons: whom to call at a supplier or buyer outside.
    """

    index: int
    event_id: str
    type: str
    step: str | None
    time: datetime
    holder: str
    by: str
    place: str | None
    opens: str | None
    settles: str | None
    delivery: Shipment | None
    opened: int | None
    postings: tuple[Posting, ...]
    data: bytes | None
    people: Mapping[str, Any]

    @cached_property
    def body(self) -> Mapping[str, Any]:
        """The captured event with its context, numbers as they were written; empty where it was erased."""
        return _data(self.data)

    @cached_property
    def event(self) -> Event | None:
        """The event in normal form; None where it was erased."""
        return None if self.data is None else Event.of_body(parse_body(self.data))

    @cached_property
    def readers(self) -> frozenset[str]:
        """The parties that may read the event in full: who declared it, and whose goods it concerns."""
        held = {posting.account.ref for posting in self.postings if posting.account.kind is AccountKind.HELD}
        sides = {self.delivery.sender, self.delivery.receiver} if self.delivery else set()
        return frozenset(held | sides | {self.by, self.holder})

    def booked(self, kind: AccountKind, ref: str | None = None) -> dict[str, Decimal]:
        """By batch: what the act put on accounts of this kind (of this party or delivery), taken away negative."""
        amounts: dict[str, Decimal] = {}
        for posting in self.postings:
            account = posting.account
            if account.kind is kind and ref in (None, account.ref):
                amounts[posting.batch] = exact_sum((amounts.get(posting.batch, Decimal(0)), posting.amount))
        return amounts


@dataclass(frozen=True)
class Contact:
    """The person and the number that a business registered."""

    person: str | None
    phone: str | None

    def __str__(self) -> str:
        return " ".join(part for part in (self.person, self.phone) if part)


@dataclass(frozen=True)
class Around:
    """All that is known around some acts, by URI. ``packages``: product -> unit -> how many base units.

    ``contacts`` are those of the parties of these acts alone, who deal with each other. ``made`` is the act by which
    a batch came into being; ``tests`` are a maker's own acts of looking at his batch.
    """

    parties: Mapping[str, PartyInfo]
    places: Mapping[str, Place]
    batches: Mapping[str, BatchInfo]
    packages: Mapping[str, Mapping[str, Decimal]]
    contacts: Mapping[str, Contact]
    made: Mapping[str, Act]
    tests: Mapping[str, Sequence[Act]]


def acts_of_party(
    connection: Connection,
    ledger: str,
    party: str,
    *,
    start: datetime,
    end: datetime,
    most: int,
    corrected: bool = False,
) -> tuple[Act, ...]:
    """What happened with a party's part in it, from ``start`` to before ``end`` by the events' own times."""
    columns = t.events.c
    own = union(
        *(
            select(table.c[entry]).where(table.c.ledger == ledger, who)
            for table, entry, who in (
                (t.events, "index", t.events.c.by_party == party),
                (t.events, "index", t.events.c.holder == party),
                (t.shipments, "index", or_(t.shipments.c.sender == party, t.shipments.c.receiver == party)),
                (
                    t.shipments,
                    "settled_index",
                    or_(t.shipments.c.sender == party, t.shipments.c.receiver == party),
                ),
                (
                    t.postings,
                    "index",
                    and_(t.postings.c.kind == AccountKind.HELD, t.postings.c.ref == party),
                ),
            )
        )
    )
    wanted = (
        select(t.events)
        .where(columns.ledger == ledger, columns.event_time >= start, columns.event_time < end)
        .where(columns.index.in_(own))
        .order_by(columns.event_time, columns.index)
        .limit(most + 1)
    )
    return _acts(connection, ledger, connection.execute(_standing(wanted, corrected)).all())


def acts_at(
    connection: Connection, ledger: str, indices: Collection[int], *, corrected: bool = False
) -> tuple[Act, ...]:
    """The acts at these entries, by event time; entries that are no events are passed over."""
    columns = t.events.c
    rows: list[Row[Any]] = []
    for part in chunks(sorted(indices)):
        wanted = select(t.events).where(columns.ledger == ledger, columns.index.in_(part))
        rows += connection.execute(_standing(wanted, corrected))
    return _acts(connection, ledger, sorted(rows, key=lambda row: (row.event_time, entry_of(row))))


def around(connection: Connection, ledger: str, acts: Sequence[Act]) -> Around:
    """Names, addresses, goods and papers that these acts speak of; a number of queries that does not depend on them."""
    uris = {posting.batch for act in acts for posting in act.postings}
    uris |= {uri for act in acts if act.event for uri in act.event.classes}
    batches = batch_infos(connection, ledger, uris)
    places = _places(connection, ledger, {uri for act in acts for uri in places_of(act)})
    near = {uri for act in acts for uri in act.readers}
    people = near | {uri for act in acts if act.event for pair in _pairs(act.event) for uri in pair[1:]}
    people |= {place.owner for place in places.values() if place.owner}
    people |= {info.batch.maker for info in batches.values() if info.batch.maker}
    names = Names(connection, ledger, people)
    seats = {party.location for party in names.parties.values() if party.location}
    places |= _places(connection, ledger, seats - places.keys())
    return Around(
        parties=names.parties,
        places=places,
        batches=batches,
        packages=_packages(connection, ledger, batches.values()),
        contacts=contacts(connection, ledger, [names.parties[uri] for uri in near & names.parties.keys()]),
        made=_made(connection, ledger, batches.values()),
        tests=_tests(connection, ledger, batches),
    )


def places_of(act: Act) -> tuple[str, ...]:
    """Where an act happened, and where its goods came from and went to."""
    sides = [] if act.event is None else [uri for kind, uri in _pairs(act.event) if kind == "location"]
    made = [] if act.event is None else [act.event.read_point, act.event.biz_location]
    return tuple(uri for uri in (act.place, *sides, *made) if uri)


def _data(body: bytes | None) -> Mapping[str, Any]:
    found: Mapping[str, Any] = {} if body is None else jcs.decode(body)["data"]
    return found


# -- acts ----------------------------------------------------------------------------------------------------


def _standing(statement: Select[Any], corrected: bool) -> Select[Any]:
    if corrected:
        return statement
    return statement.where(t.events.c.declares_error.is_(False), t.events.c.corrected_by.is_(None))


def _acts(connection: Connection, ledger: str, rows: Sequence[Row[Any]]) -> tuple[Act, ...]:
    indices = [entry_of(row) for row in rows]
    postings: dict[int, list[Posting]] = {}
    for part in chunks(indices):
        for row in connection.execute(_POSTINGS, {"ledger": ledger, "indices": part}):
            account = Account(AccountKind(row.kind), row.ref, row.container)
            postings.setdefault(entry_of(row), []).append(Posting(row.batch, account, row.amount))
    deliveries = _deliveries(connection, ledger, {row.shipment or row.settles for row in rows})
    bodies = dict(bodies_of(connection, ledger, indices, "full"))
    people = dict(bodies_of(connection, ledger, indices, "people"))
    return tuple(
        Act(
            index=entry_of(row),
            event_id=row.event_id,
            type=row.type,
            step=row.biz_step,
            time=row.event_time,
            holder=row.holder,
            by=row.by_party,
            place=row.biz_location or row.read_point,
            opens=row.shipment,
            settles=row.settles,
            delivery=shipment_of(of) if (of := deliveries.get(row.shipment or row.settles)) else None,
            opened=entry_of(of) if of else None,
            postings=tuple(postings.get(entry_of(row), ())),
            data=bodies.get(entry_of(row)),
            people=_data(people.get(entry_of(row))),
        )
        for row in rows
    )


def _deliveries(connection: Connection, ledger: str, ids: Iterable[str | None]) -> dict[str, Row[Any]]:
    found: dict[str, Row[Any]] = {}
    for part in chunks(sorted({id for id in ids if id})):
        for row in connection.execute(_SHIPMENTS, {"ledger": ledger, "ids": part}):
            found[row.id] = row
    return found


# -- what is around them -------------------------------------------------------------------------------------


def _pairs(event: Event) -> tuple[tuple[str, str], ...]:
    return (*event.sources, *event.destinations)


def _places(connection: Connection, ledger: str, uris: Collection[str]) -> dict[str, Place]:
    found: dict[str, Place] = {}
    for part in chunks(sorted(uris)):
        for row in connection.execute(_LOCATIONS, {"ledger": ledger, "uris": part}):
            found[row.uri] = Place(row.uri, row.name, row.address, row.owner)
    return found


def _packages(
    connection: Connection, ledger: str, batches: Iterable[BatchInfo]
) -> dict[str, dict[str, Decimal]]:
    found: dict[str, dict[str, Decimal]] = {}
    for part in chunks(sorted({info.product.uri for info in batches if info.product})):
        for row in connection.execute(_PRODUCTS, {"ledger": ledger, "uris": part}):
            found[row.uri] = {unit: Decimal(factor) for unit, factor in json.loads(row.units).items()}
    return found


def contacts(connection: Connection, ledger: str, parties: Iterable[PartyInfo]) -> dict[str, Contact]:
    """Whom to call: people's data stands in a compartment of its own, and may have been erased."""
    entries = {party.index: party.uri for party in parties if party.registered}
    found: dict[str, Contact] = {}
    for index, body in bodies_of(connection, ledger, entries, "people"):
        data = _data(body)
        found[entries[index]] = Contact(data.get("contact"), data.get("phone"))
    return found


def _made(connection: Connection, ledger: str, batches: Iterable[BatchInfo]) -> dict[str, Act]:
    entries = {info.index for info in batches}
    by_entry = {act.index: act for act in acts_at(connection, ledger, entries, corrected=True)}
    # A batch may be first heard of where it is used or received: that made nothing.
    return {
        info.uri: by_entry[info.index]
        for info in batches
        if info.index in by_entry and info.uri in by_entry[info.index].booked(AccountKind.MADE)
    }


def _tests(
    connection: Connection, ledger: str, batches: Mapping[str, BatchInfo]
) -> dict[str, tuple[Act, ...]]:
    looked: dict[int, set[str]] = {}
    for part in chunks(sorted(batches)):
        for row in connection.execute(_LOOKED_AT, {"ledger": ledger, "uris": part}):
            if batches[row.uri].batch.maker == row.by_party:
                looked.setdefault(row.entry, set()).add(row.uri)
    found: dict[str, tuple[Act, ...]] = {}
    for act in acts_at(connection, ledger, looked):
        for uri in looked[act.index]:
            found[uri] = (*found.get(uri, ()), act)
    return found


# -- what is asked, built once -------------------------------------------------------------------------------

_INDICES: Any = bindparam("indices", expanding=True)
_IDS: Any = bindparam("ids", expanding=True)
_URIS: Any = bindparam("uris", expanding=True)
_LEDGER: Any = bindparam("ledger")

_POSTINGS = (
    select(t.postings)
    .where(t.postings.c.ledger == _LEDGER, t.postings.c.index.in_(_INDICES))
    .order_by(t.postings.c.index, t.postings.c.n)
)
_SHIPMENTS = select(t.shipments).where(t.shipments.c.ledger == _LEDGER, t.shipments.c.id.in_(_IDS))
_LOCATIONS = select(t.locations).where(t.locations.c.ledger == _LEDGER, t.locations.c.uri.in_(_URIS))
_PRODUCTS = select(t.products.c.uri, t.products.c.units).where(
    t.products.c.ledger == _LEDGER, t.products.c.uri.in_(_URIS)
)
_LOOKED_AT = (
    select(t.event_things.c.index.label("entry"), t.event_things.c.uri, t.events.c.by_party)
    .join(
        t.events,
        and_(t.events.c.ledger == t.event_things.c.ledger, t.events.c.index == t.event_things.c.index),
    )
    .where(t.event_things.c.ledger == _LEDGER, t.event_things.c.uri.in_(_URIS))
    .where(t.events.c.biz_step.in_(("inspecting", "sampling")))
)
