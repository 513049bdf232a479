"""The first page: who waits to be let in, and whether anything is wrong; and the decision on each application."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.account.joining import spelt, worded
from scanner_web.account.people import People
from scanner_web.operator import blueprint
from scanner_web.signed import frame
from scanner_web.signed.posting import tried
from trace.domain.refusals import Refusal
from trace.identifiers import InvalidIdentifier
from trace.services import applications, log, registry, verdicts, witnesses


@blueprint.get("")
def home() -> AnyResponse:
    """Applications that wait, and those decided last."""
    ctx = frame.context()
    return frame.page(
        "operator/home.html",
        waiting=applications.listed(ctx, open_=True),
        decided=applications.listed(ctx, open_=False),
        declined="declined" in request.args,
        alarms=alarms(),
        spelt=spelt,
    )


@dataclass(frozen=True)
class Alarm:
    """Something that cannot wait: where it is seen, and the code of its words."""

    path: str
    words: str


def alarms() -> list[Alarm]:
    """What is wrong with the ledger itself."""
    ctx, found = frame.context(), []
    if any(one.state == witnesses.ALARM for one in witnesses.listed(ctx)):
        found.append(Alarm("/operate/witnesses", "operate_alarm_witness"))
    finished = [one for one in verdicts.listed(ctx) if one.finished is not None]
    if finished and not finished[0].ok:
        found.append(Alarm("/operate/health", "operate_alarm_verdict"))
    if log.readiness(ctx)["checkpoints"] != "ok":
        found.append(Alarm("/operate/health", "operate_alarm_forked"))
    return found


@blueprint.get("/applications/<id>")
def application(id: str) -> AnyResponse:
    """What a business says of itself, what to compare, and the two answers."""
    return _application(id)


@blueprint.post("/applications/<id>/approve")
def approve(id: str) -> AnyResponse:
    """Let a business in; the link for its first owner is shown this once."""

    def work() -> AnyResponse:
        made = applications.approve(frame.context(), frame.actor(), id)
        back = f"/operate/parties/{made.party.id}"
        return People(made.party, f"{back}/people", back).shown(made.link)

    return tried(work, lambda refusal: _application(id, refusal))


@blueprint.post("/applications/<id>/decline")
def decline(id: str) -> AnyResponse:
    """Say why a business is not let in."""

    def work() -> AnyResponse:
        reason = request.form.get("reason", "")
        applications.decline(frame.context(), frame.actor(), id, reason)
        return frame.go("/operate?declined=1")

    return tried(work, lambda refusal: _application(id, refusal))


def _application(id: str, error: Refusal | InvalidIdentifier | None = None) -> AnyResponse:
    ctx = frame.context()
    found = applications.find(ctx, id)
    return frame.page(
        "operator/application.html",
        error=worded(error),
        one=found,
        checks=applications.checks(ctx, found),
        areas=registry.area_names(ctx),
        reason=request.form.get("reason", ""),
        spelt=spelt,
    )
