"""Transformations and corrections."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from api import resolve
from api.area import PREFIX, Area, Write
from api.batches import BatchDraft, RegisteredAnswer, draft_of
from api.fields import Choice, Many, One, Text
from api.shapes import (
    BATCH,
    LineShape,
    Moment,
    PaperShape,
    QuantityShape,
    Written,
    lines_of,
    papers_of,
    quantity_of,
)
from trace.domain.causes import RESULT
from trace.domain.commands import Correct, Observe, Transform
from trace.services import custody
from trace.services.context import Done

area = Area("transformations", "Batches become others, are looked at, and wrong records are declared wrong.")

# Looking is all that these steps say (CBV 2.0 section 7.1).
OBSERVED = ("inspecting", "sampling", "sensor_reporting", "storing")


class TransformBody(Moment):
    """Inputs become outputs; where all are in one unit, inputs equal outputs and declared loss."""

    inputs = Many(One(LineShape), "What is used up.", least=1, required=True)
    outputs = Many(One(BatchDraft), "The batches that come of it.", least=1, most=100, required=True)
    loss = One(QuantityShape, "What is lost: offal, water, trimmings.")
    process = Text("What is done: slaughter, freeze, fillet, repack ...", longest=100, example="fillet")
    papers = Many(One(PaperShape), "Business documents that go with it.", most=50)


class ObserveBody(Moment):
    """Batches that are looked at; nothing moves."""

    step = Choice("What is done, in the words of the CBV.", OBSERVED, load_default="inspecting")
    batches = Many(Text(BATCH, longest=2000), "The batches.", least=1, required=True)
    result = Choice("What was found, as a code that everybody reads in his own language.", RESULT)
    finding = Text(
        "What was found, in one's own words; everybody who scans the code reads it.",
        longest=500,
        example="chloramphenicol not detected",
    )
    papers = Many(One(PaperShape), "Business documents that belong to it, such as a test report.", most=50)


class CorrectBody(Moment):
    """A record that is declared wrong."""

    event_id = Text("Id of the event.", longest=500, required=True)
    reason = Choice(
        "did_not_occur: it never happened; incorrect_data: it happened otherwise.",
        ("did_not_occur", "incorrect_data"),
        required=True,
    )
    corrective = Many(Text("Id of an event that says it right.", longest=500), "Events that say it right.")


@area.write("/transformations", TransformBody, RegisteredAnswer)
def transform(call: Write, body: dict[str, Any]) -> Done:
    """Turn batches into new ones"""
    command = Transform(
        inputs=lines_of(body["inputs"], resolve.batches(call.ctx)),
        outputs=tuple(draft_of(output) for output in body["outputs"]),
        loss=quantity_of(body["loss"]) if "loss" in body else None,
        process=body.get("process"),
        papers=papers_of(body),
        note=body.get("note"),
        time=body.get("time"),
    )
    return custody.transform(call.ctx, call.actor, command, call.once)


@area.write("/observations", ObserveBody, Written, refuses=(403, 404, 422))
def observe(call: Write, body: dict[str, Any]) -> Done:
    """Record that batches were inspected, sampled or tested; nothing moves"""
    find = resolve.batches(call.ctx)
    command = Observe(
        step=body["step"],
        batches=tuple(find(batch) for batch in body["batches"]),
        result=body.get("result"),
        finding=body.get("finding"),
        papers=papers_of(body),
        note=body.get("note"),
        time=body.get("time"),
    )
    return custody.observe(call.ctx, call.actor, command, call.once)


@area.write(
    "/corrections",
    CorrectBody,
    Written,
    location=lambda done: f"{PREFIX}/events/{quote(done.event_id or '', safe='')}",
)
def correct(call: Write, body: dict[str, Any]) -> Done:
    """Declare one's own record wrong; what it did is undone, nothing is overwritten"""
    command = Correct(
        event_id=body["event_id"],
        reason=body["reason"],
        note=body.get("note"),
        corrective=tuple(body.get("corrective", ())),
        time=body.get("time"),
    )
    return custody.correct(call.ctx, call.actor, command, call.once)
