"""What an EPCIS query asks for (EPCIS 2.0 section 8.2.7.1, SimpleEventQuery), in normal form.

Every parameter becomes a condition on the words, numbers and times that ``event_terms`` finds in an event, so
that one index answers all of them. All conditions of a query must hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from trace.domain.refusals import Refusal

EVENT_TIME = "eventTime"
RECORD_TIME = "recordTime"


@dataclass(frozen=True)
class Among:
    """The event has one of these (name, value) terms."""

    terms: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Beginning:
    """The event has a term of this name whose value begins with one of ``prefixes`` and holds ``within``."""

    names: tuple[str, ...]
    prefixes: tuple[str, ...]
    within: str = ""


@dataclass(frozen=True)
class Present:
    """The event has anything at all under this name (EXISTS_...)."""

    name: str


@dataclass(frozen=True)
class Number:
    """The event has a number under this name between the bounds; None leaves a side open."""

    name: str
    low: float | None = None
    high: float | None = None
    low_open: bool = False  # the bound itself does not count
    high_open: bool = False


@dataclass(frozen=True)
class Time:
    """The event has a time under this name from ``since`` up to, and without, ``until``."""

    name: str
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Descending:
    """The event has, under this name, one of these places or one inside it (WD_...).

    Inside is what master data says is a child, however deep, and for a GLN every extension of it.
    """

    name: str
    places: tuple[str, ...]


@dataclass(frozen=True)
class Either:
    """At least one of these holds."""

    parts: tuple[Among | Beginning | Number | Time, ...]


Condition = Among | Beginning | Present | Number | Time | Descending | Either


@dataclass(frozen=True)
class EventQuery:
    """Conditions, an order, and limits.

    ``order_by``: EVENT_TIME, RECORD_TIME, the name of a field of the event (see ``event_terms``), or None where
    the asker does not care. ``count_limit`` cuts the result off; more than ``max_count`` is an error instead.
    """

    conditions: tuple[Condition, ...] = ()
    order_by: str | None = None
    descending: bool = True
    count_limit: int | None = None
    max_count: int | None = None

    def also(self, conditions: Iterable[Condition]) -> EventQuery:
        """The same query with more conditions."""
        return EventQuery(
            (*self.conditions, *conditions),
            self.order_by,
            self.descending,
            self.count_limit,
            self.max_count,
        )


@dataclass(eq=False)
class QueryParameterUnknown(Refusal):
    """No such query parameter, or one of the standard's that is not answered here."""

    code = "query_parameter_unknown"
    parameter: str


@dataclass(eq=False)
class QueryParameterInvalid(Refusal):
    """A query parameter whose value has not the form that the standard gives it."""

    code = "query_parameter_invalid"
    parameter: str
    value: str
    expected: str


@dataclass(eq=False)
class QueryTooLarge(Refusal):
    """More matches than the asker (``maxEventCount``) or the service allows."""

    code = "query_too_large"
    limit: int


@dataclass(eq=False)
class PageTokenInvalid(Refusal):
    """A page token that was not given out for this query to this reader."""

    code = "page_token_invalid"
    token: str
