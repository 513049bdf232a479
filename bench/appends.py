"""Ledger appends per second, beside the same rows inserted bare into the same database.

Statements are signed before the clock starts: what is measured is giving them their place. Both sides write the
same rows, byte for byte; the bare side has no chain, no tree, no lock and no look whether something was said before.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine, Table, select

from bench.databases import fresh
from bench.measure import Row, medians, timed
from tests.databases import PostgresServer
from trace.ledger.records import Statement, digest, make_body
from trace.store import migrate
from trace.store.engine import open_engine, reading
from trace.store.sequencer import Sequencer
from trace.store.tables import bodies, entries, statements
from trace.store.unit_of_work import UnitOfWork

ORIGIN = "bench.example/ledger"
SINGLE, THREADS, EACH, BULK = 400, 64, 40, 5000
TABLES = (entries, statements, bodies)

Said = tuple[Statement, Mapping[str, bytes]]
Rows = list[list[Sequence[Any]]]


def measure(kind: str, postgres: PostgresServer) -> list[Row]:
    """Appends one by one, 64 at a time and in bulk, each beside its limit."""
    numbers = itertools.count()

    def through(run: Callable[[Sequencer, list[Said]], int], count: int) -> Callable[[], float]:
        def once() -> float:
            said = [_said(next(numbers)) for _ in range(count)]
            with fresh(kind, postgres) as (_, url):
                engine = _opened(url)
                sequencer = Sequencer(engine, ORIGIN, lambda: datetime.now(UTC))
                sequencer.submit(
                    lambda uow: uow.append(*_said(-1))
                )  # the first takes what only a first one needs
                rate = timed(lambda: run(sequencer, said))
                engine.dispose()
                return rate

        return once

    each, whole = "bare, one transaction each", "bare, bulk"
    rate = medians(
        kind,
        {
            each: lambda: _bare(kind, postgres, SINGLE, 1),
            "one by one": through(_one_by_one, SINGLE),
            "64 concurrent": through(_crowd, THREADS * EACH),
            whole: lambda: _bare(kind, postgres, BULK, BULK),
            "bulk": through(_bulk, BULK),
        },
    )
    return [
        Row("one by one", rate["one by one"], each, rate[each]),
        Row("64 concurrent", rate["64 concurrent"], each, rate[each]),
        Row("64 concurrent", rate["64 concurrent"], "one by one", rate["one by one"]),
        Row("bulk (one job)", rate["bulk"], whole, rate[whole]),
    ]


def _one_by_one(sequencer: Sequencer, said: list[Said]) -> int:
    for one in said:
        sequencer.submit(_append(one))
    return len(said)


def _crowd(sequencer: Sequencer, said: list[Said]) -> int:
    parts = [said[at::THREADS] for at in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(lambda part: _one_by_one(sequencer, part), parts))


def _bulk(sequencer: Sequencer, said: list[Said]) -> int:
    def work(uow: UnitOfWork) -> None:
        for statement, kept in said:
            uow.append(statement, kept)

    sequencer.submit(work)
    return len(said)


def _append(one: Said) -> Callable[[UnitOfWork], object]:
    return lambda uow: uow.append(*one)


# -- the limit ---------------------------------------------------------------------------------------------------


def _bare(kind: str, postgres: PostgresServer, count: int, at_once: int) -> float:
    """The rows of as many appends, inserted by the database's own driver."""
    with fresh(kind, postgres) as (_, url):
        engine = _opened(url)
        _bulk(
            Sequencer(engine, ORIGIN, lambda: datetime.now(UTC)), [_said(number) for number in range(count)]
        )
        rows = _read(engine)
        engine.dispose()
    with fresh(kind, postgres) as (_, url):
        engine = _opened(url)
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            commands = [_command(connection, table) for table in TABLES]
            rate = timed(lambda: _insert(driver, commands, rows, at_once))
        engine.dispose()
    return rate


def _insert(driver: Any, commands: list[str], rows: Rows, at_once: int) -> int:
    count = len(rows[0])
    per_entry = [len(of_table) // count for of_table in rows]
    cursor = driver.cursor()
    for start in range(0, count, at_once):
        cursor.execute("BEGIN")
        for command, of_table, width in zip(commands, rows, per_entry, strict=True):
            cursor.executemany(command, of_table[start * width : (start + at_once) * width])
        cursor.execute("COMMIT")
    return count


def _read(engine: Engine) -> Rows:
    with reading(engine) as connection:
        return [
            [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in TABLES
        ]


def _command(connection: Connection, table: Table) -> str:
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    return f"INSERT INTO {table.name} ({names}) VALUES ({', '.join(mark for _ in table.columns)})"


# -- what is said ------------------------------------------------------------------------------------------------

_KEY = Ed25519PrivateKey.generate()
_EVENT = {
    "type": "ObjectEvent",
    "eventTime": "2026-11-02T00:30:00.000Z",
    "eventTimeZoneOffset": "+08:00",
    "action": "OBSERVE",
    "bizStep": "shipping",
    "disposition": "in_transit",
    "readPoint": {"id": "https://id.gs1.org/414/9521321000010"},
    "quantityList": [
        {"epcClass": "https://id.gs1.org/01/09521000000016/10/A1", "quantity": 120, "uom": "KGM"}
    ],
}


def _said(number: int) -> Said:
    """A statement with two bodies, of the size that a shipment has."""
    kept = {
        name: make_body({"event": {**_EVENT, "eventID": f"urn:uuid:{number}"}}, bytes(16))
        for name in ("full", "public")
    }
    statement = Statement.create(
        kind="epcis.event/1",
        by="https://id.gs1.org/417/9521321000010",
        ledger=ORIGIN,
        id=f"urn:uuid:{number}",
        digests={name: digest(body) for name, body in kept.items()},
        key=_KEY,
    )
    return statement, kept


def _opened(url: str) -> Engine:
    engine = open_engine(url)
    migrate.upgrade(engine)
    return engine
