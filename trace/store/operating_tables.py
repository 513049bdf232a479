"""Tables of whoever runs the service: who wants to take part, areas, witnesses, and verdicts over the ledger.

They are neither ledger nor projection: what was decided is a record, how it came to be is not.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from trace.store.engine import UtcDateTime
from trace.store.tables import Name, metadata

# A business that wants to take part. ``id`` is its receipt number; contact and phone are emptied when it is decided.
# ``state``: open | approved | declined.
applications = Table(
    "applications",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("id", Name, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Name, nullable=False),
    Column("uscc", Name),
    Column("licence", Name),
    Column("region", Name),
    Column("address", Text),
    Column("contact", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("login", Text),
    Column("state", Name, nullable=False),
    Column("reason", Text),
    Column("party", Name),
    Column("created", UtcDateTime, nullable=False),
    Column("decided", UtcDateTime),
    PrimaryKeyConstraint("ledger", "id"),
    Index("applications_by_state", "ledger", "state", "created"),
)

# What the operator calls a division of GB/T 2260; parties and inspectors bear the code alone.
areas = Table(
    "areas",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("code", Name, nullable=False),
    Column("name", Text, nullable=False),
    PrimaryKeyConstraint("ledger", "code"),
)

# For which areas an inspector is responsible.
inspector_areas = Table(
    "inspector_areas",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("party", Name, nullable=False),
    Column("code", Name, nullable=False),
    PrimaryKeyConstraint("ledger", "party", "code"),
)

# Who cosigns checkpoints (C2SP tlog-witness). ``size`` is the largest tree that it cosigned; ``state``:
# new | cosigned | away | refused | alarm, ``told`` what it said last.
witnesses = Table(
    "witnesses",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("id", Name, nullable=False),
    Column("vkey", Name, nullable=False),
    Column("address", Name, nullable=False),
    Column("added", UtcDateTime, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("cosigned", UtcDateTime),
    Column("state", Name, nullable=False),
    Column("told", Name),
    Column("told_size", BigInteger),
    Column("failures", Integer, nullable=False),
    Column("next_try", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("ledger", "id"),
    Index("witnesses_by_try", "ledger", "next_try"),
)

# Signature lines of witnesses under checkpoints; kept, since each is evidence of what was shown.
cosignatures = Table(
    "cosignatures",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("witness", Name, nullable=False),
    Column("line", Name, nullable=False),
    Column("time", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("ledger", "size", "witness"),
)

# A verification of the whole ledger that was asked for: its progress, and what it found (``steps`` is JSON).
verdicts = Table(
    "verdicts",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("id", Name, nullable=False),
    Column("asked", UtcDateTime, nullable=False),
    Column("stage", Name, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("claimed_until", UtcDateTime),
    Column("finished", UtcDateTime),
    Column("ok", Boolean),
    Column("size", BigInteger),
    Column("root", Name),
    Column("steps", Text),
    PrimaryKeyConstraint("ledger", "id"),
    Index("verdicts_by_time", "ledger", "asked"),
)
