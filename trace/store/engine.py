"""Database engines, the two ways into a transaction, and the column types that both databases agree on.

SQLite is opened with WAL and ``synchronous=FULL``: what was committed survives a power cut. Its writers
begin with ``BEGIN IMMEDIATE`` and stand in line at a file lock between processes, because SQLite's own
busy handler polls and lets some wait very long. PostgreSQL runs at READ COMMITTED, where every statement
after the head's lock sees what was committed before it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    Engine,
    Insert,
    Select,
    Text,
    TypeDecorator,
    create_engine,
    event,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

BUSY_MILLISECONDS = 30_000
POOL = 20

_WRITER = "trace_writer"


class UnsupportedDatabase(ArgumentError):
    """The URL names a database other than a SQLite file or PostgreSQL through psycopg."""

    def __init__(self, url: str) -> None:
        super().__init__(
            f"{url} is no database that is served here: expected sqlite:///FILE or postgresql+psycopg://…"
        )


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, kept and given back in UTC; SQLite alone would give back a naive one.

    Raises ValueError for a naive datetime: whose midnight it means is not known.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC, without its zone where the database has none."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC, aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class DecimalText(TypeDecorator[Decimal]):
    """An exact decimal as text, spelled in one way only (``120``, never ``1.2E+2``, ``120.0`` or ``-0``).

    Raises ValueError for NaN and infinities.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        """The plain spelling, without exponent and trailing zeros."""
        return None if value is None else plain_decimal(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        """The number, digit by digit as it was."""
        return None if value is None else Decimal(value)


def plain_decimal(value: Decimal) -> str:
    """The one spelling of a finite decimal; never rounds, whatever the context's precision is."""
    if not value.is_finite():
        raise ValueError(f"{value} is not a finite number")
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


class Direct:
    """A statement that runs for every append, given to the driver as it is: a fraction of the usual cost.

    Values come in the order in which the statement names its parameters (an insert: the table's columns), and
    neither they nor the results are converted. The driver's errors are not wrapped by SQLAlchemy.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]] | Insert) -> None:
        self._statement = statement
        self._texts: dict[str, str] = {}

    def first(self, connection: Connection, *values: object) -> Sequence[Any] | None:
        """The first row of a query, or None."""
        driver: Any = connection.connection.driver_connection
        return cast("Sequence[Any] | None", driver.execute(self._text(connection), values).fetchone())

    def each(self, connection: Connection, rows: Sequence[Sequence[object]]) -> None:
        """Run the statement once for each row of values."""
        driver: Any = connection.connection.driver_connection
        driver.cursor().executemany(self._text(connection), rows)

    def _text(self, connection: Connection) -> str:
        dialect = connection.dialect
        if dialect.name not in self._texts:
            make: Callable[..., Dialect] = type(dialect)
            positional = make(paramstyle="qmark" if dialect.name == "sqlite" else "format")
            self._texts[dialect.name] = str(self._statement.compile(dialect=positional))
        return self._texts[dialect.name]


def open_engine(url: str | URL) -> Engine:
    """An engine for ``sqlite:///FILE`` or ``postgresql+psycopg://...``; the file's folder is made where
    missing.

    Raises UnsupportedDatabase for any other.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return _open_sqlite(parsed)
    if parsed.drivername in ("postgresql", "postgresql+psycopg"):
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            isolation_level="READ COMMITTED",
            pool_size=POOL,
            max_overflow=POOL,
            hide_parameters=True,  # bodies and hashes of keys do not belong into a log
        )
    raise UnsupportedDatabase(parsed.render_as_string(hide_password=True))


def _open_sqlite(url: URL) -> Engine:
    Path(str(url.database)).absolute().parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        pool_size=POOL,
        max_overflow=POOL,
        hide_parameters=True,
        connect_args={"timeout": BUSY_MILLISECONDS / 1000},
    )

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself: see _begin
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_MILLISECONDS}",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writer = connection.get_execution_options().get(_WRITER, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")

    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that only reads; all its reads see one moment."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that may write; commits at the end, rolls back when the block raises.

    Only for tables that no ledger rule reads: what goes into a ledger goes through its Sequencer.
    """
    with write_lock(engine), open_writer(engine) as connection, connection.begin():
        yield connection


def open_writer(engine: Engine) -> Connection:
    """A connection whose transactions take SQLite's write lock when they begin; the caller closes it."""
    return engine.connect().execution_options(**{_WRITER: True})


@contextmanager
def write_lock(engine: Engine) -> Iterator[None]:
    """Stand in line with the other processes that write to this SQLite file; nothing to do on PostgreSQL.

    The lock is the kernel's, on a file beside the database, and ends with the process that holds it.
    """
    if engine.dialect.name != "sqlite":
        yield
        return
    descriptor = os.open(f"{engine.url.database}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
