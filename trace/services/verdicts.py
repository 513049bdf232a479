"""The whole ledger verified when the operator asks for it, beside the requests, with its progress to be seen.

One verification at a time; the last ones are kept with what they found. A process that dies at it leaves it to the
next one, which begins anew.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from trace.services import audit
from trace.services.audit import Audit, Step
from trace.services.context import Context
from trace.store.engine import writing
from trace.store.operating_tables import verdicts

_KEPT = 10
_LEASE = timedelta(minutes=2)
_TOLD = timedelta(seconds=1)  # between two writes of how far it is


@dataclass(frozen=True)
class Verdict:
    """A verification: how far it is (``stage``, ``done`` of ``total``), and when ``finished`` what it found."""

    id: str
    asked: datetime
    stage: str
    done: int
    total: int
    finished: datetime | None
    ok: bool | None
    size: int | None
    root: str | None
    steps: tuple[Step, ...]


def ask(ctx: Context) -> str:
    """Have the whole ledger verified; the id of the verification, which may be one that was asked for before."""
    now = ctx.clock()
    with writing(ctx.sequencer.engine) as connection:
        waiting = connection.execute(_of(ctx.ledger).where(verdicts.c.finished.is_(None))).first()
        if waiting is not None:
            return str(waiting.id)
        kept = connection.execute(_of(ctx.ledger)).all()
        for row in kept[_KEPT - 1 :]:
            gone = (verdicts.c.ledger == ctx.ledger) & (verdicts.c.id == row.id)
            connection.execute(delete(verdicts).where(gone))
        id = ctx.new_uuid().removeprefix("urn:uuid:")
        connection.execute(
            insert(verdicts).values(ledger=ctx.ledger, id=id, asked=now, stage="waiting", done=0, total=0)
        )
    ctx.work.ring()
    return id


def listed(ctx: Context) -> Sequence[Verdict]:
    """The verifications that are kept, the newest first."""
    rows = ctx.sequencer.read(lambda connection: connection.execute(_of(ctx.ledger)).all())
    return [_verdict(row) for row in rows]


def step(ctx: Context) -> bool:
    """Do a verification that was asked for; whether there was one."""
    id = ctx.sequencer.read(lambda connection: _waiting(connection, ctx))
    if id is None or not _write(ctx, id, stage="entries"):
        return False
    told = ctx.clock()

    def progress(name: str, done: int, total: int) -> None:
        nonlocal told
        if (now := ctx.clock()) - told >= _TOLD:
            told = now
            _write(ctx, id, stage=name, done=done, total=total)

    try:
        found = audit.verify(ctx, everything=True, progress=progress)
    except Exception as error:
        # Tables in which nothing can even be read do not hold; begun anew they would be met again.
        _finish(ctx, id, Audit(0, "", (Step(0, "unreadable", False, type(error).__name__),)))
        raise
    _finish(ctx, id, found)
    return True


def _waiting(connection: Connection, ctx: Context) -> str | None:
    now = ctx.clock()
    free = verdicts.c.claimed_until.is_(None) | (verdicts.c.claimed_until <= now)
    row = connection.execute(_of(ctx.ledger).where(verdicts.c.finished.is_(None), free)).first()
    return None if row is None else str(row.id)


def _write(ctx: Context, id: str, **values: Any) -> bool:
    """Tell how far it is, and that somebody is at it."""
    mine = (verdicts.c.ledger == ctx.ledger) & (verdicts.c.id == id) & verdicts.c.finished.is_(None)
    with writing(ctx.sequencer.engine) as connection:
        told = connection.execute(
            update(verdicts).where(mine).values(claimed_until=ctx.clock() + _LEASE, **values)
        )
    return told.rowcount == 1


def _finish(ctx: Context, id: str, found: Audit) -> None:
    mine = (verdicts.c.ledger == ctx.ledger) & (verdicts.c.id == id)
    steps = json.dumps([asdict(one) for one in found.steps], ensure_ascii=False)
    with writing(ctx.sequencer.engine) as connection:
        connection.execute(
            update(verdicts)
            .where(mine)
            .values(
                finished=ctx.clock(), ok=found.ok, size=found.size, root=found.root, steps=steps, stage="done"
            )
        )


def _of(ledger: str) -> Any:
    return (
        select(verdicts).where(verdicts.c.ledger == ledger).order_by(verdicts.c.asked.desc(), verdicts.c.id)
    )


def _verdict(row: Row[Any]) -> Verdict:
    steps = tuple(Step(**one) for one in json.loads(row.steps)) if row.steps else ()
    return Verdict(
        row.id,
        row.asked,
        row.stage,
        row.done,
        row.total,
        row.finished,
        row.ok,
        row.size,
        row.root,
        steps,
    )
