"""HTTP for programs: ``/api/v1``, the log for everyone, and health for whoever runs the service."""

from __future__ import annotations

from flask import Flask

from api import (
    aliases,
    batches,
    chain,
    converters,
    epcis,
    explain,
    exports,
    health,
    holdings,
    imports,
    log,
    messages,
    movements,
    offers,
    parties,
    problems,
    products,
    records,
    serials,
    spec,
    transformations,
    watch,
)
from trace import bootstrap
from trace.config import Config
from trace.interop.epcis import Limits
from trace.services.context import Context

AREAS = (
    parties,
    products,
    aliases,
    batches,
    serials,
    movements,
    transformations,
    chain,
    holdings,
    offers,
    records,
    exports,
    imports,
    messages,
)

LARGEST_BODY = 1024 * 1024
"""Bytes, where no configuration says otherwise."""


def create_app(config: Config | None = None, context: Context | None = None) -> Flask:
    """The application; reads the environment unless configured, composes the service unless given it."""
    if context is None:
        config = config or Config.from_environment()
        context = bootstrap.build(config)
    app = Flask("trace", static_folder=None)
    app.config.from_mapping(spec.OPTIONS)
    app.config["LARGEST_BODY"] = config.max_body if config else LARGEST_BODY
    # One more is read than is allowed: a body that came without its length would else be cut, not refused.
    app.config["MAX_CONTENT_LENGTH"] = app.config["LARGEST_BODY"] + 1
    app.config["CAPTURE"] = (
        Limits(size=config.capture_bytes, events=config.capture_events) if config else Limits()
    )
    app.extensions["trace"] = context
    app.extensions["trace.config"] = config
    converters.init_app(app)
    watch.init_app(app, https=context.base_url.startswith("https://"))
    problems.init_app(app)
    api = spec.make(app, context.base_url)
    converters.describe(api)
    for module in AREAS:
        api.register_blueprint(module.area)
    for plain in (log.blueprint, health.blueprint, explain.blueprint, epcis.blueprint):
        app.register_blueprint(plain)
    return app
