"""Fixtures for tests of the services, on both databases."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import scenario
from tests.databases import PostgresServer


class Prepared:
    """Ledgers with the cast registered, one for each kind of database, made when first wanted and then copied."""

    def __init__(self, folder: Path, request: pytest.FixtureRequest) -> None:
        self._folder = folder
        self._request = request
        self._open = ExitStack()
        self._made: dict[str, scenario.World] = {}

    def copy(self, kind: str, folder: Path, stack: ExitStack) -> scenario.World:
        """A world of its own for one test, in ``folder``; what ``stack`` holds takes it away again."""
        if kind not in self._made:
            self._made[kind] = self._make(kind)
        made = self._made[kind]
        shutil.copytree(made.var, folder / "var")
        if kind == "sqlite":
            shutil.copyfile(made.url.removeprefix("sqlite:///"), folder / "trace.db")
            url = f"sqlite:///{folder / 'trace.db'}"
        else:
            url = stack.enter_context(self._server().database(migrated=True, template=made.url))
        return stack.enter_context(scenario.copied(made, folder / "var", url))

    def close(self) -> None:
        self._open.close()

    def _make(self, kind: str) -> scenario.World:
        var = self._folder / kind
        if kind == "sqlite":
            url = f"sqlite:///{self._folder / 'trace.db'}"
        else:
            url = self._open.enter_context(self._server().database(migrated=True))
        with scenario.world(var, url) as made:
            return made

    def _server(self) -> PostgresServer:
        server: PostgresServer = self._request.getfixturevalue("postgres_server")
        return server


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Prepared]:
    """The ledgers that every ``world`` is a copy of."""
    made = Prepared(tmp_path_factory.mktemp("prepared"), request)
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, prepared: Prepared, tmp_path: Path) -> Iterator[scenario.World]:
    """A cast of businesses on a ledger of their own, which must verify when the test is over.

    A test of one database alone says ``@pytest.mark.parametrize("world", ["sqlite"], indirect=True)``.
    """
    with ExitStack() as stack:
        yield prepared.copy(request.param, tmp_path, stack)
