"""Reads of one ledger: its head, records, hashes for proofs, and C2SP tiles.

A LogReader lives inside one transaction. Every size it is asked about must be one that the ledger has
reached; what was appended does not change, so tiles, proofs and records of an old size are always the same
bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from trace.ledger import merkle
from trace.store.tables import heads

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
"""Hashes in a full tile (C2SP tlog-tiles: 256)."""

CHUNK = 1024
"""Entries that `stream` reads at once."""

NO_LEAF = bytes(merkle.HASH_SIZE)
"""Stands for the leaf before the first: the first entry's `prev` is its hex."""


class NotInLog(LookupError):
    """The ledger has no such entry, tile or size; ``what`` says which."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True)
class Head:
    """The growing end of a ledger: number of entries, last leaf hash, last time, the tree's edge."""

    size: int = 0
    last_leaf: bytes = NO_LEAF
    last_time: datetime | None = None
    frontier: merkle.Frontier = field(default_factory=merkle.Frontier)

    @property
    def root(self) -> bytes:
        """Merkle tree hash over all entries (RFC 6962 section 2.1)."""
        return self.frontier.root()


@dataclass(frozen=True)
class Record:
    """One entry, its statement and those of its bodies that are kept, as the bytes that were hashed."""

    index: int
    entry: bytes
    leaf: bytes
    statement: bytes
    bodies: Mapping[str, bytes]


_BY_LEDGER = heads.c.ledger == bindparam("ledger")
_HEAD = select(heads.c.size, heads.c.last_leaf, heads.c.last_time, heads.c.frontier).where(_BY_LEDGER)
_HEAD_LOCKED = _HEAD.with_for_update()


def read_head(connection: Connection, ledger: str) -> Head:
    """The committed head; an empty one for a ledger that has no row yet."""
    row = connection.execute(_HEAD, {"ledger": ledger}).first()
    return Head() if row is None else _head(row)


def lock_head(connection: Connection, ledger: str) -> Head:
    """Take the head for appending, as a statement of its own: what is read after it is what the last
    holder left.

    On PostgreSQL the row is locked until the transaction ends. On SQLite the transaction holds the whole
    file already. The row of a new ledger is made here.
    """
    row = connection.execute(_HEAD_LOCKED, {"ledger": ledger}).first()
    if row is None:
        # Two processes may come here at once: the second waits for the first to commit, inserts nothing
        # and then locks the first one's row.
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        empty = merkle.Frontier().to_bytes()
        first = {"ledger": ledger, "size": 0, "last_leaf": NO_LEAF, "frontier": empty}
        connection.execute(insert(heads).values(first).on_conflict_do_nothing())
        row = connection.execute(_HEAD_LOCKED, {"ledger": ledger}).one()
    return _head(row)


def _head(row: Row[Any, Any, Any, Any]) -> Head:
    size, last_leaf, last_time, frontier = row
    return Head(size, bytes(last_leaf), last_time, merkle.Frontier.from_bytes(bytes(frontier)))
