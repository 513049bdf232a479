"""One value has one spelling, and nothing that two readers could understand differently gets in."""

from __future__ import annotations

import contextlib
import json
import math
import struct
import sys
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from trace.ledger import canonical

# RFC 8785 works on I-JSON: no lone surrogates, integers that a double carries.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
keys = st.one_of(texts, st.text("ab\ue000\U00010000\ud7ff", max_size=3))
numbers = st.one_of(
    st.integers(-(2**53) + 1, 2**53 - 1), st.floats(allow_nan=False, allow_infinity=False), st.just(-0.0)
)
scalars = st.one_of(st.none(), st.booleans(), numbers, texts)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)),
    max_leaves=12,
)


@given(values)
def test_any_value_is_spelled_as_the_reference_library_spells_it(value: Any) -> None:
    assert canonical.encode(value) == rfc8785.dumps(value)


@given(values)
def test_what_was_encoded_decodes_to_bytes_that_encode_the_same(value: Any) -> None:
    data = canonical.encode(value)
    assert canonical.encode(canonical.decode(data)) == data


@given(values)
def test_any_other_spelling_of_a_value_is_refused_where_bytes_are_signed(value: Any) -> None:
    spaced = json.dumps(value, indent=1).encode()
    if spaced == canonical.encode(value):
        assert canonical.decode(spaced) == value
    else:
        with pytest.raises(canonical.LedgerError):
            canonical.decode(spaced)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_double_survives_its_spelling_bit_for_bit(number: float) -> None:
    again = float(canonical.encode(number))
    assert struct.pack(">d", again) == struct.pack(">d", number + 0.0)


@pytest.mark.parametrize(
    ("number", "spelling"),
    [
        (0.0, b"0"),
        (-0.0, b"0"),
        (5e-324, b"5e-324"),
        (1.7976931348623157e308, b"1.7976931348623157e+308"),
        (9007199254740992.0, b"9007199254740992"),
        (295147905179352830000.0, b"295147905179352830000"),
        (9.999999999999997e22, b"9.999999999999997e+22"),
        (1e21, b"1e+21"),
        (999999999999999900000.0, b"999999999999999900000"),
        (333333333.3333333, b"333333333.3333333"),
        (1e-6, b"0.000001"),
        (1e-7, b"1e-7"),
        (-0.0000033333333333333333, b"-0.0000033333333333333333"),
        (1424953923781206.2, b"1424953923781206.2"),
        (12.0, b"12"),
    ],
)
def test_numbers_are_spelled_as_rfc_8785_appendix_b_prints_them(number: float, spelling: bytes) -> None:
    assert canonical.encode(number) == spelling


def test_keys_sort_by_utf_16_units_and_not_by_code_points() -> None:
    # RFC 8785 section 3.2.3: U+1F600 comes before U+FB33, since its first unit is D83D.
    assert canonical.encode({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'.encode()


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 2**53, -(2**53)])
def test_a_number_that_some_reader_would_change_cannot_be_signed(number: float) -> None:
    for value in (number, [number], {"a": [number, 1.5]}):
        with pytest.raises(canonical.NumberRefused) as refusal:
            canonical.encode(value)
        assert refusal.value.code == "number_refused"
        assert refusal.value.params() == {"number": str(number)}


@pytest.mark.parametrize("value", ["\ud800", ["x\udfff"], {"\ud800": 1}, {"a": 1.5, "\udc00": 1}])
def test_half_a_character_cannot_be_signed(value: Any) -> None:
    with pytest.raises(canonical.LoneSurrogate):
        canonical.encode(value)


@pytest.mark.parametrize("value", [b"bytes", {1: 2}, {"a": {None: 1}}, [{1, 2}], object()])
def test_what_json_has_no_form_for_is_named_by_its_type(value: Any) -> None:
    with pytest.raises(canonical.NotEncodable):
        canonical.encode(value)


def _nested(depth: int, opening: str = "[", closing: str = "]") -> str:
    return opening * depth + closing * depth


@pytest.mark.parametrize("depth", [canonical.MAX_DEPTH + 1, 5_000, 200_000])
def test_nesting_meant_to_exhaust_the_stack_is_a_clean_refusal(depth: int) -> None:
    for text in (_nested(depth), '{"a":' * depth + "1" + "}" * depth, "[" * depth, '"x",' + "{[" * depth):
        with pytest.raises(canonical.TooDeep):
            canonical.strict_loads(text)


def test_nesting_up_to_the_limit_is_read_and_written() -> None:
    data = _nested(canonical.MAX_DEPTH).encode()
    assert canonical.encode(canonical.decode(data)) == data


def test_python_values_nested_too_deep_are_refused_before_the_stack_ends() -> None:
    value: list[Any] = []
    for _ in range(sys.getrecursionlimit() * 2):
        value = [value]
    with pytest.raises(canonical.TooDeep):
        canonical.encode(value)


def test_brackets_inside_strings_do_not_count_as_nesting() -> None:
    value = ['[{"' * 300, "\\" * 301, [[]] * 200]
    assert canonical.strict_loads(json.dumps(value)) == value


def test_an_unfinished_document_with_many_brackets_is_called_broken_and_not_deep() -> None:
    with pytest.raises(canonical.NotJson):
        canonical.strict_loads("[" + "[]," * 500)


@pytest.mark.parametrize("text", ['{"a":1,"a":1}', '[{"b":{"x":1,"\\u0078":2}}]'])
def test_a_key_written_twice_is_refused_however_it_is_spelled(text: str) -> None:
    with pytest.raises(canonical.DuplicateKey) as refusal:
        canonical.strict_loads(text)
    assert refusal.value.params()["key"] in {"a", "x"}


@pytest.mark.parametrize(
    "number",
    [
        "NaN",
        "Infinity",
        "-Infinity",
        "1e400",
        "-1e999999999",
        "1e-999999999",
        "0.1234567890123456789",
        "9007199254740993",
        "123456789012345678901234567890",
        "1" * 5000,
        "0." + "1" * 5000,
    ],
)
def test_a_number_that_a_double_would_silently_change_is_refused(number: str) -> None:
    with pytest.raises(canonical.NumberRefused) as refusal:
        canonical.strict_loads(f'{{"q":{number}}}')
    assert len(refusal.value.params()["number"]) <= 120


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("100.50", 100.5),
        ("1E2", 100.0),
        ("9007199254740991", 2**53 - 1),
        ("9007199254740992", 2.0**53),
        ("10000000000000000000000", 1e22),
        ("-0", 0),
        ("0.1", 0.1),
    ],
)
def test_a_number_that_a_double_carries_is_read_in_any_spelling(text: str, value: float) -> None:
    read = canonical.strict_loads(text)
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize("data", [b"\xff", b'"\xed\xa0\x80"', b'"\xc0\x80"', b"\x80abc"])
def test_bytes_that_are_not_utf_8_are_refused(data: bytes) -> None:
    with pytest.raises(canonical.NotUtf8):
        canonical.strict_loads(data)


@pytest.mark.parametrize("text", ["", " ", "{", "[1,]", "{'a':1}", "01", "\ufeff{}", '"\t"', "1 2", "tru"])
def test_what_is_not_json_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(canonical.NotJson) as refusal:
        canonical.strict_loads(text)
    assert refusal.value.params()["at"].isdigit()


@pytest.mark.parametrize("text", ['"\\ud800"', '{"\\udc00":1}', "\ud800"])
def test_half_a_character_is_refused_from_outside_too(text: str) -> None:
    with pytest.raises(canonical.LoneSurrogate):
        canonical.strict_loads(text)


def test_escapes_that_make_whole_characters_are_read() -> None:
    assert canonical.strict_loads('"\\ud83d\\ude00\\u00e9"') == "\U0001f600é"


@given(st.binary(max_size=40))
@example(b'{"a":1}\n')
def test_whatever_bytes_come_the_answer_is_a_value_or_a_typed_refusal(data: bytes) -> None:
    with contextlib.suppress(canonical.LedgerError):
        assert canonical.encode(canonical.decode(data)) == data
