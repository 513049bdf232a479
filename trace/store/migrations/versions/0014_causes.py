"""Why goods were stopped and freed, as codes; and warnings of copies that were looked into."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trace.store.migrations import columns

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = {
    "clearances": ("code index", "code batch by_party recorded:time cause? reason index:index"),
}


def upgrade() -> None:
    """Add the columns, and make the table."""
    words = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    for name in ("cause", "released_cause"):
        op.add_column("stops", sa.Column(name, words, nullable=True))
    columns.create(TABLES, {})
