"""Serial codes, where they were seen, and what was uncovered."""

from __future__ import annotations

from trace.store.migrations import columns

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = {
    "serial_ranges": ("batch first", "batch first:index last:index cover:yesno by_party index:index"),
    "rolls": ("roll", "roll count:index cover:yesno by_party index:index"),
    "roll_bindings": ("roll first", "roll first:index last:index batch by_party index:index"),
    "scans": ("code", "code count:index first:time last:time"),
    "sightings": ("code time", "code time:time latitude:count longitude:count"),
    "reveals": ("code", "code day tries:count first:time?"),
}

INDEXES = {
    "rolls_by_party": ("rolls", "by_party index"),
    "roll_bindings_by_batch": ("roll_bindings", "batch"),
}


def upgrade() -> None:
    """Make the tables."""
    columns.create(TABLES, INDEXES)
