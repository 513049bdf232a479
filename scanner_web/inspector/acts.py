"""What an inspector records: a hold, its release, a sample, a look."""

from __future__ import annotations

from functools import partial

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.inspector import blueprint, links
from scanner_web.inspector.batch import find, look
from scanner_web.signed import forms, frame
from trace.domain import causes
from trace.domain.commands import Observe, Paper
from trace.domain.refusals import Invalid, NotHeld, Refusal
from trace.identifiers import InvalidIdentifier
from trace.services import custody, inspection
from trace.services.context import Done, Once

LOOKS = ("inspecting", "sampling")
PAPERS = ("testres", "cert", "sample")


@blueprint.route("/batch/<code>/hold", methods=["GET", "POST"])
def hold(code: str) -> AnyResponse:
    """Stop a batch and everything made from it; what that is stands above the button."""
    uri = find(code)

    def form(error: Refusal | InvalidIdentifier | None = None) -> AnyResponse:
        reach = inspection.reach(frame.context(), frame.actor(), uri)
        return frame.page(
            "inspector/hold.html", reach=reach, causes=causes.HOLD, asked=request.form, error=error
        )

    def work(once: Once | None) -> Done:
        cause, reason = why(causes.HOLD)
        return custody.hold(frame.context(), frame.actor(), uri, reason, once, cause=cause)

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
        values = {"stop": stops[0] if stops else None, "causes": causes.RELEASE}
        return frame.page("inspector/release.html", reach=reach, asked=request.form, error=error, **values)

    def work(once: Once | None) -> Done:
        cause, reason = why(causes.RELEASE)
        return custody.release(frame.context(), frame.actor(), uri, hold, reason, once, cause=cause)

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
            findings=causes.RESULT,
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
    number = forms.text("number")
    return Observe(
        step=_one_of("step", LOOKS),
        batches=(uri,),
        papers=(Paper(_one_of("paper", PAPERS), number),) if number else (),
        result=_one_of("finding", causes.RESULT),
        finding=forms.text("detail", longest=causes.LONGEST),
        note=forms.text("note", longest=causes.LONGEST),
        time=forms.at(frame.context()),
    )


def why(among: tuple[str, ...]) -> tuple[str, str]:
    """The cause that was chosen, and what was written below; something must be, for another one. Raises Invalid."""
    cause = _one_of("why", among)
    return cause, forms.text("detail", longest=causes.LONGEST, needed=cause == causes.OTHER) or ""


def _one_of(name: str, choices: tuple[str, ...]) -> str:
    value = request.form.get(name, "")
    if value not in choices:
        raise Invalid(field=name, value=value[:40], expected="one of the choices")
    return value
