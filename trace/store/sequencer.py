"""One writer at a time for one ledger, and one commit for everybody who waits.

A thread that has work puts it in the line. If nobody leads, it leads: it takes the head, runs the jobs of
all who stand in line, each so that a refused one leaves nothing, commits once, and only then lets anyone
know. Those who came meanwhile form the next group, led by the first of them. Between processes the head's
row (PostgreSQL) or the file lock (SQLite) keeps the order.

What a crash leaves, by the moment at which it comes:

1. while jobs run, or while their rows are inserted: nothing; the database rolls the transaction back;
2. during the commit: all of the group or nothing of it, and none of it acknowledged;
3. after the commit, before the callers hear of it: all of it; a caller who asks again with its idempotency
   key gets the first answer.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar, cast

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from trace.domain.refusals import Refusal
from trace.store.engine import open_writer, reading, write_lock
from trace.store.unit_of_work import Group, Projector, UnitOfWork

T = TypeVar("T")

MOST_JOBS = 512
"""Jobs in one group at most, so that the first of them need not wait for ever."""


@dataclass(eq=False)
class NotRecorded(Refusal):
    """The transaction failed and was rolled back: nothing of the request is kept; it can be sent again."""

    code = "not_recorded"
    ledger: str
    cause: str


@dataclass(eq=False)
class LedgerStopped(Refusal):
    """A commit failed in a way that leaves its result unknown: the ledger takes nothing more until a
    restart.

    Who gets this for a request that was running does not know whether it was recorded; after the restart
    the same request with the same idempotency key finds out.
    """

    code = "ledger_stopped"
    ledger: str
    cause: str


class _Job:
    """Work in line. ``wake`` is released once: because the job is done, or because its thread is to lead."""

    __slots__ = ("done", "error", "lead", "value", "wake", "work")

    def __init__(self, work: Callable[[UnitOfWork], Any]) -> None:
        self.work = work
        self.value: Any = None
        self.error: BaseException | None = None
        self.done = False
        self.lead = False
        self.wake = threading.Lock()
        self.wake.acquire()


class _Stage(Enum):
    RUNNING = "running"
    COMMITTING = "committing"
    COMMITTED = "committed"


class Sequencer:
    """The one door into a ledger. ``clock`` gives aware UTC datetimes; ``projector`` follows every entry."""

    def __init__(
        self,
        engine: Engine,
        ledger: str,
        clock: Callable[[], datetime],
        projector: Projector | None = None,
    ) -> None:
        self.engine = engine
        self.ledger = ledger
        self._clock = clock
        self._projector = projector
        self._mutex = threading.Lock()  # guards the line, whether somebody leads it, and why it is closed
        self._line: deque[_Job] = deque()
        self._led = False
        self._stopped: str | None = None
        self._leader: int | None = None

    @property
    def waiting(self) -> int:
        """Jobs that stand in line and have not begun."""
        return len(self._line)

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in a transaction of its own that only reads, beside whatever is being written."""
        with reading(self.engine) as connection:
            return work(connection)

    def submit(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run ``work`` in its turn and return what it returns, once all it did is durably committed.

        What ``work`` raises is raised here, and then nothing of it was recorded. It may run in another
        thread, must not submit in its turn, and sees its own writes through its unit of work alone. Raises
        NotRecorded and LedgerStopped.
        """
        if self._leader == threading.get_ident():
            raise RuntimeError("a job must not submit another: it would wait for itself")
        job = _Job(work)
        try:
            self._stand_in_line(job)
            if not job.lead:
                job.wake.acquire()
            if not job.done:
                self._commit_group()
        finally:
            self._leave(job)
        if job.error is not None:
            raise job.error
        return cast(T, job.value)

    # -- turns -----------------------------------------------------------------------------------------------

    def _stand_in_line(self, job: _Job) -> None:
        with self._mutex:
            if self._stopped is not None:
                raise LedgerStopped(self.ledger, self._stopped)
            self._line.append(job)
            if not self._led:
                self._led = job.lead = True

    def _leave(self, job: _Job) -> None:
        with self._mutex:
            if not job.done and job in self._line:  # interrupted while it waited: it was never begun
                self._line.remove(job)
            if not job.lead:
                return
            if self._line:
                self._line[0].lead = True
                self._line[0].wake.release()
            else:
                self._led = False

    def _taken(self, jobs: list[_Job]) -> Iterator[_Job]:
        """The group's jobs: the leader's own, then whoever has come to stand in line by then."""
        yield jobs[0]
        while len(jobs) < MOST_JOBS:
            with self._mutex:
                if not self._line:
                    return
                jobs.append(self._line.popleft())
            yield jobs[-1]

    # -- one group -------------------------------------------------------------------------------------------

    def _commit_group(self) -> None:
        with self._mutex:
            jobs = [self._line.popleft()]  # the leader's own: it gets an answer whatever happens
        stage = _Stage.RUNNING
        self._leader = threading.get_ident()
        try:
            with write_lock(self.engine), open_writer(self.engine) as connection:
                try:
                    with connection.begin() as transaction:
                        self._run_jobs(connection, jobs)
                        stage = _Stage.COMMITTING
                        transaction.commit()
                        stage = _Stage.COMMITTED
                except BaseException:
                    # Closing the connection takes back what is left of the transaction, whatever that is.
                    connection.invalidate()
                    raise
        except BaseException as error:
            if stage is not _Stage.COMMITTED:
                self._fail(jobs, error, committing=stage is _Stage.COMMITTING)
            if not isinstance(error, Exception):
                raise
        finally:
            self._leader = None
            for job in jobs:
                job.done = True
                job.wake.release()

    def _run_jobs(self, connection: Connection, jobs: list[_Job]) -> None:
        group = Group(connection, self.ledger, self._projector)
        for job in self._taken(jobs):
            uow = UnitOfWork(group, self._clock())
            try:
                job.value = job.work(uow)
            except Exception as error:
                if _is_fatal(error, committing=False) or (
                    isinstance(error, _DATABASE_ERRORS) and not uow.undoable
                ):
                    raise
                uow.undo()
                job.error = error
            else:
                uow.keep()
        group.flush()

    def _fail(self, jobs: list[_Job], error: BaseException, *, committing: bool) -> None:
        """Tell everyone in the group, the refused too: what they were refused for was not recorded either."""
        cause = type(error.orig if isinstance(error, DBAPIError) and error.orig else error).__name__
        fatal = _is_fatal(error, committing=committing)
        if fatal:
            with self._mutex:
                self._stopped = cause
                jobs.extend(self._line)
                self._line.clear()
        for job in jobs:
            job.value = None
            job.error = (LedgerStopped if fatal else NotRecorded)(self.ledger, cause)
            job.error.__cause__ = error


def _is_fatal(error: BaseException, *, committing: bool) -> bool:
    """Whether nobody can say what is on disk now: I/O errors, and commits without a clear answer."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        name = getattr(cause, "sqlite_errorname", "")
        if name.startswith(_SQLITE_BROKEN):
            return True
        return committing and not name.startswith(_SQLITE_NOT_COMMITTED)
    state = getattr(cause, "sqlstate", None) or ""
    if state.startswith(_POSTGRESQL_BROKEN):
        return True
    return committing and (state[:2] not in _POSTGRESQL_NOT_COMMITTED or state == "40003")


_DATABASE_ERRORS = (DBAPIError, sqlite3.Error, psycopg.Error)
_SQLITE_BROKEN = ("SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_NOTADB")
_SQLITE_NOT_COMMITTED = ("SQLITE_BUSY", "SQLITE_FULL", "SQLITE_CONSTRAINT")
# PostgreSQL, appendix A: class 58 system error, XX001 data and XX002 index corrupted; class 23 integrity
# constraint violation, class 40 transaction rollback, but for 40003 "statement completion unknown".
_POSTGRESQL_BROKEN = ("58", "XX001", "XX002")
_POSTGRESQL_NOT_COMMITTED = ("23", "40")
