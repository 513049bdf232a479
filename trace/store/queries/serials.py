"""Serial codes: what was issued, what labels stand for, and what became of the things they are on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, exists, func, or_, select

from trace.store import projection_tables as p
from trace.store import serial_tables as t
from trace.store.book import entry_of
from trace.store.queries.names import Names
from trace.store.queries.results import Named


@dataclass(frozen=True)
class Range:
    """Numbers ``first`` to ``last`` of a batch's serials, or of a roll's labels that stand for ``batch``."""

    batch: str
    first: int
    last: int
    by: str
    cover: bool = False


@dataclass(frozen=True)
class Roll:
    """A pre-printed roll and whose it is."""

    roll: str
    count: int
    cover: bool
    by: str


@dataclass(frozen=True)
class Left:
    """A record by which one thing left the chain: the business step's short word, when, and from which place."""

    step: str
    time: datetime
    place: str | None


@dataclass(frozen=True)
class Cleared:
    """An official looked into a warning of copies: in which entry, when, who, why (``domain.causes.CLEARED``)."""

    index: int
    time: datetime
    by: Named
    cause: str | None
    reason: str


def cleared(connection: Connection, ledger: str, code: str) -> Cleared | None:
    """The last time that somebody did so for a serial, by its URI."""
    columns = t.clearances.c
    row = connection.execute(
        select(t.clearances)
        .where(columns.ledger == ledger, columns.code == code)
        .order_by(columns.index.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    by = Names(connection, ledger, [row.by_party]).of(row.by_party)
    return Cleared(entry_of(row), row.recorded, by, row.cause, row.reason)


def highest_serial(connection: Connection, ledger: str, batch: str) -> int | None:
    """The highest number issued for a batch; None where there is none."""
    ranges = t.serial_ranges.c
    found: int | None = connection.execute(
        select(func.max(ranges.last)).where(ranges.ledger == ledger, ranges.batch == batch)
    ).scalar()
    return found


def serial_range(connection: Connection, ledger: str, batch: str, number: int) -> Range | None:
    """The range in which a number was issued for a batch."""
    row = _holding(connection, ledger, t.serial_ranges, "batch", batch, number)
    return None if row is None else Range(row.batch, row.first, row.last, row.by_party, row.cover)


def serial_ranges(connection: Connection, ledger: str, batch: str, first: int, last: int) -> list[Range]:
    """The ranges of a batch that hold any number between these two, in order."""
    ranges = t.serial_ranges.c
    rows = connection.execute(
        select(t.serial_ranges)
        .where(ranges.ledger == ledger, ranges.batch == batch, ranges.first <= last, ranges.last >= first)
        .order_by(ranges.first)
    )
    return [Range(row.batch, row.first, row.last, row.by_party, row.cover) for row in rows]


def roll(connection: Connection, ledger: str, name: str) -> Roll | None:
    """A roll by its id."""
    rolls = t.rolls.c
    row = connection.execute(select(t.rolls).where(rolls.ledger == ledger, rolls.roll == name)).first()
    return None if row is None else _roll(row)


def roll_binding(connection: Connection, ledger: str, name: str, number: int) -> Range | None:
    """The binding that holds a label of a roll."""
    row = _holding(connection, ledger, t.roll_bindings, "roll", name, number)
    return None if row is None else _binding(row)


def label_indices(connection: Connection, ledger: str, name: str, number: int) -> tuple[int, ...]:
    """The entries by which a roll was made and one of its labels came to stand for a batch, as far as they are."""
    made = connection.execute(
        select(t.rolls.c.index).where(t.rolls.c.ledger == ledger, t.rolls.c.roll == name)
    ).first()
    bound = _holding(connection, ledger, t.roll_bindings, "roll", name, number)
    return tuple(entry_of(row) for row in (made, bound) if row is not None)


def first_binding(connection: Connection, ledger: str, name: str, first: int, last: int) -> Range | None:
    """The first binding that holds any label between these two; None where all are free."""
    bound = t.roll_bindings.c
    row = connection.execute(
        select(t.roll_bindings)
        .where(bound.ledger == ledger, bound.roll == name, bound.first <= last, bound.last >= first)
        .order_by(bound.first)
        .limit(1)
    ).first()
    return None if row is None else _binding(row)


def thing_left(connection: Connection, ledger: str, names: Collection[str], batch: str) -> tuple[Left, ...]:
    """The records, still standing, by which a thing with one of these names left the chain, in order of time.

    Only those of parties through whose hands the batch went: a stranger's document says nothing about it.
    """
    events, things, postings = p.events.c, p.event_things.c, p.postings.c
    held = (
        select(postings.index)
        .where(postings.ledger == ledger, postings.batch == batch, postings.ref == events.by_party)
        .limit(1)
    )
    rows = connection.execute(
        select(events.biz_step, events.event_time, events.read_point)
        .join(p.event_things, (things.ledger == events.ledger) & (things.index == events.index))
        .where(events.ledger == ledger, things.role == "epc", things.uri.in_(sorted(names)))
        .where(or_(*(events.biz_step == step for step in LEAVING)))
        .where(events.declares_error.is_(False), events.corrected_by.is_(None), exists(held))
        .order_by(events.event_time, events.index)
    )
    return tuple(Left(step, time, place) for step, time, place in rows)


LEAVING = ("retail_selling", "dispensing", "destroying", "decommissioning")
"""Business steps of the CBV after which a thing is no longer in the chain."""


def _holding(
    connection: Connection, ledger: str, table: Table, series: str, name: str, number: int
) -> Row[Any] | None:
    columns = table.c
    row = connection.execute(
        select(table)
        .where(columns.ledger == ledger, columns[series] == name, columns.first <= number)
        .order_by(columns.first.desc())
        .limit(1)
    ).first()
    return row if row is not None and row.last >= number else None


def _binding(row: Row[Any]) -> Range:
    return Range(row.batch, row.first, row.last, row.by_party)


def _roll(row: Row[Any]) -> Roll:
    return Roll(row.roll, row._mapping["count"], row.cover, row.by_party)
