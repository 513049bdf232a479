"""The spellings of one batch: documents of others write its GTIN and lot as an LGTIN URN, or under their own host.

Records keep what was captured, byte for byte. A bundle names the batch in its canonical form alone: nothing else
covers that name, so no other spelling of it may pass.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

# GS1 Digital Link URI Syntax 1.4, section 4.3: GTIN and lot. EPC Tag Data Standard 2.0, section 6.3.4.
_LINK = re.compile(r"https?://[^?#]+/01/([0-9]{8}|[0-9]{12,14})/10/([^/?#]+)(?:[?#].*)?", re.DOTALL)
_LGTIN = re.compile(r"urn:epc:class:lgtin:([0-9]{6,12})\.([0-9])([0-9]{0,6})\.([^.]+)")
_ESCAPED = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*", re.DOTALL)


def names_batch(text: str, batch: str) -> bool:
    """True when the text is this batch's URI, or another spelling of the GTIN and lot that it is canonical for."""
    return text == batch or _canonical(text) == batch


def _canonical(uri: str) -> str | None:
    """The canonical GS1 Digital Link of a GTIN and lot; None for what is none or escaped in no proper way."""
    link, urn = _LINK.fullmatch(uri), _LGTIN.fullmatch(uri)
    if link is not None:
        gtin, lot = link[1].zfill(14), link[2]
    elif urn is not None and len(urn[1] + urn[3]) == 12:
        gtin, lot = _checked(urn[2] + urn[1] + urn[3]), urn[4]
    else:
        return None
    try:
        plain = unquote(lot, errors="strict") if _ESCAPED.fullmatch(lot) else None
    except UnicodeDecodeError:
        return None
    return None if plain is None else f"https://id.gs1.org/01/{gtin}/10/{quote(plain, safe='')}"


def _checked(digits: str) -> str:
    """The digits of a GTIN with their check digit (GS1 General Specifications, section 7.9.1: weights 3 and 1)."""
    total = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"
