"""Events: those that a query selects, page by page, and one by its id with what was declared wrong about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import Response

from api.epcis import frame, headers
from api.epcis.frame import Call
from trace.domain.event_query import Condition
from trace.interop.event_query import parse_query
from trace.interop.query_document import query_document, returned
from trace.services import events
from trace.services.values import EventRecord


def selected(call: Call, also: Iterable[Condition] = ()) -> Response:
    """A page of the events that the query's parameters select, under further conditions."""
    per_page, token = frame.page(call)
    query = parse_query(frame.query_args(), headers.extensions()).also(also)
    page = events.query(call.ctx, call.actor, query, per_page, token)
    return frame.answer(document(call, page.records), headers=frame.next_link(page.next))


def by_id(call: Call, event: str) -> Response:
    """The event with this id, and the error declarations that carry the same id."""
    frame.no_query()
    return frame.answer(document(call, events.by_id(call.ctx, call.actor, event)))


def document(call: Call, records: Sequence[EventRecord]) -> dict[str, object]:
    """The EPCISQueryDocument of these events, their identifiers in the form that the request asks for."""
    wanted = headers.epc_format()
    return query_document(
        [(returned(record.raw, record.event_id, wanted), record.context) for record in records],
        created=call.ctx.clock(),
    )


frame.resource("/events", get=selected)
frame.resource("/events/<name:event>", get=by_id)
