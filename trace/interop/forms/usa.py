"""The electronic sortable spreadsheet of the FDA's traceability rule (21 CFR 1.1455(c)(3)(ii), FSMA section 204).

One row for each traceability lot of each critical tracking event, so that it can be sorted by lot; places and
products are described once, in sheets of their own, and named by their ids: the order of the spreadsheets of the
Produce Traceability Initiative. Which event is which follows GS1 US, EPCIS recommendations for FSMA 204, release 2.0.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from trace.domain.epcis import Event
from trace.identifiers import split_batch_uri
from trace.interop.forms import Column, Form, Gap, Kind, Sheet


class Cte(StrEnum):
    """A critical tracking event (21 CFR 1.1325 to 1.1350), by the code of its name in ``trace/i18n``."""

    HARVESTING = "cte_harvesting"
    COOLING = "cte_cooling"
    INITIAL_PACKING = "cte_initial_packing"
    FIRST_RECEIVING = "cte_first_receiving"
    SHIPPING = "cte_shipping"
    RECEIVING = "cte_receiving"
    TRANSFORMATION = "cte_transformation"


_BY_STEP = {
    "shipping": Cte.SHIPPING,
    "receiving": Cte.RECEIVING,
    "accepting": Cte.RECEIVING,
    "landing": Cte.FIRST_RECEIVING,
    "urn:gdst:bizStep:landing": Cte.FIRST_RECEIVING,
    "cooling": Cte.COOLING,
}


def critical_event(event: Event, *, bought: bool = False, processed: Set[str] = frozenset()) -> Cte | None:
    """Which critical tracking event this is, None for none.

    ``bought``: the lot that it brings was bought outside this ledger, so that taking it in is receiving it.
    ``processed`` holds the lots that a transformation made: what is packed of them is packed again.
    """
    if event.type == "TransformationEvent":
        first = _packs(event) and not processed & {quantity.epc_class for quantity in event.input_quantities}
        return Cte.INITIAL_PACKING if first else Cte.TRANSFORMATION
    if event.type == "ObjectEvent" and event.action == "ADD":
        if event.biz_step == "landing" or _from_the_sea(event):
            return Cte.FIRST_RECEIVING
        return Cte.RECEIVING if bought else Cte.HARVESTING
    if event.biz_step in _BY_STEP:
        return _BY_STEP[event.biz_step]
    # The CBV has no word for cooling: GS1 US writes "other" and the temperature that was measured.
    return Cte.COOLING if event.biz_step == "other" and _measures_temperature(event) else None


def _packs(event: Event) -> bool:
    """Whether each output is a package of an input's trade item: the same GTIN but for its indicator digit."""
    inputs, outputs = (
        {_item(quantity.epc_class) for quantity in several}
        for several in (event.input_quantities, event.output_quantities)
    )
    return bool(outputs) and None not in outputs and outputs <= inputs


def _item(uri: str) -> str | None:
    split = split_batch_uri(uri)
    return None if split is None else split[0][1:13]


def _from_the_sea(event: Event) -> bool:
    return any(name.rpartition(":")[2].rpartition("/")[2] == "catchZone" for name in event.ilmd or ())


def _measures_temperature(event: Event) -> bool:
    elements = event.raw.get("sensorElementList")
    reports = [
        report
        for element in (elements if isinstance(elements, list) else ())
        if isinstance(element, dict) and isinstance(element.get("sensorReport"), list)
        for report in element["sensorReport"]
    ]
    return any(
        str(report.get("type")).endswith("Temperature") for report in reports if isinstance(report, dict)
    )


@dataclass(frozen=True, kw_only=True)
class KeyData:
    """The key data elements of one lot in one event. Places and the product are ids in the other sheets.

    ``lot_role`` is input or output in a transformation. Several papers stand in one cell, kinds and numbers in the
    same order.
    """

    cte: str
    tlc: str | None
    lot_role: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    product_id: str | None = None
    product_description: str | None = None
    event_date: date
    location_id: str | None = None
    location: str | None = None
    ship_from_id: str | None = None
    ship_from: str | None = None
    ship_to_id: str | None = None
    ship_to: str | None = None
    tlc_source_id: str | None = None
    tlc_source: str | None = None
    reference_type: str | None = None
    reference_number: str | None = None
    trace_code: str | None = None
    record: str | None = None


@dataclass(frozen=True, kw_only=True)
class Location:
    """A location description (21 CFR 1.1310), as far as the ledger knows it."""

    location_id: str
    gln: str | None = None
    location: str | None = None
    business: str | None = None
    phone: str | None = None
    address: str | None = None
    region: str | None = None


@dataclass(frozen=True, kw_only=True)
class Item:
    """A product description (21 CFR 1.1310), as far as the ledger knows it."""

    product_id: str
    gtin: str | None = None
    product_description: str | None = None
    category: str | None = None
    unit: str | None = None
    packaging: str | None = None


_CTES = "21 CFR 1.1325-1.1350"
_TERMS = "21 CFR 1.1310"
_KEY_DATA = (
    Column("cte", source=_CTES),
    Column("tlc", source="21 CFR 1.1320"),
    Column("lot_role", source="21 CFR 1.1350(a)"),
    Column("quantity", Kind.NUMBER, _CTES),
    Column("unit", source=_CTES),
    Column("product_id"),
    Column("product_description", source=_CTES),
    Column("event_date", Kind.DATE, _CTES),
    Column("location_id"),
    Column("location", source=_CTES),
    Column("ship_from_id"),
    Column("ship_from", source="21 CFR 1.1340(a)(5), 1.1345(a)(4)"),
    Column("ship_to_id"),
    Column("ship_to", source="21 CFR 1.1325, 1.1340(a)(4)"),
    Column("tlc_source_id"),
    Column("tlc_source", source="21 CFR 1.1340(a)(7), 1.1345(a)(7)"),
    Column("reference_type", source=_CTES),
    Column("reference_number", source=_CTES),
    Column("trace_code"),
    Column("record"),
)
_LOCATIONS = (
    Column("location_id"),
    Column("gln"),
    Column("location", source=_TERMS),
    Column("business", source=_TERMS),
    Column("phone", source=_TERMS),
    Column("address", source=_TERMS),
    Column("region"),
)
_ITEMS = (
    Column("product_id"),
    Column("gtin"),
    Column("product_description", source=_TERMS),
    Column("category", source=_TERMS),
    Column("unit"),
    Column("packaging", source=_TERMS),
)

FSMA204 = Form(
    "fsma204",
    "21 CFR 1.1455(c)(3)(ii)",
    "en",
    (
        Sheet("fsma204", _KEY_DATA, KeyData),
        Sheet("fsma204-locations", _LOCATIONS, Location),
        Sheet("fsma204-products", _ITEMS, Item),
    ),
    (
        Gap("gap_food_list", ("category",)),
        Gap("gap_commodity", ("product_description",)),
        Gap("gap_location", ("location", "address", "phone")),
        Gap("gap_packing", ("cte",)),
        Gap("gap_harvest", ("cte",)),
        Gap("gap_reference", ("reference_type", "reference_number")),
        Gap("gap_corrected", ()),
    ),
)
