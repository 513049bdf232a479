"""Aliases: foreign codes by which businesses know their goods, such as a supplier's item number or another
platform's trace code. They open what they stand for; they never stand in the place of a code of the ledger's own.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection

from trace.domain.model import AccountKind
from trace.domain.refusals import Duplicate, Invalid, NotYours, Refusal, UnknownBatch
from trace.domain.roles import Act
from trace.identifiers import GTIN, SSCC, DigitalLink, InvalidIdentifier, ShortCode, canonical
from trace.identifiers.digital_link import CANONICAL_HOST, bracketed
from trace.services.context import Actor, Context, Done, Once
from trace.services.recording import once, require, say
from trace.store import queries
from trace.store.queries.aliases import Alias
from trace.store.queries.results import Page
from trace.store.unit_of_work import UnitOfWork

LONGEST = 300
"""Characters of an alias."""


@dataclass(eq=False)
class CodeOfItsOwn(Refusal):
    """The text already means something by itself: a GS1 key, a code or an address of this service, a known thing."""

    code = "code_of_its_own"
    alias: str


def register(ctx: Context, actor: Actor, alias: str, target: str, key: Once | None = None) -> Done:
    """Let a foreign code stand for a product of the actor's, or a batch that he made or holds.

    ``target`` is a batch's short code or URI, or a product's id, URI or GTIN. Raises Invalid, InvalidIdentifier,
    CodeOfItsOwn, Duplicate (the first who claims a code has it), UnknownBatch, NotYours, RoleForbids.
    """
    require(actor, Act.REGISTER_PRODUCT)
    wanted = _checked(ctx, alias)

    def work(uow: UnitOfWork) -> Done:
        uri = _own_target(ctx, uow, actor, target)
        if _known(ctx, uow, wanted):
            raise CodeOfItsOwn(alias=wanted)
        if queries.alias(uow.connection, ctx.ledger, wanted):
            raise Duplicate(what="alias", value=wanted)
        body = {"alias": wanted, "target": uri}
        appended = say(ctx, uow, kind="alias.registered/1", by=actor.uri, compartments={"public": body})
        return Done(appended.index, appended.time, None, body)

    return once(ctx, actor, key, work)


def listed(ctx: Context, actor: Actor, *, limit: int, cursor: str | None) -> Page[Alias]:
    """The actor's own aliases in order of entry. Raises Invalid for a cursor of another list."""
    return ctx.sequencer.read(
        lambda connection: queries.aliases(connection, ctx.ledger, actor.uri, limit=limit, cursor=cursor)
    )


def find(ctx: Context, text: str) -> str | None:
    """The URI of the product or batch that a foreign code stands for."""
    found = ctx.sequencer.read(lambda connection: queries.alias(connection, ctx.ledger, text))
    return found.target if found else None


def batch_of(ctx: Context, text: str) -> str | None:
    """The URI of the batch that a foreign code stands for; None where it stands for none, or for a product."""

    def read(connection: Connection) -> str | None:
        named = queries.alias(connection, ctx.ledger, text)
        batch = queries.find_batch(connection, ctx.ledger, named.target) if named else None
        return batch.uri if batch else None

    return ctx.sequencer.read(read)


def naming(ctx: Context, targets: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The foreign codes of products and batches, by their URIs."""
    return ctx.sequencer.read(lambda connection: queries.aliases_naming(connection, ctx.ledger, targets))


def _checked(ctx: Context, text: str) -> str:
    alias = canonical(text.strip())
    if not 0 < len(alias) <= LONGEST or not alias.isprintable():
        raise Invalid(field="alias", value=alias[:40], expected=f"1 to {LONGEST} printable characters")
    places = (f"https://{CANONICAL_HOST}", ctx.base_url)  # the bare address too: it is the first page's
    if alias in places or alias.startswith(tuple(f"{place}{sign}" for place in places for sign in "/?#")):
        raise CodeOfItsOwn(alias=alias)
    if _is_code(alias):
        raise CodeOfItsOwn(alias=alias)
    return alias


def _is_code(text: str) -> bool:
    """Whether a reader of codes takes the text for one: digits of a GTIN or SSCC, a short code, ``(01)...``."""
    for read in (
        GTIN.parse,
        SSCC.parse,
        ShortCode.parse,
        lambda text: DigitalLink.of_elements(bracketed(text)),
    ):
        try:
            read(text)
        except InvalidIdentifier:
            continue
        return True
    return False


def _known(ctx: Context, uow: UnitOfWork, text: str) -> bool:
    finders = (queries.find_batch, queries.find_product, queries.find_party)
    return uow.book.container(text) is not None or any(
        find(uow.connection, ctx.ledger, text) is not None for find in finders
    )


def _own_target(ctx: Context, uow: UnitOfWork, actor: Actor, name: str) -> str:
    if (batch := queries.find_batch(uow.connection, ctx.ledger, name)) is not None:
        held = uow.book.balances(batch.uri, actor.uri)
        has = any(account.kind is AccountKind.HELD and amount > 0 for account, amount in held.items())
        if not (has or batch.maker == actor.uri):
            raise NotYours(what=batch.uri, owner=batch.maker or "", party=actor.uri)
        return batch.uri
    if (product := queries.find_product(uow.connection, ctx.ledger, name)) is not None:
        if product.owner != actor.uri:
            raise NotYours(what=product.uri, owner=product.owner, party=actor.uri)
        return product.uri
    raise UnknownBatch(batch=name)
