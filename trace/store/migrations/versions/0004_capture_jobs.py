"""Documents that were accepted and are being recorded."""

from __future__ import annotations

from trace.store.migrations import columns

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = {
    "capture_jobs": (
        "id",
        "id party created:time finished:time? behaviour running:yesno success:yesno sha256 body:bytes? "
        "errors:text claimed_until:time? attempts:count",
    ),
}

INDEXES = {
    "capture_jobs_by_party": ("capture_jobs", "party id"),
    "capture_jobs_by_state": ("capture_jobs", "running id"),
}


def upgrade() -> None:
    """Make the tables."""
    columns.create(TABLES, INDEXES)
