"""How a page leaves: HTML or JSON at the same address, with the headers that every page carries."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Response, current_app, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web import model, words
from trace.i18n import LOCALES

CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HTML, _JSON, _LD = "text/html", "application/json", "application/ld+json"
_NAMESPACE = "urn:x-trace:ns:1:"


@dataclass(frozen=True)
class Unknown:
    """A code that opens nothing: its stable code, why in the reader's words, what is known all the same."""

    code: str
    title: str  # code of the heading's words
    why: str
    read: str | None = None  # what was read
    product: model.Product | None = None


def page(template: str, data: object, status: int = 200, **more: Any) -> Response:
    """The page for a person, its data for a program: whichever the request prefers, HTML in doubt."""
    wanted = request.accept_mimetypes.best_match([_HTML, _JSON, _LD], default=_HTML)
    if wanted == _HTML:
        return make_response(render_template(template, page=data, **more), status)
    body = model.as_json(data)
    if wanted == _LD:
        body = {"@context": {"@vocab": _NAMESPACE}, **body}
    response = make_response(current_app.json.dumps(body), status)
    response.mimetype = wanted
    return response


def unknown(missing: Unknown, typed: str | None = None) -> Response:
    """The honest page for a code that opens nothing; RFC 9457 problem+json for a program."""
    wanted = request.accept_mimetypes.best_match([_HTML, _JSON, _LD], default=_HTML)
    if wanted == _HTML:
        return make_response(render_template("unknown.html", unknown=missing, typed=typed), 404)
    problem = {
        "type": f"/problems/{missing.code}",
        "title": words.t(missing.title),
        "status": 404,
        "detail": missing.why,
        "code": missing.code,
        "instance": request.path,
    }
    if missing.product:
        problem["product"] = model.as_json(missing.product)
    response = make_response(current_app.json.dumps(problem), 404)
    response.mimetype = "application/problem+json"
    return response


def go(path: str, status: int = 302) -> AnyResponse:
    """To another path here, in the language that was chosen."""
    return redirect(link(path), status)


def link(path: str) -> str:
    """A path here, keeping the language that the reader chose; nothing is kept on the reader's device."""
    chosen = chosen_language()
    if chosen is None:
        return path
    return f"{path}{'&' if '?' in path else '?'}lang={chosen}"


def chosen_language() -> str | None:
    """The language that the address asks for, None where the browser decides."""
    return words.locale() if request.args.get("lang") in LOCALES else None


def template_words() -> dict[str, Any]:
    """What every template may use."""
    other = "en" if words.locale() == "zh" else "zh"
    query = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return {
        "t": words.t,
        "day": words.day,
        "moment": words.moment,
        "here": words.here,
        "days_left": words.days_left,
        "title": words.title,
        "word_on": words.word_on,
        "picture": words.picture,
        "role": words.role,
        "flag_words": words.flag,
        "correction_reason": words.correction_reason,
        "runs": words.runs,
        "link": link,
        "chosen_language": chosen_language(),
        "html_lang": {"zh": "zh-Hans", "en": "en"}[words.locale()],
        "other_language": "?" + urlencode([*query, ("lang", other)]),
        "stylesheet": f"/assets/trace.css?v={stylesheet_version()}",
    }


@cache
def stylesheet_version() -> str:
    """Changes with the stylesheet's content, so that a browser may keep it for long."""
    content = Path(__file__).with_name("static").joinpath("trace.css").read_bytes()
    return hashlib.sha256(content).hexdigest()[:12]


def protect(response: Response) -> Response:
    """The headers of every page: nothing loads from elsewhere, nothing runs, nobody frames it."""
    headers = response.headers
    headers["Content-Security-Policy"] = CSP
    headers["Referrer-Policy"] = "no-referrer"
    headers["X-Content-Type-Options"] = "nosniff"
    if request.endpoint == "scanner_web.static":
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
    response.vary.update(["Accept", "Accept-Language"])
    headers["Cache-Control"] = "no-cache"  # a stop must show on the very next scan
    if response.mimetype == _HTML:
        headers["Content-Language"] = {"zh": "zh-Hans", "en": "en"}[words.locale()]
    return response
