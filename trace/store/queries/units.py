"""What was recorded of a logistic unit, also when nothing lies in it any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, exists, select

from trace.store import projection_tables as t
from trace.store.queries.names import Names
from trace.store.queries.results import Named

MOST = 50
"""Events of one unit that are read, the newest ones: a number may serve again, and anybody's document may name it."""

_GOODS = ("child", "content")


@dataclass(frozen=True)
class UnitStep:
    """One event that names a unit and that nobody took back.

    ``role`` is what the unit is in it (``parent``, ``child``, ``epc`` ...), ``goods`` the URIs of what lay in it, where
    it is the parent, ``flagged`` whether it does not add up with what was known.
    """

    index: int
    type: str
    biz_step: str | None
    time: datetime
    offset: str
    by: Named
    holder: Named
    role: str
    goods: tuple[str, ...]
    flagged: bool


def unit_steps(connection: Connection, ledger: str, unit: str) -> tuple[UnitStep, ...] | None:
    """The newest events that name a unit, by their time; None for a unit that none names.

    Empty where every record of it was declared wrong.
    """
    rows = connection.execute(_STEPS, {"ledger": ledger, "unit": unit}).all()
    if not rows:
        return None
    standing = {row.entry: row for row in rows if row.corrected_by is None and not row.declares_error}
    roles = {row.entry: row.role for row in rows if row.uri == unit}
    goods: dict[int, list[str]] = {entry: [] for entry in standing if roles[entry] == "parent"}
    for row in rows:
        if row.entry in goods and row.role in _GOODS:
            goods[row.entry].append(row.uri)
    names = Names(
        connection, ledger, {uri for row in standing.values() for uri in (row.by_party, row.holder)}
    )
    return tuple(
        UnitStep(
            index=row.entry,
            type=row.type,
            biz_step=row.biz_step,
            time=row.event_time,
            offset=row.offset,
            by=names.of(row.by_party),
            holder=names.of(row.holder),
            role=roles[row.entry],
            goods=tuple(goods.get(row.entry, ())),
            flagged=row.flagged,
        )
        for row in sorted(standing.values(), key=lambda row: (row.event_time, row.entry))
    )


_things = t.event_things.alias("things")
_newest = (
    select(t.event_things.c.index)
    .where(t.event_things.c.ledger == bindparam("ledger"), t.event_things.c.uri == bindparam("unit"))
    .distinct()
    .order_by(t.event_things.c.index.desc())
    .limit(MOST)
)
_STEPS: Select[Any] = (
    select(
        t.events.c.index.label("entry"),
        *(column for column in t.events.c if column.name not in ("index", "ledger")),
        _things.c.role,
        _things.c.uri,
        exists()
        .where(t.flags.c.ledger == t.events.c.ledger, t.flags.c.index == t.events.c.index)
        .label("flagged"),
    )
    .join(_things, and_(_things.c.ledger == t.events.c.ledger, _things.c.index == t.events.c.index))
    .where(t.events.c.ledger == bindparam("ledger"), t.events.c.index.in_(_newest))
    .order_by(t.events.c.index, _things.c.uri)
)
