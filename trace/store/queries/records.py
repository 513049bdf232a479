"""What the ledger itself holds of many records at once, and how far it is signed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, select

from trace.store.book import chunks
from trace.store.tables import bodies, checkpoints, entries


def bodies_of(
    connection: Connection, ledger: str, indices: Collection[int], compartment: str
) -> Iterator[tuple[int, bytes]]:
    """One compartment's bodies of these entries, as the bytes that were hashed; those that are kept, ascending."""
    for part in chunks(sorted(set(indices))):
        asked = {"ledger": ledger, "compartment": compartment, "indices": part}
        for index, body in connection.execute(_BODIES, asked):
            yield index, bytes(body)


def newest_checkpoint(connection: Connection, ledger: str) -> tuple[str, bytes | None] | None:
    """The newest signed note and the last entry that it covers, if any; None before the first note."""
    row = connection.execute(_NEWEST, {"ledger": ledger}).first()
    if row is None:
        return None
    return row.note, None if row.entry is None else bytes(row.entry)


_BODIES: Select[Any] = (
    select(bodies.c.index, bodies.c.body)
    .where(bodies.c.ledger == bindparam("ledger"), bodies.c.compartment == bindparam("compartment"))
    .where(bodies.c.index.in_(bindparam("indices", expanding=True)))
    .order_by(bodies.c.index)
)

_NEWEST: Select[Any] = (
    select(checkpoints.c.note, entries.c.entry)
    .outerjoin(
        entries,
        and_(entries.c.ledger == checkpoints.c.ledger, entries.c.index == checkpoints.c.size - 1),
    )
    .where(checkpoints.c.ledger == bindparam("ledger"))
    .order_by(checkpoints.c.size.desc())
    .limit(1)
)
