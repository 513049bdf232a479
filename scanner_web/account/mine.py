"""What is a user's own, whatever his rights: his password, passkeys, and where he is signed in (``/me``)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web import words
from scanner_web.account import blueprint, client
from scanner_web.signed import frame
from scanner_web.signed.posting import tried, when
from trace.services import passkeys, users

P = ParamSpec("P")

DONE = {
    "password": "me_done_password",
    "out": "me_done_out",
    "passkey": "passkey_done_added",
    "passkey_removed": "passkey_done_removed",
}


def own(view: Callable[P, AnyResponse]) -> Callable[P, AnyResponse]:
    """Only for whoever is signed in, and only from a page of his session."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> AnyResponse:
        signed = frame.known()
        if signed is None:
            return frame.go("/in?next=/me")
        if request.method != "GET" and frame.forged(signed):
            return frame.forbidden("forbidden_forged")
        return view(*args, **kwargs)

    return guarded


@blueprint.get("/me")
@own
def mine() -> AnyResponse:
    """Who I am here, my password, and where I am signed in."""
    return page()


@blueprint.post("/me/password")
@own
def change_password() -> AnyResponse:
    """Another password; every other session ends."""

    def work() -> AnyResponse:
        old, new = request.form.get("old", ""), request.form.get("password", "")
        users.change_password(frame.context(), frame.me().user, frame.token(), old, new)
        return frame.go("/me?done=password")

    return tried(work, page)


@blueprint.post("/me/sessions")
@own
def end_sessions() -> AnyResponse:
    """Sign out everywhere else, or in one place."""
    id = request.form.get("session") or None
    users.end_sessions(frame.context(), frame.me().user, frame.token(), id)
    return frame.go("/me?done=out")


def page(error: Exception | None = None) -> AnyResponse:
    """The whole page, with what was wrong where something was."""
    ctx, user = frame.context(), frame.me().user
    return frame.page(
        "account/mine.html",
        error=error,
        sessions=users.sessions_of(ctx, user, frame.token()),
        done=DONE.get(request.args.get("done", "")),
        when=when,
        site=passkeys.site(ctx),
        passkeys=passkeys.of_user(ctx, user),
        most=passkeys.MOST_PASSKEYS,
        called=words.t(f"device_{client.origin().device}"),
    )
