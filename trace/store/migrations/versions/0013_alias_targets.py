"""By what goods foreign codes are found: forms know their goods by them."""

from __future__ import annotations

from trace.store.migrations import columns

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INDEXES = {
    "aliases_by_target": ("aliases", "target"),
}


def upgrade() -> None:
    """Make the index."""
    columns.create({}, INDEXES)
