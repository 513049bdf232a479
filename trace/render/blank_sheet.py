"""A table to be filled in by hand, as XLSX: headings, one example, and a sheet of notes.

Columns of codes are formatted as text from the first row to the last, so that whoever types a number with a leading
zero keeps it.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from trace.render.sheets import Value, on_paper, row_height

_TEXT, _DAY, _GENERAL = "@", "yyyy-mm-dd", "General"
_ROWS = 500  # that are formatted beforehand; a spreadsheet goes on by itself
_NOTES = (28, 18, 36, 48)  # widths of the columns of notes
_BOLD, _FAINT = Font(bold=True), Font(italic=True, color="808080")
_NEEDED, _OPTIONAL = PatternFill("solid", fgColor="FCE4D6"), PatternFill("solid", fgColor="E7E6E6")


@dataclass(frozen=True)
class Blank:
    """One column: its heading, an example, and whether it is obligatory. A number or date is formatted as such."""

    heading: str
    example: Value
    needed: bool
    kind: str = "text"  # text, number or date


def blank_sheet(
    title: str, columns: Sequence[Blank], notes_title: str, notes: Sequence[Sequence[str]], created: datetime
) -> bytes:
    """The workbook. ``notes`` are rows of text, the first of them headings."""
    book = Workbook()
    book.properties.creator = "Trace"
    book.properties.title = title
    book.properties.created = book.properties.modified = created.replace(tzinfo=None)
    sheet = book.active
    assert sheet is not None  # noqa: S101  # for the type checker: a new workbook has a sheet
    sheet.title = title[:31]
    sheet.freeze_panes = "A2"
    for number, column in enumerate(columns, 1):
        head = sheet.cell(1, number, column.heading)
        head.font, head.fill = _BOLD, _NEEDED if column.needed else _OPTIONAL
        head.number_format = _TEXT
        example = column.example
        cell = sheet.cell(2, number, float(example) if isinstance(example, Decimal) else example)
        cell.font = _FAINT
        for row in range(2, _ROWS + 2):
            sheet.cell(row, number).number_format = _format(column.kind)
        longest = max(len(column.heading), len(str(column.example or "")))
        sheet.column_dimensions[get_column_letter(number)].width = min(24, max(12, 2 * longest + 2))
    on_paper(sheet, pages=2)
    page = book.create_sheet(notes_title[:31])
    for line, texts in enumerate(notes, 1):
        for number, text in enumerate(texts, 1):
            cell = page.cell(line, number, text)
            cell.number_format, cell.alignment = _TEXT, Alignment(wrap_text=True, vertical="top")
            cell.font = _BOLD if line == 1 else Font()
        page.row_dimensions[line].height = row_height(texts, _NOTES)
    for number, width in enumerate(_NOTES, 1):
        page.column_dimensions[get_column_letter(number)].width = width
    on_paper(page, pages=1)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _format(kind: str) -> str:
    return {"date": _DAY, "number": _GENERAL}.get(kind, _TEXT)
