"""Quantities and the units they come in.

Units are codes of UN/ECE Recommendation 20 (revision 17), where a package is its Recommendation 21 code with
an X before it (annex of Recommendation 20). What people and other systems write instead is taken as an alias,
never converted: a unit turns into another only by a product's own definition of it.

All arithmetic is exact. A result that would need rounding is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from types import MappingProxyType

from trace.domain.refusals import Refusal

MAX_DIGITS = 15
MAX_DECIMALS = 6

_PLAIN = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_LONGEST = 40
_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])

# Names in both languages are in trace/i18n/units.toml, under unit_{code}.
MASS = frozenset({"KGM", "GRM", "MGM", "TNE", "DTN", "LBR", "ONZ"})
VOLUME = frozenset({"LTR", "MLT", "CLT", "HLT", "GLL", "MTQ"})
COUNT = frozenset({"H87", "EA", "C62", "HEA", "PTN", "DZN", "PR", "NAR"})
REC20 = MASS | VOLUME | COUNT
REC21 = frozenset(
    f"X{code}"
    for code in (
        *("BE", "BG", "BH", "BI", "BJ", "BK", "BO", "BX", "CA", "CR", "CS", "CT", "CU", "CX"),
        *("DR", "FC", "JR", "NT", "PA", "PC", "PK", "PU", "PX", "SA", "TB", "TN", "TU"),
    )
)
CODES = REC20 | REC21

# Package codes as they stood in Recommendation 20 before they moved to Recommendation 21, other spellings
# seen in documents, and symbols. In upper case; matched in any case. CA, CR, PC and TB are left out: by the
# codes of ANSI X12, which American documents mix in, they mean case, cubic metre, piece and tube.
_WRITTEN = {
    "BG": "XBG",
    "BO": "XBO",
    "BX": "XBX",
    "CS": "XCS",
    "CT": "XCT",
    "CTN": "XCT",
    "JR": "XJR",
    "PAL": "XPX",
    "PF": "XPX",
    "PK": "XPK",
    "PX": "XPX",
    "PCE": "H87",
    "PCS": "H87",
    "DOZ": "DZN",
    "KG": "KGM",
    "G": "GRM",
    "MG": "MGM",
    "T": "TNE",
    "LB": "LBR",
    "OZ": "ONZ",
    "L": "LTR",
    "ML": "MLT",
    "HL": "HLT",
    "M3": "MTQ",
}
_SPOKEN = {
    "公斤": "KGM",
    "千克": "KGM",
    "克": "GRM",
    "毫克": "MGM",
    "吨": "TNE",
    "公担": "DTN",
    "升": "LTR",
    "毫升": "MLT",
    "立方米": "MTQ",
    "箱": "XCS",
    "纸箱": "XCT",
    "袋": "XBG",
    "盒": "XBX",
    "罐": "XCA",
    "瓶": "XBO",
    "包": "XPA",
    "筐": "XBK",
    "桶": "XBJ",
    "托盘": "XPX",
    "盘": "XPU",
    "把": "XBH",
    "捆": "XBE",
    "枚": "H87",
    "个": "H87",
    "只": "H87",
    "片": "H87",
    "头": "HEA",
    "份": "PTN",
    "打": "DZN",
}
ALIASES: Mapping[str, str] = MappingProxyType({**_WRITTEN, **_SPOKEN})

# Market measures that two people may read as two amounts, with what each is in a unit that is not misread.
_UNCLEAR = {
    "斤": "0.5 KGM",
    "市斤": "0.5 KGM",
    "两": "0.05 KGM",
    "钱": "0.005 KGM",
    "担": "50 KGM",
    "台斤": "0.6 KGM",
    "JIN": "0.5 KGM",
    "CATTY": "0.5 KGM",
}


@dataclass(eq=False)
class AmountMalformed(Refusal):
    """An amount is not written as a plain decimal number: no sign, exponent, grouping or other digits."""

    code = "amount_malformed"
    value: str


@dataclass(eq=False)
class AmountNotPositive(Refusal):
    """An amount is zero or less."""

    code = "amount_not_positive"
    value: str


@dataclass(eq=False)
class AmountTooFine(Refusal):
    """An amount has more digits, or more of them after the point, than the ledger carries exactly."""

    code = "amount_too_fine"
    value: str
    digits: int = MAX_DIGITS
    decimals: int = MAX_DECIMALS


@dataclass(eq=False)
class UnknownUnit(Refusal):
    """The unit is none that is known here."""

    code = "unknown_unit"
    unit: str
    known: tuple[str, ...]


@dataclass(eq=False)
class UnclearUnit(Refusal):
    """A traditional market measure: what it means in kilograms must be said instead."""

    code = "unclear_unit"
    unit: str
    means: str


@dataclass(eq=False)
class UnitNotDefined(Refusal):
    """The product does not say how much this unit is."""

    code = "unit_not_defined"
    unit: str
    known: tuple[str, ...]


@dataclass(eq=False)
class UnitDefinedTwice(Refusal):
    """A product defines one unit twice, or its own base unit as something else than one."""

    code = "unit_defined_twice"
    unit: str
    base: str


@dataclass(eq=False)
class ConversionInexact(Refusal):
    """The conversion would have to be rounded."""

    code = "conversion_inexact"
    asked: Decimal
    unit: str
    factor: Decimal
    base: str


def unit_code(text: str) -> str:
    """The Rec 20 code for a unit as people or documents write it.

    Raises UnknownUnit, and UnclearUnit for 斤 and its kin: 斤 is 500 g here, 600 g elsewhere, and in a hurry
    it is taken for 公斤.

    >>> unit_code("公斤"), unit_code("cs"), unit_code("H87")
    ('KGM', 'XCS', 'H87')
    """
    # str.upper() turns letters such as ı into ASCII ones: only ASCII is folded.
    name = text.upper() if text.isascii() else text
    if name in CODES:
        return name
    if name in ALIASES:
        return ALIASES[name]
    if name in _UNCLEAR:
        raise UnclearUnit(unit=text, means=_UNCLEAR[name])
    raise UnknownUnit(unit=_cut(text), known=tuple(sorted(CODES)))


def plain(amount: Decimal) -> str:
    """An amount in its shortest plain notation, exactly.

    >>> plain(Decimal("1.20E+2")), plain(Decimal("12.50"))
    ('120', '12.5')
    """
    written = format(amount, "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


@dataclass(frozen=True)
class Quantity:
    """An amount above zero in a known unit; at most 15 digits, 6 of them after the point.

    ``unit`` is brought to its code. Raises AmountNotPositive, AmountMalformed (not a finite number),
    AmountTooFine, UnknownUnit, UnclearUnit; TypeError for an amount that is no Decimal.
    """

    amount: Decimal
    unit: str

    def __post_init__(self) -> None:
        _require_amount(self.amount)
        object.__setattr__(self, "unit", unit_code(self.unit))

    @classmethod
    def parse(cls, amount: str, unit: str) -> Quantity:
        """From text in plain decimal notation.

        >>> Quantity.parse("12.50", "公斤")
        Quantity(amount=Decimal('12.50'), unit='KGM')
        """
        return cls(parse_amount(amount), unit)

    def __str__(self) -> str:
        return f"{plain(self.amount)} {self.unit}"


def parse_amount(text: str) -> Decimal:
    """A positive amount from plain decimal notation: ``120``, ``12.50``; not ``+1``, ``.5``, ``1e3``.

    Raises AmountMalformed, AmountNotPositive, AmountTooFine.
    """
    # The length goes first, so that no one makes us read a megabyte of digits.
    if len(text) > _LONGEST:
        raise AmountTooFine(value=_cut(text)) if _PLAIN.fullmatch(text) else AmountMalformed(value=_cut(text))
    if text.startswith("-") and _PLAIN.fullmatch(text[1:]):
        raise AmountNotPositive(value=text)
    if not _PLAIN.fullmatch(text):
        raise AmountMalformed(value=text)
    return _require_amount(Decimal(text))


@dataclass(frozen=True)
class UnitTable:
    """A product's own units: its base unit, and how many of it each other unit is.

    ``factors`` holds codes, without the base unit. Raises what a Quantity raises for a factor that is no
    proper amount or a unit that is unknown, and UnitDefinedTwice.
    """

    base: str
    factors: Mapping[str, Decimal]

    def __post_init__(self) -> None:
        base = unit_code(self.base)
        factors: dict[str, Decimal] = {}
        for unit, factor in self.factors.items():
            code = unit_code(unit)
            _require_amount(factor)
            if code in factors or (code == base and factor != 1):
                raise UnitDefinedTwice(unit=unit, base=base)
            factors[code] = factor
        factors.pop(base, None)
        object.__setattr__(self, "base", base)
        object.__setattr__(self, "factors", MappingProxyType(factors))

    def to_base(self, quantity: Quantity) -> Decimal:
        """The quantity in base units, exactly.

        Raises UnitNotDefined where the product does not define the unit (not even grams from kilograms), and
        ConversionInexact where the exact result has more digits than the ledger carries.

        >>> UnitTable("KGM", {"CS": Decimal("10")}).to_base(Quantity.parse("3", "箱"))
        Decimal('30')
        """
        factor = self._factor(quantity.unit)
        amount = _EXACT.multiply(quantity.amount, factor)
        if not _fits(amount):
            raise ConversionInexact(asked=quantity.amount, unit=quantity.unit, factor=factor, base=self.base)
        return amount

    def from_base(self, amount: Decimal, unit: str) -> Decimal:
        """An amount of base units (zero or more) in another unit of the product, exactly.

        Raises UnitNotDefined, and ConversionInexact where it does not come out even: 100 kg are no number of
        cases of 30 kg.

        >>> UnitTable("KGM", {"XCS": Decimal("10")}).from_base(Decimal("25"), "XCS")
        Decimal('2.5')
        """
        code = unit_code(unit)
        factor = self._factor(code)
        try:
            result = _EXACT.divide(amount, factor)
        except Inexact:
            result = None
        if result is None or not _fits(result):
            raise ConversionInexact(asked=amount, unit=code, factor=factor, base=self.base)
        return result

    def _factor(self, code: str) -> Decimal:
        if code == self.base:
            return Decimal(1)
        if code not in self.factors:
            raise UnitNotDefined(unit=code, known=(self.base, *sorted(self.factors)))
        return self.factors[code]


def _require_amount(amount: Decimal) -> Decimal:
    if not isinstance(amount, Decimal):
        raise TypeError(f"an amount is a Decimal, not {type(amount).__name__}")
    if not amount.is_finite():
        raise AmountMalformed(value=str(amount))
    if amount <= 0:
        raise AmountNotPositive(value=_cut(str(amount)))
    if not _fits(amount):
        raise AmountTooFine(value=_cut(str(amount)))
    return amount


def _fits(amount: Decimal) -> bool:
    """Whether it has at most 15 digits and 6 decimals; zeros at the end of the decimals do not count."""
    if not amount:
        return True
    # The size goes first, so that 1E+999999 is never written out.
    if not -MAX_DECIMALS <= amount.adjusted() < MAX_DIGITS:
        return False
    whole, _, decimals = plain(amount).partition(".")
    return len(decimals) <= MAX_DECIMALS and len(whole.lstrip("0") + decimals) <= MAX_DIGITS


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
