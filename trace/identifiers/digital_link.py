"""GS1 Digital Link URIs: parse strictly, write canonically.

Source: GS1 Digital Link Standard: URI Syntax (section 4, form; section 4.12, canonical URIs; section 6.1,
the search for the key from the right; section 4.9, data attributes). The old alphabetic names (``/gtin/``,
``/lot/``), which release 1.3 took out of the standard, are read only where that is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from biip import ParseError
from biip.gs1_application_identifiers import GS1ApplicationIdentifier

from trace.identifiers.rules import (
    GTIN_LENGTHS,
    KEYS,
    QUALIFIERS,
    InvalidIdentifier,
    pad_gtin,
    require_text,
)

CANONICAL_HOST = "id.gs1.org"

_KIND = "digital_link"
_MAX_LENGTH = 2048
_URI_CHARACTERS = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=%"
)
# The standard allows a link all in upper case, which a QR code holds in less space, and no mixture.
_WEB = re.compile(r"(?:https?|HTTPS?)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?")
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::[0-9]{1,5})?")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_AI = re.compile(r"[0-9]{2,4}")
_ELEMENTS = re.compile(r"(?:\(([0-9]{2,4})\)([^(]+))+")
_ELEMENT = re.compile(r"\(([0-9]{2,4})\)([^(]+)")

# Application identifiers that stand in a path or in no link at all (GS1 Barcode Syntax Dictionary: those without
# the flag of a data attribute).
_NO_ATTRIBUTE = re.compile("03|2[12]|235|254|7040|8011|8014|8019|8020|804[0-3]|8200")

# What keys and qualifiers were called before release 1.3.
_OLD_NAMES = {
    "sscc": "00",
    "gtin": "01",
    "gdti": "253",
    "gcn": "255",
    "ginc": "401",
    "gsin": "402",
    "gln": "414",
    "party": "417",
    "grai": "8003",
    "giai": "8004",
    "itip": "8006",
    "cpid": "8010",
    "gsrnp": "8017",
    "gsrn": "8018",
    "lot": "10",
    "ser": "21",
    "cpv": "22",
    "glnx": "254",
    "cpsn": "8011",
    "srin": "8019",
}


@dataclass(frozen=True)
class DigitalLink:
    """A GS1 key with its qualifiers, as ``/{key}/{value}`` and ``/{qualifier}/{value}`` pairs.

    Always valid: the values have the form, the check digit and the character set of their application
    identifiers. ``attributes`` (from the query) describe the thing and are no part of its identity: they take
    no part in ``uri``, nor in equality.
    """

    key: str
    value: str
    qualifiers: tuple[tuple[str, str], ...] = ()
    attributes: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    @classmethod
    def of(
        cls,
        key: str,
        value: str,
        qualifiers: tuple[tuple[str, str], ...] = (),
        attributes: tuple[tuple[str, str], ...] = (),
    ) -> DigitalLink:
        """Check the parts and bring them into canonical form: GTIN of 14 digits, qualifiers in order.

        Raises InvalidIdentifier.
        """
        if key not in KEYS:
            raise InvalidIdentifier("link_no_key", _KIND, key, "/".join(KEYS))
        if key == "01":
            value = pad_gtin(value)
        KEYS[key].check(value)
        ordered = _ordered(key, qualifiers)
        for name, text in ordered:
            kind, longest, characters = QUALIFIERS[name]
            require_text(kind, text, longest, characters)
        return cls(key, value, ordered, attributes)

    @classmethod
    def parse(cls, uri: str, *, old_names: bool = False, unknown_attributes: bool = False) -> DigitalLink:
        """Read a Digital Link of any host.

        ``old_names`` reads ``/gtin/`` and its like too, ``unknown_attributes`` keeps application identifiers of
        the query that nobody has defined. Raises InvalidIdentifier: where the text is no such link, where a value
        is wrong, where a qualifier does not belong to the key or an attribute of the query is no valid
        application identifier.

        >>> DigitalLink.parse("http://farm.example/x/01/9520123456788/21/7/10/ABC%2d1?17=261231").uri
        'https://id.gs1.org/01/09520123456788/10/ABC-1/21/7'
        """
        host, path, query = _split(uri)
        if not _HOST.fullmatch(host):
            raise InvalidIdentifier("link_host", _KIND, uri, found=host)
        segments = path_segments(path)
        if old_names:
            names = slice(len(segments) % 2, None, 2)
            segments[names] = [_OLD_NAMES.get(name, name) for name in segments[names]]
        start = find_key(segments)
        if start is None:
            raise InvalidIdentifier("link_no_key", _KIND, uri, "/".join(KEYS))
        pairs = list(zip(segments[start::2], segments[start + 1 :: 2], strict=True))
        key, value = pairs[0]
        taken = {name for name, _ in pairs}
        banned = taken.union(*KEYS[key].qualifiers)
        return cls.of(key, value, tuple(pairs[1:]), _attributes(query, banned, unknown_attributes))

    @classmethod
    def of_elements(cls, elements: Iterable[tuple[str, str]]) -> DigitalLink:
        """The link that says the same as these application identifiers and values.

        The first of them that is a key is the link's; its qualifiers follow it and the rest are attributes, those
        of predefined length first (General Specifications, section 7.8.5). Raises InvalidIdentifier: without a
        key, where one identifier has two values, and where ``of`` does.
        """
        found: dict[str, str] = {}
        for name, value in elements:
            if found.setdefault(name, value) != value:
                raise InvalidIdentifier("link_repeated", _KIND, name)
        key = next((name for name in found if name in KEYS), None)
        if key is None:
            raise InvalidIdentifier("link_no_key", _KIND, "/".join(found), "/".join(KEYS))
        own = {name for sequence in KEYS[key].qualifiers for name in sequence}
        qualifiers = tuple((name, value) for name, value in found.items() if name in own)
        rest = [(name, value) for name, value in found.items() if name != key and name not in own]
        for name, value in rest:
            if not _known(name, value):
                raise InvalidIdentifier("link_attribute", _KIND, f"({name}){value}", found=name)
        rest.sort(key=lambda pair: GS1ApplicationIdentifier.extract(pair[0]).separator_required)
        return cls.of(key, found[key], qualifiers, tuple(rest))

    @property
    def uri(self) -> str:
        """The canonical URI, on the GS1 host and without the query."""
        pairs = ((self.key, self.value), *self.qualifiers)
        return f"https://{CANONICAL_HOST}" + "".join(f"/{ai}/{quote(text, safe='')}" for ai, text in pairs)

    def below(self, base: str) -> str:
        """The same link on another host, with its attributes as the query."""
        path = self.uri.removeprefix(f"https://{CANONICAL_HOST}")
        query = "&".join(f"{ai}={quote(text, safe='')}" for ai, text in self.attributes)
        return f"{base.rstrip('/')}{path}{query and '?'}{query}"

    def get(self, ai: str) -> str | None:
        """Value of the key, of a qualifier or of an attribute, by application identifier."""
        return dict((*self.attributes, *self.qualifiers, (self.key, self.value))).get(ai)


def bracketed(text: str) -> list[tuple[str, str]]:
    """The application identifiers and values of a text such as ``(01)...(10)...``, as people read it.

    Raises InvalidIdentifier for any other text.
    """
    if not _ELEMENTS.fullmatch(text):
        raise InvalidIdentifier("link_no_key", _KIND, text, "(01)...")
    return _ELEMENT.findall(text)


def path_segments(path: str) -> list[str]:
    """The decoded segments of a path, without the empty ones at its ends."""
    inner = path.removeprefix("/").removesuffix("/")
    return [unquote(segment) for segment in inner.split("/")]


def find_key(segments: list[str]) -> int | None:
    """Where the key stands: the last pair of segments, counted from the end, that a key begins."""
    for start in range(len(segments) - 2, -1, -2):
        if segments[start] in KEYS:
            return start
    return None


def claims_key(host: str, path: str) -> bool:
    """Whether a web address means to be a Digital Link.

    On the GS1 host every path with a key does. Elsewhere ``/01/`` may be a month, so the value after the key
    must also have the digits that a value of this key has.
    """
    segments = path_segments(path)
    start = find_key(segments)
    if start is None:
        return False
    if host.lower() == CANONICAL_HOST:
        return True
    key, value = segments[start], segments[start + 1]
    rule = KEYS[key]
    if rule.tail:
        return re.match(f"[0-9]{{{max(rule.numeric, 4)}}}", value) is not None
    lengths = GTIN_LENGTHS if key == "01" else (rule.numeric,)
    return len(value) in lengths and re.fullmatch("[0-9]+", value) is not None


def _split(uri: str) -> tuple[str, str, str]:
    if len(uri) > _MAX_LENGTH:
        raise InvalidIdentifier("link_length", _KIND, uri, str(_MAX_LENGTH), str(len(uri)))
    for position, character in enumerate(uri, 1):
        if character not in _URI_CHARACTERS:
            code = "identifier_space" if character.isspace() else "link_characters"
            raise InvalidIdentifier(code, _KIND, uri, "", f"U+{ord(character):04X}", position)
    if broken := _BROKEN_ESCAPE.search(uri):
        found = uri[broken.start() : broken.start() + 3]
        raise InvalidIdentifier("link_escape", _KIND, uri, "%XX", found, broken.start() + 1)
    parts = _WEB.fullmatch(uri)
    if parts is None:
        raise InvalidIdentifier("link_scheme", _KIND, uri, "https://")
    return parts[1], parts[2], parts[3] or ""


def _ordered(key: str, pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Qualifiers in the order the standard sets, whatever order they came in."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InvalidIdentifier("link_repeated", _KIND, "/".join(name for name, _ in pairs))
    for sequence in KEYS[key].qualifiers:
        if found.keys() <= set(sequence):
            return tuple((name, found[name]) for name in sequence if name in found)
    if not found:
        return ()
    allowed = " | ".join(", ".join(sequence) for sequence in KEYS[key].qualifiers)
    raise InvalidIdentifier("link_qualifier", _KIND, "/".join(found), allowed or "-", "/".join(found))


def _attributes(query: str, banned: set[str], unknown: bool) -> tuple[tuple[str, str], ...]:
    """The application identifiers of a query; other parameters (``linkType``) are somebody else's."""
    found: dict[str, str] = {}
    for item in query.split("&"):
        name, separator, raw = item.partition("=")
        if not separator or not name.isascii() or not name.isdigit():
            continue
        if name in banned or name in found:
            raise InvalidIdentifier("link_repeated", _KIND, name)
        # A bare plus is a space to some readers and a plus to others: only %2B says which.
        value = "" if "+" in raw else unquote(raw)
        if name == "01" and len(value) in GTIN_LENGTHS:
            value = value.zfill(14)
        if not value or not (_known(name, value) or (unknown and not _defined(name))):
            raise InvalidIdentifier("link_attribute", _KIND, item, found=name)
        found[name] = value
    return tuple(found.items())


def _known(name: str, value: str) -> bool:
    """Whether a defined application identifier may be an attribute with this value."""
    identifier = _defined(name)
    if identifier is None or _NO_ATTRIBUTE.fullmatch(name):
        return False
    return re.fullmatch(identifier.pattern, name + value, re.ASCII) is not None


def _defined(name: str) -> GS1ApplicationIdentifier | None:
    """The application identifier of this name, None where nobody has defined it."""
    if not _AI.fullmatch(name):
        return None
    try:
        identifier = GS1ApplicationIdentifier.extract(name)
    except ParseError:
        return None
    return identifier if identifier.ai == name else None
