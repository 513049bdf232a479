"""A business asks to take part (``/join``), and sees later what became of it (``/join/RECEIPT``)."""

from __future__ import annotations

from dataclasses import fields

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web import words
from scanner_web.account import blueprint
from scanner_web.signed import frame
from scanner_web.signed.posting import tried, when
from trace.domain.refusals import Refusal
from trace.identifiers import InvalidIdentifier
from trace.services import applications
from trace.services.applications import (
    APPLICANTS,
    ApplicationDraft,
    ApplicationIncomplete,
    ApplicationsPaused,
    UnknownApplication,
)

FIELDS = tuple(one.name for one in fields(ApplicationDraft))


@blueprint.get("/join")
def join_form() -> AnyResponse:
    """The form, or with a receipt number the way to what became of it."""
    if receipt := request.args.get("receipt", "").strip():
        return frame.go(f"/join/{''.join(sign for sign in receipt if sign.isalnum())[:40]}")
    return _form()


@blueprint.post("/join")
def join() -> AnyResponse:
    """Take the application."""
    if frame.from_elsewhere():
        return frame.forbidden("forbidden_forged")

    def work() -> AnyResponse:
        receipt = applications.apply(frame.context(), drafted(), request.remote_addr or "")
        return frame.go(f"/join/{receipt}?new=1")

    return tried(work, _form)


@blueprint.get("/join/<receipt>")
def joined(receipt: str) -> AnyResponse:
    """What became of an application."""
    try:
        found = applications.status(frame.context(), receipt, request.remote_addr or "")
    except (UnknownApplication, ApplicationsPaused) as refusal:
        return frame.page(
            "account/join_unknown.html",
            404 if isinstance(refusal, UnknownApplication) else 429,
            error=refusal,
        )
    return frame.page(
        "account/joined.html", found=found, new="new" in request.args, when=when, spelt=spelt(found.id)
    )


def drafted() -> ApplicationDraft:
    """What the form says."""
    return ApplicationDraft(**{name: request.form.get(name, "") for name in FIELDS})


def spelt(receipt: str) -> str:
    """A receipt number in groups, as it is easily read out."""
    return "-".join(receipt[start : start + 4] for start in range(0, len(receipt), 4))


def worded(error: Refusal | InvalidIdentifier | None) -> Refusal | InvalidIdentifier | str | None:
    """A refusal for the form, a missing field called as the form calls it."""
    if isinstance(error, ApplicationIncomplete):
        return words.t(error.code, field=words.t(f"join_{error.field}"))
    return error


def _form(error: Refusal | InvalidIdentifier | None = None) -> AnyResponse:
    typed = {name: request.form.get(name, "") for name in FIELDS}
    return frame.page("account/join.html", error=worded(error), typed=typed, roles=APPLICANTS)
