"""Writes what an event is found by, and by whom: the rows that queries over events are answered from.

It runs for every event inside the head's lock, so the rows go to the driver as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, insert
from sqlalchemy.dialects import postgresql, sqlite

from trace.domain.epcis import Event
from trace.domain.event_terms import READER, RESOURCES, Terms, bounded, terms_of
from trace.domain.model import AccountKind, Outcome
from trace.store import projection_tables as t
from trace.store.engine import Direct, UtcDateTime

EVERYBODY = ""
"""Stands in ``resources`` for those who see everything."""

_WORDS, _NUMBERS, _TIMES = (
    Direct(insert(table)) for table in (t.event_terms, t.event_numbers, t.event_times)
)
_RESOURCES = {
    "sqlite": Direct(sqlite.insert(t.resources).on_conflict_do_nothing()),
    "postgresql": Direct(postgresql.insert(t.resources).on_conflict_do_nothing()),
}
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
    _WORDS.each(connection, words)
    if terms.numbers:
        _NUMBERS.each(connection, [(ledger, index, name, value, time) for name, value in terms.numbers])
    if terms.times:
        _TIMES.each(connection, [(ledger, index, name, spell(value), time) for name, value in terms.times])
    rows = [
        (ledger, reader, name, value, index) for name, value in _values(terms) for reader in (EVERYBODY, *who)
    ]
    _RESOURCES[connection.dialect.name].each(connection, rows)


def _values(terms: Terms) -> Iterator[tuple[str, str]]:
    return ((_LISTED[name], value) for name, value in terms.words if name in _LISTED)


@cache
def _spelled(dialect: str) -> Callable[[datetime], Any]:
    """How a driver is given a time: as the column's type would give it."""
    made = {"sqlite": sqlite.dialect, "postgresql": postgresql.dialect}[dialect]()
    convert = UtcDateTime().dialect_impl(made).bind_processor(made)
    return convert if convert is not None else lambda time: time
