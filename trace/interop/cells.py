"""A spreadsheet as cells and rows, whatever file it came in.

A cell keeps its own characters: digits are never turned into a floating number and back, so that nothing is lost
that the file still holds. What a cell means is for the reader of the rows to say.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from trace.interop.sheet_errors import SheetDamaged, SheetTooLong, SheetTooWide

EPOCH_1900 = date(1899, 12, 30)
"""Day 0 of Excel's serials from March 1900 on; before that they count a 29 February that never was."""
EPOCH_1904 = date(1904, 1, 1)

PREAMBLE = 50
"""Rows that may stand above the headings and below the last line."""

_LONGEST_CELL = 32_767  # characters, as Excel limits it


@dataclass(frozen=True)
class Limits:
    """How much is read: bytes of the file, rows and columns of a sheet, bytes and XML elements when unpacked."""

    size: int = 5 * 1024 * 1024
    rows: int = 5000
    columns: int = 200
    unpacked: int = 32 * 1024 * 1024
    elements: int = 1_000_000


class Kind(StrEnum):
    """What a cell is. A date's text is ISO 8601, a formula's begins with ``=``."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    FORMULA = "formula"
    ERROR = "error"
    TRUTH = "truth"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that is not empty; ``row`` and ``column`` count from 1.

    ``merged``: the text is that of the merged cell above; ``across``: how many columns a merged cell covers.
    """

    row: int
    column: int
    kind: Kind
    text: str
    merged: bool = False
    across: int = 1

    @property
    def address(self) -> str:
        """As spreadsheets name it: ``B7``."""
        return f"{column_name(self.column)}{self.row}"


@dataclass(frozen=True)
class Sheet:
    """The rows that hold anything, in order. ``epoch`` is the day from which bare serials count."""

    name: str
    rows: tuple[tuple[Cell, ...], ...]
    epoch: date = EPOCH_1900
    hidden_rows: int = 0


@dataclass(frozen=True)
class SheetName:
    """A sheet of a workbook, and whether whoever opens the file sees it."""

    name: str
    hidden: bool = False


@dataclass(frozen=True)
class Workbook:
    """A file's sheets, each read when it is asked for. ``form`` is xlsx or csv, ``encoding`` that of a CSV."""

    form: str
    names: tuple[SheetName, ...]
    encoding: str = ""
    _read: Callable[[int], Sheet] = field(repr=False, compare=False, default=lambda _: Sheet("", ()))

    def sheet(self, position: int) -> Sheet:
        """A sheet by its place among ``names``. Raises SheetDamaged and the refusals of size."""
        return self._read(position)


# -- places and days -----------------------------------------------------------------------------------------


def column_name(number: int) -> str:
    """A column's letters.

    >>> column_name(1), column_name(28)
    ('A', 'AB')
    """
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def serial_day(serial: Decimal, epoch: date) -> datetime | None:
    """The moment that a spreadsheet's serial number means, to the second; None for one that means none.

    >>> serial_day(Decimal("46346"), EPOCH_1900), serial_day(Decimal("60"), EPOCH_1900)
    (datetime.datetime(2026, 11, 20, 0, 0), None)
    """
    if not 0 < serial < 2_958_466 or (epoch == EPOCH_1900 and int(serial) == 60):
        return None
    early = timedelta(days=1) if epoch == EPOCH_1900 and serial < 60 else timedelta()
    start = datetime(epoch.year, epoch.month, epoch.day) + early  # noqa: DTZ001  a sheet's days have no zone
    try:
        return start + timedelta(seconds=round(serial * 86400))
    except OverflowError:
        return None


# -- rows ----------------------------------------------------------------------------------------------------


class Grid:
    """Gathers cells row by row and stops at the limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._rows: dict[int, dict[int, Cell]] = {}
        self._merges = 0

    def put(self, cell: Cell, where: str) -> None:
        """Add a cell. Raises SheetTooLong, SheetTooWide, and SheetDamaged for a place that is taken."""
        if cell.column > self._limits.columns:
            raise SheetTooWide(limit=self._limits.columns)
        row = self._rows.setdefault(cell.row, {})
        if len(self._rows) > self._limits.rows + PREAMBLE:
            raise SheetTooLong(limit=self._limits.rows)
        if cell.column in row or len(cell.text) > _LONGEST_CELL:
            raise SheetDamaged(where=f"{where} {cell.address}")
        row[cell.column] = cell

    def merge(self, areas: Sequence[tuple[int, int, int, int]], where: str) -> None:
        """Areas as top, left, bottom, right: a merged cell says the same of every row that it covers.

        Of several columns it belongs to the first. Raises SheetDamaged for areas that lie over each other.
        """
        numbers = sorted(self._rows)
        for top, left, bottom, right in areas:
            covered = numbers[bisect_right(numbers, top) : bisect_right(numbers, bottom)]
            self._merges += len(covered) + 1
            if self._merges > (self._limits.rows + PREAMBLE) * self._limits.columns:
                raise SheetDamaged(where=where)
            first = self._rows.get(top, {}).get(left)
            if first is None:
                continue
            first = replace(first, across=right - left + 1)
            self._rows[top][left] = first
            for number in covered:
                self._rows[number].setdefault(left, replace(first, row=number, merged=True))

    def rows(self) -> tuple[tuple[Cell, ...], ...]:
        """All rows with anything in them, in order."""
        return tuple(tuple(cell for _, cell in sorted(row.items())) for _, row in sorted(self._rows.items()))
