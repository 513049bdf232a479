"""What a delivery still on its way holds."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from trace.domain.model import Account, AccountKind, Book, Container, Shipment


@dataclass(frozen=True)
class Delivery:
    """``loose``: (batch, amount, base unit) outside of logistic units; ``containers``: the outermost ones."""

    loose: tuple[tuple[str, Decimal, str], ...]
    containers: tuple[str, ...]


def delivered(book: Book, shipment: Shipment) -> Delivery:
    """What accepting the delivery in full would accept, in the order in which it was shipped."""
    here = Account(AccountKind.TRANSIT, shipment.id)
    loose = []
    for uri in shipped_batches(book, shipment):
        amount = book.balances(uri, shipment.id).get(here)
        batch = book.batch(uri)
        if amount and batch is not None:
            loose.append((uri, amount, batch.unit))
    outermost = [box.uri for box in shipped_containers(book, shipment) if box.parent is None]
    return Delivery(tuple(loose), tuple(outermost))


def shipped_batches(book: Book, shipment: Shipment) -> tuple[str, ...]:
    """Every batch that went into the delivery, loose or in a logistic unit."""
    recorded = book.recorded(shipment.event)
    if recorded is None:
        return ()
    went = (
        posting.batch
        for posting in recorded.postings
        if posting.account.kind is AccountKind.TRANSIT and posting.account.ref == shipment.id
    )
    return tuple(dict.fromkeys(went))


def shipped_containers(book: Book, shipment: Shipment) -> tuple[Container, ...]:
    """Every logistic unit, nested ones too, that is on its way with the delivery."""
    recorded = book.recorded(shipment.event)
    if recorded is None:
        return ()
    here = Account(AccountKind.TRANSIT, shipment.id)
    boxes = (book.container(uri) for uri, _ in recorded.containers_before)
    return tuple(box for box in boxes if box is not None and box.place == here)
