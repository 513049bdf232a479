"""What lies here, and one batch as this business has it."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web import words
from scanner_web.business import blueprint
from scanner_web.business.goods import read_code
from scanner_web.signed import forms, frame
from trace.domain.refusals import UnknownBatch
from trace.identifiers import InvalidIdentifier
from trace.services import handy
from trace.services import today as day


@blueprint.get("/stock")
def stock() -> AnyResponse:
    """What the business holds: what is stopped first, then what expires first; ``cursor`` goes on."""
    cursor = request.args.get("cursor")
    held = handy.stock(frame.context(), frame.actor(), cursor)
    today = forms.today(frame.context())
    return frame.page(
        "business/stock.html",
        rows=[(one, day.days_left(one.info, today)) for one in held.batches],
        units=() if cursor else held.units,
        named=held.named,
        soon=day.SOON.days,
        further=cursor is not None,
        next=held.next,
    )


@blueprint.get("/batches/<code>")
@blueprint.get("/batches")
def batch(code: str = "") -> AnyResponse:
    """A batch with this business's own amounts; ``uri`` names one that has no short code."""
    text = code or request.args.get("uri", "")
    try:
        view = handy.own_view(frame.context(), frame.actor(), read_code(text))
    except (UnknownBatch, InvalidIdentifier) as refusal:
        return frame.page("business/missing.html", 404, error=refusal)
    past = day.is_past(view.info, forms.today(frame.context()))
    return frame.page("business/batch.html", view=view, past=past, step_name=step_name)


def step_name(step: str) -> str:
    """A business step in words, without who took part."""
    word = step.rpartition(":")[2]
    return words.t(f"step_{word}" if words.known(f"step_{word}") else "desk_kind_other")
