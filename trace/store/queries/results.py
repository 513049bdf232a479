"""What the queries give back: frozen, typed, and complete enough that a page needs no further question.

Amounts are in the batch's own base unit. Times are aware and in UTC; ``time`` is when something happened by
its event, ``recorded`` when the ledger says it was written down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from trace.domain.model import AccountKind, Batch, Posting, ShipmentState, Stop

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Part of a list; ``next`` is the opaque cursor that continues it, None at its end."""

    items: tuple[T, ...]
    next: str | None


@dataclass(frozen=True)
class Named:
    """Who or what, and what to call it where the ledger knows a name."""

    uri: str
    name: str | None = None


@dataclass(frozen=True)
class Place:
    """Where something happened. ``owner`` is the party whose place it is."""

    uri: str
    name: str | None = None
    address: str | None = None
    owner: str | None = None


@dataclass(frozen=True)
class ProductInfo:
    """What a batch is. ``registered`` is false where only a captured document describes it."""

    uri: str
    name: str
    registered: bool
    gtin: str | None = None
    category: str | None = None
    owner: str | None = None
    unit: str | None = None
    shelf_days: int | None = None


@dataclass(frozen=True)
class BatchInfo:
    """A batch with what and whose it is; ``index`` is the entry that first brought it."""

    batch: Batch
    index: int
    product: ProductInfo | None
    maker: Named | None

    @property
    def uri(self) -> str:
        """The batch's URI."""
        return self.batch.uri


@dataclass(frozen=True)
class Flag:
    """What was wrong with an event when it was recorded: a refusal's code and its numbers."""

    index: int
    code: str
    batch: str | None
    params: Mapping[str, str]


@dataclass(frozen=True)
class Thing:
    """Something that an event names, and as what: epc, class, parent, child, input, output or content."""

    role: str
    uri: str


@dataclass(frozen=True)
class Delivery:
    """The delivery that a step opens: to whom, how it stands, and who confirmed it when."""

    shipment: str
    sender: Named
    receiver: Named
    state: ShipmentState
    confirmed_by: Named | None = None
    confirmed: datetime | None = None  # the receiver's own time
    confirmed_index: int | None = None


@dataclass(frozen=True)
class Correction:
    """Who declared a record wrong, and when the ledger says so."""

    by: Named
    recorded: datetime


@dataclass(frozen=True)
class Step:
    """One event in a chain. ``batches`` are those of the chain that it concerns."""

    index: int
    event_id: str
    type: str
    action: str | None
    biz_step: str | None
    disposition: str | None
    time: datetime
    offset: str
    recorded: datetime
    place: Place | None
    holder: Named | None
    declared_by: Named
    delivery: Delivery | None
    settles: str | None
    document: str | None
    batches: tuple[str, ...]
    things: tuple[Thing, ...]
    postings: tuple[Posting, ...]
    flags: tuple[Flag, ...]
    declares_error: bool
    corrects: int | None  # the entry that this one declares wrong
    corrected_by: int | None  # the entry that declares this one wrong
    correction: Correction | None = None  # and what is known of it


@dataclass(frozen=True)
class StopInfo:
    """A hold on the batch of the page, or on one it was made from (then ``inherited``)."""

    stop: Stop
    by: Named
    recorded: datetime
    index: int
    inherited: bool
    released_index: int | None = None
    released_reason: str | None = None
    released_cause: str | None = None

    @property
    def in_force(self) -> bool:
        """Whether it still stops the batch."""
        return self.released_index is None


@dataclass(frozen=True)
class BatchView:
    """All that a batch's page shows, by URI in the mappings.

    ``family`` is the batch and everything it was made from, ``parties`` whom the ledger knows of its people.
    """

    info: BatchInfo
    steps: tuple[Step, ...]
    stops: tuple[StopInfo, ...]
    family: Mapping[str, BatchInfo]
    parties: Mapping[str, PartyInfo] = field(default_factory=dict)

    @property
    def stopped(self) -> bool:
        """Whether any hold is in force on it or on what it was made from."""
        return any(stop.in_force for stop in self.stops)

    @property
    def flags(self) -> tuple[Flag, ...]:
        """Every flag of its steps, in their order."""
        return tuple(flag for step in self.steps for flag in step.flags)


@dataclass(frozen=True)
class Lying:
    """An amount of a batch and where it lies: held by a party, or on its way in a delivery."""

    batch: str
    kind: AccountKind
    where: Named  # the party, or the delivery
    container: str | None
    amount: Decimal
    unit: str


@dataclass(frozen=True)
class Holding:
    """What a party holds of one batch, and how much of it lies in logistic units."""

    info: BatchInfo
    amount: Decimal
    packed: Mapping[str, Decimal]  # logistic unit -> amount
    stopped: bool


@dataclass(frozen=True)
class DeliveryLine:
    """One batch of a delivery; what was accepted, short and rejected once it is settled."""

    info: BatchInfo
    shipped: Decimal
    accepted: Decimal
    short: Decimal
    rejected: Decimal


@dataclass(frozen=True)
class DeliveryInfo:
    """A delivery with its lines. ``index`` is the entry of its despatch."""

    shipment: str
    sender: Named
    receiver: Named
    event: str
    shipped: datetime
    state: ShipmentState
    settled_by: str | None
    returns: str | None
    index: int
    settled_index: int | None
    lines: tuple[DeliveryLine, ...]


@dataclass(frozen=True)
class PartyInfo:
    """A party in a list; ``role`` and ``id`` are empty for one that only captured documents speak of."""

    uri: str
    name: str
    registered: bool
    index: int
    id: str | None = None
    role: str | None = None
    gln: str | None = None
    uscc: str | None = None
    licence: str | None = None
    region: str | None = None
    address: str | None = None
    location: str | None = None


@dataclass(frozen=True)
class EventRecord:
    """An event as it was captured. ``raw`` is the whole, or what is public where no whole was given."""

    index: int
    event_id: str
    by: str
    holder: str
    recorded: datetime
    raw: dict[str, Any]
    context: Any
    public: dict[str, Any] | None
    document: str | None
    corrected_by: int | None
    flags: tuple[Flag, ...]


@dataclass(frozen=True)
class BalanceLine:
    """The sum of one kind of account of a batch for one ref (a party, a delivery, an event)."""

    kind: AccountKind
    ref: Named
    amount: Decimal


@dataclass(frozen=True)
class MassBalance:
    """Where a batch came from and went to, to the last gram; the lines sum to zero."""

    batch: Batch
    lines: tuple[BalanceLine, ...]

    def total(self, *kinds: AccountKind) -> Decimal:
        """Sum over these kinds of account."""
        return sum((line.amount for line in self.lines if line.kind in kinds), Decimal(0))


@dataclass(frozen=True)
class Node:
    """A batch in a trace: ``depth`` transformations away from where the trace began."""

    info: BatchInfo
    depth: int
    made: Decimal | None  # how much of it came into being, or appeared without cover; None: withheld
    lying: tuple[Lying, ...]


@dataclass(frozen=True)
class Edge:
    """``output`` was made from ``input`` by ``event``; amounts as stated, None where not."""

    input: str
    output: str
    used: Decimal | None
    made: Decimal | None
    event: str
    index: int
    by: Named
    time: datetime


@dataclass(frozen=True)
class Movement:
    """An amount of a batch went from hand to hand; ``shipment`` is None where no delivery was recorded."""

    batch: str
    sender: Named
    receiver: Named
    amount: Decimal | None  # None: withheld
    unit: str
    index: int
    shipment: str | None = None
    state: ShipmentState | None = None


@dataclass(frozen=True)
class Packing:
    """An amount of a batch was put into a logistic unit."""

    batch: str
    container: str
    amount: Decimal | None  # None: withheld
    unit: str
    index: int


@dataclass(frozen=True)
class Trace:
    """Everything a batch was made from (back) or went into (forward), and who had it.

    ``truncated``: there is more beyond the depth asked for.
    """

    root: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    movements: tuple[Movement, ...]
    packings: tuple[Packing, ...]
    truncated: bool
