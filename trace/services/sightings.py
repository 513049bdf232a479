"""What is known of the single thing that a code is on: how often it was looked at, where it was seen, whether it was
uncovered; and whether that speaks for copies. None of it is in the ledger, and none of it says who somebody was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Table, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from trace.domain import clones
from trace.domain.clones import Cell, CloneWarning, Sighting
from trace.domain.refusals import Invalid
from trace.domain.serials import CoverPaused, NoCover, shown
from trace.services import serials
from trace.services.context import Context
from trace.services.serials import Code
from trace.services.tally import Looks
from trace.store import serial_tables as t
from trace.store.engine import writing
from trace.store.queries import serials as found
from trace.store.queries.serials import Cleared

MOST_TRIES = 10
"""Wrong second codes that are looked at for one serial in a day."""

MOST_SIGHTINGS = 100
"""Sightings kept of one serial since a warning was last looked into; what comes later changes nothing any more."""

AGAIN = timedelta(hours=1)
"""A sighting at the same place within this time is the same one."""

_WRITE_AFTER = timedelta(seconds=2)
_GONE = ("destroying", "decommissioning")
_GEO = re.compile(r"geo:(-?[0-9]{1,2}(?:\.[0-9]+)?),(-?[0-9]{1,3}(?:\.[0-9]+)?)(?:[,;].*)?")  # RFC 5870


@dataclass(frozen=True)
class Seen:
    """How often a code was looked at, since when, what speaks for copies of it, and who looked into that last."""

    count: int
    first: datetime | None
    clone: CloneWarning | None = None
    cleared: Cleared | None = None


@dataclass(frozen=True)
class Uncovered:
    """What a second code says: right or wrong, how many wrong ones are left today, when one was first right."""

    right: bool
    left: int
    before: datetime | None


def looked(ctx: Context, code_uri: str, client: str) -> None:
    """Count a look at a code's page. ``client`` is a coarse key of who looks, and is not kept (see ``tally``)."""
    ctx.tally.look(code_uri, client, ctx.clock(), ctx.random)


def scanned(
    ctx: Context, code_uri: str, place: tuple[float, float] | None = None, *, code: Code | None = None
) -> Seen:
    """What is known of a code; with ``place`` (degrees north and east) after noting that its thing was seen there.

    ``code_uri`` is a batch's URI, or that of ``code``, a serial: a batch's code is on many things, so no place is
    noted of it and no warning given. Raises Invalid for a place that is none.
    """
    if place is not None and code is not None:
        _note(ctx, code.uri, _cell(*place))

    return ctx.sequencer.read(lambda connection: known(connection, ctx, code_uri, code))


def known(connection: Connection, ctx: Context, code_uri: str, code: Code | None) -> Seen:
    """The same within a transaction that is open already."""
    looks = _looks(connection, ctx.ledger, code_uri)
    waits = ctx.tally.waiting(code_uri)
    both = waits + looks if waits else looks
    count, first = (both.count, both.first) if both else (0, None)
    if code is None:
        return Seen(count, first)
    cleared = found.cleared(connection, ctx.ledger, code.uri)
    return Seen(count, first, _judge(connection, ctx, code, both, cleared), cleared)


def places(ctx: Context, code: Code) -> tuple[Sighting, ...]:
    """Where and when a thing was seen, in order of time."""
    return ctx.sequencer.read(lambda connection: tuple(sorted(_sightings(connection, ctx.ledger, code.uri))))


def uncover(ctx: Context, code: Code, typed: str) -> Uncovered:
    """Try the second code of a serial. Raises NoCover, CoverPaused after ``MOST_TRIES`` wrong ones in a day.

    Tries of one serial go one after another: many at once are no more tries.
    """
    if not code.cover:
        raise NoCover(serial=shown(code.serial))
    today = ctx.local(ctx.clock()).date().isoformat()
    row = t.reveals.c
    this = (row.ledger == ctx.ledger, row.code == code.uri)
    ctx.sequencer.read(
        lambda connection: _tries(connection, code, today, this)
    )  # no lock where there is a pause
    with writing(ctx.sequencer.engine) as connection:
        fresh = {"ledger": ctx.ledger, "code": code.uri, "day": today, "tries": 0}
        locked = _insert(connection, t.reveals).values(
            fresh
        )  # an update that changes nothing takes the row's lock
        connection.execute(
            locked.on_conflict_do_update(index_elements=["ledger", "code"], set_={"code": code.uri})
        )
        tries, before = _tries(connection, code, today, this)
        right = serials.uncovers(ctx, code, typed)
        tries += not right
        first = before or (ctx.clock() if right else None)
        values = {"day": today, "tries": tries, "first": first}
        connection.execute(update(t.reveals).where(*this).values(values))
    return Uncovered(right, MOST_TRIES - tries, before)


def _tries(
    connection: Connection, code: Code, today: str, this: tuple[ColumnElement[bool], ...]
) -> tuple[int, datetime | None]:
    """Wrong tries of today, and when the second code was first right. Raises CoverPaused."""
    row = connection.execute(select(t.reveals).where(*this)).first()
    tries = row.tries if row is not None and row.day == today else 0
    if tries >= MOST_TRIES:
        raise CoverPaused(serial=shown(code.serial), tries=MOST_TRIES)
    return tries, row.first if row is not None else None


# -- counting, beside the requests ---------------------------------------------------------------------------------


def step(ctx: Context) -> bool:
    """Write the counts that have waited for some seconds; whether there were any. For ``background``."""
    since = ctx.tally.since
    if since is None or ctx.clock() - since < _WRITE_AFTER:
        return False
    return flush(ctx) > 0


def flush(ctx: Context) -> int:
    """Write every count that waits; how many codes they are of. What cannot be written is lost."""
    taken = ctx.tally.take()
    try:
        if taken:
            with writing(ctx.sequencer.engine) as connection:
                _add(connection, ctx.ledger, taken)
    finally:
        ctx.tally.written()
    return len(taken)


def _add(connection: Connection, ledger: str, taken: Mapping[str, Looks]) -> None:
    rows = [
        {"ledger": ledger, "code": code, "count": one.count, "first": one.first, "last": one.last}
        for code, one in sorted(
            taken.items()
        )  # in one order, so that two processes never wait for each other
    ]
    fresh = _insert(connection, t.scans)
    had, new = t.scans.c, fresh.excluded
    least, most = (func.min, func.max) if connection.dialect.name == "sqlite" else (func.least, func.greatest)
    sums = {
        "count": had["count"] + new["count"],
        "first": least(had.first, new.first),
        "last": most(had.last, new.last),
    }
    connection.execute(fresh.on_conflict_do_update(index_elements=["ledger", "code"], set_=sums), rows)


# -- inside ----------------------------------------------------------------------------------------------------


def _looks(connection: Connection, ledger: str, code: str) -> Looks | None:
    row = connection.execute(
        select(t.scans.c["count"], t.scans.c.first, t.scans.c.last).where(
            t.scans.c.ledger == ledger, t.scans.c.code == code
        )
    ).first()
    return None if row is None else Looks(*row)


def _note(ctx: Context, code: str, cell: Cell) -> None:
    """Keep that a thing was seen in a cell now; once in a while for each cell, and so often in all."""
    now = ctx.clock()
    rows = t.sightings.c
    same = (rows.latitude == cell.latitude, rows.longitude == cell.longitude, rows.time > now - AGAIN)

    def full(connection: Connection) -> bool:
        asked = select(func.count(), func.count().filter(*same))
        asked = asked.where(rows.ledger == ctx.ledger, rows.code == code)
        if (cleared := found.cleared(connection, ctx.ledger, code)) is not None:
            asked = asked.where(rows.time > cleared.time)  # what counts no more keeps nothing new out
        count, again = connection.execute(asked).one()
        return bool(count >= MOST_SIGHTINGS or again)

    if ctx.sequencer.read(full):  # most of the time: then nobody waits for a lock
        return
    values = {"ledger": ctx.ledger, "code": code, "time": now}
    place = {"latitude": cell.latitude, "longitude": cell.longitude}
    with writing(ctx.sequencer.engine) as connection:
        if not full(connection):
            statement = _insert(connection, t.sightings).values({**values, **place})
            connection.execute(statement.on_conflict_do_nothing())


def _sightings(connection: Connection, ledger: str, code: str) -> list[Sighting]:
    rows = t.sightings.c
    asked = select(rows.time, rows.latitude, rows.longitude).where(rows.ledger == ledger, rows.code == code)
    return [Sighting(time, Cell(north, east)) for time, north, east in connection.execute(asked)]


def _judge(
    connection: Connection, ctx: Context, code: Code, looks: Looks | None, cleared: Cleared | None
) -> CloneWarning | None:
    seen = _sightings(connection, ctx.ledger, code.uri)
    left = found.thing_left(connection, ctx.ledger, code.names, code.batch)
    seen += [Sighting(one.time, cell) for one in left if (cell := _geo(one.place))]
    gone = next((one.time for one in left if one.step in _GONE), None)
    looked = looks.last if looks else None
    return clones.judge(seen, gone=gone, looked=looked, cleared=cleared.time if cleared else None)


def _cell(latitude: float, longitude: float) -> Cell:
    try:
        return Cell.of(latitude, longitude)
    except ValueError:
        raise Invalid(
            field="place", value=f"{latitude}, {longitude}"[:40], expected="-90..90, -180..180"
        ) from None


def _geo(place: str | None) -> Cell | None:
    """The cell of a ``geo:`` URI, by which CBV 2.0 (section 8.3) lets an event name a point on Earth."""
    match = _GEO.fullmatch(place or "")
    if match is None:
        return None
    try:
        return Cell.of(float(match[1]), float(match[2]))
    except ValueError:
        return None


def _insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
