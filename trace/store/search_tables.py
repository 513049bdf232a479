"""What inspectors search by: numbers of papers. It follows the ledger as the tables of ``projection_tables`` do."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, Table

from trace.store.engine import UtcDateTime
from trace.store.tables import Name, metadata

# The ``n``-th paper of an event under each term that it is found by (see ``domain.papers``): a term's beginning is
# found by a range of the index, whatever the size of the ledger.
papers = Table(
    "papers",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("index", BigInteger, nullable=False),
    Column("n", Integer, nullable=False),
    Column("term", Name, nullable=False),
    Column("kind", Name, nullable=False),
    Column("number", Name, nullable=False),
    Column("event_time", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("ledger", "index", "n", "term"),
    Index("papers_by_term", "ledger", "term", "index", "n"),
)
