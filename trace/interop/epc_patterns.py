"""EPC patterns as what the canonical URIs of their EPCs begin with.

Sources: EPCIS 2.0 section 8.2.7.1.1 (what matches), GS1 EPC Tag Data Standard 2.0 section 8 (pure identity
patterns). ``*`` stands for the last fields of a pattern; ranges are of tag encodings and are no pure identity.
Of a Digital Link the last value may be ``*``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from trace.domain.event_query import Among, Beginning
from trace.domain.event_terms import indexable
from trace.identifiers import DigitalLink, InvalidIdentifier
from trace.identifiers.digital_link import CANONICAL_HOST
from trace.identifiers.epc import parse_epc

_HOST = f"https://{CANONICAL_HOST}"
_PATTERN = re.compile(r"urn:epc:(id|idpat|class):([a-z]+):(.+)", re.IGNORECASE)
_LINK = re.compile(r"(https?://.+)/([0-9]{2,4})/\*", re.IGNORECASE)
_DIGITS = re.compile("[0-9]{6,12}")

# Scheme: its key, what stands in the key before the company prefix ("0-9": any digit), how many fields name the
# thing without its serial, and the serial's qualifier ("": it is part of the value, or there is none).
_SCHEMES: dict[str, tuple[str, str, int, str]] = {
    "sgtin": ("01", "0-9", 2, "21"),
    "lgtin": ("01", "0-9", 2, "10"),
    "upui": ("01", "0-9", 2, "235"),
    "sscc": ("00", "0-9", 2, ""),
    "sgln": ("414", "", 2, ""),
    "pgln": ("417", "", 2, ""),
    "grai": ("8003", "0", 2, ""),
    "giai": ("8004", "", 2, ""),
    "gdti": ("253", "", 2, ""),
    "sgcn": ("255", "", 2, ""),
    "gsrn": ("8018", "", 2, ""),
    "gsrnp": ("8017", "", 2, ""),
    "gsin": ("402", "", 2, ""),
    "ginc": ("401", "", 2, ""),
    "cpi": ("8010", "", 2, "8011"),
}


class NoPattern(ValueError):
    """A ``*`` stands where no pattern has one."""


def matching(names: Sequence[str], value: str, *, classes: bool) -> Among | Beginning:
    """The condition that one of these fields is this thing, or is matched by this pattern.

    A pattern of one class of trade items (``urn:epc:idpat:sgtin:4012345.012345.*``) is the class itself where
    ``classes`` are asked for, and any item of it elsewhere. Raises NoPattern, InvalidIdentifier.
    """
    if "*" not in value:
        return Among(tuple((name, indexable(value)) for name in names))
    if link := _LINK.fullmatch(value):
        known = DigitalLink.parse(link[1])
        return Beginning(tuple(names), (f"{known.uri}/",), f"/{link[2]}/")
    match = _PATTERN.fullmatch(value)
    if match is None:
        raise NoPattern(value)
    form, scheme, body = match[1].lower(), match[2].lower(), match[3]
    if classes and form == "idpat" and _one_class(value):
        return Among(tuple((name, indexable(value)) for name in names))
    prefixes, within = _prefixes(form, scheme, body.split("."), classes=classes)
    return Beginning(tuple(names), prefixes, within)


def _one_class(value: str) -> bool:
    return indexable(value) != value


def _prefixes(form: str, scheme: str, fields: list[str], *, classes: bool) -> tuple[tuple[str, ...], str]:
    """What matching URIs begin with, and what they must hold besides."""
    known = _before_stars(fields)
    if scheme not in _SCHEMES:
        form = "class" if form == "class" else "id"
        return (f"urn:epc:{form}:{scheme}:{''.join(f'{field}.' for field in known)}",), ""
    key, first, naming, serial = _SCHEMES[scheme]
    within = f"/{serial}/" if serial and (form == "class" or not classes) else ""
    if len(fields) > naming + 1 or len(known) > naming:
        raise NoPattern(".".join(fields))
    if not known:
        return (f"{_HOST}/{key}/",), within
    if not _DIGITS.fullmatch(known[0]):
        raise InvalidIdentifier("epc_prefix", "epc", known[0], "6-12", str(len(known[0])))
    if len(known) == naming:
        return (_named(scheme, known),), within
    before = "0123456789" if first == "0-9" else [first]
    return tuple(f"{_HOST}/{key}/{digit}{known[0]}" for digit in before), within


def _before_stars(fields: list[str]) -> list[str]:
    """The fields before the first ``*``, after which only such may come."""
    known = [field for field in fields if field != "*"]
    if fields[: len(known)] != known or any("*" in field for field in known):
        raise NoPattern(".".join(fields))
    return known


def _named(scheme: str, known: list[str]) -> str:
    """The URI of the class or place whose items or extensions are meant."""
    form = "class" if scheme == "lgtin" else "id"
    read = parse_epc(f"urn:epc:{form}:{scheme}:{'.'.join(known)}.1")
    if read is None:
        raise NoPattern(".".join(known))
    link, _ = read
    value = link.value[:-1] if scheme in ("grai", "gdti", "sgcn") else link.value
    slash = "/" if link.qualifiers and scheme != "sgln" else ""
    return DigitalLink(link.key, value).uri + slash
