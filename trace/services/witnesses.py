"""Witnesses: who else remembers what this ledger has signed, so that it can show nobody two faces.

A witness (C2SP tlog-witness) is sent the newest checkpoint with a proof that it extends the one it cosigned last, and
answers with a timestamped signature over it (C2SP tlog-cosignature, Ed25519). It refuses a ledger that was cut or
rewritten: that is an alarm, and stays one until it cosigns again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import structlog
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from trace.domain.model import Role
from trace.domain.refusals import Refusal, RightsForbid
from trace.domain.subscribing import DestinationRefused
from trace.domain.webhook import destination
from trace.identifiers import ShortCode
from trace.ledger import checkpoint, merkle, note
from trace.ledger.errors import LedgerError
from trace.ledger.signatures import b64encode
from trace.services import outbound
from trace.services.context import Actor, Context, Rights
from trace.services.outbound import Outcome, Post
from trace.store.engine import writing
from trace.store.log import LogReader
from trace.store.operating_tables import cosignatures, witnesses

NEW, COSIGNED, AWAY, REFUSED, ALARM = "new", "cosigned", "away", "refused", "alarm"
"""What a witness did last: nothing yet, signed, did not answer, will not have this log, found the ledger forked."""

MOST_WITNESSES = 20

_EVERY = timedelta(seconds=30)  # a busy ledger signs each second: a witness need not see each checkpoint
_FRESH = timedelta(
    hours=1
)  # after which a ledger that stands still is signed anew: the time is part of what is signed
_LEASE = timedelta(seconds=60)  # longer than sending can take
_LONGEST = timedelta(minutes=30)
_AHEAD = timedelta(minutes=5)  # that a witness's clock may run ahead of ours
_ANSWER = 16 * 1024  # bytes
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,17})\n")

_REFUSALS = {
    HTTPStatus.BAD_REQUEST: "bad_request",
    HTTPStatus.FORBIDDEN: "key_unknown",
    HTTPStatus.NOT_FOUND: "log_unknown",
}


@dataclass(eq=False)
class WitnessKeyUnfit(Refusal):
    """That is no verifier key for timestamped Ed25519 cosignatures (signature type 0x04)."""

    code = "witness_key_unfit"


@dataclass(eq=False)
class WitnessKnown(Refusal):
    """A witness with this key, or as many as there may be, are registered already."""

    code = "witness_known"


@dataclass(frozen=True)
class Witness:
    """A witness and how it stands. ``told`` is what it, or the way to it, said last; ``behind``: entries it lacks."""

    id: str
    name: str
    vkey: str
    address: str
    added: datetime
    size: int
    cosigned: datetime | None
    state: str
    told: str | None
    told_size: int | None
    behind: int


def add(ctx: Context, actor: Actor, vkey: str, address: str) -> str:
    """Have a witness asked from now on; its id. ``address`` is its submission prefix.

    Raises RightsForbid, WitnessKeyUnfit, DestinationRefused, WitnessKnown.
    """
    _require(actor)
    verifier, prefix = _verifier(vkey.strip()), address.strip().rstrip("/")
    destination(f"{prefix}/add-checkpoint", private=ctx.webhook_private)
    id, now = ShortCode.generate(ctx.random).value.lower(), ctx.clock()
    with writing(ctx.sequencer.engine) as connection:
        known = connection.execute(select(witnesses.c.vkey).where(witnesses.c.ledger == ctx.ledger)).scalars()
        if verifier.to_text() in (keys := list(known)) or len(keys) >= MOST_WITNESSES:
            raise WitnessKnown()
        connection.execute(
            insert(witnesses).values(
                ledger=ctx.ledger,
                id=id,
                vkey=verifier.to_text(),
                address=prefix,
                added=now,
                size=0,
                state=NEW,
                failures=0,
                next_try=now,
            )
        )
    ctx.work.ring()
    return id


def end(ctx: Context, actor: Actor, id: str) -> None:
    """Ask a witness no more; what it signed is kept. Raises RightsForbid."""
    _require(actor)
    with writing(ctx.sequencer.engine) as connection:
        connection.execute(delete(witnesses).where(witnesses.c.ledger == ctx.ledger, witnesses.c.id == id))


def listed(ctx: Context) -> list[Witness]:
    """Every witness, in the order in which they were added."""

    def read(connection: Connection) -> list[Witness]:
        size = LogReader(connection, ctx.ledger).head().size
        rows = connection.execute(
            select(witnesses)
            .where(witnesses.c.ledger == ctx.ledger)
            .order_by(witnesses.c.added, witnesses.c.id)
        )
        return [
            Witness(
                id=row.id,
                name=_verifier(row.vkey).name,
                vkey=row.vkey,
                address=row.address,
                added=row.added,
                size=row.size,
                cosigned=row.cosigned,
                state=row.state,
                told=row.told,
                told_size=row.told_size,
                behind=max(0, size - row.size),
            )
            for row in rows
        ]

    return ctx.sequencer.read(read)


def with_cosignatures(ctx: Context, signed: str) -> str:
    """A checkpoint's note with the lines of those witnesses that signed just this one."""
    size = checkpoint.parse_unverified(signed).size

    def read(connection: Connection) -> str:
        lines = connection.execute(
            select(cosignatures.c.line)
            .where(cosignatures.c.ledger == ctx.ledger, cosignatures.c.size == size)
            .order_by(cosignatures.c.witness)
        ).scalars()
        return signed + "".join(f"{line}\n" for line in lines)

    return ctx.sequencer.read(read)


def witnessed(ctx: Context) -> str | None:
    """The note of the largest tree that a witness signed, with their lines; None where none did yet."""

    def read(connection: Connection) -> str | None:
        mine = cosignatures.c.ledger == ctx.ledger
        size = connection.execute(select(func.max(cosignatures.c.size)).where(mine)).scalar()
        return None if size is None else LogReader(connection, ctx.ledger).checkpoint(size)

    found = ctx.sequencer.read(read)
    return None if found is None else with_cosignatures(ctx, found)


# -- asking them ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Asked:
    """One request: the witness's row, the checkpoint that it is to sign, and the request."""

    row: Row[Any]
    note: str
    tree: checkpoint.Checkpoint
    post: Post


def step(ctx: Context) -> bool:
    """Send the newest checkpoint to every witness that is due, and keep what it answers; whether one was."""
    now, signed = ctx.clock(), ctx.publisher.latest()
    if signed is None:
        return False
    tree = checkpoint.open(signed, ctx.publisher.verifier)
    due = ctx.sequencer.read(lambda connection: _due(connection, ctx.ledger, tree.size, now))
    if not due:
        return False
    asked: list[_Asked] = []
    with writing(ctx.sequencer.engine) as connection:
        claimed = [row for row in due if _claim(connection, ctx.ledger, row, now)]
        for row in claimed:
            if row.size > tree.size:  # what it signed is longer than what there is
                _write(ctx, connection, row, now, state=ALARM, told="ahead", told_size=row.size)
                continue
            try:
                asked.append(_ask(ctx, connection, row, signed, tree))
            except DestinationRefused:  # it was taken when private addresses were allowed
                _write(ctx, connection, row, now, state=REFUSED, told="address_refused")
    if asked:
        outcomes = outbound.send([one.post for one in asked], private=ctx.webhook_private, now=now)
        with writing(ctx.sequencer.engine) as connection:
            for one, outcome in zip(asked, outcomes, strict=True):
                _settle(ctx, connection, one, outcome)
    return True


def _due(connection: Connection, ledger: str, size: int, now: datetime) -> list[Row[Any]]:
    rows = connection.execute(
        select(witnesses)
        .where(witnesses.c.ledger == ledger, witnesses.c.next_try <= now)
        .order_by(witnesses.c.next_try, witnesses.c.id)
    ).all()
    stale = now - _FRESH
    return [
        row for row in rows if row.state != COSIGNED or row.size != size or (row.cosigned or stale) <= stale
    ]


def _claim(connection: Connection, ledger: str, row: Row[Any], now: datetime) -> bool:
    """Take a witness, so that no other process asks it meanwhile."""
    columns = witnesses.c
    taken = connection.execute(
        update(witnesses)
        .where(columns.ledger == ledger, columns.id == row.id, columns.next_try == row.next_try)
        .values(next_try=now + _LEASE)
    )
    return taken.rowcount == 1


def _ask(
    ctx: Context, connection: Connection, row: Row[Any], signed: str, tree: checkpoint.Checkpoint
) -> _Asked:
    """The add-checkpoint request (tlog-witness): old size, consistency proof, checkpoint."""
    log = LogReader(connection, ctx.ledger)
    proof = merkle.consistency_proof(log.hashes, row.size, tree.size) if row.size else []
    lines = [f"old {row.size}", *(b64encode(one) for one in proof), "", signed]
    to = destination(f"{row.address}/add-checkpoint", private=ctx.webhook_private)
    headers = {"Content-Type": "text/plain; charset=utf-8", "User-Agent": "Trace"}
    return _Asked(row, signed, tree, Post(to, "\n".join(lines).encode(), headers, keep=_ANSWER))


def _settle(ctx: Context, connection: Connection, asked: _Asked, outcome: Outcome) -> None:
    """Keep a cosignature that verifies; anything else is told for what it is."""
    row, now = asked.row, ctx.clock()
    if outcome.status == HTTPStatus.OK:
        _keep(ctx, connection, asked, outcome.body)
    elif outcome.status == HTTPStatus.CONFLICT:
        _conflict(ctx, connection, asked, outcome.body)
    elif outcome.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        _write(ctx, connection, row, now, state=ALARM, told="inconsistent")
    elif outcome.status in _REFUSALS:
        told = _REFUSALS[HTTPStatus(outcome.status)]
        _write(ctx, connection, row, now, state=REFUSED, told=told)
    else:
        told = outcome.error or f"status {outcome.status}"
        _write(ctx, connection, row, now, state=AWAY, told=told)


def _keep(ctx: Context, connection: Connection, asked: _Asked, body: bytes) -> None:
    row, now = asked.row, ctx.clock()
    try:
        verified = note.open_note(asked.note.encode() + body, [_verifier(row.vkey)])
        if verified.text != asked.tree.text:  # an empty line in the answer would begin another note
            raise note.NoteUnsigned(names="")
    except LedgerError:
        _write(ctx, connection, row, now, state=REFUSED, told="signature_bad")
        return
    signature = verified.by[-1]
    seconds = int.from_bytes(signature.value[:8], "big")
    if seconds > (now + _AHEAD).timestamp():
        _write(ctx, connection, row, now, state=REFUSED, told="clock_ahead")
        return
    size, time = asked.tree.size, datetime.fromtimestamp(seconds, UTC)
    mine = (cosignatures.c.ledger == ctx.ledger) & (cosignatures.c.size == size)
    connection.execute(delete(cosignatures).where(mine, cosignatures.c.witness == row.id))
    connection.execute(
        insert(cosignatures).values(
            ledger=ctx.ledger, size=size, witness=row.id, line=signature.line, time=time
        )
    )
    _write(ctx, connection, row, now, state=COSIGNED, told=None, size=size, cosigned=now)


def _conflict(ctx: Context, connection: Connection, asked: _Asked, body: bytes) -> None:
    """The witness remembers another size, or (of the same size) another root."""
    row, now = asked.row, ctx.clock()
    size = _SIZE.fullmatch(body)
    told = int(size[1]) if size else None
    if told is None or told == row.size:
        _write(ctx, connection, row, now, state=ALARM, told="mismatch", told_size=told)
    elif told > asked.tree.size:
        _write(ctx, connection, row, now, state=ALARM, told="ahead", told_size=told)
    else:  # it signed one that we did not hear of: from there on it can be shown the rest
        again = now if row.failures == 0 else None
        _write(ctx, connection, row, now, state=row.state, told=None, size=told, again=again)


def _write(
    ctx: Context,
    connection: Connection,
    row: Row[Any],
    now: datetime,
    *,
    again: datetime | None = None,
    **values: Any,
) -> None:
    """What became of a request, and when the next one is sent: later each time that something is wrong."""
    good = values["state"] == COSIGNED
    failures = 0 if good else row.failures + 1
    pause = _EVERY if good else min(_EVERY * (1 << min(failures, 10)), _LONGEST)
    if values["state"] == ALARM and row.state != ALARM:
        structlog.get_logger("trace.witnesses").error("alarm", witness=row.id, told=values["told"])
    connection.execute(
        update(witnesses)
        .where(witnesses.c.ledger == ctx.ledger, witnesses.c.id == row.id)
        .values({"told_size": None, **values, "failures": failures, "next_try": again or now + pause})
    )


def _verifier(vkey: str) -> note.Verifier:
    try:
        verifier = note.Verifier.from_text(vkey)
    except LedgerError:
        raise WitnessKeyUnfit() from None
    if verifier.algorithm != note.COSIGNATURE:
        raise WitnessKeyUnfit()
    return verifier


def _require(actor: Actor) -> None:
    """Who witnesses for the ledger is for an owner at the operator to say. Raises RightsForbid."""
    owner = actor.user is None or actor.user.rights is Rights.OWNER
    if actor.party.role is not Role.OPERATOR or not owner:
        raise RightsForbid(
            user=actor.user.name if actor.user else actor.party.name,
            rights=str(actor.user.rights if actor.user else actor.party.role),
        )
