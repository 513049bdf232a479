"""How long a buyer may take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from trace.domain.clocks import Clocks

SHIPPED = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "left", "late"),
    [(0, 24, False), (0.5, 24, False), (23.5, 1, False), (24, 0, False), (24.5, 1, True), (30, 6, True)],
)
def test_delivery_is_late_after_a_day_and_not_before(hours: float, left: int, late: bool) -> None:
    """Begun hours count: half an hour before the end there is one left, half an hour after it it is one late."""
    running = Clocks().confirming(SHIPPED, SHIPPED + timedelta(hours=hours))
    assert (running.hours, running.late) == (left, late)
    assert Clocks().late(SHIPPED, SHIPPED + timedelta(hours=hours)) is late


def test_goods_from_outside_have_a_clock_of_their_own() -> None:
    """A day and a half, which another province may set otherwise."""
    at = SHIPPED + timedelta(hours=30)
    assert not Clocks().entering(SHIPPED, at).late
    assert Clocks(self_entry=timedelta(hours=12)).entering(SHIPPED, at).late
