"""Messages to subscribers: sent, tried again, given up, and taken up again by their party.

``step`` takes a few messages, one of each subscription, sends them side by side with no transaction open, and
marks what became of them. A process that dies after sending leaves its message to be sent once more, under the
same id. ``docs/webhooks.md`` tells receivers what they can rely on.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from http import HTTPStatus

from sqlalchemy import Connection

from trace.domain.subscribing import DestinationRefused, UnknownMessage
from trace.domain.webhook import GIVEN_UP_AFTER, MOST_ATTEMPTS, delay, destination, signature
from trace.services import outbound, subscriptions
from trace.services.context import Actor, Context
from trace.services.keys import KeysUnusable
from trace.services.outbound import Outcome, Post
from trace.store import outbox
from trace.store.engine import writing
from trace.store.outbox import Claim
from trace.store.queries import Page
from trace.store.queries import subscriptions as stored
from trace.store.queries.subscriptions import Message

LEASE = timedelta(seconds=60)
"""Longer than sending can take: after it a message is another's to send."""

_AT_ONCE = 16
_AT_ONCE_OF_ONE_PARTY = 4
_CANDIDATES = 200

# The receiver is there and answers, but will not have this message: others need not wait behind it.
_AWAY = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


def step(ctx: Context) -> bool:
    """Send what is due, and write what became of it; whether there was anything."""
    now = ctx.clock()
    due = ctx.sequencer.read(lambda c: outbox.sendable(c, ctx.ledger, now, _CANDIDATES))
    if not due:
        return False
    of_party: Counter[str] = Counter()
    claims: list[Claim] = []
    with writing(ctx.sequencer.engine) as connection:
        for row in due:
            if len(claims) == _AT_ONCE or of_party[row.party] == _AT_ONCE_OF_ONE_PARTY:
                continue
            claim = outbox.claim(connection, ctx.ledger, row.id, row.not_before, now, now + LEASE)
            if claim is not None:
                claims.append(claim)
                of_party[row.party] += 1
    if claims:
        outcomes = _send(ctx, claims, now)
        with writing(ctx.sequencer.engine) as connection:
            for claim, outcome in zip(claims, outcomes, strict=True):
                _settle(ctx, connection, claim, outcome)
    return True


def _send(ctx: Context, claims: list[Claim], now: datetime) -> list[Outcome]:
    """What became of each. What cannot even be put together counts as failed, and keeps nobody else waiting."""
    outcomes: list[Outcome | None] = [None] * len(claims)
    posts: dict[int, Post] = {}
    for place, claim in enumerate(claims):
        try:
            posts[place] = _post(ctx, claim, now)
        except KeysUnusable:
            outcomes[place] = Outcome(error="token_unusable")
        except DestinationRefused:  # it was taken when private addresses were allowed
            outcomes[place] = Outcome(error="address_refused")
    sent = outbound.send(list(posts.values()), private=ctx.webhook_private, now=now) if posts else []
    for place, outcome in zip(posts, sent, strict=True):
        outcomes[place] = outcome
    return [outcome for outcome in outcomes if outcome is not None]


def _post(ctx: Context, claim: Claim, now: datetime) -> Post:
    body = claim.body.encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Trace",
        "GS1-EPCIS-Version": "2.0.0",
        "GS1-CBV-Version": "2.0.0",
        "GS1-EPC-Format": claim.epc_format,
        "Trace-Message": claim.message,
        "Trace-Subscription": claim.subscription,
        "Trace-Attempt": str(claim.attempts),
    }
    if claim.sealed is not None:
        token = subscriptions.token_of(ctx, claim.subscription, claim.sealed)
        headers["GS1-Signature"] = signature(token, claim.message, int(now.timestamp()), body)
    return Post(destination(claim.dest, private=ctx.webhook_private), body, headers)


def _settle(ctx: Context, connection: Connection, claim: Claim, outcome: Outcome) -> None:
    now = ctx.clock()
    status = outcome.status
    if status is not None and 200 <= status < 300:
        outbox.mark(
            connection,
            ctx.ledger,
            claim.message,
            state=outbox.DELIVERED,
            body="",
            next_try=None,
            finished=now,
            last_status=status,
            last_error=None,
        )
        outbox.arm(connection, ctx.ledger, claim.subscription, not_before=None, failures=0, last_notified=now)
        return
    over = status == HTTPStatus.GONE or claim.attempts >= MOST_ATTEMPTS
    spread = ctx.random(1)[0]
    outbox.mark(
        connection,
        ctx.ledger,
        claim.message,
        state=outbox.DEAD if over else outbox.WAITING,
        next_try=None if over else now + delay(claim.attempts, spread, outcome.retry_after),
        finished=now if over else None,
        last_status=status,
        last_error=outcome.error,
    )
    answers = status is not None and 400 <= status < 500 and status not in _AWAY
    failures = 0 if answers else claim.failures + 1
    if failures >= MOST_ATTEMPTS:
        outbox.give_up(
            connection, ctx.ledger, claim.subscription, now - GIVEN_UP_AFTER, now, status, outcome.error
        )
    pause = None if answers else now + delay(failures, spread, outcome.retry_after)
    outbox.arm(connection, ctx.ledger, claim.subscription, not_before=pause, failures=failures)


# -- what its party sees of it --------------------------------------------------------------------------------


def messages(
    ctx: Context, actor: Actor, *, state: str | None, limit: int, cursor: str | None
) -> Page[Message]:
    """The messages of the actor's subscriptions, the newest first. Raises Invalid."""
    return ctx.sequencer.read(
        lambda c: stored.messages_of(c, ctx.ledger, actor.uri, state=state, cursor=cursor, limit=limit)
    )


def retry(ctx: Context, actor: Actor, id: str) -> Message:
    """Have a message that was given up tried anew; one that is not is left as it is. Raises UnknownMessage."""
    with writing(ctx.sequencer.engine) as connection:
        found = stored.find_message(connection, ctx.ledger, actor.uri, id)
        if found is None:
            raise UnknownMessage(message=id[:200])
        outbox.revive(connection, ctx.ledger, id, found.subscription, ctx.clock())
        found = stored.find_message(connection, ctx.ledger, actor.uri, id)
    ctx.work.ring()
    assert found is not None  # noqa: S101 - the same transaction found it before
    return found
