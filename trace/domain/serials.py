"""Serial codes: one code for one carton or item, told from a made-up one without a stored row.

A serial is a number within its series and a keyed check over both, in Crockford's base 32, with the plain check
character of short codes at the end:

    of a batch     12 characters = number 5 + keyed check 6 + plain check 1
    of a roll      16 characters = roll 5 + number 4 + keyed check 6 + plain check 1

The keyed check is the first 30 bits of HMAC-SHA256 (RFC 2104) over the series and the number. The plain check comes
first: a slip of the finger is told from a forgery. Under a scratch layer there may be a second code, eight
characters (40 bits) of an HMAC under another key. Bytes in, verdict out: keys come from the caller.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from trace.domain.refusals import Refusal
from trace.identifiers.short_code import ALPHABET, check_character

MOST_AT_ONCE = 1_000_000
"""Numbers issued in one record, and labels of one roll."""

ROLL = 5
"""Characters of a roll's id."""

LAST_OF_BATCH = 32**5 - 1
"""The highest number within one batch."""

_ROLL_NUMBER, _CHECK, _COVER = 4, 6, 8
BATCH_SERIAL = 5 + _CHECK + 1
ROLL_SERIAL = ROLL + _ROLL_NUMBER + _CHECK + 1

_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
_LONGEST = 40  # typed characters that are looked at


@dataclass(eq=False)
class SerialMisspelt(Refusal):
    """The text has not the form of a serial code, or its plain check character does not fit: it was misread."""

    code = "serial_misspelt"
    serial: str


@dataclass(eq=False)
class SerialForged(Refusal):
    """The serial is well-formed, but its keyed check was not made by this service for these goods."""

    code = "serial_forged"
    serial: str


@dataclass(eq=False)
class SerialNotIssued(Refusal):
    """The serial's check is right, but nobody has recorded that its number was issued."""

    code = "serial_not_issued"
    serial: str


@dataclass(eq=False)
class SerialUnbound(Refusal):
    """The pre-printed label stands for no batch yet."""

    code = "serial_unbound"
    serial: str


@dataclass(eq=False)
class SerialBound(Refusal):
    """A label of the range stands for a batch already; the first binding counts."""

    code = "serial_bound"
    serial: str
    batch: str


@dataclass(eq=False)
class NoCloneWarning(Refusal):
    """Nothing speaks for copies of this serial now, so there is no warning to settle."""

    code = "no_clone_warning"
    serial: str


@dataclass(eq=False)
class UnknownRoll(Refusal):
    """No such roll of labels was made here."""

    code = "unknown_roll"
    roll: str


@dataclass(eq=False)
class RollsDiffer(Refusal):
    """The first and the last label come from different rolls, or in the wrong order."""

    code = "rolls_differ"
    first: str
    last: str


@dataclass(eq=False)
class SerialsUsedUp(Refusal):
    """The batch has no numbers left for so many more serials."""

    code = "serials_used_up"
    batch: str
    asked: int
    left: int


@dataclass(eq=False)
class NoCover(Refusal):
    """These codes were made without a second code under a scratch layer."""

    code = "no_cover"
    serial: str


@dataclass(eq=False)
class CoverPaused(Refusal):
    """Too many wrong second codes were tried for this serial today: it is asked again tomorrow."""

    code = "cover_paused"
    serial: str
    tries: int


@dataclass(frozen=True)
class Keys:
    """Two keys of 32 bytes: who knows one can make serials, who knows the other what lies under the layer."""

    check: bytes = field(repr=False)
    cover: bytes = field(repr=False)


@dataclass(frozen=True)
class Series:
    """What numbers count within: a batch, by its URI, or a pre-printed roll, by its id."""

    kind: str
    name: str
    prefix: str
    width: int

    @classmethod
    def of_batch(cls, uri: str) -> Series:
        """The serials of one batch; its URI stands in the check and not in the text."""
        return cls("batch", uri, "", 5)

    @classmethod
    def of_roll(cls, roll: str) -> Series:
        """The labels of one roll, whose id stands in front."""
        return cls("roll", roll, roll, _ROLL_NUMBER)

    def serial(self, keys: Keys, number: int) -> str:
        """The serial with this number. Raises ValueError where the series has no such number."""
        body = self.prefix + self._number(number)
        body += _spelled(self._mac(keys.check, body), _CHECK)
        return body + check_character(body)

    def number(self, keys: Keys, text: str) -> int:
        """The number of a serial of this series, however it is typed. Raises SerialMisspelt, SerialForged.

        The check is compared in constant time, so that it cannot be guessed character by character.
        """
        serial = read(text, len(self.prefix) + self.width + _CHECK + 1)
        body, check = serial[: -_CHECK - 1], serial[-_CHECK - 1 : -1]
        right = _spelled(self._mac(keys.check, body), _CHECK)
        if not serial.startswith(self.prefix) or not hmac.compare_digest(check, right):
            raise SerialForged(serial=shown(serial))
        return _value(body[len(self.prefix) :])

    def cover(self, keys: Keys, number: int) -> str:
        """The second code, under the scratch layer of the serial with this number."""
        return _spelled(self._mac(keys.cover, self.prefix + self._number(number)), _COVER)

    def uncovers(self, keys: Keys, number: int, typed: str) -> bool:
        """Whether this is the second code, however it is typed; compared in constant time."""
        code = _plain(typed)
        return (
            len(typed) <= _LONGEST and code.isascii() and hmac.compare_digest(code, self.cover(keys, number))
        )

    def _number(self, number: int) -> str:
        if not 0 <= number < 32**self.width:
            raise ValueError(f"{number} is no number of {self.kind} {self.name}")
        return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(self.width)))

    def _mac(self, key: bytes, body: str) -> bytes:
        # The kind has no NUL and the body, whose length is fixed, none either: no two series share a message.
        return hmac.digest(key, f"{self.kind}\0{self.name}\0{body}".encode(), "sha256")


def read(text: str, length: int) -> str:
    """The serial that somebody typed or scanned, in canonical form, its plain check right. Raises SerialMisspelt."""
    serial = _plain(text) if len(text) <= _LONGEST else ""
    if len(serial) != length or not frozenset(serial) <= frozenset(ALPHABET):
        raise SerialMisspelt(serial=text[:_LONGEST])
    if serial[-1] != check_character(serial[:-1]):
        raise SerialMisspelt(serial=text[:_LONGEST])
    return serial


def roll_of(text: str) -> str:
    """The id of the roll that a label says it is of. Raises SerialMisspelt."""
    return read(text, ROLL_SERIAL)[:ROLL]


def new_roll(random: bytes) -> str:
    """A roll's id out of four random bytes."""
    return _spelled(random, ROLL)


def shown(serial: str) -> str:
    """A serial as it is printed for people: in groups of four."""
    return "-".join(serial[start : start + 4] for start in range(0, len(serial), 4))


def _plain(text: str) -> str:
    return text.strip().upper().translate(_READ_AS)


def _spelled(data: bytes, characters: int) -> str:
    """The first ``5 * characters`` bits."""
    bits = int.from_bytes(data, "big") >> (8 * len(data) - 5 * characters)
    return "".join(ALPHABET[bits >> 5 * place & 31] for place in reversed(range(characters)))


def _value(digits: str) -> int:
    number = 0
    for digit in digits:
        number = number << 5 | ALPHABET.index(digit)
    return number
