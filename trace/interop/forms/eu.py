"""Food of animal origin in the European Union: what goes with each consignment (Regulation 931/2011, Article 3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from trace.interop.forms import Column, Form, Gap, Kind, Sheet

_LAW = "Regulation (EU) No 931/2011, Art. 3(1)"


@dataclass(frozen=True, kw_only=True)
class Consignment:
    """One lot of one despatch. ``consignor`` and ``consignee`` are the owners where these are others than who
    has the goods in hand; empty where they are the same.
    """

    description: str | None
    quantity: Decimal | None
    unit: str | None
    dispatched_from: str | None
    dispatched_from_address: str | None
    consignor: str | None
    consignor_address: str | None
    dispatched_to: str | None
    dispatched_to_address: str | None
    consignee: str | None
    consignee_address: str | None
    lot: str | None
    dispatched: date
    gtin: str | None = None
    category: str | None = None
    trace_code: str | None = None
    record: str | None = None


_COLUMNS = (
    Column("description", source=f"{_LAW}(a)"),
    Column("quantity", Kind.NUMBER, f"{_LAW}(b)"),
    Column("unit", source=f"{_LAW}(b)"),
    Column("dispatched_from", source=f"{_LAW}(c)"),
    Column("dispatched_from_address", source=f"{_LAW}(c)"),
    Column("consignor", source=f"{_LAW}(d)"),
    Column("consignor_address", source=f"{_LAW}(d)"),
    Column("dispatched_to", source=f"{_LAW}(e)"),
    Column("dispatched_to_address", source=f"{_LAW}(e)"),
    Column("consignee", source=f"{_LAW}(f)"),
    Column("consignee_address", source=f"{_LAW}(f)"),
    Column("lot", source=f"{_LAW}(g)"),
    Column("dispatched", Kind.DATE, f"{_LAW}(h)"),
    Column("gtin"),
    Column("category"),
    Column("trace_code"),
    Column("record"),
)

EU931 = Form(
    "eu931",
    _LAW,
    "en",
    (Sheet("eu931", _COLUMNS, Consignment),),
    (
        Gap("gap_animal_origin", ("category",)),
        Gap("gap_description", ("description",)),
        Gap("gap_owner", ("consignor", "consignee")),
        Gap("gap_address", ("dispatched_from_address", "dispatched_to_address")),
        Gap("gap_corrected", ()),
    ),
)
