"""How a page leaves: HTML or JSON at the same address, with the headers that every page carries."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Response, current_app, make_response, redirect, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from scanner_web import model, words
from scanner_web.compressed import compress
from scanner_web.shown import shown
from trace.i18n import catalogs

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HTML, _JSON, _LD = "text/html", "application/json", "application/ld+json"
_LINKSET = "application/linkset+json"
_NAMESPACE = "urn:x-trace:ns:1:"


@dataclass(frozen=True)
class Unknown:
    """A code that opens nothing: its stable code, why in the reader's words, what is known all the same."""

    code: str
    title: str  # code of the heading's words
    why: str
    read: str | None = None  # what was read
    product: model.Product | None = None
    leads: tuple[tuple[str, str], ...] = ()  # codes of words with the paths to what is there all the same


def preferred() -> str:
    """The form that a request prefers: HTML in doubt, JSON for whoever says so in the address."""
    if request.args.get("as") == "json":
        return _JSON
    return request.accept_mimetypes.best_match([_HTML, _JSON, _LD], default=_HTML)


def page(template: str, data: object, status: int = 200, **more: Any) -> Response:
    """The page for a person, its data for a program."""
    wanted = preferred()
    if wanted == _HTML:
        return make_response(render_template(template, page=data, **more), status)
    body = model.as_json(data)
    if wanted == _LD:
        body = {"@context": {"@vocab": _NAMESPACE}, **body}
    response = make_response(current_app.json.dumps(body), status)
    response.mimetype = wanted
    return response


def unknown(missing: Unknown, typed: str | None = None, status: int = 404) -> Response:
    """The honest page for a code that opens nothing; RFC 9457 problem+json for a program.

    ``status`` is 400 for a link that contradicts itself.
    """
    if preferred() == _HTML and _LINKSET not in request.accept_mimetypes.values():
        return make_response(render_template("unknown.html", unknown=missing, typed=typed), status)
    problem = {
        "type": f"/problems/{missing.code}",
        "title": words.t(missing.title),
        "status": status,
        "detail": missing.why,
        "code": missing.code,
        "instance": request.path,
    }
    if missing.product:
        problem["product"] = model.as_json(missing.product)
    response = make_response(current_app.json.dumps(problem), status)
    response.mimetype = "application/problem+json"
    return response


def go(path: str, status: int = 302) -> AnyResponse:
    """To another path here, in the language that was chosen."""
    return redirect(words.current().link(path), status)


def template_words() -> dict[str, Any]:
    """What every template may use: ``w`` are the words."""
    w = words.current()
    other = "en" if w.locale == "zh" else "zh"
    query = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return {
        "w": w,
        "t": w.t,
        "icon": w.icon,
        "name_of": w.name_of,
        "link": w.link,
        "html_lang": words.HTML_LANG[w.locale],
        "other_language": "?" + urlencode([*query, ("lang", other)]),
        "stylesheet": asset("trace.css"),
        "asset": asset,
        "js_words": js_words,
        "shown": shown,
    }


def asset(name: str) -> str:
    """Address of a file that pages load. A stylesheet's changes with its content, so that it may be kept for long;
    scripts name each other without it, and are asked for again."""
    return f"/assets/{name}?v={stylesheet_version()}" if name == "trace.css" else f"/assets/{name}"


def js_words(*prefixes: str) -> Markup:
    """The words that the page's scripts say, by their codes' beginnings, as a block that is data and not run."""
    w = words.current()
    chosen = {code: entry[w.locale] for code, entry in catalogs().items() if code.startswith(prefixes)}
    data = current_app.json.dumps({"lang": w.locale, "words": chosen}).replace("<", "\\u003c")
    return Markup(f'<script type="application/json" class="words">{data}</script>')  # noqa: S704 - no < in it


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
        named = "v" in request.args
        headers["Cache-Control"] = "public, max-age=31536000, immutable" if named else "no-cache"
        return compress(response)
    # What is here is for everybody and needs no key, so a page of any other origin may read it.
    headers["Access-Control-Allow-Origin"] = "*"
    headers["Access-Control-Expose-Headers"] = "Link, Location"
    if request.method == "OPTIONS":
        headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
        headers["Access-Control-Allow-Headers"] = "*"  # no key belongs in any of them
        headers["Access-Control-Max-Age"] = "86400"
    response.vary.update(["Accept", "Accept-Language"])
    headers["Cache-Control"] = "no-cache"  # a stop must show on the very next scan
    if response.mimetype == _HTML:
        headers["Content-Language"] = words.HTML_LANG[words.current().locale]
    return compress(response)
