"""A NUL in an address or a form: no code and no name has one, and PostgreSQL cannot even be asked for it."""

from __future__ import annotations

from flask import request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from scanner_web import answers, words
from scanner_web.answers import Unknown


def refuse() -> AnyResponse | None:
    """A page that says so (400), in the place of any page of a blueprint, before it looks up or records anything."""
    if not _has_nul():
        return None
    why = words.t("page_unreadable_sign")
    return answers.unknown(Unknown("unreadable_sign", "page_unknown_title", why), status=400)


def _has_nul() -> bool:
    if "\0" in request.path or _within(request.args):
        return True
    try:
        named = (part or "" for file in request.files.values() for part in (file.name, file.filename))
        return _within(request.form) or any("\0" in part for part in named)
    except RequestEntityTooLarge:
        return False  # whoever reads the form meets it again, and says so in his own words


def _within(pairs: MultiDict[str, str]) -> bool:
    return any("\0" in name or "\0" in value for name, value in pairs.items(multi=True))
