"""How often somebody may guess, counted before what he guesses is looked at.

A try is counted under several names at once. Each name has some tries free; after them every further one doubles the
pause, up to a limit. What was counted is forgotten after a day, and taken back when the guess was right. Counting
first closes the gap in which many guesses at the same moment would all be the first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from trace.services.context import Context
from trace.store.account_tables import tries
from trace.store.engine import writing

LONGEST_PAUSE = 900
"""Seconds that a pause never exceeds."""
FORGOTTEN = timedelta(days=1)


@dataclass(frozen=True)
class Bucket:
    """A name under which tries are counted, and how many are free."""

    name: str
    free: int

    @property
    def key(self) -> str:
        """SHA-256 (hex) of the name."""
        return hashlib.sha256(self.name.encode()).hexdigest()


def charge(ctx: Context, buckets: Sequence[Bucket]) -> int:
    """Count one more try under every name, or say how many seconds to wait: then nothing was counted."""
    now = ctx.clock()
    free = {bucket.key: bucket.free for bucket in buckets}
    mine = select(tries).where(tries.c.ledger == ctx.ledger, tries.c.bucket.in_(free))
    # Whoever has to wait and does not costs nobody a lock.
    if seconds := ctx.sequencer.read(lambda connection: _pause(connection.execute(mine).all(), now)):
        return seconds
    with writing(ctx.sequencer.engine) as connection:
        connection.execute(
            delete(tries).where(tries.c.ledger == ctx.ledger, tries.c.latest < now - FORGOTTEN)
        )
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        empty = [{"ledger": ctx.ledger, "bucket": key, "counted": 0, "latest": now} for key in sorted(free)]
        connection.execute(insert(tries).values(empty).on_conflict_do_nothing())
        rows = connection.execute(mine.order_by(tries.c.bucket).with_for_update()).all()
        if seconds := _pause(rows, now):
            return seconds
        for row in rows:
            over = row.counted + 1 - free[row.bucket]
            pause = timedelta(seconds=min(1 << min(over, 20), LONGEST_PAUSE)) if over >= 0 else None
            connection.execute(
                update(tries)
                .where(tries.c.ledger == ctx.ledger, tries.c.bucket == row.bucket)
                .values(counted=row.counted + 1, latest=now, wait_until=now + pause if pause else None)
            )
    return 0


def _pause(rows: Sequence[Row[Any]], now: datetime) -> int:
    """Seconds until the last of these may be tried again; 0 for now."""
    until = max((row.wait_until for row in rows if row.wait_until is not None), default=now)
    return int((until - now).total_seconds()) + 1 if until > now else 0


def forgive(ctx: Context, whole: Sequence[Bucket], one: Sequence[Bucket] = ()) -> None:
    """The guess was right: forget all that was counted under some names, and this one try under others."""
    here = tries.c.ledger == ctx.ledger
    with writing(ctx.sequencer.engine) as connection:
        connection.execute(delete(tries).where(here, tries.c.bucket.in_([bucket.key for bucket in whole])))
        for bucket in one:
            counted = (here, tries.c.bucket == bucket.key, tries.c.counted > 0)
            connection.execute(
                update(tries).where(*counted).values(counted=tries.c.counted - 1, wait_until=None)
            )
