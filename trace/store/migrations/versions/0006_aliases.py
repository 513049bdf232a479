"""Foreign codes by which businesses know their goods."""

from __future__ import annotations

from trace.store.migrations import columns

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = {
    "aliases": ("alias", "alias target by_party index:index"),
}

INDEXES = {
    "aliases_by_party": ("aliases", "by_party index"),
}


def upgrade() -> None:
    """Make the tables."""
    columns.create(TABLES, INDEXES)
