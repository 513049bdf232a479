"""Tables that follow the ledger: whose GS1 Company Prefix is whose, and which logistic units were numbered under it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, PrimaryKeyConstraint, Table

from trace.store.tables import Name, metadata

# ``first`` is the number that the party's units begin with here; what was said last counts.
company_prefixes = Table(
    "company_prefixes",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("prefix", Name, nullable=False),
    Column("party", Name, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("index", BigInteger, nullable=False),
    PrimaryKeyConstraint("ledger", "prefix"),
    Index("company_prefixes_by_party", "ledger", "party", "index"),
)

# A number that was given is never given again, whatever became of the unit.
units_issued = Table(
    "units_issued",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("prefix", Name, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("unit", Name, nullable=False),  # URI
    Column("party", Name, nullable=False),
    Column("index", BigInteger, nullable=False),
    PrimaryKeyConstraint("ledger", "prefix", "number"),
)

UNIT_TABLES: tuple[Table, ...] = (company_prefixes, units_issued)
