"""Events of the same content, by their CBV event hash."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, select

from trace.ledger import canonical as jcs
from trace.store import projection_tables as t
from trace.store.tables import bodies

_MOST = (
    100  # error declarations of one event; whoever declares the same thing so often is not answered sooner
)


@dataclass(frozen=True)
class Alike:
    """An event with the hash asked for; ``declaration`` is its errorDeclaration as it came, if it has one."""

    event_id: str
    declaration: Any


def events_alike(
    connection: Connection, ledger: str, hash: str, *, declares_error: bool
) -> tuple[Alike, ...]:
    """The events of one hash, oldest first: either those that stand, or those that declare an error."""
    asked = {"ledger": ledger, "hash": hash}
    if not declares_error:
        return tuple(Alike(row.event_id, None) for row in connection.execute(_STANDING, asked))
    return tuple(Alike(row.event_id, _declaration(row.body)) for row in connection.execute(_DECLARING, asked))


def _declaration(body: bytes) -> Any:
    return jcs.decode(bytes(body))["data"]["event"].get("errorDeclaration")


_terms, _events = t.event_terms.c, t.events.c
_STANDING: Select[Any] = (
    select(_events.event_id)
    .join(t.event_terms, and_(_terms.ledger == _events.ledger, _terms.index == _events.index))
    .where(_terms.ledger == bindparam("ledger"), _terms.name == "eventHash")
    .where(_terms.value == bindparam("hash"), _events.declares_error.is_(False))
    .order_by(_events.index)
    .limit(_MOST)
)
_DECLARING: Select[Any] = (
    select(_events.event_id, bodies.c.body)
    .join(t.event_terms, and_(_terms.ledger == _events.ledger, _terms.index == _events.index))
    .join(bodies, and_(bodies.c.ledger == _events.ledger, bodies.c.index == _events.index))
    .where(_terms.ledger == bindparam("ledger"), _terms.name == "eventHash")
    .where(_terms.value == bindparam("hash"), _events.declares_error.is_(True))
    .where(bodies.c.compartment == "full")
    .order_by(_events.index)
    .limit(_MOST)
)
