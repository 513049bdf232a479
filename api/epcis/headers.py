"""The headers by which client and server agree on versions, forms and extensions (EPCIS 2.0 section 12.6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import get_args

from flask import Response, request

from api.refusals import NotAcceptable
from api.spec import OPTIONS
from trace.domain.events import CONTEXT
from trace.interop.epc_format import EpcFormat

VERSION = "2.0.0"
"""Of EPCIS and of the CBV: the one that is spoken here."""

_VERSION = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){0,5}")
_CBV_FORMATS = ("No_Preference", "Always_Web_URI", "Always_URN", "Never_Translates")
_PAIR = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_.-]{0,63})\s*=\s*([A-Za-z][A-Za-z0-9+.-]*:[^\s,]{1,500})\s*")
_MOST_EXTENSIONS = 50
MEDIA = ("application/json", "application/ld+json")

_SENT = (
    *("GS1-EPCIS-Version", "GS1-EPCIS-Min", "GS1-EPCIS-Max", "GS1-CBV-Version", "GS1-CBV-Min", "GS1-CBV-Max"),
    *("GS1-EPC-Format", "GS1-CBV-XML-Format", "GS1-Extensions", "GS1-Capture-Error-Behaviour"),
)
_SHOWN = (
    *("Link", "Location", "Allow", "Content-Language", "X-Request-Id", *_SENT),
    *("GS1-Vendor-Version", "GS1-EPCIS-Capture-Limit", "GS1-EPCIS-Capture-File-Size-Limit"),
    *("GS1-Next-Page-Token-Expires", "GS1-Query-Min-Record-Time", "WWW-Authenticate"),
)


def check() -> None:
    """Whether an answer can be given as the request wants it. Raises NotAcceptable, naming the header."""
    media_type()
    for standard in ("EPCIS", "CBV"):
        for bound in ("Min", "Max", "Version"):
            _check_version(f"GS1-{standard}-{bound}", bound)
    epc_format()
    _one_of("GS1-CBV-XML-Format", _CBV_FORMATS)
    extensions()


def _check_version(header: str, bound: str) -> None:
    found = request.headers.get(header)
    if found is None:
        return
    text = found.strip()
    if _VERSION.fullmatch(text):
        asked, spoken = _release(text), _release(VERSION)
        if asked == spoken or (bound == "Min" and asked < spoken) or (bound == "Max" and asked > spoken):
            return
    raise NotAcceptable(header=header, found=text[:40], expected=VERSION)


def _release(version: str) -> tuple[int, int]:
    """Major and minor number: what comes after them corrects a text and changes no interface."""
    major, minor, *_ = (int(part) for part in f"{version}.0".split("."))
    return major, minor


def media_type() -> str:
    """What the answer is sent as. Raises NotAcceptable where only other forms are accepted, such as XML."""
    if "Accept" not in request.headers:
        return MEDIA[0]
    found = request.accept_mimetypes.best_match(MEDIA)
    if found is None:
        raise NotAcceptable(header="Accept", found=request.headers["Accept"][:80], expected=", ".join(MEDIA))
    return found


def epc_format() -> EpcFormat:
    """In which form identifiers are wanted; not said: as they were captured. Raises NotAcceptable."""
    return _one_of("GS1-EPC-Format", get_args(EpcFormat)) or "Never_Translates"  # type: ignore[return-value]


def _one_of(header: str, values: tuple[str, ...]) -> str | None:
    found = request.headers.get(header)
    if found is None or found in values:
        return found
    raise NotAcceptable(header=header, found=found[:40], expected=" | ".join(values))


def extensions() -> dict[str, str]:
    """The namespaces that the request's GS1-Extensions binds to prefixes. Raises NotAcceptable."""
    text = request.headers.get("GS1-Extensions", "").strip()
    found: dict[str, str] = {}
    for part in text.split(",") if text else ():
        pair = _PAIR.fullmatch(part)
        if pair is None or len(found) >= _MOST_EXTENSIONS or found.get(pair[1], pair[2]) != pair[2]:
            raise NotAcceptable(header="GS1-Extensions", found=part.strip()[:80], expected="prefix=namespace")
        found[pair[1]] = pair[2]
    return found


_OWN: Mapping[str, str] = {
    name: value for part in CONTEXT if isinstance(part, dict) for name, value in part.items()
}


def describe(response: Response) -> None:
    """Say by what version and extensions an answer is to be read."""
    response.headers["GS1-EPCIS-Version"] = VERSION
    response.headers["GS1-CBV-Version"] = VERSION
    response.headers["GS1-Extensions"] = ", ".join(f"{name}={value}" for name, value in _OWN.items())


def discovery() -> dict[str, str]:
    """What OPTIONS tells of every resource."""
    return {
        "GS1-Vendor-Version": f"{OPTIONS['API_TITLE']} {OPTIONS['API_VERSION']}",
        "GS1-EPCIS-Min": VERSION,
        "GS1-EPCIS-Max": VERSION,
        "GS1-CBV-Min": VERSION,
        "GS1-CBV-Max": VERSION,
        "GS1-EPC-Format": "No_Preference",
        "GS1-CBV-XML-Format": "Never_Translates",
    }


def open_to_all(response: Response, allowed: str | None) -> None:
    """Let pages of any origin ask: who asks is told by a key in a header, never by a cookie."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = ", ".join(_SHOWN)
    if allowed and "Access-Control-Request-Method" in request.headers:
        response.headers["Access-Control-Allow-Methods"] = allowed
        response.headers["Access-Control-Allow-Headers"] = ", ".join(
            ("Authorization", "X-API-Key", "Accept", "Accept-Language", "Content-Type", *_SENT)
        )
        response.headers["Access-Control-Max-Age"] = "86400"
