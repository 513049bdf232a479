"""EPCIS documents from elsewhere, captured whole: what is impossible in them is flagged, never turned away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from trace.domain.disclosure import public_event
from trace.domain.epcis import Event, parse_body
from trace.domain.model import Outcome
from trace.domain.roles import Act
from trace.interop.epcis import Document
from trace.interop.event_hash import EventHashUnknown, event_hash
from trace.ledger.records import make_body
from trace.services.context import JSON, Actor, Context, Done, Once
from trace.services.recording import append, once, refuse_future, require, say
from trace.store import queries
from trace.store.unit_of_work import Appended, UnitOfWork


@dataclass(frozen=True)
class Seen:
    """One problem that the rules saw in a captured event, at its place in the document (counted from 0)."""

    position: int
    event_id: str
    code: str
    params: dict[str, str]


def import_document(
    ctx: Context,
    actor: Actor,
    document: Document,
    key: Once | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Done:
    """Record a document and each of its events, in the order of their times, in one transaction.

    The record of the document holds all but its events; each event's record holds the event as it came, its
    context and its place in the document. Events that the ledger holds already are not recorded twice; a
    document captured before gives its first answer again. ``result``: document, events, known, flags, batches.
    Raises FutureTime for an event dated ahead of the ledger's clock.
    """
    require(actor, Act.IMPORT_DOCUMENT)
    once_key = key or Once(f"document:{document.sha256}", document.sha256)
    return once(ctx, actor, once_key, lambda uow: _capture(ctx, uow, actor, document, progress))


def _capture(
    ctx: Context, uow: UnitOfWork, actor: Actor, document: Document, progress: Callable[[int, int], None]
) -> Done:
    id = ctx.new_uuid()
    first = say(
        ctx,
        uow,
        kind="epcis.document/1",
        by=actor.uri,
        compartments={
            "public": {"document": id, "events": len(document.events), "sha256": document.sha256},
            "full": {"header": document.rest},
        },
    )
    seen: list[Seen] = []
    batches: dict[str, None] = {}
    known = 0
    last = first
    for done, position in enumerate(document.order):
        appended, event_id = _event(ctx, uow, actor, document, id, position)
        progress(done + 1, len(document.events))
        if appended is None:
            known += 1
            continue
        last = appended
        outcome = appended.outcome or Outcome()
        batches.update(dict.fromkeys(batch.uri for batch in outcome.batches))
        seen += [Seen(position, event_id, problem.code, problem.params()) for problem in outcome.problems]
    result: dict[str, JSON] = {
        "document": id,
        "events": len(document.events),
        "known": known,
        "flags": [vars(one) for one in seen],
        "batches": list(batches),
    }
    return Done(last.index, last.time, None, result)


def _event(
    ctx: Context, uow: UnitOfWork, actor: Actor, document: Document, id: str, position: int
) -> tuple[Appended | None, str]:
    raw = document.events[position]
    assigned = {} if "eventID" in raw else {"eventID": _name(ctx, document, position)}
    data = {"event": raw, "context": document.context, "document": id, "position": position, **assigned}
    full = make_body(data, ctx.random(16))
    event = Event.of_body(parse_body(full))
    if event.error is None and _holds(uow.connection, ctx.ledger, event, raw):
        return None, event.event_id
    refuse_future(event.time, uow.now)
    public = make_body(
        {"event": public_event(raw), "context": document.context, "document": id, **assigned}, ctx.random(16)
    )
    appended = append(ctx, uow, kind="epcis.event/1", by=actor.uri, bodies={"full": full, "public": public})
    return appended, event.event_id


def _name(ctx: Context, document: Document, position: int) -> str:
    """The id of an event that came without one: its CBV hash, so that it is known again wherever it turns up.

    Where a context that is not fetched hides the meaning of a field there is no hash, and the id is a new one.
    """
    try:
        return event_hash(document.events[position], document.context_of(position))
    except EventHashUnknown:
        return ctx.new_uuid()


def _holds(connection: Connection, ledger: str, event: Event, raw: dict[str, JSON]) -> bool:
    """Whether the ledger holds this very event already; the same id with other content is not the same event."""
    found = queries.event(connection, ledger, event.event_id)
    return found is not None and found.raw == raw
