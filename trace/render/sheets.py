"""Tables as files that people open: XLSX (ECMA-376), and CSV (RFC 4180) with a mark so that Excel reads Chinese.

What a stranger typed is never a formula. In XLSX it is written as an inline text with the quote mark set, which a
spreadsheet does not evaluate even when the cell is edited; in CSV, which has no types, an apostrophe goes before
whatever a spreadsheet would take for the beginning of a formula.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

Value = str | Decimal | date | int | None

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"

FORMULA_STARTS = "=+-@＝＋－＠"
"""Characters that begin a formula in some spreadsheet; those of full width count as the others do in some countries."""

LONGEST_CELL = 32_767  # characters, ECMA-376 part 1, 18.3.1.4 as Excel limits it
_LONGEST_NAME = 31
_NARROWEST, _WIDEST = 8, 24  # letters; what is longer goes on in the next line of its cell
_LINE, _MOST_LINES = 16, 20  # points; a row is no higher than a spreadsheet can show (409 points)
_PAGE = 230  # letters in a line of A4 across, printed no smaller than 7 points
_A4 = 9  # ECMA-376 part 1, 18.3.1.63
_UNNAMEABLE = re.compile(r"[\[\]:*?/\\]")
# What XML 1.0 (section 2.2) cannot hold; a table shows that something stood there.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Table:
    """One sheet. ``empty`` is said where there are no rows; no column is wider than ``widest`` letters."""

    name: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Value]]
    empty: str = ""
    widest: int = _WIDEST


def xlsx(tables: Sequence[Table], *, title: str, created: datetime) -> bytes:
    """A workbook of these tables. ``title`` stands above every printed page.

    Texts stay texts (a GTIN keeps its zeros), dates are dates. A number that a double cannot carry exactly, and a
    date before 1901, are written as text rather than changed.
    """
    book = Workbook(write_only=True)
    book.properties.creator = "Trace"
    book.properties.title = title
    book.properties.created = book.properties.modified = created.replace(tzinfo=None)
    names: set[str] = set()
    for table in tables:
        name = _sheet_name(table.name, names)
        names.add(name.lower())
        _write(book.create_sheet(name), table, title)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv_lines(table: Table) -> Iterator[bytes]:
    """The table line by line, beginning with the byte order mark; dates as ISO 8601, numbers in plain digits."""
    lead = "\ufeff"
    for row in (table.headings, *_told(table)):
        line = io.StringIO()
        csv.writer(line, lineterminator="\r\n").writerow([_csv_text(value) for value in row])
        yield (lead + line.getvalue()).encode()
        lead = ""


def _told(table: Table) -> Sequence[Sequence[Value]]:
    return table.rows or ([[table.empty]] if table.empty else [])


# -- XLSX ----------------------------------------------------------------------------------------------------


def _write(sheet: Any, table: Table, title: str) -> None:
    rows = _told(table)
    widths = [
        _width(heading, [row[n] for row in table.rows if n < len(row)], table.widest)
        for n, heading in enumerate(table.headings)
    ]
    # All that stands before the rows in the file must be said before the first of them is written.
    sheet.freeze_panes = "A2"
    on_paper(sheet, pages=-(-sum(widths) // _PAGE))
    sheet.oddHeader.center.text = title.replace("&", "&&")
    sheet.oddFooter.center.text = "&P / &N"
    for n, width in enumerate(widths):
        sheet.column_dimensions[get_column_letter(n + 1)].width = width
    sheet.row_dimensions[1].height = row_height(table.headings, widths)
    sheet.append([_heading(sheet, heading) for heading in table.headings])
    for number, row in enumerate(rows, 2):
        if table.rows:
            sheet.row_dimensions[number].height = row_height([_shown(value) for value in row], widths)
        sheet.append([_cell(sheet, value, wrap=bool(table.rows)) for value in row])
    if table.rows:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.headings))}{len(rows) + 1}"


def on_paper(sheet: Any, *, pages: int) -> None:
    """A4 across; a table too wide to be read on one page goes on beside it, with what the lines are of repeated."""
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = _A4
    sheet.page_setup.fitToWidth = pages
    sheet.page_setup.fitToHeight = 0
    sheet.page_setup.pageOrder = "overThenDown"
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.print_title_rows = "1:1"
    if pages > 1:
        sheet.print_title_cols = "A:B"


def row_height(texts: Sequence[str], widths: Sequence[int]) -> int:
    """Points that a row needs to show all of these texts, each in a column so many letters wide.

    It has to be said: not every program finds it out for a file that another one wrote.
    """
    lines = (_lines(text, max(1, width - 1)) for text, width in zip(texts, widths, strict=False))
    return _LINE * min(_MOST_LINES, max(lines, default=1))


def _lines(text: str, width: int) -> int:
    """In how many lines a text stands: a word that does not fit begins a line, and is broken if it is longer."""
    lines = 0
    for part in text.split("\n"):
        used = width + 1
        for word in map(_columns, part.split(" ")):
            if used + 1 + word <= width:
                used += 1 + word
            else:
                lines += max(1, -(-word // width))
                used = word % width or min(word, width)
    return lines


def _heading(sheet: Any, text: str) -> Any:
    cell = _text_cell(sheet, text)
    cell.font = _BOLD
    cell.fill = _SHADE
    cell.alignment = _WRAPPED
    return cell


def _cell(sheet: Any, value: Value, *, wrap: bool) -> Any:
    if value is None:
        return None
    if isinstance(value, date) and value.year > 1900:
        cell = WriteOnlyCell(sheet, value)
        cell.number_format = "yyyy-mm-dd"
        cell.alignment = _MIDDLE
        return cell
    if isinstance(value, int | Decimal) and Decimal(repr(float(value))) == value:
        cell = WriteOnlyCell(sheet, value)
        cell.alignment = _TOP
        return cell
    cell = _text_cell(sheet, _plain(value))
    if wrap:
        cell.alignment = _WRAPPED
    return cell


def _text_cell(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, text[:LONGEST_CELL])
    cell.data_type = "s"  # openpyxl takes "=..." for a formula and "#N/A" for an error
    cell.number_format = "@"
    if text.lstrip()[:1] in tuple(FORMULA_STARTS):
        cell.quotePrefix = True
    return cell


def _sheet_name(wanted: str, taken: set[str]) -> str:
    base = _UNNAMEABLE.sub(" ", _UNWRITABLE.sub(" ", wanted)).strip("' ")[:_LONGEST_NAME] or "1"
    name, n = base, 2
    while name.lower() in taken:
        name, n = f"{base[: _LONGEST_NAME - 4]} {n}", n + 1
    return name


def _width(heading: str, values: Sequence[Value], widest: int) -> int:
    """Room for the longest value; a long heading stands in two lines."""
    head = _columns(heading)
    longest = max((_columns(_shown(value)) for value in values), default=0)
    return min(widest, max(_NARROWEST, longest + 2, head + 3 if head <= 14 else -(-head // 2) + 4))


def _shown(value: Value) -> str:
    return "" if value is None else _plain(value)


def _columns(text: str) -> int:
    """How many narrow letters wide a text is; a Chinese character counts for two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in text)


_BOLD = Font(bold=True)
_SHADE = PatternFill("solid", fgColor="DDE7E1")
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_TOP, _MIDDLE = Alignment(vertical="top"), Alignment(vertical="top", horizontal="center")


# -- both ----------------------------------------------------------------------------------------------------


def _plain(value: Value) -> str:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    if isinstance(value, date):
        return value.isoformat()
    return _UNWRITABLE.sub("\ufffd", str(value))


def _csv_text(value: Value) -> str:
    if value is None:
        return ""
    text = _plain(value)
    return f"'{text}" if isinstance(value, str) and text.lstrip()[:1] in tuple(FORMULA_STARTS) else text
