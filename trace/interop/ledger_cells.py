"""What one cell of a ledger means: texts, codes, amounts and days, as people and their programs write them.

Nothing is guessed. What has one meaning is read, and where the file had to be mended for it (a lost zero, digits of
full width) that is said; what may mean two things is refused with the way to say it clearly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

from trace.domain.units import AmountMalformed, parse_amount
from trace.identifiers.rules import DIGITS, GTIN_LENGTHS, pad_gtin
from trace.interop.cells import EPOCH_1900, Cell, Kind, serial_day

_HALF = {
    code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
}
_HALF_SIGNS = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3002: 0x2E}
_UNSEEN = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0xAD))
_BREAKS = re.compile(r"\s*[\t\r\n]\s*")
# What breaks a line of a log, or makes a text read otherwise than it is written.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NOTHING = frozenset({"-", "--", "—", "——", "/", "\\", "无", "none", "n/a"})
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,3}")
_GROUPED = re.compile(r"[0-9]{1,3}(?:(?:,[0-9]{3})+\.[0-9]+|(?:,[0-9]{3}){2,})")
_AMOUNT = re.compile(r"([+-]?[0-9][0-9.,]*)\s*([^0-9\s.,+-].{0,19})?")
_MOST_DIGITS = 15  # that a spreadsheet's number carries
_CLOCK = r"(?:[ T]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?"
_YEAR_FIRST = re.compile(
    r"([0-9]{4})(?:年([0-9]{1,2})月([0-9]{1,2})[日号]?|[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})|([0-9]{2})([0-9]{2}))"
    + _CLOCK
)
_YEAR_LAST = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})" + _CLOCK)
_SHELF = re.compile(r"([0-9]{1,5})\s*([^0-9\s].{0,9})?")
_SERIALS = range(20_000, 80_000)  # 1954 to 2119: what else stands in a column of days is no serial
_PERIODS = {
    **dict.fromkeys(("天", "日", "d", "day", "days"), "days"),
    **dict.fromkeys(("个月", "月", "month", "months"), "months"),
    **dict.fromkeys(("年", "year", "years"), "years"),
}


class CellWrong(ValueError):
    """A cell cannot be read; ``code`` and ``params`` as of a refusal, words in ``trace/i18n/imports.toml``."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self._params = params

    def params(self) -> dict[str, str]:
        """What the words set in."""
        return {name: value if len(value) <= 64 else f"{value[:63]}…" for name, value in self._params.items()}


@dataclass(frozen=True)
class Shelf:
    """How long goods keep: so many days, months or years, or until a day."""

    number: int = 0
    period: str = "days"
    until: date | None = None

    def last_day(self, produced: date | None) -> date | None:
        """The last day of use; None where it hangs on a day of production that is not known."""
        if self.until is not None or produced is None:
            return self.until
        if self.period == "days":
            return date.fromordinal(min(produced.toordinal() + self.number, date.max.toordinal()))
        months = produced.month - 1 + self.number * (12 if self.period == "years" else 1)
        year, month = min(produced.year + months // 12, 9998), months % 12 + 1
        for day in range(produced.day, 27, -1):
            try:
                return date(year, month, day)
            except ValueError:
                continue
        return date(year, month, min(produced.day, 28))


@dataclass
class CellReader:
    """Reads one cell. ``repairs`` gathers what had to be mended: code, what stood there, what it was read as."""

    cell: Cell
    epoch: date = EPOCH_1900
    repairs: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    def text(self, longest: int = 200) -> str:
        """One line of text; "" where a dash or a word says that there is nothing. Raises CellWrong."""
        value = self._value()
        clear = _BREAKS.sub(" ", value.translate(_UNSEEN)).replace("\xa0", " ").replace("\u3000", " ").strip()
        self._said("import_repaired_marks", value.strip(), clear)
        half = self._half(clear, _HALF)
        if _CONTROLS.search(half):
            raise CellWrong("import_controls")
        if len(half) > longest:
            raise CellWrong("import_too_long", longest=str(longest))
        return "" if half.lower() in _NOTHING else half

    def code(self, longest: int = 200) -> str:
        """A number that is a name: none of its digits may be lost. Raises CellWrong."""
        if self.cell.kind is Kind.DATE:
            raise CellWrong("import_code_is_date", found=self.cell.text)
        text = self._half(self.text(longest), _HALF_SIGNS)
        numeric = self.cell.kind is Kind.NUMBER
        # A spreadsheet's number carries 15 digits; what was rounded to fewer ends in zeros.
        rounded = len(text) >= 12 and text.endswith("00000")
        if _SCIENTIFIC.fullmatch(text) or (numeric and (rounded or len(text) > _MOST_DIGITS or "." in text)):
            raise CellWrong("import_lost_digits", found=self.cell.text)
        return text

    def gtin(self) -> str:
        """14 digits, lost zeros set before again and the check digit verified. Raises CellWrong, InvalidIdentifier."""
        digits = self.code().replace(" ", "")
        whole = len(digits) in GTIN_LENGTHS and self.cell.kind is not Kind.NUMBER
        if not digits or whole or not 7 <= len(digits) <= 14 or not DIGITS.issuperset(digits):
            return pad_gtin(digits) if digits else ""
        padded = pad_gtin(digits.zfill(14))
        self._said("import_repaired_zeros", digits, padded)
        return padded

    def amount(self, *, zero: bool = False) -> tuple[Decimal | None, str]:
        """An amount, and the unit that is written behind it; None for an empty one. Raises refusals of amounts."""
        if self.cell.merged:
            raise CellWrong("import_merged_amount")
        text = self._half(self.text(60), _HALF_SIGNS)
        if not text:
            return None, ""
        found = _AMOUNT.fullmatch(text)
        if found is None or self.cell.kind is Kind.DATE or _SCIENTIFIC.fullmatch(text):
            raise AmountMalformed(value=text[:40])
        digits = found[1]
        if _GROUPED.fullmatch(digits):
            self._said("import_repaired_grouping", digits, digits.replace(",", ""))
            digits = digits.replace(",", "")
        if zero and set(digits) <= {"0", "."}:
            return Decimal(0), found[2] or ""
        return parse_amount(digits), found[2] or ""

    def day(self) -> tuple[date, time | None] | None:
        """A day, with the time where one stands there; None for an empty cell. Raises CellWrong."""
        if self.cell.kind is Kind.NUMBER and (moment := self._serial()) is not None:
            self.repairs.append(
                ("import_repaired_serial", {"found": self.cell.text, "fixed": moment.date().isoformat()})
            )
            return _parted(moment)
        text = self._half(self.text(40), _HALF_SIGNS)
        if not text:
            return None
        if found := _YEAR_FIRST.fullmatch(text):
            year, *days, hour, minute, second = found.groups()
            month, day = (part for part in days if part is not None)
            return self._moment(year, month, day, (hour, minute, second))
        if found := _YEAR_LAST.fullmatch(text):
            first, second_, year, *clock = found.groups()
            if int(first) <= 12 and int(second_) <= 12 and first != second_:
                raise CellWrong("import_date_ambiguous", found=text)
            month, day = (second_, first) if int(first) > 12 else (first, second_)
            return self._moment(year, month, day, tuple(clock))
        raise CellWrong("import_date_form", found=text)

    def shelf(self, period: str = "") -> Shelf | None:
        """A shelf life; ``period`` is what the heading counts in. Raises CellWrong."""
        text = self._half(self.text(40), _HALF_SIGNS)
        if not text:
            return None
        found = _SHELF.fullmatch(text)
        if found and (counted := _PERIODS.get((found[2] or period).lower())):
            return Shelf(int(found[1]), counted)
        self.repairs.clear()  # the same cell is read once more
        try:
            until = self.day()
        except CellWrong:
            raise CellWrong("import_shelf_form", found=text) from None
        return Shelf(until=until[0]) if until else None

    # -- inside ----------------------------------------------------------------------------------------------

    def _value(self) -> str:
        cell = self.cell
        if cell.kind is Kind.FORMULA:
            raise CellWrong("import_formula", found=cell.text)
        if cell.kind in (Kind.ERROR, Kind.TRUTH):
            raise CellWrong("import_cell_kind", found=cell.text)
        if cell.merged:
            self.repairs.append(("import_repaired_merged", {"fixed": cell.text}))
        if cell.kind is not Kind.NUMBER:
            return cell.text
        number = Decimal(cell.text)
        if number == number.to_integral_value():
            return format(number.to_integral_value(), "f")
        return format(Decimal(format(number, f".{_MOST_DIGITS}g")), "f")  # the rest is noise of its doubles

    def _half(self, text: str, table: Mapping[int, int]) -> str:
        half = text.translate(table)
        self._said("import_repaired_width", text, half)
        return half

    def _said(self, code: str, found: str, fixed: str) -> None:
        if found != fixed:
            self.repairs.append((code, {"found": found[:64], "fixed": fixed[:64]}))

    def _serial(self) -> datetime | None:
        number = Decimal(self.cell.text)
        return serial_day(number, self.epoch) if int(number) in _SERIALS else None

    def _moment(
        self, year: str, month: str, day: str, clock: tuple[str | None, ...]
    ) -> tuple[date, time | None]:
        hour, minute, second = clock
        try:
            found = date(int(year), int(month), int(day))
            at = None if hour is None else time(int(hour), int(minute or 0), int(second or 0))
        except ValueError:
            raise CellWrong("import_date_form", found=self.cell.text) from None
        if not 1970 <= found.year < 3000:
            raise CellWrong("import_date_form", found=self.cell.text)
        return found, at


def _parted(moment: datetime) -> tuple[date, time | None]:
    return moment.date(), moment.time() if moment.time() != time() else None
