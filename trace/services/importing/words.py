"""What a report says, in a reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trace import i18n
from trace.services import naming
from trace.services.context import Context

JSON = Any

FINDINGS = ("errors", "repairs", "notices")


def worded(ctx: Context, report: Mapping[str, JSON], locale: i18n.Locale) -> dict[str, JSON]:
    """A report as ``Report.to_json`` gives it, with a ``message`` for each finding."""
    return {**report, **{kind: [_worded(ctx, one, locale) for one in report[kind]] for kind in FINDINGS}}


def _worded(ctx: Context, finding: Mapping[str, JSON], locale: i18n.Locale) -> dict[str, JSON]:
    params = naming.in_words(ctx, finding["params"])
    return {**finding, "message": i18n.text(finding["code"], locale, **params)}
