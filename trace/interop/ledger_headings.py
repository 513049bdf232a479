"""Which column of a ledger is which: by the forms' headings in either language, and by what people write instead."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from trace import i18n
from trace.interop.cells import Cell, Sheet
from trace.interop.forms import china

_HEADING_ROWS = 50
_LEAST_HEADINGS = 3


class LedgerKind(StrEnum):
    """Which ledger a file is: 出厂检验 as far as it registers what was made, 进货查验, 销售."""

    PRODUCTION = "production"
    GOODS_IN = "goods-in"
    SALES = "sales"


FORMS = {
    LedgerKind.PRODUCTION: china.OUTGOING,
    LedgerKind.GOODS_IN: china.GOODS_IN,
    LedgerKind.SALES: china.SALES,
}
DAY_OF = {LedgerKind.PRODUCTION: "produced", LedgerKind.GOODS_IN: "received", LedgerKind.SALES: "sold"}
SIDE_OF = {LedgerKind.PRODUCTION: "", LedgerKind.GOODS_IN: "supplier", LedgerKind.SALES: "buyer"}
GOODS = ("product", "gtin", "trace_code")
"""The columns of which one at least must say what the goods are."""

SIDE_PARTS: Mapping[str, tuple[str, ...]] = {
    "name": ("", "名称", "姓名", "name"),
    "code": ("统一社会信用代码", "信用代码", "credit code"),
    "licence": ("许可证编号", "许可证号", "许可证", "licence", "license"),
    "address": ("地址", "address"),
    "contact": ("联系方式", "联系电话", "电话", "联系人", "contact", "phone"),
}
"""What a ledger says of a supplier or buyer, and how people call the columns."""

# What people write over their columns, besides the headings of the forms.
_ALIASES: Mapping[str, tuple[str, ...]] = {
    "product": (
        "食品名称",
        "品名",
        "产品名称",
        "商品名称",
        "产品",
        "商品",
        "product name",
        "name",
        "item",
        "goods",
    ),
    "specification": ("规格型号", "包装规格", "产品规格", "spec", "size", "pack size"),
    "gtin": ("条码", "条形码", "商品条形码", "69码", "ean", "barcode", "upc"),
    "quantity": ("进货数量", "销售数量", "生产数量", "出厂数量", "qty", "amount"),
    "unit": ("计量单位", "数量单位", "uom", "units"),
    "produced": ("生产日", "加工日期", "production date", "date of production", "produced"),
    "lot": (
        "批号",
        "批次",
        "批次号",
        "生产批次",
        "产品批号",
        "lot number",
        "lot no",
        "batch",
        "batch number",
    ),
    "produced_or_lot": ("生产日期或批号", "生产日期或者生产批号", "生产日期或生产批号", "生产日期/批号"),
    "shelf_days": ("保质期", "保质期限", "shelf life"),
    "expires": ("到期日", "到期日期", "有效期至", "过期日期", "expiry date", "expires", "best before"),
    "certificate": ("合格证号", "检验合格证编号", "检验报告编号", "检验报告号", "certificate", "test report"),
    "received": (
        "进货时间",
        "购进日期",
        "到货日期",
        "收货日期",
        "date received",
        "received",
        "receiving date",
    ),
    "sold": ("销售时间", "出库日期", "发货日期", "date sold", "sale date", "sold"),
    "short": ("短少", "短缺数量", "shortage"),
    "rejected": ("拒收", "退回数量"),
    "papers": ("凭证", "凭证号", "票据号", "单据号", "随货单号", "送货单号", "发票号", "paper", "document"),
    "remark": ("说明", "remarks", "note", "notes"),
    "trace_code": ("一品一码", "追溯编码", "code"),
}
_SIDES = {
    "supplier": ("供货者", "供货商", "供应商", "供货单位", "供货方", "supplier", "vendor", "seller"),
    "buyer": ("购货者", "客户", "购买方", "购货单位", "购货方", "采购单位", "收货单位", "buyer", "customer"),
}
_DATES = ("日期", "date")  # of no more than one kind: that of the ledger
_IN_BRACKETS = re.compile(r"(.+?)[(\[]([^()\[\]]+)[)\]]")


@dataclass(frozen=True)
class Heading:
    """A column that is read: its place, its heading as written, and what that says in brackets."""

    key: str
    column: int
    text: str
    bracket: str = ""


def plain_heading(text: str) -> str:
    """A heading without what differs between people: width, case, spaces, marks for obligatory columns."""
    narrow = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"[\s*:_]|\(必填\)|\(选填\)|\(required\)", "", narrow)


@cache
def _known_headings(kind: LedgerKind) -> Mapping[str, str]:
    """Column keys by plain heading, for one ledger."""
    found: dict[str, str] = {}
    keys = [*FORMS[kind].main.keys(), "produced_or_lot"]
    side = SIDE_OF[kind]
    for key in keys:
        words = (
            [i18n.text(f"column_{key}", locale) for locale in i18n.LOCALES]
            if key != "produced_or_lot"
            else []
        )
        words += _ALIASES.get(key, ())
        who, _, part = key.partition("_")
        if who in _SIDES and part in SIDE_PARTS:
            words += [f"{name}{end}" for name in _SIDES[who] for end in SIDE_PARTS[part]]
            if who == side and part != "name":
                words += SIDE_PARTS[part]
        if key == DAY_OF[kind]:
            words += _DATES
        for word in words:
            found.setdefault(plain_heading(word), key)
    return found


def _heading(cell: Cell, kind: LedgerKind) -> Heading | None:
    known = _known_headings(kind)
    text = plain_heading(cell.text[:200])
    if text in known:
        bracketed = _IN_BRACKETS.fullmatch(text)
        return Heading(known[text], cell.column, cell.text.strip(), bracketed[2] if bracketed else "")
    bracketed = _IN_BRACKETS.fullmatch(text)
    if bracketed is None or bracketed[1] not in known:
        return None
    return Heading(known[bracketed[1]], cell.column, cell.text.strip(), bracketed[2])


def find_headings(sheet: Sheet, kind: LedgerKind) -> tuple[int, tuple[Heading, ...]] | None:
    """The row of headings, the one with the most that are known: its position, and its columns in order."""
    best: tuple[int, tuple[Heading, ...]] | None = None
    for position, row in enumerate(sheet.rows[:_HEADING_ROWS]):
        found = tuple(heading for cell in row if (heading := _heading(cell, kind)) is not None)
        keys = {heading.key for heading in found}
        if len(keys) >= _LEAST_HEADINGS and (best is None or len(keys) > len({one.key for one in best[1]})):
            best = position, found
    return best


def lacking_headings(headings: tuple[Heading, ...], kind: LedgerKind) -> tuple[str, ...]:
    """Headings of the columns that a ledger of this kind cannot do without and that are not there."""
    have = {heading.key for heading in headings}
    if "produced_or_lot" in have:
        have.add("produced")
    needed = ["quantity"] if kind is LedgerKind.PRODUCTION else ["quantity", DAY_OF[kind]]
    lacking = [key for key in needed if key not in have]
    if not have & set(GOODS):
        lacking.insert(0, "product")
    side = SIDE_OF[kind]
    if kind is LedgerKind.GOODS_IN and not have & {f"{side}_name", f"{side}_code"}:
        lacking.append(f"{side}_name")
    return tuple(i18n.text(f"column_{key}", "zh") for key in lacking)
