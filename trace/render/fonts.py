"""The Chinese font that printed documents embed: fetched at set-up by its package's name, never part of the project.

Documents carry the glyphs they use, so that they look the same on every machine and in ten years.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.fonts import TTFFont

from trace.domain.refusals import Refusal

FAMILY = "NotoSansSC"
"""Name under which ``embedded`` registers it; styles "" and "B"."""

GETA = "〓"
"""Printed where a character is in no font: the typesetter's sign for a missing type."""

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
    return tuple(sorted(letter for letter in wanted if ord(letter) not in _glyphs()))


def printable(text: str) -> str:
    """The text as it can be printed: GETA in place of what the font lacks."""
    return "".join(letter if letter.isspace() or ord(letter) in _glyphs() else GETA for letter in text)


@cache
def _glyphs() -> frozenset[int]:
    """Code points that the font draws; both styles have the same."""
    with TTFont(file_of(), lazy=True) as font:
        return frozenset(font.getBestCmap())
