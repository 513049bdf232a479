"""What a scanner or a finger gives, whatever was printed: brought to the one text under which the ledger knows it.

Sources: GS1 General Specifications, section 7.8 (element strings, FNC1 between them), figure 5.1.2-2 and ISO/IEC
15424 (symbology identifiers, which hand scanners put first); GS1 Digital Link Standard: URI Syntax and Compression.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import parse_qs, urlsplit

from biip import ParseConfig, ParseError
from biip.gs1_application_identifiers import GS1ApplicationIdentifier
from biip.gs1_messages import GS1Message

from trace.identifiers.compression import decompress
from trace.identifiers.digital_link import CANONICAL_HOST, DigitalLink, bracketed
from trace.identifiers.keys import GTIN, SSCC
from trace.identifiers.rules import GTIN_LENGTHS, KEYS, InvalidIdentifier
from trace.identifiers.short_code import ShortCode
from trace.identifiers.uris import canonical

FNC1 = "\x1d"
LONGEST = 2048
"""Characters of a text that is looked into; no symbol that a phone reads holds more."""
EDGES = " \t\r\n\v\f\u3000\u200b\ufeff"
"""What may stand around a text that was read and is no part of it; ``str.strip()`` would take FNC1 too."""

_KIND = "element_string"
_INVISIBLE = re.compile(r"[\s\u200b\ufeff]")
_SYMBOLOGY = re.compile(r"\][A-Zacdeopsz][0-9A-Z]")
_MESSAGES = frozenset({"]C1", "]d2", "]Q3", "]J1", "]e0", "]e1", "]e2"})
_RETAIL = {"]E0": GTIN_LENGTHS, "]E3": (13,), "]E4": (8,), "]I1": (14,)}
_BRACKETS = re.compile(r"\(([0-9]{2,4})\)")
_UNMARKED = re.compile("(?:00|01|02)[0-9]{14}")
_WEB = re.compile(r"[Hh][Tt][Tt][Pp][Ss]?://[^/?#]+")
_SHORT = re.compile(r"/t/([^/]+)/([^/]+)", re.IGNORECASE)
_CARRIED = {"/scan": "code", "/b": "uri", "/a": "uri"}
_LENIENT = ParseConfig(gs1_element_strings_verify_date=False)  # a date is not what the thing is known by


def scanned(text: str, base_url: str, *, item: bool = False) -> str:
    """The URI or code that a scanned, pasted or typed text stands for; a foreign text as it is.

    A GS1 key, as a Digital Link of any host, compressed or not, as the element strings of a DataMatrix or GS1-128,
    in brackets or as bare digits, becomes its URI on ``id.gs1.org``; a link of this service one below ``base_url``,
    however host and code are spelt; a short code its canonical form. A label that says what lies in a load
    (02) is read as that batch. The number of one carton or item of a batch is left out unless ``item`` is set.

    Raises InvalidIdentifier for what says that it is GS1 and is not well-formed: brackets, FNC1, a symbology
    identifier or the path of a Digital Link say so. Digits alone do not: they may be anybody's number. Idempotent.

    >>> scanned("]C1010952000000001110AB-1\\x1d21S7", "https://trace.example")
    'https://id.gs1.org/01/09520000000011/10/AB-1'
    >>> scanned("HTTPS://TRACE.EXAMPLE/T/7K3M9QW2X0C", "https://trace.example")
    'https://trace.example/t/7K3M9QW2X0C'
    """
    text = text.strip(EDGES)
    if len(text) > LONGEST:
        return text
    mark = _SYMBOLOGY.match(text)
    symbology, text = (mark[0], text[3:]) if mark else ("", text)
    if symbology in _RETAIL:
        lengths = _RETAIL[symbology]
        return GTIN.parse(text[: lengths[0]] if len(lengths) == 1 else text).uri
    if symbology in _MESSAGES or FNC1 in text:
        return _known(_of_message(text), item)
    whole = _INVISIBLE.sub("", text)
    if _WEB.match(whole) or whole[:4].lower() == "urn:":
        return _of_address(whole, base_url, item)
    plain = unicodedata.normalize("NFKC", whole)  # an input method writes wide brackets and digits
    if _announces(plain):
        return _known(_of_brackets(plain), item)
    return _of_digits(plain, item) or _short_code(plain) or text


def _announces(text: str) -> bool:
    """Whether a text begins with an application identifier in brackets; a year in brackets is none."""
    match = _BRACKETS.match(text)
    try:
        return match is not None and GS1ApplicationIdentifier.extract(match[1]).ai == match[1]
    except ParseError:
        return False


def _of_message(text: str) -> list[tuple[str, str]]:
    """Application identifiers and values of concatenated element strings."""
    try:
        message = GS1Message.parse(text.strip(FNC1), config=_LENIENT)
    except ParseError:
        raise InvalidIdentifier("element_string", _KIND, _printable(text)) from None
    return [(one.ai.ai, one.value) for one in message.element_strings]


def _of_brackets(text: str) -> list[tuple[str, str]]:
    """The same as people read it. What is wrong with a value that somebody typed is told by the value's own rule."""
    try:
        return bracketed(text)
    except InvalidIdentifier:
        raise InvalidIdentifier("element_string", _KIND, text) from None


def _known(pairs: list[tuple[str, str]], item: bool) -> str:
    """The URI of what the element strings name: the load, else the goods, else what they say lies in the load."""
    found = dict(pairs)
    if "02" in found and not {"00", "01"} & found.keys():
        found["01"] = found["02"]
    key = next((name for name in KEYS if name in found), None)
    if key is None:
        raise InvalidIdentifier("element_no_key", _KIND, "".join(f"({ai}){value}" for ai, value in pairs))
    for alternative in KEYS[key].qualifiers or ((),):
        qualifiers = tuple((name, found[name]) for name in alternative if name in found)
        if qualifiers:
            break
    return _uri(DigitalLink.of(key, found[key], qualifiers), item)


def _uri(link: DigitalLink, item: bool) -> str:
    """The link's URI; without ``item`` that of the batch where one item of a batch is named."""
    lot = dict(link.qualifiers).get("10")
    if item or link.key != "01" or lot is None:
        return link.uri
    return DigitalLink.of("01", link.value, (("10", lot),)).uri


def _of_address(text: str, base_url: str, item: bool) -> str:
    """A web address or URN; what it carries where it is an address of this service that carries a code."""
    path = _own_path(text, base_url)
    if path is not None:
        name, _, query = path.partition("?")
        carried = parse_qs(query.partition("#")[0]).get(_CARRIED.get(name.lower(), ""), [])
        if carried:
            return scanned(carried[0], base_url, item=item)
        if (short := _SHORT.fullmatch(name)) and (code := _short_code(short[1])):
            return f"{base_url}/t/{code}" + (f"/{short[2]}" if item else "")
        text = base_url + (f"/s/{name[3:]}" if name[:3].upper() == "/S/" else path)
    if (compressed := _compressed(text)) is not None:
        return _uri(compressed, item)
    uri = canonical(text)
    link = _link(uri) if uri.startswith(f"https://{CANONICAL_HOST}/") else None
    return uri if link is None else _uri(link, item)


def _link(uri: str) -> DigitalLink | None:
    try:
        return DigitalLink.parse(uri)
    except InvalidIdentifier:  # another page of that host
        return None


def _own_path(text: str, base_url: str) -> str | None:
    """Path and query of an address of this service, by http or https; None for any other."""
    match = _WEB.match(text)
    if match is None or _host(match[0]) != _host(base_url):
        return None
    below = base_url.partition("://")[2].partition("/")[2]
    path = text[match.end() :]
    if below and not path.startswith(f"/{below}/"):
        return None
    return path.removeprefix(f"/{below}") if below else path


def _host(address: str) -> str:
    """Host and port in lower case, without the port that goes without saying."""
    scheme, _, rest = address.lower().partition("://")
    host = rest.partition("/")[0]
    return host.removesuffix(":443" if scheme == "https" else ":80")


def _compressed(text: str) -> DigitalLink | None:
    try:
        path = urlsplit(text).path
    except ValueError:  # half of an IPv6 address
        return None
    return decompress(path)


def _of_digits(text: str, item: bool) -> str | None:
    """A GTIN or SSCC alone, or element strings that no mark announces, where every digit of them is right."""
    try:
        if text.isascii() and text.isdigit() and len(text) in GTIN_LENGTHS:
            return GTIN.parse(text).uri
        if text.isascii() and text.isdigit() and len(text) == 18:
            return SSCC.parse(text).uri
        return _known(_of_message(text), item) if _UNMARKED.match(text) else None
    except InvalidIdentifier:
        return None


def _short_code(text: str) -> str | None:
    try:
        return ShortCode.parse(text).value
    except InvalidIdentifier:
        return None


def _printable(text: str) -> str:
    return text.replace(FNC1, " ").strip()
