"""Queries by name: kept, listed, asked, ended (EPCIS 2.0 section 12, ``/queries``)."""

from __future__ import annotations

from typing import Any, ClassVar

import marshmallow as ma
from flask import Response, request

from api.area import StrictParser, strict_json
from api.epcis import frame, headers
from api.epcis.frame import Call
from api.fields import Shape, Text
from api.refusals import words
from trace.domain.subscribing import LONGEST_NAME, WebSocketNotOffered
from trace.interop.query_document import query_document, returned
from trace.services import event_queries
from trace.services.values import NamedQuery

# With these the binding asks for results over WebSocket.
_CONTROLS = (
    *("stream", "second", "minute", "hour", "dayOfMonth", "month", "dayOfWeek"),
    *("reportIfEmpty", "initialRecordTime"),
)


class Worded(ma.fields.Field[Any]):
    """Messages as codes of ``trace/i18n`` instead of English sentences."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "required": words("field_required"),
        "null": words("field_null"),
        "invalid": words("field_object"),
    }


class Object(Worded):
    """A JSON object, as it is."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        return value


class NewQuery(Shape):
    """A query to be kept."""

    name = Text("Its name.", longest=LONGEST_NAME, required=True)
    query = Object(required=True)


def body(shape: type[Shape]) -> dict[str, Any]:
    """The request's body by a shape. Raises WrongShape."""
    try:
        found: dict[str, Any] = shape().load(strict_json(frame.body()))
    except ma.ValidationError as error:
        StrictParser().handle_error(ma.ValidationError({"json": error.messages}))
    return found


def listed(call: Call) -> Response:
    """The party's queries."""
    frame.only_paging()
    page = event_queries.every(call.ctx, call.actor, *frame.page(call))
    return frame.answer([_shown(one) for one in page.items], headers=frame.next_link(page.next))


def create(call: Call) -> Response:
    """Keep a query under a name."""
    frame.no_query()
    asked = body(NewQuery)
    made = event_queries.create(call.ctx, call.actor, asked["name"], asked["query"], headers.extensions())
    return frame.empty(201, {"Location": frame.address(f"/queries/{made.name}")})


def one(call: Call, query: str) -> Response:
    """What a query asks."""
    frame.no_query()
    return frame.answer(_shown(event_queries.get(call.ctx, call.actor, query)))


def end(call: Call, query: str) -> Response:
    """End a query and the subscriptions to it."""
    frame.no_query()
    event_queries.delete(call.ctx, call.actor, query)
    return frame.empty(204)


def results(call: Call, query: str) -> Response:
    """A page of what a query finds now."""
    _refuse_web_socket(query)
    frame.only_paging()
    page = event_queries.results(call.ctx, call.actor, query, *frame.page(call))
    wanted = headers.epc_format()
    document = query_document(
        [(returned(record.raw, record.event_id, wanted), record.context) for record in page.records],
        name=query,
        created=call.ctx.clock(),
    )
    return frame.answer(document, headers=frame.next_link(page.next))


def _refuse_web_socket(query: str) -> None:
    for name in _CONTROLS:
        if name in request.args:
            raise _not_offered(name, query)


def _not_offered(parameter: str, query: str) -> WebSocketNotOffered:
    return WebSocketNotOffered(parameter=parameter, path=f"{frame.PREFIX}/queries/{query}/subscriptions")


# A request that begins a WebSocket is routed apart from all others.
@frame.blueprint.get("/queries/<name:query>/events", endpoint="web_socket", websocket=True)
def _web_socket(query: str) -> Response:
    raise _not_offered("Upgrade", query)


def _shown(query: NamedQuery) -> dict[str, Any]:
    return {"name": query.name, "query": dict(query.query)}


frame.resource("/queries", get=listed, post=create)
frame.resource("/queries/<name:query>", get=one, delete=end)
frame.resource("/queries/<name:query>/events", get=results)
