"""What businesses do with goods: each function is one act, judged by the rules and recorded in one transaction.

Every function raises the domain's typed refusals (see ``trace.domain.refusals``) and then leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from trace.domain import events
from trace.domain.commands import (
    Correct,
    NewBatch,
    Observe,
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
    NotHeld,
    NotYours,
    UnknownBatch,
    UnknownEvent,
    UnknownParty,
    UnknownProduct,
)
from trace.domain.roles import Act
from trace.identifiers import ShortCode, batch_uri
from trace.services.context import JSON, Actor, Context, Done, Once
from trace.services.recording import CLOCK_SKEW, once, record_event, require, say
from trace.store import queries
from trace.store.unit_of_work import UnitOfWork


def register(ctx: Context, actor: Actor, command: Register, key: Once | None = None) -> Done:
    """A batch comes into being in the actor's hands. ``result``: its uri, code and page address."""
    require(actor, Act.REGISTER)

    def work(uow: UnitOfWork) -> Done:
        time = ctx.local(command.time or uow.now)
        batch, product = _identified(ctx, uow, command.batch, time)
        event = events.register(
            replace(command, batch=batch),
            party=actor.party,
            product=product,
            event_id=ctx.new_uuid(),
            time=time,
        )
        return _done(ctx, uow, actor, event, batches=[batch])

    return once(ctx, actor, key, work)


def ship(ctx: Context, actor: Actor, command: Ship, key: Once | None = None) -> Done:
    """Goods leave for one other party; sent back when ``command.returns`` names the delivery they came with."""
    return ship_many(ctx, actor, (command,), key)


def ship_many(ctx: Context, actor: Actor, commands: Sequence[Ship], key: Once | None = None) -> Done:
    """Split goods among several receivers: all deliveries leave, or none does."""
    for command in commands:
        require(actor, Act.RETURN if command.returns else Act.SHIP)

    def work(uow: UnitOfWork) -> Done:
        done = [_ship_one(ctx, uow, actor, command) for command in commands]
        shipments = [one.result["shipments"][0] for one in done]
        return replace(done[-1], result={"shipments": shipments, "shipment": shipments[-1]["shipment"]})

    return once(ctx, actor, key, work)


def _ship_one(ctx: Context, uow: UnitOfWork, actor: Actor, command: Ship) -> Done:
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


def receive(ctx: Context, actor: Actor, command: Receive, key: Once | None = None) -> Done:
    """Settle a delivery: accepted in full, short, or rejected with a reason."""
    require(actor, Act.RECEIVE)

    def work(uow: UnitOfWork) -> Done:
        return _done(
            ctx,
            uow,
            actor,
            events.receive(
                command,
                party=actor.party,
                book=uow.book,
                event_id=ctx.new_uuid(),
                time=ctx.local(command.time or uow.now),
            ),
        )

    return once(ctx, actor, key, work)


def pack(ctx: Context, actor: Actor, command: Pack, key: Once | None = None) -> Done:
    """Put goods, or smaller logistic units, into a logistic unit (SSCC)."""
    return _simple(ctx, actor, Act.PACK, partial(events.pack, command, party=actor.party), command.time, key)


def unpack(ctx: Context, actor: Actor, command: Unpack, key: Once | None = None) -> Done:
    """Take goods or smaller logistic units out again; nothing named: everything."""
    build = partial(events.unpack, command, party=actor.party)
    return _simple(ctx, actor, Act.UNPACK, build, command.time, key)


def take_out(ctx: Context, actor: Actor, command: TakeOut, key: Once | None = None) -> Done:
    """Goods leave the chain: sold, served, destroyed or expired."""
    build = partial(events.take_out, command, party=actor.party)
    return _simple(ctx, actor, Act(command.how), build, command.time, key)


def observe(ctx: Context, actor: Actor, command: Observe, key: Once | None = None) -> Done:
    """Something is looked at and nothing moves: a gate check, a test, a sample kept. Raises UnknownBatch."""
    require(actor, Act.OBSERVE)

    def work(uow: UnitOfWork) -> Done:
        for batch in command.batches:
            if uow.book.batch(batch) is None:
                raise UnknownBatch(batch=batch)
        event = events.observe(
            command, party=actor.party, event_id=ctx.new_uuid(), time=ctx.local(command.time or uow.now)
        )
        return _done(ctx, uow, actor, event)

    return once(ctx, actor, key, work)


Build = Callable[..., dict[str, JSON]]


def _simple(
    ctx: Context, actor: Actor, act: Act, build: Build, at: datetime | None, key: Once | None
) -> Done:
    """An act whose event needs nothing of the state but the ledger's time."""
    require(actor, act)

    def work(uow: UnitOfWork) -> Done:
        return _done(ctx, uow, actor, build(event_id=ctx.new_uuid(), time=ctx.local(at or uow.now)))

    return once(ctx, actor, key, work)


def transform(ctx: Context, actor: Actor, command: Transform, key: Once | None = None) -> Done:
    """Inputs become new batches. ``result``: the outputs' uris, codes and page addresses."""
    require(actor, Act.TRANSFORM)

    def work(uow: UnitOfWork) -> Done:
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

    return once(ctx, actor, key, work)


def correct(ctx: Context, actor: Actor, command: Correct, key: Once | None = None) -> Done:
    """Declare one's own record wrong (EPCIS errorDeclaration) and undo what it did; nothing is overwritten.

    The right record is entered as an act of its own, before or after, and may be named in ``corrective``.
    Raises UnknownEvent, NotYours, AlreadyCorrected, MovedOn.
    """
    require(actor, Act.CORRECT)

    def work(uow: UnitOfWork) -> Done:
        found = queries.event(uow.connection, ctx.ledger, command.event_id)
        recorded = uow.book.recorded(command.event_id)
        if found is None or recorded is None:
            raise UnknownEvent(event=command.event_id)
        if recorded.by != actor.uri:
            raise NotYours(what=command.event_id, owner=recorded.by, party=actor.uri)
        event = events.correct(command, original=found.raw, time=ctx.local(command.time or uow.now))
        return _done(ctx, uow, actor, event)

    return once(ctx, actor, key, work)


# -- holds ---------------------------------------------------------------------------------------------------


def hold(ctx: Context, actor: Actor, batch: str, reason: str, key: Once | None = None) -> Done:
    """Stop a batch and everything made from it, at once. ``result``: the hold's id, which releases it."""
    require(actor, Act.HOLD)

    def work(uow: UnitOfWork) -> Done:
        found = queries.find_batch(uow.connection, ctx.ledger, batch)
        if found is None:
            raise UnknownBatch(batch=batch)
        id = ShortCode.generate(ctx.random).value
        body = {"batch": found.uri, "hold": id, "party": actor.uri, "reason": reason}
        appended = say(ctx, uow, kind="batch.held/1", by=actor.uri, compartments={"public": body})
        return Done(appended.index, appended.time, None, {"hold": id, "batch": found.uri})

    return once(ctx, actor, key, work)


def release(
    ctx: Context, actor: Actor, batch: str, hold_id: str, reason: str, key: Once | None = None
) -> Done:
    """Lift one hold; others on the batch, or on what it was made from, stay in force. Raises NotHeld."""
    require(actor, Act.RELEASE)

    def work(uow: UnitOfWork) -> Done:
        found = queries.find_batch(uow.connection, ctx.ledger, batch)
        if found is None:
            raise UnknownBatch(batch=batch)
        if all(stop.hold != hold_id or stop.batch != found.uri for stop in uow.book.stops(found.uri)):
            raise NotHeld(batch=found.uri, hold=hold_id)
        body = {"batch": found.uri, "hold": hold_id, "party": actor.uri, "reason": reason}
        appended = say(ctx, uow, kind="batch.released/1", by=actor.uri, compartments={"public": body})
        return Done(appended.index, appended.time, None, {"hold": hold_id, "batch": found.uri})

    return once(ctx, actor, key, work)


# -- shared --------------------------------------------------------------------------------------------------


def _done(
    ctx: Context,
    uow: UnitOfWork,
    actor: Actor,
    event: dict[str, JSON],
    batches: Sequence[NewBatch] = (),
) -> Done:
    appended = record_event(ctx, uow, actor, event)
    result: dict[str, JSON] = {}
    if batches:
        result["batches"] = [
            {"uri": batch.uri, "code": batch.code, "lot": batch.lot, "page": page_address(ctx, batch.uri)}
            for batch in batches
        ]
    return Done(appended.index, appended.time, event["eventID"], result)


def page_address(ctx: Context, batch: str) -> str:
    """Where the batch's page is: its Digital Link path, on this service's own address."""
    return batch.replace("https://id.gs1.org", ctx.base_url, 1)


def _identified(ctx: Context, uow: UnitOfWork, draft: NewBatch, time: datetime) -> tuple[NewBatch, Product]:
    """Give a new batch its identity and, from the product's shelf life, its last day of use.

    Raises UnknownProduct, and FutureTime for goods that are said to be made on a day still to come.
    """
    product = queries.find_product(uow.connection, ctx.ledger, draft.product)
    if product is None:
        raise UnknownProduct(product=draft.product)
    code = draft.code or ShortCode.generate(ctx.random).value
    produced = draft.produced or time.date()
    today = ctx.local(uow.now + CLOCK_SKEW).date()
    if produced > today:
        raise FutureTime(time=produced.isoformat(), now=today.isoformat())
    lot = draft.lot or f"{produced:%Y%m%d}-{code[:4]}"
    expires = draft.expires
    if expires is None and product.shelf_days is not None:
        expires = produced + timedelta(days=product.shelf_days)
    uri = batch_uri(product.gtin, lot) if product.gtin else f"{ctx.base_url}/t/{code}"
    return (
        replace(draft, uri=uri, product=product.uri, code=code, lot=lot, produced=produced, expires=expires),
        product,
    )
