"""What every identifier shares: the refusal, the character sets, and the GS1 key table.

Sources: GS1 General Specifications (section 3, application identifiers; section 7.9.1, check digit; section
7.11, character sets 82 and 39), GS1 Digital Link Standard: URI Syntax (section 4, keys and key qualifiers).
"""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_letters, ascii_uppercase, digits

from biip.checksums import gs1_standard_check_digit

DIGITS = frozenset(digits)
CSET82 = frozenset(ascii_letters + digits + "!\"%&'()*+,-./:;<=>?_")
CSET39 = frozenset(ascii_uppercase + digits + "#-/")

_SHOWN = 64


class InvalidIdentifier(ValueError):
    """An identifier is not what it claims to be.

    ``code`` is stable and names the words in ``trace/i18n/identifiers.toml``; ``kind`` is the identifier that
    was expected; ``value`` the text as given; ``expected`` and ``found`` what should and what does stand
    there; ``position`` (1-based, 0 where it has no meaning) the first character at fault.
    """

    def __init__(
        self, code: str, kind: str, value: str, expected: str = "", found: str = "", position: int = 0
    ) -> None:
        super().__init__(code, kind, value, expected, found, position)
        self.code = code
        self.kind = kind
        self.value = value
        self.expected = expected
        self.found = found
        self.position = position

    def params(self) -> dict[str, str]:
        """Everything the words may set in, as plain text; long values are cut."""
        return {
            "kind": self.kind,
            "value": _cut(self.value),
            "expected": _cut(self.expected),
            "found": _cut(self.found),
            "position": str(self.position) if self.position else "",
        }

    def __str__(self) -> str:
        return f"{self.code}: " + ", ".join(f"{k}={v!r}" for k, v in self.params().items() if v)


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def require_characters(kind: str, text: str, allowed: frozenset[str], expected: str) -> None:
    """Refuse the first character outside ``allowed``; a space is told apart, people cannot see it."""
    if not text:
        raise InvalidIdentifier("identifier_empty", kind, text)
    for position, character in enumerate(text, 1):
        if character in allowed:
            continue
        code = "identifier_space" if character.isspace() else f"{kind}_characters"
        raise InvalidIdentifier(code, kind, text, expected, f"U+{ord(character):04X}", position)


def require_digits(kind: str, text: str, *lengths: int) -> None:
    """Refuse anything but ASCII digits in one of the given lengths."""
    require_characters(kind, text, DIGITS, "0-9")
    if len(text) not in lengths:
        wanted = "/".join(str(length) for length in lengths)
        raise InvalidIdentifier(f"{kind}_length", kind, text, wanted, str(len(text)))


def check_digit(payload: str) -> str:
    """GS1 check digit over the digits before it (General Specifications, section 7.9.1)."""
    return str(gs1_standard_check_digit(payload))


def require_check_digit(kind: str, number: str) -> None:
    """Refuse a number whose last digit is not the GS1 check digit over the others."""
    if number[-1] != (expected := check_digit(number[:-1])):
        raise InvalidIdentifier(f"{kind}_check_digit", kind, number, expected, number[-1])


def require_text(kind: str, text: str, longest: int, allowed: frozenset[str] = CSET82) -> None:
    """Refuse text outside a GS1 character set or longer than its field.

    ``.`` and ``..`` are refused too: in a path every browser resolves them away, so that the code of one lot
    would open the page of something else.
    """
    if len(text) > longest:
        raise InvalidIdentifier(f"{kind}_length", kind, text, str(longest), str(len(text)))
    require_characters(kind, text, allowed, _CHARSET_NAMES[allowed])
    if text in {".", ".."}:
        raise InvalidIdentifier("identifier_dots", kind, text)


_CHARSET_NAMES = {DIGITS: "0-9", CSET82: "GS1 82", CSET39: "GS1 39"}


@dataclass(frozen=True)
class Key:
    """Form of a GS1 key's value: ``numeric`` digits, the last one a check digit, then a tail of text."""

    kind: str
    numeric: int = 0
    tail: int = 0
    tail_set: frozenset[str] = CSET82
    tail_least: int = 0
    zero_first: bool = False
    # Qualifiers that may follow, in canonical order; one alternative must hold all that are there.
    qualifiers: tuple[tuple[str, ...], ...] = ()

    def check(self, value: str) -> None:
        """Refuse a value that does not have this form. Raises InvalidIdentifier."""
        if self.numeric:
            number = value[: self.numeric] if self.tail else value
            require_digits(self.kind, number, self.numeric)
            if self.zero_first and number[0] != "0":
                raise InvalidIdentifier(f"{self.kind}_zero", self.kind, value, "0", number[0], 1)
            require_check_digit(self.kind, number)
        tail = value[self.numeric :]
        if not self.tail_least <= len(tail) <= self.tail:
            least, most = self.numeric + self.tail_least, self.numeric + self.tail
            wanted = f"{least}-{most}" if most > least else str(most)
            raise InvalidIdentifier(f"{self.kind}_length", self.kind, value, wanted, str(len(value)))
        if tail:
            require_text(self.kind, tail, self.tail, self.tail_set)


# The keys a Digital Link may start with (GS1 Digital Link: URI Syntax, section 4.3). Left out on purpose: 415
# (payment slips) and 8013 (regulated medical devices) name nothing that food is.
KEYS = {
    "00": Key("sscc", 18),
    "01": Key("gtin", 14, qualifiers=(("22", "10", "21"), ("235",))),
    "253": Key("gs1key", 13, tail=17),
    "255": Key("gs1key", 13, tail=12, tail_set=DIGITS),
    "401": Key("gs1key", tail=30, tail_least=1),
    "402": Key("gs1key", 17),
    "414": Key("gln", 13, qualifiers=(("254",), ("7040",))),
    "417": Key("gln", 13, qualifiers=(("7040",),)),
    "8003": Key("grai", 14, tail=16, zero_first=True),
    "8004": Key("gs1key", tail=30, tail_least=1, qualifiers=(("7040",),)),
    "8006": Key("gs1key", 14, tail=4, tail_set=DIGITS, tail_least=4, qualifiers=(("22", "10", "21"),)),
    "8010": Key("gs1key", tail=30, tail_set=CSET39, tail_least=1, qualifiers=(("8011",),)),
    "8017": Key("gs1key", 18, qualifiers=(("8019",),)),
    "8018": Key("gs1key", 18, qualifiers=(("8019",),)),
}

# Key qualifiers: kind, greatest length, characters.
QUALIFIERS = {
    "10": ("lot", 20, CSET82),
    "21": ("serial", 20, CSET82),
    "22": ("variant", 20, CSET82),
    "235": ("serial", 28, CSET82),
    "254": ("extension", 20, CSET82),
    "7040": ("qualifier", 4, CSET82),
    "8011": ("qualifier", 12, DIGITS),
    "8019": ("qualifier", 10, DIGITS),
}

GTIN_LENGTHS = (8, 12, 13, 14)


def pad_gtin(text: str) -> str:
    """A GTIN-8, -12, -13 or -14 as 14 digits, its check digit verified. Raises InvalidIdentifier.

    >>> pad_gtin("4012345123456")
    '04012345123456'
    """
    require_digits("gtin", text, *GTIN_LENGTHS)
    require_check_digit("gtin", text)
    return text.zfill(14)


def check_lot(text: str) -> str:
    """A batch or lot number: 1 to 20 characters of GS1 character set 82, case kept (General
    Specifications, AI 10). Raises InvalidIdentifier.

    >>> check_lot("SALAD-20260420-A")
    'SALAD-20260420-A'
    """
    require_text("lot", text, 20)
    return text
