"""What was sent to one's subscribers, what waits, and what was given up and can be tried anew."""

from __future__ import annotations

from typing import Any

from flask import Response

from api.area import Area, Call, page_response
from api.fields import Choice
from api.shapes import Query, Shape, maybe, out, page_of
from trace.services import webhooks
from trace.services.values import MESSAGE_STATES

area = Area("messages", "Messages to the subscribers of EPCIS queries: see docs/webhooks.md.")


class MessageShape(Shape):
    """A message to a subscriber."""

    id = out("Its id, which the receiver gets too.")
    subscription = out("Id of the subscription.")
    query = out("Name of the query.")
    events = out("How many events it tells.", "integer")
    state = out("waiting, delivered, or dead: given up.", enum=list(MESSAGE_STATES))
    attempts = out("How often it was sent since it was made or revived.", "integer")
    next_try = maybe("When it is tried next, at the earliest.", format="date-time")
    last_status = maybe("HTTP status of the receiver's last answer.", "integer")
    last_error = maybe(
        "Why there was no answer: address_refused (no public address), unreachable, tls_failed, timeout, "
        "answer_malformed, token_unusable."
    )
    created = out("When it was made.", format="date-time")
    finished = maybe("When it was delivered or given up.", format="date-time")


class MessageQuery(Query):
    """Which messages."""

    state = Choice("Only those in this state.", MESSAGE_STATES)


@area.read("/messages", page_of(MessageShape, "MessagePage"), query=MessageQuery)
def list_messages(call: Call, query: dict[str, Any]) -> Response:
    """List the messages to one's own subscribers, the newest first

    Those that were delivered or given up are kept for 30 days.
    """
    assert call.actor is not None  # noqa: S101 - this address is not public
    found = webhooks.messages(
        call.ctx, call.actor, state=query.get("state"), limit=query["limit"], cursor=query.get("cursor")
    )
    return page_response(found, query, vars)


@area.act("PUT", "/messages/<name:message>/retry", 200, None, MessageShape)
def retry_message(call: Call, message: str) -> dict[str, Any]:
    """Have a message that was given up tried anew

    One that waits or was delivered is left as it is; the answer tells its state.
    """
    assert call.actor is not None  # noqa: S101 - this address is not public
    return vars(webhooks.retry(call.ctx, call.actor, message))
