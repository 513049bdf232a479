"""Brings a database to the newest schema: safe to call at every start, and by several processes at once.

A table that follows the ledger and is younger than the ledger is filled from it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, Table, exists, select, text

from trace.store import projection_tables as t
from trace.store import rebuild
from trace.store.engine import open_engine, writing
from trace.store.search_tables import papers
from trace.store.tables import heads, metadata

MIGRATIONS = Path(__file__).parent / "migrations"

# Any number that nobody else takes for a PostgreSQL advisory lock of the same database: "trace" in ASCII.
_LOCK = 0x7472616365

_ROWS = 1000  # copied at once


def upgrade(engine: Engine) -> None:
    """Run the migrations that the database has not seen, in one transaction: a failed one leaves nothing."""
    with _alone(engine) as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        for ledger in _unindexed(connection):
            _index(connection, ledger, t.FOUND_BY)
        for ledger in _without_papers(connection):
            _index(connection, ledger, (papers,))


def _unindexed(connection: Connection) -> list[str]:
    """Ledgers whose events were recorded before there was an index of them."""
    recorded = exists().where(t.events.c.ledger == heads.c.ledger)
    indexed = exists().where(t.event_terms.c.ledger == heads.c.ledger)
    return list(connection.execute(select(heads.c.ledger).where(recorded, ~indexed)).scalars())


def _without_papers(connection: Connection) -> list[str]:
    """Ledgers whose events name papers, recorded before these were found by their numbers."""
    terms = t.event_terms.c
    named = exists().where(
        terms.ledger == heads.c.ledger, terms.name > "bizTransaction.", terms.name < "bizTransaction/"
    )
    listed = exists().where(papers.c.ledger == heads.c.ledger)
    return list(connection.execute(select(heads.c.ledger).where(named, ~listed)).scalars())


def _index(connection: Connection, ledger: str, tables: Sequence[Table]) -> None:
    """Follow the whole ledger aside, as a rebuild does, and take over tables that are younger than it."""
    with tempfile.TemporaryDirectory() as folder:
        aside = open_engine(f"sqlite:///{Path(folder) / 'index.db'}")
        try:
            metadata.create_all(aside, tables=t.PROJECTIONS)
            with aside.connect() as rebuilt, rebuilt.begin():
                rebuild.replay(connection, rebuilt, ledger)
                for table in tables:
                    rows = rebuilt.execute(select(table), execution_options={"yield_per": _ROWS})
                    for part in rows.mappings().partitions(_ROWS):
                        connection.execute(table.insert(), [dict(row) for row in part])
        finally:
            aside.dispose()


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A transaction beside which no other process migrates: the file lock, or PostgreSQL's advisory lock."""
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        yield connection
