"""Passkeys on pages: asking for one at ``/in`` (signing.py takes the answer), and one's own at ``/me``."""

from __future__ import annotations

import secrets

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.account import blueprint, client
from scanner_web.account.mine import own, page
from scanner_web.signed import frame
from scanner_web.signed.posting import tried
from trace.services import passkeys
from trace.services.passkeys import PasskeysWaiting

COOKIE = "trace_passkey"
"""What binds a challenge to the browser that asked for it, while nobody is signed in."""


@blueprint.post("/in/passkey")
def ask() -> AnyResponse:
    """What a passkey is to sign in this browser, as JSON for the page's script."""
    if frame.from_elsewhere():
        return frame.forbidden("forbidden_forged")
    ctx = frame.context()
    secret = _secret() or secrets.token_urlsafe(32)
    try:
        answer = frame.json(passkeys.begin_signing_in(ctx, secret, client.origin()))
    except PasskeysWaiting as refusal:
        answer = frame.problem(refusal, 429)
        answer.headers["Retry-After"] = str(refusal.seconds)
        return answer
    answer.set_cookie(
        frame.cookie_name(ctx, COOKIE),
        secret,
        max_age=int(passkeys.LIVES.total_seconds()),
        secure=ctx.base_url.startswith("https://"),
        httponly=True,
        samesite="Strict",
    )
    return answer


def sign_in() -> tuple[str, str]:
    """Begin a session by what the form of ``/in`` brought: its token, and what its user would have typed.

    Raises what ``passkeys.sign_in`` raises.
    """
    done = passkeys.sign_in(frame.context(), _secret(), request.form["credential"], client.origin())
    return done.token, done.login


def _secret() -> str:
    return request.cookies.get(frame.cookie_name(frame.context(), COOKIE), "")[:100]


@blueprint.post("/me/passkeys/ask")
@own
def begin() -> AnyResponse:
    """What a new passkey is made for, as JSON for the page's script; only with the password."""
    name, password = request.form.get("name", ""), request.form.get("password", "")

    def work() -> AnyResponse:
        ctx, user = frame.context(), frame.me().user
        origin = client.origin()
        asked = passkeys.begin_adding(ctx, user, frame.token(), name=name, password=password, origin=origin)
        return frame.json(asked)

    return tried(work, page)


@blueprint.post("/me/passkeys")
@own
def add() -> AnyResponse:
    """Keep the passkey that was made."""
    name, credential = request.form.get("name", ""), request.form.get("credential", "")

    def work() -> AnyResponse:
        passkeys.add(frame.context(), frame.me().user, frame.token(), name=name, credential=credential)
        return frame.go("/me?done=passkey")

    return tried(work, page)


@blueprint.get("/me/passkeys/<id>/remove")
@own
def sure(id: str) -> AnyResponse:
    """What it means to remove it, and the button that does."""
    found = passkeys.find(frame.context(), frame.me().user, id)
    return frame.page("account/passkey_remove.html", passkey=found)


@blueprint.post("/me/passkeys/<id>/remove")
@own
def remove(id: str) -> AnyResponse:
    """It signs nobody in any more."""
    passkeys.remove(frame.context(), frame.me().user, id)
    return frame.go("/me?done=passkey_removed")
