"""Events as EPCIS clients ask for them: by a query, by id, and by the values in them.

Who reads an event in full is fixed when it is recorded: whoever declared it, held the goods, sends or receives
them. Nobody else learns that it exists; inspectors and the operator see all.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from sqlalchemy import Connection

from trace.domain.event_query import EventQuery
from trace.domain.refusals import UnknownEvent
from trace.services.context import Actor, Context
from trace.store.queries import events
from trace.store.queries.events import EventPage
from trace.store.queries.results import EventRecord, Page

T = TypeVar("T")

LARGEST_PAGE = 8_000_000
"""Bytes of events after which a page is not made longer: a few hundred of the largest would fill the memory."""

_AT_ONCE = 30


def query(
    ctx: Context, actor: Actor, asked: EventQuery, per_page: int, token: str | None = None
) -> EventPage:
    """A page of the events that match and that the actor may read. Raises QueryTooLarge, PageTokenInvalid.

    It is shorter than ``per_page`` where its events come to LARGEST_PAGE.
    """

    def read(connection: Connection) -> EventPage:
        page = EventPage((), token, -1)
        size = 0
        while size < LARGEST_PAGE and (left := per_page - len(page.records)) > 0:
            more = events.select_events(
                connection,
                ctx.ledger,
                asked,
                reader=reader(actor),
                per_page=min(left, _AT_ONCE),
                token=page.next,
            )
            page = replace(more, records=(*page.records, *more.records))
            if page.next is None:
                break
            size += sum(_size(record) for record in more.records)
        return page

    return _read(ctx, read)


def _size(record: EventRecord) -> int:
    return len(json.dumps([record.raw, record.context], ensure_ascii=False).encode())


def by_id(ctx: Context, actor: Actor, id: str) -> tuple[EventRecord, ...]:
    """The event of this id or CBV hash, and what declares it wrong, as far as the actor may read them.

    Raises UnknownEvent where there is none.
    """

    found = _read(
        ctx,
        lambda connection: events.events_by_id(connection, ctx.ledger, id, reader=reader(actor)),
    )
    if not found:
        raise UnknownEvent(event=id)
    return found


def values(ctx: Context, actor: Actor, name: str, per_page: int, token: str | None = None) -> Page[str]:
    """A page of the values of a resource in events that the actor may read. Raises PageTokenInvalid."""
    return _read(
        ctx,
        lambda connection: events.resource_values(
            connection, ctx.ledger, name, reader=reader(actor), per_page=per_page, token=token
        ),
    )


def known(ctx: Context, actor: Actor, name: str, value: str) -> bool:
    """Whether a value, spelled as the index spells it, is in any event that the actor may read."""
    return _read(
        ctx,
        lambda connection: events.resource_known(connection, ctx.ledger, name, value, reader(actor)),
    )


def reader(actor: Actor) -> str | None:
    """Whose events the actor reads; None: everybody's."""
    return None if actor.sees_all else actor.uri


def _read(ctx: Context, work: Callable[[Connection], T]) -> T:
    return ctx.sequencer.read(work)
