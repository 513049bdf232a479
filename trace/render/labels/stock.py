"""Label stock: where on a sheet or roll each label lies. All lengths in millimetres."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from trace.domain.refusals import Refusal

LARGEST_OFFSET = Decimal(20)
"""By how much a print may be shifted: more is a wrong number."""
LARGEST_STRETCH = Decimal(2)
"""By how much the pitch may be corrected for one label."""


@dataclass(eq=False)
class StockUnfit(Refusal):
    """A measure of a print lies outside what can be meant, in millimetres or labels."""

    code = "label_stock_unfit"
    field: str
    value: str
    least: str
    most: str


@dataclass(frozen=True)
class Stock:
    """One kind of stock. ``pitch`` is from one label's edge to the next one's; a roll is a page of one label.

    ``dpi`` is the resolution of a roll's printer: modules of codes are made whole dots there, so that their edges
    are sharp. 0: a sheet, printed by an office printer, finer than any module.
    """

    name: str
    page: tuple[float, float]
    columns: int
    rows: int
    size: tuple[float, float]
    margin: tuple[float, float]
    pitch: tuple[float, float]
    dpi: int = 0

    @property
    def per_page(self) -> int:
        """Labels on one page."""
        return self.columns * self.rows

    @property
    def is_roll(self) -> bool:
        """Whether it runs off a roll, one label to a page."""
        return self.per_page == 1


@dataclass(frozen=True)
class Adjustment:
    """How a printer is off: everything shifted by ``right`` and ``down``, each further label by ``wider`` and
    ``taller`` more; ``skip`` labels at the start of a used sheet are gone.

    Raises StockUnfit for measures that cannot be meant.
    """

    right: Decimal = Decimal(0)
    down: Decimal = Decimal(0)
    wider: Decimal = Decimal(0)
    taller: Decimal = Decimal(0)
    skip: int = 0

    def __post_init__(self) -> None:
        for field, most in (
            ("right", LARGEST_OFFSET),
            ("down", LARGEST_OFFSET),
            ("wider", LARGEST_STRETCH),
            ("taller", LARGEST_STRETCH),
        ):
            value: Decimal = getattr(self, field)
            if not value.is_finite() or not -most <= value <= most:
                raise StockUnfit(field=field, value=str(value), least=str(-most), most=str(most))


def _sheet(
    name: str, columns: int, rows: int, size: tuple[float, float], *rest: tuple[float, float]
) -> Stock:
    margin, pitch = rest
    return Stock(name, (210.0, 297.0), columns, rows, size, margin, pitch)


def _roll(width: float, height: float) -> Stock:
    return Stock(
        f"roll-{width:g}x{height:g}", (width, height), 1, 1, (width, height), (0, 0), (0, 0), dpi=203
    )


STOCKS: tuple[Stock, ...] = (
    _sheet("a4-3x7", 3, 7, (63.5, 38.1), (7.2, 15.1), (66.0, 38.1)),
    _sheet("a4-3x8", 3, 8, (70.0, 37.0), (0.0, 0.5), (70.0, 37.0)),
    _sheet("a4-2x7", 2, 7, (99.1, 38.1), (4.7, 15.1), (101.6, 38.1)),
    _sheet("a4-5x13", 5, 13, (38.1, 21.2), (4.7, 10.7), (40.6, 21.2)),
    _sheet("a4-2x4", 2, 4, (99.1, 67.7), (4.7, 13.1), (101.6, 67.7)),
    _roll(40, 30),
    _roll(50, 30),
    _roll(60, 40),
    _roll(70, 50),
    _roll(80, 100),
    _roll(100, 150),
)
"""Common stock by the sizes it is sold in; sheets are A4 (ISO 216)."""


def stock(name: str) -> Stock:
    """Stock by its name. Raises StockUnfit."""
    for one in STOCKS:
        if one.name == name:
            return one
    raise StockUnfit(field="stock", value=name[:40], least=STOCKS[0].name, most=STOCKS[-1].name)


def places(kind: Stock, adjusted: Adjustment, count: int) -> Iterator[tuple[int, float, float]]:
    """Page (from 0), left and top edge of each of so many labels, row by row. Raises StockUnfit for ``skip``."""
    if not 0 <= adjusted.skip < kind.per_page:
        raise StockUnfit(field="skip", value=str(adjusted.skip), least="0", most=str(kind.per_page - 1))
    for number in range(adjusted.skip, adjusted.skip + count):
        page, on_page = divmod(number, kind.per_page)
        row, column = divmod(on_page, kind.columns)
        yield (
            page,
            kind.margin[0] + float(adjusted.right) + column * (kind.pitch[0] + float(adjusted.wider)),
            kind.margin[1] + float(adjusted.down) + row * (kind.pitch[1] + float(adjusted.taller)),
        )
