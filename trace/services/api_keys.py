"""The API keys of a business as its owner sees them: made, listed by label, ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from trace.domain.refusals import Refusal, RightsForbid
from trace.services import parties
from trace.services.context import Actor, Context, Rights
from trace.services.parties import IssuedKey
from trace.store.tables import api_keys

MOST_KEYS = 20
"""API keys of one business that may be good at once."""
LONGEST_LABEL = 60


@dataclass(eq=False)
class TooManyKeys(Refusal):
    """The business has as many API keys as one may have."""

    code = "too_many_keys"
    most: int = MOST_KEYS


@dataclass(eq=False)
class LabelUnfit(Refusal):
    """A key's label has 1 to ``most`` characters: it says what the key is for."""

    code = "label_unfit"
    most: int = LONGEST_LABEL


@dataclass(frozen=True)
class KeyInfo:
    """An API key, without the key."""

    id: str
    label: str
    created: datetime
    revoked: datetime | None


def listed(ctx: Context, party: str) -> list[KeyInfo]:
    """The API keys of a party (URI), those that are good first, then the newest."""

    def read(connection: Connection) -> list[KeyInfo]:
        rows = connection.execute(
            select(api_keys)
            .where(api_keys.c.ledger == ctx.ledger, api_keys.c.party == party)
            .order_by(api_keys.c.revoked.is_not(None), api_keys.c.created.desc(), api_keys.c.id)
        )
        return [KeyInfo(row.id, row.label, row.created, row.revoked) for row in rows]

    return ctx.sequencer.read(read)


def issue(ctx: Context, actor: Actor, label: str) -> IssuedKey:
    """A further key for the actor's own party. Raises RightsForbid, LabelUnfit, TooManyKeys."""
    _require(actor)
    called = label.strip()
    if not 1 <= len(called) <= LONGEST_LABEL or not called.isprintable():
        raise LabelUnfit()
    if sum(one.revoked is None for one in listed(ctx, actor.uri)) >= MOST_KEYS:
        raise TooManyKeys()
    return parties.issue_key(ctx, actor.party, called)


def revoke(ctx: Context, actor: Actor, id: str) -> None:
    """End a key of the actor's own party, at once. Raises RightsForbid."""
    _require(actor)
    parties.revoke_key(ctx, actor, id)


def _require(actor: Actor) -> None:
    """A key may do all that its party may: only who may let people in gives one out."""
    if actor.user is not None and (actor.user.rights is not Rights.OWNER or actor.entered_by is not None):
        raise RightsForbid(user=actor.user.name, rights=str(actor.user.rights))
