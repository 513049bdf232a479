"""One area of pages behind the sign-in: who may open it, forged requests, headers, and how a form is answered.

A form works without scripts: it is posted, and answered with a redirect or with the same form and what was wrong.
The same form posted by ``js/queue.js`` asks for JSON and is answered with it; so an act that was queued without a
network is one more post of the same form. ``once``, a hidden field, is its idempotency key.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, current_app, g, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web import words
from scanner_web.answers import template_words
from trace.domain.model import Role
from trace.domain.refusals import Refusal
from trace.identifiers import InvalidIdentifier
from trace.services import accounts, naming
from trace.services.accounts import Signed
from trace.services.context import Actor, Context, Done, Once, Rights
from trace.services.values import LedgerStopped, NotRecorded

COOKIE = "trace_session"
INSPECTORS = frozenset({Role.INSPECTOR})
OPERATORS = frozenset({Role.OPERATOR})
BUSINESSES = frozenset(Role) - INSPECTORS - OPERATORS
EVERYBODY = frozenset(Role)

HOMES = {Role.INSPECTOR: "/inspect", Role.OPERATOR: "/operate"}
"""Where a role begins its day; every other one at ``/desk``."""

CSP = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)

_NOT_DIGESTED = frozenset({"csrf", "once"})


def area(name: str, prefix: str, admits: frozenset[Role]) -> Blueprint:
    """A blueprint whose pages only signed-in users of these roles open, and only clerks and owners post to."""
    blueprint = Blueprint(name, __name__, url_prefix=prefix)

    @blueprint.before_request
    def guard() -> AnyResponse | None:
        return _guard(admits)

    blueprint.after_request(protect)
    blueprint.context_processor(template_words)
    blueprint.context_processor(signed_words)
    blueprint.register_error_handler(Refusal, refused)
    blueprint.register_error_handler(InvalidIdentifier, refused)
    blueprint.add_url_rule("/<path:nothing>", "nothing", lambda nothing: page("signed/nothing.html", 404))
    return blueprint


def context() -> Context:
    """The service behind the pages."""
    ctx: Context = current_app.extensions["trace"]
    return ctx


def me() -> Signed:
    """Who is signed in; only inside an area."""
    found: Signed = g.signed
    return found


def actor() -> Actor:
    """For whom is entered what this request enters."""
    return me().actor


def home_of(role: Role) -> str:
    """The path where a role begins its day."""
    return HOMES.get(role, "/desk")


def cookie_name(ctx: Context, name: str = COOKIE) -> str:
    """What a cookie is called: over https bound to this very host (RFC 6265bis, section 4.1.3.2)."""
    return f"__Host-{name}" if ctx.base_url.startswith("https://") else name


def token() -> str:
    """The session's token that this browser sent; empty where it sent none."""
    sent = request.cookies.get(cookie_name(context()), "")
    return sent if len(sent) <= 200 else ""


def known() -> Signed | None:
    """Who is signed in, on any page; None for everybody else."""
    if "signed" not in g:
        g.signed = accounts.signed(context(), sent) if (sent := token()) else None
    found: Signed | None = g.signed
    return found


# -- answers -------------------------------------------------------------------------------------------------


def page(template: str, /, status: int = 200, **values: Any) -> Response:
    """A page of this area. Templates may use ``me``, ``csrf``, ``once`` and ``error`` besides the usual words."""
    return make_response(render_template(template, **{"error": None, **values}), status)


def once() -> Once | None:
    """The form's idempotency key with a digest of what it says; None where it has none."""
    key = request.form.get("once", "")
    if not key:
        return None
    return Once(f"page:{key[:100]}", _digest())


def act(
    work: Callable[[Once | None], Done],
    *,
    then: Callable[[Done], str],
    again: Callable[[Refusal | InvalidIdentifier], AnyResponse],
) -> AnyResponse:
    """Do what a form asks for and answer it.

    ``then`` gives the path of the page that shows what was done; ``again`` the same form once more with what was
    wrong, which is a 422. A script gets both as JSON: ``{"index", "time", "next", "replayed"}`` or problem+json.
    """
    try:
        done = work(once())
    except (LedgerStopped, NotRecorded):
        raise  # nobody was refused: a phone keeps what it sent, and sends it again
    except (Refusal, InvalidIdentifier) as refusal:
        if wants_json():
            return problem(refusal)
        answer = again(refusal)
        answer.status_code = 422
        return answer
    path = then(done)
    if wants_json():
        return json({"index": done.index, "time": done.time, "next": path, "replayed": done.replayed})
    return go(path)


def said(refusal: Refusal | InvalidIdentifier) -> str:
    """A refusal in the reader's words, with names where it has URIs."""
    params = refusal.params()
    if isinstance(refusal, Refusal):
        params = naming.in_words(context(), params)
    return naming.sentence(refusal.code, params, words.current().locale)


def refused(refusal: Refusal | InvalidIdentifier) -> AnyResponse:
    """A page, or a problem, for a refusal that no form takes back."""
    status = 404 if request.method == "GET" and refusal.code.startswith("unknown_") else 422
    if wants_json():
        return problem(refusal, status)
    return page("signed/failed.html", status, error=said(refusal), code=refusal.code)


def problem(refusal: Refusal | InvalidIdentifier, status: int = 422) -> Response:
    """RFC 9457 problem+json for a script."""
    return json(
        {
            "type": f"/problems/{refusal.code}",
            "title": words.t(f"problem_{status}"),
            "status": status,
            "detail": said(refusal),
            "code": refusal.code,
            **({"field": refusal.params()["field"]} if "field" in refusal.params() else {}),
        },
        status,
        "application/problem+json",
    )


def json(value: Mapping[str, Any], status: int = 200, mimetype: str = "application/json") -> Response:
    """An answer for a script."""
    response = make_response(current_app.json.dumps(value), status)
    response.mimetype = mimetype
    return response


def go(path: str) -> AnyResponse:
    """To another page here, after a form was taken (303)."""
    return redirect(words.current().link(path), 303)


def wants_json() -> bool:
    """Whether a script asked."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def local_path(wanted: str, otherwise: str) -> str:
    """A path of this service, never an address elsewhere."""
    # Browsers drop tabs and newlines from an address, and read a backslash as a slash.
    plain = wanted.isprintable() and "\\" not in wanted
    safe = plain and wanted.startswith("/") and not wanted.startswith("//") and not urlsplit(wanted).netloc
    return wanted if safe else otherwise


# -- guarding ------------------------------------------------------------------------------------------------


def _guard(admits: frozenset[Role]) -> AnyResponse | None:
    signed = known()
    if signed is None:
        if wants_json():
            return json(_plain_problem("signed_out", 401), 401, "application/problem+json")
        here = request.full_path.rstrip("?") if request.method == "GET" else "/"
        return go("/in?" + urlencode({"next": here}))
    if signed.actor.party.role not in admits:
        return forbidden("forbidden_area")
    if request.method != "GET":
        if forged(signed):
            return forbidden("forbidden_forged")
        own = signed.actor.entered_by or signed.actor.party
        if request.form.get("for", own.id) != signed.actor.party.id:
            return forbidden("forbidden_acting")  # the form was opened while entering for somebody else
        if signed.user.rights is Rights.READER:
            return forbidden("forbidden_reader")
    return None


def forged(signed: Signed) -> bool:
    """Whether a request that changes something did not come from a page of this session."""
    sent = request.form.get("csrf") or request.headers.get("X-CSRF-Token", "")
    return from_elsewhere() or not hmac.compare_digest(sent.encode(), signed.csrf.encode())


def from_elsewhere() -> bool:
    """Whether a browser says that another site's page made it send this: by Fetch Metadata, else by Origin.

    Browsers send no Fetch Metadata over plain http; Origin they send with every form from another site.
    """
    if (site := request.headers.get("Sec-Fetch-Site")) is not None:
        return site not in ("same-origin", "none")
    if (origin := request.headers.get("Origin")) is None:
        return False
    return urlsplit(origin).netloc not in (request.host, urlsplit(context().base_url).netloc)


def forbidden(code: str) -> AnyResponse:
    """The page, or the problem, for somebody who may not do what he asks for (403)."""
    if wants_json():
        return json(_plain_problem(code, 403), 403, "application/problem+json")
    return page("signed/forbidden.html", 403, code=code)


def _plain_problem(code: str, status: int) -> dict[str, Any]:
    return {
        "type": f"/problems/{code}",
        "title": words.t(f"problem_{status}"),
        "status": status,
        "detail": words.t(code),
        "code": code,
    }


def _digest() -> str:
    """SHA-256 over where the form was sent, every field and every file in it."""
    whole = hashlib.sha256(request.path.encode())
    for name, value in sorted(request.form.items(multi=True)):
        if name not in _NOT_DIGESTED:
            whole.update(f"{len(name)}:{name}={len(value)}:{value};".encode())
    for name, file in sorted(request.files.items(multi=True), key=lambda pair: pair[0]):
        whole.update(f"{name}:".encode() + hashlib.sha256(file.stream.read()).digest())
        file.stream.seek(0)
    return whole.hexdigest()


def signed_words() -> dict[str, Any]:
    """What every template behind the sign-in may use besides the usual words."""
    signed = known()
    return {
        "me": signed,
        "csrf": signed.csrf if signed else "",
        "new_once": lambda: secrets.token_urlsafe(16),
        "home": home_of(signed.actor.party.role) if signed else "/",
        "said": said,
    }


def protect(response: Response) -> Response:
    """The headers of every page behind the sign-in: kept by no cache but the service worker's, run by no other host."""
    headers = response.headers
    headers["Content-Security-Policy"] = CSP
    headers["Referrer-Policy"] = "same-origin"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(self), geolocation=(self), microphone=()"
    headers["Cache-Control"] = "private, no-store" if request.method != "GET" else "private, no-cache"
    response.vary.update(["Accept", "Accept-Language", "Cookie"])
    if (chosen := words.chosen_locale(request)) is not None:
        response.set_cookie(words.LANGUAGE, chosen, max_age=365 * 86400, samesite="Lax", httponly=True)
    if response.mimetype == "text/html":
        headers["Content-Language"] = words.HTML_LANG[words.current().locale]
    return response
