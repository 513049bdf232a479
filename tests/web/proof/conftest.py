"""The page's own proof: its modules, and a site of each test's own that may be broken into."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.proof.judge import Judge, judging
from tests.web.proof.site import Site, running, tell_world


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    """The page's modules, in node."""
    with judging() as found:
        yield found


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> tuple[Path, dict[str, str]]:
    """The world's files, told once and copied for each test, and its pages."""
    var = tmp_path_factory.mktemp("told") / "var"
    return var, tell_world(var, sqlite_template)


@pytest.fixture
def site(told: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[Site]:
    """A site of its own for each test."""
    with running(*told, tmp_path) as found:
        yield found
