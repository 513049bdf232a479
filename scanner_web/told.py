"""What came of a form on a code's page, carried in the address of the page that shows it.

Pages for everybody keep no session, so a form is answered with a redirect to such an address: loading it again asks
nothing a second time. It is signed (HMAC-SHA256, RFC 2104, cut to 128 bits) for one code and some minutes: nobody
prints a label whose link says "genuine", and an old link says nothing.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from trace.services.context import Context
from trace.services.sightings import Uncovered

QUERY = "told"
"""Name in the query."""

LASTS = timedelta(minutes=10)
"""How long an address says what came of the form; afterwards its page asks as if nothing had been."""

_PURPOSE = b"code.told/1"
_SEEN, _RIGHT, _WRONG = "seen", "right", "wrong"
_LONGEST = 100


class Told(NamedTuple):
    """When the form was sent, and what the second code said; ``uncovered`` is None where a place was noted."""

    at: datetime
    uncovered: Uncovered | None


def signed(ctx: Context, code_uri: str, uncovered: Uncovered | None) -> str:
    """The query that carries it to the page of this code."""
    what = _SEEN if uncovered is None else _RIGHT if uncovered.right else _WRONG
    left = uncovered.left if uncovered else 0
    before = _seconds(uncovered.before) if uncovered and uncovered.before else ""
    said = f"{_seconds(ctx.clock())}.{what}.{left}.{before}"
    return f"{QUERY}={said}.{_mark(ctx, code_uri, said)}"


def read(ctx: Context, code_uri: str, text: str) -> Told | None:
    """What such a query says of this code; None for one that is made up, another code's, or too old."""
    said, _, mark = text[:_LONGEST].rpartition(".")
    if not hmac.compare_digest(mark.encode(), _mark(ctx, code_uri, said).encode()):
        return None
    time, what, left, before = said.split(".")
    at = _time(time)
    if not timedelta() <= ctx.clock() - at <= LASTS + timedelta(seconds=1):  # the time is cut to seconds
        return None
    if what == _SEEN:
        return Told(at, None)
    return Told(at, Uncovered(what == _RIGHT, int(left), _time(before) if before else None))


def _mark(ctx: Context, code_uri: str, said: str) -> str:
    key = ctx.keys.derived(_PURPOSE)
    return hmac.digest(key, f"{code_uri}\0{said}".encode(), "sha256").hex()[:32]


def _seconds(time: datetime) -> int:
    return int(time.timestamp())


def _time(seconds: str) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)
