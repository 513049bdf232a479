"""RFC 8785 (JSON Canonicalization Scheme): the one spelling of a JSON value that is hashed and signed.

`encode` writes it, `decode` accepts nothing else, `strict_loads` reads any spelling of JSON from outside but
refuses what two readers could understand differently (duplicate keys, NaN, numbers that a double cannot
carry).
"""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from itertools import pairwise
from typing import Any, NoReturn

from .errors import LedgerError

MAX_DEPTH = 128
"""How deep arrays and objects may nest; a limit of ours, RFC 8259 section 9 allows one."""

_SAFE = 2**53  # RFC 7493 section 2.2: integers from here on are not exact in every reader
_LONGEST_NUMBER = 400  # no double needs more characters, and longer ones cost time to refuse


class NotUtf8(LedgerError):
    """The bytes are not UTF-8."""

    code = "not_utf8"


class NotJson(LedgerError):
    """The text is not JSON (RFC 8259)."""

    code = "not_json"


class DuplicateKey(LedgerError):
    """An object names the same key twice; readers differ on which one counts."""

    code = "duplicate_key"


class NumberRefused(LedgerError):
    """NaN, an infinity, or a number that an IEEE 754 double cannot carry unchanged."""

    code = "number_refused"


class LoneSurrogate(LedgerError):
    """A string holds half of a surrogate pair, which is no Unicode text."""

    code = "lone_surrogate"


class TooDeep(LedgerError):
    """Arrays and objects nest deeper than MAX_DEPTH."""

    code = "too_deep"


class NotCanonical(LedgerError):
    """The bytes are JSON, but not in their RFC 8785 spelling."""

    code = "not_canonical"


class NotEncodable(LedgerError):
    """A Python value that JSON has no form for."""

    code = "not_encodable"


def encode(value: object) -> bytes:
    """Return the RFC 8785 bytes of a value made of dict, list, tuple, str, int, float, bool and None.

    Raises NumberRefused (NaN, infinities, integers of 2^53 and more), LoneSurrogate, TooDeep, NotEncodable.
    """
    return _check_text(_PLAIN(value) if _is_plain(value) else _spell(value))


def decode(data: bytes) -> Any:
    """Return the value of RFC 8785 bytes; refuses every other spelling of the same value with NotCanonical.

    Raises what `strict_loads` and `encode` raise.
    """
    value = strict_loads(data)
    if encode(value) != data:
        raise NotCanonical
    return value


def strict_loads(text: str | bytes) -> Any:
    """Return the value of JSON in any spelling, refusing whatever could be read in two ways.

    Numbers with a fraction or exponent become `float`, and so do whole numbers of 2^53 and more; a number is
    refused where its double stands for another decimal (0.1234567890123456789). Raises NotUtf8, NotJson,
    DuplicateKey, NumberRefused, LoneSurrogate, TooDeep.
    """
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError as error:
            raise NotUtf8(at=error.start) from None
    else:
        _check_text(text)
    _check_depth(text)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise NotJson(at=error.pos) from None
    if "\\u" in text:
        _check_text(_PLAIN(value))
    return value


def _is_plain(value: object) -> bool:
    """Check every type; True when json's own sorted spelling is the RFC 8785 one (ASCII keys, no floats)."""
    plain = True
    level: list[object] = [value]
    for _ in range(MAX_DEPTH + 1):
        below: list[object] = []
        for item in level:
            kind = type(item)
            if kind is str or item is None or kind is bool:
                continue
            if kind is dict:
                plain = _keys_are_ascii(item) and plain  # type: ignore[arg-type]
                below.extend(item.values())  # type: ignore[attr-defined]
            elif kind is list or kind is tuple:
                below.extend(item)  # type: ignore[arg-type]
            elif kind is int:
                if not -_SAFE < item < _SAFE:  # type: ignore[operator]
                    raise NumberRefused(number=item)
            elif kind is float:
                plain = False
            else:
                raise NotEncodable(type=kind.__name__)
        if not below:
            return plain
        level = below
    raise TooDeep(limit=MAX_DEPTH)


def _keys_are_ascii(item: dict[object, object]) -> bool:
    ascii_only = True
    for key in item:
        if type(key) is not str:
            raise NotEncodable(type=type(key).__name__)
        ascii_only = ascii_only and key.isascii()
    return ascii_only


def _spell(value: Any) -> str:
    if isinstance(value, dict):
        try:
            keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        except UnicodeEncodeError:
            raise LoneSurrogate from None
        return "{" + ",".join(f"{_PLAIN(key)}:{_spell(value[key])}" for key in keys) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_spell, value)) + "]"
    if isinstance(value, float):
        return _spell_float(value)
    return _PLAIN(value)


def _spell_float(value: float) -> str:
    """A number as RFC 8785 section 3.2.2.3 has it: ECMAScript's Number::toString (ECMA-262 6.1.6.1.20)."""
    if not math.isfinite(value):
        raise NumberRefused(number=value)
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    point = len(whole) + int(exponent or 0)
    digits = (whole + fraction).lstrip("0")
    point -= len(whole + fraction) - len(digits)
    digits = digits.rstrip("0")
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{point - 1:+d}"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        keys = sorted(key for key, _ in pairs)
        raise DuplicateKey(key=next(key for key, after in pairwise(keys) if key == after))
    return result


def _integer(text: str) -> int | float:
    if len(text) <= 17:
        number = int(text)
        if -_SAFE < number < _SAFE:
            return number
    return _double(text)


def _double(text: str) -> float:
    if len(text) > _LONGEST_NUMBER:
        raise NumberRefused(number=text)
    number = float(text)
    if math.isinf(number) or Decimal(text) != Decimal(repr(number)):
        raise NumberRefused(number=text)
    return number


def _constant(text: str) -> NoReturn:
    raise NumberRefused(number=text)


def _check_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    brackets = _OUTSIDE_BRACKETS.sub("", text).replace("{", "[").replace("}", "]")
    for _ in range(MAX_DEPTH):  # each round takes away the innermost level of all at once
        brackets = brackets.replace("[]", "")
    if "[]" in brackets or brackets.count("[") > MAX_DEPTH:
        raise TooDeep(limit=MAX_DEPTH)


def _check_text(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise LoneSurrogate from None


# A string that never ends is swallowed up to the end, so that the scan stays linear on hostile input.
_OUTSIDE_BRACKETS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[^\[\]{}"]+', re.DOTALL)
_PLAIN = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, sort_keys=True, separators=(",", ":")
).encode
_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_double, parse_int=_integer, parse_constant=_constant
)
