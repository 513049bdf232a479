"""What the rules speak of: parties, products, batches, accounts, and the outcome of one event.

Custody is kept as double entry. Every event moves amounts between accounts of a batch, and the amounts of
one event sum to zero for each batch. ``held`` and ``transit`` are the accounts where goods can lie; they
never go below zero. The others say where goods came from or went to, so that a batch's whole balance can be
read off. Amounts are in the batch's own base unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from trace.domain.refusals import Refusal


class Role(StrEnum):
    """What a party is in the chain; decides which acts it may enter."""

    OPERATOR = "operator"
    PRODUCER = "producer"
    PROCESSOR = "processor"
    CARRIER = "carrier"
    MARKET = "market"  # wholesale or wet market: its management
    WHOLESALER = "wholesaler"
    RETAILER = "retailer"
    STALL = "stall"
    CANTEEN = "canteen"
    IMPORTER = "importer"
    LABORATORY = "laboratory"
    INSPECTOR = "inspector"


@dataclass(frozen=True)
class Party:
    """A business, laboratory or authority. ``uri`` is its PGLN Digital Link or ``{base}/p/{id}``."""

    uri: str
    id: str
    name: str
    role: Role
    location: str  # URI of the place where it acts, used as bizLocation
    gln: str | None = None
    uscc: str | None = None  # 统一社会信用代码
    licence: str | None = None  # SC, JY
    region: str | None = None  # GB/T 2260 code
    address: str | None = None


@dataclass(frozen=True)
class Product:
    """A product and its own unit definitions: ``units`` maps a unit to how many base units it is."""

    uri: str  # Digital Link /01/{gtin} or {base}/g/{id}
    id: str
    owner: str
    name: str
    unit: str
    units: Mapping[str, Decimal] = field(default_factory=dict)
    gtin: str | None = None
    shelf_days: int | None = None
    category: str | None = None


@dataclass(frozen=True)
class Batch:
    """A batch (lot): ``uri`` is its identity, ``code`` the short code printed where there is no GTIN."""

    uri: str
    unit: str
    product: str | None = None
    code: str | None = None
    lot: str | None = None
    maker: str | None = None  # party that registered it
    made: str | None = None  # event id that first brought it
    produced: str | None = None  # date, ISO 8601
    expires: str | None = None  # date, ISO 8601: last day of use


class AccountKind(StrEnum):
    """Where an amount of a batch lies, came from, or went."""

    HELD = "held"  # ref: party URI; container: SSCC URI or ""
    TRANSIT = "transit"  # ref: shipment id; container: SSCC URI or ""
    MADE = "made"  # ref: party
    USED = "used"  # ref: event id of the transformation
    SOLD = "sold"
    SERVED = "served"
    DESTROYED = "destroyed"
    EXPIRED = "expired"
    SHORT = "short"  # ref: shipment id
    UNEXPLAINED = "unexplained"  # only from captured documents: claimed without cover


REAL = frozenset({AccountKind.HELD, AccountKind.TRANSIT})


@dataclass(frozen=True, order=True)
class Account:
    """One account of a batch; see AccountKind for what ``ref`` and ``container`` hold."""

    kind: AccountKind
    ref: str
    container: str = ""


@dataclass(frozen=True)
class Posting:
    """``amount`` (negative: taken away), in the batch's base unit, on one account of one batch."""

    batch: str
    account: Account
    amount: Decimal


@dataclass(frozen=True)
class Link:
    """``output`` was made from ``input``; amounts in each batch's own unit (None: not stated)."""

    input: str
    output: str
    used: Decimal | None
    made: Decimal | None


class ShipmentState(StrEnum):
    """On its way, settled by the receiver, or taken back by a correction."""

    OPEN = "open"
    SETTLED = "settled"
    VOID = "void"


@dataclass(frozen=True)
class Shipment:
    """A delivery from one party to one other; ``id`` is its despatch advice URI, or the event's own id."""

    id: str
    sender: str
    receiver: str
    event: str
    shipped: datetime
    state: ShipmentState = ShipmentState.OPEN
    settled_by: str | None = None  # event id
    returns: str | None = None  # the delivery whose goods go back with this one


@dataclass(frozen=True)
class Container:
    """A logistic unit: where it lies (``place``: an account without container) and what it is packed in."""

    uri: str
    place: Account
    parent: str | None = None


@dataclass(frozen=True)
class Stop:
    """A hold that is in force on a batch: its ``cause`` (``causes.HOLD``) if it has one, and what was added."""

    batch: str
    hold: str
    reason: str
    by: str
    cause: str | None = None


@dataclass(frozen=True)
class Recorded:
    """What the book remembers of an event already recorded, as far as undoing it needs."""

    event_id: str
    by: str
    holder: str
    postings: tuple[Posting, ...]
    batches: tuple[str, ...]
    shipment: str | None
    settles: str | None
    containers_before: tuple[tuple[str, Container | None], ...]
    corrected: bool


@dataclass(frozen=True)
class Outcome:
    """All that one event changes, and every problem seen in it. Nothing here has been written yet."""

    holder: str = ""
    postings: tuple[Posting, ...] = ()
    batches: tuple[Batch, ...] = ()
    links: tuple[Link, ...] = ()
    shipments: tuple[Shipment, ...] = ()  # new ones, and existing ones in their new state
    containers: tuple[Container, ...] = ()  # each in its new place
    containers_gone: tuple[str, ...] = ()
    containers_before: tuple[tuple[str, Container | None], ...] = ()
    corrects: str | None = None  # event id that this one declares wrong
    shipment: str | None = None  # opened by this event
    settles: str | None = None  # settled by this event
    problems: tuple[Refusal, ...] = ()


class Book(Protocol):
    """What the rules may ask about the state. The store answers from tables, tests from dictionaries."""

    def party(self, uri: str) -> Party | None:
        """The registered (or, from master data, claimed) party."""

    def owner_of(self, location: str, by: str) -> str | None:
        """URI of the party that owns a location, as registered or as the party ``by`` described it."""

    def product_of(self, batch: str) -> Product | None:
        """The product of a batch (known or still to be made): by its record, or by the GTIN in its URI."""

    def batch(self, uri: str) -> Batch | None:
        """The batch, if recorded."""

    def balances(self, batch: str, ref: str | None = None) -> Mapping[Account, Decimal]:
        """All non-zero real accounts (held, transit) of a batch; with ``ref`` those of one party or delivery."""

    def contents(self, container: str) -> Mapping[str, Decimal]:
        """Batch -> amount lying directly in a container."""

    def container(self, uri: str) -> Container | None:
        """The logistic unit, if it exists now."""

    def children(self, container: str) -> Iterable[Container]:
        """Logistic units packed directly in this one."""

    def shipment(self, id: str) -> Shipment | None:
        """The delivery."""

    def open_shipments(self, batch: str) -> Iterable[Shipment]:
        """Deliveries of this batch that are on their way, oldest first."""

    def received(self, shipment: str, batch: str) -> Decimal:
        """How much of a batch was accepted out of a settled delivery, less what was returned since."""

    def stops(self, batch: str) -> Iterable[Stop]:
        """Holds in force on the batch or on any batch it was made from."""

    def recorded(self, event_id: str) -> Recorded | None:
        """An event recorded before, for correction."""
