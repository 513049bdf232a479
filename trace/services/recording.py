"""How anything gets into the ledger: judged, said by a party under its key, appended, followed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trace.domain.custody import enforce
from trace.domain.disclosure import public_event
from trace.domain.epcis import Event, parse_body
from trace.domain.events import CONTEXT
from trace.domain.mandates import ENTERED_BY, NoMandate
from trace.domain.model import Outcome
from trace.domain.refusals import FutureTime, RightsForbid, RoleForbids
from trace.domain.roles import Act, allows
from trace.interop.event_hash import EventHashUnknown, event_hash
from trace.ledger.records import Statement, digest, make_body
from trace.services.context import JSON, Actor, Context, Done, Once, Rights
from trace.store.queries.offers import mandate_in_force
from trace.store.unit_of_work import Appended, UnitOfWork

# A phone's clock may run ahead of the ledger's by this much before a time counts as the future.
CLOCK_SKEW = timedelta(minutes=2)


def once(ctx: Context, actor: Actor, key: Once | None, work: Callable[[UnitOfWork], Done]) -> Done:
    """Run ``work`` in one transaction; a repeated idempotency key gets the first answer.

    Raises IdempotencyConflict when the key was used for another request, LedgerForked on a database that is not
    the one that was signed, NoMandate where the actor enters for another party that no longer lets it, and whatever
    ``work`` refuses. Keys are the party's own: two may use the same one.
    """

    def run(uow: UnitOfWork) -> Done:
        ctx.publisher.require_extension(uow.size)
        if key is None:
            _require_mandate(ctx, uow, actor)
            return work(uow)
        scoped = f"{actor.party.id}:{key.key}"
        if (answer := uow.replay(scoped, key.digest)) is not None:
            return Done.from_json(answer)
        _require_mandate(ctx, uow, actor)
        done = work(uow)
        uow.remember(scoped, key.digest, done.to_json())
        return done

    done = ctx.sequencer.submit(run)
    ctx.publisher.publish_soon()
    return done


def say(
    ctx: Context,
    uow: UnitOfWork,
    *,
    kind: str,
    by: str,
    compartments: Mapping[str, JSON],
    key: Ed25519PrivateKey | None = None,
    id: str | None = None,
    outcome: Outcome | None = None,
) -> Appended:
    """Append one signed statement with its salted bodies; the key is the party's own unless given."""
    bodies = {name: make_body(data, ctx.random(16)) for name, data in compartments.items()}
    return append(ctx, uow, kind=kind, by=by, bodies=bodies, key=key, id=id, outcome=outcome)


def append(
    ctx: Context,
    uow: UnitOfWork,
    *,
    kind: str,
    by: str,
    bodies: Mapping[str, bytes],
    key: Ed25519PrivateKey | None = None,
    id: str | None = None,
    outcome: Outcome | None = None,
) -> Appended:
    """Sign a statement over bodies that are already bytes, and append it."""
    statement = Statement.create(
        kind=kind,
        by=by,
        ledger=ctx.ledger,
        id=id or ctx.new_uuid(),
        digests={name: digest(body) for name, body in bodies.items()},
        key=key or key_of(ctx, uow, by),
    )
    return uow.append(statement, bodies, outcome=outcome)


def key_of(ctx: Context, uow: UnitOfWork, party: str) -> Ed25519PrivateKey:
    """The key under which a party speaks here. Raises KeysUnusable."""
    return ctx.keys.operator if party == ctx.operator else ctx.keys.of(uow.connection, party)


def record_event(
    ctx: Context,
    uow: UnitOfWork,
    actor: Actor,
    event: dict[str, JSON],
    people: Mapping[str, JSON] | None = None,
) -> Appended:
    """Enforce the rules on an event entered here, then append it; data about ``people`` has its own compartment.

    The rules read exactly the bytes that are stored: the body is made first and the event parsed back from it, so
    that a rebuild from the ledger can only come to the same outcome. Raises the first problem the rules found.
    """
    if actor.entered_by is not None:
        event = _entered_by(event, actor.entered_by.uri)
    full = make_body({"event": event, "context": CONTEXT}, ctx.random(16))
    parsed = Event.parse(parse_body(full)["event"])
    refuse_future(parsed.time, uow.now)
    outcome = enforce(parsed, uow.book.glance(), actor.uri)
    public = make_body({"event": public_event(event), "context": CONTEXT}, ctx.random(16))
    return append(
        ctx,
        uow,
        kind="epcis.event/1",
        by=actor.uri,
        bodies={
            "full": full,
            "public": public,
            **hash_body(ctx, hash_of(event, CONTEXT)),
            **({"people": make_body(dict(people), ctx.random(16))} if people else {}),
        },
        outcome=outcome,
    )


def _entered_by(event: dict[str, JSON], clerk: str) -> dict[str, JSON]:
    """The event with who entered it. A correction repeats its original, and says it of the declaration alone."""
    if "errorDeclaration" not in event:
        return {**event, ENTERED_BY: clerk}
    return {**event, "errorDeclaration": {**event["errorDeclaration"], ENTERED_BY: clerk}}


def entered_by(actor: Actor) -> dict[str, JSON]:
    """The field of a record that is no event which names who entered it for the actor (代录); none where nobody did."""
    return {} if actor.entered_by is None else {ENTERED_BY: actor.entered_by.uri}


def hash_of(event: Mapping[str, JSON], context: object) -> str | None:
    """The event's CBV hash; None where a field's meaning is defined by a context that is not fetched."""
    try:
        return event_hash(event, context)
    except EventHashUnknown:
        return None


def hash_body(ctx: Context, hash: str | None) -> dict[str, bytes]:
    """The compartment that ties the record to the event wherever it lies; none where the hash is unknown.

    It is salted and no part of the public one: whoever has the bare hash can try out the amounts that are veiled.
    """
    return {} if hash is None else {"hash": make_body({"eventHash": hash}, ctx.random(16))}


def refuse_future(time: datetime, now: datetime) -> None:
    """Raise FutureTime where a stated time lies ahead of the ledger's clock by more than CLOCK_SKEW."""
    if time > now + CLOCK_SKEW:
        raise FutureTime(
            time=time.isoformat(timespec="minutes"),
            now=now.astimezone(time.tzinfo).isoformat(timespec="minutes"),
        )


def require(actor: Actor, act: Act) -> None:
    """Raise RoleForbids unless the actor's role includes the act, RightsForbid for a user who may only look."""
    if actor.user is not None and actor.user.rights is Rights.READER:
        raise RightsForbid(user=actor.user.name, rights=str(actor.user.rights))
    if not allows(actor.party.role, act):
        raise RoleForbids(party=actor.party.name, role=str(actor.party.role), act=str(act))


def _require_mandate(ctx: Context, uow: UnitOfWork, actor: Actor) -> None:
    """Raise NoMandate where the actor enters for a party that, at this very moment, does not let it."""
    if actor.entered_by is None:
        return
    if not mandate_in_force(uow.connection, ctx.ledger, actor.uri, actor.entered_by.uri):
        raise NoMandate(party=actor.uri, clerk=actor.entered_by.uri)
