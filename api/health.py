"""For whoever runs the service: alive, ready, and what is measured."""

from __future__ import annotations

from flask import Blueprint, Response, current_app
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from api.auth import context
from api.plain import json_response
from trace.services import log

blueprint = Blueprint("health", __name__)


class Metrics:
    """What this process has measured; each process of a server has its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "trace_http_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "trace_http_request_seconds", "Time to answer.", ["method", "route"], registry=self.registry
        )
        self.size = Gauge("trace_ledger_entries", "Entries in the ledger.", registry=self.registry)


@blueprint.get("/healthz")
def alive() -> Response:
    """The process answers."""
    return json_response({"status": "ok"})


@blueprint.get("/readyz")
def ready() -> Response:
    """The service can do its work: each part by name, 503 where one cannot."""
    checks = log.readiness(context())
    good = all(found == "ok" for found in checks.values())
    return json_response({"status": "ok" if good else "failing", "checks": checks}, 200 if good else 503)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Counts and times, in the Prometheus text format."""
    measured: Metrics = current_app.extensions["trace.metrics"]
    measured.size.set(log.size(context()))
    return Response(generate_latest(measured.registry), content_type=CONTENT_TYPE_LATEST)
