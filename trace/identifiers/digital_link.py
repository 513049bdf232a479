"""GS1 Digital Link URIs: parse strictly, write canonically.

Source: GS1 Digital Link Standard: URI Syntax (section 4, form; section 4.12, canonical URIs; section 6.1,
the search for the key from the right). The old alphabetic names (``/gtin/``, ``/lot/``) are not accepted.
"""

from __future__ import annotations

import re
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
    def parse(cls, uri: str) -> DigitalLink:
        """Read a Digital Link of any host.

        Raises InvalidIdentifier: where the text is no such link, where a value is wrong, where a qualifier
        does not belong to the key or an attribute of the query is no valid application identifier.

        >>> DigitalLink.parse("http://farm.example/x/01/9520123456788/21/7/10/ABC%2d1?17=261231").uri
        'https://id.gs1.org/01/09520123456788/10/ABC-1/21/7'
        """
        host, path, query = _split(uri)
        if not _HOST.fullmatch(host):
            raise InvalidIdentifier("link_host", _KIND, uri, found=host)
        segments = path_segments(path)
        start = find_key(segments)
        if start is None:
            raise InvalidIdentifier("link_no_key", _KIND, uri, "/".join(KEYS))
        pairs = list(zip(segments[start::2], segments[start + 1 :: 2], strict=True))
        key, value = pairs[0]
        taken = {name for name, _ in pairs}
        banned = taken.union(*KEYS[key].qualifiers)
        return cls.of(key, value, tuple(pairs[1:]), _attributes(query, banned))

    @property
    def uri(self) -> str:
        """The canonical URI, on the GS1 host and without the query."""
        pairs = ((self.key, self.value), *self.qualifiers)
        return f"https://{CANONICAL_HOST}" + "".join(f"/{ai}/{quote(text, safe='')}" for ai, text in pairs)

    def get(self, ai: str) -> str | None:
        """Value of the key, of a qualifier or of an attribute, by application identifier."""
        return dict((*self.attributes, *self.qualifiers, (self.key, self.value))).get(ai)


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


def _attributes(query: str, banned: set[str]) -> tuple[tuple[str, str], ...]:
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
        if not value or not _known(name, value):
            raise InvalidIdentifier("link_attribute", _KIND, item, found=name)
        found[name] = value
    return tuple(found.items())


def _known(name: str, value: str) -> bool:
    if not _AI.fullmatch(name):
        return False
    try:
        identifier = GS1ApplicationIdentifier.extract(name)
    except ParseError:
        return False
    return identifier.ai == name and re.fullmatch(identifier.pattern, name + value, re.ASCII) is not None
