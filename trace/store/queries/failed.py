"""Tests that goods failed and have not passed since, and that nobody has acted on by a hold."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, and_, select

from trace.domain import results
from trace.domain.event_terms import field_key
from trace.domain.events import NAMESPACE
from trace.domain.results import Result
from trace.store import projection_tables as t
from trace.store.book import chunks, entry_of
from trace.store.queries.names import Names, batch_infos
from trace.store.queries.results import BatchInfo
from trace.store.queries.search import Happening, happenings_of_rows

MOST_READ = 200
"""Bad results that are looked through, the newest: older ones without a hold have been seen often enough."""

_RESULT = f"field:{field_key(f'{NAMESPACE}result')}"
_EVENTS, _TERMS, _THINGS = t.events.c, t.event_terms.c, t.event_things.c
# A declaration that a look was wrong repeats what the look said.
_STANDS = (
    _EVENTS.biz_step.in_(("inspecting", "sampling")),
    _EVENTS.corrected_by.is_(None),
    _EVENTS.declares_error.is_(False),
)
_RESULTS = t.events.join(
    t.event_terms,
    and_(_TERMS.ledger == _EVENTS.ledger, _TERMS.index == _EVENTS.index, _TERMS.name == _RESULT),
)


@dataclass(frozen=True)
class Failed:
    """A batch that failed a test, and the look that found it."""

    info: BatchInfo
    happening: Happening


def failed_tests(connection: Connection, ledger: str, *, limit: int) -> tuple[Failed, ...]:
    """Failed tests that stand, of batches without a hold of their own; the newest first."""
    rows = connection.execute(
        select(t.events)
        .select_from(_RESULTS)
        .where(_EVENTS.ledger == ledger, _TERMS.value == "bad", *_STANDS)
        .order_by(_EVENTS.index.desc())
        .limit(MOST_READ)
    ).all()
    told = {one.index: one for one in happenings_of_rows(connection, ledger, rows)}
    infos = {info.uri: info for one in told.values() for info in one.batches}
    standing = results.failed(_results(connection, ledger, infos))
    held = _held(connection, ledger, infos)
    found = [
        Failed(info, told[index])
        for index in sorted(set(standing) & told.keys(), reverse=True)
        for info in told[index].batches
        if info.uri not in held
    ]
    return tuple(found[:limit])


def _results(connection: Connection, ledger: str, batches: Collection[str]) -> list[Result]:
    """Every result about any of these batches, in order of time."""
    rows = [
        row
        for part in chunks(sorted(batches))
        for row in connection.execute(
            select(t.events, _TERMS.value, _THINGS.uri)
            .select_from(
                _RESULTS.join(
                    t.event_things,
                    and_(_THINGS.ledger == _EVENTS.ledger, _THINGS.index == _EVENTS.index),
                )
            )
            .where(_EVENTS.ledger == ledger, _THINGS.uri.in_(part), *_STANDS)
        )
    ]
    rows.sort(key=lambda row: (row.event_time, entry_of(row), row.uri))
    makers = {info.uri: info.maker for info in batch_infos(connection, ledger, batches).values()}
    parties = Names(connection, ledger, (row.by_party for row in rows)).parties
    return [
        Result(
            index=entry_of(row),
            batch=row.uri,
            by=row.by_party,
            role=parties[row.by_party].role if row.document is None and row.by_party in parties else None,
            made=(maker := makers[row.uri]) is not None and maker.uri == row.by_party,
            result=row.value,
        )
        for row in rows
    ]


def _held(connection: Connection, ledger: str, batches: Collection[str]) -> set[str]:
    """Those of the batches that a hold of their own is on."""
    columns = t.stops.c
    return {
        uri
        for part in chunks(sorted(batches))
        for uri in connection.execute(
            select(columns.batch).where(
                columns.ledger == ledger, columns.released_index.is_(None), columns.batch.in_(part)
            )
        ).scalars()
    }
