"""A look at goods that moves none: a laboratory's test, a sample, a business's own check; everybody sees the result."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.business import blueprint, goods
from scanner_web.signed import forms, frame
from scanner_web.words import Found, t
from trace import i18n
from trace.domain.commands import Observe, Paper
from trace.domain.model import Role
from trace.domain.refusals import Invalid, Refusal
from trace.domain.roles import Act
from trace.i18n import LOCALES, Locale
from trace.identifiers import InvalidIdentifier
from trace.services import custody, handy, looks
from trace.services import look as goods_known
from trace.services.context import Done, Once

MOST_CODES = 100
MOST_OFFERED = 30
"""Batches of one's own stock to choose from; any other is scanned."""
_LONGEST = 300  # letters of what was found


WAYS = {"test": "inspecting", "sample": "sampling", "check": "inspecting"}
"""What was done, and its business step (CBV 2.0 section 7.1)."""
FOUND = ("fine", "bad", "none", "waiting", "other")
"""Results to choose from; ``none`` detected is fine, ``other`` is in one's own words alone."""
_RESULT = {"fine": "fine", "none": "fine", "bad": "bad", "waiting": "waiting"}


@blueprint.get("/look")
def look() -> AnyResponse:
    """The form; ``batch`` in the address names goods beforehand."""
    return _form()


def _form(error: Refusal | InvalidIdentifier | None = None) -> AnyResponse:
    ctx, actor = frame.context(), frame.actor()
    asked = request.form
    return frame.page(
        "business/look.html",
        may_look=goods.may(Act.OBSERVE),
        asked=asked,
        codes=asked.get("codes", "\n".join(request.args.getlist("batch"))),
        stock=handy.stock(ctx, actor).batches,
        most=MOST_OFFERED,
        taken=asked.getlist("take"),
        ways=[(one, t(f"look_way_{one}")) for one in WAYS],
        way=asked.get("way", "test" if actor.party.role is Role.LABORATORY else "check"),
        results=[(one, t(f"look_found_{one}")) for one in FOUND],
        result=asked.get("result", ""),
        looks=looks.recent(ctx, actor),
        error=error,
    )


@blueprint.post("/look")
def looked() -> AnyResponse:
    """Record it."""

    def work(once: Once | None) -> Done:
        return custody.observe(frame.context(), frame.actor(), _command(), once)

    return frame.act(work, then=lambda done: f"/desk/entries/{done.index}", again=_form)


def failed(one: Found) -> bool:
    """Whether goods were not in order: by the record's code, or in old records by this form's words of any language."""
    if one.result is not None or one.finding is None:
        return one.result == "bad"
    return one.finding.startswith(tuple(_result(locale, way) for locale in LOCALES for way in WAYS))


@blueprint.context_processor
def shared() -> dict[str, object]:
    """What templates that show looks may use."""
    return {"look_failed": failed}


def _result(locale: Locale, way: str) -> str:
    what, found = (i18n.text(code, locale) for code in (f"look_way_{way}", "look_found_bad"))
    return i18n.text("look_result", locale, what=what, found=found)


# -- what the form says --------------------------------------------------------------------------------------


def _command() -> Observe:
    way = request.form.get("way", "")
    if way not in WAYS:
        raise Invalid(field="way", value=way[:40], expected=" | ".join(WAYS))
    number = forms.text("number")
    return Observe(
        step=WAYS[way],
        batches=_batches(),
        papers=(Paper("testres", number),) if number else (),
        result=_RESULT.get(request.form.get("result", "")),
        finding=_finding(way),
        note=forms.text("note", longest=_LONGEST),
        time=forms.at(frame.context()),
    )


def _batches() -> tuple[str, ...]:
    """Every batch that was scanned, typed or chosen, once. Raises GoodsNotChosen, UnknownBatch, Invalid."""
    lines = request.form.get("codes", "").split("\n")
    codes = [code for code in map(forms.read, lines) if code]
    if len(codes) > MOST_CODES:
        raise Invalid(field="codes", value=str(len(codes)), expected=f"at most {MOST_CODES}")
    chosen = request.form.getlist("take")[:MOST_OFFERED]
    ctx = frame.context()
    named = [goods_known.find_batch(ctx, goods.read_code(code)).uri for code in codes]
    named += [goods_known.find_batch(ctx, code).uri for code in chosen]
    if not named:
        raise handy.GoodsNotChosen()
    return tuple(dict.fromkeys(named))


def _finding(way: str) -> str | None:
    """What is written beside the result for everybody to read. Raises Invalid for a result that is none."""
    result = request.form.get("result", "")
    if result not in FOUND:
        raise Invalid(field="result", value=result[:40], expected=" | ".join(FOUND))
    detail = forms.text("detail", longest=_LONGEST, needed=result == "other")
    if result not in ("none", "other"):
        return detail
    said = t("look_found_none" if result == "none" else f"look_way_{way}")
    return t("look_with_detail", words=said, detail=detail) if detail else said
