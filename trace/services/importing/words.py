"""What a report says, in a reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from trace import i18n
from trace.services import naming
from trace.services.context import Context

JSON = Any

_WITH_UNITS = frozenset({"unit", "other", "base", "asked", "known", "means"})
_CODE = re.compile(r"(?<![0-9A-Za-z])[0-9A-Z]{2,3}(?![0-9A-Za-z])")

FINDINGS = ("errors", "repairs", "notices")


def worded(ctx: Context, report: Mapping[str, JSON], locale: i18n.Locale) -> dict[str, JSON]:
    """A report as ``Report.to_json`` gives it, with a ``message`` for each finding."""
    return {**report, **{kind: [_worded(ctx, one, locale) for one in report[kind]] for kind in FINDINGS}}


def _worded(ctx: Context, finding: Mapping[str, JSON], locale: i18n.Locale) -> dict[str, JSON]:
    params = naming.in_words(ctx, finding["params"])
    named = {key: _units(value, locale) if key in _WITH_UNITS else value for key, value in params.items()}
    return {**finding, "message": i18n.text(finding["code"], locale, **named)}


def _units(text: str, locale: i18n.Locale) -> str:
    """The text with the codes of units in it (UNECE Rec 20) as people call them."""

    def called(code: re.Match[str]) -> str:
        name = f"unit_{code[0]}"
        return i18n.text(name, locale) if name in i18n.catalogs() else code[0]

    return _CODE.sub(called, text)
