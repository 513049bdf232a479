"""Every point at which writing can fail: what is left in the ledger, what callers are told, who goes on."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Engine, insert
from sqlalchemy.exc import OperationalError

from tests.databases import Database
from tests.service.ledgers import (
    ORIGIN,
    acknowledged,
    appending,
    judge,
    open_sequencer,
    say,
    start,
    together,
    utc_now,
)
from trace.domain.refusals import UnknownBatch
from trace.store import sequencer as module
from trace.store.engine import Direct
from trace.store.log import LogReader
from trace.store.sequencer import LedgerStopped, NotRecorded, Sequencer
from trace.store.tables import api_keys
from trace.store.unit_of_work import Group, UnitOfWork


def _sqlite(name: str) -> Exception:
    error = sqlite3.OperationalError(name)
    error.sqlite_errorname = name
    return OperationalError("statement", {}, error)


def _lost() -> Exception:
    return psycopg.OperationalError("server closed the connection unexpectedly")


def _raising(error: Exception) -> Callable[..., None]:
    def raise_it(*_: object) -> None:
        raise error

    return raise_it


def _row(id: str) -> dict[str, Any]:
    names = ("hash", "party", "role", "label")
    return {"id": id, "ledger": ORIGIN, "created": utc_now(), **dict.fromkeys(names, id)}


def _writing(id: str) -> Callable[[UnitOfWork], None]:
    """A job that writes beside the ledger as well, so that a half of it would show."""

    def work(uow: UnitOfWork) -> None:
        uow.append(*say(id))
        uow.connection.execute(insert(api_keys).values(_row(id)))
        uow.append(*say(f"{id}, again"))

    return work


def _refused(uow: UnitOfWork) -> None:
    uow.append(*say("refused"))
    raise UnknownBatch(batch="b")


def _group(sequencer: Sequencer) -> list[type[BaseException] | None]:
    """One group of three jobs, one of them refused; what each was told."""
    results = together(sequencer, [appending("x"), _writing("y"), _refused])
    return [type(error) if (error := result.exception()) else None for result in results]


def _assert_untouched(database: Database, ids: set[str]) -> None:
    assert set(judge(database.engine).ids) == ids
    with database.engine.connect() as connection:
        assert connection.execute(api_keys.select()).all() == []


# -- the process dies ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "kept"), [("before-flush", False), ("before-commit", False), ("after-commit", True)]
)
def test_death_at_each_stage_leaves_a_whole_group_or_nothing_of_it(
    database: Database, stage: str, kept: bool
) -> None:
    process = start(database.url, "dies", threads=4, count=5, stage=stage)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert acknowledged(output) == {}
    found = judge(database.engine)
    assert "dies-0" in found.ids  # written before the stage was armed
    assert (found.size > 1) is kept
    assert open_sequencer(database.engine).submit(appending("after")).index == found.size


# -- the transaction fails, the process lives ----------------------------------------------------------------


@pytest.mark.parametrize("flushed", [False, True], ids=["before flush", "before commit"])
@pytest.mark.parametrize("error", [_sqlite("SQLITE_FULL"), _lost(), ValueError("a mistake")], ids=repr)
def test_a_failure_before_the_commit_records_nothing_and_later_work_goes_on(
    database: Database, monkeypatch: pytest.MonkeyPatch, flushed: bool, error: Exception
) -> None:
    sequencer = open_sequencer(database.engine)
    sequencer.submit(appending("before"))
    flush = Group.flush

    def fail(group: Group) -> None:
        if flushed:
            flush(group)
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(Group, "flush", fail)
        assert _group(sequencer) == [NotRecorded] * 3
    _assert_untouched(database, {"before"})
    assert sequencer.submit(appending("x")).index == 1
    judge(database.engine)


@pytest.mark.parametrize(
    "error",
    [
        _sqlite("SQLITE_BUSY"),
        _sqlite("SQLITE_FULL"),
        psycopg.errors.SerializationFailure(),
        psycopg.errors.UniqueViolation(),
    ],
    ids=repr,
)
def test_a_commit_that_was_surely_refused_records_nothing_and_later_work_goes_on(
    database: Database, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    sequencer = open_sequencer(database.engine)
    with monkeypatch.context() as patched:
        patched.setattr(database.engine.dialect, "do_commit", _raising(error))
        assert _group(sequencer) == [NotRecorded] * 3
    _assert_untouched(database, set())
    assert sequencer.submit(appending("x")).index == 0
    judge(database.engine)


@pytest.mark.parametrize(
    "error",
    [
        _sqlite("SQLITE_IOERR_FSYNC"),
        _sqlite("SQLITE_ERROR"),
        psycopg.errors.StatementCompletionUnknown(),
        _lost(),
        OSError("commit"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("committed", [False, True])
def test_after_a_commit_without_a_clear_answer_the_ledger_stops_until_a_restart(
    database: Database, monkeypatch: pytest.MonkeyPatch, error: Exception, committed: bool
) -> None:
    sequencer = open_sequencer(database.engine)
    commit = database.engine.dialect.do_commit

    def fail(connection: Any) -> None:
        if committed:
            commit(connection)
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(database.engine.dialect, "do_commit", fail)
        assert _group(sequencer) == [LedgerStopped] * 3
    with pytest.raises(LedgerStopped) as refused:
        sequencer.submit(appending("late"))
    assert refused.value.params()["ledger"] == ORIGIN
    size = sequencer.read(lambda connection: LogReader(connection, ORIGIN).head().size)  # reading goes on
    assert size == (3 if committed else 0)
    assert judge(database.engine).size == size
    assert open_sequencer(database.engine).submit(appending("restarted")).index == size
    judge(database.engine)


@pytest.mark.parametrize(
    "error",
    [
        _sqlite("SQLITE_IOERR_WRITE"),
        _sqlite("SQLITE_CORRUPT"),
        psycopg.errors.IoError(),
        psycopg.errors.DataCorrupted(),
    ],
    ids=repr,
)
def test_a_disk_that_fails_stops_the_ledger_even_before_the_commit(
    database: Database, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    sequencer = open_sequencer(database.engine)
    with monkeypatch.context() as patched:
        patched.setattr(Group, "flush", _raising(error))
        assert _group(sequencer) == [LedgerStopped] * 3
    _assert_untouched(database, set())

    def failing(uow: UnitOfWork) -> None:
        uow.append(*say("x"))
        assert uow.connection
        raise error

    with pytest.raises(LedgerStopped):
        open_sequencer(database.engine).submit(failing)
    _assert_untouched(database, set())


def test_a_database_that_cannot_be_reached_is_an_error_and_never_an_empty_answer(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    sequencer = open_sequencer(database.engine)
    with monkeypatch.context() as patched:
        patched.setattr(module, "open_writer", _raising(OSError("too many open files")))
        with pytest.raises(NotRecorded):
            sequencer.submit(appending("x"))
    assert sequencer.submit(appending("x")).index == 0


def test_a_failed_look_into_the_ledger_fails_the_group_since_the_transaction_may_be_gone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    sequencer = open_sequencer(database.engine)
    first = Direct.first

    def fail(self: Direct, connection: Connection, *values: object) -> object:
        if values[-1] == "bad":
            raise sqlite3.OperationalError("out of memory")
        return first(self, connection, *values)

    with monkeypatch.context() as patched:
        patched.setattr(Direct, "first", fail)
        with pytest.raises(NotRecorded):
            sequencer.submit(appending("bad"))
    _assert_untouched(database, set())
    assert sequencer.submit(appending("good")).index == 0


def test_what_was_committed_is_acknowledged_even_when_tidying_up_fails(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def lock(_engine: Engine) -> Iterator[None]:
        yield
        raise OSError("close")

    sequencer = open_sequencer(database.engine)
    monkeypatch.setattr(module, "write_lock", lock)
    assert sequencer.submit(appending("x")).index == 0
    assert judge(database.engine).ids == {"x": 0}


def test_those_who_still_stand_in_line_when_the_ledger_stops_are_told_so(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    sequencer = open_sequencer(database.engine)
    monkeypatch.setattr(module, "MOST_JOBS", 1)
    with monkeypatch.context() as patched:
        patched.setattr(database.engine.dialect, "do_commit", _raising(OSError("fsync")))
        results = together(sequencer, [appending(f"w-{number}") for number in range(4)])
    assert {type(result.exception()) for result in results} == {LedgerStopped}
    assert sequencer.waiting == 0
    assert judge(database.engine).size == 0


def test_an_answer_lost_after_the_commit_is_found_again_by_its_idempotency_key(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(uow: UnitOfWork) -> str:
        if (known := uow.replay("k", "d")) is not None:
            return known
        index = uow.append(*say("once")).index
        uow.remember("k", "d", f"entry {index}")
        return f"entry {index}"

    commit = database.engine.dialect.do_commit

    def lose_the_answer(connection: Any) -> None:
        commit(connection)
        raise _lost()

    with monkeypatch.context() as patched:
        patched.setattr(database.engine.dialect, "do_commit", lose_the_answer)
        with pytest.raises(LedgerStopped):
            open_sequencer(database.engine).submit(work)
    assert open_sequencer(database.engine).submit(work) == "entry 0"
    assert judge(database.engine).ids == {"once": 0}


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_server_that_drops_the_connection_during_a_job_records_nothing_and_the_next_group_connects_again(
    database: Database,
) -> None:
    sequencer = open_sequencer(database.engine)

    def cut(uow: UnitOfWork) -> None:
        uow.append(*say("cut"))
        uow.connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(NotRecorded):
        sequencer.submit(cut)
    assert sequencer.submit(appending("after")).index == 0
    judge(database.engine)
