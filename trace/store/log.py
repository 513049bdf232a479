"""Reads of one ledger: its head, records, hashes for proofs, and C2SP tiles.

A LogReader lives inside one transaction. Every size it is asked about must be one that the ledger has
reached; what was appended does not change, so tiles, proofs and records of an old size are always the same
bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, Select, Table, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from trace.ledger import merkle, tiles
from trace.store.tables import bodies, checkpoints, entries, heads, statements, subtrees

_Row: TypeAlias = Row[*tuple[Any, ...]]
_Query: TypeAlias = Select[*tuple[Any, ...]]

TILE_HEIGHT = tiles.HEIGHT
TILE_WIDTH = tiles.WIDTH
"""Hashes in a full tile (C2SP tlog-tiles: 256)."""

CHUNK = 256
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
    filed: tuple[object, ...] = ()
    """Columns that repeat the statement for look-ups: its hash, kind, party, key and id."""


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


def _head(row: _Row) -> Head:
    size, last_leaf, last_time, frontier = row
    return Head(size, _bytes(last_leaf), last_time, merkle.Frontier.from_bytes(_bytes(frontier)))


def _bytes(value: object) -> bytes:
    """What the ledger wrote, as bytes; nothing for a value of another type, which SQLite keeps in any column."""
    return bytes(value) if isinstance(value, bytes | memoryview) else b""


class LogReader:
    """Reads of one ledger in one transaction; see the module."""

    def __init__(self, connection: Connection, ledger: str) -> None:
        self._connection = connection
        self._ledger = ledger
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    def head(self) -> Head:
        """The committed head."""
        return read_head(self._connection, self._ledger)

    # -- records ---------------------------------------------------------------------------------------------

    def entry(self, index: int) -> bytes:
        """One entry's bytes. Raises NotInLog."""
        return self._span(_ENTRIES, "entry", index, 1)[0]

    def record(self, index: int) -> Record:
        """One entry with its statement and bodies. Raises NotInLog."""
        found = next(self._chunk(index, index + 1), None)
        if found is None:
            raise NotInLog(f"entry {index}")
        return found

    def stream(self, start: int = 0) -> Iterator[Record]:
        """All records from an index on, ascending, as far as there are entries; some hundreds are in memory.

        Nothing is judged: a gap is passed over, and a missing statement is empty bytes, so that the verifier
        sees the tables as they are.
        """
        span = {"ledger": self._ledger, "first": start}
        while (row := self._connection.execute(_NEXT, span).first()) is not None:
            first = int(row[0])
            yield from self._chunk(first, first + CHUNK)
            span["first"] = first + CHUNK

    def _chunk(self, first: int, end: int) -> Iterator[Record]:
        span = {"ledger": self._ledger, "first": first, "end": end}
        said: dict[int, tuple[bytes, tuple[object, ...]]] = {}
        for index, statement, *columns in self._connection.execute(_STATEMENTS, span):
            said[index] = (_bytes(statement), tuple(columns))
        kept: dict[int, dict[str, bytes]] = {}
        for index, compartment, body in self._connection.execute(_BODIES, span):
            kept.setdefault(index, {})[compartment] = _bytes(body)
        for index, entry, leaf in self._connection.execute(_RECORDS, span).all():
            statement, filed = said.get(index, (b"", ()))
            yield Record(index, _bytes(entry), _bytes(leaf), statement, kept.get(index, {}), filed)

    # -- the tree --------------------------------------------------------------------------------------------

    def hashes(self, level: int, index: int) -> bytes:
        """Hash of a perfect subtree of the tree (a `merkle.Reader`). Raises NotInLog where it is not full."""
        tile_level, height = divmod(level, TILE_HEIGHT)
        first = index << height
        tile = self._tile(tile_level, first // TILE_WIDTH)
        start = first % TILE_WIDTH
        layer = tile[start : start + (1 << height)]
        if len(layer) != 1 << height:
            raise NotInLog(f"subtree {level}/{index}")
        while len(layer) > 1:
            layer = [merkle.node_hash(*layer[at : at + 2]) for at in range(0, len(layer), 2)]
        return layer[0]

    def tile(self, level: int, index: int, width: int = TILE_WIDTH) -> bytes:
        """Bytes of a tile of hashes (C2SP tlog-tiles, "Merkle Tree"). Raises NotInLog."""
        return b"".join(self._hashes(level, index, width))

    def entries_tile(self, index: int, width: int = TILE_WIDTH) -> bytes:
        """Bytes of an entry bundle (C2SP tlog-tiles, "Log Entries"). Raises NotInLog."""
        return tiles.encode_entries(self._span(_ENTRIES, "entries", index * TILE_WIDTH, width))

    def _tile(self, level: int, index: int) -> list[bytes]:
        """The hashes of a tile, as many as there are; kept, since a proof asks the same tile many times."""
        if (level, index) not in self._tiles:
            first = index * TILE_WIDTH
            rows = self._rows(_LEAVES if level == 0 else _SUBTREES, level, first, first + TILE_WIDTH)
            self._tiles[level, index] = list(_unbroken(rows, first))
        return self._tiles[level, index]

    def _hashes(self, level: int, index: int, width: int) -> list[bytes]:
        if level == 0:
            return self._span(_LEAVES, "tile 0", index * TILE_WIDTH, width)
        return self._span(_SUBTREES, f"tile {level}", index * TILE_WIDTH, width, level)

    def _span(self, query: _Query, what: str, first: int, count: int, level: int = 0) -> list[bytes]:
        """Exactly the values from an index on; raises NotInLog where one is missing."""
        if first < 0 or not 1 <= count <= TILE_WIDTH:
            raise NotInLog(f"{what} at {first}, {count} wide")
        found = list(_unbroken(self._rows(query, level, first, first + count), first))
        if len(found) != count:
            raise NotInLog(f"{what} at {first}, {count} wide")
        return found

    def _rows(self, query: _Query, level: int, first: int, end: int) -> Iterable[_Row]:
        span = {"ledger": self._ledger, "level": level, "first": first, "end": end}
        return self._connection.execute(query, span)

    # -- checkpoints -----------------------------------------------------------------------------------------

    def checkpoint(self, size: int | None = None) -> str | None:
        """The signed note over `size` entries, or the newest; None where there is none."""
        query = select(checkpoints.c.note).where(checkpoints.c.ledger == self._ledger)
        if size is not None:
            query = query.where(checkpoints.c.size == size)
        return self._connection.execute(query.order_by(checkpoints.c.size.desc()).limit(1)).scalar()

    def checkpoints(self) -> list[str]:
        """Every signed note, the smallest tree first."""
        query = select(checkpoints.c.note).where(checkpoints.c.ledger == self._ledger)
        return list(self._connection.execute(query.order_by(checkpoints.c.size)).scalars())


def _unbroken(rows: Iterable[_Row], first: int) -> Iterator[bytes]:
    """The values of (index, value) rows as long as no index is missing."""
    for place, (index, value) in enumerate(rows, first):
        if index != place:
            return
        yield _bytes(value)


def _spanning(table: Table, *names: str) -> _Query:
    """Columns of a ledger's rows from index `first` to before `end`, in order."""
    return (
        select(*(table.c[name] for name in names))
        .where(table.c.ledger == bindparam("ledger"))
        .where(table.c["index"] >= bindparam("first"), table.c["index"] < bindparam("end"))
        .order_by(*table.primary_key.columns)
    )


_ENTRIES = _spanning(entries, "index", "entry")
_LEAVES = _spanning(entries, "index", "leaf")
_RECORDS = _spanning(entries, "index", "entry", "leaf")
_SUBTREES = _spanning(subtrees, "index", "hash").where(subtrees.c.level == bindparam("level"))
_STATEMENTS = _spanning(statements, "index", "statement", "hash", "kind", "by_party", "key", "sid")
_BODIES = _spanning(bodies, "index", "compartment", "body")
_NEXT = (
    select(entries.c["index"])
    .where(entries.c.ledger == bindparam("ledger"), entries.c["index"] >= bindparam("first"))
    .order_by(entries.c["index"])
    .limit(1)
)
