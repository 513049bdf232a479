"""Goods leave one party for another: shipping, and sending back."""

from __future__ import annotations

from decimal import Decimal

from trace.domain.custody import goods, packing
from trace.domain.custody.draft import Draft, merged, transit
from trace.domain.custody.parties import receiver
from trace.domain.model import Container, Shipment
from trace.domain.refusals import (
    ContainerEmpty,
    Duplicate,
    Invalid,
    MoreThanReceived,
    NotTheReceiver,
    UnknownContainer,
    UnknownParty,
    UnknownShipment,
)


def ship(draft: Draft) -> None:
    """Goods and logistic units, with all in them, leave the holder's hands for one other party."""
    event = draft.event
    to = receiver(event, draft.book, draft.by)
    if draft.entered and draft.book.party(to) is None:
        draft.problem(UnknownParty(party=to))
    if to == draft.holder:
        # Between two places of one party nothing changes hands; as an act of its own it is a slip.
        if draft.entered:
            draft.problem(Invalid(field="to", value=to, expected="another party"))
        return
    id = _shipment_id(draft)
    returned = _returned(draft, to)
    gone = _load(draft, id, free=returned is None)
    if returned is not None:
        _limit(draft, returned, gone)
    if draft.entered and not (event.quantities or event.epcs):
        draft.problem(Invalid(field="lines", value="", expected="at least one batch or container"))
    if draft.moved:
        returns = None if returned is None else returned.id
        draft.put_shipment(Shipment(id, draft.holder, to, event.event_id, event.time, returns=returns))
        draft.shipment = id


def _shipment_id(draft: Draft) -> str:
    """The first despatch advice named; the event's own id where there is none or it is taken."""
    named = next((uri for kind, uri in draft.event.transactions if kind == "desadv"), None)
    if named is None:
        return draft.event.event_id
    if draft.find_shipment(named) is None:
        return named
    if draft.entered:
        draft.problem(Duplicate(what="shipment", value=named))
    return draft.event.event_id


def _load(draft: Draft, id: str, free: bool) -> dict[str, Decimal]:
    """Put everything on the way; amounts by batch. ``free``: nothing held or expired may leave."""
    event = draft.event
    boxed: list[tuple[str, Decimal]] = []
    for uri in packing.boxes(draft, packing.units(event)):
        boxed += _load_box(draft, uri, id)
    loose: list[tuple[str, Decimal]] = []
    packing.compare(draft, transit(id))
    stated = event.quantities if packing.content_known(draft) else event.quantities + event.child_quantities
    for uri, amount in goods.read(draft, stated).items():
        if amount:
            goods.take(draft, draft.known(uri), amount, transit(id, _wrapping(draft)))
            loose.append((uri, amount))
    gone = dict(merged([*boxed, *loose]))
    if free:
        for uri in gone:
            draft.require_free(uri)
    return gone


def _wrapping(draft: Draft) -> str:
    """The logistic unit that an AggregationEvent says the goods are in, if any."""
    parent = draft.event.parent
    return parent if parent is not None and draft.container(parent) is not None else ""


def _load_box(draft: Draft, uri: str, id: str) -> list[tuple[str, Decimal]]:
    box = draft.container(uri)
    if box is not None and box.place == transit(id):
        return []  # it is inside another one that was named too
    if box is None:
        if draft.event.parent != uri or not draft.event.child_quantities:
            draft.problem(UnknownContainer(container=uri))
        draft.put_container(Container(uri, transit(id)))
        return []
    packing.fetch(draft, uri)
    packing.outermost(draft, uri)
    lying = [(batch, amount) for inner in draft.nested(uri) for batch, _, amount in draft.contents(inner.uri)]
    if draft.entered and not lying:
        draft.problem(ContainerEmpty(container=uri))
    draft.carry(uri, transit(id))
    return lying


def _returned(draft: Draft, to: str) -> Shipment | None:
    """The delivery that is sent back, if this is a return."""
    if draft.event.disposition != "returned":
        return None
    named = [uri for kind, uri in draft.event.transactions if kind == "rma"]
    known = next((found for uri in named if (found := draft.book.shipment(uri)) is not None), None)
    if known is None:
        if draft.entered:
            draft.problem(UnknownShipment(shipment=", ".join(named)))
        return None
    if known.receiver != draft.holder:
        draft.problem(NotTheReceiver(shipment=known.id, receiver=known.receiver, party=draft.holder))
    elif known.sender != to:
        draft.problem(Invalid(field="to", value=to, expected=known.sender))
    return known


def _limit(draft: Draft, returned: Shipment, gone: dict[str, Decimal]) -> None:
    for uri, amount in gone.items():
        received = draft.book.received(returned.id, uri)
        unit = draft.known(uri).unit
        if amount > received:
            draft.problem(
                MoreThanReceived(shipment=returned.id, batch=uri, asked=amount, received=received, unit=unit)
            )
