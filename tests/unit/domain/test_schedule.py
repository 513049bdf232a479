"""A schedule asks at the moments it names, no earlier, none left out, and what it cannot mean is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trace.domain.schedule import Schedule, ScheduleFieldUnknown, ScheduleInvalid, ScheduleNever

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 11, 21, 8, 0, 0, 250_000, tzinfo=UTC)  # a Saturday, 16:00 in Shanghai


def times(
    fields: dict[str, str], count: int = 3, zone: ZoneInfo = SHANGHAI, after: datetime = START
) -> list[str]:
    found = []
    for _ in range(count):
        after = Schedule.parse(fields).next(after, zone)
        assert after.tzinfo is UTC
        found.append(after.astimezone(zone).isoformat(sep=" ", timespec="seconds")[:19])
    return found


@pytest.mark.conforms("subs-schedule-match", "subs-schedule-zone")
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"hour": "1", "minute": "5"}, ["2026-11-22 01:05:00", "2026-11-23 01:05:00"]),
        ({"second": "0", "minute": "0"}, ["2026-11-21 17:00:00", "2026-11-21 18:00:00"]),
        ({"second": "0", "minute": "30", "hour": "2"}, ["2026-11-22 02:30:00", "2026-11-23 02:30:00"]),
        ({"minute": "0", "hour": "23", "dayOfWeek": "[1-5]"}, ["2026-11-23 23:00:00", "2026-11-24 23:00:00"]),
        ({"second": "0,[20-21],40"}, ["2026-11-21 16:00:20", "2026-11-21 16:00:21", "2026-11-21 16:00:40"]),
        ({"dayOfMonth": "31"}, ["2026-12-31 00:00:00", "2027-01-31 00:00:00", "2027-03-31 00:00:00"]),
        ({"month": "2", "dayOfMonth": "29"}, ["2028-02-29 00:00:00", "2032-02-29 00:00:00"]),
        (
            {"month": "2", "dayOfMonth": "29", "dayOfWeek": "7"},
            ["2032-02-29 00:00:00", "2060-02-29 00:00:00"],
        ),
        (
            {"second": "59", "minute": "59", "hour": "23", "month": "12", "dayOfMonth": "31"},
            ["2026-12-31 23:59:59"],
        ),
        ({"month": "11", "dayOfWeek": "6"}, ["2026-11-28 00:00:00", "2027-11-06 00:00:00"]),
    ],
)
def test_a_business_is_told_at_the_times_it_named_on_its_own_clock(
    fields: dict[str, str], expected: list[str]
) -> None:
    assert times(fields, len(expected)) == expected


@pytest.mark.parametrize("weekday", range(1, 8))
def test_a_leap_day_on_any_weekday_is_found_across_a_century_without_one(weekday: int) -> None:
    leap_days = (datetime(year, 2, 29, tzinfo=SHANGHAI) for year in range(2096, 2150, 4) if year != 2100)
    expected = next(day for day in leap_days if day.isoweekday() == weekday and day.year > 2096)
    schedule = Schedule.parse({"month": "2", "dayOfMonth": "29", "dayOfWeek": str(weekday)})
    assert schedule.next(datetime(2096, 3, 1, tzinfo=UTC), SHANGHAI) == expected


@pytest.mark.conforms("subs-schedule-grammar")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("second", "60"),
        ("minute", "-1"),
        ("hour", "24"),
        ("dayOfMonth", "0"),
        ("month", "13"),
        ("dayOfWeek", "8"),
        ("hour", "[18-8]"),
        ("hour", "8-18"),
        ("second", "0/30"),
        ("second", "*"),
        ("second", ""),
        ("second", "1,"),
        ("second", " 1"),
        ("second", "١"),
        ("second", "[1-2"),
        ("second", "1\n"),
        ("second", "9" * 5000),
        ("second", ",".join(["1"] * 600)),
    ],
)
def test_what_is_no_number_list_or_range_in_bounds_is_refused_with_the_bounds(field: str, value: str) -> None:
    with pytest.raises(ScheduleInvalid) as refused:
        Schedule.parse({field: value})
    least, most = Schedule.LIMITS[field]
    assert (refused.value.field, refused.value.least, refused.value.most) == (field, least, most)
    assert len(refused.value.value) <= 40


def test_a_field_that_no_schedule_has_is_refused_and_not_ignored() -> None:
    with pytest.raises(ScheduleFieldUnknown) as refused:
        Schedule.parse({"hour": "1", "minutes": "5"})
    assert refused.value.field == "minutes"
    assert "dayOfMonth" in refused.value.known


@pytest.mark.parametrize(
    "fields", [{}, {"month": "2", "dayOfMonth": "30,31"}, {"month": "4,6", "dayOfMonth": "31"}]
)
def test_a_schedule_that_would_never_come_is_refused_instead_of_waited_for(fields: dict[str, str]) -> None:
    with pytest.raises(ScheduleNever):
        Schedule.parse(fields)


def test_an_hour_that_comes_twice_counts_once_and_one_left_out_is_made_up_for() -> None:
    half_past_two = {"hour": "2", "minute": "30"}
    twice = datetime(2026, 10, 24, 12, tzinfo=UTC)  # clocks go back at 3:00 on the 25th
    assert [Schedule.parse(half_past_two).next(twice, BERLIN).isoformat()] == ["2026-10-25T00:30:00+00:00"]
    assert times(half_past_two, 2, BERLIN, twice) == ["2026-10-25 02:30:00", "2026-10-26 02:30:00"]
    missing = datetime(2027, 3, 27, 12, tzinfo=UTC)  # clocks go forward at 2:00 on the 28th
    assert times(half_past_two, 2, BERLIN, missing) == ["2027-03-28 03:30:00", "2027-03-29 02:30:00"]


def test_every_second_of_a_repeated_hour_still_moves_forward() -> None:
    second_time_round = datetime(2026, 10, 25, 1, 59, 58, tzinfo=UTC)
    assert Schedule.parse({"second": "[0-59]"}).next(second_time_round, BERLIN) > second_time_round


# -- against a twin that looks at every second ----------------------------------------------------------------


def _list(least: int, most: int) -> st.SearchStrategy[str]:
    number = st.integers(least, most)
    spanned = st.tuples(number, number).map(lambda two: f"[{min(two)}-{max(two)}]")
    return st.lists(number.map(str) | spanned, min_size=1, max_size=3).map(",".join)


def _numbers(text: str) -> set[int]:
    found: set[int] = set()
    for element in text.split(","):
        low, _, high = element.strip("[]").partition("-")
        found |= set(range(int(low), int(high or low) + 1))
    return found


def _matches(fields: dict[str, str], local: datetime) -> bool:
    clock = {
        "second": local.second,
        "minute": local.minute,
        "hour": local.hour,
        "dayOfMonth": local.day,
        "month": local.month,
        "dayOfWeek": local.isoweekday(),
    }
    named = [name for name in clock if name in fields]
    finer = list(clock)[: min(list(clock).index(named[0]), 3)]
    return all(clock[name] in _numbers(fields[name]) for name in named) and not any(
        clock[name] for name in finer
    )


_FINE = {name: Schedule.LIMITS[name] for name in ("second", "minute", "hour", "dayOfWeek")}


@settings(max_examples=60)
@given(
    st.fixed_dictionaries({}, optional={name: _list(*limits) for name, limits in _FINE.items()}).filter(bool),
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(-14, 14),
)
def test_it_finds_what_one_finds_who_looks_at_every_second(
    fields: dict[str, str], after: datetime, hours: int
) -> None:
    zone = timezone(timedelta(hours=hours))
    found = Schedule.parse(fields).next(after, zone)
    assert _matches(fields, found.astimezone(zone))
    first = after.replace(microsecond=0) + timedelta(seconds=1)
    looked = min(int((found - first).total_seconds()), 1_000)
    assert not any(_matches(fields, (first + timedelta(seconds=n)).astimezone(zone)) for n in range(looked))


@given(
    st.fixed_dictionaries({}, optional={name: _list(*limits) for name, limits in Schedule.LIMITS.items()}),
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from([SHANGHAI, BERLIN, ZoneInfo("Asia/Kathmandu")]),
)
def test_whatever_is_accepted_has_a_next_time_that_lies_ahead(
    fields: dict[str, str], after: datetime, zone: ZoneInfo
) -> None:
    try:
        schedule = Schedule.parse(fields)
    except ScheduleNever:
        return
    assert after < schedule.next(after, zone)
    assert dict(schedule.fields) == fields
