"""Signing in and out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from flask import current_app, request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.account import blueprint, client, passkeys
from scanner_web.signed import frame
from trace.services import accounts
from trace.services.accounts import SignInPaused, SignInRefused
from trace.services.passkeys import PasskeyRefused, site


@dataclass(frozen=True)
class DemoAccount:
    """An account of the demo that anybody may try."""

    role: str
    name: str
    login: str
    password: str


@blueprint.get("/in")
def form() -> AnyResponse:
    """The form to sign in with; whoever is signed in already is led home."""
    signed = frame.known()
    if signed is not None:
        return frame.go(frame.home_of(signed.actor.party.role))
    return _form(200, wanted=request.args.get("next", ""))


@blueprint.post("/in")
def sign_in() -> AnyResponse:
    """Begin a session in this browser."""
    login, wanted = request.form.get("login", ""), request.form.get("next", "")
    ctx = frame.context()
    try:
        if frame.from_elsewhere():
            raise SignInRefused()  # nobody is signed in under another's name from another's page
        if "credential" in request.form:
            token, login = passkeys.sign_in()
        else:
            token = accounts.sign_in(ctx, login, request.form.get("password", ""), client.origin())
    except (SignInRefused, SignInPaused, PasskeyRefused) as refusal:
        status = 429 if isinstance(refusal, SignInPaused) else 401
        answer = _form(status, wanted=wanted, login=login[:80], error=refusal)
        if isinstance(refusal, SignInPaused):
            answer.headers["Retry-After"] = str(refusal.seconds)
        return answer
    if before := frame.token():
        accounts.sign_out(ctx, before)  # whoever knew the session that was here gains nothing by this one
    signed = accounts.signed(ctx, token)
    home = frame.home_of(signed.actor.party.role) if signed else "/"
    return client.signed_in(frame.go(frame.local_path(wanted, home)), token, login)


@blueprint.post("/out")
def sign_out() -> AnyResponse:
    """End the session of this browser, and clear what it kept."""
    signed = frame.known()
    if signed is None:
        return frame.go("/in")
    if frame.forged(signed):
        return frame.go(frame.home_of(signed.actor.party.role))
    accounts.sign_out(frame.context(), frame.token())
    return client.signed_out(frame.go("/in"))


def _form(status: int, *, wanted: str, login: str = "", error: Exception | None = None) -> AnyResponse:
    said = {"next": wanted, "login": login, "error": error, "demo": _demo()}
    return frame.page("account/in.html", status, **said, site=site(frame.context()))


def _demo() -> list[DemoAccount]:
    """The demo's accounts, where the service is run to be tried out."""
    file: Path | None = current_app.extensions["scanner_web.demo"]
    if file is None or not file.exists():
        return []
    listed = json.loads(file.read_text(encoding="utf-8")).get("accounts", [])
    return [
        DemoAccount(one["role"], one["party"]["name"], one["login"], one["password"])
        for one in listed
        if "login" in one
    ]
