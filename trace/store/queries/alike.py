"""Events of the same content, by their CBV event hash."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, or_, select

from trace.ledger import canonical as jcs
from trace.store import projection_tables as t
from trace.store.engine import Direct
from trace.store.tables import Name, bodies

_HASH = "eventHash"
_MOST = 100  # of one event; whoever declares it wrong so often is not told any more that he did before


def known_as(connection: Connection, ledger: str, hash: str, event_id: str) -> bool:
    """Whether an event of this hash is recorded that may be called so: by this id, or by its hash in want of one.

    An event that has the hash itself for an id may be called anything. Declarations of errors are left out.
    """
    asked = (ledger, _HASH, hash, event_id, hash, event_id, hash)
    return _STANDING.first(connection, *asked) is not None


def declarations(connection: Connection, ledger: str, hash: str) -> Iterator[tuple[str, Any]]:
    """Those that declare an event of this hash wrong, oldest first: id, and errorDeclaration as it came."""
    for event_id, body in connection.execute(_DECLARING, {"ledger": ledger, "hash": hash}):
        yield event_id, jcs.decode(bytes(body))["data"]["event"].get("errorDeclaration")


def recorded(connection: Connection, ledger: str, event_id: str) -> bool:
    """Whether an event is recorded under this id."""
    return _RECORDED.first(connection, ledger, event_id) is not None


_terms, _events = t.event_terms.c, t.events.c
_RECORDED = Direct(
    select(_events.index).where(
        _events.ledger == bindparam("ledger"), _events.event_id == bindparam("event_id")
    )
)
_STANDING = Direct(
    select(_events.event_id)
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
_DECLARING: Select[Any] = (
    select(_events.event_id, bodies.c.body)
    .join(t.event_terms, and_(_terms.ledger == _events.ledger, _terms.index == _events.index))
    .join(bodies, and_(bodies.c.ledger == _events.ledger, bodies.c.index == _events.index))
    .where(_terms.ledger == bindparam("ledger"), _terms.name == _HASH)
    .where(_terms.value == bindparam("hash"), _events.declares_error.is_(True))
    .where(bodies.c.compartment == "full")
    .order_by(_events.index)
    .limit(_MOST)
)
