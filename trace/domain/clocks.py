"""How long a buyer may take: a delivery is confirmed, or goods from outside are entered, within so many hours.

Each province sets its own hours. The defaults are Fujian's: 24 to confirm what a supplier entered, and 36 to enter it
oneself where the supplier did not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

CONFIRM_HOURS = 24
SELF_ENTRY_HOURS = 36


@dataclass(frozen=True)
class Running:
    """A clock at one moment: when it ends, and how long is left (below zero: since when it is late)."""

    due: datetime
    left: timedelta

    @property
    def late(self) -> bool:
        """Whether the time is over."""
        return self.left < timedelta(0)

    @property
    def hours(self) -> int:
        """Whole hours left, or whole hours late, begun ones counted: never 0 while there is time."""
        return -(-abs(self.left) // timedelta(hours=1))


@dataclass(frozen=True)
class Clocks:
    """The hours that count where the businesses are."""

    confirm: timedelta = timedelta(hours=CONFIRM_HOURS)
    self_entry: timedelta = timedelta(hours=SELF_ENTRY_HOURS)

    def confirming(self, shipped: datetime, now: datetime) -> Running:
        """The clock of a delivery that left at ``shipped``; ``now`` is when it was confirmed, once it was."""
        return _running(shipped + self.confirm, now)

    def entering(self, arrived: datetime, now: datetime) -> Running:
        """The clock of goods from outside that arrived so; ``now`` is when they were entered, once they were."""
        return _running(arrived + self.self_entry, now)

    def late(self, shipped: datetime, now: datetime) -> bool:
        """Whether a delivery is, or was, confirmed too late."""
        return self.confirming(shipped, now).late


def _running(due: datetime, now: datetime) -> Running:
    return Running(due, due - now)
