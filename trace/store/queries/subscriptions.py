"""Queries by name, subscriptions to them, and what was or is to be sent, as their party sees them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, func, or_, select

from trace.store.queries.cursors import page
from trace.store.queries.results import Page
from trace.store.work_tables import event_queries, messages, subscriptions

JSON = Any


@dataclass(frozen=True)
class NamedQuery:
    """A query by name. ``query`` is as it was given, ``prefixes`` the namespaces bound for it."""

    name: str
    query: Mapping[str, JSON]
    prefixes: Mapping[str, str]
    created: datetime


@dataclass(frozen=True)
class Subscription:
    """Who is told of a query's results, when, and how far. ``cursor``: the first entry not looked at yet."""

    id: str
    party: str
    query: str
    dest: str
    sealed: bytes | None
    schedule: Mapping[str, str] | None
    report_if_empty: bool
    epc_format: str
    initial: datetime | None
    cursor: int
    next_run: datetime | None
    last_run: datetime | None
    created: datetime
    last_notified: datetime | None


@dataclass(frozen=True)
class Message:
    """What is sent to a subscriber. ``state``: waiting, delivered or dead (given up)."""

    id: str
    subscription: str
    query: str
    events: int
    state: str
    attempts: int
    next_try: datetime | None
    last_status: int | None
    last_error: str | None
    created: datetime
    finished: datetime | None


def find_query(connection: Connection, ledger: str, party: str, name: str) -> NamedQuery | None:
    """A party's query by its name."""
    columns = event_queries.c
    row = _one(
        connection, event_queries, columns.ledger == ledger, columns.party == party, columns.name == name
    )
    return None if row is None else _query(row)


def lock_query(connection: Connection, ledger: str, party: str, name: str) -> bool:
    """Keep a query from being removed until the caller's transaction ends; whether there is one."""
    columns = event_queries.c
    own = select(columns.name).where(columns.ledger == ledger, columns.party == party, columns.name == name)
    return connection.execute(own.with_for_update()).first() is not None


def named_queries(
    connection: Connection, ledger: str, party: str, *, cursor: str | None, limit: int
) -> Page[NamedQuery]:
    """A party's queries in the order of their names. Raises Invalid."""
    columns = event_queries.c
    return page(
        connection,
        select(event_queries).where(columns.ledger == ledger, columns.party == party),
        name="queries",
        keys=[(columns.name, False)],
        cursor=cursor,
        limit=limit,
        make=lambda rows: [_query(row) for row in rows],
    )


def count_queries(connection: Connection, ledger: str, party: str) -> int:
    """How many queries a party has."""
    return _count(connection, event_queries, ledger, party)


def find_subscription(
    connection: Connection, ledger: str, party: str, query: str, id: str
) -> Subscription | None:
    """A subscription to a party's query."""
    columns = subscriptions.c
    of = and_(columns.ledger == ledger, columns.party == party, columns.query == query)
    row = _one(connection, subscriptions, of, columns.id == id)
    return None if row is None else _subscription(row)


def subscriptions_to(
    connection: Connection, ledger: str, party: str, query: str, *, cursor: str | None, limit: int
) -> Page[Subscription]:
    """The subscriptions to a party's query, in the order of their ids. Raises Invalid."""
    columns = subscriptions.c
    return page(
        connection,
        select(subscriptions).where(columns.ledger == ledger, columns.party == party, columns.query == query),
        name="subscriptions",
        keys=[(columns.id, False)],
        cursor=cursor,
        limit=limit,
        make=lambda rows: [_subscription(row) for row in rows],
    )


def count_subscriptions(connection: Connection, ledger: str, party: str) -> int:
    """How many subscriptions a party has, to all its queries."""
    return _count(connection, subscriptions, ledger, party)


def due(connection: Connection, ledger: str, size: int, now: datetime, limit: int) -> list[Subscription]:
    """Subscriptions to look at now, those first that were not looked at for longest.

    A stream is due when the ledger, ``size`` entries long, has grown since; a schedule when its time has come.
    """
    columns = subscriptions.c
    grown = and_(
        columns.stream.is_(True),
        columns.cursor < size,
        or_(columns.next_run.is_(None), columns.next_run <= now),
    )
    timed = and_(columns.stream.is_(False), columns.next_run <= now)
    rows = connection.execute(
        select(subscriptions)
        .where(columns.ledger == ledger, or_(grown, timed))
        .order_by(columns.last_run.is_not(None), columns.last_run, columns.id)
        .limit(limit)
    )
    return [_subscription(row) for row in rows]


def waiting(connection: Connection, ledger: str, subscription: str) -> int:
    """How many messages wait for a subscription's receiver."""
    columns = messages.c
    own = and_(columns.ledger == ledger, columns.subscription == subscription, columns.state == "waiting")
    return connection.execute(select(func.count()).select_from(messages).where(own)).scalar_one()


def find_message(connection: Connection, ledger: str, party: str, id: str) -> Message | None:
    """A message made for one of a party's subscriptions."""
    columns = messages.c
    row = _one(connection, messages, columns.ledger == ledger, columns.party == party, columns.id == id)
    return None if row is None else _message(row)


def messages_of(
    connection: Connection, ledger: str, party: str, *, state: str | None, cursor: str | None, limit: int
) -> Page[Message]:
    """The messages made for a party's subscriptions, the newest first. Raises Invalid."""
    columns = messages.c
    statement = select(messages).where(columns.ledger == ledger, columns.party == party)
    if state is not None:
        statement = statement.where(columns.state == state)
    return page(
        connection,
        statement,
        name="messages",
        keys=[(columns.upto, True), (columns.id, True)],
        cursor=cursor,
        limit=limit,
        make=lambda rows: [_message(row) for row in rows],
    )


def _one(connection: Connection, table: Table, *where: ColumnElement[bool]) -> Row[Any] | None:
    return connection.execute(select(table).where(*where)).first()


def _count(connection: Connection, table: Table, ledger: str, party: str) -> int:
    own = select(func.count()).select_from(table).where(table.c.ledger == ledger, table.c.party == party)
    return connection.execute(own).scalar_one()


def _query(row: Row[Any]) -> NamedQuery:
    return NamedQuery(row.name, json.loads(row.query), json.loads(row.prefixes), row.created)


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(
        id=row.id,
        party=row.party,
        query=row.query,
        dest=row.dest,
        sealed=None if row.sealed is None else bytes(row.sealed),
        schedule=None if row.schedule is None else json.loads(row.schedule),
        report_if_empty=row.report_if_empty,
        epc_format=row.epc_format,
        initial=row.initial,
        cursor=row.cursor,
        next_run=row.next_run,
        last_run=row.last_run,
        created=row.created,
        last_notified=row.last_notified,
    )


def _message(row: Row[Any]) -> Message:
    return Message(
        id=row.id,
        subscription=row.subscription,
        query=row.query,
        events=row.events,
        state=row.state,
        attempts=row.attempts,
        next_try=row.next_try,
        last_status=row.last_status,
        last_error=row.last_error,
        created=row.created,
        finished=row.finished,
    )
