"""Quantities: written plainly, carried exactly, converted only as the product says."""

from __future__ import annotations

import doctest
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace import i18n
from trace.domain import units
from trace.domain.refusals import Refusal
from trace.domain.units import (
    ALIASES,
    CODES,
    AmountMalformed,
    AmountNotPositive,
    AmountTooFine,
    ConversionInexact,
    Quantity,
    UnclearUnit,
    UnitDefinedTwice,
    UnitNotDefined,
    UnitTable,
    UnknownUnit,
    parse_amount,
    plain,
    unit_code,
)

CASES = UnitTable("KGM", {"CS": Decimal("10"), "XPX": Decimal("480"), "H87": Decimal("0.3")})

amounts = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places),
    st.integers(1, 10**15 - 1),
    st.integers(0, 6),
)


def in_words(refusal: Refusal) -> None:
    """Every refusal can be said in both languages."""
    for locale in i18n.LOCALES:
        words = i18n.text(refusal.code, locale, **refusal.params())
        assert "{" not in words


def test_the_examples_in_the_documentation_are_true() -> None:
    result = doctest.testmod(units)
    assert result.failed == 0
    assert result.attempted >= 5


# -- amounts ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", AmountMalformed),
        (" 1", AmountMalformed),
        ("1\n", AmountMalformed),
        ("+1", AmountMalformed),
        ("1e3", AmountMalformed),
        ("1E+2", AmountMalformed),
        ("1_0", AmountMalformed),
        ("1,000", AmountMalformed),
        ("１２", AmountMalformed),
        ("١٢", AmountMalformed),
        ("NaN", AmountMalformed),
        ("Infinity", AmountMalformed),
        ("-NaN", AmountMalformed),
        (".5", AmountMalformed),
        ("5.", AmountMalformed),
        ("007", AmountMalformed),
        ("0x10", AmountMalformed),
        ("十二", AmountMalformed),
        ("x" * 1000, AmountMalformed),
        ("0", AmountNotPositive),
        ("0.000", AmountNotPositive),
        ("-5", AmountNotPositive),
        ("-0.5", AmountNotPositive),
        ("0.0000001", AmountTooFine),
        ("1234567890123456", AmountTooFine),
        ("1234567890.123456", AmountTooFine),
        ("9" * 100_000, AmountTooFine),
    ],
)
def test_an_amount_that_is_no_plain_positive_number_is_refused(text: str, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal) as caught:
        Quantity.parse(text, "KGM")
    assert all(len(value) <= 40 for value in caught.value.params().values())
    in_words(caught.value)


@pytest.mark.parametrize(
    "text", ["1", "0.5", "12.50", "0.000001", "999999999999999", "123456789.123456", "1.0000000"]
)
def test_a_plain_amount_is_taken_exactly(text: str) -> None:
    assert Fraction(parse_amount(text)) == Fraction(text)


@given(amounts)
def test_what_was_written_is_what_is_carried(amount: Decimal) -> None:
    assert parse_amount(plain(amount)) == amount
    assert str(Quantity(amount, "KGM")) == f"{plain(amount)} KGM"
    assert "E" not in plain(amount)


@given(st.text("0123456789.eE+-_ ٣", max_size=45))
def test_no_text_whatever_becomes_an_amount_with_another_meaning(text: str) -> None:
    try:
        amount = parse_amount(text)
    except Refusal:
        return
    assert set(text) <= set("0123456789.")
    assert Fraction(amount) == Fraction(text)


@pytest.mark.parametrize(
    ("amount", "refusal"),
    [
        (Decimal("NaN"), AmountMalformed),
        (Decimal("sNaN"), AmountMalformed),
        (Decimal("-Infinity"), AmountMalformed),
        (Decimal("-1"), AmountNotPositive),
        (Decimal("0E+5"), AmountNotPositive),
        (Decimal("1E+15"), AmountTooFine),
        (Decimal("1E+999999"), AmountTooFine),
        (Decimal("1E-999999"), AmountTooFine),
    ],
)
def test_a_number_out_of_a_document_is_held_to_the_same_rules(
    amount: Decimal, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        Quantity(amount, "KGM")


def test_a_float_never_becomes_an_amount() -> None:
    """0.1 is none of the numbers that a float can be."""
    wrong: Any = 0.1
    with pytest.raises(TypeError):
        Quantity(wrong, "KGM")


def test_an_exponent_in_a_document_is_a_plain_amount_here() -> None:
    assert str(Quantity(Decimal("1.2E+2"), "KGM")) == "120 KGM"


# -- units ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("KGM", "KGM"),
        ("kgm", "KGM"),
        ("kg", "KGM"),
        ("公斤", "KGM"),
        ("千克", "KGM"),
        ("CS", "XCS"),
        ("XCS", "XCS"),
        ("箱", "XCS"),
        ("袋", "XBG"),
        ("盒", "XBX"),
        ("枚", "H87"),
        ("罐", "XCA"),
        ("头", "HEA"),
        ("片", "H87"),
        ("份", "PTN"),
        ("mL", "MLT"),
        ("EA", "EA"),
    ],
)
def test_a_unit_is_known_by_what_people_call_it(text: str, code: str) -> None:
    assert unit_code(text) == Quantity.parse("1", text).unit == code


@pytest.mark.parametrize("unit", ["斤", "两", "市斤", "jin"])
def test_jin_is_refused_with_what_it_means(unit: str) -> None:
    """斤 and 公斤 differ by half and by one character: writing one for the other would double a delivery."""
    with pytest.raises(UnclearUnit) as caught:
        Quantity.parse("10", unit)
    assert caught.value.means.endswith(" KGM")
    in_words(caught.value)


@pytest.mark.parametrize("unit", ["", "KG M", "kgm ", "公 斤", "XXX", "CA", "PC", "ﬂ", "ＫＧ", "x" * 10_000])
def test_an_unknown_unit_is_refused_and_the_known_ones_named(unit: str) -> None:
    with pytest.raises(UnknownUnit) as caught:
        unit_code(unit)
    assert "KGM" in caught.value.known
    assert len(caught.value.unit) <= 40
    in_words(caught.value)


def test_a_letter_that_only_becomes_ascii_in_upper_case_is_no_unit() -> None:
    assert "ıon".upper() == "ION"
    with pytest.raises(UnknownUnit):
        unit_code("ptﬁ")


def test_every_unit_has_a_name_in_both_languages_and_every_alias_a_unit() -> None:
    names = {code.removeprefix("unit_") for code in i18n.catalogs() if code.removeprefix("unit_") in CODES}
    assert names == CODES
    assert set(ALIASES.values()) <= CODES
    assert not set(ALIASES) & CODES, "an alias must not hide a code"
    for alias in ALIASES:
        assert unit_code(alias) == ALIASES[alias]


# -- conversions ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "unit", "base"),
    [("3", "箱", "30"), ("7", "KGM", "7"), ("2", "托盘", "960"), ("0.5", "CS", "5")],
)
def test_a_unit_turns_into_base_units_as_the_product_says(amount: str, unit: str, base: str) -> None:
    assert CASES.to_base(Quantity.parse(amount, unit)) == Decimal(base)
    assert CASES.from_base(Decimal(base), unit) == Decimal(amount)


@pytest.mark.parametrize("unit", ["GRM", "TNE", "LBR", "XBX"])
def test_what_the_product_does_not_define_is_not_converted(unit: str) -> None:
    """Not even grams into kilograms: a product sold by the case may well weigh more in water than in fish."""
    with pytest.raises(UnitNotDefined) as caught:
        CASES.to_base(Quantity.parse("1", unit))
    assert (caught.value.unit, caught.value.known) == (unit, ("KGM", "H87", "XCS", "XPX"))
    in_words(caught.value)
    with pytest.raises(UnitNotDefined):
        CASES.from_base(Decimal(1), unit)


def test_a_conversion_that_does_not_come_out_even_is_refused_and_not_rounded() -> None:
    """A rounded kilogram is one that appears from nowhere, or vanishes."""
    with pytest.raises(ConversionInexact) as caught:
        CASES.from_base(Decimal("100"), "H87")
    assert (caught.value.asked, caught.value.factor) == (Decimal(100), Decimal("0.3"))
    in_words(caught.value)
    with pytest.raises(ConversionInexact):
        CASES.to_base(Quantity.parse("0.000001", "H87"))
    with pytest.raises(ConversionInexact):
        CASES.to_base(Quantity.parse("999999999999999", "XPX"))


def test_nothing_is_nothing_in_every_unit() -> None:
    assert CASES.from_base(Decimal(0), "CS") == 0


@given(amounts, amounts)
def test_a_conversion_is_exact_or_refused(amount: Decimal, factor: Decimal) -> None:
    table = UnitTable("KGM", {"XCS": factor})
    try:
        base = table.to_base(Quantity(amount, "XCS"))
    except ConversionInexact:
        return
    assert Fraction(base) == Fraction(amount) * Fraction(factor)
    assert table.from_base(base, "XCS") == amount


@given(amounts, amounts)
def test_a_conversion_back_is_exact_or_refused(base: Decimal, factor: Decimal) -> None:
    table = UnitTable("KGM", {"XCS": factor})
    try:
        amount = table.from_base(base, "XCS")
    except ConversionInexact:
        return
    assert Fraction(amount) * Fraction(factor) == Fraction(base)


@given(st.lists(amounts, max_size=30))
def test_amounts_that_fit_add_up_without_rounding(parts: list[Decimal]) -> None:
    """15 digits leave room: Python's own sums stay exact for more parts than a batch ever has."""
    assert Fraction(sum(parts, Decimal(0))) == sum(map(Fraction, parts), Fraction(0))


@pytest.mark.parametrize(
    ("base", "factors", "refusal"),
    [
        ("KGM", {"CS": "10", "XCS": "12"}, UnitDefinedTwice),
        ("KGM", {"公斤": "2"}, UnitDefinedTwice),
        ("KGM", {"CS": "0"}, AmountNotPositive),
        ("KGM", {"CS": "-1"}, AmountNotPositive),
        ("KGM", {"CS": "NaN"}, AmountMalformed),
        ("KGM", {"CS": "0.0000001"}, AmountTooFine),
        ("KGM", {"斤": "0.5"}, UnclearUnit),
        ("KGM", {"XXX": "1"}, UnknownUnit),
        ("XXX", {}, UnknownUnit),
    ],
)
def test_a_product_cannot_define_units_that_contradict_each_other(
    base: str, factors: dict[str, str], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal) as caught:
        UnitTable(base, {unit: Decimal(factor) for unit, factor in factors.items()})
    in_words(caught.value)


def test_a_table_keeps_codes_and_cannot_be_changed_behind_its_back() -> None:
    given_factors = {"箱": Decimal(10), "kg": Decimal(1)}
    table = UnitTable("公斤", given_factors)
    given_factors["箱"] = Decimal(99)
    assert (table.base, dict(table.factors)) == ("KGM", {"XCS": Decimal(10)})
    frozen: Any = table.factors
    with pytest.raises(TypeError):
        frozen["XCS"] = Decimal(1)
