"""What people call the parties, goods, fields and acts that a refusal or a flag names by URIs and codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol

from sqlalchemy import Connection

from trace import i18n
from trace.i18n import Locale
from trace.services.context import Context
from trace.store.queries.names import Names, batch_infos
from trace.store.queries.results import BatchInfo

# Parameter of a refusal -> how the codes of the words for its values begin.
_SPELLED = {"field": "input", "role": "role", "act": "act", "rights": "rights", "what": "thing"}

# What a field should hold, as it is told to programs -> the words for it.
_NEEDS = tuple(
    (re.compile(pattern), f"needs_{code}")
    for pattern, code in (
        ("(?P<least>[0-9]+) to (?P<most>[0-9]+)(?: printable)? characters", "characters"),
        ("at most (?P<most>[0-9]+) characters", "characters_most"),
        ("at most (?P<most>[0-9]+)", "most"),
        ("YYYY-MM-DD", "day"),
        ("YYYY-MM-DDThh:mm", "moment"),
        ("a whole number from (?P<least>[0-9]+)", "whole"),
        ("(?P<least>[0-9]+) (?:to|–) (?P<most>[0-9]+)(?: days)?", "range"),
        ("millimetres", "millimetres"),
        ("a time with its zone, after (?P<since>.+)", "since"),
        ("at least one batch(?: or container)?", "batch"),
        ("another party", "other"),
        ("words or a photo", "words_or_photo"),
        ("why the goods are rejected", "reason"),
        ("one of the choices", "one"),
    )
)


class Caused(Protocol):
    """A hold, in whatever it is shown: its cause (``domain.causes.HOLD``) if it has one, and what was added."""

    @property
    def cause(self) -> str | None: ...
    @property
    def reason(self) -> str: ...


def told(kind: str, cause: str | None, said: str | None, locale: Locale) -> str:
    """A recorded reason in the reader's language: the words for its cause, then what was added, as it was written.

    ``kind`` is what the cause is of: hold, release, result or clear. A cause of a later version has no words here.
    """
    words = cause_words(kind, cause, locale)
    if words and said:
        return i18n.text("cause_told", locale, cause=words, said=said)
    return words or said or ""


def why(stop: Caused, locale: Locale) -> str:
    """Why goods are stopped, in the reader's language."""
    return told("hold", stop.cause, stop.reason, locale)


def cause_words(kind: str, cause: str | None, locale: Locale) -> str:
    """The words for a cause alone; empty where it has none."""
    code = f"cause_{kind}_{cause}"
    return i18n.text(code, locale) if code in i18n.catalogs() else ""


def with_reason(params: Mapping[str, str], locale: Locale) -> dict[str, str]:
    """The parameters of a refusal or flag, a hold's cause and reason among them told as one."""
    if "cause" not in params:
        return dict(params)
    return {**params, "reason": told("hold", params["cause"], params.get("reason"), locale)}


def sentence(code: str, params: Mapping[str, str], locale: Locale) -> str:
    """What a refusal says to people; ``params`` are the raw ones, or those with names in them."""
    empty = code == "invalid" and not params.get("value")
    return i18n.text("invalid_empty" if empty else code, locale, **spelled(params, locale))


def spelled(params: Mapping[str, str], locale: Locale) -> dict[str, str]:
    """The same parameters, with words for those values that are codes: a field, a role, an act, rights."""
    found = {
        name: _word(f"{_SPELLED[name]}_{_plain(value)}", locale, value) if name in _SPELLED else value
        for name, value in with_reason(params, locale).items()
    }
    if "expected" in found:
        found["expected"] = _needed(found["expected"], locale)
    return found


def _plain(name: str) -> str:
    """A field's name without the number of its row: ``paper-number-2`` is ``paper_number``."""
    return re.sub("-[0-9]+$", "", name).replace("-", "_").replace(":", "_").replace(".", "_")


def _word(code: str, locale: Locale, otherwise: str) -> str:
    return i18n.text(code, locale) if code in i18n.catalogs() else otherwise


def _needed(text: str, locale: Locale) -> str:
    matches = ((pattern.fullmatch(text), code) for pattern, code in _NEEDS)
    return next((i18n.text(code, locale, **found.groupdict()) for found, code in matches if found), text)


def in_words(ctx: Context, params: Mapping[str, str]) -> dict[str, str]:
    """The same parameters, with every URI of a known party or batch replaced by its name; for sentences alone.

    A batch is called by its product and the lot or code that is printed on it. Programs get the URIs.
    """
    uris = sorted({value for value in params.values() if ":" in value})
    if not uris:
        return dict(params)

    def read(connection: Connection) -> dict[str, str]:
        parties = Names(connection, ctx.ledger, uris).parties
        batches = batch_infos(connection, ctx.ledger, uris)
        return {uri: party.name for uri, party in parties.items()} | {
            uri: _called(info) for uri, info in batches.items()
        }

    names = ctx.sequencer.read(read)
    return {name: names.get(value, value) for name, value in params.items()}


def _called(info: BatchInfo) -> str:
    printed = info.batch.lot or info.batch.code or info.uri
    return f"{info.product.name} {printed}" if info.product else printed
