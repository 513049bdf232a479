"""Signing in and out."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.answers import template_words
from scanner_web.signed import frame
from trace.services import accounts
from trace.services.accounts import IDLE, SignInPaused, SignInRefused

blueprint = Blueprint("account", __name__)
blueprint.after_request(frame.protect)
blueprint.context_processor(template_words)
blueprint.context_processor(frame.signed_words)


@blueprint.get("/in")
def form() -> AnyResponse:
    """The form to sign in with; whoever is signed in already is led home."""
    signed = frame.known()
    if signed is not None:
        return frame.go(frame.home_of(signed.actor.party.role))
    return frame.page("account/in.html", next=request.args.get("next", ""), login="")


@blueprint.post("/in")
def sign_in() -> AnyResponse:
    """Begin a session in this browser."""
    login, wanted = request.form.get("login", ""), request.form.get("next", "")
    ctx = frame.context()
    try:
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise SignInRefused()  # nobody is signed in under another's name from another's page
        token = accounts.sign_in(ctx, login, request.form.get("password", ""))
    except (SignInRefused, SignInPaused) as refusal:
        status = 401 if isinstance(refusal, SignInRefused) else 429
        return frame.page("account/in.html", status, next=wanted, login=login[:80], error=refusal)
    signed = accounts.signed(ctx, token)
    home = frame.home_of(signed.actor.party.role) if signed else "/"
    response = frame.go(frame.local_path(wanted, home))
    response.set_cookie(
        frame.COOKIE,
        token,
        max_age=int(IDLE.total_seconds()),
        secure=urlsplit(ctx.base_url).scheme == "https",
        httponly=True,
        samesite="Lax",
    )
    return response


@blueprint.post("/out")
def sign_out() -> AnyResponse:
    """End the session of this browser, and clear what it kept."""
    signed = frame.known()
    if signed is None:
        return frame.go("/in")
    if frame.forged(signed):
        return frame.go(frame.home_of(signed.actor.party.role))
    accounts.sign_out(frame.context(), request.cookies[frame.COOKIE])
    response = frame.go("/in")
    response.delete_cookie(frame.COOKIE)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response
