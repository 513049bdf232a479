"""What the forms of a business begin with: yesterday's batches, its products, its stock, and its partners."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from trace.domain.commands import Basis, Outside, Receive, Register
from trace.domain.model import AccountKind, Party, Product
from trace.domain.refusals import Refusal, UnknownBatch
from trace.identifiers import InvalidIdentifier
from trace.services import acts, parties, photos, scan
from trace.services.context import Actor, Context, Done, Once
from trace.services.parties import ProductDraft
from trace.services.photos import Photo
from trace.services.recording import once
from trace.store import queries
from trace.store.book import StoreBook
from trace.store.queries import BatchInfo, Named, PartyInfo, ProductInfo, desk
from trace.store.queries.desk import Stocked, Unit
from trace.store.queries.reports import Act, acts_at
from trace.store.unit_of_work import UnitOfWork

MOST_AGAIN = 6
MOST_PARTNERS = 6
MOST_PRODUCTS = 200
STOCK_PAGE = 100
MOST_LOOSE = 200
MOST_BUYERS = 6
MOST_FOUND = 10
MOST_ENTRIES = 30
_SALES_LOOKED_AT = 60


@dataclass(eq=False)
class SupplierNotNamed(Refusal):
    """Goods were bought from outside, and it is not said from whom."""

    code = "supplier_not_named"


@dataclass(eq=False)
class GoodsNotChosen(Refusal):
    """Goods are to leave, and it is not said which."""

    code = "goods_not_chosen"


@dataclass(eq=False)
class PartnerNotChosen(Refusal):
    """Goods are to leave, and it is not said for whom."""

    code = "partner_not_chosen"


@dataclass(eq=False)
class UnknownBuyer(Refusal):
    """Goods are sold to one of the former buyers, and no sale of one's own names him."""

    code = "unknown_buyer"


@dataclass(eq=False)
class ReasonMissing(Refusal):
    """Goods are turned away, and it is not said why."""

    code = "reason_missing"


@dataclass(frozen=True)
class Again:
    """A batch as it was registered last time: what may be the same today. ``supplier``: it was bought from outside;
    ``basis``: the grounds of its 承诺达标合格证, where it bore one.
    """

    info: BatchInfo
    amount: Decimal
    unit: str
    origin: str | None
    specification: str | None
    supplier: Mapping[str, str]
    basis: tuple[Basis, ...] = ()


def again(ctx: Context, actor: Actor) -> tuple[Again, ...]:
    """The last batch of each product that the actor registered, the newest first."""

    def read(connection: Connection) -> tuple[Again, ...]:
        made = desk.last_made(connection, ctx.ledger, actor.uri, most=MOST_AGAIN)
        acts_of = {act.index: act for act in acts_at(connection, ctx.ledger, [one.index for one in made])}
        return tuple(_again(one, acts_of[one.index]) for one in made if one.index in acts_of)

    return ctx.sequencer.read(read)


def _again(info: BatchInfo, act: Act) -> Again:
    raw: Mapping[str, Any] = act.body.get("event", {})
    told: Iterable[Mapping[str, str]] = raw.get("ilmd", {}).get("trace:batches", ())
    of = next((one for one in told if one.get("batch") == info.uri), {})
    return Again(
        info=info,
        amount=act.booked(AccountKind.HELD).get(info.uri, Decimal(0)),
        unit=info.batch.unit,
        origin=of.get("origin"),
        specification=of.get("specification"),
        supplier=dict(raw.get("trace:supplier", {})),
        basis=tuple(one for one in Basis if one in of.get("commitment", "").split()),
    )


def products(ctx: Context, actor: Actor) -> tuple[ProductInfo, ...]:
    """The actor's own products, the newest first."""
    return ctx.sequencer.read(
        lambda connection: desk.products_of(connection, ctx.ledger, actor.uri, most=MOST_PRODUCTS)
    )


def product_clerks(ctx: Context, actor: Actor) -> Mapping[str, Named]:
    """Who entered ``products`` for the actor (代录), by the product's URI."""
    return ctx.sequencer.read(
        lambda connection: desk.product_clerks(connection, ctx.ledger, actor.uri, most=MOST_PRODUCTS)
    )


def find_product(ctx: Context, name: str) -> Product | None:
    """A registered product by id, URI or GTIN."""
    return ctx.sequencer.read(lambda connection: queries.find_product(connection, ctx.ledger, name))


def register_new(
    ctx: Context, actor: Actor, product: ProductDraft, command: Register, key: Once | None = None
) -> Done:
    """Register a product and its first batch: both, or neither. Raises what either of them raises."""

    def work(uow: UnitOfWork) -> Done:
        made = parties.enter_product(ctx, uow, actor, product)
        batch = replace(command.batch, product=made.result["uri"])
        return acts.register(ctx, uow, actor, replace(command, batch=batch))

    return once(ctx, actor, key, work)


def receive(
    ctx: Context, actor: Actor, command: Receive, pictures: Iterable[Photo], key: Once | None = None
) -> Done:
    """Settle a delivery and keep the pictures that its lines name: both, or neither."""

    def work(uow: UnitOfWork) -> Done:
        done = acts.receive(ctx, uow, actor, command)
        for picture in pictures:
            photos.enter(ctx, uow, picture)
        return done

    return once(ctx, actor, key, work)


# -- goods ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stock:
    """What a business holds: some of its batches, the logistic units that are in no other one, and what lies in those.

    ``next`` is the cursor to its further batches, None where there are none.
    """

    batches: tuple[Stocked, ...]
    units: tuple[Unit, ...]
    named: Mapping[str, BatchInfo]
    next: str | None


def stock(ctx: Context, actor: Actor, cursor: str | None = None) -> Stock:
    """What lies with the actor, the most pressing first; ``cursor`` goes on after so many batches. Raises Invalid."""

    def read(connection: Connection) -> Stock:
        held = desk.stock(connection, ctx.ledger, actor.uri, most=STOCK_PAGE, cursor=cursor)
        units = _units(ctx, connection, actor)
        return Stock(held.items, units, _contents(ctx, connection, units), held.next)

    return ctx.sequencer.read(read)


def loose(ctx: Context, actor: Actor) -> tuple[Stocked, ...]:
    """What the actor may take something of, what must be used first at the head; MOST_LOOSE batches at most."""
    return ctx.sequencer.read(
        lambda connection: desk.loose_stock(connection, ctx.ledger, actor.uri, most=MOST_LOOSE)
    )


def loose_ones(ctx: Context, actor: Actor, codes: Iterable[str]) -> tuple[Stocked, ...]:
    """The same of the batches that these codes or URIs name; codes of anything else are passed over."""

    def read(connection: Connection) -> tuple[Stocked, ...]:
        found = (queries.find_batch(connection, ctx.ledger, code) for code in codes)
        named = {one.uri for one in found if one is not None}
        return desk.loose_ones(connection, ctx.ledger, actor.uri, named)

    return ctx.sequencer.read(read)


def units(ctx: Context, actor: Actor) -> tuple[tuple[Unit, ...], Mapping[str, BatchInfo]]:
    """The logistic units that lie with the actor, and the batches that lie in them, by URI."""

    def read(connection: Connection) -> tuple[tuple[Unit, ...], Mapping[str, BatchInfo]]:
        found = _units(ctx, connection, actor)
        return found, _contents(ctx, connection, found)

    return ctx.sequencer.read(read)


def _units(ctx: Context, connection: Connection, actor: Actor) -> tuple[Unit, ...]:
    return tuple(desk.units_at(connection, ctx.ledger, AccountKind.HELD, [actor.uri]).get(actor.uri, ()))


def _contents(ctx: Context, connection: Connection, units: Iterable[Unit]) -> Mapping[str, BatchInfo]:
    return queries.batch_infos(connection, ctx.ledger, {uri for unit in units for uri in unit.contents})


@dataclass(frozen=True)
class OwnView:
    """A batch as one business has it: what lies with it, and its own entries about it (entry, step, time, undone)."""

    info: BatchInfo
    held: Stocked
    entries: tuple[tuple[int, str, Any, bool], ...]


def own_view(ctx: Context, actor: Actor, code: str) -> OwnView:
    """A batch with the actor's own amounts alone. Raises UnknownBatch."""

    def read(connection: Connection) -> OwnView | None:
        found = queries.find_batch(connection, ctx.ledger, code)
        if found is None:
            return None
        info = queries.batch_infos(connection, ctx.ledger, [found.uri])[found.uri]
        lying = [
            one
            for one in queries.who_holds(connection, ctx.ledger, found.uri)
            if one.kind is AccountKind.HELD and one.where.uri == actor.uri
        ]
        held = Stocked(
            info=info,
            loose=sum((one.amount for one in lying if not one.container), Decimal(0)),
            packed={one.container: one.amount for one in lying if one.container},
            stop=desk.standing(connection, ctx.ledger, [found.uri]).get(found.uri),
        )
        own = desk.entries_of_batch(connection, ctx.ledger, found.uri, actor.uri, most=MOST_ENTRIES)
        return OwnView(info, held, tuple(own))

    view = ctx.sequencer.read(read)
    if view is None:
        raise UnknownBatch(batch=code)
    return view


def packages(ctx: Context, infos: Iterable[BatchInfo]) -> Mapping[str, Mapping[str, Decimal]]:
    """By batch: the packages that its product comes in, and how much of the batch's unit each holds; those that do."""
    counted = {
        info.uri: info.product.uri
        for info in infos
        if info.product is not None and info.product.unit == info.batch.unit
    }
    found = ctx.sequencer.read(
        lambda connection: desk.packages(connection, ctx.ledger, set(counted.values()))
    )
    return {uri: units for uri, product in counted.items() if (units := found.get(product))}


# -- buyers outside ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Buyer:
    """A buyer outside this ledger to whom the actor sold; ``index`` is the newest entry that names him."""

    index: int
    who: Outside


def buyers(ctx: Context, actor: Actor) -> tuple[Buyer, ...]:
    """Whom the actor sold to, each once, the last one first; sales to nobody in particular name none."""

    def read(connection: Connection) -> tuple[Buyer, ...]:
        indices = desk.sales_of(connection, ctx.ledger, actor.uri, most=_SALES_LOOKED_AT)
        told = (_buyer(act) for act in acts_at(connection, ctx.ledger, indices))
        named: dict[tuple[str, str | None], Buyer] = {}
        for one in sorted((one for one in told if one is not None), key=lambda one: -one.index):
            named.setdefault((one.who.name, one.who.code), one)
        return tuple(named.values())[:MOST_BUYERS]

    return ctx.sequencer.read(read)


def buyer(ctx: Context, actor: Actor, index: int) -> Outside:
    """The buyer whom one of the actor's own sales names. Raises UnknownBuyer."""

    def read(connection: Connection) -> Buyer | None:
        acts = acts_at(connection, ctx.ledger, [index])
        return _buyer(acts[0]) if acts and acts[0].by == actor.uri else None

    found = ctx.sequencer.read(read)
    if found is None:
        raise UnknownBuyer()
    return found.who


def _buyer(act: Act) -> Buyer | None:
    told = act.body.get("event", {}).get("trace:buyer")
    if not isinstance(told, Mapping) or not isinstance(told.get("name"), str):
        return None
    people = act.people.get("buyer")
    known = {**told, "contact": people.get("contact") if isinstance(people, Mapping) else None}
    parts = {name: known.get(name) for name in ("code", "licence", "address", "contact")}
    stated = {name: value for name, value in parts.items() if isinstance(value, str)}
    return Buyer(act.index, Outside(told["name"], **stated))


# -- partners ------------------------------------------------------------------------------------------------


def partners(ctx: Context, actor: Actor) -> tuple[PartyInfo, ...]:
    """Whom the actor sent goods to, the last one first."""
    return ctx.sequencer.read(
        lambda connection: desk.partners(connection, ctx.ledger, actor.uri, most=MOST_PARTNERS)
    )


def find_partners(ctx: Context, actor: Actor, text: str) -> tuple[PartyInfo, ...]:
    """Other businesses by a part of the name, or one by its code (URI, place, id, GLN, 统一社会信用代码)."""

    def read(connection: Connection) -> tuple[PartyInfo, ...]:
        party = queries.find_party(connection, ctx.ledger, text) or _at(connection, ctx.ledger, text)
        if party is not None:
            return desk.parties_at(connection, ctx.ledger, [party.uri])
        return desk.parties_called(connection, ctx.ledger, text, most=MOST_FOUND)

    found = ctx.sequencer.read(read) if text else ()
    return tuple(one for one in found if one.uri != actor.uri)


def _at(connection: Connection, ledger: str, uri: str) -> Party | None:
    """Whose place it is, for whoever scanned the code at its door."""
    try:
        return scan.party_at(StoreBook(connection, ledger), uri)
    except InvalidIdentifier:
        return None
