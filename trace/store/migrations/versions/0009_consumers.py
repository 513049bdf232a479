"""Complaints, their answers, and photos."""

from __future__ import annotations

from trace.store.migrations import columns

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = {
    "complaints": ("number", "number batch kind serial? state filed:time index:index"),
    "complaint_answers": (
        "index",
        "index:index complaint:index by_party answer closes:yesno recorded:time",
    ),
    "photos": ("sha256", "sha256 bytes:bytes created:time"),
}

INDEXES = {
    "complaints_by_batch": ("complaints", "batch index"),
    "complaints_by_index": ("complaints", "index"),
    "complaint_answers_by_complaint": ("complaint_answers", "complaint index"),
}


def upgrade() -> None:
    """Make the tables."""
    columns.create(TABLES, INDEXES)
