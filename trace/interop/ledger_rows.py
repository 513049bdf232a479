"""Ledgers that businesses keep in spreadsheets, read into lines: what came in, what was sold, what was made.

The columns are those of ``trace.interop.forms.china``. All that is wrong is told by cell, and so is what was mended,
and what was left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, time
from decimal import Decimal
from hashlib import sha256
from typing import TypeVar

from trace import i18n
from trace.domain.commands import Outside, Paper
from trace.domain.refusals import Refusal
from trace.domain.units import plain, unit_code
from trace.identifiers import InvalidIdentifier, Licence, UnifiedSocialCreditCode
from trace.interop.cells import Cell, Sheet, Workbook, column_name
from trace.interop.ledger_cells import CellReader, CellWrong, Shelf
from trace.interop.ledger_headings import (
    DAY_OF,
    GOODS,
    SIDE_OF,
    SIDE_PARTS,
    Heading,
    LedgerKind,
    find_headings,
    lacking_headings,
    plain_heading,
)
from trace.interop.sheet_errors import HeadingsMissing, SheetTooLong

T = TypeVar("T")

MOST_LINES = 1000
"""All lines are recorded in one transaction, and nobody else records anything meanwhile."""

_TOTALS = frozenset({"合计", "总计", "小计", "本页合计", "total", "subtotal", "sum"})
_PAPER_BREAK = re.compile(r"\s*[;；、]\s*")
_PAPERS = (
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
)
# Papers that people name in other words than the forms do.
_PAPER_WORDS = {"送货": "desadv", "发票": "inv", "合格证": "cert", "检验": "testres", "订单": "po"}
_LICENSED = re.compile(r"(?:SC|JY)[0-9]{6,}", re.IGNORECASE)
_LONGEST = {"remark": 500, "record": 500, "papers": 500}


@dataclass(frozen=True)
class Finding:
    """Something to be said of a cell, a row (no cell) or the file (row 0); words under ``code`` in ``trace/i18n``."""

    code: str
    row: int = 0
    cell: str = ""
    heading: str = ""
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a ledger. ``row`` and ``cells`` (key to address) say where it stands, the rest what it says.

    ``quantity`` is in ``unit`` (a Rec 20 code). ``when`` is the ledger's day: made, received or sold; only of what
    was made it may be missing.
    """

    row: int
    cells: Mapping[str, str]
    quantity: Decimal
    unit: str
    when: date | None = None
    clock: time | None = None
    product: str = ""
    specification: str = ""
    gtin: str = ""
    produced: date | None = None
    lot: str = ""
    shelf_days: int | None = None
    expires: date | None = None
    short: Decimal = Decimal(0)
    rejected: Decimal = Decimal(0)
    who: Outside | None = None
    papers: tuple[Paper, ...] = ()
    remark: str = ""
    trace_code: str = ""
    record: str = ""
    keeper: str = ""

    def digest(self) -> str:
        """SHA-256 (hex) of what the line says, wherever it stands and however it was spelled."""
        content = asdict(self)
        for place in ("row", "cells", "record", "keeper"):
            del content[place]
        for amount in ("quantity", "short", "rejected"):
            content[amount] = plain(content[amount])
        return sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True)
class LedgerFile:
    """A ledger as it was read. ``lines`` are those without errors, ``count`` counts the others too."""

    kind: LedgerKind
    sheet: str
    headings: Mapping[str, Heading]
    lines: tuple[Line, ...]
    count: int
    errors: tuple[Finding, ...]
    repairs: tuple[Finding, ...]
    notices: tuple[Finding, ...]


def read_ledger(book: Workbook, kind: LedgerKind) -> LedgerFile:
    """Read the first visible sheet that has the ledger's headings.

    Raises HeadingsMissing, SheetTooLong, SheetDamaged and what else reading a sheet raises.
    """
    notices = [_of_sheet("import_sheet_hidden", name.name) for name in book.names if name.hidden]
    if book.encoding not in ("", "utf-8"):
        notices.append(Finding("import_encoding", params={"encoding": book.encoding.upper()}))
    missing = lacking_headings((), kind)
    reader: _Reader | None = None
    for position, name in enumerate(book.names):
        if name.hidden:
            continue
        if reader is None:
            sheet = book.sheet(position)
            found = find_headings(sheet, kind)
            lacking = lacking_headings(found[1] if found else (), kind)
            if found is not None and not lacking:
                reader = _Reader(sheet, kind, *found)
                continue
            missing = min(missing, lacking, key=len)
        notices.append(_of_sheet("import_sheet_ignored", name.name))
    if reader is None:
        raise HeadingsMissing(headings=missing)
    return reader.read(notices)


def _of_sheet(code: str, name: str) -> Finding:
    return Finding(code, params={"sheet": name[:64]})


class _Reader:
    """Goes through the rows below the headings and gathers lines and findings."""

    def __init__(self, sheet: Sheet, kind: LedgerKind, position: int, headings: tuple[Heading, ...]) -> None:
        self.sheet = sheet
        self.kind = kind
        self.headings: dict[str, Heading] = {}
        self.errors: list[Finding] = []
        self.repairs: list[Finding] = []
        self.columns: dict[int, Heading] = {}
        self._top = sheet.rows[position]
        self._rows = sheet.rows[position + 1 :]
        for heading in headings:
            if heading.key in self.headings:
                address = f"{column_name(heading.column)}{self._top[0].row}"
                self.errors.append(
                    Finding("import_heading_twice", self._top[0].row, address, heading.text[:64])
                )
            else:
                self.headings[heading.key] = self.columns[heading.column] = heading

    def read(self, notices: list[Finding]) -> LedgerFile:
        """All lines."""
        notices = [*notices, *self._not_read()]
        lines: list[Line] = []
        count = 0
        for row in self._rows:
            cells = {self.columns[cell.column].key: cell for cell in row if cell.column in self.columns}
            if not self._is_line(row, cells):
                notices.append(Finding("import_row_skipped", row[0].row))
                continue
            count += 1
            if count > MOST_LINES:
                raise SheetTooLong(limit=MOST_LINES)
            line = _Values(self, row[0].row, cells).line()
            if line is not None:
                lines.append(line)
        read = (tuple(self.errors), tuple(self.repairs), tuple(notices))
        return LedgerFile(self.kind, self.sheet.name, self.headings, tuple(lines), count, *read)

    def _not_read(self) -> list[Finding]:
        """Columns that are not read, and rows that are though nobody sees them."""
        # What was made is registered whole; to whom it went stands in the ledger of sales.
        other = {"sold", *(f"buyer_{part}" for part in SIDE_PARTS)}
        found = []
        for cell in self._top:
            heading = self.columns.get(cell.column)
            if heading is None or (self.kind is LedgerKind.PRODUCTION and heading.key in other):
                params = {"heading": cell.text[:64], "column": column_name(cell.column)}
                found.append(Finding("import_column_ignored", params=params))
        if self.sheet.hidden_rows:
            found.append(Finding("import_rows_hidden", params={"count": str(self.sheet.hidden_rows)}))
        return found

    def _is_line(self, row: tuple[Cell, ...], cells: Mapping[str, Cell]) -> bool:
        """Whether it is a line of the ledger, and not a total, a signature or a remark below."""
        own = {key for key, cell in cells.items() if not cell.merged}
        total = any(plain_heading(cell.text[:20]) in _TOTALS for cell in row[:3])
        return bool(own & {*GOODS, "quantity"}) and not total


class _Values:
    """Reads the cells of one row by their keys; what is wrong is noted, and the value is then missing."""

    def __init__(self, reader: _Reader, row: int, cells: Mapping[str, Cell]) -> None:
        self._reader = reader
        self._row = row
        self._cells = cells
        self._bad: set[str] = set()

    def line(self) -> Line | None:
        """The line, None where any cell of it is wrong."""
        kind = self._reader.kind
        quantity, unit = self._quantity(zero=kind is LedgerKind.GOODS_IN)
        produced, lot = self._produced_and_lot()
        moment = None if kind is LedgerKind.PRODUCTION else self._moment(DAY_OF[kind])
        shelf = self._shelf()
        stated = {key: self._text(key) for key in ("product", "specification", "remark", "record", "keeper")}
        gtin = self._read("gtin", CellReader.gtin, "")
        trace_code = self._read("trace_code", lambda cell: cell.code(2000), "")
        who = self._who(SIDE_OF[kind])
        expires = self._moment("expires")
        short, rejected = (self._amount(key, zero=True)[0] for key in ("short", "rejected"))
        papers = self._papers()
        if not (stated["product"] or gtin or trace_code):
            self._lacks("product")
        if stated["remark"] in i18n.catalogs()["import_template_mark"].values():
            self._wrong("import_example_left", "remark", {})
        if kind is not LedgerKind.PRODUCTION and moment is None:
            self._lacks(DAY_OF[kind])
        if kind is LedgerKind.GOODS_IN and who is None and not stated["record"]:
            self._lacks("supplier_name")  # of a line that says which record it is, the importer asks for it
        if self._bad or quantity is None:
            return None
        when, clock = moment or (produced, None)
        counted = shelf is not None and shelf.until is None and shelf.period == "days"
        return Line(
            row=self._row,
            cells={key: cell.address for key, cell in self._cells.items()},
            quantity=quantity,
            unit=unit,
            when=when,
            clock=clock,
            gtin=gtin,
            produced=produced,
            lot=lot,
            shelf_days=shelf.number if shelf and counted else None,
            expires=expires[0] if expires else shelf.last_day(produced) if shelf else None,
            short=short or Decimal(0),
            rejected=rejected or Decimal(0),
            who=who,
            papers=papers,
            trace_code=trace_code,
            **stated,
        )

    # -- single values ---------------------------------------------------------------------------------------

    def _read(self, key: str, read: Callable[[CellReader], T], empty: T) -> T:
        """What a cell says, ``empty`` where there is none or it is wrong."""
        cell = self._cells.get(key)
        if cell is None:
            return empty
        if any(cell.column < column < cell.column + cell.across for column in self._reader.columns):
            self._wrong("import_merged_across", key, {})
            return empty
        reading = CellReader(cell, self._reader.sheet.epoch)
        try:
            value = read(reading)
        except (CellWrong, Refusal, InvalidIdentifier) as wrong:
            self._wrong(wrong.code, key, wrong.params())
            return empty
        heading = self._reader.headings[key].text[:64]
        self._reader.repairs += [
            Finding(code, self._row, cell.address, heading, params) for code, params in reading.repairs
        ]
        return value

    def _wrong(self, code: str, key: str, params: Mapping[str, str]) -> None:
        self._bad.add(key)
        heading, cell = self._reader.headings.get(key), self._cells.get(key)
        address = cell.address if cell else f"{column_name(heading.column)}{self._row}" if heading else ""
        named = heading.text[:64] if heading else i18n.text(f"column_{key}", "zh")
        self._reader.errors.append(Finding(code, self._row, address, named, params))

    def _lacks(self, key: str) -> None:
        if key not in self._bad:  # what is wrong with it has been said
            self._wrong("import_required", key, {})

    def _text(self, key: str) -> str:
        return self._read(key, lambda cell: cell.text(_LONGEST.get(key, 200)), "")

    def _moment(self, key: str) -> tuple[date, time | None] | None:
        return self._read(key, CellReader.day, None)

    def _amount(self, key: str, *, zero: bool = False) -> tuple[Decimal | None, str]:
        nothing: tuple[Decimal | None, str] = (None, "")
        return self._read(key, lambda cell: cell.amount(zero=zero), nothing)

    def _quantity(self, *, zero: bool) -> tuple[Decimal | None, str]:
        """The amount with its unit: that of the unit's column, else behind the amount, else in its heading."""
        amount, behind = self._amount("quantity", zero=zero)
        if amount is None:
            self._lacks("quantity")
        column = self._read("unit", lambda cell: unit_code(cell.text(20)), "")
        if behind and amount is not None:
            written = self._read("quantity", lambda _: unit_code(behind), "")
            if column and written and written != column:
                self._wrong("import_units_differ", "quantity", {"one": behind, "other": column})
            return amount, column or written
        if not column:
            heading = self._reader.headings["quantity"]
            if not heading.bracket:
                self._lacks("unit")
                return amount, ""
            column = self._read("quantity", lambda _: unit_code(heading.bracket), "")
        return amount, column

    def _produced_and_lot(self) -> tuple[date | None, str]:
        """The day of production and the lot; one column may hold either, as the law puts it."""
        produced, lot = self._moment("produced"), self._read("lot", lambda cell: cell.code(60), "")
        cell = self._cells.get("produced_or_lot")
        if cell is None:
            return (produced[0] if produced else None), lot
        try:
            CellReader(cell, self._reader.sheet.epoch).day()
        except CellWrong:
            return (produced[0] if produced else None), lot or self._read(
                "produced_or_lot", lambda one: one.code(60), ""
            )
        either = self._moment("produced_or_lot")
        return (produced or either or (None,))[0], lot

    def _shelf(self) -> Shelf | None:
        heading = self._reader.headings.get("shelf_days")
        return self._read("shelf_days", lambda cell: cell.shelf(heading.bracket if heading else ""), None)

    def _who(self, side: str) -> Outside | None:
        """The supplier or buyer as the line describes it."""
        if not side:
            return None
        name, address = self._text(f"{side}_name"), self._text(f"{side}_address")
        code = self._read(f"{side}_code", lambda cell: _credit_code(cell.code()), "")
        licence = self._read(f"{side}_licence", lambda cell: _licence(cell.code()), "")
        contact = self._read(f"{side}_contact", lambda cell: cell.text(100), "")
        if not (name or code):
            return None
        return Outside(name or code, code or None, licence or None, address or None, contact or None)

    def _papers(self) -> tuple[Paper, ...]:
        stated = [one for one in _PAPER_BREAK.split(self._text("papers")) if one]
        heading = self._reader.headings.get("papers")
        papers = [_paper(one, _kind_of_paper(heading.text if heading else "", "desadv")) for one in stated]
        certificate = self._read("certificate", lambda cell: cell.code(), "")
        if certificate:
            papers += [Paper("testres", one) for one in _PAPER_BREAK.split(certificate) if one]
        return tuple(dict.fromkeys(papers))


def _credit_code(text: str) -> str:
    return UnifiedSocialCreditCode.parse(text.replace(" ", "")).value if text else ""


def _licence(text: str) -> str:
    """A licence to make or sell food with its check digit verified; licences of other kinds as they are written."""
    narrow = text.replace(" ", "")
    return Licence.parse(narrow).value if _LICENSED.match(narrow) else text


def _paper(text: str, otherwise: str) -> Paper:
    """A paper by the name that stands before its number: the forms' own, or what people say."""
    for type in _PAPERS:
        for locale in i18n.LOCALES:
            name = i18n.text(f"paper_{type}", locale)
            if text.startswith(f"{name} "):
                return Paper(type, text.removeprefix(name).strip())
    return Paper(_kind_of_paper(text, otherwise), text)


def _kind_of_paper(text: str, otherwise: str) -> str:
    return next((type for word, type in _PAPER_WORDS.items() if text.startswith(word)), otherwise)
