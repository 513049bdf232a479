"""What a business asks for, already of the right shape. Times are aware; ``None`` means now.

Every ``batch`` is a batch URI, every ``party`` a party URI, every ``container`` an SSCC Digital Link.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from trace.domain.units import Quantity


@dataclass(frozen=True)
class Line:
    """So much of a batch."""

    batch: str
    quantity: Quantity


@dataclass(frozen=True)
class Paper:
    """A business document by its CBV type (desadv, bol, po, inv, cert, testres ...) and number."""

    type: str
    number: str


@dataclass(frozen=True)
class Outside:
    """A business that is not registered here, as whoever dealt with it wrote it down.

    ``contact`` is data about a person and is kept apart from the event.
    """

    name: str
    code: str | None = None  # 统一社会信用代码
    licence: str | None = None
    address: str | None = None
    contact: str | None = None


class Basis(StrEnum):
    """On what a producer bases his 承诺达标合格证, in the words of its boxes."""

    ENTRUSTED_TEST = "entrusted_test"  # 委托检测
    OWN_TEST = "own_test"  # 自我检测
    QUALITY_CONTROL = "quality_control"  # 内部质量控制
    OWN_WORD = "own_word"  # 自我承诺


@dataclass(frozen=True)
class Commitment:
    """承诺达标合格证: a producer of 食用农产品 answers for residues and forbidden substances, on these grounds.

    Without ``issued`` it is of the day when the batch is registered.
    """

    basis: tuple[Basis, ...]
    issued: date | None = None


@dataclass(frozen=True)
class NewBatch:
    """A batch to be made. Without a GTIN it is ``{base}/t/{code}``; ``uri`` is filled in by the service."""

    uri: str
    product: str  # product URI
    quantity: Quantity
    code: str | None = None
    lot: str | None = None
    produced: date | None = None
    expires: date | None = None
    origin: str | None = None  # place of growing or catching, in words
    specification: str | None = None  # 规格, as on the label
    commitment: Commitment | None = None


@dataclass(frozen=True)
class Register:
    """A batch comes into being at the party's own place (harvest, slaughter, import, production).

    With a ``supplier`` it was bought from outside this ledger, and enters it with whoever bought it.
    """

    batch: NewBatch
    step: str = "commissioning"
    papers: tuple[Paper, ...] = ()
    supplier: Outside | None = None
    note: str | None = None
    time: datetime | None = None


@dataclass(frozen=True)
class Ship:
    """Goods leave for one other party. ``shipment`` (despatch advice URI) is filled in by the service."""

    shipment: str
    to: str
    lines: tuple[Line, ...] = ()
    containers: tuple[str, ...] = ()
    carrier: str | None = None
    vehicle: str | None = None
    papers: tuple[Paper, ...] = ()
    returns: str | None = None  # the delivery these goods came with, if they are sent back
    reason: str | None = None
    note: str | None = None
    time: datetime | None = None


@dataclass(frozen=True)
class Settled:
    """How one batch of a delivery was settled, in ``unit``; the three parts add up to what was shipped."""

    batch: str
    unit: str
    accepted: Decimal
    short: Decimal = Decimal(0)
    rejected: Decimal = Decimal(0)
    reason: str | None = None
    photos: tuple[str, ...] = ()  # SHA-256 (hex) of pictures of what was short or rejected


@dataclass(frozen=True)
class Receive:
    """A delivery is settled by its receiver; no lines: everything accepted in full."""

    shipment: str
    lines: tuple[Settled, ...] = ()
    papers: tuple[Paper, ...] = ()
    note: str | None = None
    time: datetime | None = None


@dataclass(frozen=True)
class Pack:
    """Goods and smaller logistic units go into a logistic unit."""

    container: str
    lines: tuple[Line, ...] = ()
    containers: tuple[str, ...] = ()
    time: datetime | None = None


@dataclass(frozen=True)
class Unpack:
    """Goods come out of a logistic unit; nothing named: all of it."""

    container: str
    lines: tuple[Line, ...] = ()
    containers: tuple[str, ...] = ()
    time: datetime | None = None


@dataclass(frozen=True)
class Transform:
    """Inputs become outputs; a declared loss closes the balance where all units agree."""

    inputs: tuple[Line, ...]
    outputs: tuple[NewBatch, ...]
    loss: Quantity | None = None
    process: str | None = None  # slaughter, freeze, repack ...
    papers: tuple[Paper, ...] = ()
    note: str | None = None
    time: datetime | None = None


@dataclass(frozen=True)
class TakeOut:
    """Goods leave the chain: ``how`` is sell, serve, destroy or expire; ``buyer``: one from outside this ledger."""

    how: str
    lines: tuple[Line, ...]
    papers: tuple[Paper, ...] = ()
    buyer: Outside | None = None
    reason: str | None = None
    note: str | None = None  # the dish, the invoice, the witness
    time: datetime | None = None


@dataclass(frozen=True)
class Correct:
    """A record is declared wrong (EPCIS errorDeclaration); what it did is undone, nothing is overwritten."""

    event_id: str
    reason: str  # did_not_occur | incorrect_data
    note: str | None = None
    corrective: tuple[str, ...] = ()  # event ids that say it right
    time: datetime | None = None


@dataclass(frozen=True)
class Observe:
    """Something is looked at and nothing moves: a gate check, a test, a sample (CBV inspecting, sampling).

    ``result`` is one of ``causes.RESULT``, ``finding`` what was found in words; everybody sees both.
    """

    step: str
    batches: tuple[str, ...]
    papers: tuple[Paper, ...] = ()
    finding: str | None = None
    note: str | None = None
    time: datetime | None = None
    result: str | None = None
