"""Reading: what may be seen by whom.

Anyone may see what the ``public`` compartment holds: what, where, when, who. Amounts and papers are for the
parties of a step, for inspectors and for the operator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from sqlalchemy import Connection

from trace.domain.refusals import NotYours, UnknownBatch, UnknownEvent
from trace.services.context import Actor, Context
from trace.store import queries
from trace.store.queries.names import batch_infos
from trace.store.queries.results import BatchInfo, BatchView, EventRecord, MassBalance, Step, Trace

T = TypeVar("T")


def find_batch(ctx: Context, code: str) -> BatchInfo:
    """A batch by URI, short code, or any spelling of its Digital Link. Raises UnknownBatch."""

    def read(connection: Connection) -> BatchInfo | None:
        found = queries.find_batch(connection, ctx.ledger, code)
        return batch_infos(connection, ctx.ledger, [found.uri])[found.uri] if found else None

    return _found(ctx.sequencer.read(read), code)


def batch_page(ctx: Context, code: str, actor: Actor | None = None) -> BatchView:
    """A batch, its whole chain with that of all it was made from, and the stops on it. Raises UnknownBatch."""

    def read(connection: Connection) -> BatchView | None:
        found = queries.find_batch(connection, ctx.ledger, code)
        wanted = actor is not None
        return queries.batch_view(connection, ctx.ledger, found.uri, amounts=wanted) if found else None

    view = _found(ctx.sequencer.read(read), code)
    senders = {step.delivery.shipment: step.delivery.sender.uri for step in view.steps if step.delivery}
    return replace(view, steps=tuple(_shown(step, actor, senders) for step in view.steps))


def _shown(step: Step, actor: Actor | None, senders: Mapping[str, str]) -> Step:
    """The step as the actor may see it: without amounts unless it is the actor's own business."""
    if actor is not None and (actor.sees_all or actor.uri in _parties(step, senders)):
        return step
    return replace(step, postings=())


def _parties(step: Step, senders: Mapping[str, str]) -> set[str]:
    parties = {step.declared_by.uri, senders.get(step.settles or "", "")}
    if step.holder:
        parties.add(step.holder.uri)
    if step.delivery:
        parties |= {step.delivery.sender.uri, step.delivery.receiver.uri}
    return parties


def trace_back(ctx: Context, actor: Actor, code: str) -> Trace:
    """Everything a batch was made from, and who had it; amounts as far as they are the actor's. Raises UnknownBatch."""
    return _trace(ctx, actor, code, queries.trace_back)


def trace_forward(ctx: Context, actor: Actor, code: str) -> Trace:
    """Everything a batch went into, and who has it now; amounts as far as they are the actor's. Raises UnknownBatch."""
    return _trace(ctx, actor, code, queries.trace_forward)


def _trace(ctx: Context, actor: Actor, code: str, walk: Callable[..., Trace | None]) -> Trace:
    info = find_batch(ctx, code)
    found = _found(ctx.sequencer.read(lambda connection: walk(connection, ctx.ledger, info.uri)), code)
    return found if actor.sees_all else _veiled(found, actor.uri)


def _veiled(trace: Trace, party: str) -> Trace:
    """The same graph, with the amounts that are the party's own business: what it made, used, sent or was sent."""
    own = {node.info.uri for node in trace.nodes if node.info.batch.maker == party}
    return replace(
        trace,
        nodes=tuple(
            replace(
                node,
                made=node.made if node.info.uri in own else None,
                lying=tuple(one for one in node.lying if node.info.uri in own or one.where.uri == party),
            )
            for node in trace.nodes
        ),
        edges=tuple(
            edge if edge.by.uri == party else replace(edge, used=None, made=None) for edge in trace.edges
        ),
        movements=tuple(
            move
            if party in (move.sender.uri, move.receiver.uri) or move.batch in own
            else replace(move, amount=None)
            for move in trace.movements
        ),
        packings=tuple(one if one.batch in own else replace(one, amount=None) for one in trace.packings),
    )


def mass_balance(ctx: Context, actor: Actor, code: str) -> MassBalance:
    """Where a batch came from and went to. For inspectors, the operator and whoever made it."""
    info = find_batch(ctx, code)
    if not actor.sees_all and info.batch.maker != actor.uri:
        raise NotYours(what=info.uri, owner=info.batch.maker or "", party=actor.uri)
    balance = ctx.sequencer.read(lambda connection: queries.mass_balance(connection, ctx.ledger, info.uri))
    return _found(balance, code)


def event(ctx: Context, event_id: str, actor: Actor | None = None) -> EventRecord:
    """An event; whole for those it concerns, else what is public of it. Raises UnknownEvent."""

    def read(connection: Connection) -> tuple[EventRecord | None, bool]:
        record = queries.event(connection, ctx.ledger, event_id)
        if record is None or actor is None:
            return record, False
        concerned = actor.sees_all or queries.takes_part(connection, ctx.ledger, actor.uri, [record.index])
        return record, concerned

    record, whole = ctx.sequencer.read(read)
    if record is None:
        raise UnknownEvent(event=event_id)
    if whole:
        return record
    return replace(record, raw=record.public or {})


def _found(value: T | None, code: str) -> T:
    if value is None:
        raise UnknownBatch(batch=code)
    return value
