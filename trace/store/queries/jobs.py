"""Capture jobs: documents that were accepted, and what became of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from trace.store.queries import cursors
from trace.store.queries.results import Page
from trace.store.work_tables import capture_jobs

_columns = capture_jobs.c
_SHOWN: tuple[ColumnElement[Any], ...] = (
    _columns.id,
    _columns.party,
    _columns.created,
    _columns.finished,
    _columns.behaviour,
    _columns.running,
    _columns.success,
    _columns.errors,
)


@dataclass(frozen=True)
class JobError:
    """Why an event, or a whole document, was not captured: a refusal's code and numbers, and the JSONPath."""

    code: str
    path: str
    params: dict[str, str]


@dataclass(frozen=True)
class CaptureJob:
    """One job (EPCIS 2.0 section 12.6.3). ``success`` is true until something was refused."""

    id: str
    party: str
    created: datetime
    finished: datetime | None
    behaviour: str
    running: bool
    success: bool
    errors: tuple[JobError, ...]


@dataclass(frozen=True)
class DueJob:
    """A job to be worked on: its document's bytes, and how often one began before."""

    id: str
    party: str
    behaviour: str
    sha256: str
    body: bytes
    attempts: int


def capture_job(connection: Connection, ledger: str, id: str, party: str | None) -> CaptureJob | None:
    """A job; one of another party only where no party is named."""
    statement = select(*_SHOWN).where(*_of(ledger, party), _columns.id == id)
    row = connection.execute(statement).first()
    return None if row is None else _job(row)


def capture_jobs_page(
    connection: Connection, ledger: str, party: str | None, per_page: int, token: str | None
) -> Page[CaptureJob]:
    """A party's jobs, or everybody's, newest first. Raises Invalid for a token of another list."""
    return cursors.page(
        connection,
        select(*_SHOWN).where(*_of(ledger, party)),
        name="capture",
        keys=[(_columns.id, True)],
        cursor=token,
        limit=per_page,
        make=_jobs,
    )


def open_jobs(connection: Connection, ledger: str, party: str) -> int:
    """How many of a party's jobs are not finished."""
    own = select(func.count()).select_from(capture_jobs)
    return connection.execute(own.where(*_of(ledger, party), _columns.running.is_(True))).scalar_one()


def due_job(connection: Connection, ledger: str, now: datetime) -> DueJob | None:
    """The oldest unfinished job that nobody is at."""
    free = or_(_columns.claimed_until.is_(None), _columns.claimed_until <= now)
    row = connection.execute(
        select(capture_jobs)
        .where(_columns.ledger == ledger, and_(_columns.running.is_(True), free))
        .order_by(_columns.id)
        .limit(1)
    ).first()
    if row is None:
        return None
    return DueJob(row.id, row.party, row.behaviour, row.sha256, bytes(row.body), row.attempts)


def _of(ledger: str, party: str | None) -> list[ColumnElement[bool]]:
    return [_columns.ledger == ledger, *([] if party is None else [_columns.party == party])]


def _jobs(rows: Sequence[Row[Any]]) -> list[CaptureJob]:
    return [_job(row) for row in rows]


def _job(row: Row[Any]) -> CaptureJob:
    errors = tuple(JobError(**error) for error in json.loads(row.errors))
    return CaptureJob(
        row.id, row.party, row.created, row.finished, row.behaviour, row.running, row.success, errors
    )
