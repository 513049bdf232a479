"""Every page: server-rendered, Chinese and English, from no other host. Codes' pages need no scripts and no sign-in."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from werkzeug.routing import PathConverter

from scanner_web import (
    account,
    business,
    complaints,
    faults,
    inspector,
    notes,
    offline,
    operator,
    room,
    scanning,
    unreadable,
)
from scanner_web.codes import blueprint

AREAS = (
    scanning.blueprint,
    complaints.public,
    complaints.photos,
    notes.blueprint,
    account.blueprint,
    business.blueprint,
    inspector.blueprint,
    operator.blueprint,
    offline.blueprint,
)
"""Pages beside those that codes open, one blueprint for each area."""

for _area in (blueprint, *AREAS):
    _area.before_request(unreadable.refuse)
    faults.init(_area)


class Here(PathConverter):
    """A path that nobody else answers for: programs get their own answers below these names."""

    regex = "(?!(?:api|epcis|log|assets|static|problems)(?:/|$)|healthz$|readyz$|metrics$).*?"


def register(app: Flask, *, demo: Path | None = None) -> None:
    """Put the pages on an app whose ``extensions["trace"]`` is the service's Context.

    ``demo`` is the demo's ``demo.json`` where the first page is to show its codes.
    """
    app.extensions["scanner_web.demo"] = demo
    app.url_map.converters["here"] = Here
    room.init_app(app)
    app.register_blueprint(blueprint)
    for area in AREAS:
        app.register_blueprint(area)


__all__ = ["register"]
