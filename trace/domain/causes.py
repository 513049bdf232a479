"""Why goods are stopped or freed, and what a look at them found: codes, so that everybody reads it in his language.

A record says its cause by such a code, and beside it what was added in somebody's own words. The words for a code are
``cause_{kind}_{code}``; ``other`` has none, and is said in one's own words alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from trace.domain.refusals import Invalid

HOLD = ("unsafe", "papers", "origin", "complaint", "order", "other")
RELEASE = ("cleared", "papers_came", "mistake", "other")
RESULT = ("fine", "bad", "waiting")
"""What a look found; none of them: it is said in words alone."""
CLEARED = ("genuine", "removed", "other")
"""Why a warning of copies is settled."""

OTHER = "other"
LONGEST = 300
"""Letters of what may be added."""


def recorded(cause: str | None, reason: str, among: Sequence[str]) -> dict[str, str]:
    """The fields by which a record says its reason. Raises Invalid.

    Old records, and those of programs that know no codes, have no ``cause``; then, and for ``other``, there are words.
    """
    said = reason.strip()
    if cause is not None and cause not in among:
        raise Invalid(field="cause", value=cause[:40], expected=" | ".join(among))
    if len(said) > LONGEST or (not said and cause in (None, OTHER)):
        raise Invalid(field="reason", value=said[:40], expected=f"1 to {LONGEST} characters")
    return {"reason": said} if cause is None else {"cause": cause, "reason": said}


def result(value: object) -> str | None:
    """What a look found, if it is one of ``RESULT``; a foreign document may put anything there."""
    return value if isinstance(value, str) and value in RESULT else None
