"""Tables of what consumers say: complaints and answers follow the ledger, photos do not and can be deleted.

The ledger holds a photo by its SHA-256 alone, so that one which must go leaves no gap in the chain.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, PrimaryKeyConstraint, Table

from trace.store.engine import UtcDateTime
from trace.store.tables import Name, metadata

# A complaint by the number that whoever made it holds; ``index`` is its entry. ``state``: filed | answered | closed.
complaints = Table(
    "complaints",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("number", Name, nullable=False),
    Column("batch", Name, nullable=False),
    Column("kind", Name, nullable=False),
    Column("serial", Name),
    Column("state", Name, nullable=False),
    Column("filed", UtcDateTime, nullable=False),
    Column("index", BigInteger, nullable=False),
    PrimaryKeyConstraint("ledger", "number"),
    Index("complaints_by_batch", "ledger", "batch", "index"),
    Index("complaints_by_index", "ledger", "index"),
)

# What was answered to the complaint in entry ``complaint``; ``closes``: whoever answered holds it to be settled.
complaint_answers = Table(
    "complaint_answers",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("index", BigInteger, nullable=False),
    Column("complaint", BigInteger, nullable=False),
    Column("by_party", Name, nullable=False),
    Column("answer", Name, nullable=False),
    Column("closes", Boolean, nullable=False),
    Column("recorded", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("ledger", "index"),
    Index("complaint_answers_by_complaint", "ledger", "complaint", "index"),
)

CONSUMER_TABLES: tuple[Table, ...] = (complaints, complaint_answers)
"""Those that follow the ledger."""

photos = Table(
    "photos",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("sha256", Name, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("ledger", "sha256"),
)
