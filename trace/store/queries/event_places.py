"""Places inside places: by captured master data, and by the extensions of a GLN (EPCIS 2.0 section 6.5)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_, or_, select

from trace.domain.event_query import QueryTooLarge
from trace.domain.event_terms import bounded
from trace.store import projection_tables as t
from trace.store.event_index import EVERYBODY
from trace.store.master_data import lenient

MOST_PLACES = 1000
"""Places inside the ones asked for; who asks for more asks for everything."""
LAST = "\U0010ffff"
"""Follows every character in byte order."""

_AT_ONCE = 100


def descendants(
    connection: Connection, ledger: str, name: str, places: Sequence[str], reader: str | None
) -> tuple[str, ...]:
    """These places and all inside them, however deep; circles are walked once. ``name``: readPoint or bizLocation.

    A reader goes by what he himself captured, and by what the one says who first described the place here: else
    anybody's document could put a place of its choice into another's. Raises QueryTooLarge.
    """
    found = dict.fromkeys(places)
    level = list(found)
    while level:
        inside: dict[str, None] = {}
        for start in range(0, len(level), _AT_ONCE):
            part = level[start : start + _AT_ONCE]
            rows = connection.execute(_elements(ledger, part, reader))
            inside.update(dict.fromkeys(child for row in rows for child in _children(row.data)))
            inside.update(dict.fromkeys(_extensions(connection, ledger, name, part, reader)))
        level = [place for place in inside if place not in found]
        found.update(dict.fromkeys(level))
        if len(found) > MOST_PLACES + len(places):
            raise QueryTooLarge(MOST_PLACES)
    return tuple(found)


def _elements(ledger: str, places: Sequence[str], reader: str | None) -> Select[Any]:
    said, first = t.master_data, t.locations
    here = select(said.c.data).where(
        said.c.ledger == ledger, said.c.uri.in_(places), said.c.type == "location"
    )
    if reader is None:
        return here
    same = and_(first.c.ledger == said.c.ledger, first.c.uri == said.c.uri)
    return here.outerjoin(first, same).where(
        or_(said.c.by_party == reader, said.c.by_party == first.c.by_party)
    )


def _children(data: str) -> Iterator[str]:
    listed = json.loads(data).get("children")
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, str):
            yield bounded(lenient(one))


def _extensions(
    connection: Connection, ledger: str, name: str, places: Sequence[str], reader: str | None
) -> Sequence[str]:
    """What the reader's events name inside these GLNs (GS1 General Specifications, AI 414 and 254)."""
    whole = [f"{place}/254/" for place in places if "/414/" in place and "/254/" not in place]
    if not whole:
        return ()
    known = t.resources.c
    ranges = (and_(known.value >= low, known.value < low + LAST) for low in whole)
    rows = connection.execute(
        select(known.value)
        .where(known.ledger == ledger, known.reader == (reader or EVERYBODY), known.name == name)
        .where(or_(*ranges))
        .limit(MOST_PLACES + 1)
    )
    return rows.scalars().all()
