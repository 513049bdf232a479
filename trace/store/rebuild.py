"""Projections rebuilt from the ledger aside, and compared with the live ones.

A valid chain proves what was said, not what the tables show: whoever changes a projection changes every scan
page and leaves the ledger whole. So the same projector follows the whole ledger once more into an empty
database, and every row of every table must be the same.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, select

from trace.ledger.records import Entry, Statement
from trace.store.book import StoreBook
from trace.store.engine import open_engine
from trace.store.log import LogReader
from trace.store.projection_tables import PROJECTIONS
from trace.store.projector import Projector
from trace.store.tables import metadata

Progress = Callable[[int, int], None]

_ROWS = 1000  # read at once from either side


@dataclass(frozen=True)
class Difference:
    """The first row of a table that is not what the ledger says, and how many ``rows`` are not.

    ``key`` names the row by its primary key. ``live`` and ``rebuilt`` hold the columns that differ, or the
    whole row where the other side has none (then that one is empty).
    """

    table: str
    key: dict[str, Any]
    live: dict[str, Any]
    rebuilt: dict[str, Any]
    rows: int


def compare(
    engine: Engine, ledger: str, progress: Progress = lambda done, total: None
) -> tuple[Difference, ...]:
    """What is wrong with the live projections of a ledger, one difference a table at most; empty is good.

    The ledger and its projections are read in one snapshot, beside running writers. The ledger itself must
    have been verified before: a record that cannot be read raises. ``progress`` gets (entries done, entries).
    """
    with tempfile.TemporaryDirectory() as folder, _snapshot(engine) as live:
        aside = open_engine(f"sqlite:///{Path(folder) / 'rebuilt.db'}")
        try:
            metadata.create_all(aside, tables=PROJECTIONS)
            with aside.connect() as rebuilt, rebuilt.begin():
                replay(live, rebuilt, ledger, progress)
                found = (_difference(table, ledger, live, rebuilt) for table in PROJECTIONS)
                return tuple(one for one in found if one is not None)
        finally:
            aside.dispose()


def replay(
    source: Connection, target: Connection, ledger: str, progress: Progress = lambda done, total: None
) -> None:
    """Follow the whole ledger in ``source`` into the empty projections in ``target``."""
    log = LogReader(source, ledger)
    total = log.head().size
    book = StoreBook(target, ledger)
    projector = Projector()
    for done, record in enumerate(log.stream(), 1):
        entry = Entry.parse(record.entry)
        projector.follow(book, entry.index, entry.time, Statement.parse(record.statement), record.bodies)
        progress(done, total)


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Connection]:
    """A transaction all of whose reads see one moment; on SQLite every reading transaction does."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


def _difference(table: Table, ledger: str, live: Connection, rebuilt: Connection) -> Difference | None:
    first: Difference | None = None
    count = 0
    for ours, theirs in _pairs(_keyed(table, ledger, live), _keyed(table, ledger, rebuilt)):
        if ours == theirs:
            continue
        count += 1
        if first is None:
            first = _named(table, ours, theirs)
    return None if first is None else Difference(first.table, first.key, first.live, first.rebuilt, count)


def _named(table: Table, ours: dict[str, Any] | None, theirs: dict[str, Any] | None) -> Difference:
    row = ours or theirs or {}
    keys = [column.name for column in table.primary_key if column.name != "ledger"]
    both = ours is not None and theirs is not None
    names = [name for name in row if not both or (ours or {})[name] != (theirs or {})[name]]
    return Difference(
        table=table.name,
        key={name: row[name] for name in keys},
        live={name: ours[name] for name in names} if ours else {},
        rebuilt={name: theirs[name] for name in names} if theirs else {},
        rows=1,
    )


Keyed = tuple[tuple[Any, ...], dict[str, Any]]


def _keyed(table: Table, ledger: str, connection: Connection) -> Iterator[Keyed]:
    keys = [column.name for column in table.primary_key]
    statement = select(table).where(table.c.ledger == ledger).order_by(*table.primary_key)
    for row in connection.execute(statement, execution_options={"yield_per": _ROWS}).mappings():
        yield tuple(row[name] for name in keys), dict(row)


def _pairs(
    ours: Iterator[Keyed], theirs: Iterator[Keyed]
) -> Iterator[tuple[dict[str, Any] | None, dict[str, Any] | None]]:
    """Rows of both sides, each in the order of its keys, side by side; None where one has no such row."""
    left, right = next(ours, None), next(theirs, None)
    while left is not None or right is not None:
        if right is None or (left is not None and left[0] < right[0]):
            yield left[1] if left else None, None
            left = next(ours, None)
        elif left is None or right[0] < left[0]:
            yield None, right[1]
            right = next(theirs, None)
        else:
            yield left[1], right[1]
            left, right = next(ours, None), next(theirs, None)
