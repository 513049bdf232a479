"""The rules of the clone warning, as sentences."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.domain.clones import FAR, MOST_PLACES, Cell, CloneWarning, Reason, Sighting, judge

NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)
FUZHOU, XIAMEN, GUANGZHOU, BEIJING = (
    Cell.of(*place) for place in ((26.08, 119.30), (24.48, 118.09), (23.13, 113.26), (39.90, 116.40))
)
URUMQI, CHENGDU = Cell.of(43.83, 87.62), Cell.of(30.57, 104.07)


def seen(*sights: tuple[Cell, float]) -> list[Sighting]:
    """Places with hours after noon."""
    return [Sighting(NOON + timedelta(hours=hours), place) for place, hours in sights]


@pytest.mark.parametrize(
    ("sights", "reason"),
    [
        ((), None),
        (((FUZHOU, 0),), None),
        (((FUZHOU, 0), (FUZHOU, 0.01), (FUZHOU, 900)), None),  # one shop, one home
        (((FUZHOU, 0), (XIAMEN, 2)), None),  # taken along by train
        (((FUZHOU, 0), (BEIJING, 4)), None),  # taken along by plane
        (((FUZHOU, 0), (BEIJING, 1)), Reason.TOO_FAST),  # nobody flies 1,500 km in an hour, door to door
        (((FUZHOU, 0), (XIAMEN, 0)), Reason.TOO_FAST),  # at one moment in two towns
        (((BEIJING, 1), (FUZHOU, 0)), Reason.TOO_FAST),  # whichever was told first
        (((FUZHOU, 0), (XIAMEN, 50), (FUZHOU, 50.1)), Reason.TOO_FAST),  # the third against the second
        (((FUZHOU, 0), (XIAMEN, 50), (BEIJING, 99)), None),  # shop, home, journey
        (((FUZHOU, 0), (XIAMEN, 50), (BEIJING, 99), (URUMQI, 200)), Reason.TOO_MANY_PLACES),
    ],
)
def test_what_speaks_for_copies(sights: tuple[tuple[Cell, float], ...], reason: Reason | None) -> None:
    warning = judge(seen(*sights))
    assert (warning.reason if warning else None) == reason


def test_a_warning_carries_its_numbers() -> None:
    """The reader is told how far and how fast, and since when."""
    warning = judge(seen((FUZHOU, 0), (BEIJING, 1)))
    assert warning == CloneWarning(Reason.TOO_FAST, NOON + timedelta(hours=1), km=warning.km, minutes=60)  # type: ignore[union-attr]
    assert warning is not None
    assert 1400 < (warning.km or 0) < 1600
    many = judge(seen((FUZHOU, 0), (XIAMEN, 50), (BEIJING, 99), (URUMQI, 200), (CHENGDU, 300)))
    assert many is not None
    assert (many.places, many.since) == (5, NOON + timedelta(hours=200))


def test_what_was_destroyed_does_not_turn_up_again() -> None:
    """Whoever destroys it may still look at it then; a look or a sighting later is a warning."""
    later = NOON + timedelta(hours=30)
    assert judge((), gone=NOON, looked=NOON + timedelta(minutes=59)) is None
    for warning in (judge((), gone=NOON, looked=later), judge(seen((FUZHOU, 30)), gone=NOON)):
        assert warning == CloneWarning(Reason.GONE_BEFORE, later, gone=NOON)
    assert judge(seen((FUZHOU, -5)), gone=NOON) is None


cells = st.builds(Cell, st.integers(-900, 900), st.integers(-1800, 1800))
sightings = st.lists(
    st.builds(Sighting, st.integers(0, 10_000).map(lambda m: NOON + timedelta(minutes=m)), cells), max_size=8
)


@given(sightings, st.builds(Sighting, st.just(NOON + timedelta(days=20)), cells))
def test_a_later_sighting_never_takes_a_warning_away(before: list[Sighting], after: Sighting) -> None:
    """A forger does not get rid of a warning by looking at his label once more, somewhere else."""
    if (warning := judge(before)) is not None:
        again = judge([*before, after])
        assert again is not None
        assert (again.reason, again.since) == (warning.reason, warning.since)


@given(sightings, st.randoms())
def test_the_order_in_which_sightings_come_says_nothing(some: list[Sighting], random: object) -> None:
    mixed = list(some)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert judge(mixed) == judge(some)


@given(cells, st.lists(st.integers(0, 10_000), max_size=8))
def test_one_place_is_never_a_warning(place: Cell, minutes: list[int]) -> None:
    """However often a label is looked at where it is."""
    assert judge(Sighting(NOON + timedelta(minutes=m), place) for m in minutes) is None


@given(cells, cells)
def test_distances_on_earth(one: Cell, other: Cell) -> None:
    """The same both ways, none to oneself, and never more than half round the Earth."""
    assert one.distance(other) == pytest.approx(other.distance(one))
    assert 0 <= one.distance(other) <= 20_016
    assert one.distance(one) == 0


def test_rounding_does_not_make_neighbours_strangers() -> None:
    """Two people on both sides of a cell's edge are near each other."""
    assert Cell.of(26.049, 119.3).distance(Cell.of(26.051, 119.3)) == 0
    assert FUZHOU.distance(XIAMEN) > FAR
    assert MOST_PLACES == 3


@pytest.mark.parametrize(("north", "east"), [(90.1, 0), (0, 180.1), (float("nan"), 0), (0, float("inf"))])
def test_a_place_that_is_none_is_refused(north: float, east: float) -> None:
    with pytest.raises(ValueError, match="is no place"):
        Cell.of(north, east)


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        ((), None),
        (((BEIJING, 6),), None),  # one new sighting is compared with none from before
        (((FUZHOU, 6), (BEIJING, 7)), Reason.TOO_FAST),
    ],
)
def test_what_was_looked_into_counts_no_more(
    after: tuple[tuple[Cell, float], ...], reason: Reason | None
) -> None:
    """An official settled it at five; only what comes after speaks for copies again."""
    before = seen((FUZHOU, 0), (BEIJING, 1), (URUMQI, 5))
    assert judge(before) is not None
    warning = judge([*before, *seen(*after)], cleared=NOON + timedelta(hours=5))
    assert (warning.reason if warning else None) == reason


def test_goods_that_were_gone_when_an_official_looked_are_settled_for_looks() -> None:
    """A page that is opened again is no news; a place where the thing is, or goods gone later, are."""
    late, cleared = NOON + timedelta(hours=99), NOON + timedelta(hours=50)
    assert judge((), gone=NOON, looked=late) is not None
    assert judge((), gone=NOON, looked=late, cleared=cleared) is None
    assert judge(seen((FUZHOU, 98)), gone=NOON, looked=late, cleared=cleared) is not None
    assert judge((), gone=NOON + timedelta(hours=60), looked=late, cleared=cleared) is not None
