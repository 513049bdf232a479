"""Queries by name (EPCIS 2.0 section 8.2.5): a question that is asked again, by its party or for its subscribers."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from trace.domain.event_query import EventQuery
from trace.domain.refusals import Invalid
from trace.domain.subscribing import (
    LARGEST_QUERY,
    MOST_QUERIES,
    QueryExists,
    TooManyQueries,
    UnknownQuery,
    query_name,
)
from trace.interop.event_query import parse_query
from trace.services import events
from trace.services.context import JSON, Actor, Context
from trace.store import outbox
from trace.store.engine import writing
from trace.store.queries import Page
from trace.store.queries import subscriptions as stored
from trace.store.queries.events import EventPage
from trace.store.queries.subscriptions import NamedQuery
from trace.store.work_tables import event_queries


def create(
    ctx: Context, actor: Actor, name: str, query: Mapping[str, JSON], prefixes: Mapping[str, str]
) -> NamedQuery:
    """Keep a query under a name of the party's own, once it is understood in full.

    Raises Invalid for a name that cannot stand in an address, QueryParameterUnknown and QueryParameterInvalid,
    QueryExists, TooManyQueries.
    """
    named = NamedQuery(query_name(name), query, prefixes, ctx.clock())
    text = json.dumps(query, ensure_ascii=False)
    if (size := len(text.encode())) > LARGEST_QUERY:
        raise Invalid(field="query", value=f"{size} bytes", expected=f"<= {LARGEST_QUERY} bytes")
    parsed(named)
    row = {
        "ledger": ctx.ledger,
        "party": actor.uri,
        "name": named.name,
        "query": text,
        "prefixes": json.dumps(prefixes, ensure_ascii=False),
        "created": named.created,
    }
    try:
        with writing(ctx.sequencer.engine) as connection:
            if stored.find_query(connection, ctx.ledger, actor.uri, named.name) is not None:
                raise QueryExists(query=named.name)
            if stored.count_queries(connection, ctx.ledger, actor.uri) >= MOST_QUERIES:
                raise TooManyQueries(most=MOST_QUERIES)
            connection.execute(insert(event_queries).values(row))
    except IntegrityError:  # another process was a moment earlier
        raise QueryExists(query=named.name) from None
    return named


def get(ctx: Context, actor: Actor, name: str) -> NamedQuery:
    """A query of the actor's own. Raises UnknownQuery."""
    found = ctx.sequencer.read(lambda c: stored.find_query(c, ctx.ledger, actor.uri, name))
    if found is None:
        raise UnknownQuery(query=name[:200])
    return found


def every(ctx: Context, actor: Actor, per_page: int, token: str | None) -> Page[NamedQuery]:
    """The actor's queries in the order of their names. Raises Invalid."""
    return ctx.sequencer.read(
        lambda c: stored.named_queries(c, ctx.ledger, actor.uri, cursor=token, limit=per_page)
    )


def delete(ctx: Context, actor: Actor, name: str) -> None:
    """End a query, the subscriptions to it, and what waits for them. Raises UnknownQuery."""
    with writing(ctx.sequencer.engine) as connection:
        if not outbox.end_query(connection, ctx.ledger, actor.uri, name):
            raise UnknownQuery(query=name[:200])


def results(ctx: Context, actor: Actor, name: str, per_page: int, token: str | None) -> EventPage:
    """A page of the events that a query finds now, of those that the actor may read.

    Raises UnknownQuery, Invalid, QueryTooLarge.
    """
    return events.query(ctx, actor, parsed(get(ctx, actor, name)), per_page, token)


def parsed(named: NamedQuery) -> EventQuery:
    """What a query asks for. Raises QueryParameterUnknown, QueryParameterInvalid."""
    return parse_query(named.query, named.prefixes)
