"""One screen for a batch: its chain both ways, what is wrong with it, who has it."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web import words
from scanner_web.inspector import blueprint, links
from scanner_web.inspector.picture import picture
from scanner_web.signed import frame
from trace.domain.refusals import UnknownBatch
from trace.services import evidence, inspection
from trace.services.inspection import Dossier


def find(segment: str) -> str:
    """The URI of the batch that a path names. Raises UnknownBatch."""
    text = links.named(segment)
    uri = inspection.find(frame.context(), text) if text else None
    if uri is None:
        raise UnknownBatch(batch=text[:200])
    return uri


def look(uri: str) -> Dossier:
    """All there is to know of it."""
    return inspection.dossier(frame.context(), frame.actor(), uri)


def unknown(refusal: UnknownBatch) -> AnyResponse:
    """An honest page with the search box, where there is no such batch."""
    return frame.page("inspector/unknown.html", 404, read=refusal.batch)


blueprint.register_error_handler(UnknownBatch, unknown)


@blueprint.get("/batch/<code>")
def batch(code: str) -> AnyResponse:
    """The batch."""
    seen = look(find(code))
    chosen = evidence.words_of(frame.context(), seen, words.current().locale)
    done = request.args.get("done", "")
    return frame.page(
        "inspector/batch.html",
        seen=seen,
        cw=chosen,
        picture=picture(seen, chosen),
        done=int(done) if done.isascii() and done.isdigit() and len(done) < 16 else None,
    )
