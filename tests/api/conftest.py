"""A service of its own for each test, behind the real application."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from api import create_app
from tests.api.world import World, settle
from tests.databases import Database
from trace.config import Config


def config_for(folder: Path, **more: str) -> Config:
    """A configuration whose files lie in ``folder``."""
    return Config.from_environment(
        {
            "TRACE_VAR": str(folder),
            "TRACE_BASE_URL": "https://trace.example",
            "TRACE_ORIGIN": "trace.example/log",
            **more,
        }
    )


@pytest.fixture
def world(tmp_path: Path, sqlite_template: Path) -> Iterator[World]:
    """A settled world on SQLite."""
    shutil.copyfile(sqlite_template, tmp_path / "trace.db")
    made = settle(create_app(config_for(tmp_path)))
    yield made
    made.ctx.sequencer.engine.dispose()


@pytest.fixture(scope="module")
def shared_world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[World]:
    """A settled world for all tests of a module, for those that leave nothing behind."""
    folder = tmp_path_factory.mktemp("shared")
    shutil.copyfile(sqlite_template, folder / "trace.db")
    made = settle(create_app(config_for(folder)))
    yield made
    made.ctx.sequencer.engine.dispose()


@pytest.fixture
def any_world(database: Database, tmp_path: Path) -> Iterator[World]:
    """A settled world on SQLite, and again on PostgreSQL."""
    made = settle(create_app(config_for(tmp_path / "var", TRACE_DATABASE_URL=database.url)))
    yield made
    made.ctx.sequencer.engine.dispose()
