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
        "id party login name:text password:text rights created:time ended:time?",
    ),
    "sessions": ("hash", "hash user acting_for? device created:time seen:time"),
    "invitations": (
        "hash",
        "hash id party rights user? login? invited_by created:time expires:time used:yesno",
    ),
    "tries": ("bucket", "bucket counted:count wait_until:time? latest:time"),
}

INDEXES = {
    "users_by_party": ("users", "party"),
    "sessions_by_user": ("sessions", "user"),
    "invitations_by_party": ("invitations", "party"),
    "tries_by_time": ("tries", "latest"),
}


def upgrade() -> None:
    """Make the tables."""
    columns.create(TABLES, INDEXES)
    op.create_index("users_once", "users", ["ledger", "login"], unique=True)
