"""The outbox: messages to subscribers, written with the cursor they stand for, and marked when they are through.

Each function works in the caller's transaction. One message of a subscription is under way at a time: while it
is, ``not_before`` of its subscription lies ahead as a lease, and whoever dies leaves it to the next one then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select, update

from trace.store.queries.subscriptions import Subscription
from trace.store.work_tables import event_queries, messages, subscriptions

WAITING, DELIVERED, DEAD = "waiting", "delivered", "dead"
STATES = (WAITING, DELIVERED, DEAD)


@dataclass(frozen=True)
class Draft:
    """A message to be written: its id, how many events it tells, the first entry it does not cover, the JSON."""

    id: str
    events: int
    upto: int
    body: str


@dataclass(frozen=True)
class Claim:
    """A message that the caller alone may send until its lease ends, and what it needs for it."""

    message: str
    subscription: str
    party: str
    dest: str
    sealed: bytes | None
    epc_format: str
    body: str
    attempts: int  # this one included
    failures: int  # of the receiver, in a row, before this attempt


# -- what is to be told ---------------------------------------------------------------------------------------


def advance(
    connection: Connection,
    ledger: str,
    one: Subscription,
    *,
    cursor: int,
    next_run: datetime | None,
    now: datetime,
    drafts: Sequence[Draft],
) -> bool:
    """Move a subscription on and write what it is to be told; False where it is not as it was read.

    Whoever looked at the same time then did the same, or its party ended it.
    """
    columns = subscriptions.c
    moved = connection.execute(
        update(subscriptions)
        .where(columns.ledger == ledger, columns.id == one.id, columns.cursor == one.cursor)
        .where(columns.next_run.is_not_distinct_from(one.next_run))
        .values(cursor=cursor, next_run=next_run, last_run=now)
    )
    if moved.rowcount != 1:
        return False
    for draft in drafts:
        connection.execute(
            insert(messages).values(
                ledger=ledger,
                id=draft.id,
                subscription=one.id,
                party=one.party,
                query=one.query,
                upto=draft.upto,
                events=draft.events,
                body=draft.body,
                state=WAITING,
                attempts=0,
                next_try=now,
                created=now,
            )
        )
    if drafts:
        receiver(connection, ledger, one.id, next_send=now)
    return True


def clear_finished(connection: Connection, ledger: str, subscription: str, before: datetime) -> None:
    """Remove a subscription's messages that were delivered or given up long ago."""
    columns = messages.c
    connection.execute(
        delete(messages)
        .where(columns.ledger == ledger, columns.subscription == subscription)
        .where(columns.state.in_((DELIVERED, DEAD)), columns.finished < before)
    )


def end_query(connection: Connection, ledger: str, party: str, name: str) -> bool:
    """Remove a query with its subscriptions and all that waits for them; whether there was one."""
    # The query first: who subscribes meanwhile holds its row, or finds none.
    gone = connection.execute(
        delete(event_queries)
        .where(event_queries.c.ledger == ledger, event_queries.c.party == party)
        .where(event_queries.c.name == name)
    )
    columns = subscriptions.c
    of_query = and_(columns.ledger == ledger, columns.party == party, columns.query == name)
    for id in connection.execute(select(columns.id).where(of_query)).scalars().all():
        end_subscription(connection, ledger, party, name, id)
    return gone.rowcount == 1


def end_subscription(connection: Connection, ledger: str, party: str, query: str, id: str) -> bool:
    """Remove a subscription and all that waits for it; whether there was one."""
    columns = subscriptions.c
    gone = connection.execute(
        delete(subscriptions)
        .where(columns.ledger == ledger, columns.id == id)
        .where(columns.party == party, columns.query == query)
    )
    if gone.rowcount != 1:
        return False
    connection.execute(delete(messages).where(messages.c.ledger == ledger, messages.c.subscription == id))
    return True


# -- what is to be sent ---------------------------------------------------------------------------------------


def sendable(connection: Connection, ledger: str, now: datetime, limit: int) -> list[Row[Any]]:
    """Subscriptions for which something may be sent now, those first that have waited longest."""
    columns = subscriptions.c
    return list(
        connection.execute(
            select(columns.id, columns.party, columns.not_before)
            .where(columns.ledger == ledger, columns.next_send <= now)
            .where(or_(columns.not_before.is_(None), columns.not_before <= now))
            .order_by(columns.next_send, columns.id)
            .limit(limit)
        )
    )


def claim(
    connection: Connection,
    ledger: str,
    subscription: str,
    seen: datetime | None,
    now: datetime,
    lease: datetime,
) -> Claim | None:
    """Take a subscription's oldest message that is due; None where another took it or none is due yet.

    ``seen`` is ``not_before`` as ``sendable`` found it.
    """
    columns = subscriptions.c
    taken = connection.execute(
        update(subscriptions)
        .where(columns.ledger == ledger, columns.id == subscription)
        .where(columns.not_before.is_not_distinct_from(seen))
        .values(not_before=lease)
    )
    if taken.rowcount != 1:
        return None
    row = connection.execute(
        select(messages, columns.dest, columns.sealed, columns.epc_format, columns.failures)
        .join(
            subscriptions,
            and_(columns.ledger == messages.c.ledger, columns.id == messages.c.subscription),
        )
        .where(messages.c.ledger == ledger, messages.c.subscription == subscription)
        .where(messages.c.state == WAITING, messages.c.next_try <= now)
        .order_by(messages.c.upto, messages.c.id)
        .limit(1)
    ).first()
    if row is None:
        arm(connection, ledger, subscription, not_before=None)
        return None
    connection.execute(
        update(messages)
        .where(messages.c.ledger == ledger, messages.c.id == row.id)
        .values(attempts=row.attempts + 1)
    )
    return Claim(
        message=row.id,
        subscription=subscription,
        party=row.party,
        dest=row.dest,
        sealed=None if row.sealed is None else bytes(row.sealed),
        epc_format=row.epc_format,
        body=row.body,
        attempts=row.attempts + 1,
        failures=row.failures,
    )


def mark(connection: Connection, ledger: str, message: str, **values: Any) -> None:
    """Write what became of a message that was still waiting."""
    columns = messages.c
    connection.execute(
        update(messages)
        .where(columns.ledger == ledger, columns.id == message, columns.state == WAITING)
        .values(**values)
    )


def give_up(
    connection: Connection,
    ledger: str,
    subscription: str,
    before: datetime,
    now: datetime,
    status: int | None,
    error: str | None,
) -> None:
    """A receiver that was away for so long gets no more of what was made for it before then."""
    columns = messages.c
    connection.execute(
        update(messages)
        .where(columns.ledger == ledger, columns.subscription == subscription)
        .where(columns.state == WAITING, columns.created <= before)
        .values(state=DEAD, next_try=None, finished=now, last_status=status, last_error=error)
    )


def receiver(connection: Connection, ledger: str, subscription: str, **values: Any) -> None:
    """Write how a subscription's receiver does."""
    columns = subscriptions.c
    connection.execute(
        update(subscriptions).where(columns.ledger == ledger, columns.id == subscription).values(**values)
    )


def arm(connection: Connection, ledger: str, subscription: str, **values: Any) -> None:
    """Set when the first of the waiting messages is due, with how the receiver does."""
    columns = messages.c
    first = connection.execute(
        select(func.min(columns.next_try))
        .where(columns.ledger == ledger, columns.subscription == subscription)
        .where(columns.state == WAITING)
    ).scalar_one()
    receiver(connection, ledger, subscription, next_send=first, **values)


def revive(connection: Connection, ledger: str, message: str, subscription: str, now: datetime) -> None:
    """Have a message that was given up tried anew, from its first attempt on, and at once."""
    columns = messages.c
    revived = connection.execute(
        update(messages)
        .where(columns.ledger == ledger, columns.id == message, columns.state == DEAD)
        .values(state=WAITING, attempts=0, next_try=now, finished=None)
    )
    if revived.rowcount == 1:
        receiver(connection, ledger, subscription, next_send=now, not_before=None)
