"""``urn:epc`` forms of GS1 keys, to and from Digital Links.

Source: GS1 EPC Tag Data Standard 2.0, section 6.3 (pure identity URIs), section 6.3.1 (escapes), section 8
(identity patterns) and 6.4 (LGTIN class URIs). An EPC says where the company prefix ends, a Digital Link does
not: the way back needs the length of the prefix.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from biip.gs1_prefixes import GS1CompanyPrefix

from trace.identifiers.digital_link import DigitalLink
from trace.identifiers.rules import InvalidIdentifier, check_digit

PREFIX_LENGTHS = range(6, 13)

_KIND = "epc"
_EPC = re.compile(r"urn:epc:(id|idpat|class):([a-z]+):(.+)", re.DOTALL)
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPED = re.compile(r'["%&/<>?]')

# Scheme: key, digits of prefix and reference together, qualifier for the serial (or "tail": part of the
# value), and whether the reference's first digit comes before the prefix in the key.
_NUMERIC = {
    "sgtin": ("01", 13, "21", True),
    "lgtin": ("01", 13, "10", True),
    "upui": ("01", 13, "235", True),
    "sscc": ("00", 17, "", True),
    "sgln": ("414", 12, "254", False),
    "pgln": ("417", 12, "", False),
    "grai": ("8003", 12, "tail", False),
    "gdti": ("253", 12, "tail", False),
    "sgcn": ("255", 12, "tail", False),
    "gsrn": ("8018", 17, "", False),
    "gsrnp": ("8017", 17, "", False),
    "gsin": ("402", 16, "", False),
}
_PATTERNS = {"sgtin", "grai", "gdti", "sgcn", "cpi", "itip", "upui"}
_SCHEMES = {*_NUMERIC, "giai", "ginc", "cpi", "itip"}


def parse_epc(uri: str) -> tuple[DigitalLink, int] | None:
    """The key an EPC URI stands for, and the length of its company prefix.

    None where the URI is of a scheme that is no GS1 key (``urn:epc:id:gid``) or a pattern wider than one
    class (``urn:epc:idpat:sgtin:*.*.*``). Raises InvalidIdentifier where it is malformed.

    >>> parse_epc("urn:epc:class:lgtin:4012345.012345.998877")[0].uri
    'https://id.gs1.org/01/04012345123456/10/998877'
    """
    parts = _EPC.fullmatch(uri)
    if parts is None:
        return None
    form, scheme, body = parts[1], parts[2], parts[3]
    if scheme not in _SCHEMES or (form == "class") != (scheme == "lgtin"):
        return None
    if form == "idpat":
        if scheme not in _PATTERNS or not body.endswith(".*") or "*" in body[:-2]:
            return None
        body = body.removesuffix("*")
    if broken := _BROKEN_ESCAPE.search(body):
        raise InvalidIdentifier("epc_form", _KIND, uri, "%XX", body[broken.start() : broken.start() + 3])
    link, prefix = _read(uri, scheme, body, pattern=form == "idpat")
    return link, len(prefix)


def _read(uri: str, scheme: str, body: str, *, pattern: bool) -> tuple[DigitalLink, str]:
    if scheme in {"giai", "ginc"}:
        prefix, rest = _fields(uri, body, 2)
        _require_prefix(uri, prefix)
        return DigitalLink.of("8004" if scheme == "giai" else "401", prefix + _text(uri, rest)), prefix
    if scheme == "cpi":
        prefix, part, serial = _fields(uri, body, 3)
        _require_prefix(uri, prefix)
        serials = _qualifier(uri, "8011", serial, pattern)
        return DigitalLink.of("8010", prefix + _text(uri, part), serials), prefix
    if scheme == "itip":
        prefix, item, piece, total, serial = _fields(uri, body, 5)
        number = _number(uri, prefix, item, 13, indicator=True)
        return DigitalLink.of("8006", number + piece + total, _qualifier(uri, "21", serial, pattern)), prefix
    return _read_numeric(uri, scheme, body, pattern=pattern)


def _read_numeric(uri: str, scheme: str, body: str, *, pattern: bool) -> tuple[DigitalLink, str]:
    key, length, serial_at, indicator = _NUMERIC[scheme]
    prefix, reference, *rest = _fields(uri, body, 3 if serial_at else 2)
    number = _number(uri, prefix, reference, length, indicator=indicator)
    if key == "8003":
        number = f"0{number}"
    if not rest:
        return DigitalLink.of(key, number), prefix
    if serial_at == "tail":
        tail = "" if pattern else _text(uri, rest[0])
        return DigitalLink.of(key, number + tail), prefix
    if scheme == "sgln" and rest[0] == "0":  # Tag Data Standard, section 6.3.3: 0 means no extension
        return DigitalLink.of(key, number), prefix
    return DigitalLink.of(key, number, _qualifier(uri, serial_at, rest[0], pattern)), prefix


def _fields(uri: str, body: str, count: int) -> list[str]:
    """The dot-separated fields; dots beyond the last separator belong to the serial."""
    fields = body.split(".", count - 1)
    if len(fields) != count:
        raise InvalidIdentifier("epc_form", _KIND, uri, str(count), str(len(fields)))
    return fields


def _require_prefix(uri: str, prefix: str) -> None:
    if not re.fullmatch("[0-9]+", prefix) or len(prefix) not in PREFIX_LENGTHS:
        raise InvalidIdentifier("epc_prefix", _KIND, uri, "6-12", str(len(prefix)))


def _number(uri: str, prefix: str, reference: str, length: int, *, indicator: bool) -> str:
    """Prefix and reference as one number with its check digit."""
    _require_prefix(uri, prefix)
    if len(prefix + reference) != length or not re.fullmatch("[0-9]*", reference):
        raise InvalidIdentifier("epc_reference", _KIND, uri, str(length), str(len(prefix + reference)))
    payload = reference[:1] + prefix + reference[1:] if indicator else prefix + reference
    # The asset type's check digit leaves out the zero that pads a GRAI, which weighs nothing.
    return payload + check_digit(payload)


def _text(uri: str, raw: str) -> str:
    if not raw:
        raise InvalidIdentifier("epc_form", _KIND, uri)
    return unquote(raw)


def _qualifier(uri: str, ai: str, raw: str, pattern: bool) -> tuple[tuple[str, str], ...]:
    return () if pattern else ((ai, _text(uri, raw)),)


# Which scheme writes a key with this qualifier, and in which of the three forms.
_WRITERS = {
    ("01", "21"): ("id", "sgtin"),
    ("01", "10"): ("class", "lgtin"),
    ("01", ""): ("idpat", "sgtin"),
    ("00", ""): ("id", "sscc"),
    ("414", "254"): ("id", "sgln"),
    ("414", ""): ("id", "sgln"),
    ("417", ""): ("id", "pgln"),
    ("8003", ""): ("id", "grai"),
}


def write_epc(link: DigitalLink, prefix_length: int | None = None) -> str | None:
    """The ``urn:epc`` form of a GTIN, LGTIN, SGTIN, SSCC, GLN, SGLN, PGLN or GRAI.

    ``prefix_length`` is the length of the company prefix where it is known; GS1's table of prefixes is asked
    otherwise. None where neither knows it, and for keys and qualifiers that have no such form.

    >>> write_epc(DigitalLink.of("414", "4012345000115", (("254", "987"),)), 7)
    'urn:epc:id:sgln:4012345.00011.987'
    """
    ai, serial = link.qualifiers[0] if link.qualifiers else ("", "")
    if len(link.qualifiers) > 1 or (link.key, ai) not in _WRITERS:
        return None
    if (ai, serial) == ("254", "0"):
        return None  # written so, it would mean that there is no extension
    form, scheme = _WRITERS[link.key, ai]
    _, length, _, indicator = _NUMERIC[scheme]
    start = 1 if indicator or scheme == "grai" else 0
    end = start + length - (1 if indicator else 0)
    number, tail = link.value[start:end], link.value[end + 1 :]
    if prefix_length is None:
        prefix_length = _prefix_length(number)
    if prefix_length not in PREFIX_LENGTHS:
        return None
    first = link.value[0] if indicator else ""
    fields = [number[:prefix_length], first + number[prefix_length:]]
    if scheme == "sgln":
        fields.append(_escape(serial or "0"))
    elif scheme == "grai" and not tail:
        form = "idpat"
    elif serial or tail:
        fields.append(_escape(serial or tail))
    if form == "idpat":
        fields.append("*")
    return f"urn:epc:{form}:{scheme}:{'.'.join(fields)}"


def _prefix_length(number: str) -> int:
    """Length of the company prefix by GS1's table, 0 where it says nothing."""
    if number.startswith("00000"):  # a GTIN-8: its prefix is no company's
        return 0
    found = GS1CompanyPrefix.extract(number)
    return len(found.value) if found else 0


def _escape(text: str) -> str:
    return _ESCAPED.sub(lambda match: f"%{ord(match[0]):02X}", text)
