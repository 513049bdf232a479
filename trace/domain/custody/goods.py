"""Amounts of batches: read from an event in the batch's own unit, and taken from where they lie."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from trace.domain.custody.draft import ZERO, Draft, held
from trace.domain.epcis import PLACES, ClassQuantity
from trace.domain.model import Account, AccountKind, Batch, Product
from trace.domain.refusals import (
    CustodyGap,
    GoodsPacked,
    LotMissing,
    NotEnough,
    OriginUnknown,
    QuantityMissing,
    Refusal,
    UnknownBatch,
)
from trace.domain.units import UnitNotDefined, UnitTable, unit_code
from trace.identifiers import split_batch_uri

_ITEM = "https://id.gs1.org/01/"
_PIECE = "H87"  # EPCIS 2.0 section 7.3.3.3: without a unit, a quantity counts single things


def read(draft: Draft, quantities: Iterable[ClassQuantity]) -> dict[str, Decimal | None]:
    """Amounts of existing batches in their base units, summed by batch; None where the event states none.

    An act entered here may only name batches that are known. A captured one brings the batch into the book.
    """
    total: dict[str, Decimal | None] = {}
    for quantity in quantities:
        batch = _existing(draft, quantity)
        if batch is None:
            continue
        amount = in_base(draft, batch, quantity)
        before = total.get(batch.uri)
        total[batch.uri] = amount if before is None else before + (amount or ZERO)
    return total


def _existing(draft: Draft, quantity: ClassQuantity) -> Batch | None:
    uri = quantity.epc_class
    if lacks_lot(draft, uri):
        return None
    batch = draft.batch(uri)
    if batch is None and draft.entered:
        draft.problem(UnknownBatch(batch=uri))
    elif batch is None:
        batch = Batch(
            uri,
            base_unit(draft.book.product_of(uri), quantity),
            product=product_uri(uri),
            lot=lot(uri),
            made=draft.event.event_id,
        )
        draft.put_batch(batch)
        draft.appeared.add(uri)
    return batch


def lacks_lot(draft: Draft, uri: str) -> bool:
    """Whether a class is a product and no batch of it; noted as a problem."""
    if not uri.startswith((_ITEM, "urn:epc:idpat:")) or "/10/" in uri:
        return False
    draft.problem(LotMissing(product=uri, event=draft.event.event_id))
    return True


def product_uri(batch: str) -> str | None:
    """The product's Digital Link, where the batch's URI holds its GTIN."""
    split = split_batch_uri(batch)
    return None if split is None else f"{_ITEM}{split[0]}"


def lot(batch: str) -> str | None:
    """The lot number, where the batch's URI holds it."""
    split = split_batch_uri(batch)
    return None if split is None else split[1]


def base_unit(product: Product | None, quantity: ClassQuantity) -> str:
    """The unit a new batch is kept in: the product's if it defines the stated one, else that one."""
    stated = "" if quantity.amount is None else code(quantity.unit)
    if product is None:
        return stated
    table = UnitTable(product.unit, product.units)
    return table.base if stated in {"", table.base, *table.factors} else stated


def code(unit: str | None) -> str:
    """A unit's Rec 20 code, or the unit as it was written where it is none that is known."""
    try:
        return _PIECE if unit is None else unit_code(unit)
    except Refusal:
        return unit or _PIECE


def in_base(draft: Draft, batch: Batch, quantity: ClassQuantity) -> Decimal | None:
    """The amount in the batch's base unit; None, with a problem noted, where it is not stated or defined."""
    if quantity.amount is None:
        draft.problem(QuantityMissing(batch=batch.uri, event=draft.event.event_id))
        return None
    return convert(draft, batch, quantity.amount, quantity.unit)


def convert(draft: Draft, batch: Batch, amount: Decimal, unit: str | None) -> Decimal | None:
    """``amount`` of a unit in the batch's base unit, by the product's own definitions alone."""
    stated = code(unit)
    if not batch.unit:  # the batch was named before, without any amount
        first = ClassQuantity(batch.uri, amount, unit)
        batch = replace(batch, unit=base_unit(draft.book.product_of(batch.uri), first))
        draft.put_batch(batch)
    if stated == batch.unit:
        return amount
    product = draft.book.product_of(batch.uri)
    table = None if product is None else UnitTable(product.unit, product.units)
    factors = table.factors if table is not None and table.base == batch.unit else {}
    if stated not in factors:
        draft.problem(UnitNotDefined(unit=unit or stated, known=(batch.unit, *sorted(factors))))
        return None
    return round(amount * factors[stated], PLACES).normalize() + ZERO


# -- taking --------------------------------------------------------------------------------------------------


def take(draft: Draft, batch: Batch, asked: Decimal, target: Account) -> None:
    """Move an amount out of the holder's hands.

    It is taken from what lies loose. In a captured document what is missing comes from the holder's own
    logistic units, then from whoever has it, and at last from ``unexplained``, each noted as a problem.
    """
    rest = draw(draft, batch.uri, [held(draft.holder)], target, asked)
    if not rest:
        return
    lying = draft.balances(batch.uri, draft.holder)
    packed = [account for account in lying if is_held_by(account, draft.holder)]
    boxed = sum((lying[account] for account in packed), ZERO)
    if boxed >= rest:
        draft.problem(
            GoodsPacked(
                batch=batch.uri,
                container=packed[0].container,
                asked=asked,
                loose=asked - rest,
                packed=boxed,
                unit=batch.unit,
            )
        )
    rest = draw(draft, batch.uri, packed, target, rest)
    if rest and not draft.entered:
        rest = draw_from_others(draft, batch, target, rest)
    if rest:
        unexplained(draft, batch, asked, rest, target)


def draw(draft: Draft, batch: str, accounts: Iterable[Account], target: Account, wanted: Decimal) -> Decimal:
    """Move up to ``wanted`` from these accounts, in order; what could not be had is returned."""
    for account in accounts:
        part = min(wanted, draft.balances(batch, account.ref).get(account, ZERO))
        if part > 0:
            draft.move(batch, account, target, part)
            wanted -= part
    return wanted


def draw_from_others(draft: Draft, batch: Batch, target: Account, wanted: Decimal) -> Decimal:
    """Take goods that lie with somebody else: booked, and noted as a movement that is missing."""
    accounts = [account for account in draft.balances(batch.uri) if not is_held_by(account, draft.holder)]
    accounts.sort(key=lambda account: (not _on_its_way_here(draft, account), account))
    for account in accounts:
        rest = draw(draft, batch.uri, [account], target, wanted)
        if rest != wanted:
            draft.problem(
                CustodyGap(
                    batch=batch.uri,
                    party=draft.holder,
                    holder=whose(draft, account),
                    asked=wanted - rest,
                    unit=batch.unit,
                )
            )
        wanted = rest
    return wanted


def unexplained(draft: Draft, batch: Batch, asked: Decimal, rest: Decimal, target: Account) -> None:
    """Book goods that are claimed and are nowhere."""
    party = draft.holder
    if batch.uri in draft.appeared:
        draft.problem(OriginUnknown(batch=batch.uri, party=party, asked=rest, unit=batch.unit))
    else:
        draft.problem(
            NotEnough(batch=batch.uri, party=party, asked=asked, holds=asked - rest, unit=batch.unit)
        )
    draft.move(batch.uri, Account(AccountKind.UNEXPLAINED, party), target, rest)


def is_held_by(account: Account, party: str) -> bool:
    """Whether goods on this account are in the party's hands, loose or packed."""
    return account.kind is AccountKind.HELD and account.ref == party


def whose(draft: Draft, account: Account) -> str:
    """Who answers for goods on an account: the holder, or the sender while they are on their way."""
    if account.kind is AccountKind.HELD:
        return account.ref
    shipment = draft.find_shipment(account.ref)
    return account.ref if shipment is None else shipment.sender


def _on_its_way_here(draft: Draft, account: Account) -> bool:
    shipment = draft.find_shipment(account.ref) if account.kind is AccountKind.TRANSIT else None
    return shipment is not None and shipment.receiver == draft.holder
