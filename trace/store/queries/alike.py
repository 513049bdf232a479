"""Events of the same content, by their CBV event hash."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, or_, select

from trace.ledger import canonical as jcs
from trace.store import projection_tables as t
from trace.store.engine import Direct
from trace.store.queries.find import takes_part
from trace.store.tables import Name, bodies

_HASH = "eventHash"
_MOST = 100  # of one event; whoever declares it wrong so often is not told any more that he did before


def known_as(connection: Connection, ledger: str, hash: str, event_id: str, reader: str | None) -> bool:
    """Whether an event of this hash is recorded that may be called so: by this id, or by its hash in want of one.

    An event that has the hash itself for an id may be called anything. Declarations of errors are left out, and
    what ``reader`` may not read: nobody takes an event from its owner by recording it first, nor finds it by guessing.
    None reads all.
    """
    asked = (ledger, _HASH, hash, event_id, hash, event_id, hash)
    if _STANDING.first(connection, *asked) is None:
        return False
    named = {"ledger": ledger, "name": _HASH, "hash": hash, "event_id": event_id, "hash_too": hash}
    named |= {"id_again": event_id, "hash_again": hash}
    return _any_read(
        connection, ledger, connection.execute(_ALL_STANDING.limit(_MOST), named).scalars(), reader
    )


def declarations(
    connection: Connection, ledger: str, hash: str, reader: str | None
) -> Iterator[tuple[str, Any]]:
    """Those that declare an event of this hash wrong, oldest first: id, and errorDeclaration as it came."""
    found = connection.execute(_DECLARING, {"ledger": ledger, "hash": hash}).all()
    for index, event_id, body in found:
        if _any_read(connection, ledger, (index,), reader):
            yield event_id, jcs.decode(bytes(body))["data"]["event"].get("errorDeclaration")


def recorded(connection: Connection, ledger: str, event_id: str, reader: str | None) -> bool:
    """Whether an event that the reader may read is recorded under this id."""
    if _RECORDED.first(connection, ledger, event_id) is None:
        return False
    indices = connection.execute(
        _ALL_RECORDED.limit(_MOST), {"ledger": ledger, "event_id": event_id}
    ).scalars()
    return _any_read(connection, ledger, indices, reader)


def _any_read(connection: Connection, ledger: str, indices: Iterable[int], reader: str | None) -> bool:
    if reader is None:
        return True
    return any(takes_part(connection, ledger, reader, (index,)) for index in list(indices))


_terms, _events = t.event_terms.c, t.events.c
_ALL_RECORDED: Select[Any] = select(_events.index).where(
    _events.ledger == bindparam("ledger"), _events.event_id == bindparam("event_id")
)
_RECORDED = Direct(_ALL_RECORDED)
_ALL_STANDING: Select[Any] = (
    select(_events.index)
    .join(t.event_terms, and_(_terms.ledger == _events.ledger, _terms.index == _events.index))
    .where(_terms.ledger == bindparam("ledger"), _terms.name == bindparam("name"))
    .where(_terms.value == bindparam("hash"), _events.declares_error.is_(False))
    .where(
        or_(
            _events.event_id == bindparam("event_id"),
            _events.event_id == bindparam("hash_too"),
            bindparam("id_again", type_=Name) == bindparam("hash_again", type_=Name),
        )
    )
)
_STANDING = Direct(_ALL_STANDING)
_DECLARING: Select[Any] = (
    select(_events.index, _events.event_id, bodies.c.body)
    .join(t.event_terms, and_(_terms.ledger == _events.ledger, _terms.index == _events.index))
    .join(bodies, and_(bodies.c.ledger == _events.ledger, bodies.c.index == _events.index))
    .where(_terms.ledger == bindparam("ledger"), _terms.name == _HASH)
    .where(_terms.value == bindparam("hash"), _events.declares_error.is_(True))
    .where(bodies.c.compartment == "full")
    .order_by(_events.index)
    .limit(_MOST)
)
