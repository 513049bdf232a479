"""Searching: everything at once, or one kind of thing page by page."""

from __future__ import annotations

from datetime import date

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.inspector import blueprint, links, piece
from scanner_web.signed import frame
from trace.domain.refusals import Invalid, Refusal
from trace.identifiers.scanning import EDGES
from trace.services import search as searching
from trace.services.search import Question


@blueprint.get("/search")
def search() -> AnyResponse:
    """The form, and what was found; a code that names one batch opens it."""
    kind, cursor = request.args.get("kind", ""), request.args.get("after")
    try:
        question = _question()
        if kind:
            found = searching.of_kind(frame.context(), frame.actor(), kind, question, cursor=cursor)
            return _page(question, kind=kind, groups={kind: found}, exact=None)
        if question.empty:
            return _page(question)
        answer = searching.everything(frame.context(), frame.actor(), question)
    except Refusal as refusal:
        return frame.page(
            "inspector/search.html", 422, question=Question(), asked=request.args, error=refusal, groups=None
        )
    if answer.exact is not None and question.first is None and question.last is None:
        return frame.go(piece.warned(question.text) or links.to_batch(answer.exact.uri))
    return _page(question, groups=answer.groups, exact=answer.exact)


def _page(question: Question, **values: object) -> AnyResponse:
    shown = {"kind": "", "groups": None, "exact": None, **values}
    return frame.page("inspector/search.html", question=question, asked=request.args, **shown)


def _question() -> Question:
    return Question(request.args.get("q", "").strip(EDGES), _day("first"), _day("last"))


def _day(name: str) -> date | None:
    value = request.args.get(name, "").strip()
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise Invalid(field=name, value=value[:40], expected="YYYY-MM-DD") from None
