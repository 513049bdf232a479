"""Conditions of an event query as scans of the index and tests of one event; the same on both databases.

A condition is one or several scans, of which one must find the event: rows of one table under one name whose
value is in one range. A scan gives candidates, a test asks whether an event that is known already has such a row;
both run along an index.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Table,
    and_,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    union_all,
)

from trace.domain.event_query import (
    EVENT_TIME,
    RECORD_TIME,
    Among,
    Beginning,
    Condition,
    Descending,
    Either,
    Number,
    Present,
    Time,
)
from trace.domain.event_terms import EXISTS
from trace.store import projection_tables as t
from trace.store.queries.event_places import LAST, descendants

MOST_WALKED = 16
"""Terms of one condition that are walked side by side; more are looked up together."""


@dataclass(frozen=True)
class Window:
    """Which events count at all: entries from ``first`` to ``last``, times from ``since`` up to ``until``."""

    first: int
    last: int
    since: datetime | None = None
    until: datetime | None = None

    def bounds(self, table: FromClause) -> ColumnElement[bool]:
        """The window as a test of a table's index and event_time.

        Among the events the first entry leads in. Elsewhere the entry is hidden in a sum: SQLite, which knows
        nothing of how rows are spread, takes a bound on it for the best way into a key that begins with it.
        """
        led = table is t.events and self.first > 0
        entry = table.c.index if led else table.c.index + 0
        tests = [entry <= self.last]
        if self.first:
            tests.append(entry >= self.first)
        if self.since is not None:
            tests.append(table.c.event_time >= self.since)
        if self.until is not None:
            tests.append(table.c.event_time < self.until)
        return and_(*tests)

    @property
    def timed(self) -> bool:
        """Whether it bounds when things happened."""
        return self.since is not None or self.until is not None


@dataclass(frozen=True)
class Scan:
    """Rows of one table of the index under one name; ``exact``: all of one value, so that time orders them."""

    ledger: str
    table: Table
    name: str
    values: tuple[str, ...] | None = None
    low: str | float | datetime | None = None
    high: str | float | datetime | None = None
    low_open: bool = False
    high_open: bool = False
    within: str = ""

    @property
    def exact(self) -> bool:
        """Whether all rows have one value."""
        return self.values is not None and len(self.values) == 1

    def where(self, table: FromClause) -> ColumnElement[bool]:
        """What a row of ``table`` (this scan's, or an alias of it) must be."""
        return and_(table.c.ledger == self.ledger, table.c.name == self.name, *self.valued(table))

    def valued(self, table: FromClause) -> list[ColumnElement[bool]]:
        """What its value must be."""
        value = table.c.value
        tests: list[ColumnElement[bool]] = []
        if self.values is not None:
            tests.append(value == self.values[0] if self.exact else value.in_(self.values))
        if self.low is not None:
            tests.append(value > self.low if self.low_open else value >= self.low)
        if self.high is not None:
            tests.append(value < self.high if self.high_open else value <= self.high)
        if self.within:
            tests.append(value.contains(self.within, autoescape=True))
        return tests


Scans = tuple[Scan, ...]


def holds(scans: Scans, index: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether the event of this entry has a row that one of the scans finds."""
    alike: dict[tuple[str, str], list[Scan]] = {}
    for scan in scans:
        alike.setdefault((scan.table.name, scan.name), []).append(scan)
    tests = []
    for same in alike.values():
        row = same[0].table.alias()
        here = select(literal(1)).where(row.c.ledger == same[0].ledger, row.c.name == same[0].name)
        found = or_(*(and_(true(), *scan.valued(row)) for scan in same))
        tests.append(found_any(here.where(row.c.index == index, found)))
    return or_(*tests)


def found_any(rows: Select[int]) -> ColumnElement[bool]:
    """EXISTS, asked of one event after the other.

    PostgreSQL makes a join of an EXISTS, and gathers a whole table's matches for a page of thirty events.
    """
    return rows.limit(1).scalar_subquery().is_not(None)


@dataclass(frozen=True)
class Plan:
    """What an event must be: in the window, found by one scan of each condition, and by none of ``absent``."""

    window: Window
    conditions: tuple[Scans, ...]
    absent: Scans = ()

    @property
    def impossible(self) -> bool:
        """Whether nothing can match."""
        window = self.window
        reversed_ = window.since is not None and window.until is not None and window.since >= window.until
        return window.first > window.last or reversed_ or () in self.conditions

    def tests(self, index: ColumnElement[int], without: Scans | None = None) -> list[ColumnElement[bool]]:
        """Tests of one event by every condition but the one that found it."""
        found = [holds(scans, index) for scans in self.conditions if scans is not without]
        return found + [not_(holds((scan,), index)) for scan in self.absent]


def plan(
    connection: Connection,
    ledger: str,
    conditions: Iterable[Condition],
    window: Window,
    reader: str | None,
) -> Plan:
    """The conditions resolved: times of recording to entries, places to the places in them."""
    found: list[Scans] = []
    for condition in conditions:
        if isinstance(condition, Time) and condition.name == EVENT_TIME:
            window = _happened(window, condition)
        elif isinstance(condition, Time) and condition.name == RECORD_TIME:
            window = _recorded(connection, ledger, window, condition)
        elif isinstance(condition, Descending):
            places = descendants(connection, ledger, condition.name, condition.places, reader)
            found.append(_among(ledger, Among(tuple((condition.name, place) for place in places))))
        elif isinstance(condition, Either):
            found.append(tuple(scan for part in condition.parts for scan in _scans(ledger, part)))
        else:
            found.append(_scans(ledger, condition))
    return Plan(window, tuple(found))


def source(scans: Scans, window: Window, limit: int | None = None) -> Select[tuple[int, datetime]]:
    """Entries and times that one of the scans finds; an event may come several times."""
    parts = []
    for scan in scans:
        table = scan.table.alias()
        part = select(table.c.index, table.c.event_time).where(scan.where(table), window.bounds(table))
        parts.append(part if limit is None else select(part.limit(limit).subquery()))
    if len(parts) == 1:
        return parts[0] if limit is None else select(parts[0].subquery())
    both = union_all(*parts).subquery()
    statement = select(both.c.index, both.c.event_time)
    return statement if limit is None else statement.limit(limit)


def counts(connection: Connection, plan: Plan, most: int) -> list[int]:
    """How many rows each condition finds, none counted beyond ``most``; ``most`` for one of many scans."""
    found = [most] * len(plan.conditions)
    counted = [n for n, scans in enumerate(plan.conditions) if len(scans) <= MOST_WALKED]
    asked = (source(plan.conditions[n], plan.window, most).subquery() for n in counted)
    totals = [select(func.count()).select_from(rows).scalar_subquery() for rows in asked]
    if totals:
        for n, total in zip(counted, connection.execute(select(*totals)).one(), strict=True):
            found[n] = total
    return found


def held(connection: Connection, ledger: str, window: Window, most: int) -> int:
    """How many events the window holds at most, none counted beyond ``most``."""
    entries = window.last - window.first + 1
    if not window.timed or entries <= most:
        return entries
    events = select(t.events.c.index).where(t.events.c.ledger == ledger, window.bounds(t.events)).limit(most)
    return connection.execute(select(func.count()).select_from(events.subquery())).scalar_one()


def _scans(ledger: str, condition: Among | Beginning | Number | Present | Time) -> Scans:
    if isinstance(condition, Present):
        condition = Among(((EXISTS, condition.name),))
    if isinstance(condition, Among):
        return _among(ledger, condition)
    if isinstance(condition, Beginning):
        return tuple(
            Scan(
                ledger,
                t.event_terms,
                name,
                low=prefix,
                high=prefix + LAST,
                high_open=True,
                within=condition.within,
            )
            for name in condition.names
            for prefix in condition.prefixes
        )
    if isinstance(condition, Number):
        scan = Scan(ledger, t.event_numbers, condition.name, low=condition.low, high=condition.high)
        return (replace(scan, low_open=condition.low_open, high_open=condition.high_open),)
    scan = Scan(
        ledger, t.event_times, condition.name, low=condition.since, high=condition.until, high_open=True
    )
    return (scan,)


def _among(ledger: str, condition: Among) -> Scans:
    by_name: dict[str, dict[str, None]] = {}
    for name, value in condition.terms:
        by_name.setdefault(name, {})[value] = None
    found = [Scan(ledger, t.event_terms, name, tuple(values)) for name, values in by_name.items()]
    if len(condition.terms) <= MOST_WALKED:
        found = [replace(scan, values=(value,)) for scan in found for value in scan.values or ()]
    return tuple(found)


def _happened(window: Window, condition: Time) -> Window:
    since = max((time for time in (window.since, condition.since) if time is not None), default=None)
    until = min((time for time in (window.until, condition.until) if time is not None), default=None)
    return replace(window, since=since, until=until)


def _recorded(connection: Connection, ledger: str, window: Window, condition: Time) -> Window:
    """Times of recording never decrease from entry to entry, so that they bound the entries."""
    events = t.events.c
    here = select(events.index).where(events.ledger == ledger).limit(1)
    if condition.since is not None:
        ahead = here.where(events.recorded >= condition.since).order_by(events.recorded, events.index)
        first = connection.execute(ahead).scalar()
        window = replace(window, first=window.last + 1 if first is None else max(window.first, first))
    if condition.until is not None:
        before = here.where(events.recorded < condition.until)
        last = connection.execute(before.order_by(events.recorded.desc(), events.index.desc())).scalar()
        window = replace(window, last=-1 if last is None else min(window.last, last))
    return window
