"""Warnings of copies: an official sees where one serial turned up, and settles what he has looked into.

What was settled is a record. Which piece it is of stands in its full compartment: whoever reads the public ones learns
no genuine serial to print.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from trace.domain import causes
from trace.domain.clones import Sighting
from trace.domain.refusals import UnknownBatch
from trace.domain.roles import Act
from trace.domain.serials import NoCloneWarning, shown
from trace.services import serials, sightings
from trace.services.context import Actor, Context, Done, Once
from trace.services.inspection import require_sight
from trace.services.recording import once, require, say
from trace.services.serials import Code
from trace.services.sightings import Seen
from trace.store.queries.names import batch_infos
from trace.store.queries.results import BatchInfo
from trace.store.unit_of_work import UnitOfWork

KIND = "serial.cleared/1"


@dataclass(frozen=True)
class Piece:
    """One carton or item: its serial, the goods, what is known of it, where it was seen."""

    code: Code
    info: BatchInfo
    seen: Seen
    places: tuple[Sighting, ...]

    @property
    def serial(self) -> str:
        """As it is printed."""
        return shown(self.code.serial)


def piece(ctx: Context, actor: Actor, text: str) -> Piece:
    """What is known of the piece that a scanned or typed text names.

    Raises as ``serials.find`` does, and RoleForbids for whoever may not see everything.
    """
    require_sight(actor)
    code = serials.find(ctx, text)

    def read(connection: Connection) -> tuple[BatchInfo | None, Seen]:
        infos = batch_infos(connection, ctx.ledger, [code.batch])
        return infos.get(code.batch), sightings.known(connection, ctx, code.uri, code)

    info, seen = ctx.sequencer.read(read)
    if info is None:
        raise UnknownBatch(batch=code.batch)
    return Piece(code, info, seen, sightings.places(ctx, code))


def clear(
    ctx: Context, actor: Actor, text: str, cause: str | None, reason: str, key: Once | None = None
) -> Done:
    """Settle the warning of a serial: what was seen of it before counts no more, what comes after warns again.

    ``cause`` is one of ``causes.CLEARED``. Raises RoleForbids, RightsForbid, Invalid, NoCloneWarning, and as
    ``serials.find`` does.
    """
    require(actor, Act.CLEAR)
    why = causes.recorded(cause, reason, causes.CLEARED)
    code = serials.find(ctx, text)

    def work(uow: UnitOfWork) -> Done:
        if sightings.known(uow.connection, ctx, code.uri, code).clone is None:
            raise NoCloneWarning(serial=shown(code.serial))
        public = {"batch": code.batch, "party": actor.uri, **why}
        bodies = {"public": public, "full": {**public, "code": code.uri}}
        appended = say(ctx, uow, kind=KIND, by=actor.uri, compartments=bodies)
        return Done(appended.index, appended.time, None, {"batch": code.batch, "code": code.uri})

    return once(ctx, actor, key, work)
