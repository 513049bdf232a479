"""For whoever runs the service: alive, ready, and what is measured."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, current_app
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from sqlalchemy import Connection, select

from api.auth import context
from api.plain import json_response
from trace.ledger import checkpoint
from trace.services.checkpoints import LedgerForked, extends
from trace.services.context import Context
from trace.store.log import LogReader

blueprint = Blueprint("health", __name__)


class LedgerEmpty(Exception):
    """Not even the entry is there that opens the ledger."""


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
    checks = _checks(context())
    good = all(found == "ok" for found in checks.values())
    return json_response({"status": "ok" if good else "failing", "checks": checks}, 200 if good else 503)


def _checks(ctx: Context) -> dict[str, str]:
    """Each part and whether it works; only a class's name is shown, since causes may hold addresses."""
    return {
        "database": _try(lambda: ctx.sequencer.read(lambda c: c.execute(select(1)))),
        "ledger": _try(lambda: _opened(ctx)),
        "checkpoints": _try(lambda: _not_forked(ctx)),
        # A job that does nothing still has to get its turn.
        "sequencer": _try(lambda: ctx.sequencer.submit(lambda uow: None)),
    }


def _try(check: Callable[[], object]) -> str:
    try:
        check()
    except Exception as error:
        return type(error).__name__
    return "ok"


def _opened(ctx: Context) -> None:
    if not _size(ctx):
        raise LedgerEmpty


def _not_forked(ctx: Context) -> None:
    before = ctx.publisher.remembered()
    if before is None:
        return

    def read(connection: Connection) -> str | None:
        log = LogReader(connection, ctx.ledger)
        head = log.head()
        return extends(log, before, checkpoint.Checkpoint(ctx.ledger, head.size, head.root))

    if reason := ctx.sequencer.read(read):
        raise LedgerForked(reason)


def _size(ctx: Context) -> int:
    return ctx.sequencer.read(lambda connection: LogReader(connection, ctx.ledger).head().size)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Counts and times, in the Prometheus text format."""
    measured: Metrics = current_app.extensions["trace.metrics"]
    measured.size.set(_size(context()))
    return Response(generate_latest(measured.registry), content_type=CONTENT_TYPE_LATEST)
