"""The schema on both databases: what migrations make, what the triggers refuse, what the types keep."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, localcontext
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, delete, insert, inspect, select
from sqlalchemy.exc import DBAPIError, StatementError

import trace.store.projection_tables
import trace.store.work_tables  # noqa: F401 - so that metadata names the whole schema
from tests.databases import Database
from tests.service.ledgers import ORIGIN, fill, judge, open_sequencer, utc_now
from trace.store import migrate
from trace.store.engine import (
    DecimalText,
    UnsupportedDatabase,
    UtcDateTime,
    open_engine,
    plain_decimal,
    reading,
    write_lock,
    writing,
)
from trace.store.tables import APPEND_ONLY, checkpoints, metadata
from trace.store.unit_of_work import UnitOfWork


def test_the_migrated_schema_is_the_one_that_the_code_names(empty_database: Database) -> None:
    migrate.upgrade(empty_database.engine)
    with reading(empty_database.engine) as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrating_again_changes_nothing_and_keeps_what_is_there(empty_database: Database) -> None:
    migrate.upgrade(empty_database.engine)
    fill(open_sequencer(empty_database.engine), 3)
    migrate.upgrade(empty_database.engine)
    assert judge(empty_database.engine).size == 3


def test_two_that_start_at_once_migrate_once(empty_database: Database) -> None:
    gate = threading.Barrier(2)

    def begin(_: int) -> None:
        engine = open_engine(empty_database.url)
        gate.wait(30)
        try:
            migrate.upgrade(engine)
        finally:
            engine.dispose()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(begin, range(2)))
    assert set(metadata.tables) < set(inspect(empty_database.engine).get_table_names())


def test_a_migration_that_fails_leaves_nothing(
    empty_database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for source in migrate.MIGRATIONS.rglob("*.py"):
        copy = tmp_path / "migrations" / source.relative_to(migrate.MIGRATIONS)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(source.read_text())
    first = tmp_path / "migrations" / "versions" / "0001_ledger.py"
    first.write_text(first.read_text().replace("    _other_tables()\n", "    raise OSError('power cut')\n"))
    monkeypatch.setattr(migrate, "MIGRATIONS", tmp_path / "migrations")
    with pytest.raises(OSError, match="power cut"):
        migrate.upgrade(empty_database.engine)
    assert inspect(empty_database.engine).get_table_names() == []


# -- what was appended stays ---------------------------------------------------------------------------------


@pytest.fixture
def filled(database: Database) -> Database:
    """A ledger with a row in every append-only table."""
    sequencer = open_sequencer(database.engine)
    fill(sequencer, 256)

    def answer(uow: UnitOfWork) -> None:
        uow.replay("k", "d")
        uow.remember("k", "d", "answer")

    sequencer.submit(answer)
    with writing(database.engine) as connection:
        row = {"ledger": ORIGIN, "size": 256, "note": "note", "signed_at": utc_now()}
        connection.execute(insert(checkpoints).values(row))
    return database


@pytest.mark.parametrize("act", ["UPDATE {} SET ledger = ledger", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_database_refuses_to_change_or_remove_what_was_appended(filled: Database, act: str) -> None:
    if filled.kind == "sqlite" and act.startswith("TRUNCATE"):
        act = "INSERT OR REPLACE INTO {0} SELECT * FROM {0}"  # SQLite's own way past the triggers
    for table in APPEND_ONLY:
        with (
            pytest.raises(DBAPIError, match=f"{table}: rows are appended, never changed"),
            writing(filled.engine) as connection,
        ):
            connection.exec_driver_sql(act.format(table))
    assert judge(filled.engine).size == 256


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_replace_cannot_take_the_place_of_a_statement_by_its_id_either(filled: Database) -> None:
    columns = '"hash", kind, by_party, "key", sid, statement'
    with pytest.raises(DBAPIError, match="never changed"), writing(filled.engine) as connection:
        connection.exec_driver_sql(
            f'INSERT OR REPLACE INTO statements (ledger, "index", {columns}) '
            f'SELECT ledger, 1000, {columns} FROM statements WHERE "index" = 7'
        )
    assert judge(filled.engine).size == 256


# -- engines -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://user:secret@host/name"])
def test_other_databases_are_refused_without_telling_the_password(url: str) -> None:
    with pytest.raises(UnsupportedDatabase) as refused:
        open_engine(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_sqlite_is_opened_so_that_a_commit_survives_a_power_cut(database: Database) -> None:
    with reading(database.engine) as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_the_folder_of_a_new_sqlite_file_is_made(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/var/deep/trace.db")
    with reading(engine) as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    engine.dispose()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_writers_of_one_sqlite_file_stand_in_line_even_in_one_process(database: Database) -> None:
    entered = threading.Event()

    def other() -> None:
        with write_lock(database.engine):
            entered.set()

    with write_lock(database.engine):
        thread = threading.Thread(target=other)
        thread.start()
        assert not entered.wait(0.05)
    thread.join(30)
    assert entered.is_set()


# -- types ---------------------------------------------------------------------------------------------------

_things = Table("things", MetaData(), Column("at", UtcDateTime), Column("amount", DecimalText))


@pytest.fixture
def things(empty_database: Database) -> Database:
    with writing(empty_database.engine) as connection:
        _things.create(connection)
    return empty_database


def test_times_come_back_in_utc_whatever_zone_they_went_in_with(things: Database) -> None:
    moment = datetime(2026, 11, 21, 8, 0, 0, 123_000, timezone(timedelta(hours=8)))
    with writing(things.engine) as connection:
        connection.execute(insert(_things).values(at=None, amount=None))
        assert connection.execute(select(_things)).one() == (None, None)
        connection.execute(delete(_things))
        connection.execute(insert(_things).values(at=moment, amount=None))
        found = connection.execute(select(_things)).one()
        assert connection.execute(select(_things).where(_things.c.at == moment)).all() == [found]
    assert (found.at, found.at.tzinfo, found.amount) == (moment, UTC, None)


def test_a_time_without_a_zone_is_refused(things: Database) -> None:
    with pytest.raises(StatementError, match="no time zone"), writing(things.engine) as connection:
        connection.execute(insert(_things).values(at=datetime(2026, 11, 21)))  # noqa: DTZ001


def test_amounts_come_back_digit_by_digit_and_equal_ones_are_spelled_alike(things: Database) -> None:
    exact = Decimal("12345678901234567890123456789012345.678900")
    with writing(things.engine) as connection:
        for amount in (exact, Decimal("1.2E+2"), Decimal("120.00"), Decimal("-0.0"), None):
            connection.execute(insert(_things).values(amount=amount))
        kept = connection.exec_driver_sql("SELECT amount FROM things").scalars().all()
        found = connection.execute(select(_things.c.amount)).scalars().all()
    assert kept == ["12345678901234567890123456789012345.6789", "120", "120", "0", None]
    assert found[:2] == [exact, Decimal(120)]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=None))
def test_the_spelling_of_an_amount_never_changes_its_value(value: Decimal) -> None:
    with localcontext() as context:
        context.prec = 3  # a careless context must not round what is stored
        text = plain_decimal(value)
        assert Decimal(text) == value
        assert plain_decimal(Decimal(text)) == text
    assert "E" not in text


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity"])
def test_an_amount_that_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="not a finite number"):
        plain_decimal(Decimal(value))
