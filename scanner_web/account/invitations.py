"""The link by which somebody becomes a user of a business, or chooses a new password: ``/invite/TOKEN``.

Opening it changes nothing, because messengers open links to preview them; only its form uses it up.
"""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.account import blueprint, client
from scanner_web.signed import frame
from scanner_web.signed.posting import tried
from trace.services import accounts, users
from trace.services.users import Invitation, InvitationGone


@blueprint.get("/invite/<token>")
def invited(token: str) -> AnyResponse:
    """What the link is for, and the form that uses it."""
    return _unseen(_page(token))


@blueprint.post("/invite/<token>")
def accept(token: str) -> AnyResponse:
    """Become a user and be signed in."""
    if frame.from_elsewhere():
        return frame.forbidden("forbidden_forged")
    ctx = frame.context()

    def work() -> AnyResponse:
        session = users.accept(
            ctx,
            token,
            login=request.form.get("login", ""),
            name=request.form.get("name", ""),
            password=request.form.get("password", ""),
            device=client.origin().device,
        )
        if before := frame.token():
            accounts.sign_out(ctx, before)
        signed = accounts.signed(ctx, session)
        home = frame.home_of(signed.actor.party.role) if signed else "/in"
        login = signed.user.login if signed else ""
        return client.signed_in(frame.go(home), session, login)

    return _unseen(tried(work, lambda refusal: _page(token, refusal)))


def _page(token: str, error: Exception | None = None) -> AnyResponse:
    try:
        found: Invitation = users.invitation(frame.context(), token[:200])
    except InvitationGone as gone:
        return frame.page("account/gone.html", 410, error=gone)
    typed = {"login": found.login or "", "name": "", **request.form.to_dict()}
    return frame.page("account/invited.html", error=error, invitation=found, typed=typed)


def _unseen(response: AnyResponse) -> AnyResponse:
    """Whoever searches the web must not find links that let people in."""
    response.headers["X-Robots-Tag"] = "noindex"
    return response
