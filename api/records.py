"""Single records: events, receipts, and documents from elsewhere."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app

from api.area import JSON, Area, Call, Write, body_of
from api.chain import FlagShape, flag
from api.refusals import NotFound
from api.shapes import Shape, Written, many, maybe, out
from trace.domain.refusals import Invalid
from trace.interop.epcis import Limits, read_document
from trace.services import capture, look, proofs
from trace.services.context import Done

area = Area("records", "Single records: events, receipts, and documents captured from elsewhere.")


class EventShape(Shape):
    """An EPCIS event as the ledger holds it."""

    index = out("Index of its entry.", "integer")
    event_id = out("Id of the event.")
    by = out("URI of the party that says so.")
    recorded = out("When the ledger recorded it.", format="date-time")
    whole = out("Whether the event is shown whole; else only what is public of it.", "boolean")
    context = out("The JSON-LD context beside it.", ["array", "object", "string", "null"])
    event = out("The EPCIS 2.0 event.", "object")
    document = maybe("The captured document it came in.")
    corrected_by = maybe("Index of the entry that declares it wrong.", "integer")
    flags = many(FlagShape, "Problems seen in it when it was recorded.")
    receipt = out("Address of its receipt.")


class SeenShape(Shape):
    """A problem seen in a captured event."""

    position = out("Place of the event in the document, from 0.", "integer")
    event_id = out("Id of the event.")
    code = out("Stable code, as of problems.")
    params = out("Its numbers.", "object", additionalProperties={"type": "string"})


class CapturedAnswer(Written):
    """A captured document; the entry is that of its last event."""

    document = out("Id of the document's record.")
    events = out("How many events it holds.", "integer")
    known = out("How many of them the ledger held already.", "integer")
    flags = many(SeenShape, "Problems seen in its events; they are recorded all the same.")
    batches = out("URIs of the batches it brought.", "array", items={"type": "string"})


@area.read("/events/<name:event>", EventShape, public=True, refuses=(404,))
def get_event(call: Call, event: str) -> dict[str, Any]:
    """Get an event; whole for those it concerns, else what is public of it"""
    found = look.event(call.ctx, event, call.actor)
    return {
        "index": found.index,
        "event_id": found.event_id,
        "by": found.by,
        "recorded": found.recorded,
        "whole": found.raw != found.public,
        "context": found.context,
        "event": found.raw,
        "document": found.document,
        "corrected_by": found.corrected_by,
        "flags": [flag(one) for one in found.flags],
        "receipt": f"/api/v1/entries/{found.index}/receipt",
    }


@area.read(
    "/entries/<entry:index>/receipt",
    {"type": "object"},
    public=True,
    refuses=(404,),
    description="A receipt, see docs/ledger-format.md.",
)
def get_receipt(call: Call, index: int) -> Response:
    """Get the receipt of an entry: entry, inclusion proof and checkpoint, with what the caller may see"""
    try:
        data = proofs.receipt(call.ctx, index, call.actor)
    except Invalid:  # the index lies beyond the ledger's end
        raise NotFound(path=f"/api/v1/entries/{index}/receipt") from None
    return Response(data, mimetype="application/json")


_DOCUMENT = {
    "required": True,
    "description": "An EPCIS 2.0 document (EPCISDocument, EPCISQueryDocument) or a bare event, as JSON-LD.",
    "content": {kind: {"schema": {"type": "object"}} for kind in (JSON, "application/ld+json")},
}


@area.write("/documents", None, CapturedAnswer, refuses=(403, 409, 422), content=_DOCUMENT)
def import_document(call: Write) -> Done:
    """Capture an EPCIS document whole

    What is impossible in it is flagged, not turned away. The same document sent again gets its first answer.
    """
    data = body_of(JSON, "application/ld+json")
    document = read_document(data, Limits(size=current_app.config["LARGEST_BODY"]))
    return capture.import_document(call.ctx, call.actor, document, call.once)
