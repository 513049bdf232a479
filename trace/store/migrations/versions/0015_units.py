"""GS1 Company Prefixes of businesses, and the logistic units that were numbered under them."""

from __future__ import annotations

from trace.store.migrations import columns

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = {
    "company_prefixes": ("prefix", "prefix party first:index index:index"),
    "units_issued": ("prefix number", "prefix number:index unit party index:index"),
}

INDEXES = {
    "company_prefixes_by_party": ("company_prefixes", "party index"),
}


def upgrade() -> None:
    """Make the tables."""
    columns.create(TABLES, INDEXES)
