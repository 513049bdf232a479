"""The ledgers that the food law of China asks of a business (食品安全法 of 2015 as amended).

- 进货查验记录: §50 for raw materials of a factory, §53 for whoever trades, §65 for produce of farms;
- 销售记录: §53 for wholesale, and of produce the 食用农产品市场销售质量安全监督管理办法;
- 出厂检验记录: §51, what a factory sends out of what it made.

A date or the batch's number is enough where the law says 生产日期或者生产批号; both are given where both are known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from trace.interop.forms import Column, Form, Gap, Kind, Sheet, chosen

PURCHASE_LAW = "《食品安全法》第五十条、第五十三条"
OUTGOING_LAW = "《食品安全法》第五十一条"
SALES_LAW = "《食品安全法》第五十三条"
PRODUCE_LAW = "《食品安全法》第六十五条"
PRODUCE_SALES_LAW = "《食用农产品市场销售质量安全监督管理办法》"


@dataclass(frozen=True, kw_only=True)
class Goods:
    """What every line says of the goods. ``quantity`` is in ``unit``, a name that ``units.unit_code`` reads.

    ``trace_code`` is the batch's short code, or its URI where it has none; ``record`` is the id of the event that
    the line is made of, ``keeper`` whose ledger the line stands in.
    """

    keeper: str
    product: str
    specification: str | None = None
    gtin: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    produced: date | None = None
    lot: str | None = None
    shelf_days: int | None = None
    expires: date | None = None
    papers: str | None = None
    remark: str | None = None
    trace_code: str | None = None
    record: str | None = None


@dataclass(frozen=True, kw_only=True)
class GoodsIn(Goods):
    """Goods that came in: ``quantity`` was accepted; ``short`` and ``rejected`` are in the same unit."""

    received: date
    supplier_name: str | None = None
    supplier_code: str | None = None  # 统一社会信用代码
    supplier_licence: str | None = None
    supplier_address: str | None = None
    supplier_contact: str | None = None
    short: Decimal | None = None
    rejected: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class GoodsOut(Goods):
    """Goods that were sold or sent out; no buyer where they were sold over the counter."""

    sold: date
    certificate: str | None = None
    buyer_name: str | None = None
    buyer_code: str | None = None  # 统一社会信用代码
    buyer_licence: str | None = None
    buyer_address: str | None = None
    buyer_contact: str | None = None


def _goods(law: str) -> tuple[Column, ...]:
    return (
        Column("keeper"),
        Column("product", source=law),
        Column("specification", source=law),
        Column("gtin"),
        Column("quantity", Kind.NUMBER, law),
        Column("unit", source=law),
        Column("produced", Kind.DATE, law),
        Column("lot", source=law),
        Column("shelf_days", Kind.NUMBER, law),
        Column("expires", Kind.DATE),
    )


def _counterparty(side: str, law: str) -> tuple[Column, ...]:
    return (
        Column(f"{side}_name", source=law),
        Column(f"{side}_code"),
        Column(f"{side}_licence"),
        Column(f"{side}_address", source=law),
        Column(f"{side}_contact", source=law),
    )


def _end(law: str) -> tuple[Column, ...]:
    return (Column("papers", source=law), Column("remark"), Column("trace_code"), Column("record"))


_IN = (
    *_goods(PURCHASE_LAW),
    Column("received", Kind.DATE, PURCHASE_LAW),
    *_counterparty("supplier", PURCHASE_LAW),
    Column("short", Kind.NUMBER),
    Column("rejected", Kind.NUMBER),
    *_end(PURCHASE_LAW),
)
_OUT = (
    *_goods(SALES_LAW),
    Column("sold", Kind.DATE, SALES_LAW),
    *_counterparty("buyer", SALES_LAW),
    *_end(SALES_LAW),
)
_FACTORY = (
    *_goods(OUTGOING_LAW),
    Column("certificate", source=OUTGOING_LAW),
    Column("sold", Kind.DATE, OUTGOING_LAW),
    *_counterparty("buyer", OUTGOING_LAW),
    *_end(OUTGOING_LAW),
)
# Of produce the law asks for no specification, no date of production and no shelf life.
_NOT_OF_PRODUCE = frozenset({"specification", "gtin", "produced", "shelf_days", "expires"})

_SPECIFICATION = Gap("gap_specification", ("specification",))
_SHELF = Gap("gap_shelf_life", ("shelf_days", "expires"))
_PAPERS = Gap("gap_papers", ("papers",))
_CORRECTED = Gap("gap_corrected", ())


def _contact(side: str) -> Gap:
    return Gap("gap_contact", (f"{side}_address", f"{side}_contact", f"{side}_licence"))


def _form(name: str, law: str, columns: tuple[Column, ...], row: type[Goods], *gaps: Gap) -> Form:
    keys = {column.key for column in columns}
    of_it = tuple(gap for gap in gaps if not gap.columns or keys & set(gap.columns))
    return Form(name, law, "zh", (Sheet(name, columns, row),), of_it)


_IN_GAPS = (_SPECIFICATION, _SHELF, _contact("supplier"), _PAPERS, Gap("gap_outside", ()), _CORRECTED)
_OUT_GAPS = (
    _SPECIFICATION,
    _SHELF,
    _contact("buyer"),
    _PAPERS,
    Gap("gap_retail", ("buyer_name",)),
    _CORRECTED,
)

GOODS_IN = _form("goods-in", PURCHASE_LAW, _IN, GoodsIn, *_IN_GAPS)
PRODUCE_IN = _form(
    "produce-in",
    PRODUCE_LAW,
    chosen(_IN, {column.key for column in _IN} - _NOT_OF_PRODUCE, PRODUCE_LAW),
    GoodsIn,
    *_IN_GAPS,
)
SALES = _form("sales", SALES_LAW, _OUT, GoodsOut, *_OUT_GAPS)
PRODUCE_SALES = _form(
    "produce-sales",
    PRODUCE_SALES_LAW,
    chosen(_OUT, {column.key for column in _OUT} - _NOT_OF_PRODUCE, PRODUCE_SALES_LAW),
    GoodsOut,
    *_OUT_GAPS,
)
OUTGOING = _form(
    "outgoing", OUTGOING_LAW, _FACTORY, GoodsOut, Gap("gap_certificate", ("certificate",)), *_OUT_GAPS
)
