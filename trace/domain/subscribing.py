"""Queries by name and subscriptions to them (EPCIS 2.0 section 8.2.5): what is refused, and how they are named."""

from __future__ import annotations

from dataclasses import dataclass

from trace.domain.refusals import Invalid, Refusal

MOST_QUERIES = 200
MOST_SUBSCRIPTIONS = 100
LONGEST_NAME = 128
LARGEST_QUERY = 64 * 1024
"""Bytes of a query as JSON: all of them may be listed at once."""
LONGEST_SECRET = 1000
"""Characters of a signature token."""


@dataclass(eq=False)
class UnknownQuery(Refusal):
    """The party has no query of this name."""

    code = "unknown_query"
    query: str


@dataclass(eq=False)
class UnknownSubscription(Refusal):
    """The query has no such subscription."""

    code = "unknown_subscription"
    subscription: str


@dataclass(eq=False)
class UnknownMessage(Refusal):
    """No such message was made for the party's subscriptions, or it was cleared away."""

    code = "unknown_message"
    message: str


@dataclass(eq=False)
class QueryExists(Refusal):
    """The party has another query of this name; a name is free again when its query is deleted."""

    code = "query_exists"
    query: str


@dataclass(eq=False)
class TooManyQueries(Refusal):
    """The party has as many queries as one may have."""

    code = "too_many_queries"
    most: int


@dataclass(eq=False)
class TooManySubscriptions(Refusal):
    """The party has as many subscriptions as one may have."""

    code = "too_many_subscriptions"
    most: int


@dataclass(eq=False)
class SubscriptionUnclear(Refusal):
    """Neither or both of ``stream`` and ``schedule`` say when the subscriber is to be told."""

    code = "subscription_unclear"


@dataclass(eq=False)
class SubscriptionLimited(Refusal):
    """The query cuts its result off by ``parameter``: a subscriber would never hear of the rest."""

    code = "subscription_limited"
    query: str
    parameter: str


@dataclass(eq=False)
class DestinationRefused(Refusal):
    """Nothing is sent to this address: it is not of its form, not encrypted, or not public."""

    code = "destination_refused"
    dest: str


@dataclass(eq=False)
class WebSocketNotOffered(Refusal):
    """A query's results were asked for over WebSocket; ``path`` is where webhooks subscribe to them."""

    code = "web_socket_not_offered"
    parameter: str
    path: str


def query_name(text: str) -> str:
    """A name that can stand in an address as one segment. Raises Invalid."""
    if not 0 < len(text) <= LONGEST_NAME or not text.isprintable() or text != text.strip() or _breaks(text):
        raise Invalid(
            field="name",
            value=text[:40],
            expected=f"1 to {LONGEST_NAME} printable characters, none of / ? # %",
        )
    return text


def _breaks(text: str) -> bool:
    return text in (".", "..") or any(sign in text for sign in "/?#%\\")
