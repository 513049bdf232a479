"""What was issued for printing: the ranges of a batch's serials, and a party's rolls with what is bound of them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from trace.store import serial_tables as t


@dataclass(frozen=True)
class Issued:
    """Serials of a batch from one number to another, and whether each has a second code under a scratch layer."""

    first: int
    last: int
    cover: bool


@dataclass(frozen=True)
class RollInfo:
    """A roll of labels printed ahead; ``bound`` are (first, last, batch URI) in order."""

    roll: str
    count: int
    cover: bool
    bound: tuple[tuple[int, int, str], ...]


def issued(connection: Connection, ledger: str, batch: str, party: str) -> tuple[Issued, ...]:
    """The ranges that this party issued for a batch, in order."""
    ranges = t.serial_ranges.c
    rows = connection.execute(
        select(ranges.first, ranges.last, ranges.cover)
        .where(ranges.ledger == ledger, ranges.batch == batch, ranges.by_party == party)
        .order_by(ranges.first)
    )
    return tuple(Issued(*row) for row in rows)


def rolls(connection: Connection, ledger: str, party: str, limit: int) -> tuple[RollInfo, ...]:
    """A party's rolls, the newest first."""
    made, bound = t.rolls.c, t.roll_bindings.c
    found = connection.execute(
        select(made.roll, made.count, made.cover)
        .where(made.ledger == ledger, made.by_party == party)
        .order_by(made.index.desc())
        .limit(limit)
    ).all()
    tied = connection.execute(
        select(bound.roll, bound.first, bound.last, bound.batch)
        .where(bound.ledger == ledger, bound.roll.in_([row.roll for row in found]))
        .order_by(bound.roll, bound.first)
    ).all()
    return tuple(
        RollInfo(
            name, count, cover, tuple((one.first, one.last, one.batch) for one in tied if one.roll == name)
        )
        for name, count, cover in found
    )
