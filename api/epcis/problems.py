"""Refusals in the standard's words: ``epcisException:...`` types and the statuses that belong to them.

Source: EPCIS 2.0 section 12 and its OpenAPI file. Our own stable ``code`` and the refusal's numbers stay members of
the problem. Most types follow from the status; a refusal that the standard knows more closely is listed here.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, request

from api import problems
from api import refusals as here
from api.auth import context
from trace.domain import event_query, schedule, subscribing
from trace.domain.refusals import Refusal
from trace.identifiers import InvalidIdentifier

# Documents and queries that contradict themselves are 400 in this binding, which knows no 422.
_STATUS = {422: 400}

_BY_STATUS = {
    400: "ValidationException",
    401: "SecurityException",
    403: "SecurityException",
    404: "NoSuchResourceException",
    406: "NotAcceptableException",
    408: "ValidationException",
    409: "ResourceAlreadyExistsException",
    413: "CaptureLimitExceededException",
    414: "URITooLongException",
    415: "UnsupportedMediaTypeException",
    500: "ImplementationException",
    503: "ImplementationException",
}

_BY_NAME: dict[str, tuple[type[Refusal], ...]] = {
    "QueryParameterException": (
        event_query.QueryParameterUnknown,
        event_query.QueryParameterInvalid,
        event_query.PageTokenInvalid,
    ),
    "QueryTooLargeException": (event_query.QueryTooLarge,),
    "NoSuchNameException": (subscribing.UnknownQuery,),
    "SubscriptionControlsException": (
        schedule.ScheduleInvalid,
        schedule.ScheduleFieldUnknown,
        schedule.ScheduleNever,
        subscribing.SubscriptionUnclear,
        subscribing.SubscriptionLimited,
        subscribing.WebSocketNotOffered,
    ),
    "ValidationException": (subscribing.DestinationRefused,),
}
_NAMED: Mapping[type[Refusal], str] = {kind: name for name, kinds in _BY_NAME.items() for kind in kinds}


def failed(error: Exception) -> Response:
    """The problem that tells a failure of any kind."""
    refusal, headers = problems.refusal_of(error)
    status = problems.status_of(refusal)
    status = _STATUS.get(status, status)
    return problems.respond(
        refusal,
        status=status,
        headers=headers,
        kind=_type(refusal, status),
        base=context().base_url,  # the standard's file wants a whole URI there
    )


def _type(refusal: Refusal | InvalidIdentifier, status: int) -> str | None:
    """The standard's type; None where it has none: for a method that an address does not offer."""
    if isinstance(refusal, here.MethodNotAllowed):
        return None
    name = _NAMED.get(type(refusal)) if isinstance(refusal, Refusal) else None
    if name is None and status == 400 and request.method in ("GET", "HEAD"):
        name = "QueryParameterException"  # there is nothing else to get wrong
    return f"epcisException:{name or _BY_STATUS[status]}"
