"""Spreadsheets as rows of cells: XLSX (ECMA-376) and CSV (RFC 4180), read within bounds and without guessing."""

from __future__ import annotations

import codecs
import csv
import io
import re

from trace.interop import xlsx
from trace.interop.cells import PREAMBLE, Cell, Grid, Kind, Limits, Sheet, SheetName, Workbook
from trace.interop.sheet_errors import SheetDamaged, SheetFormUnknown, SheetTooLarge

_DELIMITERS = (",", ";", "\t")
_PACKED, _OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # ZIP; OLE2: the XLS of before 2007, and protected XLSX
_TEXT_FORMULA = re.compile(r'="([^"]*)"')
FORMULA_STARTS = "=+-@＝＋－＠\t"
"""What a spreadsheet may take for the beginning of a formula; writers put an apostrophe before it."""

_SEPARATOR_LINE = re.compile(r"sep=([,;\t])\r?\n")


def read(data: bytes, limits: Limits | None = None) -> Workbook:
    """Open a spreadsheet, by what it is and not by what it is called.

    Raises SheetTooLarge, SheetFormUnknown, SheetDamaged, SheetUnpacksTooLarge; of a CSV also SheetTooLong and
    SheetTooWide, which a sheet of a workbook raises when it is read.
    """
    limits = limits or Limits()
    if len(data) > limits.size:
        raise SheetTooLarge(limit=limits.size)
    if data.startswith(_PACKED):
        names, load = xlsx.open_book(data, limits)
        return Workbook("xlsx", names, "", load)
    if data.startswith(_OLD):
        raise SheetFormUnknown
    encoding, text = _decoded(data)
    sheet = Sheet("CSV", _csv_rows(text, limits))
    return Workbook("csv", (SheetName("CSV"),), encoding, lambda _: sheet)


# -- CSV -----------------------------------------------------------------------------------------------------


def _decoded(data: bytes) -> tuple[str, str]:
    """The text and its encoding: by its mark, else UTF-8, else GB18030, which programs in China write."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            candidates = [encoding]
            break
    else:
        candidates = ["utf-8", "gb18030"]
    for encoding in candidates:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return encoding.removesuffix("-sig"), text
    raise SheetFormUnknown


def _csv_rows(text: str, limits: Limits) -> tuple[tuple[Cell, ...], ...]:
    declared = _SEPARATOR_LINE.match(text)  # a line for Excel alone, which does not show it as a row
    body = text[declared.end() :] if declared else text
    delimiter = declared[1] if declared else _delimiter(body)
    grid = Grid(limits)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True)
    try:
        for row, fields in enumerate(reader, 1):
            for column, value in enumerate(fields, 1):
                if value.strip():
                    grid.put(_csv_cell(row, column, value.strip()), "CSV")
    except csv.Error:
        raise SheetDamaged(where=f"CSV {reader.line_num}") from None
    return grid.rows()


def _csv_cell(row: int, column: int, value: str) -> Cell:
    """CSV has no types: how programs mark a text that is not to be taken for a number or a formula is undone."""
    if quoted := _TEXT_FORMULA.fullmatch(value):
        return Cell(row, column, Kind.TEXT, quoted[1])
    if value.startswith("="):
        return Cell(row, column, Kind.FORMULA, value)
    marked = len(value) > 1 and value[0] == "'" and value[1] in FORMULA_STARTS
    return Cell(row, column, Kind.TEXT, value[1:] if marked else value)


def _delimiter(text: str) -> str:
    """That which cuts the first rows into the most fields together; a comma where none does."""
    head = "".join(text.splitlines(keepends=True)[:PREAMBLE])

    def fields(delimiter: str) -> int:
        try:
            rows = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
            return sum(len(row) for row in rows)
        except csv.Error:
            return 0

    return max(_DELIMITERS, key=fields)  # max() keeps the first among equals
