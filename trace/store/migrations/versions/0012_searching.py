"""What inspectors search by."""

from __future__ import annotations

from trace.store.migrations import columns

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = {
    "papers": ("index n term", "index:index n:count term kind number event_time:time"),
}

INDEXES = {
    "papers_by_term": ("papers", "term index n"),
    "batches_by_expiry": ("batches", "expires"),
    "shipments_by_state": ("shipments", "state shipped"),
}


def upgrade() -> None:
    """Make the table; papers that were recorded before are filled in by ``trace.store.migrate``."""
    columns.create(TABLES, INDEXES)
