"""What businesses do with goods: each function is one act, judged by the rules and recorded in one transaction.

Every function raises the domain's typed refusals (see ``trace.domain.refusals``) and then leaves nothing behind.
What each act does stands in ``acts``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from trace.domain import causes
from trace.domain.commands import (
    Correct,
    Observe,
    Pack,
    Receive,
    Register,
    Ship,
    TakeOut,
    Transform,
    Unpack,
)
from trace.domain.refusals import NotHeld, UnknownBatch
from trace.domain.roles import Act
from trace.identifiers import ShortCode
from trace.services import acts
from trace.services.acts import page_address
from trace.services.context import Actor, Context, Done, Once
from trace.services.recording import once, require, say
from trace.store import queries
from trace.store.unit_of_work import UnitOfWork

__all__ = [
    "correct",
    "hold",
    "observe",
    "pack",
    "page_address",
    "receive",
    "register",
    "release",
    "ship",
    "ship_many",
    "take_out",
    "transform",
    "unpack",
]


def register(ctx: Context, actor: Actor, command: Register, key: Once | None = None) -> Done:
    """A batch comes into being in the actor's hands. ``result``: its uri, code and page address."""
    return once(ctx, actor, key, lambda uow: acts.register(ctx, uow, actor, command))


def ship(ctx: Context, actor: Actor, command: Ship, key: Once | None = None) -> Done:
    """Goods leave for one other party; sent back when ``command.returns`` names the delivery they came with."""
    return ship_many(ctx, actor, (command,), key)


def ship_many(ctx: Context, actor: Actor, commands: Sequence[Ship], key: Once | None = None) -> Done:
    """Split goods among several receivers: all deliveries leave, or none does."""

    def work(uow: UnitOfWork) -> Done:
        done = [acts.ship(ctx, uow, actor, command) for command in commands]
        shipments = [one.result["shipments"][0] for one in done]
        return replace(done[-1], result={"shipments": shipments, "shipment": shipments[-1]["shipment"]})

    return once(ctx, actor, key, work)


def receive(ctx: Context, actor: Actor, command: Receive, key: Once | None = None) -> Done:
    """Settle a delivery: accepted in full, short, or rejected with a reason."""
    return once(ctx, actor, key, lambda uow: acts.receive(ctx, uow, actor, command))


def pack(ctx: Context, actor: Actor, command: Pack, key: Once | None = None) -> Done:
    """Put goods, or smaller logistic units, into a logistic unit (SSCC)."""
    return once(ctx, actor, key, lambda uow: acts.pack(ctx, uow, actor, command))


def unpack(ctx: Context, actor: Actor, command: Unpack, key: Once | None = None) -> Done:
    """Take goods or smaller logistic units out again; nothing named: everything."""
    return once(ctx, actor, key, lambda uow: acts.unpack(ctx, uow, actor, command))


def take_out(ctx: Context, actor: Actor, command: TakeOut, key: Once | None = None) -> Done:
    """Goods leave the chain: sold, served, destroyed or expired."""
    return once(ctx, actor, key, lambda uow: acts.take_out(ctx, uow, actor, command))


def observe(ctx: Context, actor: Actor, command: Observe, key: Once | None = None) -> Done:
    """Something is looked at and nothing moves: a gate check, a test, a sample kept. Raises UnknownBatch."""
    return once(ctx, actor, key, lambda uow: acts.observe(ctx, uow, actor, command))


def transform(ctx: Context, actor: Actor, command: Transform, key: Once | None = None) -> Done:
    """Inputs become new batches. ``result``: the outputs' uris, codes and page addresses."""
    return once(ctx, actor, key, lambda uow: acts.transform(ctx, uow, actor, command))


def correct(ctx: Context, actor: Actor, command: Correct, key: Once | None = None) -> Done:
    """Declare one's own record wrong (EPCIS errorDeclaration) and undo what it did; nothing is overwritten.

    The right record is entered as an act of its own, before or after, and may be named in ``corrective``.
    Raises UnknownEvent, NotYours, AlreadyCorrected, MovedOn.
    """
    return once(ctx, actor, key, lambda uow: acts.correct(ctx, uow, actor, command))


# -- holds ---------------------------------------------------------------------------------------------------


def hold(
    ctx: Context, actor: Actor, batch: str, reason: str, key: Once | None = None, *, cause: str | None = None
) -> Done:
    """Stop a batch and everything made from it, at once. ``result``: the hold's id, which releases it.

    ``cause`` is one of ``causes.HOLD``, ``reason`` what is added in words. Raises Invalid, UnknownBatch, RoleForbids.
    """
    require(actor, Act.HOLD)
    why = causes.recorded(cause, reason, causes.HOLD)

    def work(uow: UnitOfWork) -> Done:
        found = queries.find_batch(uow.connection, ctx.ledger, batch)
        if found is None:
            raise UnknownBatch(batch=batch)
        id = ShortCode.generate(ctx.random).value
        body = {"batch": found.uri, "hold": id, "party": actor.uri, **why}
        appended = say(ctx, uow, kind="batch.held/1", by=actor.uri, compartments={"public": body})
        return Done(appended.index, appended.time, None, {"hold": id, "batch": found.uri})

    return once(ctx, actor, key, work)


def release(
    ctx: Context,
    actor: Actor,
    batch: str,
    hold_id: str,
    reason: str,
    key: Once | None = None,
    *,
    cause: str | None = None,
) -> Done:
    """Lift one hold; others on the batch, or on what it was made from, stay in force.

    ``cause`` is one of ``causes.RELEASE``. Raises Invalid, NotHeld, UnknownBatch, RoleForbids.
    """
    require(actor, Act.RELEASE)
    why = causes.recorded(cause, reason, causes.RELEASE)

    def work(uow: UnitOfWork) -> Done:
        found = queries.find_batch(uow.connection, ctx.ledger, batch)
        if found is None:
            raise UnknownBatch(batch=batch)
        if all(stop.hold != hold_id or stop.batch != found.uri for stop in uow.book.stops(found.uri)):
            raise NotHeld(batch=found.uri, hold=hold_id)
        body = {"batch": found.uri, "hold": hold_id, "party": actor.uri, **why}
        appended = say(ctx, uow, kind="batch.released/1", by=actor.uri, compartments={"public": body})
        return Done(appended.index, appended.time, None, {"hold": hold_id, "batch": found.uri})

    return once(ctx, actor, key, work)
