"""What is on offer today: a stall's goods, a canteen's menu, each with its batches.

What was said is a record and stays; whether a batch is stopped or past its day is looked up when the offer is read,
so that a stop shows at once on what was posted before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from trace.domain.model import Party
from trace.domain.offers import (
    LONGEST_NAME,
    MOST_AHEAD,
    MOST_BATCHES,
    MOST_ITEMS,
    Item,
    Meal,
    NeverHeld,
    OfferDay,
    OfferEmpty,
    OfferKind,
    OfferTooLong,
    PostOffer,
)
from trace.domain.refusals import BatchExpired, BatchStopped, Invalid, UnknownBatch
from trace.domain.roles import Act
from trace.services.context import JSON, Actor, Context, Done, Once
from trace.services.recording import once, require, say
from trace.store import queries
from trace.store.queries.lists import stopped_among
from trace.store.queries.offers import OfferRow, ever_held, offer, offers_before
from trace.store.queries.results import BatchInfo
from trace.store.unit_of_work import UnitOfWork

__all__ = [
    "LONGEST_NAME",
    "MOST_BATCHES",
    "MOST_ITEMS",
    "Item",
    "Meal",
    "Offer",
    "OfferKind",
    "Offered",
    "OfferedItem",
    "PostOffer",
    "last_before",
    "of_party",
    "post",
]

_ACT = {OfferKind.GOODS: Act.SELL, OfferKind.MENU: Act.SERVE}


@dataclass(frozen=True)
class Offered:
    """A batch on offer as it stands now: ``stopped`` by a hold on it or on what it was made from, or ``expired``."""

    info: BatchInfo
    stopped: bool
    expired: bool


@dataclass(frozen=True)
class OfferedItem:
    """One thing on offer, or one dish of a meal."""

    name: str
    meal: Meal | None
    batches: tuple[Offered, ...]

    @property
    def withdrawn(self) -> bool:
        """Whether any of its batches must not reach people any more."""
        return any(one.stopped or one.expired for one in self.batches)


@dataclass(frozen=True)
class Offer:
    """What a party said last about a day; ``index`` is the entry that holds it."""

    party: str
    day: date
    kind: OfferKind
    items: tuple[OfferedItem, ...]
    posted: datetime
    index: int

    def of_meal(self, meal: Meal | None) -> tuple[OfferedItem, ...]:
        """The dishes of one meal; of goods, None: all of them."""
        return tuple(item for item in self.items if item.meal == meal)


def of_party(ctx: Context, party: str, day: date) -> Offer | None:
    """What a party (URI) offers on a day; None where it said nothing. Anybody may read it."""

    def read(connection: Connection) -> Offer | None:
        row = offer(connection, ctx.ledger, party, day.isoformat())
        return None if row is None else _offers(ctx, connection, [row])[0]

    return ctx.sequencer.read(read)


def last_before(ctx: Context, party: str, day: date, meal: Meal | None = None) -> Offer | None:
    """The latest offer of an earlier day, which the next one mostly repeats; with ``meal`` one that has it."""

    def read(connection: Connection) -> Offer | None:
        rows = offers_before(connection, ctx.ledger, party, day.isoformat())
        wanted = [row for row in rows if meal is None or meal in _meals(row)]
        return _offers(ctx, connection, wanted[:1])[0] if wanted else None

    return ctx.sequencer.read(read)


def post(ctx: Context, actor: Actor, said: PostOffer, key: Once | None = None) -> Done:
    """Say what is on offer on a day; it takes the place of what was said before. Goods are sold, menus are served.

    Raises RoleForbids, OfferDay, OfferEmpty, OfferTooLong, Invalid, UnknownBatch, NeverHeld, BatchStopped,
    BatchExpired.
    """
    require(actor, _ACT[said.kind])

    def work(uow: UnitOfWork) -> Done:
        _check_shape(ctx, said, uow.now)
        items = _resolved(ctx, uow, actor.party, said)
        kept = _other_meals(ctx, uow, actor, said)
        listed = [*kept, *(_plain(item) for item in items)]
        if len(listed) > MOST_ITEMS:
            raise OfferTooLong(count=len(listed), most=MOST_ITEMS)
        body: dict[str, JSON] = {
            "party": actor.uri,
            "date": said.day.isoformat(),
            "kind": str(said.kind),
            "items": listed,
            **({"enteredBy": actor.entered_by.uri} if actor.entered_by else {}),
        }
        appended = say(ctx, uow, kind="offer.posted/1", by=actor.uri, compartments={"public": body})
        return Done(appended.index, appended.time, None, {"date": said.day.isoformat(), "items": len(listed)})

    return once(ctx, actor, key, work)


# -- what may be said ----------------------------------------------------------------------------------------


def _check_shape(ctx: Context, said: PostOffer, now: datetime) -> None:
    today = ctx.local(now).date()
    if not today <= said.day <= today + timedelta(days=MOST_AHEAD):
        last = today + timedelta(days=MOST_AHEAD)
        raise OfferDay(day=said.day.isoformat(), first=today.isoformat(), last=last.isoformat())
    if not said.items:
        raise OfferEmpty()
    if len(said.items) > MOST_ITEMS:
        raise OfferTooLong(count=len(said.items), most=MOST_ITEMS)
    for item in said.items:
        if not 1 <= len(item.name.strip()) <= LONGEST_NAME:
            raise Invalid(field="name", value=item.name[:40], expected=f"1 to {LONGEST_NAME} characters")
        if not item.batches:
            raise Invalid(field="batches", value=item.name[:40], expected="at least one batch")
        if len(item.batches) > MOST_BATCHES:
            raise OfferTooLong(count=len(item.batches), most=MOST_BATCHES)
        if (item.meal is not None) != (said.kind is OfferKind.MENU) or said.meal not in (None, item.meal):
            raise Invalid(
                field="meal", value=str(item.meal or ""), expected=str(said.meal or "a meal on a menu")
            )


def _resolved(ctx: Context, uow: UnitOfWork, party: Party, said: PostOffer) -> list[Item]:
    """The items with their batches' URIs, each batch one that may reach people on that day."""
    named = {name for item in said.items for name in item.batches}
    found = {name: queries.find_batch(uow.connection, ctx.ledger, name) for name in sorted(named)}
    for name, batch in found.items():
        if batch is None:
            raise UnknownBatch(batch=name)
    known = {name: batch for name, batch in found.items() if batch is not None}
    had = ever_held(uow.connection, ctx.ledger, party.uri, [batch.uri for batch in known.values()])
    for batch in known.values():
        if batch.uri not in had:
            raise NeverHeld(batch=batch.uri, party=party.uri)
        stop = next(iter(uow.book.stops(batch.uri)), None)
        if stop is not None:
            raise BatchStopped(batch.uri, stop.batch, stop.hold, stop.reason, stop.cause)
        if batch.expires is not None and batch.expires < said.day.isoformat():
            raise BatchExpired(batch=batch.uri, expired=batch.expires, time=said.day.isoformat())
    return [
        Item(
            item.name.strip(),
            tuple(dict.fromkeys(known[name].uri for name in item.batches)),
            item.meal,
        )
        for item in said.items
    ]


def _other_meals(ctx: Context, uow: UnitOfWork, actor: Actor, said: PostOffer) -> list[JSON]:
    """What was said before of the day's other meals; all of it stays, whatever became of its batches."""
    if said.meal is None:
        return []
    row = offer(uow.connection, ctx.ledger, actor.uri, said.day.isoformat())
    if row is None or row.kind != said.kind:
        return []
    return [item for item in json.loads(row.items) if item.get("meal") != said.meal]


def _plain(item: Item) -> JSON:
    meal = {"meal": str(item.meal)} if item.meal else {}
    return {"name": item.name, "batches": list(item.batches), **meal}


# -- reading -------------------------------------------------------------------------------------------------


def _meals(row: OfferRow) -> set[str]:
    return {str(item.get("meal")) for item in json.loads(row.items)}


def _offers(ctx: Context, connection: Connection, rows: Iterable[OfferRow]) -> list[Offer]:
    told = [(row, json.loads(row.items)) for row in rows]
    uris = {uri for _, items in told for item in items for uri in item["batches"]}
    infos = queries.batch_infos(connection, ctx.ledger, uris)
    held = stopped_among(connection, ctx.ledger, uris)
    today = ctx.local(ctx.clock()).date().isoformat()
    offered = {
        uri: Offered(info, uri in held, info.batch.expires is not None and info.batch.expires < today)
        for uri, info in infos.items()
    }
    return [
        Offer(
            party=row.party,
            day=date.fromisoformat(row.day),
            kind=OfferKind(row.kind),
            items=tuple(_item(item, offered) for item in items),
            posted=row.posted,
            index=row.index,
        )
        for row, items in told
    ]


def _item(item: Mapping[str, JSON], offered: Mapping[str, Offered]) -> OfferedItem:
    batches = tuple(offered[uri] for uri in item["batches"] if uri in offered)
    return OfferedItem(item["name"], Meal(item["meal"]) if "meal" in item else None, batches)
