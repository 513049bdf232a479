"""When one serial shows up where one thing cannot be: the rules of the clone warning, without I/O.

A serial stands for one carton or item. People who have it in hand may say where they are, to a tenth of a degree
(about 11 km). Three things speak for copies:

- *too fast*: two sightings more than ``FAR`` km apart, and further than anybody travels in the time between them
  (``SPEED``, from door to door);
- *too many places*: more than ``MOST_PLACES`` places, each more than ``FAR`` km from the others;
- *gone before*: it was destroyed or written off by the record, and is looked at afterwards.

A sighting that comes later never takes a warning away. An official who looked into one does: nothing from before that
counts any more, and of goods that were gone by then a look alone says nothing new. A batch's own code is on many
things: it has no warning.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FAR = 100
"""Kilometres between two places that count as different."""

SPEED = 500
"""Kilometres an hour that goods and their buyers do not reach from door to door, flights included."""

MOST_PLACES = 3
"""Different places at which one thing may turn up: a shop, a home, a journey."""

SETTLING = timedelta(hours=1)
"""Until then whoever destroyed goods may still look at their codes."""

_EARTH = 6371.0  # km, mean radius
_ROUNDING = 16.0  # km: how much further apart the rounded places of two sightings may be than the real ones


class Reason(StrEnum):
    """What speaks for copies."""

    TOO_FAST = "too_fast"
    TOO_MANY_PLACES = "too_many_places"
    GONE_BEFORE = "gone_before"


@dataclass(frozen=True, order=True)
class Cell:
    """A place in tenths of a degree, WGS 84: all that is ever known of where somebody was."""

    latitude: int
    longitude: int

    @classmethod
    def of(cls, latitude: float, longitude: float) -> Cell:
        """The cell of a place. Raises ValueError where there is no such place on Earth."""
        if not (abs(latitude) <= 90 and abs(longitude) <= 180):
            raise ValueError(f"{latitude}, {longitude} is no place")
        return cls(round(latitude * 10), round(longitude * 10))

    def distance(self, other: Cell) -> float:
        """Kilometres to another cell at least, along a great circle (haversine)."""
        north, south = math.radians(self.latitude / 10), math.radians(other.latitude / 10)
        turn = math.radians((self.longitude - other.longitude) / 10)
        bend = math.sin((north - south) / 2) ** 2
        bend += math.cos(north) * math.cos(south) * math.sin(turn / 2) ** 2
        return max(0.0, 2 * _EARTH * math.asin(min(1.0, math.sqrt(bend))) - _ROUNDING)


@dataclass(frozen=True, order=True)
class Sighting:
    """Somebody had the thing in hand then and there, or sold it there by the record."""

    time: datetime
    place: Cell


@dataclass(frozen=True)
class CloneWarning:
    """What speaks for copies, and since when: the second of two sightings, the last place too many, the look after.

    ``km`` and ``minutes`` lie between two sightings; ``places`` are how many there were; ``gone`` is when it left.
    """

    reason: Reason
    since: datetime
    km: int | None = None
    minutes: int | None = None
    places: int | None = None
    gone: datetime | None = None


def judge(
    sightings: Iterable[Sighting],
    *,
    gone: datetime | None = None,
    looked: datetime | None = None,
    cleared: datetime | None = None,
) -> CloneWarning | None:
    """The gravest warning about one serial; None where nothing speaks for copies.

    ``gone``: when the record says that it was destroyed; ``looked``: the last look at its code; ``cleared``: when an
    official last looked into a warning.
    """
    seen = sorted(one for one in sightings if cleared is None or one.time > cleared)
    told = cleared is not None and gone is not None and gone <= cleared
    times = [one.time for one in seen] + ([looked] if looked and not told else [])
    return _gone(times, gone) or _too_fast(seen) or _too_many(seen)


def _gone(times: Iterable[datetime], gone: datetime | None) -> CloneWarning | None:
    after = [time for time in times if gone is not None and time > gone + SETTLING]
    return CloneWarning(Reason.GONE_BEFORE, min(after), gone=gone) if after else None


def _too_fast(seen: Sequence[Sighting]) -> CloneWarning | None:
    for place, later in enumerate(seen):
        for earlier in reversed(seen[:place]):
            km, time = later.place.distance(earlier.place), later.time - earlier.time
            if km > FAR and km > SPEED * (time / timedelta(hours=1)):
                minutes = int(time / timedelta(minutes=1))
                return CloneWarning(Reason.TOO_FAST, later.time, km=int(km), minutes=minutes)
    return None


def _too_many(seen: Sequence[Sighting]) -> CloneWarning | None:
    places: list[Cell] = []
    since = None
    for one in seen:
        if all(one.place.distance(other) > FAR for other in places):
            places.append(one.place)
            since = since or (one.time if len(places) > MOST_PLACES else None)
    return None if since is None else CloneWarning(Reason.TOO_MANY_PLACES, since, places=len(places))
