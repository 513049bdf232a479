"""What an inspector records: a hold, its release, a sample, a look."""

from __future__ import annotations

from functools import partial

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.inspector import blueprint, links
from scanner_web.inspector.batch import find, look
from scanner_web.signed import forms, frame
from scanner_web.words import t
from trace.domain.commands import Observe, Paper
from trace.domain.refusals import Invalid, NotHeld, Refusal
from trace.identifiers import InvalidIdentifier
from trace.services import custody, inspection
from trace.services.context import Done, Once

HOLD_REASONS = ("unsafe", "papers", "origin", "complaint", "order", "other")
RELEASE_REASONS = ("cleared", "papers_came", "mistake", "other")
FINDINGS = ("fine", "bad", "waiting")
LOOKS = ("inspecting", "sampling")
PAPERS = ("testres", "cert", "sample")

_LONGEST = 300  # letters of a reason


@blueprint.route("/batch/<code>/hold", methods=["GET", "POST"])
def hold(code: str) -> AnyResponse:
    """Stop a batch and everything made from it; what that is stands above the button."""
    uri = find(code)

    def form(error: Refusal | InvalidIdentifier | None = None) -> AnyResponse:
        reach = inspection.reach(frame.context(), frame.actor(), uri)
        return frame.page(
            "inspector/hold.html", reach=reach, reasons=HOLD_REASONS, asked=request.form, error=error
        )

    def work(once: Once | None) -> Done:
        return custody.hold(frame.context(), frame.actor(), uri, _reason("hold", HOLD_REASONS), once)

    return form() if request.method == "GET" else frame.act(work, then=partial(_back, uri), again=form)


@blueprint.route("/batch/<code>/release/<hold>", methods=["GET", "POST"])
def release(code: str, hold: str) -> AnyResponse:
    """Lift one hold; others stay in force."""
    uri = find(code)

    def form(error: Refusal | InvalidIdentifier | None = None) -> AnyResponse:
        reach = inspection.reach(frame.context(), frame.actor(), uri)
        stops = [stop for stop in look(uri).stops if stop.stop.hold == hold and not stop.inherited]
        if error is None and not (stops and stops[0].in_force):
            return frame.refused(NotHeld(batch=uri, hold=hold))
        values = {"stop": stops[0] if stops else None, "reasons": RELEASE_REASONS}
        return frame.page("inspector/release.html", reach=reach, asked=request.form, error=error, **values)

    def work(once: Once | None) -> Done:
        reason = _reason("release", RELEASE_REASONS)
        return custody.release(frame.context(), frame.actor(), uri, hold, reason, once)

    return form() if request.method == "GET" else frame.act(work, then=partial(_back, uri), again=form)


@blueprint.route("/batch/<code>/look", methods=["GET", "POST"])
def observe(code: str) -> AnyResponse:
    """A look at the goods, or a sample that was taken: what was found is for everybody to see."""
    uri = find(code)

    def form(error: Refusal | InvalidIdentifier | None = None) -> AnyResponse:
        return frame.page(
            "inspector/look.html",
            info=look(uri).info,
            looks=LOOKS,
            findings=FINDINGS,
            papers=PAPERS,
            asked=request.form,
            error=error,
        )

    def work(once: Once | None) -> Done:
        return custody.observe(frame.context(), frame.actor(), _observed(uri), once)

    return form() if request.method == "GET" else frame.act(work, then=partial(_back, uri), again=form)


def _back(uri: str, done: Done) -> str:
    """To the batch, which now shows what was recorded, with its number."""
    path = links.to_batch(uri)
    return f"{path}{'&' if '?' in path else '?'}done={done.index}"


def _observed(uri: str) -> Observe:
    number, note = forms.text("number"), forms.text("note", longest=_LONGEST)
    return Observe(
        step=_one_of("step", LOOKS),
        batches=(uri,),
        papers=(Paper(_one_of("paper", PAPERS), number),) if number else (),
        finding=_joined(
            f"inspect_finding_{_one_of('finding', FINDINGS)}", forms.text("detail", longest=_LONGEST)
        ),
        note=note,
        time=forms.at(frame.context()),
    )


def _reason(act: str, reasons: tuple[str, ...]) -> str:
    """The reason as everybody will read it: the chosen words and what was added; added words alone for "other"."""
    chosen = _one_of("why", reasons)
    detail = forms.text("detail", longest=_LONGEST, needed=chosen == "other")
    return detail or "" if chosen == "other" else _joined(f"inspect_{act}_{chosen}", detail)


def _joined(code: str, detail: str | None) -> str:
    return t(code) if detail is None else t("inspect_with_detail", words=t(code), detail=detail)


def _one_of(name: str, choices: tuple[str, ...]) -> str:
    value = forms.needed(name)
    if value not in choices:
        raise Invalid(field=name, value=value[:40], expected=" | ".join(choices))
    return value
