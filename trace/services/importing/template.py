"""A ledger to be filled in: the form's columns that are read, one line as an example, and how to fill them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from trace import i18n
from trace.i18n import Locale
from trace.interop.forms import Column, Kind
from trace.interop.ledger_headings import DAY_OF, FORMS, GOODS, SIDE_OF, SIDE_PARTS, LedgerKind
from trace.render.blank_sheet import Blank, blank_sheet
from trace.render.sheets import Value

# What the service knows itself, or what a line of this kind does not say.
_LEFT_OUT = {
    LedgerKind.PRODUCTION: {
        "keeper",
        "trace_code",
        "record",
        "sold",
        *(f"buyer_{part}" for part in SIDE_PARTS),
    },
    LedgerKind.GOODS_IN: {"keeper", "record"},
    LedgerKind.SALES: {"keeper", "record"},
}
_EXAMPLE: dict[str, Value] = {
    "product": "小白菜",
    "specification": "10 千克/箱",
    "gtin": "06901234567892",
    "quantity": Decimal(120),
    "unit": "公斤",
    "produced": date(2026, 11, 19),
    "lot": "20261119-A",
    "shelf_days": 5,
    "received": date(2026, 11, 20),
    "sold": date(2026, 11, 20),
    "certificate": "HG-2026-0815",
    "supplier_name": "示例蔬菜合作社",
    "supplier_address": "示例县示例镇示例路 1 号",
    "buyer_name": "示例食堂",
    "buyer_address": "示例区示例街 2 号",
    "papers": "送货单 SH-2026-0815",
}


def template(kind: LedgerKind, locale: Locale, created: datetime) -> bytes:
    """The workbook to download, headings and notes in the reader's language."""
    columns = [column for column in FORMS[kind].main.columns if column.key not in _LEFT_OUT[kind]]
    blanks = [
        Blank(
            column.heading(locale),
            i18n.text("import_template_mark", locale) if column.key == "remark" else _EXAMPLE.get(column.key),
            _needed(column, kind) == "import_template_yes",
            _kind(column),
        )
        for column in columns
    ]

    def say(code: str) -> str:
        return i18n.text(code, locale)

    heads = [say(f"import_template_{name}") for name in ("column", "needed", "law", "note")]
    told = [
        [column.heading(locale), say(needed) if (needed := _needed(column, kind)) else "", column.source, ""]
        for column in columns
    ]
    general = [["", "", "", say(f"import_template_{name}")] for name in ("example", "dates", "dry")]
    title = say(f"import_kind_{kind.replace('-', '_')}")
    return blank_sheet(title, blanks, say("import_template_notes"), [heads, *general, *told], created)


def _kind(column: Column) -> str:
    return "text" if column.kind is Kind.TEXT else str(column.kind)


def _needed(column: Column, kind: LedgerKind) -> str:
    if column.key in GOODS:
        return "import_template_one_of"
    needed = {"quantity", "unit"}
    if kind is not LedgerKind.PRODUCTION:
        needed.add(DAY_OF[kind])
    if kind is LedgerKind.GOODS_IN:
        needed.add(f"{SIDE_OF[kind]}_name")
    return "import_template_yes" if column.key in needed else ""
