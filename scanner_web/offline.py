"""Working without a network: the service worker that keeps pages, the app's manifest, and whose session it is.

What is entered without a network waits on the phone (``static/js/desk/queue.js``) and is posted later by the same form.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from flask import Blueprint, current_app, make_response
from werkzeug.wrappers import Response as AnyResponse

from scanner_web import answers, words
from scanner_web.answers import template_words
from scanner_web.signed import frame

blueprint = Blueprint("offline", __name__)
blueprint.after_request(frame.protect)
blueprint.context_processor(template_words)
blueprint.context_processor(frame.signed_words)

_STATIC = Path(__file__).with_name("static")
_SHELL = ("js/**/*.js", "vendor/barcode-detector.js", "vendor/*.wasm")
_NO_PAGE = "/offline"


@blueprint.get("/sw.js")
def service_worker() -> AnyResponse:
    """The service worker: the file, told what to keep and under which version."""
    told = f"const VERSION = {current_app.json.dumps(version())};\nconst SHELL = {current_app.json.dumps(shell())};\n"
    response = make_response(told + (_STATIC / "sw.js").read_text(encoding="utf-8"))
    response.mimetype = "text/javascript"
    response.headers["Service-Worker-Allowed"] = "/"
    return response


@blueprint.get("/app.webmanifest")
def manifest() -> AnyResponse:
    """What a phone shows of the pages when they are put on its home screen (W3C Web Application Manifest)."""
    w = words.current()
    return frame.json(
        {
            "name": w.t("page_brand"),
            "short_name": w.t("page_brand"),
            "lang": words.HTML_LANG[w.locale],
            "id": "/desk",
            "start_url": "/in",
            "scope": "/",
            "display": "standalone",
            "background_color": "#f6f8f6",
            "theme_color": "#0a6a50",
            "icons": [{"src": "/assets/icon.svg", "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
        },
        mimetype="application/manifest+json",
    )


@blueprint.get(_NO_PAGE)
def no_page() -> AnyResponse:
    """Shown where there is no network and the page was never opened on this phone."""
    return frame.page("offline.html")


@blueprint.get("/in/session")
def session() -> AnyResponse:
    """Whose session this browser is in, for what waits on it; 401 where it has ended."""
    signed = frame.known()
    if signed is None:
        return frame.json({"user": None}, 401)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return frame.json({"user": signed.user.id, "csrf": signed.csrf, "now": now})


def shell() -> list[str]:
    """Addresses of all that pages load, to be kept before it is needed."""
    files = sorted(path for pattern in _SHELL for path in _STATIC.glob(pattern))
    names = [f"/assets/{path.relative_to(_STATIC).as_posix()}" for path in files]
    return [answers.asset("trace.css"), "/assets/icon.svg", _NO_PAGE, *names]


@cache
def version() -> str:
    """Changes with any file that is kept, so that phones fetch the new ones."""
    whole = hashlib.sha256((_STATIC / "sw.js").read_bytes())
    for pattern in (*_SHELL, "trace.css", "icon.svg"):
        for path in sorted(_STATIC.glob(pattern)):
            whole.update(f"{path.relative_to(_STATIC)}\0".encode() + path.read_bytes())
    return whole.hexdigest()[:16]
