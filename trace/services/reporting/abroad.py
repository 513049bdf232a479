"""Rows of the forms of the European Union and of the United States."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from trace import i18n
from trace.domain.epcis import ClassQuantity, Event
from trace.domain.model import AccountKind
from trace.domain.refusals import Refusal
from trace.domain.units import unit_code
from trace.identifiers import InvalidIdentifier, split_batch_uri
from trace.identifiers.digital_link import DigitalLink
from trace.interop.forms.eu import Consignment
from trace.interop.forms.usa import Cte, Item, KeyData, Location, critical_event
from trace.services.reporting.desk import Desk, outside
from trace.store.queries.reports import Act

Lot = tuple[str | None, str, Decimal | None, str | None]  # role, URI, amount, unit

_BOOKED = {
    Cte.HARVESTING: (AccountKind.MADE, -1),
    Cte.FIRST_RECEIVING: (AccountKind.MADE, -1),
    Cte.SHIPPING: (AccountKind.TRANSIT, 1),
    Cte.RECEIVING: (AccountKind.HELD, 1),
}


# -- European Union ------------------------------------------------------------------------------------------


def consignments(desk: Desk, acts: Sequence[Act]) -> Iterator[Consignment]:
    """A row for each batch of each delivery that was sent."""
    for act in acts:
        if not act.opens or act.delivery is None or act.event is None:
            continue
        sender, consignor = _hands(desk, act.event.sources, act.delivery.sender)
        receiver, consignee = _hands(desk, act.event.destinations, act.delivery.receiver)
        for batch, amount in sorted(act.booked(AccountKind.TRANSIT, act.delivery.id).items()):
            info = desk.info(batch)
            if desk.only is not None and batch not in desk.only:
                continue
            yield Consignment(
                description=desk.product(batch),
                quantity=amount,
                unit=desk.unit(info.batch.unit if info else None),
                dispatched_from=desk.name(sender),
                dispatched_from_address=_address(desk, sender, _place(act.event.sources)),
                consignor=desk.name(consignor),
                consignor_address=_address(desk, consignor),
                dispatched_to=desk.name(receiver),
                dispatched_to_address=_address(desk, receiver, _place(act.event.destinations)),
                consignee=desk.name(consignee),
                consignee_address=_address(desk, consignee),
                lot=desk.lot(batch),
                dispatched=desk.day_there(act),
                gtin=desk.gtin(batch),
                category=info.product.category if info and info.product else None,
                trace_code=(info.batch.code if info else None) or batch,
                record=act.event_id,
            )


def _hands(desk: Desk, pairs: Iterable[tuple[str, str]], party: str) -> tuple[str, str | None]:
    """In whose hands goods are at one end of a delivery, and whose they are where that is somebody else."""
    by_kind = dict(reversed(list(pairs)))
    place = desk.around.places.get(by_kind.get("location", ""))
    owner = by_kind.get("owning_party", party)
    hands = by_kind.get("possessing_party") or (place.owner if place and place.owner else owner)
    return hands, None if owner == hands else owner


def _place(pairs: Iterable[tuple[str, str]]) -> str | None:
    return next((uri for kind, uri in pairs if kind == "location"), None)


def _address(desk: Desk, party: str | None, place: str | None = None) -> str | None:
    known, where = desk.around.parties.get(party or ""), desk.around.places.get(place or "")
    return (where.address if where else None) or (known.address if known else None)


# -- United States -------------------------------------------------------------------------------------------


def key_data(desk: Desk, acts: Sequence[Act]) -> Iterator[KeyData]:
    """A row for each lot of each critical tracking event."""
    carried = _carried(acts)
    processed = {
        uri for uri, made in desk.around.made.items() if made.type == "TransformationEvent"
    }  # what is packed of these is packed again
    for act in acts:
        if act.event is None:
            continue
        cte = critical_event(act.event, bought=desk.bought(act), processed=processed)
        if cte is None:
            continue
        for lot in _lots(act, act.event, cte):
            if desk.only is None or lot[1] in desk.only:
                yield _row(desk, act, act.event, cte, lot, carried)


def _row(
    desk: Desk, act: Act, event: Event, cte: Cte, lot: Lot, carried: dict[str, list[tuple[Act, str]]]
) -> KeyData:
    role, uri, amount, unit = lot
    info, made = desk.info(uri), desk.around.made.get(uri)
    here = act.place
    source = _place(event.sources) or _seat(desk, act.delivery.sender if act.delivery else None)
    target = _place(event.destinations) or _seat(desk, act.delivery.receiver if act.delivery else None)
    if cte in (Cte.HARVESTING, Cte.COOLING):
        target = next((to for one, to in carried.get(uri, ()) if one.time >= act.time), target)
    # What was bought outside was named there, and not where it was entered.
    supplier = _supplier(act) if desk.bought(act) else None
    origin = made.place if made and not desk.bought(made) else None
    numbers = desk.numbers(act)
    return KeyData(
        cte=i18n.text(cte.value, desk.locale),
        tlc=lot_code(desk, uri),
        lot_role=i18n.text(f"lot_{role}", desk.locale) if role else None,
        quantity=amount,
        unit=desk.unit(_unit(unit) or (info.batch.unit if info else None)),
        product_id=_product_id(desk, uri),
        product_description=desk.product(uri),
        event_date=desk.day_there(act),
        location_id=_key(here),
        location=_called(desk, here),
        ship_from_id=_key(source),
        ship_from=_called(desk, source) or supplier,
        ship_to_id=_key(target),
        ship_to=_called(desk, target),
        tlc_source_id=_key(origin),
        tlc_source=_called(desk, origin) or supplier,
        reference_type="; ".join(desk.paper_kind(kind) for kind, _ in numbers) or None,
        reference_number="; ".join(number for _, number in numbers) or None,
        trace_code=(info.batch.code if info else None) or uri,
        record=act.event_id,
    )


def _supplier(act: Act) -> str | None:
    stated = outside(act, "supplier")
    return str(stated["name"]) if stated else None


def _lots(act: Act, event: Event, cte: Cte) -> list[Lot]:
    """What of which lots an event is about: what was booked, else what it says."""
    if event.type == "TransformationEvent":
        used, made = act.booked(AccountKind.USED), act.booked(AccountKind.MADE)
        into = [("input", uri, amount, None) for uri, amount in sorted(used.items())]
        out = [("output", uri, -amount, None) for uri, amount in sorted(made.items())]
        return [
            *(into or _stated("input", event.input_quantities, event.input_epcs)),
            *(out or _stated("output", event.output_quantities, event.output_epcs)),
        ]
    kind, sign = _BOOKED.get(cte, (None, 1))
    if cte is Cte.RECEIVING and act.settles is None and act.booked(AccountKind.MADE):
        kind, sign = AccountKind.MADE, -1  # bought outside this ledger
    ref = act.holder if kind is AccountKind.HELD else None
    booked = act.booked(kind, ref) if kind else {}
    if any(booked.values()):
        return [(None, uri, sign * amount, None) for uri, amount in sorted(booked.items())]
    quantities = (*event.quantities, *event.child_quantities)
    return _stated(None, quantities, (*event.epcs, *event.child_epcs))


def _stated(role: str | None, quantities: Iterable[ClassQuantity], things: Iterable[str]) -> list[Lot]:
    lots: list[Lot] = [(role, one.epc_class, one.amount, one.unit) for one in quantities]
    return lots + [(role, uri, None, None) for uri in things]


def _carried(acts: Iterable[Act]) -> dict[str, list[tuple[Act, str]]]:
    """By lot: where it was carried, in the order of time; GS1 US tells a harvest's recipient by such an event."""
    found: dict[str, list[tuple[Act, str]]] = {}
    for act in acts:
        to = _place(act.event.destinations) if act.event and act.step == "transporting" else None
        if act.event and to:
            for uri in act.event.classes:
                found.setdefault(uri, []).append((act, to))
    return found


def locations(desk: Desk, acts: Sequence[Act]) -> Iterator[Location]:
    """A row for each place, and for each party that stands in a place's stead."""
    uris = {act.place for act in acts if act.place}
    sides = [pairs for act in acts if act.event for pairs in (act.event.sources, act.event.destinations)]
    uris |= {named for pairs in sides if (named := _place(pairs))}
    parties = {side for act in acts if act.delivery for side in (act.delivery.sender, act.delivery.receiver)}
    uris |= {seat for party in parties if (seat := _seat(desk, party))}
    uris |= {made.place for made in desk.around.made.values() if made.place and not desk.bought(made)}
    for uri in sorted(uris):
        place, own = desk.around.places.get(uri), desk.around.parties.get(uri)
        owner = desk.around.parties.get(place.owner or "") if place else own
        yield Location(
            location_id=_key(uri) or uri,
            gln=_gln(uri) or (owner.gln if owner else None),
            location=_called(desk, uri),
            business=owner.name if owner else None,
            phone=desk.contact(owner.uri) if owner else None,
            address=(place.address if place else None) or (owner.address if owner else None),
            region=owner.region if owner else None,
        )


def items(desk: Desk, acts: Sequence[Act]) -> Iterator[Item]:
    """A row for each product that the events name."""
    batches = {posting.batch for act in acts for posting in act.postings}
    batches |= {uri for act in acts if act.event for uri in act.event.classes}
    rows: dict[str, Item] = {}
    for uri in sorted(batches):
        info, id = desk.info(uri), _product_id(desk, uri)
        product = info.product if info else None
        if id is not None and (id not in rows or product):
            rows[id] = Item(
                product_id=id,
                gtin=desk.gtin(uri),
                product_description=product.name if product else None,
                category=product.category if product else None,
                unit=desk.unit(product.unit if product else info.batch.unit if info else None),
                packaging=desk.packaging(uri),
            )
    yield from rows.values()


def lot_code(desk: Desk, uri: str) -> str:
    """A traceability lot code as it is printed: GTIN and lot, else the batch's own code, else its URI."""
    split, info = split_batch_uri(uri), desk.info(uri)
    if split is not None:
        return f"(01){split[0]}(10){split[1]}"
    return (info.batch.code if info else None) or uri


def _product_id(desk: Desk, uri: str) -> str | None:
    info, gtin = desk.info(uri), desk.gtin(uri)
    return gtin or (info.product.uri if info and info.product else None)


def _seat(desk: Desk, party: str | None) -> str | None:
    """Where a party is: its own place, else itself in the place's stead."""
    known = desk.around.parties.get(party or "")
    return (known.location if known else None) or party or None


def _key(uri: str | None) -> str | None:
    """A place's id: its GLN, else its URI."""
    return _gln(uri) or uri


def _gln(uri: str | None) -> str | None:
    if uri is None or not uri.startswith("https://id.gs1.org/41"):
        return None
    try:
        link = DigitalLink.parse(uri)
    except InvalidIdentifier:
        return None
    return link.value if link.key in ("414", "417") and not link.qualifiers else None


def _called(desk: Desk, uri: str | None) -> str | None:
    """What a place is called, else whose it is."""
    place = desk.around.places.get(uri or "")
    if place is not None and (place.name or place.owner):
        return place.name or desk.name(place.owner)
    known = desk.around.parties.get(uri or "")
    return known.name if known else None


def _unit(stated: str | None) -> str | None:
    """The code of a unit as somebody wrote it; what is no unit known here stays as it is."""
    try:
        return unit_code(stated) if stated else None
    except Refusal:
        return stated
