"""Short codes for batches without a GTIN.

Ten random characters of Crockford's base 32 (50 bits, no I, L, O or U) and one check character. The check is
a weighted sum over the field of 32 elements, the weights being ten different powers of its generator: it
catches every single wrong character and every exchange of two characters, neighbours or not. A check modulo
a number under 37 cannot do that with an alphabet of 32, and one modulo 37 needs five more characters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from trace.identifiers.rules import InvalidIdentifier, require_characters

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_KIND = "short_code"
_RANDOM = 10
_LENGTH = _RANDOM + 1
_MODULUS = 0b100101  # x^5 + x^2 + 1, primitive over GF(2)
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_TYPED = frozenset(ALPHABET + ALPHABET.lower() + "OoIiLl-")


@dataclass(frozen=True)
class ShortCode:
    """A batch's short code in canonical form: 11 upper-case characters.

    >>> ShortCode.parse("7k3m-9qw2-xoc").value
    '7K3M9QW2X0C'
    """

    value: str

    kind: ClassVar[str] = _KIND

    @classmethod
    def generate(cls, randbytes: Callable[[int], bytes]) -> ShortCode:
        """A new code from 50 of the bits that ``randbytes(7)`` gives."""
        bits = int.from_bytes(randbytes(7), "big") >> 6
        head = "".join(ALPHABET[bits >> 5 * place & 31] for place in reversed(range(_RANDOM)))
        return cls(head + check_character(head))

    @classmethod
    def parse(cls, text: str) -> ShortCode:
        """Read a code as people write it: lower case, hyphens anywhere, O for 0, I or L for 1.

        Raises InvalidIdentifier.
        """
        require_characters(_KIND, text, _TYPED, ALPHABET)
        value = text.upper().replace("-", "").translate(_READ_AS)
        if len(value) != _LENGTH:
            raise InvalidIdentifier("short_code_length", _KIND, text, str(_LENGTH), str(len(value)))
        if value[-1] != (expected := check_character(value[:-1])):
            raise InvalidIdentifier("short_code_check", _KIND, text, expected, value[-1])
        return cls(value)

    def link(self, base: str) -> str:
        """The batch's URI below a base such as ``https://trace.example``."""
        return f"{base.rstrip('/')}/t/{self.value}"

    def __str__(self) -> str:
        return self.value


def check_character(head: str) -> str:
    """The last character: it makes the sum of weight times value zero, its own weight being one.

    The weights differ for up to 30 characters before it.
    """
    total = 0
    for character in head:  # Horner's rule: the first character gets the highest power
        total = _double(total ^ ALPHABET.index(character))
    return ALPHABET[total]


def _double(element: int) -> int:
    """Multiply by the generator of the field."""
    shifted = element << 1
    return shifted ^ _MODULUS if shifted & 32 else shifted
