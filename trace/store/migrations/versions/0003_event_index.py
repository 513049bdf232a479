"""What events are found by: the words, numbers and times in them, and who may see them."""

from __future__ import annotations

from trace.store.migrations import columns

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = {
    "event_terms": ("name value index", "name value index:index event_time:time"),
    "event_numbers": ("name value index", "name value:number index:index event_time:time"),
    "event_times": ("name value index", "name value:time index:index"),
    "resources": ("reader name value", "reader name value index:index"),
}

INDEXES = {
    "event_terms_by_time": ("event_terms", "name value event_time index"),
}


def upgrade() -> None:
    """Make the tables."""
    columns.create(TABLES, INDEXES)
