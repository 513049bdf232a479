"""Documents handed in to be captured: kept durably before they are accepted, recorded beside the requests.

``step`` takes one job under a lease. What it appends to the ledger and what it writes of the job are one transaction,
and each part of a document has its idempotency key in it, so that a job is recorded once, whoever works on it and
wherever one dies:

1. before the first part is committed: nothing is recorded; the job comes back when the lease is over;
2. between two parts (``proceed``): the parts before are recorded; whoever takes it up finds them by their keys;
3. after the last part: the job is finished.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import Connection, insert, update

from trace.domain.refusals import FutureTime, Invalid, Refusal
from trace.domain.roles import Act
from trace.interop.epcis import (
    BARE_EVENT,
    DOCUMENT,
    QUERY_DOCUMENT,
    Document,
    Limits,
    event_path,
    read_document,
    read_each,
)
from trace.interop.errors import DocumentError, DocumentNotEpcis, found_text, path_text
from trace.ledger.records import digest, format_time
from trace.services.capture import Part, Submission
from trace.services.context import Actor, Context, Done, Once
from trace.services.parties import find_party
from trace.services.recording import key_of, once, require
from trace.store import queries
from trace.store.queries.jobs import CaptureJob, DueJob, JobError
from trace.store.queries.results import Page
from trace.store.sequencer import LedgerStopped, NotRecorded
from trace.store.unit_of_work import UnitOfWork
from trace.store.work_tables import capture_jobs

LEASE = timedelta(minutes=2)
"""So long a job is left alone that somebody works on; it only saves work, for the keys keep it from doubling."""

MOST_ATTEMPTS = 5
CHUNK = 100
"""Events recorded in one transaction where they are judged one by one: others wait for the head that long."""

MOST_OPEN = 20
"""Jobs of one party that may wait at once: others' documents stand behind them, and their bytes are kept."""

_ERRORS_OF_ONE = 5
_ERRORS_OF_FEW = 100  # beyond so many bad events, of each the first error alone is told
# What was accepted is read whatever the limits are by now.
_ACCEPTED = Limits(size=1 << 40, events=1 << 40, event=1 << 40)


class Behaviour(StrEnum):
    """What becomes of the good events of a document that also has bad ones (EPCIS 2.0 section 12.6.1)."""

    ROLLBACK = "rollback"
    PROCEED = "proceed"


@dataclass(eq=False)
class UnknownJob(Refusal):
    """There is no such capture job, or it is another party's."""

    code = "capture_job_unknown"


@dataclass(eq=False)
class TooManyJobs(Refusal):
    """As many documents of the party wait to be recorded as may."""

    code = "too_many_jobs"
    most: int


@dataclass(eq=False)
class CaptureGivenUp(Refusal):
    """A document was begun MOST_ATTEMPTS times and never finished, by no fault that it could be refused for."""

    code = "capture_given_up"


class _Refused(Exception):
    """Takes the transaction back: something in the document was refused."""

    def __init__(self, errors: Sequence[JobError]) -> None:
        self.errors = errors


def accept(
    ctx: Context, actor: Actor, data: bytes, behaviour: Behaviour, limits: Limits | None = None
) -> CaptureJob:
    """Keep a document to be captured; when this returns, it is not lost any more.

    Raises a DocumentError for what is wrong with the whole, and under ``rollback`` also for what is wrong with
    any event; DocumentTooLarge, TooManyJobs, RoleForbids.
    """
    require(actor, Act.IMPORT_DOCUMENT)
    behaviour = Behaviour(behaviour)
    document = read_document(data, limits) if behaviour is Behaviour.ROLLBACK else read_each(data, limits)[0]
    if document.kind == BARE_EVENT:
        kind = document.events[0].get("type")
        raise DocumentNotEpcis("$.type", found_text(kind), f"{DOCUMENT} | {QUERY_DOCUMENT}")
    now = ctx.clock()
    job = CaptureJob(_new_id(ctx), actor.uri, now, None, str(behaviour), True, True, ())

    def work(uow: UnitOfWork) -> None:
        if queries.open_jobs(uow.connection, ctx.ledger, actor.uri) >= MOST_OPEN:
            raise TooManyJobs(most=MOST_OPEN)
        uow.connection.execute(
            insert(capture_jobs).values(
                {**asdict(job), "ledger": ctx.ledger, "errors": "[]"}
                | {"sha256": digest(data), "body": data, "attempts": 0}
            )
        )

    ctx.sequencer.submit(work)
    ctx.work.ring()
    return job


def job(ctx: Context, actor: Actor, id: str) -> CaptureJob:
    """A job of the actor's party; inspectors and the operator see all. Raises UnknownJob."""
    found = ctx.sequencer.read(
        lambda connection: queries.capture_job(connection, ctx.ledger, id, _seen_by(actor))
    )
    if found is None:
        raise UnknownJob
    return found


def jobs(ctx: Context, actor: Actor, per_page: int, token: str | None = None) -> Page[CaptureJob]:
    """The jobs that the actor may see, newest first. Raises Invalid for a token of another list."""
    return ctx.sequencer.read(
        lambda connection: queries.capture_jobs_page(connection, ctx.ledger, _seen_by(actor), per_page, token)
    )


def step(ctx: Context) -> bool:
    """Take up the oldest job that nobody is at and finish it; whether there was one.

    Raises what is no fault of the document: the job then comes back after its lease.
    """
    due = _claim(ctx)
    if due is None:
        return False
    if due.attempts >= MOST_ATTEMPTS:
        given_up = CaptureGivenUp()
        ctx.sequencer.submit(lambda uow: _finish(uow, due, _told(given_up, "$")))
        return True
    try:
        _capture(ctx, due)
    except _Refused as refused:
        errors = refused.errors
        ctx.sequencer.submit(lambda uow: _finish(uow, due, errors))
    except (NotRecorded, LedgerStopped):
        raise
    except Refusal as refusal:
        told = _told(refusal, "$")
        ctx.sequencer.submit(lambda uow: _finish(uow, due, told))
    return True


# -- the work on one job ----------------------------------------------------------------------------------------


def _capture(ctx: Context, due: DueJob) -> None:
    document, malformed = read_each(due.body, _ACCEPTED)
    submission = Submission(ctx, Actor(find_party(ctx, due.party)), document, uuid.UUID(due.id).urn)
    submission.name(document.order)
    errors = _all_told(document, malformed)
    whole = due.behaviour == Behaviour.ROLLBACK
    if whole and errors:
        raise _Refused(errors)
    size = max(1, len(document.order)) if whole else CHUNK
    parts = [document.order[start : start + size] for start in range(0, len(document.order), size)] or [()]
    for number, positions in enumerate(parts):
        errors += _part(ctx, due, submission, number, positions, errors, last=number == len(parts) - 1)


def _part(
    ctx: Context,
    due: DueJob,
    submission: Submission,
    number: int,
    positions: Sequence[int],
    before: Sequence[JobError],
    *,
    last: bool,
) -> list[JobError]:
    """Record some of the events, or find that they are recorded; what of them was refused."""

    def work(uow: UnitOfWork) -> Done:
        part = Part(key_of(ctx, uow, due.party))
        if number == 0:
            submission.record(uow)
        submission.capture(uow, positions, part)
        refused = _all_told(submission.document, part.refused)
        if refused and due.behaviour == Behaviour.ROLLBACK:
            raise _Refused(refused)
        if last:
            _finish(uow, due, [*before, *refused])
        else:
            _go_on(uow, due, success=not before and not refused)
        told = [asdict(error) for error in refused]
        return Done(uow.size - 1, format_time(uow.now), None, {"refused": told})

    done = once(ctx, submission.actor, Once(f"capture:{due.id}:{number}", due.sha256), work)
    return [JobError(**error) for error in done.result["refused"]]


def _all_told(document: Document, refused: Mapping[int, Refusal]) -> list[JobError]:
    each = _ERRORS_OF_ONE if len(refused) <= _ERRORS_OF_FEW else 1
    return [
        error
        for position, refusal in sorted(refused.items())
        for error in _told(refusal, path_text(event_path(document.kind, position)))[:each]
    ]


def _told(refusal: Refusal, path: str) -> list[JobError]:
    """A refusal as it is kept: its words are set in the reader's language when it is read."""
    if isinstance(refusal, DocumentError):
        faults = (refusal, *refusal.others)[:_ERRORS_OF_ONE]
        return [JobError(fault.code, fault.path, fault.params()) for fault in faults]
    if isinstance(refusal, FutureTime):
        path += ".eventTime"
    elif isinstance(refusal, Invalid):
        path += f".{refusal.field}"
    return [JobError(refusal.code, path, refusal.params())]


# -- the rows ----------------------------------------------------------------------------------------------------


def _claim(ctx: Context) -> DueJob | None:
    now = ctx.clock()

    def look(connection: Connection) -> DueJob | None:
        return queries.due_job(connection, ctx.ledger, now)

    if ctx.sequencer.read(look) is None:  # nothing to do must cost no turn at the head
        return None

    def work(uow: UnitOfWork) -> DueJob | None:
        found = look(uow.connection)
        if found is not None:
            _write(uow, found, claimed_until=now + LEASE, attempts=found.attempts + 1)
        return found

    return ctx.sequencer.submit(work)


def _go_on(uow: UnitOfWork, due: DueJob, *, success: bool) -> None:
    _write(uow, due, success=success, claimed_until=uow.now + LEASE)


def _finish(uow: UnitOfWork, due: DueJob, errors: Iterable[JobError]) -> None:
    told = [asdict(error) for error in errors]
    _write(
        uow,
        due,
        running=False,
        success=not told,
        finished=uow.now,
        errors=json.dumps(told, ensure_ascii=False),
        body=None,
        claimed_until=None,
    )


def _write(uow: UnitOfWork, due: DueJob, **values: object) -> None:
    """Change the row of a job that is still open; a finished one stays as it is."""
    uow.connection.execute(
        update(capture_jobs)
        .where(capture_jobs.c.ledger == uow.ledger, capture_jobs.c.id == due.id)
        .where(capture_jobs.c.running.is_(True))
        .values(values)
    )


def _new_id(ctx: Context) -> str:
    """A UUID of version 7 (RFC 9562 section 5.7), so that ids ascend in time."""
    milliseconds = int(ctx.clock().timestamp() * 1000)
    tail = int.from_bytes(ctx.random(10))
    number = milliseconds << 80 | 7 << 76 | (tail >> 68) << 64 | 2 << 62 | tail & ((1 << 62) - 1)
    return str(uuid.UUID(int=number))


def _seen_by(actor: Actor) -> str | None:
    return None if actor.sees_all else actor.uri
