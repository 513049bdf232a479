"""Tries are counted the same on both databases, by many at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.scenario import World
from trace.services import throttle
from trace.services.throttle import Bucket


def test_of_many_tries_at_once_no_more_than_the_free_ones_are_let_through(world: World) -> None:
    """Counting has no gap in which every one of them is the first."""
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: throttle.charge(world.ctx, [Bucket("name", 3)]), range(16)))
    assert waits.count(0) == 3
    assert set(waits) <= {0, 2}


def test_what_was_counted_is_forgotten_after_a_day_and_when_the_guess_was_right(world: World) -> None:
    """Yesterday's slips slow nobody down; a right guess takes back its own count and no other's."""
    own, shared = Bucket("own", 2), Bucket("shared", 4)
    for _ in range(2):
        assert throttle.charge(world.ctx, [own, shared]) == 0
    assert throttle.charge(world.ctx, [own, shared]) > 0
    throttle.forgive(world.ctx, [own], [shared])
    assert throttle.charge(world.ctx, [own, shared]) == 0
    assert throttle.charge(world.ctx, [Bucket("other", 9), shared]) == 0
    world.clock.forward(seconds=30)
    assert throttle.charge(world.ctx, [shared]) == 0
    assert throttle.charge(world.ctx, [shared]) > 0
    world.clock.forward(hours=25)
    assert throttle.charge(world.ctx, [own, shared]) == 0


def test_a_pause_is_never_longer_than_a_quarter_of_an_hour(world: World) -> None:
    """However often somebody guessed."""
    bucket = Bucket("name", 1)
    for _ in range(40):
        world.clock.forward(seconds=throttle.charge(world.ctx, [bucket]))
    assert throttle.charge(world.ctx, [bucket]) <= throttle.LONGEST_PAUSE + 1


def test_whoever_has_to_wait_and_does_not_keeps_nobody_from_recording(world: World) -> None:
    """A script that goes on asking in its pause takes no lock: here somebody else holds the ledger's head."""
    bucket = Bucket("name", 1)
    assert throttle.charge(world.ctx, [bucket]) == 0
    with ThreadPoolExecutor(1) as pool:
        waits = world.ctx.sequencer.submit(
            lambda uow: uow.connection and pool.submit(throttle.charge, world.ctx, [bucket]).result(30)
        )
    assert waits > 0
