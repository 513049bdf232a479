"""What surrounds every request: its number, its line in the log, its measurement, and the headers of safety.

The log holds no body, no query and no API key: who asked stands there by the party's id.
"""

from __future__ import annotations

import json
import re
import sys
import time
import uuid
from typing import Any

import structlog
from flask import Flask, Response, g, request

from api.health import Metrics

_GIVEN = re.compile("[A-Za-z0-9._-]{1,64}")

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class _Stderr:
    """Writes each line to whatever stderr is at that moment."""

    def msg(self, message: str) -> None:
        """Write one line."""
        print(message, file=sys.stderr, flush=True)

    info = error = msg


def _logger() -> Any:
    return structlog.wrap_logger(
        _Stderr(),
        wrapper_class=structlog.BoundLogger,
        processors=[
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=json.dumps, ensure_ascii=False),
        ],
    )


def init_app(app: Flask, *, https: bool) -> None:
    """Watch every request of an application; ``https`` promises browsers that it stays so."""
    log = _logger()
    measured = app.extensions["trace.metrics"] = Metrics()

    @app.before_request
    def begin() -> None:
        g.started = time.perf_counter()
        given = request.headers.get("X-Request-Id", "")
        g.request_id = given if _GIVEN.fullmatch(given) else uuid.uuid4().hex

    @app.after_request
    def end(response: Response) -> Response:
        seconds = time.perf_counter() - g.started
        route = request.url_rule.rule if request.url_rule else "(none)"
        # HTTP lets a client make up methods; a label for each would fill the memory.
        method = request.method if request.url_rule else "(any)"
        measured.requests.labels(method, route, response.status_code).inc()
        measured.seconds.labels(method, route).observe(seconds)
        response.headers["X-Request-Id"] = g.request_id
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if https:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if request.path.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "no-store")
        fault = g.get("fault")
        (log.error if fault else log.info)(
            "request",
            request=g.request_id,
            method=request.method,
            # A link that lets somebody in is told to nobody who reads the log.
            path=route if "token" in (request.view_args or {}) else request.path[:300],
            status=response.status_code,
            ms=round(seconds * 1000, 1),
            party=g.get("party"),
            code=g.get("problem"),
            **({"exc_info": fault} if fault else {}),
        )
        return response
