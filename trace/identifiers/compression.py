"""Compressed GS1 Digital Links: a whole link, or what follows its key, as one segment of URI-safe base 64.

Source: GS1 Digital Link Standard 1.2, Compression (decompression procedure and tables of application identifiers,
of their formats and of optimised sequences). The bits are a row of elements: an application identifier in digits
of four bits (or one code for a sequence of them), then its value in the parts of its format. Numbers take as many
bits as their decimal digits need, text says first in which of five encodings it is written. What is no GS1 element
begins with four ones and carries a name and a value. The bits are filled up with zeros to a whole character.

How long identifiers are and which parts a value has is read from biip's table of the General Specifications.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from biip import ParseError
from biip.gs1_application_identifiers import GS1ApplicationIdentifier

from trace.identifiers.digital_link import DigitalLink, path_segments
from trace.identifiers.rules import DIGITS, KEYS, InvalidIdentifier

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
LONGEST = 400  # characters; three times what the longest label needs

# Sequences of application identifiers that have one code between them: those that stand on most labels.
OPTIMISED = {
    "0A": ("01", "22"),
    "0B": ("01", "10"),
    "0C": ("01", "21"),
    "0D": ("01", "17"),
    "0E": ("01", "7003"),
    "0F": ("01", "30"),
    "1A": ("01", "10", "21", "17"),
    "1B": ("01", "15"),
    "1C": ("01", "11"),
    "1D": ("01", "16"),
    "1E": ("01", "91"),
    "1F": ("01", "10", "15"),
    **{f"2{'ABCDEF'[n]}": ("01", f"310{n}") for n in range(6)},
    **{f"3{'ABCDEF'[n]}": ("01", f"320{n}") for n in range(6)},
    "9A": ("8010", "8011"),
    "9B": ("8017", "8019"),
    "9C": ("8018", "8019"),
    "9D": ("414", "254"),
    **{f"A{n}": ("01", f"392{n}") for n in range(10)},
    **{f"C{n}": ("255", f"390{n}") for n in range(10)},
    **{f"C{'ABCD'[n]}": ("255", f"394{n}") for n in range(4)},
}

_KIND = "digital_link"
_HEX = "0123456789ABCDEF"
_SEGMENT = re.compile("[A-Za-z0-9_-]+")
_PART = re.compile(r"([NXYZ])(\.\.)?([0-9]+)")
_FOREIGN = "F"
_COMBINED = {"8006": "N18", "8026": "N18", **{f"723{n}": "X..30" for n in range(10)}}
"""Values that the tables take as one part where the General Specifications have several."""


class Part(NamedTuple):
    """A part of a value: decimal digits or text, of exactly or up to so many characters."""

    numeric: bool
    fixed: bool
    size: int


def decompress(path: str) -> DigitalLink | None:
    """The link that a compressed path stands for, None where the path is none: no key, or not to the last bit.

    The whole link is one segment; where the key is left as it is, the segment stands behind its value.
    """
    segments = path_segments(path)
    if len(segments) not in (1, 3) or len(segments[-1]) > LONGEST or not _SEGMENT.fullmatch(segments[-1]):
        return None
    before = [] if len(segments) == 1 else [(segments[0], segments[1])]
    if before and segments[0] not in KEYS:
        return None
    try:
        return DigitalLink.of_elements([*before, *elements(segments[-1])])
    except InvalidIdentifier:
        return None


def elements(segment: str) -> list[tuple[str, str]]:
    """The application identifiers and values in a compressed segment, what is no GS1 element left out.

    Raises InvalidIdentifier: a character outside the alphabet, an unknown identifier or encoding, a value that ends
    before its length or has more digits than it says, or bits left over.
    """
    bits = _Bits(segment)
    found: list[tuple[str, str]] = []
    while bits.left >= 8:  # no more than five bits fill the last character up
        code = _HEX[bits.take(4)] + _HEX[bits.take(4)]
        if code in OPTIMISED:
            found += [(ai, _value(bits, ai)) for ai in OPTIMISED[code]]
        elif code[0] == _FOREIGN:
            _skip_foreign(bits, int(code[1], 16))
        else:
            ai = _identifier(bits, code)
            found.append((ai, _value(bits, ai)))
    if bits.left >= 6 or bits.take(bits.left):
        raise bits.wrong()
    return found


class _Bits:
    """The bits of a segment, taken from the left."""

    def __init__(self, segment: str) -> None:
        self._segment = segment
        self._bits = 0
        for character in segment:
            place = ALPHABET.find(character)
            if place < 0:
                raise self.wrong()
            self._bits = self._bits << 6 | place
        self.left = 6 * len(segment)

    def take(self, count: int) -> int:
        if count > self.left:
            raise self.wrong()
        self.left -= count
        return self._bits >> self.left & ((1 << count) - 1)

    def number(self, digits: int) -> str:
        """A decimal number with its leading zeros."""
        value = str(self.take(value_bits(digits))).zfill(digits) if digits else ""
        if len(value) > digits:
            raise self.wrong()
        return value

    def text(self, length: int, encoding: int) -> str:
        """Text in one of the five encodings."""
        if encoding == 0:
            return self.number(length)
        if encoding in (1, 2):
            value = "".join(_HEX[self.take(4)] for _ in range(length))
            return value.lower() if encoding == 1 else value
        if encoding == 3:
            return "".join(ALPHABET[self.take(6)] for _ in range(length))
        if encoding == 4:
            return "".join(chr(self.take(7)) for _ in range(length))
        raise self.wrong()

    def wrong(self) -> InvalidIdentifier:
        return InvalidIdentifier("link_compressed", _KIND, self._segment)


def _identifier(bits: _Bits, ai: str) -> str:
    """An application identifier whose first two digits are read: none is the beginning of another."""
    while DIGITS.issuperset(ai):
        if parts(ai):
            return ai
        if len(ai) == 4:
            break
        ai += _HEX[bits.take(4)]
    raise bits.wrong()


def _value(bits: _Bits, ai: str) -> str:
    return "".join(_read(bits, part) for part in parts(ai))


def _read(bits: _Bits, part: Part) -> str:
    encoding = None if part.numeric else bits.take(3)
    length = part.size if part.fixed else bits.take(length_bits(part.size))
    if length > part.size:
        raise bits.wrong()
    return bits.number(length) if encoding is None else bits.text(length, encoding)


def _skip_foreign(bits: _Bits, high: int) -> None:
    """A pair that is no GS1 element: seven bits of length, four of them read, then the name and its value."""
    for _ in range(high << 3 | bits.take(3)):
        bits.take(6)
    encoding, length = bits.take(3), bits.take(7)
    bits.text(length, encoding)


def value_bits(digits: int) -> int:
    """How many bits a decimal number of so many digits takes."""
    return int(10**digits - 1).bit_length()


def length_bits(longest: int) -> int:
    """How many bits the length of a value takes that has at most so many characters."""
    return longest.bit_length()


@lru_cache(maxsize=2000)  # thrice as many as there are
def parts(ai: str) -> tuple[Part, ...]:
    """The parts of an application identifier's value; empty where nobody has defined it.

    What may be missing at the end of a value is written with its length, so that nothing can be said.
    """
    try:
        identifier = GS1ApplicationIdentifier.extract(ai)
    except ParseError:
        return ()
    form = _COMBINED.get(ai) or identifier.format.removeprefix(f"N{len(ai)}+")
    if identifier.ai != ai or "[-]" in form or "[N1" in form:  # two late ones, which the tables do not have
        return ()
    certain, _, optional = form.partition("[")
    return (
        *(Part(kind == "N", not upto, int(size)) for kind, upto, size in _PART.findall(certain)),
        *(Part(kind == "N", False, int(size)) for kind, _, size in _PART.findall(optional)),
    )
