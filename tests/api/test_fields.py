"""A field takes what its published pattern allows, and nothing else, whatever the text."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import marshmallow as ma
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.fields import Amount, Day, Pairs, Text, Time
from api.plain import dumps, time
from tests.api.world import World
from trace.identifiers.rules import CSET82

LOTS = st.text(st.sampled_from(sorted(CSET82)), min_size=1, max_size=20).filter(
    lambda lot: lot not in {".", ".."}
)


def taken(field: Any, value: Any) -> Any:
    """What the field makes of a value; None where it refuses it."""
    try:
        return field.deserialize(value)
    except ma.ValidationError:
        return None


def published(field: Any, text: str) -> bool:
    meta = field.metadata
    # JSON Schema's patterns are ECMA-262: there $ is the very end.
    pattern = re.compile(meta["pattern"].removesuffix("$") + r"\Z")
    return bool(pattern.search(text)) and len(text) <= meta.get("maxLength", len(text))


NUMBERS = st.one_of(
    st.text(max_size=20), st.from_regex(r"\A[-+]?[0-9]{0,17}\.?[0-9]{0,8}\n?\Z"), st.decimals().map(str)
)


@given(NUMBERS)
def test_an_amount_is_taken_only_as_published_and_exactly(text: str) -> None:
    for field in (Amount("x"), Amount("x", zero=True)):
        found = taken(field, text)
        if found is not None:
            assert published(field, text)
            assert found == Decimal(text)
            assert found > 0 or (found == 0 and field.zero)


@given(st.decimals(min_value=Decimal("0.000001"), max_value=10**9, places=6))
def test_every_amount_that_the_ledger_carries_is_taken(amount: Decimal) -> None:
    assert taken(Amount("x"), format(amount, "f")) == amount


@given(
    st.one_of(
        st.text(max_size=30), st.datetimes().map(str), st.from_regex(r"\A2[0-9]{3}-[0-9-]+T[0-9:.]+Z?\n?\Z")
    )
)
def test_a_time_is_taken_only_as_published(text: str) -> None:
    if taken(Time("x"), text) is not None:
        assert published(Time("x"), text)


ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(1970, 1, 2), datetime(2999, 12, 31), timezones=ZONES))  # noqa: DTZ001
def test_every_time_with_a_zone_is_taken_as_the_same_moment(moment: datetime) -> None:
    assert taken(Time("x"), moment.isoformat()) == moment
    written = datetime.fromisoformat(time(moment))
    assert abs(written - moment) < timedelta(milliseconds=1)
    assert written.tzinfo == UTC
    assert dumps(moment) == f'"{time(moment)}"'


@given(st.dates(date(1970, 1, 1), date(2999, 12, 31)), st.text(max_size=12))
def test_a_day_is_taken_only_as_published(day: date, text: str) -> None:
    assert taken(Day("x"), day.isoformat()) == day
    if taken(Day("x"), text) is not None:
        assert published(Day("x"), text)


@given(st.text(max_size=40))
def test_a_text_is_one_visible_line_as_published(text: str) -> None:
    found = taken(Text("x", longest=30), text)
    if found is not None:
        assert published(Text("x", longest=30), text)
        assert found == text
        assert found.strip()
        assert len(found.splitlines()) == 1


@given(st.dictionaries(st.text(max_size=25), NUMBERS | st.integers(), max_size=25))
def test_units_are_names_with_amounts(value: dict[str, Any]) -> None:
    found = taken(Pairs("x"), value)
    if found is not None:
        assert len(found) <= 20
        assert all(0 < len(name) <= 20 and amount > 0 for name, amount in found.items())


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LOTS)
def test_a_batch_of_any_lot_is_found_by_its_encoded_uri(shared_world: World, lot: str) -> None:
    world = shared_world
    if "GTIN" not in world.ids:
        world.ids["GTIN"] = world.product(gtin="4012345678901")
    made = world.post(
        "batches", "farm", {"product": world.ids["GTIN"], "quantity": "1", "unit": "KGM", "lot": lot}
    )
    if made.status_code == 409:  # the lot came before
        return
    uri = made.get_json()["batches"][0]["uri"]
    answer = world.get(f"batches/{quote(uri, safe='')}")
    assert (answer.status_code, answer.get_json()["lot"]) == (200, lot)
    assert world.get(f"batches/{quote(uri, safe='')}/holders", "farm").status_code == 200
