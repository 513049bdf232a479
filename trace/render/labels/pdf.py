"""Draws labels on pages: vector QR codes and text in an embedded font, each mark where ``layout`` put it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from fpdf import FPDF

from trace.domain.refusals import Refusal
from trace.render import fonts
from trace.render.labels.content import Label
from trace.render.labels.layout import LINE, CodeMark, Laid, lay_out
from trace.render.labels.stock import Adjustment, Stock, places

MOST = 300
"""Labels in one file: about ten seconds of work."""


@dataclass(eq=False)
class TooManyLabels(Refusal):
    """One file holds fewer labels."""

    code = "too_many_labels"
    count: int
    most: int = MOST


@dataclass(frozen=True)
class Printed:
    """A file of labels: its bytes, how many pages, which characters the font lacks (GETA stands there), and which
    texts were cut or left out for want of room."""

    pdf: bytes
    pages: int
    lacking: tuple[str, ...]
    cut: tuple[str, ...]


def few_enough(count: int) -> None:
    """Raise TooManyLabels for what one file does not hold, and for none."""
    if not 1 <= count <= MOST:
        raise TooManyLabels(count=count)


def labels_pdf(
    labels: Sequence[Label], stock: Stock, adjusted: Adjustment | None = None, *, title: str = ""
) -> Printed:
    """Draw the labels in order. Raises LabelTooSmall, TooManyLabels, StockUnfit, FontMissing, QrTextUnfit."""
    few_enough(len(labels))
    pdf = FPDF(unit="mm", format=stock.page)
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.set_line_width(LINE)
    pdf.set_title(title)
    placed = zip(labels, places(stock, adjusted or Adjustment(), len(labels)), strict=True)
    lacking: set[str] = set()
    cut: list[str] = []
    with fonts.embedded(pdf):
        for label, same in groupby(placed, itemgetter(0)):  # most often one label, over and over
            laid = lay_out(label, stock)
            lacking.update(laid.lacking)
            cut += laid.cut
            for _, (page, x, y) in same:
                while pdf.pages_count <= page:
                    pdf.add_page()
                _draw(pdf, laid, x, y)
        written = bytes(pdf.output())
    return Printed(written, pdf.pages_count, tuple(sorted(lacking)), tuple(dict.fromkeys(cut)))


def _draw(pdf: FPDF, laid: Laid, x: float, y: float) -> None:
    """One label on the page that is open."""
    _draw_code(pdf, laid.code, x, y)
    for box in laid.boxes:
        pdf.rect(x + box.x, y + box.y, box.width, box.height)
    for text in laid.texts:
        pdf.set_font(fonts.FAMILY, "B" if text.bold else "", text.size)
        pdf.text(x + text.x, y + text.y, text.text)


def _draw_code(pdf: FPDF, code: CodeMark, x: float, y: float) -> None:
    with pdf.new_path() as path:
        path.style.fill_color = "#000000"
        path.style.stroke_color = None
        path.style.auto_close = False
        for at, row, length in code.runs:
            path.rectangle(
                x + code.x + at * code.module,
                y + code.y + row * code.module,
                length * code.module,
                code.module,
            )
