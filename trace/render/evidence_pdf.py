"""A printed report on A4: headings, facts, tables and notes, with a code to the page and page numbers.

It knows nothing of what it says: whoever makes a document gives its words. The font is embedded, so that it reads
the same on every machine, and the file that the report speaks of can be carried inside it (PDF 2.0, 7.11.4).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from fpdf import FPDF
from fpdf.enums import VAlign, WrapMode
from fpdf.fonts import FontFace

from trace.render import fonts
from trace.render.qr import qr_runs

_MARGIN = 15.0  # mm
_WIDTH = 210 - 2 * _MARGIN
_LINE = 5.2  # mm from line to line of 10 points
_CODE = 32.0  # mm
_CELL = 8.5  # points of a table's letters
_PADDING = 1.0  # mm around them
_MOST_LINES = 40  # of one row: a page has room for more, and a row is not broken between two
_MOST_PIECES, _MOST_LETTERS = 10, 3000  # of one cell: the file that is carried inside has the rest
_SOFT, _INK, _SHADE, _RED = (90, 90, 90), (0, 0, 0), (232, 240, 235), (168, 28, 20)


@dataclass(frozen=True)
class Facts:
    """Names with their values, one a line; ``True`` beside one sets it in bold."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """Rows under headings; ``widths`` are parts of the page's width, ``right`` the columns of numbers."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[int]
    right: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Note:
    """A paragraph; ``grave`` sets it in red and bold."""

    text: str
    grave: bool = False


@dataclass(frozen=True)
class Code:
    """Lines to be copied letter for letter."""

    text: str


Part = Facts | Table | Note | Code


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it."""

    heading: str
    parts: Sequence[Part]


@dataclass(frozen=True)
class Attached:
    """A file inside the report."""

    name: str
    content: bytes
    description: str


@dataclass(frozen=True)
class Document:
    """The whole report. ``foot`` stands on every page beside its number, ``link`` is what the code carries."""

    language: str
    title: str
    subtitle: str
    link: str
    foot: str
    made: datetime
    sections: Sequence[Section]
    attached: Sequence[Attached] = ()


def evidence_pdf(document: Document) -> bytes:
    """The report as a file. Raises FontMissing, QrTextUnfit."""
    pdf = _Report(document.foot)
    pdf.set_title(document.title)
    pdf.set_lang(document.language)
    pdf.set_creator("Trace")
    pdf.set_creation_date(document.made)
    for file in document.attached:
        pdf.embed_file(
            bytes=file.content, basename=file.name, desc=file.description, modification_date=document.made
        )
    with fonts.embedded(pdf):
        pdf.add_page()
        pdf.head(document)
        for section in document.sections:
            pdf.section(section)
        return bytes(pdf.output())


def _rows(table: Table) -> Iterator[Sequence[str]]:
    """The rows with their headings, each so high at most that it stands on one page; what is higher goes on below."""
    if table.headings:
        yield table.headings
    letter, whole = _CELL * fonts.POINT, sum(table.widths)
    across = [max(1, int((_WIDTH * part / whole - 2 * _PADDING) / letter)) for part in table.widths]
    for cells in table.rows:
        parts = [_pieces(cell, room) for cell, room in zip(cells, across, strict=True)]
        yield from zip_longest(*parts, fillvalue="")


def _pieces(text: str, across: int) -> list[str]:
    """A cell's text in pieces of so many lines at most; ``across`` wide letters fit a line."""
    lines = [
        line[at : at + across]
        for line in text[:_MOST_LETTERS].splitlines(keepends=True)
        for at in range(0, len(line), across)
    ]
    most = _MOST_LINES * _MOST_PIECES
    if len(text) > _MOST_LETTERS or len(lines) > most:
        lines = [*lines[:most], " …"]
    return ["".join(lines[at : at + _MOST_LINES]) for at in range(0, len(lines), _MOST_LINES)] or [""]


class _Report(FPDF):
    """Draws the parts one under the other."""

    def __init__(self, foot: str) -> None:
        super().__init__(unit="mm", format="A4")
        self._foot = fonts.printable(foot)
        self.set_margin(_MARGIN)
        self.set_auto_page_break(True, margin=20)
        self.alias_nb_pages("{pages}")

    def footer(self) -> None:
        """What every page ends with: whose report, and which page of how many."""
        self.set_y(-14)
        self.set_font(fonts.FAMILY, "", 8)
        self.set_text_color(*_SOFT)
        self.cell(_WIDTH - 24, 5, self._foot)
        self.cell(24, 5, f"{self.page_no()} / {{pages}}", align="C")
        self.set_text_color(*_INK)

    def head(self, document: Document) -> None:
        """Title and code, side by side."""
        top = self.get_y()
        self._qr(document.link, 210 - _MARGIN - _CODE, top)
        self.set_font(fonts.FAMILY, "B", 18)
        self._text(document.title, 8.4, _WIDTH - _CODE - 6)
        self.set_font(fonts.FAMILY, "", 10)
        self.set_text_color(*_SOFT)
        self._text(document.subtitle, _LINE, _WIDTH - _CODE - 6)
        self._text(document.link, _LINE, _WIDTH - _CODE - 6)
        self.set_text_color(*_INK)
        self.set_y(max(self.get_y(), top + _CODE) + 2)

    def section(self, section: Section) -> None:
        """A heading never stands alone at the end of a page."""
        if self.will_page_break(30):
            self.add_page()
        self.ln(3)
        self.set_font(fonts.FAMILY, "B", 12.5)
        self._text(section.heading, 7)
        for part in section.parts:
            self.set_font(fonts.FAMILY, "", 10)
            self._part(part)
            self.ln(1.2)

    def _part(self, part: Part) -> None:
        if isinstance(part, Facts):
            self._table(Table((), part.pairs, (28, 72)), bold_first=True)
        elif isinstance(part, Table):
            self._table(part)
        elif isinstance(part, Note):
            self.set_font(fonts.FAMILY, "B" if part.grave else "", 10)
            self.set_text_color(*(_RED if part.grave else _INK))
            self._text(part.text, _LINE)
            self.set_text_color(*_INK)
        else:
            self.set_font(fonts.FAMILY, "", 8.5)
            self.set_fill_color(*_SHADE)
            self._text(part.text, 4.6, fill=True)

    def _table(self, table: Table, *, bold_first: bool = False) -> None:
        self.set_font(fonts.FAMILY, "", _CELL)
        self.set_draw_color(190, 200, 194)
        align = ["RIGHT" if n in table.right else "LEFT" for n in range(len(table.widths))]
        with self.table(
            width=_WIDTH,
            col_widths=tuple(table.widths),
            text_align=tuple(align),
            line_height=4.4,
            padding=_PADDING,
            borders_layout="HORIZONTAL_LINES",
            v_align=VAlign.T,
            first_row_as_headings=bool(table.headings),
            headings_style=FontFace(emphasis="BOLD", fill_color=_SHADE),
            wrapmode=WrapMode.CHAR,
        ) as drawn:
            for cells in _rows(table):
                row = drawn.row()
                for n, cell in enumerate(cells):
                    style = FontFace(emphasis="BOLD") if bold_first and n == 0 else None
                    row.cell(fonts.printable(cell), style=style)

    def _text(self, text: str, height: float, width: float = _WIDTH, *, fill: bool = False) -> None:
        self.multi_cell(
            width,
            height,
            fonts.printable(text),
            align="L",
            new_x="LMARGIN",
            new_y="NEXT",
            fill=fill,
            wrapmode=WrapMode.WORD,
        )

    def _qr(self, link: str, x: float, y: float) -> None:
        modules, runs = qr_runs(link)
        side = _CODE / modules
        self.set_fill_color(*_INK)
        for at, row, length in runs:
            self.rect(x + at * side, y + row * side, length * side, side, style="F")
