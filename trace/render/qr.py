"""QR codes (ISO/IEC 18004): for labels as PNG and SVG, for a terminal as text.

Labels get wet, creased and scratched, so theirs carry error correction Q, which survives the loss of a
quarter. Capitals, digits and ``$%*+-./:`` are carried in alphanumeric mode, 5.5 bits each, not 8.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

import qrcode
from PIL import Image
from qrcode.constants import ERROR_CORRECT_L, ERROR_CORRECT_Q

from trace.domain.refusals import Refusal

QUIET_ZONE = 4
"""Light modules around the symbol (ISO/IEC 18004 section 6.3.8)."""

MOST_BYTES = 512
"""UTF-8 bytes of text: already a symbol of 105 modules, which few phones read from a small label."""

_SHORTEST_SEGMENT = 10  # below, changing the mode costs more bits than it saves
_BLOCKS = {(False, False): " ", (False, True): "▄", (True, False): "▀", (True, True): "█"}
_DARK_ON_LIGHT, _RESET = "\x1b[38;5;16;48;5;231m", "\x1b[0m"

Matrix = tuple[tuple[bool, ...], ...]


@dataclass(eq=False)
class QrTextUnfit(Refusal):
    """The text is empty or too long for a code that can be read from a label; sizes in bytes of UTF-8."""

    code = "qr_text_unfit"
    size: int
    most: int = MOST_BYTES


def qr_png(text: str, *, box: int = 8) -> bytes:
    """A PNG of the code with its quiet zone, black on white, ``box`` pixels to a module.

    Raises QrTextUnfit, and ValueError unless 1 <= box <= 64.
    """
    if not 1 <= box <= 64:
        raise ValueError(box)
    modules = _modules(text, ERROR_CORRECT_Q)
    side = len(modules)
    image = Image.new("1", (side, side))
    image.putdata([0 if dark else 255 for row in modules for dark in row])
    out = io.BytesIO()
    image.resize((side * box, side * box), Image.Resampling.NEAREST).save(out, "PNG", optimize=True)
    return out.getvalue()


def qr_svg(text: str) -> str:
    """An SVG element of the code with its quiet zone, one unit to a module, scaled by whoever places it.

    White ground and one path of black strokes; no script, no style, no identifier, so that it can stand in a
    page any number of times. Raises QrTextUnfit.
    """
    modules = _modules(text, ERROR_CORRECT_Q)
    side = len(modules)
    strokes = "".join(_stroke(row, y) for y, row in enumerate(modules))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<rect width="{side}" height="{side}" fill="#fff"/><path stroke="#000" d="{strokes}"/></svg>'
    )


def qr_runs(text: str) -> tuple[int, tuple[tuple[int, int, int], ...]]:
    """The code for whoever draws it: modules to a side with the quiet zone, and each dark run (x, y, length).

    Raises QrTextUnfit.
    """
    modules = _modules(text, ERROR_CORRECT_Q)
    runs = []
    for y, row in enumerate(modules):
        x = 0
        for dark, run in groupby(row):
            length = len(list(run))
            if dark:
                runs.append((x, y, length))
            x += length
    return len(modules), tuple(runs)


def qr_terminal(text: str) -> str:
    """The code for a terminal, two modules to a character, black on white whatever the terminal's colours.

    A screen is never scratched: error correction L keeps it small. Lines are joined by newlines, the last has
    none. Raises QrTextUnfit.
    """
    modules = _modules(text, ERROR_CORRECT_L)
    blank = (False,) * len(modules)
    pairs = zip(modules[::2], [*modules[1::2], blank], strict=True)  # a symbol's side is odd
    return "\n".join(
        _DARK_ON_LIGHT + "".join(_BLOCKS[pair] for pair in zip(upper, lower, strict=True)) + _RESET
        for upper, lower in pairs
    )


@lru_cache(maxsize=256)
def _modules(text: str, correction: int) -> Matrix:
    """Dark modules of the symbol with its quiet zone; kept, since choosing a mask takes about 20 ms."""
    size = len(text.encode())
    if not 1 <= size <= MOST_BYTES:
        raise QrTextUnfit(size)
    code = qrcode.QRCode(error_correction=correction, border=QUIET_ZONE)
    code.add_data(text, optimize=_SHORTEST_SEGMENT)
    return tuple(tuple(map(bool, row)) for row in code.get_matrix())


def _stroke(row: tuple[bool, ...], y: int) -> str:
    """SVG path data of one row: a move to its first dark module, then dark runs drawn, light ones skipped."""
    path: list[str] = []
    for dark, run in groupby(row):
        length = len(list(run))
        if dark:
            path.append(f"h{length}")
        else:
            path.append(f"m{length} 0" if path else f"M{length} {y}.5")
    return "".join(path[:-1])  # every row ends in the quiet zone
