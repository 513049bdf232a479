"""Verifying a batch's chain step by step, and taking it away."""

from __future__ import annotations

from flask import Response
from werkzeug.wrappers import Response as AnyResponse

from scanner_web import words
from scanner_web.inspector import blueprint
from scanner_web.inspector.batch import find
from scanner_web.signed import frame
from trace.services import evidence
from trace.services.evidence import Evidence


@blueprint.get("/batch/<code>/verify")
def verify(code: str) -> AnyResponse:
    """Every step of the verification with its result, and how to repeat it without us."""
    found = _collect(code)
    locale = words.current().locale
    steps = [(step, *evidence.step_words(step, locale)) for step in found.report.steps]
    return frame.page("inspector/verify.html", found=found, seen=found.dossier, steps=steps, **_words(found))


@blueprint.get("/batch/<code>/evidence")
def take(code: str) -> AnyResponse:
    """What can be taken away, and what each file is for."""
    found = _collect(code)
    return frame.page("inspector/evidence.html", found=found, seen=found.dossier, **_words(found))


@blueprint.get("/batch/<code>/evidence/all")
def whole(code: str) -> AnyResponse:
    """Report, bundle, checkpoint and verifier in one ZIP."""
    found = _collect(code)
    data = evidence.folder(frame.context(), found, words.current().locale)
    return _file(found, data, "application/zip", "zip")


@blueprint.get("/batch/<code>/evidence/report")
def report(code: str) -> AnyResponse:
    """The report for printing, with the bundle inside."""
    found = _collect(code)
    data = evidence.printed(frame.context(), found, words.current().locale)
    return _file(found, data, "application/pdf", "pdf")


@blueprint.get("/batch/<code>/evidence/bundle")
def bundle(code: str) -> AnyResponse:
    """The bundle alone, everything disclosed."""
    found = _collect(code)
    return _file(found, found.bundle, "application/json", "bundle.json")


def _collect(code: str) -> Evidence:
    return evidence.collect(frame.context(), frame.actor(), find(code))


def _words(found: Evidence) -> dict[str, object]:
    return {"cw": evidence.words_of(frame.context(), found.dossier, words.current().locale)}


def _file(found: Evidence, data: bytes, mimetype: str, suffix: str) -> AnyResponse:
    """A file under a name that is safe in a header and on every disk."""
    batch = found.dossier.info.batch
    label = batch.code or batch.lot or "batch"
    name = "".join(sign for sign in label if sign.isascii() and (sign.isalnum() or sign in "-_")) or "batch"
    stamp = found.made.strftime("%Y%m%d-%H%M")
    response = Response(data, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="evidence-{name[:40]}-{stamp}.{suffix}"'
    return response
