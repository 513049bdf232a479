"""Work that nobody waits for: accepted documents are recorded, subscribers are told.

Each step takes one piece of work from the database under a lease and finishes it; a step that dies leaves the
piece to the next one. Any number of processes may run these at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import structlog

from trace.services.context import Context, Turn

Step = Callable[[Context], bool]
"""Does one piece of work; whether there was one."""

_PAUSE = 1.0  # seconds until it is asked again whether a schedule or a retry is due


class Background:
    """Runs the steps of one process, each in a thread of its own once started, or all of them on demand.

    One that waits for a slow subscriber keeps no document waiting.
    """

    def __init__(self, ctx: Context, steps: Sequence[Step]) -> None:
        self._ctx = ctx
        self._steps = tuple(steps)
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Run until ``stop``; a second call does nothing."""
        if not self._threads:
            self._threads = [
                threading.Thread(target=self._run, args=(step,), name=step.__module__, daemon=True)
                for step in self._steps
            ]
            for thread in self._threads:
                thread.start()

    def stop(self) -> None:
        """Finish the pieces of work at hand, and no others."""
        self._stopping.set()
        self._ctx.work.ring()
        for thread in self._threads:
            thread.join()

    def drain(self) -> None:
        """Do all that is there to do now, in the caller's thread; what fails is raised."""
        while sum(step(self._ctx) for step in self._steps):  # each gets its turn in every round
            pass

    def _run(self, step: Step) -> None:
        while not self._stopping.is_set():
            heard = self._ctx.work.rung
            if not self._tried(step):
                self._ctx.work.wait(heard, _PAUSE)

    def _tried(self, step: Step) -> bool:
        turns, name = self._ctx.work.turns, step.__module__
        turns[name] = Turn(time.monotonic(), busy=True)
        try:
            found = step(self._ctx)
            turns[name] = Turn(time.monotonic(), busy=False)
            return found
        except Exception as error:
            # The piece comes back by itself when its lease ends; a step must not end with one of its failures.
            turns[name] = Turn(time.monotonic(), busy=False, error=type(error).__name__)
            structlog.get_logger("trace.background").error(
                "step failed", step=step.__module__, error=type(error).__name__
            )
            return False
