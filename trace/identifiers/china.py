"""Numbers of Chinese businesses: 统一社会信用代码 and the food production and trade licences.

Sources: GB 32100-2015 (unified social credit code); 食品生产许可管理办法 (2020) and
食品经营许可和备案管理办法 (2023) for the licences, whose last digit is ISO/IEC 7064 MOD 11,10 (GB/T 17710).
"""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_letters, digits
from typing import ClassVar

from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_10

from trace.identifiers.rules import DIGITS, InvalidIdentifier, require_characters

_USCC_LENGTH = 18
_USCC_LETTERS = "ABCDEFGHJKLMNPQRTUWXY"  # GB 32100, table 1: no I, O, S, V, Z
_USCC_TYPED = frozenset(digits + _USCC_LETTERS + _USCC_LETTERS.lower())
_LETTERS_AND_DIGITS = frozenset(ascii_letters + digits)
_LICENCE_DIGITS = 14
_LICENCE_PREFIXES = ("SC", "JY")


@dataclass(frozen=True)
class UnifiedSocialCreditCode:
    """统一社会信用代码: who a business or public body in China is. 18 characters, kept in upper case.

    >>> UnifiedSocialCreditCode.parse("91110000600037341L").region
    '110000'
    """

    value: str

    kind: ClassVar[str] = "uscc"

    @classmethod
    def parse(cls, text: str) -> UnifiedSocialCreditCode:
        """Read a code, its letters in either case. Raises InvalidIdentifier."""
        require_characters("uscc", text, _USCC_TYPED, f"0-9 {_USCC_LETTERS}")
        value = text.upper()
        if len(value) != _USCC_LENGTH:
            raise InvalidIdentifier("uscc_length", "uscc", text, str(_USCC_LENGTH), str(len(value)))
        # Characters 3 to 8 are the division code of GB/T 2260, which has no letters.
        for position, character in enumerate(value[2:8], 3):
            if character not in DIGITS:
                raise InvalidIdentifier("uscc_region", "uscc", text, "0-9", character, position)
        if value[-1] != (expected := uscc.calc_check_digit(value[:-1])):
            raise InvalidIdentifier("uscc_check", "uscc", text, expected, value[-1])
        return cls(value)

    @property
    def region(self) -> str:
        """The administrative division (GB/T 2260) where it was registered."""
        return self.value[2:8]

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Licence:
    """食品生产许可证编号 (SC) or 食品经营许可证编号 (JY): the licence to make, or to sell and serve, food.

    Two letters and 14 digits, the last one a check digit over the 13 before it. Other papers (slaughter,
    laboratory) have numbers of other forms and are not read here.

    >>> Licence.parse("sc11435052403013").value
    'SC11435052403013'
    >>> Licence.parse("JY13506020010171").kind
    'jy'
    """

    value: str

    @classmethod
    def parse(cls, text: str) -> Licence:
        """Read a licence number, its letters in either case. Raises InvalidIdentifier."""
        require_characters("licence", text, _LETTERS_AND_DIGITS, "SC/JY 0-9")
        value = text.upper()
        prefix, number = value[:2], value[2:]
        if prefix not in _LICENCE_PREFIXES:
            raise InvalidIdentifier("licence_prefix", "licence", text, "/".join(_LICENCE_PREFIXES), prefix)
        for position, character in enumerate(number, 3):
            if character not in DIGITS:
                found = f"U+{ord(character):04X}"
                raise InvalidIdentifier("licence_characters", "licence", text, "0-9", found, position)
        if len(number) != _LICENCE_DIGITS:
            wanted = str(_LICENCE_DIGITS)
            raise InvalidIdentifier("licence_length", "licence", text, wanted, str(len(number)))
        if number[-1] != (expected := mod_11_10.calc_check_digit(number[:-1])):
            raise InvalidIdentifier("licence_check", "licence", text, expected, number[-1])
        return cls(value)

    @property
    def kind(self) -> str:
        """``sc`` or ``jy``."""
        return self.value[:2].lower()

    def __str__(self) -> str:
        return self.value
