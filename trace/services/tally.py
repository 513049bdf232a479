"""Counts how often the pages of codes are looked at, without keeping who looked.

A look is told from a repeated one by a hash of the code and a coarse key of the client, salted with bytes that live in
this process's memory for one window of ``WINDOW`` and are then thrown away: nothing can be tried against it afterwards,
and nothing of the client is written anywhere. Counts wait here until ``sightings.step`` writes them, so that a look
waits for no lock; what waits when a process dies is lost, some seconds of counting.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=10)
"""A client counts once for a code in each such stretch of time."""

MOST_CODES = 10_000
"""Codes whose counts wait to be written; looks at others are not counted meanwhile."""

MOST_CLIENTS = 100_000
"""Hashes held in memory; when there are more, a new window begins."""


@dataclass(frozen=True)
class Looks:
    """How often a code was looked at between the first time and the last."""

    count: int
    first: datetime
    last: datetime

    def __add__(self, other: Looks | None) -> Looks:
        if other is None:
            return self
        first, last = min(self.first, other.first), max(self.last, other.last)
        return Looks(self.count + other.count, first, last)


class Tally:
    """The counts of one process; safe to use from its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, Looks] = {}
        self._writing: Mapping[str, Looks] = {}
        self._seen: set[bytes] = set()
        self._salt = b""
        self._until: datetime | None = None

    def look(self, code: str, client: str, now: datetime, random: Callable[[int], bytes]) -> None:
        """Count a look at a code, unless this client had one in this window."""
        with self._lock:
            if self._until is None or now >= self._until or len(self._seen) >= MOST_CLIENTS:
                self._salt, self._until = random(16), now + WINDOW
                self._seen = set()
            said = hashlib.blake2b(f"{len(code)}:{code}{client}".encode(), key=self._salt, digest_size=16)
            if said.digest() in self._seen:
                return
            self._seen.add(said.digest())
            if code in self._waiting or len(self._waiting) < MOST_CODES:
                self._waiting[code] = Looks(1, now, now) + self._waiting.get(code)

    def waiting(self, code: str) -> Looks | None:
        """What is counted of a code and not yet written."""
        with self._lock:
            waits, writes = self._waiting.get(code), self._writing.get(code)
            return waits + writes if waits else writes

    @property
    def since(self) -> datetime | None:
        """When the oldest count that waits was made."""
        with self._lock:
            return min((looks.first for looks in self._waiting.values()), default=None)

    def take(self) -> Mapping[str, Looks]:
        """All that waits, to be written now; it still counts as waiting until ``written``."""
        with self._lock:
            self._waiting, self._writing = {}, self._waiting
            return self._writing

    def written(self) -> None:
        """What was taken is in the database."""
        with self._lock:
            self._writing = {}
