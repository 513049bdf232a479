"""Fixtures for tests of the services, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import scenario
from tests.databases import Database


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[scenario.World]:
    """A cast of businesses on a fresh ledger, which must verify when the test is over."""
    with scenario.world(tmp_path / "var", database.url) as made:
        yield made
