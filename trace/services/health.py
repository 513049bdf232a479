"""How the service is: its ledger, what waits, what failed, and the room that is left."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, func, select, text

from trace.ledger.errors import LedgerError
from trace.services import log
from trace.services.context import Context
from trace.store.log import LogReader
from trace.store.tables import checkpoints
from trace.store.work_tables import capture_jobs, messages

QUIET = 60.0
"""Seconds after which a step of the background that is not at work should have had its turn again."""


@dataclass(frozen=True)
class StepHealth:
    """A step of this process's background: seconds since its last turn, and what that failed with."""

    name: str
    seconds: float
    busy: bool
    error: str | None

    @property
    def good(self) -> bool:
        """Whether it goes on."""
        return self.error is None and (self.busy or self.seconds < QUIET)


@dataclass(frozen=True)
class Health:
    """One look at a running service. ``_bytes`` and what concerns the disk are in bytes."""

    now: datetime
    checks: Mapping[str, str]  # of the service's parts: "ok", or the class of what is wrong
    size: int
    last_entry: datetime | None
    checkpoint_size: int
    checkpoint_time: datetime | None
    remembered_size: int | None  # what this machine remembers outside the database
    steps: tuple[StepHealth, ...]
    jobs_waiting: int
    messages_waiting: int
    messages_dead: int
    database: str
    database_bytes: int
    disk_free: int
    disk_total: int
    schema: str

    @property
    def good(self) -> bool:
        """Whether every part can do its work."""
        return all(found == "ok" for found in self.checks.values()) and all(one.good for one in self.steps)


def look(ctx: Context) -> Health:
    """How the service is now."""
    disk = shutil.disk_usage(ctx.publisher.folder)
    now = ctx.clock()
    checks, remembered = log.readiness(ctx), _remembered(ctx)
    tick = time.monotonic()
    steps = tuple(
        StepHealth(name.rpartition(".")[2], max(0.0, tick - turn.at), turn.busy, turn.error)
        for name, turn in sorted(ctx.work.turns.items())
    )

    def read(connection: Connection) -> Health:
        head = LogReader(connection, ctx.ledger).head()
        signed = connection.execute(
            select(checkpoints.c.size, checkpoints.c.signed_at)
            .where(checkpoints.c.ledger == ctx.ledger)
            .order_by(checkpoints.c.size.desc())
            .limit(1)
        ).first()
        return Health(
            now=now,
            checks=checks,
            size=head.size,
            last_entry=head.last_time,
            checkpoint_size=signed.size if signed else 0,
            checkpoint_time=signed.signed_at if signed else None,
            remembered_size=remembered,
            steps=steps,
            jobs_waiting=_count(connection, capture_jobs, ctx.ledger, capture_jobs.c.running.is_(True)),
            messages_waiting=_count(connection, messages, ctx.ledger, messages.c.state == "waiting"),
            messages_dead=_count(connection, messages, ctx.ledger, messages.c.state == "dead"),
            database=connection.dialect.name,
            database_bytes=_bytes(connection),
            disk_free=disk.free,
            disk_total=disk.total,
            schema=str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()),
        )

    return ctx.sequencer.read(read)


def _remembered(ctx: Context) -> int | None:
    """How many entries the checkpoint outside the database covers; None where there is none that verifies."""
    try:
        found = ctx.publisher.remembered()
    except (LedgerError, OSError):
        return None
    return None if found is None else found.size


def _count(connection: Connection, table: Table, ledger: str, where: ColumnElement[bool]) -> int:
    counted = select(func.count()).select_from(table).where(table.c.ledger == ledger, where)
    return connection.execute(counted).scalar_one()


def _bytes(connection: Connection) -> int:
    if connection.dialect.name == "postgresql":
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    return int(pages) * int(connection.execute(text("PRAGMA page_size")).scalar_one())
