"""Tables of the people who work with the pages: users of a business, their sessions, and invitations.

They are neither ledger nor projection: what people are called and how they sign in is nobody else's business, and it
can be forgotten.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, PrimaryKeyConstraint, Table, Text

from trace.store.engine import UtcDateTime
from trace.store.tables import Name, metadata

# ``login`` is what is typed to sign in, folded; ``password`` an argon2id hash. ``rights`` within the business:
# owner | clerk | reader.
users = Table(
    "users",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("id", Name, nullable=False),
    Column("party", Name, nullable=False),
    Column("login", Name, nullable=False),
    Column("name", Text, nullable=False),
    Column("password", Text, nullable=False),
    Column("rights", Name, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("ended", UtcDateTime),
    PrimaryKeyConstraint("ledger", "id"),
    Index("users_once", "ledger", "login", unique=True),
    Index("users_by_party", "ledger", "party"),
)

# Only the SHA-256 (hex) of a session's token is kept. ``acting_for`` is the business that is entered for (代录),
# ``device`` a word for the kind of machine, so that a user knows his sessions apart.
sessions = Table(
    "sessions",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("hash", Name, nullable=False),
    Column("user", Name, nullable=False),
    Column("acting_for", Name),
    Column("device", Name, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("seen", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("ledger", "hash"),
    Index("sessions_by_user", "ledger", "user"),
)

# A link by which a person becomes a user of a business, or (``user``) gets a new password, once; only the SHA-256
# (hex) of its token is kept. ``login`` is proposed in its form.
invitations = Table(
    "invitations",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("hash", Name, nullable=False),
    Column("id", Name, nullable=False),
    Column("party", Name, nullable=False),
    Column("rights", Name, nullable=False),
    Column("user", Name),
    Column("login", Name),
    Column("invited_by", Name, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("expires", UtcDateTime, nullable=False),
    Column("used", Boolean, nullable=False),
    PrimaryKeyConstraint("ledger", "hash"),
    Index("invitations_by_party", "ledger", "party"),
)

# Guesses that were counted, by the SHA-256 (hex) of what they are counted under; cleared after a day.
tries = Table(
    "tries",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("bucket", Name, nullable=False),
    Column("counted", Integer, nullable=False),
    Column("wait_until", UtcDateTime),  # nothing is looked at before
    Column("latest", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("ledger", "bucket"),
    Index("tries_by_time", "ledger", "latest"),
)
