"""Serial codes, where they were seen, and what was uncovered."""

from __future__ import annotations

from trace.store.migrations import columns

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES: dict[str, tuple[str, str]] = {}

INDEXES: dict[str, tuple[str, str]] = {}


def upgrade() -> None:
    """Make the tables."""
    columns.create(TABLES, INDEXES)
