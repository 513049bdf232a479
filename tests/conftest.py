"""Fixtures that every test may use; the databases among them are real (see ``databases``)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.databases import Database, PostgresServer, make_server_folder, make_sqlite, opened

# No test is judged by its speed. A check that others wait for tries the same examples each time; at one's own
# desk they are new at each run, and what they find becomes a test of its own.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

# Workers and the processes that tests start find the server by it.
_FOLDER = "PYTEST_POSTGRES_FOLDER"


def pytest_configure(config: pytest.Config) -> None:
    """The main process makes the server's folder; the server starts when a test first wants it."""
    if not hasattr(config, "workerinput"):
        os.environ[_FOLDER] = str(make_server_folder())


def pytest_unconfigure(config: pytest.Config) -> None:
    """The main process takes the server away again."""
    if not hasattr(config, "workerinput"):
        PostgresServer(Path(os.environ.pop(_FOLDER))).stop()


@pytest.fixture(scope="session")
def postgres_server() -> PostgresServer:
    """The running PostgreSQL server of this test run."""
    server = PostgresServer(Path(os.environ[_FOLDER]))
    server.ensure()
    return server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from."""
    return make_sqlite(tmp_path_factory.mktemp("sqlite") / "template.db")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A fresh migrated database, on SQLite and again on PostgreSQL.

    A test of one alone says ``@pytest.mark.parametrize("database", ["sqlite"], indirect=True)``.
    """
    if request.param == "sqlite":
        path = tmp_path / "trace.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        with opened("sqlite", f"sqlite:///{path}") as made:
            yield made
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        with server.database(migrated=True) as url, opened("postgresql", url) as made:
            yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table, on SQLite and again on PostgreSQL."""
    if request.param == "sqlite":
        with opened("sqlite", f"sqlite:///{tmp_path / 'empty.db'}") as made:
            yield made
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        with server.database(migrated=False) as url, opened("postgresql", url) as made:
            yield made
