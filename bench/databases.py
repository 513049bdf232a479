"""Fresh databases to measure on: files and a PostgreSQL server of the bench's own, both as durable as in service."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from tests.databases import PostgresServer, make_server_folder

KINDS = ("SQLite", "PostgreSQL")


@contextmanager
def server() -> Iterator[PostgresServer]:
    """The tests' PostgreSQL, which does not sync, told to sync."""
    made = PostgresServer(make_server_folder())
    try:
        made.ensure()
        engine = create_engine(made.url(), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for setting in ("fsync", "full_page_writes"):
                connection.execute(text(f"ALTER SYSTEM SET {setting} = on"))
            connection.execute(text("SELECT pg_reload_conf()"))
        engine.dispose()
        yield made
    finally:
        made.stop()


@contextmanager
def fresh(kind: str, postgres: PostgresServer) -> Iterator[tuple[Path, str]]:
    """A folder, and the URL of an empty database that is not there any more afterwards."""
    with tempfile.TemporaryDirectory(prefix=f"bench-{uuid.uuid4().hex[:6]}-") as folder:
        if kind == "SQLite":
            yield Path(folder), f"sqlite:///{folder}/trace.db"
        else:
            with postgres.database(migrated=False) as url:
                yield Path(folder), url
