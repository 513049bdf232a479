"""What is on offer today, and who may enter for whom."""

from __future__ import annotations

from trace.store.migrations import columns

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = {
    "offers": ("party day", "party day kind items posted:time index:index"),
    "mandates": ("party clerk", "party clerk by_party given:time index:index ended_index:index?"),
}

INDEXES = {"mandates_by_clerk": ("mandates", "clerk")}


def upgrade() -> None:
    """Make the tables."""
    columns.create(TABLES, INDEXES)
