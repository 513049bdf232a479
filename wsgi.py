"""The application of a server: ``granian wsgi:app``, ``flask --app wsgi run``. Built when first asked for."""

from __future__ import annotations

from functools import cache

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import api
import scanner_web
from trace import bootstrap
from trace.config import Config
from trace.services.context import Context


def create_app(config: Config | None = None, context: Context | None = None) -> Flask:
    """Pages and API in one application; see ``api.create_app``."""
    app = api.create_app(config, context)
    settings: Config | None = app.extensions["trace.config"]
    demo = settings.var / "demo.json" if settings and settings.demo else None
    scanner_web.register(app, demo=demo)
    if settings and settings.proxies:
        # Else whoever guesses passwords would choose where from.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=0)  # type: ignore[method-assign]
    return app


@cache
def _app() -> Flask:
    app = create_app()
    bootstrap.background(app.extensions["trace"]).start()
    return app


def __getattr__(name: str) -> Flask:
    if name == "app":
        return _app()
    raise AttributeError(name)
