"""Tables of the ledger itself, of idempotency, and of keys. The tables that follow it are
``projection_tables``.

Every row carries its ledger's origin in ``ledger``. What is hashed or signed is kept as the bytes it was.
Rows of ``APPEND_ONLY`` tables are never changed or removed: triggers refuse UPDATE and DELETE (and
TRUNCATE) on both databases, and on SQLite the INSERT OR REPLACE that would pass by them.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from trace.store.engine import UtcDateTime

metadata = MetaData()

# Byte order on both databases.
Name = Text().with_variant(Text(collation="C"), "postgresql")

# The ledger's growing end: everything one needs to append. ``frontier`` is ``merkle.Frontier.to_bytes``.
heads = Table(
    "heads",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("last_leaf", LargeBinary, nullable=False),  # 32 zero bytes before the first entry
    Column("last_time", UtcDateTime),
    Column("frontier", LargeBinary, nullable=False),
    PrimaryKeyConstraint("ledger"),
)

entries = Table(
    "entries",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("index", BigInteger, nullable=False),
    Column("entry", LargeBinary, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    PrimaryKeyConstraint("ledger", "index"),
    sqlite_with_rowid=False,
)

# ``statement`` is the whole; the columns before it are read off it. ``hash`` and ``key`` are 64 hex digits,
# ``sid`` is the statement's ``id``: what a party says under one id is recorded once.
statements = Table(
    "statements",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("index", BigInteger, nullable=False),
    Column("hash", Name, nullable=False),
    Column("kind", Name, nullable=False),
    Column("by_party", Name, nullable=False),
    Column("key", Name, nullable=False),
    Column("sid", Name, nullable=False),
    Column("statement", LargeBinary, nullable=False),
    PrimaryKeyConstraint("ledger", "index"),
    Index("statements_once", "ledger", "by_party", "sid", unique=True),
    Index("statements_by_kind", "ledger", "kind", "index"),
)

bodies = Table(
    "bodies",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("index", BigInteger, nullable=False),
    Column("compartment", Name, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("ledger", "index", "compartment"),
)

# Roots of the full tiles of 256 hashes: level 1 stands over 256 leaves, level 2 over 256 of level 1, and
# so on (C2SP tlog-tiles, "Merkle Tree"). With the leaves they are all the hashes that tiles and proofs
# need.
subtrees = Table(
    "subtrees",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("level", Integer, nullable=False),
    Column("index", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    PrimaryKeyConstraint("ledger", "level", "index"),
    sqlite_with_rowid=False,
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Column("signed_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("ledger", "size"),
)

# First answers, by idempotency key; ``digest`` is the SHA-256 (hex) of the request they answer.
requests = Table(
    "requests",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("key", Name, nullable=False),
    Column("digest", Name, nullable=False),
    Column("response", Text, nullable=False),
    PrimaryKeyConstraint("ledger", "key"),
)

APPEND_ONLY = ("entries", "statements", "bodies", "subtrees", "checkpoints", "requests")

# Keys of the API; only their SHA-256 is kept.
api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Name, nullable=False),
    Column("ledger", Name, nullable=False),
    Column("hash", Name, nullable=False),
    Column("party", Name, nullable=False),
    Column("role", Name, nullable=False),
    Column("label", Text, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("revoked", UtcDateTime),
    PrimaryKeyConstraint("ledger", "id"),
    Index("api_keys_once", "ledger", "hash", unique=True),
    Index("api_keys_by_party", "ledger", "party"),
)

# Keys that sign for parties; ``sealed`` is the private key under the operator's master key, null when the
# party keeps it itself.
signing_keys = Table(
    "signing_keys",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("key_id", Name, nullable=False),
    Column("party", Name, nullable=False),
    Column("public", LargeBinary, nullable=False),
    Column("sealed", LargeBinary),
    Column("created", UtcDateTime, nullable=False),
    Column("revoked", UtcDateTime),
    PrimaryKeyConstraint("ledger", "key_id"),
    Index("signing_keys_by_party", "ledger", "party"),
)
