"""Tables that follow the ledger: what a party offers on a day, and who may enter for whom."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, PrimaryKeyConstraint, Table

from trace.store.engine import UtcDateTime
from trace.store.tables import Name, metadata

# What a stall has on sale, or a canteen on its menu, on one day; what was said last counts.
offers = Table(
    "offers",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("party", Name, nullable=False),
    Column("day", Name, nullable=False),  # ISO 8601, where the service is
    Column("kind", Name, nullable=False),  # goods | menu
    Column("items", Name, nullable=False),  # JSON: [{"name", "meal"?, "batches": [uri]}]
    Column("posted", UtcDateTime, nullable=False),
    Column("index", BigInteger, nullable=False),
    PrimaryKeyConstraint("ledger", "party", "day"),
)

# ``clerk`` may enter for ``party`` while ``ended_index`` is empty; a mandate given anew takes the old one's row.
mandates = Table(
    "mandates",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("party", Name, nullable=False),
    Column("clerk", Name, nullable=False),
    Column("by_party", Name, nullable=False),  # the party itself, or the operator with a paper in hand
    Column("given", UtcDateTime, nullable=False),
    Column("index", BigInteger, nullable=False),
    Column("ended_index", BigInteger),
    PrimaryKeyConstraint("ledger", "party", "clerk"),
    Index("mandates_by_clerk", "ledger", "clerk"),
)

OFFER_TABLES: tuple[Table, ...] = (offers, mandates)
