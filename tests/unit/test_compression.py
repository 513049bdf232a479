"""Compressed links: what a label's few characters stand for, to the last bit, and nothing for anything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.identifiers import DigitalLink, InvalidIdentifier, check_digit
from trace.identifiers.compression import (
    ALPHABET,
    OPTIMISED,
    decompress,
    elements,
    length_bits,
    parts,
    value_bits,
)
from trace.identifiers.rules import CSET82, DIGITS

# The link of GS1's own examples: GS1DigitalLinkToolkit.js, comments of extractFromCompressedGS1digitalLink.
EXAMPLE = [("01", "05412345000013"), ("10", "ABC&+123"), ("7003", "1903061658")]
PLAIN = "AQnYUc1gmiERBhQ0ytiyZuAGOLc1TQ"
WITH_A_STRANGER = "AQnYUc1gmiERBhQ0ytiyZuAGOLc1TXhXsaXbQKHFuaprwUmrBX6g"  # another name and value besides

HEX = "0123456789ABCDEF"


class Writer:
    """Writes what ``elements`` reads; in none but a test is anything compressed."""

    def __init__(self) -> None:
        self.bits = ""

    def put(self, value: int, count: int) -> None:
        self.bits += f"{value:0{count}b}" if count else ""

    def code(self, digits: str) -> None:
        for digit in digits:
            self.put(int(digit, 16), 4)

    def value(self, ai: str, text: str) -> None:
        for part in parts(ai):
            piece, text = text[: part.size], text[part.size :]
            encoding = 0 if part.numeric else encoding_of(piece)
            if not part.numeric:
                self.put(encoding, 3)
            if not part.fixed:
                self.put(len(piece), length_bits(part.size))
            self.text(piece, encoding)

    def text(self, text: str, encoding: int) -> None:
        if encoding == 0:
            self.put(int(text or "0"), value_bits(len(text)) if text else 0)
        for character in text if encoding else "":
            if encoding == 4:
                self.put(ord(character), 7)
            elif encoding == 3:
                self.put(ALPHABET.index(character), 6)
            else:
                self.put(HEX.index(character.upper()), 4)

    def segment(self) -> str:
        bits = self.bits + "0" * (-len(self.bits) % 6)
        return "".join(ALPHABET[int(bits[start : start + 6], 2)] for start in range(0, len(bits), 6))


def encoding_of(text: str) -> int:
    for encoding, characters in ((0, "0123456789"), (1, "0123456789abcdef"), (2, HEX), (3, ALPHABET)):
        if all(character in characters for character in text):
            return encoding
    return 4


def compress(pairs: list[tuple[str, str]], code: str = "") -> str:
    """A segment of these elements, those of an optimised sequence first where its code is given."""
    found, writer = dict(pairs), Writer()
    if code:
        writer.code(code)
    for ai in OPTIMISED.get(code, ()):
        writer.value(ai, found.pop(ai))
    for ai, text in found.items():
        writer.code(ai)
        writer.value(ai, text)
    return writer.segment()


@pytest.mark.conforms("resolver-decompress")
@pytest.mark.parametrize("segment", [PLAIN, WITH_A_STRANGER])
def test_the_published_example_is_the_link_it_was_made_from(segment: str) -> None:
    """Product, batch and expiry time come back; a name that is no GS1 element is read over."""
    assert elements(segment) == EXAMPLE
    found = decompress(f"/{segment}")
    assert found == DigitalLink.parse("https://id.gs1.org/01/05412345000013/10/ABC%26%2B123")
    assert found is not None
    assert found.attributes == (("7003", "1903061658"),)


def test_a_key_may_be_left_as_it_is() -> None:
    """Then the segment behind it holds the rest of the link."""
    rest = compress([("10", "ABC123"), ("17", "271231")])
    found = decompress(f"/01/09520000000011/{rest}")
    assert found is not None
    assert found.uri == "https://id.gs1.org/01/09520000000011/10/ABC123"
    assert found.get("17") == "271231"


texts = st.text(alphabet=sorted(CSET82), min_size=1, max_size=20).filter(lambda text: text not in (".", ".."))
gtins = st.text(alphabet=sorted(DIGITS), min_size=13, max_size=13).map(lambda text: text + check_digit(text))


@given(gtins, texts, texts, st.booleans())
def test_whatever_is_compressed_comes_back_unchanged(gtin: str, lot: str, serial: str, short: bool) -> None:
    """Leading zeros, either case and every sign of a lot or serial survive, in the optimised form and the long one."""
    pairs = [("01", gtin), ("10", lot), ("21", serial), ("17", "271231")]
    assert dict(elements(compress(pairs, "1A" if short else ""))) == dict(pairs)
    found = decompress(f"/{compress(pairs, '1A' if short else '')}")
    assert found == DigitalLink.of("01", gtin, (("10", lot), ("21", serial)))


@pytest.mark.parametrize(
    "pairs",
    [
        [("253", "9526064000028" + "A-0001")],  # a number and then text, in one value
        [("253", "9526064000028")],  # and without the text
        [("255", "9526064000028" + "000123")],
        [("8006", "095200000000110102")],
        [("8003", "09520000000011" + "x/7")],
        [("00", "095200000000000011"), ("402", "09520000000000001"), ("02", "09520000000011"), ("37", "25")],
        [("414", "9520000000103"), ("254", "0007")],
        [("01", "09520000000011"), ("7007", "260101260105")],
    ],
)
def test_values_of_several_parts_come_back_whole(pairs: list[tuple[str, str]]) -> None:
    """A document's, coupon's or asset's serial is not read without the number before it."""
    code = next((code for code, names in OPTIMISED.items() if names == tuple(ai for ai, _ in pairs)), "")
    assert elements(compress(pairs, code)) == pairs


@given(st.text(alphabet=ALPHABET, max_size=80))
def test_any_word_in_an_address_is_a_link_or_none(segment: str) -> None:
    """Whatever stands there is read without a failure, and what is read is a valid key."""
    found = decompress(f"/{segment}")
    assert found is None or DigitalLink.parse(found.uri) == found


@pytest.mark.parametrize(
    "segment",
    [
        "foo",  # what GS1's test suite puts behind a valid link
        PLAIN[:-1],  # cut off
        f"{PLAIN}A",  # bits left over
        f"{PLAIN[:-1]}R",  # the bits that fill up are not zero
        "n" * 401,
        compress([("10", "ABC")]),  # no key
        compress([("01", "09520000000012")]),  # a wrong check digit
        compress([("01", "09520000000011")] * 1) + compress([("01", "09520000000028")]),
        "",
        "ü",
    ],
)
def test_what_does_not_fit_to_the_last_bit_is_no_link(segment: str) -> None:
    """A misread character opens nothing rather than something else."""
    assert decompress(f"/{segment}") is None
    assert decompress(f"/01/09520000000011/{segment}/x/y/z") is None


@pytest.mark.parametrize(
    "write",
    [
        lambda bits: bits.code("0404"),  # an identifier that nobody has defined
        lambda bits: bits.code("4A"),  # no code of a sequence
        lambda bits: (bits.code("10"), bits.put(5, 3), bits.put(1, 5), bits.put(0, 8)),  # a sixth encoding
        lambda bits: (
            bits.code("10"),
            bits.put(0, 3),
            bits.put(21, 5),
            bits.put(0, 70),
        ),  # longer than it may be
        lambda bits: (bits.code("01"), bits.put(2**47 - 1, 47)),  # more digits than its bits are for
    ],
)
def test_wrong_bits_are_told_as_such(write: object) -> None:
    """Each way in which a segment contradicts the tables is refused, none is guessed at."""
    writer = Writer()
    write(writer)  # type: ignore[operator]
    with pytest.raises(InvalidIdentifier, match="link_compressed"):
        elements(writer.segment())


def test_a_character_outside_the_alphabet_is_refused() -> None:
    """Base 64 of the other alphabet is another text."""
    with pytest.raises(InvalidIdentifier, match="link_compressed"):
        elements("AQ+/")
