"""What the rules may ask about the state, answered from the tables by a few indexed queries each.

Nothing is kept between calls: inside the head lock the tables are the truth, and a remembered answer would
let the same kilogram be spent twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any, TypeVar

from sqlalchemy import CTE, ColumnElement, Connection, Row, and_, literal, select

from trace.domain.model import (
    REAL,
    Account,
    AccountKind,
    Batch,
    Container,
    Party,
    Posting,
    Product,
    Recorded,
    Role,
    Shipment,
    ShipmentState,
    Stop,
)
from trace.identifiers import split_batch_uri
from trace.store import projection_tables as t
from trace.store.tables import Name

_REAL = tuple(sorted(REAL))
_CHUNK = 500  # names in one IN (...): both databases take thousands, and plans stay small

T = TypeVar("T")


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """The sum to the last digit: one amount has up to 27 of them, and the default context cuts at 28."""
    with localcontext(prec=60):
        return sum(amounts, Decimal(0))


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """The items in runs short enough for one ``IN (...)``."""
    return (items[at : at + _CHUNK] for at in range(0, len(items), _CHUNK))


@dataclass(frozen=True)
class StoreBook:
    """The state of one ledger inside one transaction; implements ``trace.domain.model.Book``."""

    connection: Connection
    ledger: str

    def party(self, uri: str) -> Party | None:
        """The registered party; one that only captured documents speak of has no role, so it is none here."""
        row = self._first(
            select(t.parties)
            .where(t.parties.c.ledger == self.ledger, t.parties.c.uri == uri)
            .where(t.parties.c.registered.is_(True))
        )
        return None if row is None else party_of(row)

    def owner_of(self, location: str) -> str | None:
        """URI of the party that owns a location."""
        row = self._first(
            select(t.locations.c.owner).where(
                t.locations.c.ledger == self.ledger, t.locations.c.uri == location
            )
        )
        return None if row is None else row.owner

    def product_of(self, batch: str) -> Product | None:
        """The product of a batch (known or still to be made): by its record, or by the GTIN in its URI."""
        row = self._first(
            select(t.products)
            .join(
                t.batches,
                and_(t.batches.c.ledger == t.products.c.ledger, t.batches.c.product == t.products.c.uri),
            )
            .where(t.batches.c.ledger == self.ledger, t.batches.c.uri == batch)
        )
        if row is None and (split := split_batch_uri(batch)) is not None:
            row = self._first(
                select(t.products)
                .where(t.products.c.ledger == self.ledger, t.products.c.gtin == split[0])
                .order_by(t.products.c.registered.desc(), t.products.c.uri)
            )
        return None if row is None else product_of(row)

    def batch(self, uri: str) -> Batch | None:
        """The batch, if recorded."""
        row = self._first(select(t.batches).where(t.batches.c.ledger == self.ledger, t.batches.c.uri == uri))
        return None if row is None else batch_of(row)

    def balances(self, batch: str) -> Mapping[Account, Decimal]:
        """All non-zero real accounts (held, transit) of a batch."""
        rows = self.connection.execute(
            select(t.balances)
            .where(t.balances.c.ledger == self.ledger, t.balances.c.batch == batch)
            .where(t.balances.c.kind.in_(_REAL))
            .order_by(t.balances.c.kind, t.balances.c.ref, t.balances.c.container)
        )
        return {account_of(row): row.amount for row in rows}

    def contents(self, container: str) -> Mapping[str, Decimal]:
        """Batch -> amount lying directly in a container."""
        rows = self.connection.execute(
            select(t.balances.c.batch, t.balances.c.amount)
            .where(t.balances.c.ledger == self.ledger, t.balances.c.container == container)
            .where(t.balances.c.kind.in_(_REAL))
            .order_by(t.balances.c.batch)
        )
        lying: dict[str, Decimal] = {}
        for batch, amount in rows:
            lying[batch] = exact_sum((lying.get(batch, Decimal(0)), amount))
        return lying

    def container(self, uri: str) -> Container | None:
        """The logistic unit, if it exists now."""
        row = self._first(
            select(t.containers).where(t.containers.c.ledger == self.ledger, t.containers.c.uri == uri)
        )
        return None if row is None else container_of(row)

    def children(self, container: str) -> tuple[Container, ...]:
        """Logistic units packed directly in this one."""
        rows = self.connection.execute(
            select(t.containers)
            .where(t.containers.c.ledger == self.ledger, t.containers.c.parent == container)
            .order_by(t.containers.c.uri)
        )
        return tuple(container_of(row) for row in rows)

    def shipment(self, id: str) -> Shipment | None:
        """The delivery."""
        row = self._first(
            select(t.shipments).where(t.shipments.c.ledger == self.ledger, t.shipments.c.id == id)
        )
        return None if row is None else shipment_of(row)

    def open_shipments(self, batch: str) -> tuple[Shipment, ...]:
        """Deliveries of this batch that are on their way, oldest first."""
        on_the_way = (
            select(t.balances.c.ref)
            .where(t.balances.c.ledger == self.ledger, t.balances.c.batch == batch)
            .where(t.balances.c.kind == AccountKind.TRANSIT)
        )
        rows = self.connection.execute(
            select(t.shipments)
            .where(t.shipments.c.ledger == self.ledger, t.shipments.c.state == ShipmentState.OPEN)
            .where(t.shipments.c.id.in_(on_the_way))
            .order_by(t.shipments.c.shipped, t.shipments.c.index, t.shipments.c.id)
        )
        return tuple(shipment_of(row) for row in rows)

    def received(self, shipment: str, batch: str) -> Decimal:
        """What the receiver accepted of a batch out of a delivery, less what was returned since."""
        row = self._first(
            select(t.shipments.c.receiver, t.shipments.c.index).where(
                t.shipments.c.ledger == self.ledger, t.shipments.c.id == shipment
            )
        )
        if row is None:
            return Decimal(0)
        # A delivery may be received in parts: every event that moved something out of it counts.
        moved = (
            select(t.postings.c.index)
            .where(t.postings.c.ledger == self.ledger, t.postings.c.kind == AccountKind.TRANSIT)
            .where(t.postings.c.ref == shipment, t.postings.c.index != entry_of(row))
        )
        accepted = self._posted(
            batch,
            t.postings.c.index.in_(moved),
            t.postings.c.kind == AccountKind.HELD,
            t.postings.c.ref == row.receiver,
        )
        sent_back = (
            select(t.shipments.c.index)
            .where(t.shipments.c.ledger == self.ledger, t.shipments.c.returns == shipment)
            .where(t.shipments.c.state != ShipmentState.VOID)
        )
        returned = self._posted(
            batch, t.postings.c.index.in_(sent_back), t.postings.c.kind == AccountKind.TRANSIT
        )
        return exact_sum((accepted, -returned))

    def stops(self, batch: str) -> tuple[Stop, ...]:
        """Holds in force on the batch or on any batch it was made from."""
        in_force = and_(t.stops.c.ledger == self.ledger, t.stops.c.released_index.is_(None))
        if self._first(select(t.stops.c.batch).where(in_force)) is None:
            return ()
        family = ancestry(self.ledger, batch)
        rows = self.connection.execute(
            select(t.stops)
            .where(in_force, t.stops.c.batch.in_(select(family.c.batch)))
            .order_by(t.stops.c.index)
        )
        return tuple(stop_of(row) for row in rows)

    def recorded(self, event_id: str) -> Recorded | None:
        """An event recorded before, for correction."""
        row = self._first(
            select(t.events)
            .where(t.events.c.ledger == self.ledger, t.events.c.event_id == event_id)
            .where(t.events.c.declares_error.is_(False))
            .order_by(t.events.c.index)
        )
        if row is None:
            return None
        made = self.connection.execute(
            select(t.batches.c.uri)
            .where(t.batches.c.ledger == self.ledger, t.batches.c.made == event_id)
            .order_by(t.batches.c.uri)
        )
        return Recorded(
            event_id=event_id,
            by=row.by_party,
            holder=row.holder,
            postings=self._postings(entry_of(row)),
            batches=tuple(made.scalars()),
            shipment=row.shipment,
            settles=row.settles,
            containers_before=self._containers_before(entry_of(row)),
            corrected=row.corrected_by is not None,
        )

    def _first(self, statement: Any) -> Row[Any] | None:
        return self.connection.execute(statement.limit(1)).first()

    def _posted(self, batch: str, *where: ColumnElement[bool]) -> Decimal:
        amounts = self.connection.execute(
            select(t.postings.c.amount).where(
                t.postings.c.ledger == self.ledger, t.postings.c.batch == batch, *where
            )
        )
        return exact_sum(amounts.scalars())

    def _postings(self, index: int) -> tuple[Posting, ...]:
        rows = self.connection.execute(
            select(t.postings)
            .where(t.postings.c.ledger == self.ledger, t.postings.c.index == index)
            .order_by(t.postings.c.n)
        )
        return tuple(Posting(row.batch, account_of(row), row.amount) for row in rows)

    def _containers_before(self, index: int) -> tuple[tuple[str, Container | None], ...]:
        before = t.containers_before
        rows = self.connection.execute(
            select(before).where(before.c.ledger == self.ledger, before.c.index == index).order_by(before.c.n)
        )
        return tuple(
            (
                row.container,
                None
                if row.kind is None
                else Container(row.container, Account(AccountKind(row.kind), row.ref), row.parent),
            )
            for row in rows
        )


def ancestry(ledger: str, batch: str) -> CTE:
    """The batch and every batch it was made from, as a common table expression with one column, ``batch``.

    UNION, not UNION ALL: a circle in a captured document ends the search instead of the process.
    """
    return _closure(ledger, batch, t.links.c.input, t.links.c.output, "ancestry")


def descent(ledger: str, batch: str) -> CTE:
    """The batch and every batch made from it, as ``ancestry``."""
    return _closure(ledger, batch, t.links.c.output, t.links.c.input, "descent")


def _closure(ledger: str, batch: str, found: Any, known: Any, name: str) -> CTE:
    base = select(literal(batch, Name).label("batch")).cte(name, recursive=True)
    return base.union(select(found).where(t.links.c.ledger == ledger, known == base.c.batch))


def entry_of(row: Row[Any]) -> int:
    """The row's ``index`` (``row.index`` is a method of every tuple)."""
    return int(row._mapping["index"])


def account_of(row: Row[Any]) -> Account:
    """The account that a row of balances or postings speaks of."""
    return Account(AccountKind(row.kind), row.ref, row.container)


def party_of(row: Row[Any]) -> Party:
    """A row of parties as the domain knows it."""
    return Party(
        uri=row.uri,
        id=row.id,
        name=row.name,
        role=Role(row.role),
        location=row.location,
        gln=row.gln,
        uscc=row.uscc,
        licence=row.licence,
        region=row.region,
        address=row.address,
    )


def product_of(row: Row[Any]) -> Product | None:
    """A row of products as the domain knows it; None for a class of things that has no unit of its own."""
    if row.unit is None:
        return None
    return Product(
        uri=row.uri,
        id=row.id,
        owner=row.owner,
        name=row.name,
        unit=row.unit,
        units={unit: Decimal(factor) for unit, factor in json.loads(row.units).items()},
        gtin=row.gtin,
        shelf_days=row.shelf_days,
        category=row.category,
    )


def batch_of(row: Row[Any]) -> Batch:
    """A row of batches as the domain knows it."""
    return Batch(
        uri=row.uri,
        unit=row.unit,
        product=row.product,
        code=row.code,
        lot=row.lot,
        maker=row.maker,
        made=row.made,
        produced=row.produced,
        expires=row.expires,
    )


def container_of(row: Row[Any]) -> Container:
    """A row of containers as the domain knows it."""
    return Container(row.uri, Account(AccountKind(row.kind), row.ref), row.parent)


def shipment_of(row: Row[Any]) -> Shipment:
    """A row of shipments as the domain knows it."""
    return Shipment(
        id=row.id,
        sender=row.sender,
        receiver=row.receiver,
        event=row.event,
        shipped=row.shipped,
        state=ShipmentState(row.state),
        settled_by=row.settled_by,
        returns=row.returns,
    )


def stop_of(row: Row[Any]) -> Stop:
    """A row of stops as the domain knows it."""
    return Stop(batch=row.batch, hold=row.hold, reason=row.reason, by=row.by_party)
