"""The application of a server, behind an intake that waits for whole requests: ``granian --interface asgi asgi:app``.

``wsgi:app`` is the same application without it, for servers and proxies that gather requests themselves.
"""

from __future__ import annotations

from functools import cache

import wsgi
from api import imports
from api.intake import Intake
from scanner_web.room import room
from trace.config import Config
from trace.interop.epcis import Limits


@cache
def _app() -> Intake:
    app = wsgi.app
    config: Config = app.extensions["trace.config"]
    documents: Limits = app.config["CAPTURE"]
    usual: int = app.config["LARGEST_BODY"]

    def longest(path: str) -> int:
        if path.rstrip("/") == "/epcis/capture":
            return documents.size
        if path.startswith("/api/v1/imports/"):
            return imports.LARGEST
        return room(path) or usual

    return Intake(app, config.threads, longest)


def __getattr__(name: str) -> Intake:
    if name == "app":
        return _app()
    raise AttributeError(name)
