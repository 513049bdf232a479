"""One carton or item by its serial: where it turned up, and settling a warning of copies that was looked into."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.inspector import blueprint
from scanner_web.inspector.acts import why
from scanner_web.signed import forms, frame
from trace.domain import causes
from trace.domain.refusals import Refusal, UnknownBatch
from trace.domain.serials import SerialForged, SerialMisspelt, SerialNotIssued, SerialUnbound
from trace.identifiers import InvalidIdentifier
from trace.services import copies
from trace.services.context import Done, Once
from trace.services.copies import Piece

_NONE = (InvalidIdentifier, SerialForged, SerialMisspelt, SerialNotIssued, SerialUnbound, UnknownBatch)


def path_of(code: str) -> str:
    """Where a serial's page for inspectors is; ``code`` is any text that names it."""
    return f"/inspect/piece?{urlencode({'code': code})}"


def warned(text: str) -> str | None:
    """The page of the piece that a text names, where a warning of copies stands or was settled; else nothing."""
    try:
        found = _find(text)
    except _NONE:
        return None
    return path_of(found.code.uri) if found.seen.clone or found.seen.cleared else None


@blueprint.route("/piece", methods=["GET", "POST"])
def piece() -> AnyResponse:
    """The piece; posted to, its warning is settled."""
    text = request.args.get("code", "")[: forms.LONGEST_CODE]

    def form(error: Refusal | InvalidIdentifier | None = None) -> AnyResponse:
        done = request.args.get("done", "")
        return frame.page(
            "inspector/piece.html",
            piece=_find(text),
            causes=causes.CLEARED,
            asked=request.form,
            done=int(done) if done.isascii() and done.isdigit() and len(done) < 16 else None,
            error=error,
        )

    def work(once: Once | None) -> Done:
        cause, reason = why(causes.CLEARED)
        return copies.clear(frame.context(), frame.actor(), text, cause, reason, once)

    def then(done: Done) -> str:
        return f"{path_of(text)}&done={done.index}"

    return form() if request.method == "GET" else frame.act(work, then=then, again=form)


def _find(text: str) -> Piece:
    return copies.piece(frame.context(), frame.actor(), text)
