"""Ways through the index to a page of matching events in a given order.

Every way yields the same events in the same order: which is taken is a matter of work alone, but for an order
that nobody asked for, which the first page chooses and the token keeps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    and_,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    union_all,
)

from trace.domain.event_query import EVENT_TIME, RECORD_TIME
from trace.store import projection_tables as t
from trace.store.engine import UtcDateTime
from trace.store.queries.event_conditions import (
    MOST_WALKED,
    Plan,
    Scan,
    Scans,
    counts,
    found_any,
    held,
    holds,
    source,
)

FEW = 1000
"""So many candidates are looked at one by one and sorted."""

AHEAD = 1000
"""So many events are tried in the order asked for, before all that a range finds are sorted."""

_VALUES = "values:"


@dataclass(frozen=True)
class Order:
    """``by``: EVENT_TIME, RECORD_TIME, the name of an extension field, or the values of one condition."""

    by: str
    descending: bool


@dataclass(frozen=True)
class Spot:
    """Where an event stands in an order. ``part`` and ``value`` only where values order."""

    index: int
    time: datetime
    part: int = 0
    value: str | float | datetime | None = None


def fits(spot: Spot, order: Order, conditions: int) -> bool:
    """Whether a spot can be one of this order; what a token holds may be anybody's invention."""
    if order.by in (EVENT_TIME, RECORD_TIME):
        return (spot.part, spot.value) == (0, None)
    if not order.by.startswith(_VALUES):
        kinds: tuple[type, ...] = (float, datetime, str, type(None))
        return 0 <= spot.part < len(kinds) and isinstance(spot.value, kinds[spot.part])
    number = order.by.removeprefix(_VALUES)
    return number.isascii() and number.isdigit() and int(number) < conditions and not order.descending


@dataclass(frozen=True)
class Walk:
    """A plan with its way in: ``driver`` finds the candidates (None: all events of the window do)."""

    connection: Connection
    ledger: str
    plan: Plan
    driver: Scans | None
    few: bool

    @property
    def easiest(self) -> Order:
        """The order to take where none was asked for: the newest first, unless only a few ranges lead in."""
        if self.few or self.driver is None or _walked(self.driver) or len(self.driver) > MOST_WALKED:
            return Order(EVENT_TIME, descending=True)
        return Order(f"{_VALUES}{self.plan.conditions.index(self.driver)}", descending=False)

    def more_than(self, most: int) -> bool:
        """Whether more events match than this many."""
        found = self._candidates()
        matching = select(found.c.index).where(*self._tests(found)).limit(most + 1).subquery()
        count = self.connection.execute(select(func.count()).select_from(matching)).scalar_one()
        return count > most

    def page(self, order: Order, after: Spot | None, limit: int) -> list[Spot]:
        """The next events in this order."""
        if order.by in (EVENT_TIME, RECORD_TIME):
            return self._by_time(order, after, limit)
        if order.by.startswith(_VALUES):
            scans = self.plan.conditions[int(order.by.removeprefix(_VALUES))]
            return self._by_values(scans, order, after, limit, without=scans)
        parts = _field(self.ledger, order.by)
        if self.few:
            return self._sorted(parts, order, after, limit)
        found = self._by_values(parts, order, after, limit)
        if len(found) < limit:
            found += self._lacking(parts, order, after, limit - len(found))
        return found

    # -- by time -----------------------------------------------------------------------------------------

    def _by_time(self, order: Order, after: Spot | None, limit: int) -> list[Spot]:
        if self.driver is not None and not self.few:
            if order.by == EVENT_TIME and _walked(self.driver):
                return self._fetch(self._side_by_side(self.driver, order, after, limit), [], order, limit)
            found = self._ahead(order, after)
            spots = self._fetch(found, self.plan.tests(found.c.index), order, limit)
            if len(spots) == limit:
                return spots
        found = self._candidates()
        return self._fetch(found, [*self._tests(found), *_after(found, order, after)], order, limit)

    def _fetch(
        self, found: FromClause, tests: list[ColumnElement[bool]], order: Order, limit: int
    ) -> list[Spot]:
        statement = select(found.c.index, found.c.event_time).where(*tests)
        rows = self.connection.execute(statement.order_by(*_columns(found, order)).limit(limit))
        return [Spot(index, time) for index, time in rows]

    def _ahead(self, order: Order, after: Spot | None) -> FromClause:
        """The next events in this order, whatever they are."""
        events = t.events
        here = select(events.c.index, events.c.event_time).where(events.c.ledger == self.ledger)
        here = here.where(self.plan.window.bounds(events), *_after(events, order, after))
        return here.order_by(*_columns(events, order)).limit(AHEAD).subquery()

    def _candidates(self) -> FromClause:
        """Index and time of what the driver finds, each event once."""
        if self.driver is None:
            events = t.events
            here = select(events.c.index, events.c.event_time).where(events.c.ledger == self.ledger)
            return here.where(self.plan.window.bounds(events)).subquery()
        found = source(self.driver, self.plan.window)
        alone = len(self.driver) == 1 and self.driver[0].exact
        return (found if alone else found.distinct()).subquery()

    def _side_by_side(self, scans: Scans, order: Order, after: Spot | None, limit: int) -> FromClause:
        """The next of each scan, which the index has in this order; an event may be found by several."""
        parts = []
        for scan in scans:
            table = scan.table.alias()
            tests = (*self._tests(table), *_after(table, order, after))
            part = select(table.c.index, table.c.event_time).where(scan.where(table), *tests)
            part = part.where(self.plan.window.bounds(table))
            parts.append(select(part.order_by(*_columns(table, order)).limit(limit).subquery()))
        if len(parts) == 1:
            return parts[0].subquery()
        both = union_all(*parts).subquery()
        return select(both.c.index, both.c.event_time).distinct().subquery()

    def _tests(self, found: FromClause) -> list[ColumnElement[bool]]:
        return self.plan.tests(found.c.index, without=self.driver)

    # -- by value ----------------------------------------------------------------------------------------

    def _by_values(
        self, parts: Scans, order: Order, after: Spot | None, limit: int, without: Scans | None = None
    ) -> list[Spot]:
        """Part after part in the order of its values; each event at the first of its own."""
        found: list[Spot] = []
        for number, scan in enumerate(parts):
            if len(found) == limit or (after is not None and number < after.part):
                continue
            table, other = scan.table.alias(), scan.table.alias()
            better = other.c.value > table.c.value if order.descending else other.c.value < table.c.value
            same = select(literal(1)).where(scan.where(other), other.c.index == table.c.index, better)
            statement = (
                select(table.c.index, table.c.event_time, table.c.value)
                .where(scan.where(table), self.plan.window.bounds(table), not_(found_any(same)))
                .where(not_(holds(parts[:number], table.c.index)) if number else true())
                .where(*self.plan.tests(table.c.index, without=without))
            )
            if after is not None and number == after.part:
                statement = statement.where(_beyond(table, order, after))
            rows = self.connection.execute(
                statement.order_by(*_columns(table, order)).limit(limit - len(found))
            )
            found += [Spot(index, time, number, value) for index, time, value in rows]
        return found

    def _lacking(self, parts: Scans, order: Order, after: Spot | None, limit: int) -> list[Spot]:
        """Events without the field, after all that have it, by their time."""
        by_time = Order(EVENT_TIME, order.descending)
        start = after if after is not None and after.part == len(parts) else None
        walk = replace(self, plan=replace(self.plan, absent=parts))
        return [Spot(spot.index, spot.time, len(parts)) for spot in walk.page(by_time, start, limit)]

    def _sorted(self, parts: Scans, order: Order, after: Spot | None, limit: int) -> list[Spot]:
        """Few candidates with their values, put in order here."""
        found = self._candidates()
        best = func.max if order.descending else func.min
        values = []
        for scan in parts:
            table = scan.table.alias()
            here = select(best(table.c.value)).where(scan.where(table), table.c.index == found.c.index)
            values.append(here.scalar_subquery())
        rows = self.connection.execute(
            select(found.c.index, found.c.event_time, *values).where(*self._tests(found))
        )
        spots = [_valued(index, time, list(named)) for index, time, *named in rows]
        ordered: list[Spot] = []
        for part in range(len(parts) + 1):
            members = [spot for spot in spots if spot.part == part]
            ordered += sorted(members, key=_key, reverse=order.descending)
        return [spot for spot in ordered if after is None or _comes_after(spot, after, order)][:limit]


def choose(connection: Connection, ledger: str, plan: Plan) -> Walk:
    """The way in that looks at the fewest rows."""
    if held(connection, ledger, plan.window, FEW + 1) <= FEW:
        return Walk(connection, ledger, plan, None, few=True)
    found = counts(connection, plan, FEW + 1)
    if found and min(found) <= FEW:
        return Walk(connection, ledger, plan, plan.conditions[found.index(min(found))], few=True)
    walked = (scans for scans in plan.conditions if _walked(scans))
    driver = next(walked, plan.conditions[0] if plan.conditions else None)
    return Walk(connection, ledger, plan, driver, few=False)


def _walked(scans: Scans) -> bool:
    """Whether an index has what these scans find in the order of time."""
    return len(scans) <= MOST_WALKED and all(scan.exact for scan in scans)


def _field(ledger: str, name: str) -> Scans:
    """A field's values: numbers, then times, then texts."""
    return tuple(Scan(ledger, table, name) for table in (t.event_numbers, t.event_times, t.event_terms))


def _valued(index: int, time: datetime, values: list[Any]) -> Spot:
    part = next((n for n, value in enumerate(values) if value is not None), len(values))
    return Spot(index, time, part, values[part] if part < len(values) else None)


def _key(spot: Spot) -> tuple[Any, ...]:
    return (spot.time, spot.index) if spot.value is None else (spot.value, spot.time, spot.index)


def _comes_after(spot: Spot, after: Spot, order: Order) -> bool:
    if spot.part != after.part:
        return spot.part > after.part
    return _key(spot) < _key(after) if order.descending else _key(spot) > _key(after)


def _columns(table: FromClause, order: Order) -> list[ColumnElement[Any]]:
    columns = [table.c[name] for name in _names(order)]
    return [column.desc() if order.descending else column for column in columns]


def _names(order: Order) -> tuple[str, ...]:
    named = {EVENT_TIME: ("event_time", "index"), RECORD_TIME: ("index",)}
    return named.get(order.by, ("value", "event_time", "index"))


def _after(table: FromClause, order: Order, after: Spot | None) -> list[ColumnElement[bool]]:
    return [] if after is None else [_beyond(table, order, after)]


def _beyond(table: FromClause, order: Order, after: Spot) -> ColumnElement[bool]:
    """Rows that come after a spot; a value or time is bounded by itself too, so that the index is entered there."""
    if order.by == RECORD_TIME:
        entry = table.c.index + 0  # see Window.bounds
        return entry < after.index if order.descending else entry > after.index
    held = {"value": after.value, "event_time": literal(after.time, UtcDateTime), "index": after.index}
    pairs = [(table.c[name], held[name]) for name in _names(order)]
    alternatives = []
    for depth, (column, value) in enumerate(pairs):
        same = [known == held_value for known, held_value in pairs[:depth]]
        alternatives.append(and_(*same, column < value if order.descending else column > value))
    column, value = pairs[0]
    return and_(column <= value if order.descending else column >= value, or_(*alternatives))
