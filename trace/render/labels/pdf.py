"""Draws labels: a vector QR code with its quiet zone, the readable code under it, and the words beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

from fpdf import FPDF

from trace.domain.refusals import Refusal
from trace.render import fonts
from trace.render.labels.content import Certificate, Label
from trace.render.labels.stock import Adjustment, Stock, places
from trace.render.qr import qr_runs

MOST = 300
"""Labels in one file: about ten seconds of work."""

LEAST_MODULE = 0.33
"""Millimetres; a smaller module is lost by phones' cameras and by thermal printers."""

_PAD = 1.6  # mm between a label's edge and what stands on it
_POINT = 25.4 / 72  # mm
_LEADING = 1.22
_SMALLEST, _LARGEST = 5.0, 15.0  # points
_BOX, _TICKED = "□", "■"


@dataclass(eq=False)
class LabelTooSmall(Refusal):
    """The label is too small for its code: ``needed`` and ``least`` in millimetres, of a side and of a module."""

    code = "label_too_small"
    stock: str
    needed: str
    least: str


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


def labels_pdf(
    labels: Sequence[Label], stock: Stock, adjusted: Adjustment | None = None, *, title: str = ""
) -> Printed:
    """Draw the labels in order. Raises LabelTooSmall, TooManyLabels, StockUnfit, FontMissing, QrTextUnfit."""
    if not 1 <= len(labels) <= MOST:
        raise TooManyLabels(count=len(labels))
    pdf = FPDF(unit="mm", format=stock.page)
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.c_margin = 0
    pdf.set_title(title)
    placed = places(stock, adjusted or Adjustment(), len(labels))
    with fonts.embedded(pdf):
        pen = _Pen(pdf, stock)
        for label, (page, x, y) in zip(labels, placed, strict=True):
            while pdf.pages_count <= page:
                pdf.add_page()
            pen.label(label, x, y)
        written = bytes(pdf.output())
    lacking = fonts.lacking(text for label in labels for text in label.texts())
    return Printed(written, pdf.pages_count, lacking, tuple(dict.fromkeys(pen.cut)))


class _Pen:
    """Draws on the page that is open."""

    def __init__(self, pdf: FPDF, stock: Stock) -> None:
        self._pdf = pdf
        self._stock = stock
        self.cut: list[str] = []

    def label(self, label: Label, x: float, y: float) -> None:
        width, height = self._stock.size
        if label.certificate is not None and width >= 60 and height >= 60:
            self._certified(label, label.certificate, x, y)
            return
        room = min(height - 2 * _PAD - 3.2, (width - 3 * _PAD) * 0.56)
        side = self._code(label, x + _PAD, y + _PAD, room)
        left = x + 2 * _PAD + side
        self._words(label, left, y + _PAD, x + width - _PAD - left, height - 2 * _PAD)

    # -- the code ------------------------------------------------------------------------------------------

    def _code(self, label: Label, x: float, y: float, room: float) -> float:
        """The QR code at most ``room`` wide, the readable code under it; how wide it became."""
        modules, runs = qr_runs(label.url)
        module = self._module(modules, room)
        with self._pdf.new_path() as path:
            path.style.fill_color = "#000000"
            path.style.stroke_color = None
            path.style.auto_close = False
            for at, row, length in runs:
                path.rectangle(x + at * module, y + row * module, length * module, module)
        side = modules * module
        self._line(label.code, x, y + side - module, side, 9.0, style="B", centred=True, whole=True)
        return side

    def _module(self, modules: int, room: float) -> float:
        """Millimetres of one module: what fits, in whole dots where the printer has large ones."""
        module = room / modules
        if self._stock.dpi:
            dot = 25.4 / self._stock.dpi
            module = floor(module / dot) * dot
        if module < LEAST_MODULE:
            needed = f"{LEAST_MODULE * modules + 2 * _PAD + 3.2:.0f}"
            raise LabelTooSmall(stock=self._stock.name, needed=needed, least=str(LEAST_MODULE))
        return module

    # -- words ---------------------------------------------------------------------------------------------

    def _words(self, label: Label, x: float, y: float, width: float, height: float) -> None:
        """The title as large as it fits in two lines, then the lines, the last ones left out where room ends."""
        end = y + height
        if label.cover is not None:
            end -= self._cover(label.cover, x, end, width)
        top = y + self._title(label.title, x, y, width, min(height * 0.4, 12))
        size = max(_SMALLEST + 1, min(9.0, height / 4.6))
        step = size * _POINT * _LEADING
        for word, value in label.lines:
            if top + step > end:
                self.cut.append(value)
                continue
            self._line(f"{word} {value}", x, top, width, size)
            top += step

    def _title(self, text: str, x: float, y: float, width: float, height: float) -> float:
        """How high it became."""
        size = _LARGEST
        while size > _SMALLEST + 2:
            lines = self._wrapped(text, width, size, "B")
            if len(lines) <= 2 and len(lines) * size * _POINT * _LEADING <= height:
                break
            size -= 0.5
        lines = self._wrapped(text, width, size, "B")
        if len(lines) > 2:
            self.cut.append(text)
            lines = [lines[0], lines[1][:-1] + "…"]
        for number, line in enumerate(lines):
            self._line(line, x, y + number * size * _POINT * _LEADING, width, size, style="B")
        return len(lines) * size * _POINT * _LEADING + 0.6

    def _cover(self, cover: tuple[str, str], x: float, bottom: float, width: float) -> float:
        """The box of the code that is to be covered; how high it is."""
        height = 7.6
        top = bottom - height
        self._pdf.set_line_width(0.2)
        self._pdf.rect(x, top, width, height)
        self._line(cover[0], x + 0.8, top + 0.4, width - 1.6, 6.0)
        self._line(cover[1], x + 0.8, top + 3.0, width - 1.6, 10.0, style="B", whole=True)
        return height + 0.8

    def _line(
        self,
        text: str,
        x: float,
        y: float,
        width: float,
        size: float,
        *,
        style: str = "",
        centred: bool = False,
        whole: bool = False,
    ) -> None:
        """One line, made smaller down to the smallest size, then cut; ``whole``: never cut, a code is all or none."""
        shown = fonts.printable(text)
        wide = self._wide(shown, size, style)
        if wide > width:
            size = max(size * width / wide, 1.0 if whole else _SMALLEST)
        if not whole and self._wide(shown, size, style) > width + 0.01:
            self.cut.append(text)
            while shown and self._wide(shown + "…", size, style) > width:
                shown = shown[:-1]
            shown += "…"
        self._pdf.set_font(fonts.FAMILY, style, size)
        high = size * _POINT * _LEADING
        self._pdf.set_xy(x, y)
        self._pdf.cell(width, high, shown, align="C" if centred else "L")

    def _wide(self, text: str, size: float, style: str) -> float:
        self._pdf.set_font(fonts.FAMILY, style, size)
        return float(self._pdf.get_string_width(text))

    def _wrapped(self, text: str, width: float, size: float, style: str) -> list[str]:
        """Lines as they fit: Chinese breaks anywhere, Latin words stay whole where they can."""
        lines, line = [], ""
        for piece in _pieces(fonts.printable(text)):
            if line and self._wide(line + piece.rstrip(), size, style) > width:
                lines.append(line.rstrip())
                line = ""
            line += piece
            while self._wide(line.rstrip(), size, style) > width and len(line) > 1:
                fits = len(line) - 1
                while fits > 1 and self._wide(line[:fits], size, style) > width:
                    fits -= 1
                lines.append(line[:fits])
                line = line[fits:]
        return [*lines, line.rstrip()] if line.strip() else lines or [""]

    def _packed(self, items: Sequence[str], width: float, size: float) -> list[str]:
        """Lines of items of which none is broken."""
        lines = [fonts.printable(items[0])]
        for item in map(fonts.printable, items[1:]):
            longer = f"{lines[-1]} {item}"
            if self._wide(longer, size, "") <= width:
                lines[-1] = longer
            else:
                lines.append(item)
        return lines

    # -- 承诺达标合格证 ------------------------------------------------------------------------------------

    def _certified(self, label: Label, paper: Certificate, x: float, y: float) -> None:
        """The whole certificate: what is promised, on what grounds, of which goods, signed by whom."""
        width, height = self._stock.size
        inner, left, top, end = width - 2 * _PAD, x + _PAD, y + _PAD, y + height - _PAD
        self._line(paper.title, left, top, inner, 15.0, style="B", centred=True)
        top += 15.0 * _POINT * _LEADING + 0.8
        beside = [label.title, *(f"{word} {value}" for word, value in label.lines), paper.signature]
        size, above = self._certificate_size(paper, inner, end - top, len(beside))
        step = size * _POINT * _LEADING
        for line in above:
            self._line(line, left, top, inner, size)
            top += step
        top += 0.6
        room = min(end - top - 3.2, inner * 0.44)
        self._code(label, x + width - _PAD - room, top, room)
        for number, text in enumerate(beside):
            if top + step > end:
                self.cut.append(text)
                continue
            self._line(text, left, top, inner - room - _PAD, size, style="" if number else "B")
            top += step

    def _certificate_size(
        self, paper: Certificate, width: float, height: float, beside: int
    ) -> tuple[float, list[str]]:
        """The largest size at which all fits, and the lines that go over the whole width at that size."""
        texts = (paper.lead, *(f"{_TICKED} {one}" for one in paper.promises))
        grounds = [f"{_TICKED if ticked else _BOX}{name}" for name, ticked in paper.grounds]
        size = 12.0
        while True:
            lines = [line for text in texts for line in self._wrapped(text, width, size, "")]
            lines += self._packed([paper.grounds_title, *grounds], width, size)
            if size <= 6.5 or (len(lines) + beside) * size * _POINT * _LEADING + 0.6 <= height:
                return size, lines
            size -= 0.5


def _pieces(text: str) -> list[str]:
    """What may not be broken: Latin words with the space after them; each other character by itself."""
    pieces: list[str] = []
    for letter in text:
        latin = letter.isascii() and not letter.isspace()
        if pieces and (
            (latin and pieces[-1][-1].isascii() and not pieces[-1].endswith(" ")) or letter == " "
        ):
            pieces[-1] += letter
        else:
            pieces.append(letter)
    return pieces
