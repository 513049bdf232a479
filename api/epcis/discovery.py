"""What there is: the root's list of resources, and pages that cannot be given up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Response

from api.epcis import frame
from api.epcis.frame import Call
from trace.interop.query_document import STANDARD_CONTEXT

RESOURCES = (
    "capture",
    "events",
    "eventTypes",
    "epcs",
    "bizSteps",
    "bizLocations",
    "readPoints",
    "dispositions",
    "queries",
)


def root(call: Call) -> Response:
    """Every top-level resource."""
    frame.no_query()
    return frame.answer(collection(RESOURCES))


def collection(members: Sequence[str], prefixes: Mapping[str, str] | None = None) -> dict[str, object]:
    """A list of names, as the binding writes it; ``prefixes`` stand in the names."""
    context = [STANDARD_CONTEXT, dict(prefixes)] if prefixes else STANDARD_CONTEXT
    return {"@context": context, "type": "Collection", "member": list(members)}


def forget_page(call: Call, token: str) -> Response:
    """Release what is kept for a page: nothing is, since its token holds all that is needed to go on."""
    frame.no_query()
    return frame.empty(204)


frame.resource("/", get=root)
frame.resource("/nextPageToken/<string:token>", delete=forget_page)
