"""Users of businesses, their sessions, and invitations."""

from __future__ import annotations

from alembic import op

from trace.store.migrations import columns

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = {
    "users": (
        "id",
        "id party login name:text password:text rights created:time ended:time? failures:count wait_until:time?",
    ),
    "sessions": ("hash", "hash user acting_for? created:time seen:time"),
    "invitations": ("hash", "hash party rights invited_by created:time expires:time used:yesno"),
}

INDEXES = {
    "users_by_party": ("users", "party"),
    "sessions_by_user": ("sessions", "user"),
    "invitations_by_party": ("invitations", "party"),
}


def upgrade() -> None:
    """Make the tables."""
    columns.create(TABLES, INDEXES)
    op.create_index("users_once", "users", ["ledger", "login"], unique=True)
