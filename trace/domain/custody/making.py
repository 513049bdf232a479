"""Batches come into being: registered, or made out of others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from trace.domain.custody import goods
from trace.domain.custody.draft import ZERO, Draft, held
from trace.domain.epcis import ClassQuantity, amount, local_value, name_of
from trace.domain.model import Account, AccountKind, Batch, Container, Link
from trace.domain.refusals import BalanceOpen, BatchExists, DatesReversed, Invalid
from trace.identifiers import InvalidIdentifier, canonical

# ILMD fields that say until when; the first that is there counts (CBV 2.0 section 9.2, GS1 Web Vocabulary).
_EXPIRY = ("itemExpirationDate", "expirationDate", "bestBeforeDate")
_PRODUCTION = ("productionDate", "harvestDateEnd", "harvestEndDate")


def make(draft: Draft) -> None:
    """ObjectEvent ADD: what it names is new in the holder's hands."""
    for uri in draft.event.epcs:
        if is_sscc(uri) and draft.container(uri) is None:
            draft.put_container(Container(uri, held(draft.holder)))
    for quantity in draft.event.quantities:
        _make(draft, quantity)


def transform(draft: Draft) -> None:
    """TransformationEvent: inputs are used up, outputs are made, and each output is linked to each input."""
    event = draft.event
    used = _use(draft)
    made = [
        line for line in (_make(draft, quantity) for quantity in event.output_quantities) if line is not None
    ]
    if draft.entered and not (event.input_quantities and event.output_quantities):
        field = "outputs" if event.input_quantities else "inputs"
        draft.problem(Invalid(field=field, value="", expected="at least one batch"))
    outputs: dict[str, Decimal | None] = {}
    for batch, number in made:
        before = outputs.get(batch)
        outputs[batch] = number if before is None else before + (number or ZERO)
    draft.links += [
        Link(source, output, used[source], outputs[output])
        for source in used
        for output in outputs
        if source != output
    ]
    _close(draft, used, outputs)


def is_sscc(uri: str) -> bool:
    """Whether a URI is, or means to be, the number of a logistic unit."""
    return uri.startswith(("https://id.gs1.org/00/", "urn:epc:id:sscc:"))


def _use(draft: Draft) -> dict[str, Decimal | None]:
    """Take the inputs, loose ones and whole logistic units, out of the holder's hands."""
    event = draft.event
    target = Account(AccountKind.USED, event.event_id)
    used = goods.read(draft, event.input_quantities)
    for uri, number in used.items():
        draft.require_free(uri)
        if number:
            goods.take(draft, draft.known(uri), number, target)
    for uri in event.input_epcs:
        for box in list(draft.nested(uri)):
            for packed, account, number in draft.contents(box.uri):
                draft.require_free(packed)
                draft.move(packed, account, target, number)
                used[packed] = (used.get(packed) or ZERO) + number
            draft.drop_container(box.uri)
    return used


def _make(draft: Draft, quantity: ClassQuantity) -> tuple[str, Decimal | None] | None:
    uri = quantity.epc_class
    if goods.lacks_lot(draft, uri):
        return None
    batch = _recorded(draft, quantity)
    number = goods.in_base(draft, batch, quantity)
    if number:
        draft.move(uri, Account(AccountKind.MADE, draft.holder), held(draft.holder), number)
    return uri, number


def _recorded(draft: Draft, quantity: ClassQuantity) -> Batch:
    """The batch to be made; noted as a problem where another record made it before."""
    known = draft.batch(quantity.epc_class)
    event_id = draft.event.event_id
    if known is not None and known.made == event_id and known.maker is not None:
        return known
    made_before = known is not None and known.maker is not None
    if made_before and not _was_wrong(draft, known):
        draft.problem(BatchExists(batch=quantity.epc_class))
        assert known is not None  # noqa: S101  # for the type checker: made_before says so
        return known
    batch = _described(draft, quantity)
    if known is not None and not made_before and known.unit:
        batch = replace(batch, unit=known.unit)  # amounts of it were booked before its making was known
    if batch.produced is not None and batch.expires is not None and batch.expires < batch.produced:
        draft.problem(DatesReversed(earlier=batch.produced, later=batch.expires))
    draft.put_batch(batch)
    return batch


def _was_wrong(draft: Draft, batch: Batch | None) -> bool:
    """Whether the record that made a batch was declared wrong since, so that it may be made anew."""
    made = None if batch is None or batch.made is None else draft.book.recorded(batch.made)
    return made is not None and made.corrected


def _described(draft: Draft, quantity: ClassQuantity) -> Batch:
    """What the event says of a batch: under ``trace:batches`` by name, else in the ILMD of all its goods."""
    event, uri = draft.event, quantity.epc_class
    own = declared(event.ilmd).get(uri)
    product = draft.book.product_of(uri)
    alone = len(event.quantities) + len(event.output_quantities) == 1
    if own is not None:
        said = {name: value for name in own if (value := name_of(own[name])) is not None}
        lot, produced, expires = said.get("lot"), said.get("produced"), said.get("expires")
        code, named = said.get("code"), said.get("product")
        unit = goods.code(quantity.unit)
    else:
        lot = name_of(local_value(event.ilmd, "lotNumber")) if alone else None
        produced, expires = _first(event.ilmd, _PRODUCTION), _first(event.ilmd, _EXPIRY)
        code, named = None, None if product is None else product.uri
        unit = goods.base_unit(product, quantity)
    return Batch(
        uri,
        unit,
        product=named or goods.product_uri(uri),
        code=code,
        lot=goods.lot(uri) or lot,
        maker=draft.holder,
        made=event.event_id,
        produced=_date(produced),
        expires=_date(expires),
    )


def declared(ilmd: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    """What the event says of single batches under ``trace:batches``, by batch."""
    entries = (ilmd or {}).get("trace:batches")
    found: dict[str, Mapping[str, Any]] = {}
    for entry in entries if isinstance(entries, list | tuple) else ():
        if isinstance(entry, Mapping) and isinstance(entry.get("batch"), str):
            try:
                found[canonical(entry["batch"])] = entry
            except InvalidIdentifier:
                continue  # it names no batch that the event could move
    return found


def _first(ilmd: Mapping[str, Any] | None, names: tuple[str, ...]) -> str | None:
    values = (name_of(local_value(ilmd, name)) for name in names)
    return next((value for value in values if value is not None), None)


def _date(value: str | None) -> str | None:
    """The date of an ISO 8601 date or time, as written at its place; None where it is none."""
    try:
        return None if value is None else date.fromisoformat(value[:10]).isoformat()
    except ValueError:
        return None


def _close(draft: Draft, used: dict[str, Decimal | None], made: dict[str, Decimal | None]) -> None:
    """Where all is in one unit, inputs must equal outputs and declared loss.

    Judged only for events in our own words: foreign ones have no field for a loss, and fish grow.
    """
    loss = (draft.event.extensions or {}).get("trace:loss")
    if loss is None and not declared(draft.event.ilmd):
        return
    batches = [draft.known(uri) for uri in (*used, *made)]
    units = {batch.unit for batch in batches}
    numbers = [*used.values(), *made.values()]
    if len(units) != 1 or any(number is None for number in numbers):
        return
    unit = units.pop()
    lost = _loss(draft, loss, batches[0])
    inputs = sum((number for number in used.values() if number), ZERO)
    outputs = sum((number for number in made.values() if number), ZERO)
    if lost is not None and inputs != outputs + lost:
        draft.problem(BalanceOpen(inputs=inputs, outputs=outputs, loss=lost, unit=unit))


def _loss(draft: Draft, loss: Any, batch: Batch) -> Decimal | None:
    """The declared loss in the first input's unit; none declared is zero."""
    if loss is None:
        return ZERO
    if not isinstance(loss, Mapping):
        draft.problem(Invalid(field="trace:loss", value=str(loss)[:100], expected="quantity, uom"))
        return None
    try:
        number = amount(loss.get("quantity"), "trace:loss.quantity")
    except Invalid as invalid:
        draft.problem(invalid)
        return None
    return goods.convert(draft, batch, number, name_of(loss.get("uom")))
