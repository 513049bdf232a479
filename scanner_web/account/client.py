"""Where a request comes from, as far as it can be told; and the cookies of one's own browser."""

from __future__ import annotations

from datetime import timedelta

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.signed import frame
from trace.services import accounts
from trace.services.accounts import IDLE, Origin

BROWSER = "trace_browser"
_KEPT = timedelta(days=400)  # browsers keep no cookie longer (RFC 6265bis, section 5.5)

# The first that fits counts: Android calls itself Linux too, and an iPad a Mac with Mobile.
_DEVICES = (
    ("iphone", "iPhone"),
    ("ipad", "iPad"),
    ("android", "Android"),
    ("windows", "Windows"),
    ("mac", "Macintosh"),
    ("linux", "Linux"),
)


def origin() -> Origin:
    """Who seems to be asking, for the limits of guessing."""
    said = request.headers.get("User-Agent", "")
    device = next((word for word, sign in _DEVICES if sign in said), "other")
    browser = request.cookies.get(frame.cookie_name(frame.context(), BROWSER), "")
    return Origin(request.remote_addr or "", browser[:400], device)


def signed_in(response: AnyResponse, token: str, login: str) -> AnyResponse:
    """Have the browser keep its session, and what tells it from a stranger's at the next sign-in."""
    ctx = frame.context()
    kept = ((frame.COOKIE, token, IDLE), (BROWSER, accounts.browser_token(ctx, login), _KEPT))
    for name, value, time in kept:
        response.set_cookie(
            frame.cookie_name(ctx, name),
            value,
            max_age=int(time.total_seconds()),
            secure=ctx.base_url.startswith("https://"),
            httponly=True,
            samesite="Lax",
        )
    return response


def signed_out(response: AnyResponse) -> AnyResponse:
    """Have the browser forget its session, and the pages that it kept."""
    ctx = frame.context()
    secure = ctx.base_url.startswith("https://")
    response.delete_cookie(frame.cookie_name(ctx), secure=secure, httponly=True, samesite="Lax")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response
