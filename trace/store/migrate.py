"""Brings a database to the newest schema: safe to call at every start, and by several processes at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

from trace.store.engine import writing

MIGRATIONS = Path(__file__).parent / "migrations"

# Any number that nobody else takes for a PostgreSQL advisory lock of the same database: "trace" in ASCII.
_LOCK = 0x7472616365


def upgrade(engine: Engine) -> None:
    """Run the migrations that the database has not seen, in one transaction: a failed one leaves nothing."""
    with _alone(engine) as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A transaction beside which no other process migrates: the file lock, or PostgreSQL's advisory lock."""
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        yield connection
