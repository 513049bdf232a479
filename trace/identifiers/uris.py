"""One canonical form for every URI that names a thing."""

from __future__ import annotations

import re

from trace.identifiers.digital_link import DigitalLink, claims_key, path_segments
from trace.identifiers.epc import parse_epc
from trace.identifiers.keys import LGTIN
from trace.identifiers.rules import InvalidIdentifier
from trace.identifiers.short_code import ShortCode

_WEB = re.compile(r"([Hh][Tt][Tt][Pp][Ss]?)://([^/?#]*)([^?#]*)(.*)", re.DOTALL)
_URN = re.compile(r"[Uu][Rr][Nn]:([A-Za-z0-9][A-Za-z0-9-]{0,31}):(.*)", re.DOTALL)


def canonical(uri: str) -> str:
    """The one spelling of a URI under which the ledger knows the thing.

    A GS1 key, as ``urn:epc`` or as a Digital Link of any host, becomes its Digital Link on ``id.gs1.org``. A
    short link ``{base}/t/{code}`` gets its code in canonical form and loses query and fragment. Any other URI
    keeps its meaning: only the letter case of scheme, host and URN namespace is brought into line (RFC 3986,
    section 6.2.2.1; RFC 8141, section 3.1). Idempotent.

    Raises InvalidIdentifier where a URI means to be a GS1 key and is not a valid one. Whoever captures a
    foreign document keeps such a URI as it was written, and flags it.

    >>> canonical("urn:epc:class:lgtin:4012345.012345.998877")
    'https://id.gs1.org/01/04012345123456/10/998877'
    >>> canonical("HTTP://Shop.Example/x/01/4012345123456/10/998877?linkType=all")
    'https://id.gs1.org/01/04012345123456/10/998877'
    >>> canonical("urn:gdst:example.org:party:processor.1u")
    'urn:gdst:example.org:party:processor.1u'
    """
    if urn := _URN.fullmatch(uri):
        return _canonical_urn(urn[1].lower(), urn[2])
    if web := _WEB.fullmatch(uri):
        return _canonical_web(web[1].lower(), web[2], web[3], web[4])
    return uri


def batch_uri(gtin: str, lot: str) -> str:
    """The URI of the batch with this GTIN (any length) and lot. Raises InvalidIdentifier.

    >>> batch_uri("4012345123456", "A/7")
    'https://id.gs1.org/01/04012345123456/10/A%2F7'
    """
    return LGTIN.of(gtin, lot).uri


def split_batch_uri(uri: str) -> tuple[str, str] | None:
    """GTIN (14 digits) and lot of a batch's URI in any of its forms; None for every other URI.

    A link with a serial names one item of the batch and not the batch; a link with a consumer product variant
    (22) names the batch, since a lot is unique within its GTIN.

    >>> split_batch_uri("https://farm.example/01/4012345123456/10/A%2f7")
    ('04012345123456', 'A/7')
    """
    try:
        link = DigitalLink.parse(canonical(uri))
    except InvalidIdentifier:
        return None
    lot = dict(link.qualifiers).get("10")
    if link.key != "01" or lot is None or dict(link.qualifiers).keys() - {"10", "22"}:
        return None
    return link.value, lot


def _canonical_urn(namespace: str, rest: str) -> str:
    uri = f"urn:{namespace}:{rest}"
    if namespace != "epc":
        return uri
    read = parse_epc(uri)
    return uri if read is None else read[0].uri


def _canonical_web(scheme: str, authority: str, path: str, rest: str) -> str:
    user, separator, host = authority.rpartition("@")
    authority = f"{user}{separator}{host.lower()}"
    if claims_key(host, path):
        return DigitalLink.parse(f"{scheme}://{authority}{path}{rest}").uri
    code = _short_code(path)
    if code is None:
        return f"{scheme}://{authority}{path}{rest}"
    return f"{scheme}://{authority}{path.rsplit('/', 2)[0]}/t/{code.value}"


def _short_code(path: str) -> ShortCode | None:
    segments = path_segments(path)
    if path.endswith("/") or len(segments) < 2 or segments[-2] not in {"t", "T"}:
        return None
    try:
        return ShortCode.parse(segments[-1])
    except InvalidIdentifier:
        return None
