"""Why an act is refused: one class for each reason, with a stable code and its numbers.

A refusal says what was asked and what stood against it. Its words (Chinese and English) live in
``trace/i18n`` under the same code; its HTTP status lives in ``api``. In a captured foreign document the same
class is not raised but kept as a flag: the document is evidence, and evidence is never turned away.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import ClassVar


@dataclass(eq=False)
class Refusal(Exception):
    """Base of every typed refusal; ``code`` never changes once published."""

    code: ClassVar[str]

    def params(self) -> dict[str, str]:
        """The refusal's numbers and names as plain text, by field name, for messages and problem+json."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}

    def __str__(self) -> str:
        return f"{self.code}: " + ", ".join(f"{k}={v}" for k, v in self.params().items())


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return ", ".join(_plain(item) for item in value)
    return "" if value is None else str(value)


# -- what is not known -------------------------------------------------------------------------------------


@dataclass(eq=False)
class UnknownParty(Refusal):
    """No such party is registered."""

    code = "unknown_party"
    party: str


@dataclass(eq=False)
class UnknownProduct(Refusal):
    """No such product is registered."""

    code = "unknown_product"
    product: str


@dataclass(eq=False)
class UnknownBatch(Refusal):
    """No batch with this code or URI is in the ledger."""

    code = "unknown_batch"
    batch: str


@dataclass(eq=False)
class UnknownShipment(Refusal):
    """No such delivery is in the ledger."""

    code = "unknown_shipment"
    shipment: str


@dataclass(eq=False)
class UnknownContainer(Refusal):
    """No such logistic unit (SSCC) is in the ledger."""

    code = "unknown_container"
    container: str


@dataclass(eq=False)
class UnknownEvent(Refusal):
    """No event with this id is in the ledger."""

    code = "unknown_event"
    event: str


# -- quantities --------------------------------------------------------------------------------------------


@dataclass(eq=False)
class NotEnough(Refusal):
    """More was asked of a batch than the party holds of it."""

    code = "not_enough"
    batch: str
    party: str
    asked: Decimal
    holds: Decimal
    unit: str


@dataclass(eq=False)
class NotEnoughInContainer(Refusal):
    """More was to be taken out of a logistic unit than lies in it."""

    code = "not_enough_in_container"
    container: str
    batch: str
    asked: Decimal
    holds: Decimal
    unit: str


@dataclass(eq=False)
class GoodsPacked(Refusal):
    """The party holds enough of the batch, but not loose: the rest lies in a logistic unit."""

    code = "goods_packed"
    batch: str
    container: str
    asked: Decimal
    loose: Decimal
    packed: Decimal
    unit: str


@dataclass(eq=False)
class MoreThanShipped(Refusal):
    """The settled parts of a delivery add up to more than was shipped."""

    code = "more_than_shipped"
    shipment: str
    batch: str
    asked: Decimal
    shipped: Decimal
    unit: str


@dataclass(eq=False)
class NotSettledInFull(Refusal):
    """Accepted, short and rejected parts do not add up to what was shipped."""

    code = "not_settled_in_full"
    shipment: str
    batch: str
    settled: Decimal
    shipped: Decimal
    unit: str


@dataclass(eq=False)
class MoreThanReceived(Refusal):
    """More is to be returned than was received from that party."""

    code = "more_than_received"
    shipment: str
    batch: str
    asked: Decimal
    received: Decimal
    unit: str


@dataclass(eq=False)
class BalanceOpen(Refusal):
    """Outputs and declared loss of a transformation do not add up to its inputs."""

    code = "balance_open"
    inputs: Decimal
    outputs: Decimal
    loss: Decimal
    unit: str


# -- state -------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class BatchExists(Refusal):
    """The batch is registered already: one code, one batch."""

    code = "batch_exists"
    batch: str


@dataclass(eq=False)
class BatchStopped(Refusal):
    """The batch, or one it was made from, is on hold: nothing of it may move on."""

    code = "batch_stopped"
    batch: str
    held: str
    hold: str
    reason: str
    cause: str | None = None

    def params(self) -> dict[str, str]:
        """The same; a hold without a cause says nothing of one, as it did before there were causes."""
        return {name: value for name, value in super().params().items() if name != "cause" or value}


@dataclass(eq=False)
class BatchExpired(Refusal):
    """The batch is past its use-by date."""

    code = "batch_expired"
    batch: str
    expired: str
    time: str


@dataclass(eq=False)
class NotHeld(Refusal):
    """There is no such hold on the batch to release."""

    code = "not_held"
    batch: str
    hold: str


@dataclass(eq=False)
class AlreadySettled(Refusal):
    """The delivery was received, rejected or taken back before."""

    code = "already_settled"
    shipment: str


@dataclass(eq=False)
class NotTheReceiver(Refusal):
    """The delivery is on its way to somebody else."""

    code = "not_the_receiver"
    shipment: str
    receiver: str
    party: str


@dataclass(eq=False)
class NotTheHolder(Refusal):
    """The logistic unit lies with somebody else."""

    code = "not_the_holder"
    container: str
    holder: str
    party: str


@dataclass(eq=False)
class ContainerPacked(Refusal):
    """The logistic unit is inside another one, or would be inside itself."""

    code = "container_packed"
    container: str
    inside: str


@dataclass(eq=False)
class ContainerEmpty(Refusal):
    """Nothing lies in the logistic unit."""

    code = "container_empty"
    container: str


@dataclass(eq=False)
class AlreadyCorrected(Refusal):
    """The record was declared wrong before."""

    code = "already_corrected"
    event: str


@dataclass(eq=False)
class MovedOn(Refusal):
    """A wrong record cannot be taken back: what it brought has moved on since."""

    code = "moved_on"
    event: str
    batch: str
    asked: Decimal
    holds: Decimal
    unit: str


@dataclass(eq=False)
class NotYours(Refusal):
    """Only who made a record (or an inspector) may do this to it."""

    code = "not_yours"
    what: str
    owner: str
    party: str


@dataclass(eq=False)
class RoleForbids(Refusal):
    """The party's role does not include this act."""

    code = "role_forbids"
    party: str
    role: str
    act: str


@dataclass(eq=False)
class RightsForbid(Refusal):
    """The user's rights in his own business do not include this."""

    code = "rights_forbid"
    user: str
    rights: str


# -- dates -------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class FutureTime(Refusal):
    """The stated time lies in the future of the ledger's clock."""

    code = "future_time"
    time: str
    now: str


@dataclass(eq=False)
class DatesReversed(Refusal):
    """A later step is dated before an earlier one (use-by before production, receipt before dispatch)."""

    code = "dates_reversed"
    earlier: str
    later: str


# -- only ever seen in captured documents -------------------------------------------------------------------


@dataclass(eq=False)
class CustodyGap(Refusal):
    """A party acts on goods that, by the record, lie with another: a movement is missing."""

    code = "custody_gap"
    batch: str
    party: str
    holder: str
    asked: Decimal
    unit: str


@dataclass(eq=False)
class OriginUnknown(Refusal):
    """Goods appear of which no making was recorded."""

    code = "origin_unknown"
    batch: str
    party: str
    asked: Decimal
    unit: str


@dataclass(eq=False)
class QuantityMissing(Refusal):
    """The event names a batch and no quantity, so the balance cannot follow it."""

    code = "quantity_missing"
    batch: str
    event: str


@dataclass(eq=False)
class LotMissing(Refusal):
    """The event moves goods of a product without saying of which batch, so they cannot be followed."""

    code = "lot_missing"
    product: str
    event: str


# -- shape and use -------------------------------------------------------------------------------------------


@dataclass(eq=False)
class Invalid(Refusal):
    """A field does not have the form it must have."""

    code = "invalid"
    field: str
    value: str
    expected: str


@dataclass(eq=False)
class IdempotencyConflict(Refusal):
    """The idempotency key was used before, for another request."""

    code = "idempotency_conflict"
    key: str


@dataclass(eq=False)
class Duplicate(Refusal):
    """The same thing is registered already."""

    code = "duplicate"
    what: str
    value: str
