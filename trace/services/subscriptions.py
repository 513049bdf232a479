"""Subscriptions to queries by name (EPCIS 2.0 section 8.2.5): who is told of new events, when, and how far.

A subscription's cursor is the first entry of the ledger that was not looked at for it. ``step`` reads what matches
from there on, and writes the messages and the new cursor in one transaction, only if the cursor still stands where
it was read: nothing is missed, and nothing is told twice, however many processes look at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

import structlog
from sqlalchemy import Connection, insert

from trace.domain.event_query import RECORD_TIME, EventQuery, Time
from trace.domain.refusals import Invalid
from trace.domain.schedule import Schedule
from trace.domain.subscribing import (
    LONGEST_SECRET,
    MOST_SUBSCRIPTIONS,
    SubscriptionLimited,
    SubscriptionUnclear,
    TooManySubscriptions,
    UnknownQuery,
    UnknownSubscription,
)
from trace.domain.webhook import destination
from trace.interop.epc_format import EpcFormat
from trace.interop.query_document import query_document, returned
from trace.services import event_queries
from trace.services.context import Actor, Context
from trace.store import outbox, queries
from trace.store.engine import writing
from trace.store.log import LogReader
from trace.store.outbox import Draft
from trace.store.queries import EventRecord, Page
from trace.store.queries import subscriptions as stored
from trace.store.queries.events import select_events
from trace.store.queries.subscriptions import Subscription
from trace.store.work_tables import subscriptions

MOST_EVENTS = 100
"""Events in one message at most."""
LARGEST_MESSAGE = 1_000_000
"""Bytes after which no further event is put into a message."""
MOST_WAITING = 50
"""Messages that wait for one receiver, after which its subscription stands still until some are through."""

_AT_ONCE = 20  # subscriptions looked at in one step
_KEPT = timedelta(days=30)  # for which finished messages can be looked up
_AFTER_A_FAULT = timedelta(minutes=1)  # of ours, or of a receiver for whom too much waits


@dataclass(frozen=True)
class SubscriptionDraft:
    """A subscription as it is asked for: exactly one of ``stream`` and ``schedule`` says when to tell."""

    dest: str
    token: str | None = None
    stream: bool = False
    schedule: Mapping[str, str] | None = None
    report_if_empty: bool = False
    initial: datetime | None = None
    epc_format: EpcFormat = "Never_Translates"


def create(ctx: Context, actor: Actor, query: str, draft: SubscriptionDraft) -> Subscription:
    """Have an address told of what a query finds in events that are recorded from now on.

    With ``initial`` those count that were recorded since then, earlier or later than now. Raises UnknownQuery,
    SubscriptionUnclear, SubscriptionLimited, ScheduleInvalid and its kin, DestinationRefused, Invalid,
    TooManySubscriptions.
    """
    if draft.stream == (draft.schedule is not None) or (draft.stream and draft.report_if_empty):
        raise SubscriptionUnclear
    schedule = None if draft.schedule is None else Schedule.parse(draft.schedule)
    destination(draft.dest, private=ctx.webhook_private)
    if draft.token is not None and not 0 < len(draft.token) <= LONGEST_SECRET:
        raise Invalid(field="signatureToken", value="…", expected=f"1 to {LONGEST_SECRET} characters")
    named = event_queries.get(ctx, actor, query)
    _refuse_cut(named.name, event_queries.parsed(named))
    now = ctx.clock()
    id = ctx.new_uuid().removeprefix("urn:uuid:")
    with writing(ctx.sequencer.engine) as connection:
        if not stored.lock_query(connection, ctx.ledger, actor.uri, query):
            raise UnknownQuery(query=query)
        if stored.count_subscriptions(connection, ctx.ledger, actor.uri) >= MOST_SUBSCRIPTIONS:
            raise TooManySubscriptions(most=MOST_SUBSCRIPTIONS)
        earlier = draft.initial is not None and draft.initial <= now
        connection.execute(
            insert(subscriptions).values(
                ledger=ctx.ledger,
                id=id,
                party=actor.uri,
                query=query,
                dest=draft.dest,
                sealed=None if draft.token is None else ctx.keys.seal(draft.token.encode(), _bound(id)),
                schedule=None if schedule is None else json.dumps(dict(schedule.fields)),
                stream=draft.stream,
                report_if_empty=draft.report_if_empty,
                epc_format=draft.epc_format,
                initial=draft.initial,
                cursor=0 if earlier else LogReader(connection, ctx.ledger).head().size,
                next_run=None if schedule is None else schedule.next(now, ctx.zone),
                failures=0,
                created=now,
            )
        )
    ctx.work.ring()
    return get(ctx, actor, query, id)


def get(ctx: Context, actor: Actor, query: str, id: str) -> Subscription:
    """A subscription to a query of the actor's own. Raises UnknownSubscription."""
    found = ctx.sequencer.read(lambda c: stored.find_subscription(c, ctx.ledger, actor.uri, query, id))
    if found is None:
        raise UnknownSubscription(subscription=id[:200])
    return found


def every(ctx: Context, actor: Actor, query: str, per_page: int, token: str | None) -> Page[Subscription]:
    """The subscriptions to a query of the actor's own. Raises UnknownQuery, Invalid."""
    event_queries.get(ctx, actor, query)
    return ctx.sequencer.read(
        lambda c: stored.subscriptions_to(c, ctx.ledger, actor.uri, query, cursor=token, limit=per_page)
    )


def delete(ctx: Context, actor: Actor, query: str, id: str) -> None:
    """End a subscription, with all that waits for it. Raises UnknownSubscription."""
    with writing(ctx.sequencer.engine) as connection:
        if not outbox.end_subscription(connection, ctx.ledger, actor.uri, query, id):
            raise UnknownSubscription(subscription=id[:200])


def token_of(ctx: Context, id: str, sealed: bytes) -> str:
    """The signature token of a subscription. Raises KeysUnusable."""
    return ctx.keys.open_sealed(sealed, _bound(id)).decode()


def _bound(id: str) -> bytes:
    return f"subscription:{id}".encode()


def _refuse_cut(name: str, query: EventQuery) -> None:
    for parameter, limit in (("eventCountLimit", query.count_limit), ("maxEventCount", query.max_count)):
        if limit is not None:
            raise SubscriptionLimited(query=name, parameter=parameter)


# -- looking --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Look:
    """What one look at a subscription came to."""

    subscription: Subscription
    cursor: int
    next_run: datetime | None
    drafts: Sequence[Draft] = ()


def step(ctx: Context) -> bool:
    """Look at the subscriptions that are due, and write what their receivers are to be told."""
    now = ctx.clock()

    def looks(connection: Connection) -> list[_Look]:
        size = LogReader(connection, ctx.ledger).head().size
        due = stored.due(connection, ctx.ledger, size, now, _AT_ONCE)
        return [_looked(ctx, connection, one, size, now) for one in due]

    found = ctx.sequencer.read(looks)
    if not found:
        return False
    with writing(ctx.sequencer.engine) as connection:
        for look in found:
            one = look.subscription
            moved = outbox.advance(
                connection,
                ctx.ledger,
                one,
                cursor=look.cursor,
                next_run=look.next_run,
                now=now,
                drafts=look.drafts,
            )
            if moved and look.drafts:
                outbox.clear_finished(connection, ctx.ledger, one.id, now - _KEPT)
    return True


def _looked(ctx: Context, connection: Connection, one: Subscription, size: int, now: datetime) -> _Look:
    """One look; a fault of ours with one subscription keeps nobody else's waiting."""
    try:
        return _look(ctx, connection, one, size, now)
    except Exception as error:
        structlog.get_logger("trace.subscriptions").error(
            "look failed", subscription=one.id, error=type(error).__name__
        )
        return _Look(one, one.cursor, now + _AFTER_A_FAULT)


def _look(ctx: Context, connection: Connection, one: Subscription, size: int, now: datetime) -> _Look:
    party = queries.find_party(connection, ctx.ledger, one.party)
    named = stored.find_query(connection, ctx.ledger, one.party, one.query)
    assert party is not None  # noqa: S101 - parties stay
    assert named is not None  # noqa: S101 - it is removed with its subscriptions
    if stored.waiting(connection, ctx.ledger, one.id) >= MOST_WAITING:
        return _Look(one, one.cursor, now + _AFTER_A_FAULT)
    reader = None if Actor(party).sees_all else party.uri
    found = select_events(
        connection,
        ctx.ledger,
        _standing(event_queries.parsed(named), one),
        reader=reader,
        per_page=MOST_EVENTS,
        since=one.cursor - 1,  # after which entry
    )
    records = _fitting(found.records)
    more = found.next is not None or len(records) < len(found.records)
    cursor = records[-1].index + 1 if more else size
    next_run = None
    if one.schedule is not None:
        # A result longer than one message goes on at the next step.
        next_run = one.next_run if more else Schedule.parse(one.schedule).next(now, ctx.zone)
    told = bool(records) or one.report_if_empty
    return _Look(one, cursor, next_run, [_draft(ctx, one, records, cursor, now)] if told else [])


def _standing(query: EventQuery, one: Subscription) -> EventQuery:
    """A query as it is asked for a subscriber: in the order of recording, which is that of the cursor."""
    asked = replace(query, order_by=RECORD_TIME, descending=False)
    return asked if one.initial is None else asked.also([Time(RECORD_TIME, since=one.initial)])


def _fitting(records: Sequence[EventRecord]) -> Sequence[EventRecord]:
    """As many as fit into one message, and one at least."""
    size = 0
    for count, record in enumerate(records):
        size += len(json.dumps(record.raw, ensure_ascii=False).encode())
        if size > LARGEST_MESSAGE and count:
            return records[:count]
    return records


def _draft(
    ctx: Context, one: Subscription, records: Sequence[EventRecord], upto: int, now: datetime
) -> Draft:
    id = ctx.new_uuid().removeprefix("urn:uuid:")
    wanted = cast("EpcFormat", one.epc_format)
    document = query_document(
        [(returned(record.raw, record.event_id, wanted), record.context) for record in records],
        name=one.query,
        subscription_id=one.id,
        created=now,
        id=f"urn:uuid:{id}",
    )
    return Draft(id, len(records), upto, json.dumps(document, ensure_ascii=False, separators=(",", ":")))
