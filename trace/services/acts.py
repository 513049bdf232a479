"""Acts with goods on a unit of work that is open already, so that many can stand or fall together.

``custody`` runs each of these in a transaction of its own; an imported ledger runs all its rows in one. Every
function asks first whether the role may, and raises the domain's typed refusals before anything is appended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

from trace.domain import events
from trace.domain.commands import (
    Commitment,
    Correct,
    NewBatch,
    Observe,
    Outside,
    Pack,
    Receive,
    Register,
    Ship,
    TakeOut,
    Transform,
    Unpack,
)
from trace.domain.model import Product
from trace.domain.refusals import (
    FutureTime,
    NotYours,
    UnknownBatch,
    UnknownEvent,
    UnknownParty,
    UnknownProduct,
)
from trace.domain.roles import Act
from trace.identifiers import ShortCode, batch_uri
from trace.services.context import JSON, Actor, Context, Done
from trace.services.recording import CLOCK_SKEW, record_event, require
from trace.store import queries
from trace.store.unit_of_work import UnitOfWork


def register(ctx: Context, uow: UnitOfWork, actor: Actor, command: Register) -> Done:
    """A batch comes into being in the actor's hands. ``result``: its uri, code and page address.

    Goods from a supplier outside get a code of their own where the maker's number is in the ledger already:
    several buyers may each have some of one lot, and none of them speaks for its maker.
    """
    require(actor, Act.REGISTER)
    time = ctx.local(command.time or uow.now)
    batch, product = _identified(ctx, uow, command.batch, time, bought=command.supplier is not None)
    if command.supplier is not None and uow.book.batch(batch.uri) is not None:
        batch = replace(batch, uri=f"{ctx.base_url}/t/{batch.code}")
    event = events.register(
        replace(command, batch=batch), party=actor.party, product=product, event_id=ctx.new_uuid(), time=time
    )
    return _done(ctx, uow, actor, event, batches=[batch], people=_people("supplier", command.supplier))


def ship(ctx: Context, uow: UnitOfWork, actor: Actor, command: Ship) -> Done:
    """Goods leave for one other party, or go back. ``result``: the delivery under ``shipments``."""
    require(actor, Act.RETURN if command.returns else Act.SHIP)
    receiver = queries.find_party(uow.connection, ctx.ledger, command.to)
    if receiver is None:
        raise UnknownParty(party=command.to)
    shipment = command.shipment or f"{ctx.base_url}/d/{ShortCode.generate(ctx.random).value}"
    full = replace(command, shipment=shipment, to=receiver.uri)
    event = events.ship(
        full,
        party=actor.party,
        receiver=receiver,
        event_id=ctx.new_uuid(),
        time=ctx.local(command.time or uow.now),
    )
    appended = record_event(ctx, uow, actor, event)
    entry = {"shipment": shipment, "event_id": event["eventID"], "index": appended.index, "to": receiver.uri}
    return Done(appended.index, appended.time, event["eventID"], {"shipments": [entry]})


def receive(ctx: Context, uow: UnitOfWork, actor: Actor, command: Receive) -> Done:
    """Settle a delivery: accepted in full, short, or rejected with a reason."""
    return _simple(
        ctx,
        uow,
        actor,
        Act.RECEIVE,
        partial(events.receive, command, party=actor.party, book=uow.book),
        command.time,
    )


def pack(ctx: Context, uow: UnitOfWork, actor: Actor, command: Pack) -> Done:
    """Put goods, or smaller logistic units, into a logistic unit (SSCC)."""
    return _simple(ctx, uow, actor, Act.PACK, partial(events.pack, command, party=actor.party), command.time)


def unpack(ctx: Context, uow: UnitOfWork, actor: Actor, command: Unpack) -> Done:
    """Take goods or smaller logistic units out again; nothing named: everything."""
    build = partial(events.unpack, command, party=actor.party)
    return _simple(ctx, uow, actor, Act.UNPACK, build, command.time)


def take_out(ctx: Context, uow: UnitOfWork, actor: Actor, command: TakeOut) -> Done:
    """Goods leave the chain: sold, served, destroyed or expired."""
    build = partial(events.take_out, command, party=actor.party)
    people = _people("buyer", command.buyer)
    return _simple(ctx, uow, actor, Act(command.how), build, command.time, people)


def observe(ctx: Context, uow: UnitOfWork, actor: Actor, command: Observe) -> Done:
    """Something is looked at and nothing moves. Raises UnknownBatch."""
    require(actor, Act.OBSERVE)
    for batch in command.batches:
        if uow.book.batch(batch) is None:
            raise UnknownBatch(batch=batch)
    build = partial(events.observe, command, party=actor.party)
    return _simple(ctx, uow, actor, Act.OBSERVE, build, command.time)


def transform(ctx: Context, uow: UnitOfWork, actor: Actor, command: Transform) -> Done:
    """Inputs become new batches. ``result``: the outputs' uris, codes and page addresses."""
    require(actor, Act.TRANSFORM)
    time = ctx.local(command.time or uow.now)
    made = [_identified(ctx, uow, output, time) for output in command.outputs]
    outputs = tuple(batch for batch, _ in made)
    event = events.transform(
        replace(command, outputs=outputs),
        party=actor.party,
        products=[product for _, product in made],
        event_id=ctx.new_uuid(),
        time=time,
    )
    return _done(ctx, uow, actor, event, batches=outputs)


def correct(ctx: Context, uow: UnitOfWork, actor: Actor, command: Correct) -> Done:
    """Declare one's own record wrong and undo what it did. Raises UnknownEvent, NotYours, AlreadyCorrected, MovedOn."""
    require(actor, Act.CORRECT)
    found = queries.event(uow.connection, ctx.ledger, command.event_id)
    recorded = uow.book.recorded(command.event_id)
    if found is None or recorded is None:
        raise UnknownEvent(event=command.event_id)
    if recorded.by != actor.uri:
        raise NotYours(what=command.event_id, owner=recorded.by, party=actor.uri)
    event = events.correct(command, original=found.raw, time=ctx.local(command.time or uow.now))
    return _done(ctx, uow, actor, event)


def page_address(ctx: Context, batch: str) -> str:
    """Where the batch's page is: its Digital Link path, on this service's own address."""
    return batch.replace("https://id.gs1.org", ctx.base_url, 1)


# -- shared --------------------------------------------------------------------------------------------------

Build = Callable[..., dict[str, JSON]]
People = Mapping[str, JSON]


def _simple(
    ctx: Context,
    uow: UnitOfWork,
    actor: Actor,
    act: Act,
    build: Build,
    at: datetime | None,
    people: People | None = None,
) -> Done:
    """An act whose event needs nothing more than an id and the ledger's time."""
    require(actor, act)
    event = build(event_id=ctx.new_uuid(), time=ctx.local(at or uow.now))
    return _done(ctx, uow, actor, event, people=people)


def _done(
    ctx: Context,
    uow: UnitOfWork,
    actor: Actor,
    event: dict[str, JSON],
    batches: Sequence[NewBatch] = (),
    people: People | None = None,
) -> Done:
    appended = record_event(ctx, uow, actor, event, people)
    result: dict[str, JSON] = {}
    if batches:
        result["batches"] = [
            {"uri": batch.uri, "code": batch.code, "lot": batch.lot, "page": page_address(ctx, batch.uri)}
            for batch in batches
        ]
    return Done(appended.index, appended.time, event["eventID"], result)


def _people(side: str, who: Outside | None) -> People | None:
    """Whom to call is data about a person, and has its own compartment."""
    return {side: {"contact": who.contact}} if who is not None and who.contact else None


def _identified(
    ctx: Context, uow: UnitOfWork, draft: NewBatch, time: datetime, *, bought: bool = False
) -> tuple[NewBatch, Product]:
    """Give a new batch its identity and, from the product's shelf life, its last day of use.

    What was bought has no day of production but the one that is stated. Raises UnknownProduct, and FutureTime for
    goods or a certificate that are said to be of a day still to come.
    """
    product = queries.find_product(uow.connection, ctx.ledger, draft.product)
    if product is None:
        raise UnknownProduct(product=draft.product)
    code = draft.code or ShortCode.generate(ctx.random).value
    produced = draft.produced or (None if bought else time.date())
    today = ctx.local(uow.now + CLOCK_SKEW).date()
    commitment = _issued(draft.commitment, time.date()) if draft.commitment else None
    for day in (produced, commitment.issued if commitment else None):
        if day is not None and day > today:
            raise FutureTime(time=day.isoformat(), now=today.isoformat())
    lot = draft.lot or f"{produced or time.date():%Y%m%d}-{code[:4]}"
    expires = draft.expires
    if expires is None and produced is not None and product.shelf_days is not None:
        expires = produced + timedelta(days=product.shelf_days)
    uri = batch_uri(product.gtin, lot) if product.gtin else f"{ctx.base_url}/t/{code}"
    made = replace(
        draft,
        uri=uri,
        product=product.uri,
        code=code,
        lot=lot,
        produced=produced,
        expires=expires,
        commitment=commitment,
    )
    return made, product


def _issued(commitment: Commitment, day: date) -> Commitment:
    """The certificate with its day, each ground once."""
    return replace(commitment, basis=tuple(dict.fromkeys(commitment.basis)), issued=commitment.issued or day)
