"""Who may enter for whom (代录): given, ended, and looked up at every request.

A mandate covers what the giver's role may do with goods; it never covers its users, keys or further mandates.
``recording.once`` looks once more inside the transaction, so that a mandate that has ended stops the very next act.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from trace.domain.mandates import MAY_ENTER, MandateImpossible, MandateStands, NoMandate, NotOnBehalf
from trace.domain.model import Party, Role
from trace.domain.refusals import Invalid, RightsForbid, RoleForbids, UnknownParty
from trace.domain.roles import Act
from trace.services.context import JSON, Actor, Context, Done, Once, Rights
from trace.services.recording import once, say
from trace.store import queries
from trace.store.queries.offers import Mandate, mandate_in_force, mandates_of, mandates_to
from trace.store.unit_of_work import UnitOfWork

__all__ = [
    "Mandate",
    "acting",
    "end",
    "give",
    "given_by",
    "given_to",
    "own_hand",
    "register_paper",
    "standing_in",
]


def give(ctx: Context, actor: Actor, to: str, key: Once | None = None) -> Done:
    """Let another party enter for the actor's own; only its owner may. ``to``: id, URI, GLN or 统一社会信用代码.

    Raises NotOnBehalf, RightsForbid, UnknownParty, MandateImpossible, MandateStands.
    """
    _owner(actor)
    return once(ctx, actor, key, lambda uow: _give(ctx, uow, actor.party, to, actor.uri, {}))


def register_paper(
    ctx: Context, actor: Actor, party: str, to: str, paper: str, key: Once | None = None
) -> Done:
    """The operator writes down a mandate that a business gave on paper; ``paper`` says which, and is not public.

    Raises RoleForbids, Invalid, UnknownParty, MandateImpossible, MandateStands.
    """
    if actor.party.role is not Role.OPERATOR:
        raise RoleForbids(party=actor.party.name, role=str(actor.party.role), act=str(Act.REGISTER_PARTY))
    if not 1 <= len(paper.strip()) <= 200:
        raise Invalid(field="paper", value=paper[:40], expected="1 to 200 characters")

    def work(uow: UnitOfWork) -> Done:
        giver = _party(ctx, uow, party)
        return _give(ctx, uow, giver, to, actor.uri, {"full": {"paper": paper.strip()}})

    return once(ctx, actor, key, work)


def end(ctx: Context, actor: Actor, party: str, to: str, key: Once | None = None) -> Done:
    """End a mandate at once: the owner of the party that gave it, whoever has it, or the operator.

    Raises NotOnBehalf, RightsForbid, UnknownParty, NoMandate.
    """
    own_hand(actor)

    def work(uow: UnitOfWork) -> Done:
        giver, clerk = _party(ctx, uow, party), _party(ctx, uow, to)
        if actor.uri == giver.uri:
            _owner(actor)
        elif actor.uri != clerk.uri and actor.party.role is not Role.OPERATOR:
            raise NoMandate(party=giver.uri, clerk=actor.uri)
        if not mandate_in_force(uow.connection, ctx.ledger, giver.uri, clerk.uri):
            raise NoMandate(party=giver.uri, clerk=clerk.uri)
        body = {"party": giver.uri, "to": clerk.uri}
        appended = say(ctx, uow, kind="mandate.ended/1", by=actor.uri, compartments={"public": body})
        return Done(appended.index, appended.time, None, body)

    return once(ctx, actor, key, work)


def acting(ctx: Context, own: Actor, party: str) -> Actor:
    """The actor for what ``own`` enters for another party. Raises UnknownParty, NoMandate."""

    def read(connection: Connection) -> Actor:
        giver = queries.find_party(connection, ctx.ledger, party)
        if giver is None:
            raise UnknownParty(party=party)
        clerk = own.entered_by or own.party
        if not mandate_in_force(connection, ctx.ledger, giver.uri, clerk.uri):
            raise NoMandate(party=giver.uri, clerk=clerk.uri)
        return replace(own, party=giver, entered_by=clerk)

    return ctx.sequencer.read(read)


def standing_in(connection: Connection, ledger: str, own: Actor, party: str | None) -> Actor:
    """For whom a session acts that chose ``party``: for itself where it chose none, or the mandate has ended."""
    if party is None or not mandate_in_force(connection, ledger, party, own.uri):
        return own
    giver = queries.find_party(connection, ledger, party)
    return own if giver is None else replace(own, party=giver, entered_by=own.party)


def given_by(ctx: Context, actor: Actor) -> tuple[Mandate, ...]:
    """Who may enter for the actor's party."""
    return ctx.sequencer.read(lambda connection: mandates_of(connection, ctx.ledger, actor.uri))


def given_to(ctx: Context, actor: Actor) -> tuple[Mandate, ...]:
    """For whom the actor's own party may enter."""
    clerk = (actor.entered_by or actor.party).uri
    return ctx.sequencer.read(lambda connection: mandates_to(connection, ctx.ledger, clerk))


def own_hand(actor: Actor) -> None:
    """Raise NotOnBehalf where somebody acts for another party: users, keys and mandates are its own people's."""
    if actor.entered_by is not None:
        raise NotOnBehalf(party=actor.party.name, clerk=actor.entered_by.name)


def _owner(actor: Actor) -> None:
    own_hand(actor)
    if actor.user is not None and actor.user.rights is not Rights.OWNER:
        raise RightsForbid(user=actor.user.name, rights=str(actor.user.rights))


def _give(ctx: Context, uow: UnitOfWork, giver: Party, to: str, by: str, more: dict[str, JSON]) -> Done:
    clerk = _party(ctx, uow, to)
    if giver.uri == clerk.uri or not {giver.role, clerk.role} <= MAY_ENTER:
        raise MandateImpossible(party=giver.uri, clerk=clerk.uri)
    if mandate_in_force(uow.connection, ctx.ledger, giver.uri, clerk.uri):
        raise MandateStands(party=giver.uri, clerk=clerk.uri)
    body = {"party": giver.uri, "to": clerk.uri}
    appended = say(ctx, uow, kind="mandate.given/1", by=by, compartments={"public": body, **more})
    return Done(appended.index, appended.time, None, body)


def _party(ctx: Context, uow: UnitOfWork, name: str) -> Party:
    found = queries.find_party(uow.connection, ctx.ledger, name)
    if found is None:
        raise UnknownParty(party=name)
    return found
