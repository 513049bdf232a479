"""The log as anyone may read it, and whether the service can do its work."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, select

from trace.ledger import checkpoint
from trace.ledger.tiles import Tile, width_at
from trace.services.checkpoints import LedgerForked, extends
from trace.services.context import Context
from trace.store.log import LogReader


class LedgerEmpty(Exception):
    """The ledger has no first entry: it was never opened, or its rows are gone."""


def size(ctx: Context) -> int:
    """How many entries are committed."""
    return ctx.sequencer.read(lambda connection: LogReader(connection, ctx.ledger).head().size)


def tile(ctx: Context, wanted: Tile) -> bytes | None:
    """A tile or an entry bundle (C2SP tlog-tiles); None where no published checkpoint covers all of it.

    Only what was promised to stay is shown.
    """
    note = ctx.publisher.latest()
    published = 0 if note is None else checkpoint.open(note, ctx.publisher.verifier).size
    if not 0 < wanted.width <= width_at(wanted.level or 0, wanted.index, published):
        return None

    def read(connection: Connection) -> bytes:
        log = LogReader(connection, ctx.ledger)
        if wanted.level is None:
            return log.entries_tile(wanted.index, wanted.width)
        return log.tile(wanted.level, wanted.index, wanted.width)

    return ctx.sequencer.read(read)


def readiness(ctx: Context) -> dict[str, str]:
    """Each part of the service: "ok", or the class of what is wrong with it and no more, for causes hold secrets."""
    return {
        "database": _tried(lambda: ctx.sequencer.read(lambda connection: connection.execute(select(1)))),
        "ledger": _tried(lambda: _require_open(ctx)),
        "checkpoints": _tried(lambda: _require_extension(ctx)),
        # A job that does nothing still has to get its turn.
        "sequencer": _tried(lambda: ctx.sequencer.submit(lambda uow: None)),
    }


def _tried(check: Callable[[], object]) -> str:
    try:
        check()
    except Exception as error:
        return type(error).__name__
    return "ok"


def _require_open(ctx: Context) -> None:
    if not size(ctx):
        raise LedgerEmpty


def _require_extension(ctx: Context) -> None:
    before = ctx.publisher.remembered()
    if before is None:
        return

    def read(connection: Connection) -> str | None:
        log = LogReader(connection, ctx.ledger)
        head = log.head()
        return extends(log, before, checkpoint.Checkpoint(ctx.ledger, head.size, head.root))

    if reason := ctx.sequencer.read(read):
        raise LedgerForked(reason)
