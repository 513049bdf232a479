"""Saying that something is wrong with goods: for anybody, without an account; and answering, for businesses and
inspectors.

``put_on`` gives an area its list of complaints and the page of each.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, current_app, make_response, render_template, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from scanner_web import answers, words
from scanner_web.answers import Unknown
from scanner_web.reading import batch_ref
from scanner_web.signed import forms, frame
from trace.domain.model import Role
from trace.domain.refusals import Invalid, Refusal, UnknownBatch
from trace.identifiers import InvalidIdentifier
from trace.services import complaints, look
from trace.services.complaints import Complaint, ComplaintsEnough, ComplaintsTooFast, Kind, Report
from trace.services.context import Context, Done, Once
from trace.services.photos import PhotoTooLarge

public = Blueprint("complaints", __name__)
public.context_processor(answers.template_words)
public.after_request(answers.protect)

photos = frame.area("photos", "/photos", frame.EVERYBODY)

_LATER = (ComplaintsEnough, ComplaintsTooFast)


# -- for anybody -------------------------------------------------------------------------------------------------


@public.get("/report")
def report() -> AnyResponse:
    """The form about the goods of one code."""
    return _form(request.args.get("of", ""), request.args.get("serial", ""))


@public.post("/report")
def reported() -> AnyResponse:
    """Take it, and show the number under which it can be followed."""
    # Of which goods stands in the address: it is known also where the form is too large to be read.
    of, serial = request.args.get("of", ""), request.args.get("serial", "")
    try:
        return _reported(of, serial)
    except RequestEntityTooLarge:
        return _form(of, serial, _said(PhotoTooLarge()), 413, read=False)


def _reported(of: str, serial: str) -> AnyResponse:
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return _form(of, serial, words.t("consumer_sent_from_elsewhere"), 403)
    try:
        kind = request.form.get("kind", "")
        if kind not in set(Kind):
            raise Invalid(field="kind", value=kind[:40], expected=", ".join(Kind))
        photo = request.files.get("photo")
        said = Report(
            batch=of,
            kind=Kind(kind),
            text=request.form.get("text", ""),
            serial=serial or None,
            photo=photo.stream.read() if photo and photo.filename else None,
            contact=request.form.get("contact") or None,
        )
        done = complaints.file(_ctx(), said, _once(), address=request.remote_addr or "")
    except (Refusal, InvalidIdentifier) as refusal:
        return _form(of, serial, _said(refusal), 429 if isinstance(refusal, _LATER) else 422)
    return frame.go(f"/c/{done.result['number']}?new=1")


def _form(
    of: str, serial: str, error: str | None = None, status: int = 200, *, read: bool = True
) -> AnyResponse:
    try:
        batch = batch_ref(look.find_batch(_ctx(), of), _ctx().base_url)
    except UnknownBatch:
        why = words.t("consumer_report_which")
        return answers.unknown(Unknown("unknown_batch", "page_unknown_title", why, of[:300] or None))
    shown = render_template(
        "report.html",
        batch=batch,
        of=of,
        serial=serial[:80],
        error=error,
        kinds=list(Kind),
        typed=request.form if read else {},
        once=secrets.token_urlsafe(16),
        longest=complaints.LONGEST_TEXT,
    )
    return make_response(shown, status)


@public.get("/c")
def ask() -> AnyResponse:
    """Where a number is typed."""
    number = request.args.get("number", "").strip()
    return answers.go(f"/c/{number}") if number and "/" not in number else _asked(None, 200)


@public.get("/c/<number>")
def follow(number: str) -> AnyResponse:
    """How far a complaint has come."""
    try:
        found = complaints.follow(_ctx(), number)
    except complaints.UnknownComplaint as refusal:
        return _asked(_said(refusal), 404)
    return answers.page("complaint.html", _public(found), found=found, batch=_batch(found), local=_local)


def _asked(error: str | None, status: int) -> AnyResponse:
    return make_response(render_template("complaint_ask.html", error=error), status)


def _public(found: Complaint) -> dict[str, Any]:
    """What a program gets at the same address."""
    return {
        "number": found.number,
        "batch": found.batch.uri,
        "kind": str(found.kind),
        "state": str(found.state),
        "filed": found.filed,
        "answers": [
            {"by": one.by.name or one.by.uri, "text": one.text, "time": one.recorded, "closes": one.closes}
            for one in found.answers
        ],
    }


def _once() -> Once | None:
    key = request.form.get("once", "")
    if not key:
        return None
    whole = hashlib.sha256(request.full_path.encode())  # of which goods stands there
    for name, value in sorted(request.form.items(multi=True)):
        whole.update(f"{len(name)}:{name}={len(value)}:{value};".encode())
    for _, file in sorted(request.files.items()):
        whole.update(hashlib.sha256(file.stream.read()).digest())
        file.stream.seek(0)
    return Once(key[:100], whole.hexdigest())


def _said(refusal: Refusal | InvalidIdentifier) -> str:
    if isinstance(refusal, Invalid) and words.known(own := f"consumer_wrong_{refusal.field}"):
        return words.t(own)
    return frame.said(refusal)


def _ctx() -> Context:
    ctx: Context = current_app.extensions["trace"]
    return ctx


def _batch(found: Complaint) -> Any:
    return batch_ref(found.batch, _ctx().base_url)


def _local(moment: Any) -> str:
    return words.current().moment(_ctx().local(moment))


# -- for those whom it concerns --------------------------------------------------------------------------------


def put_on(blueprint: Blueprint) -> None:
    """Give an area behind the sign-in its list of complaints and the page of each."""
    prefix = f"{blueprint.url_prefix}/complaints"

    @blueprint.get("/complaints")
    def complaint_list() -> AnyResponse:
        """The newest first; those that nobody has closed unless asked for all."""
        everything = request.args.get("all") == "1"
        before = request.args.get("before", "")
        start = int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None
        found = complaints.list_for(frame.context(), frame.actor(), open_only=not everything, before=start)
        next_page = {"before": found[-1].index, **({"all": "1"} if everything else {})} if found else {}
        return frame.page(
            "complaints/list.html",
            found=found,
            everything=everything,
            prefix=prefix,
            more=f"{prefix}?{urlencode(next_page)}" if len(found) == complaints.PAGE else None,
            batch_of=_batch,
            local=_local,
        )

    @blueprint.get("/complaints/<number>")
    def complaint(number: str) -> AnyResponse:
        """One complaint, with the form to answer it."""
        return _one(number, prefix)

    @blueprint.post("/complaints/<number>")
    def complaint_answered(number: str) -> AnyResponse:
        """Answer it."""

        def work(key: Once | None) -> Done:
            text, closes = request.form.get("text", ""), request.form.get("closes") == "1"
            return complaints.answer(frame.context(), frame.actor(), number, text, closes, key)

        return frame.act(
            work,
            then=lambda done: f"{prefix}/{done.result['number']}",
            again=lambda refusal: _one(number, prefix, _said(refusal)),
        )

    @blueprint.errorhandler(complaints.UnknownComplaint)
    def no_such_complaint(refusal: complaints.UnknownComplaint) -> AnyResponse:
        """Nobody's, or not this party's to see."""
        return frame.page("complaints/missing.html", 404, why=_said(refusal), prefix=prefix)


def _one(number: str, prefix: str, error: str | None = None) -> AnyResponse:
    actor = frame.actor()
    found = complaints.find(frame.context(), actor, number)
    inspects = actor.party.role is Role.INSPECTOR
    return frame.page(
        "complaints/one.html",
        found=found,
        batch=_batch(found),
        prefix=prefix,
        inspects=inspects,
        may_answer=inspects or found.state != complaints.State.CLOSED,
        typed=forms.text("text", longest=5000) if request.method == "POST" else None,
        local=_local,
        error=error,
    )


@photos.get("/<sha256>")
def photo(sha256: str) -> Response:
    """A photo that an entry names (``?entry=``), for whoever may see that entry whole."""
    entry = request.args.get("entry", "")
    if not (entry.isascii() and entry.isdigit() and len(entry) < 16):
        abort(404)
    found = complaints.photo(frame.context(), frame.actor(), sha256, int(entry))
    if found is None:
        abort(404)
    response = make_response(found)
    response.mimetype = "image/jpeg"
    response.headers["Content-Disposition"] = "inline; filename=photo.jpg"
    return response
