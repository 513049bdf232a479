"""Lays a label out: from its words and its stock to marks with their places, and to what found no room.

No document is opened for it: ``pdf`` draws the marks on paper and ``picture`` on a page, so both show the same. Lengths
are millimetres from the label's upper left corner, sizes of letters points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

from trace.domain.refusals import Refusal
from trace.render import fonts
from trace.render.labels.content import Certificate, Label
from trace.render.labels.stock import STOCKS, Stock
from trace.render.qr import qr_runs
from trace.render.wrapping import pieces

LEAST_MODULE = 0.33
"""Millimetres; a smaller module is lost by phones' cameras and by thermal printers."""

CERTIFIED = 60
"""Millimetres: stock that is narrower or lower has no room for a certificate."""

LINE = 0.2
"""Millimetres: how thick a box is drawn."""

_PAD = 1.6  # mm between a label's edge and what stands on it
_LEADING = 1.22
_SMALLEST, _READABLE, _LARGEST = 5.0, 8.0, 15.0  # points; of the title on a small label
_UNDER = 3.2  # mm below the code for what a person types
_BOX, _TICKED = "□", "■"


@dataclass(eq=False)
class LabelTooSmall(Refusal):
    """The label is too small for its code: ``needed`` and ``least`` in millimetres, of a side and of a module."""

    code = "label_too_small"
    stock: str
    needed: str
    least: str


@dataclass(frozen=True)
class CodeMark:
    """The QR code: the corner of its quiet zone, how large a module is, how many there are to a side with the quiet
    zone, and the dark runs (x, y, length) in modules."""

    x: float
    y: float
    module: float
    modules: int
    runs: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class TextMark:
    """One line: the left end of its baseline, its size, and how wide the font draws it."""

    text: str
    x: float
    y: float
    size: float
    width: float
    bold: bool = False


@dataclass(frozen=True)
class BoxMark:
    """A box, drawn as a line around it."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Laid:
    """One label as it is drawn, on a label of this ``size``.

    ``cut`` are the texts that were cut or left out for want of room, ``lacking`` the characters that the font lacks
    (GETA stands there).
    """

    size: tuple[float, float]
    code: CodeMark
    texts: tuple[TextMark, ...]
    boxes: tuple[BoxMark, ...]
    cut: tuple[str, ...]
    lacking: tuple[str, ...]


def lay_out(label: Label, stock: Stock) -> Laid:
    """Where everything stands. Raises LabelTooSmall, FontMissing, QrTextUnfit."""
    return _Hand(label, stock).laid()


def fitting(label: Label) -> Stock:
    """The first sheet stock on which nothing of the label is cut; the first of all where there is none.

    Raises FontMissing, QrTextUnfit.
    """
    for kind in STOCKS:
        try:
            if not kind.is_roll and not lay_out(label, kind).cut:
                return kind
        except LabelTooSmall:
            continue
    return STOCKS[0]


class _Hand:
    """Puts one label's marks in their places."""

    def __init__(self, label: Label, stock: Stock) -> None:
        self._label = label
        self._stock = stock
        self._texts: list[TextMark] = []
        self._boxes: list[BoxMark] = []
        self._cut: list[str] = []

    def laid(self) -> Laid:
        """The whole label."""
        paper = self._label.certificate
        if paper is not None and min(self._stock.size) >= CERTIFIED:
            code = self._certified(paper)
        else:
            if paper is not None:
                self._cut.append(paper.title)
            width, height = self._stock.size
            code = self._below() if height > width else self._beside()
        return Laid(
            self._stock.size,
            code,
            tuple(self._texts),
            tuple(self._boxes),
            tuple(dict.fromkeys(self._cut)),
            fonts.lacking(self._label.texts()),
        )

    def _beside(self) -> CodeMark:
        """The code at the left, the words at its right."""
        width, height = self._stock.size
        room = min(height - 2 * _PAD - _UNDER, (width - 3 * _PAD) * 0.56)
        code = self._code(_PAD, _PAD, room)
        left = 2 * _PAD + code.modules * code.module
        self._words(left, _PAD, width - _PAD - left, height - 2 * _PAD)
        return code

    def _below(self) -> CodeMark:
        """The code over half of an upright label, the words under it."""
        width, height = self._stock.size
        inner = width - 2 * _PAD
        code = self._code(_PAD, _PAD, min(inner, height / 2), within=inner, letters=14.0)
        top = _PAD + code.modules * code.module + _high(14.0)
        self._words(_PAD, top, inner, height - _PAD - top)
        return code

    # -- the code ------------------------------------------------------------------------------------------

    def _code(
        self, x: float, y: float, room: float, *, within: float = 0.0, letters: float = 9.0
    ) -> CodeMark:
        """The QR code at most ``room`` wide, in the middle of ``within``, the readable code under it."""
        modules, runs = qr_runs(self._label.url)
        module = self._module(modules, room)
        side = modules * module
        x += max(0.0, within - side) / 2
        self._line(self._label.code, x, y + side - module, side, letters, style="B", centred=True, whole=True)
        return CodeMark(x, y, module, modules, runs)

    def _module(self, modules: int, room: float) -> float:
        """Millimetres of one module: what fits, in whole dots where the printer has large ones."""
        module = room / modules
        if self._stock.dpi:
            dot = 25.4 / self._stock.dpi
            module = floor(module / dot) * dot
        if module < LEAST_MODULE:
            needed = f"{LEAST_MODULE * modules + 2 * _PAD + _UNDER:.0f}"
            raise LabelTooSmall(stock=self._stock.name, needed=needed, least=str(LEAST_MODULE))
        return module

    # -- words ---------------------------------------------------------------------------------------------

    def _words(self, x: float, y: float, width: float, height: float) -> None:
        """The title as large as it fits in two lines, then the lines as large as all of them fit; where they do not,
        each is cut to one line, and the last ones are left out."""
        end = y + height
        if self._label.cover is not None:
            end -= self._cover(self._label.cover, x, end, width)
        used, title = self._title(self._label.title, x, y, width, height * 0.36)
        top = y + used
        texts = [f"{word} {value}" for word, value in self._label.lines]
        whole = _all_of(texts, width, end - top, min(title, 0.75 * _largest(height)))
        if whole is None:
            self._first_of(x, top, width, end, max(_SMALLEST + 1, min(9.0, height / 4.6)))
            return
        size, lines = whole
        for number, line in enumerate(lines):
            self._line(line, x, top + number * _high(size), width, size)

    def _first_of(self, x: float, top: float, width: float, end: float, size: float) -> None:
        """As many of the lines as there is room for, each of them on one line."""
        for word, value in self._label.lines:
            if top + _high(size) > end:
                self._cut.append(value)
                continue
            self._line(f"{word} {value}", x, top, width, size)
            top += _high(size)

    def _title(self, text: str, x: float, y: float, width: float, height: float) -> tuple[float, float]:
        """How high it became, and of what size."""
        size = _largest(height / 0.36)
        lines = _wrapped(text, width, size, "B")
        while size > _SMALLEST + 2 and (len(lines) > 2 or len(lines) * _high(size) > height):
            size -= 0.5
            lines = _wrapped(text, width, size, "B")
        if len(lines) > 2:
            self._cut.append(text)
            lines = [lines[0], lines[1][:-1] + "…"]
        for number, line in enumerate(lines):
            self._line(line, x, y + number * _high(size), width, size, style="B")
        return len(lines) * _high(size) + 0.6, size

    def _cover(self, cover: tuple[str, str], x: float, bottom: float, width: float) -> float:
        """The box of the code that is to be covered; how high it is."""
        height = 7.6
        top = bottom - height
        self._boxes.append(BoxMark(x, top, width, height))
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
        shown = _plain(text)
        wide = fonts.width(shown, size, style)
        if wide > width:
            size = max(size * width / wide, 1.0 if whole else _SMALLEST)
        if not whole and fonts.width(shown, size, style) > width + 0.01:
            self._cut.append(text)
            while shown and fonts.width(shown + "…", size, style) > width:
                shown = shown[:-1]
            shown += "…"
        if not shown:
            return
        wide = fonts.width(shown, size, style)
        left = x + (width - wide) / 2 if centred else x
        baseline = y + _high(size) / 2 + 0.3 * size * fonts.POINT  # letters in the middle of their line
        self._texts.append(TextMark(shown, left, baseline, size, wide, style == "B"))

    # -- 承诺达标合格证 ------------------------------------------------------------------------------------

    def _certified(self, paper: Certificate) -> CodeMark:
        """The whole certificate: what is promised, on what grounds, of which goods, signed by whom."""
        width, height = self._stock.size
        inner, top, end = width - 2 * _PAD, _PAD, height - _PAD
        self._line(paper.title, _PAD, top, inner, 15.0, style="B", centred=True)
        top += _high(15.0) + 0.8
        label = self._label
        beside = [label.title, *(f"{word} {value}" for word, value in label.lines), paper.signature]
        size, above = _certificate_size(paper, inner, end - top, len(beside))
        for line in above:
            self._line(line, _PAD, top, inner, size)
            top += _high(size)
        top += 0.6
        room = min(end - top - _UNDER, inner * 0.44)
        code = self._code(width - _PAD - room, top, room)
        for number, text in enumerate(beside):
            if top + _high(size) > end:
                self._cut.append(text)
                continue
            self._line(text, _PAD, top, inner - room - _PAD, size, style="" if number else "B")
            top += _high(size)
        return code


def _certificate_size(
    paper: Certificate, width: float, height: float, beside: int
) -> tuple[float, list[str]]:
    """The largest size at which all fits, and the lines that go over the whole width at that size."""
    texts = (paper.lead, *(f"{_TICKED} {one}" for one in paper.promises))
    grounds = [f"{_TICKED if ticked else _BOX}{name}" for name, ticked in paper.grounds]
    size = 12.0
    while True:
        lines = [line for text in texts for line in _wrapped(text, width, size, "")]
        lines += _packed([paper.grounds_title, *grounds], width, size)
        if size <= 6.5 or (len(lines) + beside) * _high(size) + 0.6 <= height:
            return size, lines
        size -= 0.5


def _high(size: float) -> float:
    """Millimetres from one line's top to the next one's."""
    return size * fonts.POINT * _LEADING


def _plain(text: str) -> str:
    """What can be printed, all white space as single spaces: a line break in a name is none on its label."""
    return fonts.printable(" ".join(text.split()))


def _largest(height: float) -> float:
    """Points of a title where there is so much room, in millimetres: it is read from further than the label is high."""
    return min(2 * _LARGEST, max(_LARGEST, height * 0.4))


def _all_of(
    texts: Sequence[str], width: float, height: float, largest: float
) -> tuple[float, list[str]] | None:
    """The largest size at which all of them fit, and their lines; None where there is no such size. Only a text that
    would have to be small to stand on one line is broken."""
    least = max(_READABLE, 0.45 * largest)
    widths = [fonts.width(_plain(text), 1.0) for text in texts]
    whole = [width / wide for wide in widths if 0 < wide * least <= width]  # points at which a line is full
    size = min([largest, *whole]) - 0.01
    while size >= _SMALLEST:
        lines = [line for text in texts for line in _wrapped(text, width, size, "")]
        if len(lines) * _high(size) <= height:
            return size, lines
        size -= 0.5
    return None


def _wrapped(text: str, width: float, size: float, style: str) -> list[str]:
    """Lines as they fit: Chinese breaks anywhere, Latin words stay whole where they can."""
    lines, line, used = [], "", 0.0
    for piece in pieces(_plain(text)):
        wide = fonts.width(piece.rstrip(), size, style)
        if line and used + wide > width:
            lines.append(line.rstrip())
            line, used = "", 0.0
        line += piece
        used += fonts.width(piece, size, style)
        while wide > width and len(line) > 1:  # a word that is wider than a line
            fits = len(line) - 1
            while fits > 1 and fonts.width(line[:fits], size, style) > width:
                fits -= 1
            lines.append(line[:fits])
            line = line[fits:]
            wide, used = fonts.width(line.rstrip(), size, style), fonts.width(line, size, style)
    return [*lines, line.rstrip()] if line.strip() else lines or [""]


def _packed(items: Sequence[str], width: float, size: float) -> list[str]:
    """Lines of items of which none is broken."""
    lines = [_plain(items[0])]
    for item in map(_plain, items[1:]):
        longer = f"{lines[-1]} {item}"
        if fonts.width(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(item)
    return lines
