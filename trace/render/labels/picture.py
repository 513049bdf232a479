"""A label as it will be printed, and where labels lie on their sheet, as pictures that stand in a page.

Both are white paper in light and in dark, with no style, script or link in them. A phone draws letters in a font of its
own: each line is drawn as wide as it is printed.
"""

from __future__ import annotations

from html import escape

from trace.render.fonts import POINT
from trace.render.labels.layout import LINE, BoxMark, CodeMark, Laid, TextMark
from trace.render.labels.stock import Adjustment, Stock, places

_UNIT = 10  # to a millimetre: browsers draw no letters of less than a few units
_LIFE = 1.2  # on a screen, so that a phone shows what is read from the paper in one's hand
_FONTS = "Noto Sans SC, Noto Sans CJK SC, Source Han Sans SC, sans-serif"
_INK, _PAPER = "#000", "#fff"


def label_svg(laid: Laid, *, alternative: str) -> str:
    """The label as an SVG element, ``alternative`` what somebody hears who does not see it."""
    width, height = laid.size
    parts = [
        f'<svg class="label-picture" xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(alternative)}"',
        f' viewBox="0 0 {_n(width)} {_n(height)}" width="{width * _LIFE:g}mm" font-family="{_FONTS}">',
        f'<rect width="{_n(width)}" height="{_n(height)}" fill="{_PAPER}"/>',
        _code(laid.code),
        *map(_box, laid.boxes),
        *map(_text, laid.texts),
        "</svg>",
    ]
    return "".join(parts)


def sheet_svg(kind: Stock, *, skip: int, count: int, alternative: str) -> str:
    """The first page with its labels: ``skip`` that are gone, then as many of ``count`` as it has room for.

    The stylesheet tells them apart, by classes (``gone``, ``full``, ``free``). Raises StockUnfit for ``skip``.
    """
    next(places(kind, Adjustment(skip=skip), 1))
    width, height = kind.page
    parts = [
        f'<svg class="sheet-picture" xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(alternative)}"',
        f' viewBox="0 0 {width:g} {height:g}"><rect class="paper" width="{width:g}" height="{height:g}"/>',
    ]
    for number, (_, x, y) in enumerate(places(kind, Adjustment(), kind.per_page)):
        state = "gone" if number < skip else "full" if number < skip + count else "free"
        across, down = kind.size
        parts.append(
            f'<rect class="{state}" x="{x + 1:g}" y="{y + 1:g}" width="{across - 2:g}" height="{down - 2:g}" rx="2"/>'
        )
    return "".join(parts) + "</svg>"


def _code(code: CodeMark) -> str:
    """The QR code as one path of strokes, one unit to a module."""
    strokes = "".join(f"M{x} {y}.5h{length}" for x, y, length in code.runs)
    place = f"translate({_n(code.x)} {_n(code.y)}) scale({_n(code.module)})"
    return f'<path shape-rendering="crispEdges" stroke="{_INK}" transform="{place}" d="{strokes}"/>'


def _box(box: BoxMark) -> str:
    return (
        f'<rect x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.width)}" height="{_n(box.height)}"'
        f' fill="none" stroke="{_INK}" stroke-width="{_n(LINE)}"/>'
    )


def _text(text: TextMark) -> str:
    weight = ' font-weight="700"' if text.bold else ""
    return (
        f'<text x="{_n(text.x)}" y="{_n(text.y)}" font-size="{_n(text.size * POINT)}"{weight} fill="{_INK}"'
        f' textLength="{_n(text.width)}" lengthAdjust="spacingAndGlyphs">{escape(text.text)}</text>'
    )


def _n(length: float) -> str:
    """Millimetres in the picture's units, without needless digits."""
    return f"{length * _UNIT:.2f}".rstrip("0").rstrip(".")
