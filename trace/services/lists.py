"""Lists and look-ups: what there is, and what a party has, page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from trace.domain.model import Product, Role, ShipmentState
from trace.domain.refusals import UnknownProduct, UnknownShipment
from trace.services import look
from trace.services.context import Actor, Context
from trace.store import queries
from trace.store.queries import BatchInfo, DeliveryInfo, Holding, Lying, Page, PartyInfo, ProductInfo

T = TypeVar("T")


def _ask(ctx: Context, query: Callable[..., T], *args: Any, **values: Any) -> T:
    return ctx.sequencer.read(lambda connection: query(connection, ctx.ledger, *args, **values))


def parties(ctx: Context, *, role: Role | None, limit: int, cursor: str | None) -> Page[PartyInfo]:
    """Registered parties in order of entry. Raises Invalid for a cursor of another list."""
    return _ask(ctx, queries.parties, role=role, limit=limit, cursor=cursor)


def products(ctx: Context, *, owner: str | None, limit: int, cursor: str | None) -> Page[ProductInfo]:
    """Registered products in order of entry. Raises Invalid."""
    return _ask(ctx, queries.products, owner=owner, limit=limit, cursor=cursor)


def product(ctx: Context, name: str) -> Product:
    """A product by id, URI or GTIN. Raises UnknownProduct."""
    found = _ask(ctx, queries.find_product, name)
    if found is None:
        raise UnknownProduct(product=name)
    return found


def batches(
    ctx: Context,
    *,
    maker: str | None,
    product: str | None,
    lot: str | None,
    limit: int,
    cursor: str | None,
) -> Page[BatchInfo]:
    """Batches, the newest first. Raises Invalid."""
    return _ask(ctx, queries.batches, maker=maker, product=product, lot=lot, limit=limit, cursor=cursor)


def holdings(ctx: Context, party: str, *, limit: int, cursor: str | None) -> Page[Holding]:
    """What a party holds. Raises Invalid."""
    return _ask(ctx, queries.holdings, party, limit=limit, cursor=cursor)


def shipments(
    ctx: Context,
    party: str,
    *,
    direction: str,
    state: ShipmentState | None,
    limit: int,
    cursor: str | None,
) -> Page[DeliveryInfo]:
    """Deliveries to, from or of a party, the newest first. Raises Invalid."""
    return _ask(ctx, queries.shipments, party, direction=direction, state=state, limit=limit, cursor=cursor)


def shipment(ctx: Context, actor: Actor, id: str) -> DeliveryInfo:
    """A delivery that the actor has to do with; to anyone else it is not known. Raises UnknownShipment."""
    found = _ask(ctx, queries.find_shipment, id)
    if found is None or not (actor.sees_all or actor.uri in (found.sender.uri, found.receiver.uri)):
        raise UnknownShipment(shipment=id)
    return found


def is_shipment(ctx: Context, id: str) -> bool:
    """Whether there is such a delivery; whoever has its note in hand may know that much."""
    return _ask(ctx, queries.find_shipment, id) is not None


def holders(ctx: Context, actor: Actor, name: str) -> tuple[str, tuple[Lying, ...]]:
    """A batch's URI and where it lies: all for inspectors, the operator and its maker, else the actor's own.

    Raises UnknownBatch.
    """
    info = look.find_batch(ctx, name)
    lying = _ask(ctx, queries.who_holds, info.uri)
    if actor.sees_all or info.batch.maker == actor.uri:
        return info.uri, lying
    return info.uri, tuple(one for one in lying if one.where.uri == actor.uri)
