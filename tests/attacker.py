"""Somebody who can write to the database: what he does to a ledger, in small steps that tests put together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, insert, inspect, select, text, update

from trace.ledger import checkpoint, merkle
from trace.ledger.note import Signer
from trace.ledger.records import FIRST_PREV, Entry
from trace.store.engine import writing
from trace.store.tables import bodies, checkpoints, entries, heads, statements


@contextmanager
def break_in(engine: Engine) -> Iterator[Attacker]:
    """A way into the tables past the triggers; what is done is committed."""
    with writing(engine) as connection:
        _drop_triggers(connection)
        yield Attacker(connection)


def _drop_triggers(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        for table in inspect(connection).get_table_names():
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        return
    names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
    for name in names:
        connection.execute(text(f"DROP TRIGGER {name}"))


def flip(data: bytes, position: int) -> bytes:
    """The same bytes with the lowest bit of one of them turned."""
    changed = bytearray(data)
    changed[position] ^= 1
    return bytes(changed)


@dataclass
class Attacker:
    """Writes to the tables as no part of the service would."""

    connection: Connection

    # -- single rows -------------------------------------------------------------------------------------------

    def entry(self, index: int) -> Entry:
        """The entry as it is stored."""
        row = self.connection.execute(select(entries.c.entry).where(entries.c["index"] == index)).scalar_one()
        return Entry.parse(bytes(row))

    def set(self, table: Table, index: int, **values: Any) -> None:
        """Change columns of the row (or rows) of an entry."""
        changed = self.connection.execute(update(table).where(table.c["index"] == index).values(**values))
        assert changed.rowcount

    def value(self, table: Table, column: str, index: int) -> Any:
        """A column of the row of an entry."""
        chosen = select(table.c[column]).where(table.c["index"] == index).limit(1)
        return self.connection.execute(chosen).scalar_one()

    def remove(self, table: Table, index: int) -> None:
        """Delete the rows of an entry from one table."""
        assert self.connection.execute(delete(table).where(table.c["index"] == index)).rowcount

    def remove_entry(self, index: int) -> None:
        """Delete an entry with its statement and bodies."""
        for table in (entries, statements, bodies):
            self.remove(table, index)

    def swap(self, table: Table, first: int, second: int) -> None:
        """Exchange the rows of two entries in one table."""
        aside = -1
        for old, new in ((first, aside), (second, first), (aside, second)):
            self.connection.execute(update(table).where(table.c["index"] == old).values({"index": new}))

    # -- the whole suffix ----------------------------------------------------------------------------------------

    def recompute(self, start: int, change: Callable[[Entry], dict[str, Any]] = lambda entry: {}) -> None:
        """Chain all entries from ``start`` on anew, with what ``change`` makes of each, and mend the head."""
        size = self.connection.execute(select(entries.c["index"]).order_by(entries.c["index"].desc())).first()
        last = -1 if size is None else int(size[0])
        prev = self.entry(start - 1).leaf.hex() if start else FIRST_PREV
        for index in range(start, last + 1):
            old = self.entry(index)
            fields = {"index": index, "time": old.time, "statement": old.statement, **change(old)}
            fresh = Entry.create(**fields, prev=prev)
            self.set(entries, index, entry=fresh.encoded, leaf=fresh.leaf)
            prev = fresh.leaf.hex()
        self.mend_head()

    def mend_head(self) -> None:
        """Make the head fit the entries that are there."""
        frontier = merkle.Frontier()
        chosen = select(entries.c.entry).order_by(entries.c["index"])
        kept = [Entry.parse(bytes(one)) for one in self.connection.execute(chosen).scalars()]
        for entry in kept:
            frontier.append(entry.leaf)
        fitting = {
            "size": frontier.size,
            "last_leaf": kept[-1].leaf,
            "last_time": datetime.fromisoformat(kept[-1].time),
            "frontier": frontier.to_bytes(),
        }
        self.connection.execute(update(heads).values(**fitting))

    def sign_anew(self, signer: Signer) -> None:
        """With the stolen log key: throw away every checkpoint and sign one over what is there now."""
        row = self.connection.execute(select(heads)).one()
        when = self.connection.execute(select(checkpoints.c.signed_at)).scalars().first()
        self.connection.execute(delete(checkpoints))
        root = merkle.Frontier.from_bytes(bytes(row.frontier)).root()
        note = checkpoint.sign(checkpoint.Checkpoint(row.ledger, row.size, root), signer)
        self.connection.execute(
            insert(checkpoints).values(ledger=row.ledger, size=row.size, note=note, signed_at=when)
        )

    def forget_checkpoints(self) -> None:
        """Delete every signed checkpoint from the database."""
        self.connection.execute(delete(checkpoints))
