"""What a batch's dossier needs beside its trace: events of what was made from it, and how each record stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from trace.store import projection_tables as t
from trace.store.book import chunks, entry_of
from trace.store.consumer_tables import complaints
from trace.store.queries.find import find_party
from trace.store.queries.names import Names
from trace.store.queries.results import PartyInfo


@dataclass(frozen=True)
class Mark:
    """How a record of an event stands: when the ledger heard it, who took it back, and which document it came in."""

    recorded: datetime
    corrected_by: int | None
    declares_error: bool
    document: str | None
    disposition: str | None
    offset: str


@dataclass(frozen=True)
class Reported:
    """A consumer's complaint in short; ``kind`` and ``state`` as of ``services.complaints``, ``batch`` a URI."""

    index: int
    number: str
    kind: str
    state: str
    filed: datetime
    batch: str


def events_of(connection: Connection, ledger: str, batches: Collection[str], limit: int) -> tuple[int, ...]:
    """The entries of the events that concern any of these batches, the oldest first, at most so many."""
    columns = t.event_things.c
    found: set[int] = set()
    for part in chunks(sorted(set(batches))):
        asked = select(columns.index).where(columns.ledger == ledger, columns.uri.in_(part))
        found.update(connection.execute(asked.distinct().order_by(columns.index).limit(limit)).scalars())
    return tuple(sorted(found)[:limit])


def marks(connection: Connection, ledger: str, indices: Collection[int]) -> dict[int, Mark]:
    """How the records of these events stand, by entry; entries that are no events are left out."""
    columns = t.events.c
    found: dict[int, Mark] = {}
    for part in chunks(sorted(set(indices))):
        for row in connection.execute(
            select(t.events).where(columns.ledger == ledger, columns.index.in_(part))
        ):
            found[entry_of(row)] = Mark(
                recorded=row.recorded,
                corrected_by=row.corrected_by,
                declares_error=row.declares_error,
                document=row.document,
                disposition=row.disposition,
                offset=row.offset,
            )
    return found


def known_parties(connection: Connection, ledger: str, uris: Iterable[str]) -> dict[str, PartyInfo]:
    """What is known of these parties, by URI."""
    return Names(connection, ledger, uris).parties


def complaints_about(
    connection: Connection, ledger: str, batches: Collection[str], limit: int
) -> tuple[Reported, ...]:
    """What was reported about any of these batches, the newest first."""
    columns = complaints.c
    found: list[Reported] = []
    for part in chunks(sorted(set(batches))):
        rows = connection.execute(
            select(complaints)
            .where(columns.ledger == ledger, columns.batch.in_(part))
            .order_by(columns.index.desc())
            .limit(limit)
        )
        found += [
            Reported(entry_of(row), row.number, row.kind, row.state, row.filed, row.batch) for row in rows
        ]
    return tuple(sorted(found, key=lambda one: -one.index)[:limit])


def known_party(connection: Connection, ledger: str, name: str) -> PartyInfo | None:
    """A party by id, URI or number; one that only captured documents speak of by its URI."""
    found = find_party(connection, ledger, name)
    uri = found.uri if found else name
    return known_parties(connection, ledger, [uri]).get(uri)
