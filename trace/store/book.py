"""What the rules may ask about the state, answered from the tables by a few indexed queries each.

A StoreBook keeps nothing between calls: inside the head lock the tables are the truth, and a remembered answer
would let the same kilogram be spent twice. Only a ``glance``, which lasts for one interpretation, does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select

from trace.domain.model import (
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
from trace.store import book_statements as q

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

    def glance(self) -> StoreBook:
        """The same book for one interpretation, during which nothing is written: it asks each question once."""
        return _Glance(self.connection, self.ledger)

    def party(self, uri: str) -> Party | None:
        """The registered party; one that only captured documents speak of has no role, so it is none here."""
        row = self._first(q.PARTY, uri=uri)
        return None if row is None else party_of(row)

    def owner_of(self, location: str, by: str | None = None) -> str | None:
        """URI of the party that owns a location: as registered, or as ``by`` described it; as anybody did without."""
        row = (
            self._first(q.OWNER, uri=location) if by is None else self._first(q.OWNER_BY, uri=location, by=by)
        )
        return None if row is None else row.owner

    def product_of(self, batch: str) -> Product | None:
        """The product of a batch (known or still to be made): by its record, or by the GTIN in its URI."""
        row = self._first(q.PRODUCT_BY_RECORD, batch=batch)
        if row is None and (split := split_batch_uri(batch)) is not None:
            row = self._first(q.PRODUCT_BY_GTIN, gtin=split[0])
        return None if row is None else product_of(row)

    def batch(self, uri: str) -> Batch | None:
        """The batch, if recorded."""
        row = self._first(q.BATCH_BY_URI, uri=uri)
        return None if row is None else batch_of(row)

    def balances(self, batch: str, ref: str | None = None) -> Mapping[Account, Decimal]:
        """All non-zero real accounts (held, transit) of a batch; with ``ref`` those of one party or delivery."""
        rows = (
            self._all(q.BALANCES, batch=batch)
            if ref is None
            else self._all(q.BALANCES_OF, batch=batch, ref=ref)
        )
        return {account_of(row): row.amount for row in rows}

    def contents(self, container: str) -> Mapping[str, Decimal]:
        """Batch -> amount lying directly in a container."""
        lying: dict[str, Decimal] = {}
        for row in self._all(q.CONTENTS, container=container):
            lying[row.batch] = exact_sum((lying.get(row.batch, Decimal(0)), row.amount))
        return lying

    def container(self, uri: str) -> Container | None:
        """The logistic unit, if it exists now."""
        row = self._first(q.CONTAINER, uri=uri)
        return None if row is None else container_of(row)

    def children(self, container: str) -> tuple[Container, ...]:
        """Logistic units packed directly in this one."""
        return tuple(container_of(row) for row in self._all(q.CHILDREN, container=container))

    def shipment(self, id: str) -> Shipment | None:
        """The delivery."""
        row = self._first(q.SHIPMENT, id=id)
        return None if row is None else shipment_of(row)

    def open_shipments(self, batch: str) -> tuple[Shipment, ...]:
        """Deliveries of this batch that are on their way, oldest first."""
        return tuple(shipment_of(row) for row in self._all(q.OPEN_SHIPMENTS, batch=batch))

    def received(self, shipment: str, batch: str) -> Decimal:
        """What the receiver accepted of a batch out of a delivery, less what was returned since."""
        row = self._first(q.SHIPMENT, id=shipment)
        if row is None:
            return Decimal(0)
        named = {"shipment": shipment, "batch": batch}
        accepted = self._all(q.ACCEPTED, receiver=row.receiver, opened=entry_of(row), **named)
        returned = self._all(q.SENT_BACK, **named)
        return exact_sum([*(line.amount for line in accepted), *(-line.amount for line in returned)])

    def stops(self, batch: str) -> tuple[Stop, ...]:
        """Holds in force on the batch or on any batch it was made from."""
        if self._first(q.ANY_STOP) is None:
            return ()
        return tuple(stop_of(row) for row in self._all(q.STOPS, batch=batch))

    def recorded(self, event_id: str) -> Recorded | None:
        """An event recorded before, for correction."""
        row = self._first(q.EVENT, event_id=event_id)
        if row is None:
            return None
        index = entry_of(row)
        postings = self._all(q.POSTINGS, index=index)
        before = self._all(q.CONTAINERS_BEFORE, index=index)
        return Recorded(
            event_id=event_id,
            by=row.by_party,
            holder=row.holder,
            postings=tuple(Posting(line.batch, account_of(line), line.amount) for line in postings),
            batches=tuple(line.uri for line in self._all(q.MADE_BY, event_id=event_id)),
            shipment=row.shipment,
            settles=row.settles,
            containers_before=tuple((line.container, _container_before(line)) for line in before),
            corrected=row.corrected_by is not None,
        )

    def _first(self, statement: Select[Any], **named: Any) -> Row[Any] | None:
        return next(iter(self._all(statement, **named)), None)

    def _all(self, statement: Select[Any], **named: Any) -> Sequence[Row[Any]]:
        return self.connection.execute(statement, {"ledger": self.ledger, **named}).all()


@dataclass(frozen=True)
class _Glance(StoreBook):
    _answers: dict[Any, Sequence[Row[Any]]] = field(default_factory=dict, repr=False, compare=False)

    def _all(self, statement: Select[Any], **named: Any) -> Sequence[Row[Any]]:
        question = (statement, *named.values())
        if question not in self._answers:
            self._answers[question] = super()._all(statement, **named)
        return self._answers[question]


def _container_before(row: Row[Any]) -> Container | None:
    if row.kind is None:
        return None
    return Container(row.container, Account(AccountKind(row.kind), row.ref), row.parent)


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
    return Stop(batch=row.batch, hold=row.hold, reason=row.reason, by=row.by_party, cause=row.cause)
