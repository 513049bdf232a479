"""Every refusal can be said in both languages, with its own numbers in it."""

from __future__ import annotations

import inspect
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from trace.domain import refusals, units
from trace.domain.refusals import Refusal
from trace.i18n import LOCALES, catalogs, text


def kinds(module: Any) -> list[type[Refusal]]:
    found = (member for _, member in inspect.getmembers(module, inspect.isclass))
    return [kind for kind in found if issubclass(kind, Refusal) and kind.__module__ == module.__name__]


ALL = [kind for module in (refusals, units) for kind in kinds(module) if kind is not Refusal]


def example(kind: type[Refusal]) -> Refusal:
    """An instance whose every field holds something that can be found again in the words."""
    values = {
        "Decimal": lambda n: Decimal(f"1{n}0.50"),
        "tuple[str, ...]": lambda n: (f"KGM{n}", f"XCS{n}"),
        "int": lambda n: 15 + n,
    }
    made = {
        field.name: values.get(str(field.type), lambda n: f"value-{n}")(n)
        for n, field in enumerate(fields(kind))
    }
    return kind(**made)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.code)
@pytest.mark.parametrize("locale", LOCALES)
def test_every_refusal_says_all_its_numbers_in_both_languages(kind: type[Refusal], locale: Any) -> None:
    refusal = example(kind)
    words = text(refusal.code, locale, **refusal.params())
    assert "{" not in words
    needed = {name for name in refusal.params() if f"{{{name}}}" in catalogs()[refusal.code]["en"]}
    told = refusal.params().keys() - {"cause"}  # which has words of its own, told with the reason
    assert needed == told or refusal.code in {"unknown_unit", "amount_too_fine"}
    assert all(refusal.params()[name] in words for name in needed)


def test_codes_are_unique_so_that_one_code_means_one_thing() -> None:
    codes = [kind.code for kind in ALL]
    assert len(codes) == len(set(codes))


def test_numbers_are_written_plainly_in_a_refusal() -> None:
    refusal = refusals.NotEnough(
        batch="b", party="p", asked=Decimal("1.20E+2"), holds=Decimal("100.00"), unit="KGM"
    )
    assert refusal.params()["asked"] == "120"
    assert str(refusal) == "not_enough: batch=b, party=p, asked=120, holds=100, unit=KGM"


def test_a_stallholder_reads_what_was_asked_what_is_there_and_what_to_do() -> None:
    refusal = refusals.NotEnough(
        batch="蜜柚", party="张记果行", asked=Decimal(120), holds=Decimal(100), unit="KGM"
    )
    assert text(refusal.code, "zh", **refusal.params()) == (
        "要出 120 千克，张记果行 手里只有 100 千克（批次 蜜柚）。请先收货，或改数量。"
    )


def test_a_time_or_nothing_at_all_is_written_as_text() -> None:
    assert refusals.Invalid(field=datetime(2026, 11, 21, tzinfo=UTC), value=None, expected="x").params() == {  # type: ignore[arg-type]
        "field": "2026-11-21T00:00:00+00:00",
        "value": "",
        "expected": "x",
    }
