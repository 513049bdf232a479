"""What events are listed by: types, EPCs, business steps, places and dispositions, each with its events.

Of the vocabularies of the standard every word is listed; what else is listed are the values in events that the
asker may see.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from flask import Response, request

from api.epcis import events as selection
from api.epcis import frame, headers
from api.epcis.discovery import collection
from api.epcis.frame import Call
from api.refusals import NotFound
from trace.domain.event_query import Among
from trace.domain.event_terms import RESOURCES, Namespaces, indexable
from trace.interop import words
from trace.interop.epc_format import uri_in_format
from trace.interop.event_shape import EVENT_TYPES
from trace.services import events

# Address, name of the resource, and the words that the standard gives it.
ADDRESSES: dict[str, tuple[str, tuple[str, ...]]] = {
    "eventTypes": ("eventType", tuple(sorted(EVENT_TYPES))),
    "epcs": ("epc", ()),
    "bizSteps": ("bizStep", tuple(sorted(words.BIZ_STEP.words))),
    "bizLocations": ("bizLocation", ()),
    "readPoints": ("readPoint", ()),
    "dispositions": ("disposition", tuple(sorted(words.DISPOSITION.words))),
}

_OFFSET = re.compile("standard-([0-9]{1,3})")


def values(name: str, standard: Sequence[str], call: Call) -> Response:
    """A page of the values of a resource: the standard's words first, then those of events."""
    per_page, token = frame.page(call)
    frame.only_paging()
    start = len(standard)
    if token is None:
        start = 0
    elif match := _OFFSET.fullmatch(token):
        start, token = int(match[1]), None
    shown = list(standard[start : start + per_page])
    if start + per_page < len(standard):
        more: str | None = f"standard-{start + per_page}"
    else:
        found, more = _of_events(call, name, frozenset(standard), max(per_page - len(shown), 1), token)
        if len(shown) == per_page:  # what was found stands on the next page
            more = f"standard-{len(standard)}" if found else None
        else:
            shown += found
    return _answer([_in_form(call, name, value) for value in shown], more)


def _of_events(
    call: Call, name: str, standard: frozenset[str], per_page: int, token: str | None
) -> tuple[list[str], str | None]:
    """Values that events brought, without the standard's words; a page is empty only where nothing follows."""
    while True:
        page = events.values(call.ctx, call.actor, name, per_page, token)
        found = [value for value in page.items if value not in standard]
        if page.next is None:
            return found, None
        if found:
            # Every word of the standard fits on the longest page: whatever else follows is seen on it.
            ahead = events.values(call.ctx, call.actor, name, frame.MOST_PER_PAGE, page.next)
            return found, None if standard.issuperset(ahead.items) else page.next
        token = page.next


def _in_form(call: Call, name: str, value: str) -> str:
    if name in ("epc", "bizLocation", "readPoint"):
        value = uri_in_format(value, headers.epc_format())
    for prefix, namespace in headers.extensions().items():
        if value.startswith(namespace) and len(value) > len(namespace):
            return f"{prefix}:{value[len(namespace) :]}"
    return value


def _answer(members: list[str], more: str | None) -> Response:
    return frame.answer(collection(members, headers.extensions()), headers=frame.next_link(more))


def one(name: str, standard: Sequence[str], call: Call, value: str) -> Response:
    """What there is below one value."""
    frame.no_query()
    _known(name, standard, call, value)
    return frame.answer(collection(["events"]))


def events_of(name: str, standard: Sequence[str], call: Call, value: str) -> Response:
    """A page of the events with this value, under the query's further parameters."""
    term = _known(name, standard, call, value)
    return selection.selected(call, [Among(tuple((field, term) for field in RESOURCES[name]))])


def _known(name: str, standard: Sequence[str], call: Call, value: str) -> str:
    """The value as events are indexed by it. Raises NotFound for one that the asker does not find anywhere."""
    spaces = Namespaces.of(headers.extensions())
    term = spaces.word(value) if standard else indexable(spaces.expand(value))
    if term not in standard and not events.known(call.ctx, call.actor, name, term):
        raise NotFound(path=request.path)
    return term


def register() -> None:
    """Offer every resource of ADDRESSES."""
    for address, (name, standard) in ADDRESSES.items():
        frame.resource(f"/{address}", get=partial(values, name, standard))
        frame.resource(f"/{address}/<name:value>", get=partial(one, name, standard))
        frame.resource(f"/{address}/<name:value>/events", get=partial(events_of, name, standard))


register()
