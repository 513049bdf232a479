"""Builds the EPCIS 2.0 event of each act a business can ask for: pure functions, command in, JSON object out.

What EPCIS and the CBV have words for is said in them (EPCIS 2.0 section 7.4, CBV 2.0 section 7); the rest
stands under the prefix ``trace`` of CONTEXT. The objects hold only what RFC 8785 can write: numbers are int
or float.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from trace.domain.causes import RESULT
from trace.domain.commands import (
    Correct,
    Line,
    NewBatch,
    Observe,
    Outside,
    Pack,
    Paper,
    Receive,
    Register,
    Settled,
    Ship,
    TakeOut,
    Transform,
    Unpack,
)
from trace.domain.custody import MOVING_STEPS, delivered
from trace.domain.model import Book, Party, Product
from trace.domain.refusals import Invalid, UnknownShipment
from trace.domain.units import UnitTable, plain

JSON = Any

NAMESPACE = "urn:x-trace:ns:1:"
CONTEXT: list[JSON] = [
    "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
    {"trace": NAMESPACE},
]

# CBV 2.0 section 7.3, the types of business transactions that have a word.
_PAPERS = frozenset(
    [
        "bol",
        "cert",
        "desadv",
        "inv",
        "pedigree",
        "po",
        "poc",
        "prodorder",
        "recadv",
        "rma",
        "testprd",
        "testres",
    ]
)
_TAKEN_OUT = {
    "sell": ("OBSERVE", "retail_selling", "retail_sold"),
    "serve": ("OBSERVE", "dispensing", "dispensed"),
    "destroy": ("DELETE", "destroying", "destroyed"),
    "expire": ("DELETE", "destroying", "expired"),
}


def register(
    cmd: Register, *, party: Party, product: Product, event_id: str, time: datetime
) -> dict[str, JSON]:
    """A batch comes into being at the party's place: ObjectEvent ADD, in the product's base unit.

    Raises UnitNotDefined or ConversionInexact where the quantity is in no unit of the product.
    """
    return _event(
        "ObjectEvent",
        event_id,
        time,
        action="ADD",
        bizStep=cmd.step,
        disposition="active",
        **_at(party),
        bizTransactionList=_papers(cmd.papers),
        quantityList=[_made(cmd.batch, product)],
        sourceList=_outside_party("source", cmd.supplier),
        ilmd=_ilmd((cmd.batch,)),
        **{"trace:supplier": _outside(cmd.supplier)},
        **_remarks(note=cmd.note),
    )


def ship(cmd: Ship, *, party: Party, receiver: Party, event_id: str, time: datetime) -> dict[str, JSON]:
    """Goods leave for the receiver: ObjectEvent OBSERVE, shipping; the despatch advice is the shipment."""
    transactions = [{"type": "desadv", "bizTransaction": cmd.shipment}]
    if cmd.returns is not None:
        transactions.append({"type": "rma", "bizTransaction": cmd.returns})
    return _event(
        "ObjectEvent",
        event_id,
        time,
        action="OBSERVE",
        bizStep="shipping",
        disposition="in_transit" if cmd.returns is None else "returned",
        readPoint={"id": party.location},
        bizTransactionList=transactions + _papers(cmd.papers),
        epcList=list(cmd.containers),
        quantityList=_lines(cmd.lines),
        sourceList=[
            {"type": "owning_party", "source": party.uri},
            {"type": "location", "source": party.location},
        ],
        destinationList=[
            {"type": "owning_party", "destination": receiver.uri},
            {"type": "location", "destination": receiver.location},
        ],
        **_remarks(carrier=cmd.carrier, vehicle=cmd.vehicle, reason=cmd.reason, note=cmd.note),
    )


def receive(cmd: Receive, *, party: Party, book: Book, event_id: str, time: datetime) -> dict[str, JSON]:
    """A delivery is settled: ObjectEvent OBSERVE, receiving.

    Without lines it is accepted in full, and the event names what the delivery holds. With lines, what was
    accepted, short and rejected of each batch stands under ``trace:settlement``. Raises UnknownShipment.
    """
    shipment = book.shipment(cmd.shipment)
    if shipment is None:
        raise UnknownShipment(shipment=cmd.shipment)
    delivery = delivered(book, shipment)
    if cmd.lines:
        accepted = [
            _quantity(line.batch, line.accepted, line.unit) for line in cmd.lines if line.accepted > 0
        ]
    else:
        accepted = [_quantity(batch, amount, unit) for batch, amount, unit in delivery.loose]
    return _event(
        "ObjectEvent",
        event_id,
        time,
        action="OBSERVE",
        bizStep="receiving",
        disposition="in_progress",
        **_at(party),
        bizTransactionList=[
            {"type": "desadv", "bizTransaction": cmd.shipment},
            *_papers(cmd.papers),
        ],
        epcList=list(delivery.containers),
        quantityList=accepted,
        sourceList=[{"type": "owning_party", "source": shipment.sender}],
        destinationList=[{"type": "owning_party", "destination": party.uri}],
        **{"trace:settlement": [_settled(line) for line in cmd.lines]},
        **_remarks(note=cmd.note),
    )


def pack(cmd: Pack, *, party: Party, event_id: str, time: datetime) -> dict[str, JSON]:
    """Goods and smaller logistic units go into a logistic unit: AggregationEvent ADD."""
    return _aggregation(cmd, "ADD", "packing", "in_progress", party, event_id, time)


def unpack(cmd: Unpack, *, party: Party, event_id: str, time: datetime) -> dict[str, JSON]:
    """Goods come out of a logistic unit: AggregationEvent DELETE; without children, all of it."""
    return _aggregation(cmd, "DELETE", "unpacking", "in_progress", party, event_id, time)


def transform(
    cmd: Transform, *, party: Party, products: Iterable[Product], event_id: str, time: datetime
) -> dict[str, JSON]:
    """Inputs become new batches: TransformationEvent, outputs in their products' base units.

    ``products`` holds the product of every output. Raises UnitNotDefined or ConversionInexact.
    """
    known = {product.uri: product for product in products}
    return _event(
        "TransformationEvent",
        event_id,
        time,
        bizStep="creating_class_instance",
        disposition="active",
        **_at(party),
        bizTransactionList=_papers(cmd.papers),
        inputQuantityList=_lines(cmd.inputs),
        outputQuantityList=[_made(output, known[output.product]) for output in cmd.outputs],
        ilmd=_ilmd(cmd.outputs),
        **{"trace:loss": None if cmd.loss is None else _amount(cmd.loss.amount, cmd.loss.unit)},
        **_remarks(process=cmd.process, note=cmd.note),
    )


def take_out(cmd: TakeOut, *, party: Party, event_id: str, time: datetime) -> dict[str, JSON]:
    """Goods leave the chain: sold or served (OBSERVE), destroyed or expired (DELETE)."""
    action, step, disposition = _TAKEN_OUT[cmd.how]
    return _event(
        "ObjectEvent",
        event_id,
        time,
        action=action,
        bizStep=step,
        disposition=disposition,
        **_at(party),
        bizTransactionList=_papers(cmd.papers),
        quantityList=_lines(cmd.lines),
        destinationList=_outside_party("destination", cmd.buyer),
        **{"trace:buyer": _outside(cmd.buyer)},
        **_remarks(reason=cmd.reason, note=cmd.note),
    )


def observe(cmd: Observe, *, party: Party, event_id: str, time: datetime) -> dict[str, JSON]:
    """Something is looked at: ObjectEvent OBSERVE without amounts, so that nothing moves.

    Raises Invalid for a step that stands for a movement, and for a result that is none.
    """
    if cmd.step in MOVING_STEPS:
        raise Invalid(field="step", value=cmd.step, expected="a step that moves nothing, such as inspecting")
    if cmd.result is not None and cmd.result not in RESULT:
        raise Invalid(field="result", value=cmd.result[:40], expected=" | ".join(RESULT))
    return _event(
        "ObjectEvent",
        event_id,
        time,
        action="OBSERVE",
        bizStep=cmd.step,
        **_at(party),
        bizTransactionList=_papers(cmd.papers),
        quantityList=[{"epcClass": batch} for batch in cmd.batches],
        **_remarks(result=cmd.result, finding=cmd.finding, note=cmd.note),
    )


def correct(cmd: Correct, *, original: Mapping[str, JSON], time: datetime) -> dict[str, JSON]:
    """Declare a record wrong: the same event with the same id, and an errorDeclaration (section 7.4.1.3)."""
    declaration: dict[str, JSON] = {"declarationTime": _stamp(time), "reason": cmd.reason}
    if cmd.corrective:
        declaration["correctiveEventIDs"] = list(cmd.corrective)
    if cmd.note:
        declaration["trace:note"] = cmd.note
    content = {key: _writable(value) for key, value in original.items() if key != "recordTime"}
    return {**content, "eventID": cmd.event_id, "errorDeclaration": declaration}


# -- parts ---------------------------------------------------------------------------------------------------


def _event(kind: str, event_id: str, time: datetime, **fields: JSON) -> dict[str, JSON]:
    """The event with those fields that say something: no empty list and no null."""
    event: dict[str, JSON] = {
        "type": kind,
        "eventID": event_id,
        "eventTime": _stamp(time),
        "eventTimeZoneOffset": _offset(time),
    }
    return event | {name: value for name, value in fields.items() if value not in (None, [], {})}


def _aggregation(
    cmd: Pack | Unpack, action: str, step: str, disposition: str, party: Party, event_id: str, time: datetime
) -> dict[str, JSON]:
    return _event(
        "AggregationEvent",
        event_id,
        time,
        action=action,
        bizStep=step,
        disposition=disposition,
        **_at(party),
        parentID=cmd.container,
        childEPCs=list(cmd.containers),
        childQuantityList=_lines(cmd.lines),
    )


def _at(party: Party) -> dict[str, JSON]:
    return {"readPoint": {"id": party.location}, "bizLocation": {"id": party.location}}


def _remarks(**remarks: str | None) -> dict[str, JSON]:
    return {f"trace:{name}": value for name, value in remarks.items() if value}


def _papers(papers: Iterable[Paper]) -> list[dict[str, str]]:
    return [
        {
            "type": paper.type
            if paper.type in _PAPERS
            else f"urn:x-trace:paper:{quote(paper.type, safe='')}",
            "bizTransaction": _paper_uri(paper),
        }
        for paper in papers
    ]


def _paper_uri(paper: Paper) -> str:
    """EPCIS wants a URI; a bare number becomes one that keeps its type (two papers may share a number)."""
    if paper.number.startswith(("urn:", "http://", "https://")):
        return paper.number
    return f"urn:x-trace:paper:{quote(paper.type, safe='')}:{quote(paper.number, safe='')}"


def _outside(who: Outside | None) -> dict[str, str]:
    """A business outside, as it was written down; whom to call there is no part of the event."""
    if who is None:
        return {}
    stated = {"name": who.name, "code": who.code, "licence": who.licence, "address": who.address}
    return {name: value for name, value in stated.items() if value}


def _outside_party(side: str, who: Outside | None) -> list[dict[str, str]]:
    """The same as EPCIS names parties, where there is a number to name it by."""
    if who is None or who.code is None:
        return []
    return [{"type": "owning_party", side: f"urn:x-trace:uscc:{who.code}"}]


def _lines(lines: Iterable[Line]) -> list[dict[str, JSON]]:
    return [_quantity(line.batch, line.quantity.amount, line.quantity.unit) for line in lines]


def _made(batch: NewBatch, product: Product) -> dict[str, JSON]:
    table = UnitTable(product.unit, product.units)
    return _quantity(batch.uri, table.to_base(batch.quantity), table.base)


def _quantity(batch: str, amount: Decimal, unit: str) -> dict[str, JSON]:
    return {"epcClass": batch, **_amount(amount, unit)}


def _amount(amount: Decimal, unit: str) -> dict[str, JSON]:
    return {"quantity": _number(amount), "uom": unit}


def _settled(line: Settled) -> dict[str, JSON]:
    parts = {"accepted": line.accepted, "short": line.short, "rejected": line.rejected}
    stated = {name: plain(part) for name, part in parts.items()}
    reason = {"reason": line.reason} if line.reason else {}
    photos = {"photos": list(line.photos)} if line.photos else {}
    return {"batch": line.batch, "uom": line.unit, **stated, **reason, **photos}


def _ilmd(batches: tuple[NewBatch, ...]) -> dict[str, JSON]:
    """What stays with the lots for life (EPCIS 2.0 section 7.3.6).

    The CBV's fields speak of all the event's goods at once, so they are used only where all agree; each batch
    by itself stands under ``trace:batches``.
    """
    fields: dict[str, JSON] = {
        "cbvmda:lotNumber": _common(batch.lot for batch in batches),
        "cbvmda:productionDate": _common(_date(batch.produced) for batch in batches),
        "cbvmda:itemExpirationDate": _common(_date(batch.expires) for batch in batches),
        "trace:batches": [_described(batch) for batch in batches],
    }
    return {name: value for name, value in fields.items() if value}


def _described(batch: NewBatch) -> dict[str, str]:
    entry: dict[str, str | None] = {
        "batch": batch.uri,
        "product": batch.product,
        "code": batch.code,
        "lot": batch.lot,
        "produced": _date(batch.produced),
        "expires": _date(batch.expires),
        "origin": batch.origin,
        "specification": batch.specification,
        "commitment": " ".join(batch.commitment.basis) if batch.commitment else None,
        "committed": _date(batch.commitment.issued) if batch.commitment else None,
    }
    return {name: value for name, value in entry.items() if value}


def _common(values: Iterable[str | None]) -> str | None:
    found = set(values)
    return found.pop() if len(found) == 1 else None


def _date(value: Any) -> str | None:
    return None if value is None else value.isoformat()


def _stamp(time: datetime) -> str:
    text = time.isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z") if time.utcoffset() == timedelta(0) else text


def _offset(time: datetime) -> str:
    written = time.strftime("%z")
    return f"{written[:3]}:{written[3:5]}"


def _number(amount: Decimal) -> int | float:
    """The JSON number of an amount. Raises Invalid where a double cannot carry it (RFC 8785, 3.2.2.3)."""
    if amount == amount.to_integral_value():
        return int(amount)
    number = float(amount)
    if Decimal(repr(number)) != amount:
        raise Invalid(field="quantity", value=plain(amount), expected="at most 15 digits")
    return number


def _writable(value: JSON) -> JSON:
    if isinstance(value, Mapping):
        return {key: _writable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_writable(item) for item in value]
    return _captured_number(value) if isinstance(value, Decimal) else value


def _captured_number(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)
