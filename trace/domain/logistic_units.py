"""Numbers of logistic units (SSCC) under a business's own GS1 Company Prefix.

An SSCC is an extension digit, the prefix, a serial reference that fills up to 17 digits, and a check digit (GS1
General Specifications, section 3.2, AI 00). Extension digit and serial reference count on together here, so that a
number of up to 17 digits less the prefix's is one after the other, each once.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from trace.domain.refusals import Refusal
from trace.identifiers import SSCC, check_digit

_PREFIX = re.compile("[0-9]{7,10}")
# Numbers for use within one company or region, coupons and the like are nobody's company prefix (General
# Specifications, section 1.4.2), nor is the range in which GTIN-8 lie.
_NOBODYS = re.compile("0000000|0?2|04|05|9[89]")
_BODY = 16  # digits of prefix and serial reference


@dataclass(eq=False)
class PrefixMalformed(Refusal):
    """A GS1 Company Prefix has 7 to 10 digits, and none of the beginnings that GS1 gives to no company."""

    code = "prefix_malformed"
    prefix: str


@dataclass(eq=False)
class PrefixNotYours(Refusal):
    """None of the GS1 numbers that the ledger knows the party by begins with this prefix."""

    code = "prefix_not_yours"
    prefix: str
    known: str


@dataclass(eq=False)
class PrefixTaken(Refusal):
    """Another party numbers its logistic units under this prefix, or under one that would give the same numbers."""

    code = "prefix_taken"
    prefix: str


@dataclass(eq=False)
class PrefixMissing(Refusal):
    """A logistic unit is to be given a number, and no prefix of the party is registered."""

    code = "prefix_missing"
    party: str


@dataclass(eq=False)
class NoPrefix(Refusal):
    """The party has no prefix that could be taken from it."""

    code = "no_prefix"
    party: str


@dataclass(eq=False)
class UnitsUsedUp(Refusal):
    """All numbers under the prefix are given, or its first one lies behind the last that there is."""

    code = "units_used_up"
    prefix: str
    last: int


def checked_prefix(text: str) -> str:
    """A GS1 Company Prefix, typed with or without spaces. Raises PrefixMalformed.

    >>> checked_prefix("690 1234")
    '6901234'
    """
    digits = re.sub("[ -]", "", text)
    if not _PREFIX.fullmatch(digits) or _NOBODYS.match(digits):
        raise PrefixMalformed(prefix=text[:40])
    return digits


def require_own(prefix: str, numbers: Collection[str]) -> None:
    """Raise PrefixNotYours where GS1 numbers of the party are known and none begins with the prefix."""
    known = [number for number in numbers if not number.startswith("00000")]  # GTIN-8 say nothing of it
    if known and not any(number.startswith(prefix) for number in known):
        raise PrefixNotYours(prefix=prefix, known=min(known))


def last_number(prefix: str) -> int:
    """The highest number under a prefix."""
    return int(10 ** (_BODY + 1 - len(prefix))) - 1


def numbered(prefix: str, number: int) -> SSCC:
    """The unit with this number. Raises UnitsUsedUp.

    >>> numbered("4012345", 333).value
    '040123450000003338'
    """
    if not 0 <= number <= last_number(prefix):
        raise UnitsUsedUp(prefix=prefix, last=last_number(prefix))
    extension, serial = divmod(number, 10 ** (_BODY - len(prefix)))
    digits = f"{extension}{prefix}{serial:0{_BODY - len(prefix)}d}"
    return SSCC.parse(digits + check_digit(digits))
