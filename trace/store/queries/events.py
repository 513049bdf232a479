"""Events that a query selects, page by page, to those who may read them (EPCIS 2.0 section 8.2.7.1).

The first page fixes what the query is about: entries that come later are on none of its pages. A condition that
few events meet is looked up and the others tested on what it found; where all are common, the index is walked in
the order asked for. So the number of statements does not grow with what is in the ledger, nor, but for a sort
where no index has the order, does a page's work.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from trace.domain.event_query import (
    RECORD_TIME,
    Among,
    Condition,
    EventQuery,
    PageTokenInvalid,
    QueryTooLarge,
)
from trace.domain.event_terms import EVENT_HASH, READER, bounded, indexable
from trace.store import projection_tables as t
from trace.store.event_index import EVERYBODY
from trace.store.queries import event_walks as walks
from trace.store.queries.event_conditions import Window, plan
from trace.store.queries.event_walks import Order, Spot
from trace.store.queries.find import event_records
from trace.store.queries.results import EventRecord, Page

MOST = 1000
"""Events of one page at most; who asks for more gets this many."""

_BEYOND = 2**63


@dataclass(frozen=True)
class EventPage:
    """Part of a query's result; ``next`` continues it, None at its end.

    ``last`` is the newest entry that the whole result speaks of, -1 where there is no event.
    """

    records: tuple[EventRecord, ...]
    next: str | None
    last: int


@dataclass(frozen=True)
class _Place:
    """What a token holds: where a page ends, in a result that was fixed when its first page was given out."""

    last: int
    order: Order
    after: Spot | None = None
    left: int | None = None  # of eventCountLimit


def select_events(
    connection: Connection,
    ledger: str,
    query: EventQuery,
    *,
    reader: str | None,
    per_page: int,
    token: str | None = None,
    since: int | None = None,
) -> EventPage:
    """A page of the events that match and that ``reader`` may read; None reads all.

    ``token`` is the ``next`` of the page before; ``since`` leaves out that entry and all before it. Raises
    QueryTooLarge, and PageTokenInvalid for a token of another query or reader.
    """
    digest = _digest(ledger, query, reader, since)
    conditions: tuple[Condition, ...] = query.conditions
    if reader is not None:
        conditions = (Among(((READER, bounded(reader)),)), *conditions)
    place = None if token is None else _decode(token, digest, query, len(conditions))
    newest = _newest(connection, ledger) if place is None else place.last
    window = Window(0 if since is None else since + 1, newest)
    asked = plan(connection, ledger, conditions, window, reader)
    if asked.impossible:
        return EventPage((), None, newest)
    walk = walks.choose(connection, ledger, asked)
    if place is None:
        if query.max_count is not None and walk.more_than(query.max_count):
            raise QueryTooLarge(query.max_count)
        place = _Place(newest, _order(query, walk, since), left=query.count_limit)
    size = max(1, min(per_page, MOST, MOST if place.left is None else place.left))
    spots = walk.page(place.order, place.after, size + 1)
    shown = spots[:size]
    left = None if place.left is None else place.left - len(shown)
    more = len(spots) > size and left != 0
    next_ = _encode(replace(place, after=shown[-1], left=left), digest) if more else None
    return EventPage(event_records(connection, ledger, [spot.index for spot in shown]), next_, newest)


def _order(query: EventQuery, walk: walks.Walk, since: int | None) -> Order:
    if query.order_by is not None:
        return Order(query.order_by, query.descending)
    if since is not None:
        return Order(RECORD_TIME, descending=False)  # who follows the ledger wants it in its own order
    return walk.easiest


def events_by_id(
    connection: Connection, ledger: str, event_id: str, *, reader: str | None
) -> tuple[EventRecord, ...]:
    """Events of this id or CBV hash that the reader may read, in the ledger's order: also what declares one wrong."""
    query = EventQuery((Among((("eventID", indexable(event_id)), (EVENT_HASH, bounded(event_id)))),))
    return select_events(connection, ledger, query, reader=reader, per_page=MOST, since=-1).records


# -- values --------------------------------------------------------------------------------------------------


def resource_values(
    connection: Connection,
    ledger: str,
    name: str,
    *,
    reader: str | None,
    per_page: int,
    token: str | None = None,
) -> Page[str]:
    """A page of the values of a resource (a key of RESOURCES) in the events that the reader may read, in order.

    Values that come later are on no later page. Raises PageTokenInvalid.
    """
    digest = _digest(ledger, name, reader)
    known = t.resources.c
    here = (known.ledger == ledger, known.reader == _listed(reader), known.name == name)
    if token is None:
        last, after = _newest(connection, ledger), ""
    else:
        match _opened(token, digest):
            case [int(last), str(after)] if abs(last) < _BEYOND and _storable(after):
                pass
            case _:
                raise PageTokenInvalid(token[:40])
    rows = (
        connection.execute(
            select(known.value)
            .where(*here, known.value > after, known.index <= last)
            .order_by(known.value)
            .limit(max(1, min(per_page, MOST)) + 1)
        )
        .scalars()
        .all()
    )
    shown = rows[: max(1, min(per_page, MOST))]
    more = len(rows) > len(shown)
    return Page(tuple(shown), _sealed([last, shown[-1]], digest) if more else None)


def resource_known(connection: Connection, ledger: str, name: str, value: str, reader: str | None) -> bool:
    """Whether any event that the reader may read has this value, spelled as the index does, for the resource."""
    known = t.resources.c
    row = connection.execute(
        select(known.index).where(
            known.ledger == ledger, known.reader == _listed(reader), known.name == name, known.value == value
        )
    ).first()
    return row is not None


def _listed(reader: str | None) -> str:
    return EVERYBODY if reader is None else bounded(reader)


def _newest(connection: Connection, ledger: str) -> int:
    found = connection.execute(select(func.max(t.events.c.index)).where(t.events.c.ledger == ledger)).scalar()
    return -1 if found is None else found


# -- tokens --------------------------------------------------------------------------------------------------


def _digest(*about: object) -> str:
    """What a token belongs to: it opens no page of anything else."""
    return hashlib.sha256(repr(about).encode(errors="replace")).hexdigest()[:16]


def _encode(place: _Place, digest: str) -> str:
    after = None if place.after is None else [_plain(value) for value in astuple(place.after)]
    return _sealed([place.last, *astuple(place.order), after, place.left], digest)


def _decode(token: str, digest: str, query: EventQuery, conditions: int) -> _Place:
    match _opened(token, digest):
        case [
            int(last),
            str(by),
            bool(down),
            [int(index), {"t": str(time)}, int(part), value],
            None | int() as left,
        ]:
            order = Order(by, down)
            try:
                spot = Spot(index, _moment(time), part, _rich(value))
            except (ValueError, TypeError):
                raise PageTokenInvalid(token[:40]) from None
            asked = order if query.order_by is None else Order(query.order_by, query.descending)
            inside = max(abs(last), abs(index), abs(left or 0)) < _BEYOND
            if inside and order == asked and walks.fits(spot, order, conditions):
                return _Place(last, order, spot, left)
    raise PageTokenInvalid(token[:40])


def _moment(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(text)
    return time.astimezone(UTC)


def _plain(value: object) -> object:
    return {"t": value.isoformat()} if isinstance(value, datetime) else value


def _rich(value: Any) -> str | float | datetime | None:
    match value:
        case {"t": str(time)}:
            return _moment(time)
        case float() if math.isfinite(value):
            return value
        case str() if _storable(value):
            return str(value)
        case None:
            return None
    raise TypeError(value)


def _storable(text: str) -> bool:
    """Whether a database can be asked for it: no NUL, no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _sealed(content: Sequence[object], digest: str) -> str:
    text = json.dumps([digest, *content], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode("ascii").rstrip("=")


def _opened(token: str, digest: str) -> list[Any]:
    """The content of a token that belongs to this digest. Raises PageTokenInvalid."""
    try:
        padded = token + "=" * (-len(token) % 4)
        content = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        content = None
    if not isinstance(content, list) or content[:1] != [digest]:
        raise PageTokenInvalid(token[:40])
    return content[1:]
