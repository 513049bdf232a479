"""Goods arrive: a delivery is settled, or turns up without one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from trace.domain.custody import goods, packing
from trace.domain.custody.delivery import shipped_batches, shipped_containers
from trace.domain.custody.draft import ZERO, Draft, held, transit
from trace.domain.custody.parties import here, party_in
from trace.domain.epcis import ClassQuantity, amount
from trace.domain.model import Account, AccountKind, Batch, Container, Shipment, ShipmentState
from trace.domain.refusals import (
    AlreadySettled,
    DatesReversed,
    Invalid,
    MoreThanShipped,
    NotSettledInFull,
    NotTheReceiver,
    UnknownContainer,
    UnknownShipment,
)
from trace.identifiers import InvalidIdentifier, canonical


def receive(draft: Draft) -> None:
    """Settle the delivery that the event names, or those on their way here that hold what it names."""
    event = draft.event
    known = _named(draft)
    if known is not None and known.state is not ShipmentState.OPEN and not _awaited(draft):
        draft.problem(AlreadySettled(shipment=known.id))
        return
    if known is None or known.state is not ShipmentState.OPEN:
        _arrivals(draft)
        return
    settlement = (event.extensions or {}).get("trace:settlement")
    if settlement is not None:
        _settle(draft, known, settlement)
    elif not (event.epcs or event.quantities or event.parent):
        _accept_all(draft, known)
    else:
        _accept(draft, known)
    _finish(draft, known)


def _named(draft: Draft) -> Shipment | None:
    """The delivery that the event names."""
    named = [uri for kind, uri in draft.event.transactions if kind == "desadv"]
    known = next((found for uri in named if (found := draft.book.shipment(uri)) is not None), None)
    if known is None and draft.entered:
        draft.problem(UnknownShipment(shipment=", ".join(named)))
    return known


def _awaited(draft: Draft) -> bool:
    """Whether goods that the event names are on their way here with another delivery.

    In documents from elsewhere several deliveries may share one despatch advice, each with goods of its own.
    """
    names = here(draft.event, draft.holder)
    open_ones = (one for uri in draft.event.classes for one in draft.book.open_shipments(uri))
    return not draft.entered and any(one.receiver in names for one in open_ones)


def _greet(draft: Draft, shipment: Shipment) -> None:
    """The delivery is taken in here and now: note if it was meant for another, or had not left yet."""
    if shipment.receiver not in here(draft.event, draft.holder):
        draft.problem(NotTheReceiver(shipment=shipment.id, receiver=shipment.receiver, party=draft.holder))
    if draft.event.time < shipment.shipped:
        draft.problem(DatesReversed(earlier=shipment.shipped.isoformat(), later=draft.event.time.isoformat()))


def _require_free(draft: Draft, shipment: Shipment, batch: str) -> None:
    """What is held or expired may not be accepted, unless it comes back to whoever sent it out."""
    if shipment.returns is None:
        draft.require_free(batch)


# -- in full -------------------------------------------------------------------------------------------------


def _accept_all(draft: Draft, shipment: Shipment) -> None:
    _greet(draft, shipment)
    for box in shipped_containers(draft.book, shipment):
        draft.put_container(replace(box, place=held(draft.holder)))
    for uri in shipped_batches(draft.book, shipment):
        for account, number in _on_the_way(draft, shipment, uri).items():
            _require_free(draft, shipment, uri)
            draft.move(uri, account, held(draft.holder, account.container), number)


def _on_the_way(draft: Draft, shipment: Shipment, batch: str) -> dict[Account, Decimal]:
    return {
        account: number
        for account, number in draft.balances(batch, shipment.id).items()
        if account.kind is AccountKind.TRANSIT and account.ref == shipment.id
    }


# -- by what the event names ---------------------------------------------------------------------------------


def _accept(draft: Draft, shipment: Shipment) -> None:
    """Take in the goods and units that the event names out of one delivery."""
    _greet(draft, shipment)
    shipped = {uri: _total(draft, shipment, uri) for uri in shipped_batches(draft.book, shipment)}
    for uri in packing.boxes(draft, packing.units(draft.event)):
        _take_box(draft, uri)
    packing.compare(draft, held(draft.holder))
    for uri, number in goods.read(draft, _stated(draft)).items():
        if number is None:
            continue
        batch = draft.known(uri)
        before = shipped.setdefault(uri, _total(draft, shipment, uri))
        _take_in(draft, batch, number, shipment)
        after = _total(draft, shipment, uri)
        if after:
            draft.problem(_unsettled(shipment, batch, before - after, before))
    if draft.entered:
        for uri, before in shipped.items():
            if rest := _total(draft, shipment, uri):
                draft.problem(_unsettled(shipment, draft.known(uri), before - rest, before))


def _unsettled(shipment: Shipment, batch: Batch, settled: Decimal, shipped: Decimal) -> NotSettledInFull:
    return NotSettledInFull(
        shipment=shipment.id, batch=batch.uri, settled=settled, shipped=shipped, unit=batch.unit
    )


def _total(draft: Draft, shipment: Shipment, batch: str) -> Decimal:
    return sum(_on_the_way(draft, shipment, batch).values(), ZERO)


def _stated(draft: Draft) -> tuple[ClassQuantity, ...]:
    """Amounts beside the logistic units; those inside the named one only where its content is not known."""
    event = draft.event
    return event.quantities if packing.content_known(draft) else event.quantities + event.child_quantities


def _target(draft: Draft) -> Account:
    parent = draft.event.parent
    return held(draft.holder, "" if parent is None else parent)


def _take_in(draft: Draft, batch: Batch, number: Decimal, shipment: Shipment) -> None:
    """Accept an amount of a delivery; what is more than it holds must come from somewhere else."""
    lying = _on_the_way(draft, shipment, batch.uri)
    shipped = sum(lying.values(), ZERO)
    _require_free(draft, shipment, batch.uri)
    rest = goods.draw(draft, batch.uri, list(lying), _target(draft), number)
    if rest:
        draft.problem(
            MoreThanShipped(
                shipment=shipment.id, batch=batch.uri, asked=number, shipped=shipped, unit=batch.unit
            )
        )
        _turn_up(draft, batch, number, rest)


# -- without a delivery named --------------------------------------------------------------------------------


def _arrivals(draft: Draft) -> None:
    """What the event names arrives: out of deliveries on their way here, else from wherever it lies."""
    touched: dict[str, Shipment] = {}
    for uri in packing.boxes(draft, packing.units(draft.event)):
        box = draft.container(uri)
        shipment = None if box is None else draft.find_shipment(box.place.ref)
        if box is not None and box.place.kind is AccountKind.TRANSIT and shipment is not None:
            _greet(draft, shipment)
            touched[shipment.id] = shipment
        _take_box(draft, uri)
    packing.compare(draft, held(draft.holder))
    names = here(draft.event, draft.holder)
    for uri, number in goods.read(draft, _stated(draft)).items():
        if number is None:
            continue
        batch, rest = draft.known(uri), number
        for shipment in draft.book.open_shipments(uri):
            if rest and shipment.receiver in names:
                rest = _take_from(draft, batch, rest, shipment, touched)
        if rest:
            draft.require_free(uri)
            _turn_up(draft, batch, number, rest)
    for shipment in touched.values():
        _finish(draft, shipment)


def _take_from(
    draft: Draft, batch: Batch, wanted: Decimal, shipment: Shipment, touched: dict[str, Shipment]
) -> Decimal:
    lying = _on_the_way(draft, shipment, batch.uri)
    if not lying:
        return wanted
    _greet(draft, shipment)
    _require_free(draft, shipment, batch.uri)
    touched[shipment.id] = shipment
    rest = goods.draw(draft, batch.uri, list(lying), _target(draft), wanted)
    shipped = sum(lying.values(), ZERO)
    if wanted - rest < shipped:
        draft.problem(_unsettled(shipment, batch, wanted - rest, shipped))
    return rest


def _take_box(draft: Draft, uri: str) -> None:
    """A logistic unit arrives with all that is in it."""
    box = draft.container(uri)
    if box is None:
        if draft.event.parent != uri or not draft.event.child_quantities:
            draft.problem(UnknownContainer(container=uri))
        draft.put_container(Container(uri, held(draft.holder)))
        return
    if box.place == held(draft.holder):
        return  # here already, or inside another one that was named too
    shipment = draft.find_shipment(box.place.ref) if box.place.kind is AccountKind.TRANSIT else None
    for inner in list(draft.nested(uri)):
        for batch, _, _ in draft.contents(inner.uri):
            if shipment is None or shipment.returns is None:
                draft.require_free(batch)
    if shipment is None and box.place.ref != party_in(draft.event.sources, draft.book, draft.by):
        packing.fetch(draft, uri)
    packing.outermost(draft, uri)
    draft.carry(uri, held(draft.holder))


def _turn_up(draft: Draft, batch: Batch, asked: Decimal, rest: Decimal) -> None:
    """Goods arrive that no delivery brought.

    The sender that the event names is believed where it has them and the receiver has none yet. Otherwise
    they come from whoever has them, which is a missing movement; or they are here already; or from nowhere.
    """
    target, loose = _target(draft), held(draft.holder)
    before = draft.book.balances(batch.uri)
    own = {account: number for account, number in before.items() if goods.is_held_by(account, draft.holder)}
    if not own:
        sender = party_in(draft.event.sources, draft.book, draft.by)
        theirs = [account for account in sorted(before) if goods.is_held_by(account, sender)]
        rest = goods.draw(draft, batch.uri, theirs, target, rest)
    if rest and not draft.entered:
        rest = goods.draw_from_others(draft, batch, target, rest)
    beside = min(rest, own.pop(loose, ZERO))
    if target != loose:
        goods.draw(draft, batch.uri, [loose], target, beside)
    rest -= beside
    rest -= min(rest, sum(own.values(), ZERO))  # packed here already, and left so
    if rest:
        goods.unexplained(draft, batch, asked, rest, target)


# -- accepted, short and rejected ----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Parts:
    accepted: Decimal
    short: Decimal
    rejected: Decimal
    reason: str

    @property
    def total(self) -> Decimal:
        return self.accepted + self.short + self.rejected


def _settle(draft: Draft, shipment: Shipment, settlement: Any) -> None:
    """Settle each batch of a delivery in its three parts.

    Rejected goods lie with the sender again; logistic units go back only where everything is rejected,
    otherwise they stay with the receiver and what is short or rejected is taken out of them.
    """
    _greet(draft, shipment)
    batches = shipped_batches(draft.book, shipment)
    settled = _parts(draft, settlement)
    all_back = bool(settled) and not any(parts.accepted or parts.short for parts in settled.values())
    boxes = shipped_containers(draft.book, shipment)
    owner = shipment.sender if all_back else draft.holder
    for box in boxes:
        draft.put_container(replace(box, place=held(owner)))
    for uri in dict.fromkeys((*batches, *settled)):
        _settle_batch(draft, shipment, draft.known(uri), settled.get(uri), all_back)


def _settle_batch(
    draft: Draft, shipment: Shipment, batch: Batch, parts: _Parts | None, all_back: bool
) -> None:
    """Each part goes its way. What a wrong record leaves over stays on its way, out of its logistic units."""
    lying = _on_the_way(draft, shipment, batch.uri)
    shipped = sum(lying.values(), ZERO)
    total = ZERO if parts is None else parts.total
    if total > shipped:
        draft.problem(
            MoreThanShipped(
                shipment=shipment.id, batch=batch.uri, asked=total, shipped=shipped, unit=batch.unit
            )
        )
    elif total < shipped:
        draft.problem(_unsettled(shipment, batch, total, shipped))
    if parts is not None:
        _divide(draft, shipment, batch, parts, list(lying), all_back)
    for account, number in _on_the_way(draft, shipment, batch.uri).items():
        draft.move(batch.uri, account, transit(shipment.id), number)


def _divide(
    draft: Draft, shipment: Shipment, batch: Batch, parts: _Parts, lying: list[Account], all_back: bool
) -> None:
    if parts.rejected and not parts.reason:
        draft.problem(Invalid(field="reason", value="", expected="why the goods are rejected"))
    if parts.accepted:
        _require_free(draft, shipment, batch.uri)
    short = Account(AccountKind.SHORT, shipment.id)
    # Loose goods first, so that what stays in logistic units stays whole as far as it can.
    goods.draw(draft, batch.uri, lying, short, parts.short)
    _draw_each(draft, batch.uri, lying, shipment.sender, parts.rejected, keep=all_back)
    rest = _draw_each(draft, batch.uri, lying, draft.holder, parts.accepted, keep=True)
    if rest:
        goods.unexplained(draft, batch, parts.accepted, rest, held(draft.holder))


def _draw_each(
    draft: Draft, batch: str, accounts: list[Account], party: str, wanted: Decimal, *, keep: bool
) -> Decimal:
    """Move goods into a party's hands; ``keep``: in the logistic units they are in."""
    for account in accounts:
        target = held(party, account.container if keep else "")
        wanted = goods.draw(draft, batch, [account], target, wanted)
    return wanted


def _parts(draft: Draft, settlement: Any) -> dict[str, _Parts]:
    """The event's ``trace:settlement`` in base units, by batch; what cannot be read is noted and left out."""
    found: dict[str, _Parts] = {}
    for entry in settlement if isinstance(settlement, list | tuple) else ():
        try:
            uri, parts = _part(draft, entry)
        except Invalid as invalid:
            draft.problem(invalid)
            continue
        before = found.get(uri, _Parts(ZERO, ZERO, ZERO, ""))
        found[uri] = _Parts(
            before.accepted + parts.accepted,
            before.short + parts.short,
            before.rejected + parts.rejected,
            before.reason or parts.reason,
        )
    return found


def _part(draft: Draft, entry: Any) -> tuple[str, _Parts]:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("batch"), str):
        raise Invalid(
            field="trace:settlement", value=str(entry)[:100], expected="batch, accepted, short, rejected"
        )
    try:
        uri = canonical(entry["batch"])
    except InvalidIdentifier:
        uri = entry["batch"]
    batch = draft.batch(uri)
    if batch is None:
        raise Invalid(field="trace:settlement.batch", value=uri, expected="a batch of the delivery")
    unit = entry.get("uom")
    numbers = [_number(entry.get(name), name) for name in ("accepted", "short", "rejected")]
    converted = [
        goods.convert(draft, batch, number, unit if isinstance(unit, str) else None) for number in numbers
    ]
    reason = entry.get("reason")
    accepted, short, rejected = (number or ZERO for number in converted)
    return uri, _Parts(accepted, short, rejected, reason if isinstance(reason, str) else "")


def _number(value: Any, name: str) -> Decimal:
    if value is None:
        return ZERO
    try:
        number = Decimal(value) if isinstance(value, str) and len(value) <= 40 else value
    except ArithmeticError:
        number = value
    return amount(number, f"trace:settlement.{name}")


def _finish(draft: Draft, shipment: Shipment) -> None:
    """A delivery of which nothing is on its way any more is settled."""
    batches = set(shipped_batches(draft.book, shipment))
    left = any(_on_the_way(draft, shipment, uri) for uri in batches)
    boxes = shipped_containers(draft.book, shipment)
    waiting = any((box := draft.container(old.uri)) and box.place == transit(shipment.id) for old in boxes)
    if not left and not waiting:
        draft.put_shipment(replace(shipment, state=ShipmentState.SETTLED, settled_by=draft.event.event_id))
        draft.settles = draft.settles or shipment.id
