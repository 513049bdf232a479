"""Work beside requests goes on whatever one step of it meets."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any, cast

from trace.services.background import Background
from trace.services.context import Bell, Context

LONG = 10.0  # seconds that no run needs


def context() -> Context:
    return cast(Context, SimpleNamespace(work=Bell()))


def test_a_step_that_waits_or_fails_keeps_no_other_from_its_work() -> None:
    holding, reached = threading.Event(), threading.Event()

    def stuck(_: Any) -> bool:
        holding.wait(LONG)
        return False

    def broken(_: Any) -> bool:
        raise RuntimeError("a piece that cannot be done")

    def good(_: Any) -> bool:
        reached.set()
        return False

    background = Background(context(), (stuck, broken, good))
    background.start()
    assert reached.wait(LONG)
    holding.set()
    background.stop()


def test_what_rings_while_a_step_is_at_work_makes_it_look_again() -> None:
    ctx = context()
    looks: list[int] = []
    again = threading.Event()

    def step(given: Context) -> bool:
        looks.append(1)
        if len(looks) == 1:
            given.work.ring()  # comes when this look is over already, as far as the step knows
        else:
            again.set()
        return False

    background = Background(ctx, (step,))
    background.start()
    background.start()
    assert again.wait(LONG)
    background.stop()
    assert not any(thread.is_alive() for thread in background._threads)


def test_on_demand_all_is_done_and_a_failure_is_raised() -> None:
    left = [3, 2]

    def pieces(number: int) -> Any:
        def step(_: Context) -> bool:
            left[number] -= left[number] > 0
            return left[number] > 0

        return step

    Background(context(), (pieces(0), pieces(1))).drain()
    assert left == [0, 0]
