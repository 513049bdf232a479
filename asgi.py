"""The application of a server, behind an intake that waits for whole requests: ``granian --interface asgi asgi:app``.

``wsgi:app`` is the same application without it, for servers and proxies that gather requests themselves.
"""

from __future__ import annotations

from functools import cache

import wsgi
from api.intake import Intake
from trace.config import Config
from trace.interop.epcis import Limits


@cache
def _app() -> Intake:
    app = wsgi.app
    config: Config = app.extensions["trace.config"]
    documents: Limits = app.config["CAPTURE"]
    usual: int = app.config["LARGEST_BODY"]

    def longest(path: str) -> int:
        return documents.size if path.rstrip("/") == "/epcis/capture" else usual

    return Intake(app, config.threads, longest)


def __getattr__(name: str) -> Intake:
    if name == "app":
        return _app()
    raise AttributeError(name)
