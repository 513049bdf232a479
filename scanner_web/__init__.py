"""The pages a code opens: server-rendered, Chinese and English, without scripts, cookies or other hosts."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from werkzeug.routing import PathConverter

from scanner_web.views import blueprint


class Here(PathConverter):
    """A path that nobody else answers for: programs get their own answers below these names."""

    regex = "(?!(?:api|epcis|log|assets|static|problems)(?:/|$)|healthz$|readyz$|metrics$).*?"


def register(app: Flask, *, demo: Path | None = None) -> None:
    """Put the pages on an app whose ``extensions["trace"]`` is the service's Context.

    ``demo`` is the demo's ``demo.json`` where the first page is to show its codes.
    """
    app.extensions["scanner_web.demo"] = demo
    app.url_map.converters["here"] = Here
    app.register_blueprint(blueprint)


__all__ = ["register"]
