"""Where a batch or a party has its page for inspectors, and the words that these pages share."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from flask import request

from scanner_web import words as page_words
from scanner_web.signed import frame
from trace.identifiers import InvalidIdentifier, ShortCode
from trace.services.chain_words import ChainWords

ANY = "-"
"""Stands in a path for a thing whose URI follows in the query."""


def to_batch(uri: str, below: str = "") -> str:
    """Path of a batch's page, or of one below it (``/hold``); by its code where its URI is one of ours."""
    code = uri.removeprefix(f"{frame.context().base_url}/t/")
    return _to("/inspect/batch", uri, code if code != uri and _is_code(code) else None, below)


def to_party(uri: str) -> str:
    """Path of a party's page."""
    id = uri.removeprefix(f"{frame.context().base_url}/p/")
    return _to("/inspect/party", uri, id if id != uri and "/" not in id else None, "")


def named(segment: str) -> str:
    """The thing that a path names: its segment, or the URI in the query."""
    return request.args.get("uri", "") if segment == ANY else segment


def words() -> ChainWords:
    """Words of a chain in the reader's language."""
    return ChainWords(page_words.current().locale, frame.context().zone)


def _to(root: str, uri: str, short: str | None, below: str) -> str:
    if short is not None:
        return f"{root}/{quote(short, safe='')}{below}"
    return f"{root}/{ANY}{below}?{urlencode({'uri': uri})}"


def _is_code(text: str) -> bool:
    try:
        return ShortCode.parse(text).value == text
    except InvalidIdentifier:
        return False
