"""The Chinese font that printed documents embed: fetched at set-up by its package's name, never part of the project.

Documents carry the glyphs they use, so that they look the same on every machine and in ten years.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.fonts import TTFFont

from trace.domain.refusals import Refusal

FAMILY = "NotoSansSC"
"""Name under which ``embedded`` registers it; styles "" and "B"."""

GETA = "〓"
"""Printed where a character is in no font: the typesetter's sign for a missing type."""

POINT = 25.4 / 72
"""Millimetres of a point, in which sizes of letters are given."""

_FOLDER = Path(__file__).parent / "fonts"
_FILES = {"": "NotoSansSC_400Regular.ttf", "B": "NotoSansSC_700Bold.ttf"}


@dataclass(eq=False)
class FontMissing(Refusal):
    """The font was not fetched: ``make run`` and ``make test`` do it."""

    code = "font_missing"
    file: str


def file_of(style: str = "") -> Path:
    """The font's file, regular or bold ("B"). Raises FontMissing."""
    path = _FOLDER / _FILES[style]
    if not path.is_file():
        raise FontMissing(file=path.name)
    return path


@contextmanager
def embedded(pdf: FPDF) -> Iterator[None]:
    """Both styles in a document as ``FAMILY`` while it is drawn and written. Raises FontMissing."""
    files = {style: file_of(style) for style in _FILES}
    try:
        for style, file in files.items():
            pdf.add_font(FAMILY, style, file)
        yield
    finally:
        for font in pdf.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()


def lacking(texts: Iterable[str]) -> tuple[str, ...]:
    """The characters of these texts that the font has no glyph for, in order of their code points."""
    wanted = {letter for text in texts for letter in text if not letter.isspace()}
    return tuple(sorted(letter for letter in wanted if ord(letter) not in _advances("")))


def printable(text: str) -> str:
    """The text as it can be printed: GETA in place of what the font lacks."""
    glyphs = _advances("")
    return "".join(letter if letter.isspace() or ord(letter) in glyphs else GETA for letter in text)


def width(text: str, size: float, style: str = "") -> float:
    """How wide a line of ``size`` points is printed, in millimetres: no document is opened for it.

    The text is ``printable`` and has no white space but spaces. Raises FontMissing.
    """
    known = _advances(style)
    return sum(known[ord(letter)] for letter in text) * size * POINT / 1000


@cache
def _advances(style: str) -> Mapping[int, int]:
    """How far each character that the font draws moves the pen, in thousandths of its size, by code point.

    From the tables ``cmap`` and ``hmtx`` (ISO/IEC 14496-22), read once; both styles have the same characters.
    """
    with TTFont(file_of(style), lazy=True) as font:
        scale = 1000 / font["head"].unitsPerEm
        metrics = font["hmtx"].metrics
        glyphs = font.getBestCmap()
        return MappingProxyType({code: round(scale * metrics[name][0]) for code, name in glyphs.items()})
