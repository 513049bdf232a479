"""Writes what an event is found by, and by whom: the rows that queries over events are answered from.

It runs for every event inside the head's lock, so the rows go to the driver as they are; to PostgreSQL column by
column, because there each statement costs more than many rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, Connection, DateTime, Table, Text, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine

from trace.domain.epcis import Event
from trace.domain.event_terms import READER, RESOURCES, Terms, bounded, terms_of
from trace.domain.model import AccountKind, Outcome
from trace.store import projection_tables as t
from trace.store.engine import Direct, UtcDateTime

EVERYBODY = ""
"""Stands in ``resources`` for those who see everything."""

_LISTED = {term: resource for resource, terms in RESOURCES.items() for term in terms}


def readers(by: str, outcome: Outcome) -> frozenset[str]:
    """Who may see an event in full, besides those who see everything; the same parties as ``takes_part``."""
    found = {by, outcome.holder}
    concerned = {outcome.shipment, outcome.settles} - {None}
    for shipment in outcome.shipments:
        if shipment.id in concerned:
            found |= {shipment.sender, shipment.receiver}
    found |= {one.account.ref for one in outcome.postings if one.account.kind is AccountKind.HELD}
    return frozenset(bounded(party) for party in found if party)


def write(
    connection: Connection,
    ledger: str,
    index: int,
    event: Event,
    who: frozenset[str],
    *,
    contexts: object,
    event_hash: str | None,
) -> None:
    """Index one event. ``who`` may read it; ``contexts`` are those around it, ``event_hash`` its CBV hash."""
    terms = terms_of(event, contexts, event_hash)
    spell = _spelled(connection.dialect.name)
    time = spell(event.time)
    words = [(ledger, index, name, value, time) for name, value in terms.words]
    words += [(ledger, index, READER, party, time) for party in who]
    _insert(connection, t.event_terms, words)
    numbers = [(ledger, index, name, value, time) for name, value in terms.numbers]
    _insert(connection, t.event_numbers, numbers)
    times = [(ledger, index, name, spell(value), time) for name, value in terms.times]
    _insert(connection, t.event_times, times)
    listed = [
        (ledger, reader, name, value, index) for name, value in _values(terms) for reader in (EVERYBODY, *who)
    ]
    _insert(connection, t.resources, listed)


def _insert(connection: Connection, table: Table, rows: Sequence[Sequence[object]]) -> None:
    """Insert rows whose key is new; of ``resources`` some may be there already."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        rows = [[list(column) for column in zip(*rows, strict=True)]]
    _statement(table, connection.dialect.name).each(connection, rows)


@cache
def _statement(table: Table, dialect: str) -> Direct:
    if dialect == "sqlite":
        rows = sqlite.insert(table)
        return Direct(rows.on_conflict_do_nothing() if table is t.resources else rows)
    arrays = (func.unnest(bindparam(column.name, type_=ARRAY(_plain(column.type)))) for column in table.c)
    columns = postgresql.insert(table).from_select([column.name for column in table.c], select(*arrays))
    return Direct(columns.on_conflict_do_nothing() if table is t.resources else columns)


def _plain(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    """The type without what only a column of a table has."""
    if isinstance(type_, UtcDateTime):
        return DateTime(timezone=True)
    return Text() if isinstance(type_, Text) else type_


def _values(terms: Terms) -> Iterator[tuple[str, str]]:
    return ((_LISTED[name], value) for name, value in terms.words if name in _LISTED)


@cache
def _spelled(dialect: str) -> Callable[[datetime], Any]:
    """How a driver is given a time: as the column's type would give it."""
    made = {"sqlite": sqlite.dialect, "postgresql": postgresql.dialect}[dialect]()
    convert = UtcDateTime().dialect_impl(made).bind_processor(made)
    return convert if convert is not None else lambda time: time
