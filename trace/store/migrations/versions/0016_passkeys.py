"""Passkeys, and the challenges that they answer."""

from __future__ import annotations

from alembic import op

from trace.store.migrations import columns

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = {
    "passkeys": (
        "id",
        "id user credential key:bytes counter:index under name:text created:time used:time? suspect:time?",
    ),
    "passkey_challenges": ("challenge", "challenge bound user? place expires:time"),
}

INDEXES = {
    "passkeys_by_user": ("passkeys", "user"),
    "passkey_challenges_by_place": ("passkey_challenges", "place expires"),
    "passkey_challenges_by_time": ("passkey_challenges", "expires"),
}


def upgrade() -> None:
    """Make the tables."""
    columns.create(TABLES, INDEXES)
    op.create_index("passkeys_once", "passkeys", ["ledger", "credential"], unique=True)
