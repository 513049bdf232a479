"""Businesses that want to take part, areas, witnesses, and verdicts over the ledger."""

from __future__ import annotations

from trace.store.migrations import columns

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = {
    "applications": (
        "id",
        "id name:text role uscc? licence? region? address:text? contact:text phone:text login:text? state "
        "reason:text? party? created:time decided:time?",
    ),
    "areas": ("code", "code name:text"),
    "inspector_areas": ("party code", "party code"),
    "witnesses": (
        "id",
        "id vkey address added:time size:index cosigned:time? state told? told_size:index? failures:count "
        "next_try:time",
    ),
    "cosignatures": ("size witness", "size:index witness line time:time"),
    "verdicts": (
        "id",
        "id asked:time stage done:index total:index claimed_until:time? finished:time? ok:yesno? size:index? "
        "root? steps:text?",
    ),
}

INDEXES = {
    "applications_by_state": ("applications", "state created"),
    "witnesses_by_try": ("witnesses", "next_try"),
    "verdicts_by_time": ("verdicts", "asked"),
}


def upgrade() -> None:
    """Make the tables."""
    columns.create(TABLES, INDEXES)
