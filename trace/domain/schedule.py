"""When a query is asked again by itself: the query schedule of EPCIS 2.0, section 8.2.5.3.

A schedule names seconds, minutes, hours, days and months on the clock of one time zone, which the standard leaves
to the service. A field that is left out matches every value; but a field finer than the finest that is named
counts as its least value, so that hour 1 and minute 5 mean 01:05:00 (as the REST binding's own example reads it)
and not each of sixty seconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import ClassVar

from trace.domain.refusals import Refusal

_NUMBER = re.compile("[0-9]{1,4}")
_RANGE = re.compile(r"\[([0-9]{1,4})-([0-9]{1,4})\]")
_LONGEST = 1000
_LONGEST_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_YEARS = 41
"""No date is further away: a 29 February on a given day of the week, across a year such as 2100."""


@dataclass(eq=False)
class ScheduleInvalid(Refusal):
    """A field of a schedule is not of its form, or names a value that the field cannot have."""

    code = "schedule_invalid"
    field: str
    value: str
    least: int
    most: int


@dataclass(eq=False)
class ScheduleFieldUnknown(Refusal):
    """A schedule has no such field; ``known`` lists those it has."""

    code = "schedule_field_unknown"
    field: str
    known: str


@dataclass(eq=False)
class ScheduleNever(Refusal):
    """No date that there will ever be matches, such as 30 February; or no field is named at all."""

    code = "schedule_never"


@dataclass(frozen=True)
class Schedule:
    """The values at which each field matches. ``fields`` is what was asked for, to be shown again."""

    LIMITS: ClassVar[dict[str, tuple[int, int]]] = {
        "second": (0, 59),
        "minute": (0, 59),
        "hour": (0, 23),
        "dayOfMonth": (1, 31),
        "month": (1, 12),
        "dayOfWeek": (1, 7),  # Monday is 1
    }

    fields: tuple[tuple[str, str], ...]
    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    @classmethod
    def parse(cls, fields: Mapping[str, str]) -> Schedule:
        """Read fields such as ``{"hour": "[8-18]", "minute": "0,30"}``.

        Raises ScheduleFieldUnknown, ScheduleInvalid, ScheduleNever.
        """
        for name in fields:
            if name not in cls.LIMITS:
                raise ScheduleFieldUnknown(field=name[:40], known=", ".join(cls.LIMITS))
        if not fields:
            raise ScheduleNever
        values = {name: _values(name, fields.get(name), *limits) for name, limits in cls.LIMITS.items()}
        for finer in ("second", "minute", "hour"):
            if finer in fields:
                break
            values[finer] = frozenset({0})
        schedule = cls(tuple(fields.items()), *values.values())
        if all(min(schedule.days) > _LONGEST_MONTH[month - 1] for month in schedule.months):
            raise ScheduleNever
        return schedule

    def next(self, after: datetime, zone: tzinfo) -> datetime:
        """The first matching moment later than ``after``, in UTC, by the clocks of ``zone``.

        An hour that a change of clocks repeats counts once, the first time; one that it leaves out counts when it
        would have been.
        """
        local = after.astimezone(zone).replace(tzinfo=None, microsecond=0, fold=0) + timedelta(seconds=1)
        while True:
            local = self._at_or_after(local)
            moment = local.replace(tzinfo=zone).astimezone(UTC)
            if moment > after:
                return moment
            local += timedelta(seconds=1)

    def _at_or_after(self, local: datetime) -> datetime:
        """The first match on a clock without a zone."""
        for year in range(local.year, local.year + _YEARS):
            for month in sorted(self.months):
                if (year, month) < (local.year, local.month):
                    continue
                found = self._in_month(year, month, local)
                if found is not None:
                    return found
        raise ScheduleNever  # pragma: no cover - parse() lets no such schedule through

    def _in_month(self, year: int, month: int, local: datetime) -> datetime | None:
        for day in sorted(self.days):
            try:
                midnight = datetime(year, month, day)  # noqa: DTZ001 - a date on the wall
            except ValueError:  # this month is shorter
                return None
            if midnight.isoweekday() in self.weekdays and midnight.date() >= local.date():
                found = self._in_day(midnight, max(midnight, local))
                if found is not None:
                    return found
        return None

    def _in_day(self, midnight: datetime, local: datetime) -> datetime | None:
        for hour in sorted(self.hours):
            for minute in sorted(self.minutes):
                start = midnight.replace(hour=hour, minute=minute)
                if start + timedelta(seconds=59) < local:
                    continue
                for second in sorted(self.seconds):
                    if (found := start.replace(second=second)) >= local:
                        return found
        return None


def _values(name: str, text: str | None, least: int, most: int) -> frozenset[int]:
    """The values that a field lists: numbers and ``[from-to]`` ranges, between commas."""
    if text is None:
        return frozenset(range(least, most + 1))
    refused = ScheduleInvalid(field=name, value=text[:40], least=least, most=most)
    if len(text) > _LONGEST:
        raise refused
    found: set[int] = set()
    for element in text.split(","):
        if _NUMBER.fullmatch(element):
            low = high = int(element)
        elif spanned := _RANGE.fullmatch(element):
            low, high = int(spanned[1]), int(spanned[2])
        else:
            raise refused
        if not least <= low <= high <= most:
            raise refused
        found.update(range(low, high + 1))
    return frozenset(found)
