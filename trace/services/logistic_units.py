"""Logistic units get their numbers here: the next SSCC of the business whose GS1 Company Prefix is registered.

The number is given in the transaction that records the packing. A phone without a network therefore knows none: two
of them would count on from the same one.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from trace.domain import logistic_units as numbers
from trace.domain.commands import Pack
from trace.domain.logistic_units import NoPrefix, PrefixMissing, PrefixTaken
from trace.domain.refusals import RightsForbid
from trace.domain.roles import Act
from trace.services import acts, mandates, parties
from trace.services.context import Actor, Context, Done, Once, Rights
from trace.services.recording import entered_by, once, require, say
from trace.store.queries import numbering
from trace.store.queries.numbering import Prefix
from trace.store.unit_of_work import UnitOfWork

_AT_ONCE = (
    200  # numbers looked up together: documents may name very many, and everybody waits for the next one
)


def prefix_of(ctx: Context, actor: Actor) -> Prefix | None:
    """The prefix under which the actor's logistic units are numbered."""
    return ctx.sequencer.read(lambda connection: numbering.prefix_of(connection, ctx.ledger, actor.uri))


def given(ctx: Context, prefix: str) -> int | None:
    """The last number that was given under a prefix; None where none was."""
    return ctx.sequencer.read(lambda connection: numbering.last_number(connection, ctx.ledger, prefix))


def register_prefix(ctx: Context, actor: Actor, prefix: str, first: int = 1, key: Once | None = None) -> Done:
    """Number the actor's logistic units under a GS1 Company Prefix, from ``first`` on; only its owner may.

    Raises PrefixMalformed, PrefixNotYours, PrefixTaken, UnitsUsedUp, NotOnBehalf, RoleForbids, RightsForbid.
    """
    mandates.own_hand(actor)
    require(actor, Act.PACK)
    if actor.user is not None and actor.user.rights is not Rights.OWNER:
        raise RightsForbid(user=actor.user.name, rights=str(actor.user.rights))
    digits = numbers.checked_prefix(prefix)
    numbers.numbered(digits, first)

    def work(uow: UnitOfWork) -> Done:
        own = numbering.gs1_numbers(uow.connection, ctx.ledger, actor.uri)
        numbers.require_own(digits, own)
        theirs = numbering.is_anothers(uow.connection, ctx.ledger, digits, actor.uri)
        if theirs and not any(number.startswith(digits) for number in own):
            raise PrefixTaken(prefix=digits)
        same = numbering.overlapping(uow.connection, ctx.ledger, digits)
        if any(one.party != actor.uri or one.prefix != digits for one in same):
            raise PrefixTaken(prefix=digits)
        body = {"party": actor.uri, "prefix": digits, "first": first}
        appended = say(ctx, uow, kind="prefix.registered/1", by=actor.uri, compartments={"public": body})
        return Done(appended.index, appended.time, None, body)

    return once(ctx, actor, key, work)


def end_prefix(ctx: Context, actor: Actor, party: str, key: Once | None = None) -> Done:
    """Take a party's prefix from it, for the company whose it is; the operator's to do.

    What was numbered stays numbered: whoever registers the prefix next goes on after the last number that was given.
    Raises RoleForbids, UnknownParty, NoPrefix.
    """
    require(actor, Act.REGISTER_PARTY)
    holder = parties.find_party(ctx, party)

    def work(uow: UnitOfWork) -> Done:
        now = numbering.prefix_of(uow.connection, ctx.ledger, holder.uri)
        if now is None:
            raise NoPrefix(party=holder.name)
        body = {"party": holder.uri, "prefix": now.prefix}
        appended = say(ctx, uow, kind="prefix.ended/1", by=actor.uri, compartments={"public": body})
        return Done(appended.index, appended.time, None, body)

    return once(ctx, actor, key, work)


def pack_new(ctx: Context, actor: Actor, command: Pack, key: Once | None = None) -> Done:
    """Pack into a logistic unit that gets its number now; ``result`` names it as ``unit`` (18 digits).

    ``command.container`` is left empty. Raises PrefixMissing, UnitsUsedUp, and what ``acts.pack`` raises: then no
    number was given.
    """
    require(actor, Act.PACK)

    def work(uow: UnitOfWork) -> Done:
        own = numbering.prefix_of(uow.connection, ctx.ledger, actor.uri)
        if own is None:
            raise PrefixMissing(party=actor.party.name)
        number = _next(uow.connection, ctx.ledger, own)
        unit = numbers.numbered(own.prefix, number)
        body = {"party": actor.uri, "prefix": own.prefix, "number": number, "unit": unit.uri}
        shown = {"public": {**body, **entered_by(actor)}}
        say(ctx, uow, kind="unit.issued/1", by=actor.uri, compartments=shown)
        done = acts.pack(ctx, uow, actor, replace(command, container=unit.uri))
        return replace(done, result={"unit": unit.value})

    return once(ctx, actor, key, work)


def _next(connection: Connection, ledger: str, own: Prefix) -> int:
    """The number after the last one. What was numbered elsewhere and the ledger knows of is passed over."""
    last = numbering.last_number(connection, ledger, own.prefix)
    number = own.first if last is None else max(own.first, last + 1)
    while True:
        block = range(number, min(number + _AT_ONCE, numbers.last_number(own.prefix) + 1))
        units = {numbers.numbered(own.prefix, one).uri: one for one in block or [number]}
        named = numbering.named_among(connection, ledger, units)
        if free := [one for uri, one in units.items() if uri not in named]:
            return free[0]
        number += len(units)
