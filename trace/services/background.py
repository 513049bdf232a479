"""Work that nobody waits for: accepted documents are recorded, subscribers are told.

Each step takes one piece of work from the database under a lease and finishes it; a step that dies leaves the
piece to the next one. Any number of processes may run these at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import structlog

from trace.services.context import Context

Step = Callable[[Context], bool]
"""Does one piece of work; whether there was one."""

_PAUSE = 1.0  # seconds until it is asked again whether a schedule or a retry is due


class Background:
    """Runs the steps of one process, in a thread once started, or on demand."""

    def __init__(self, ctx: Context, steps: Sequence[Step]) -> None:
        self._ctx = ctx
        self._steps = tuple(steps)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Run until ``stop`` in a thread of its own; a second call does nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="trace-background", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Finish the piece of work at hand, and no other."""
        self._stopping.set()
        self._ctx.work.set()
        if self._thread is not None:
            self._thread.join()

    def drain(self) -> None:
        """Do all that is there to do now, in the caller's thread; what fails is raised."""
        while sum(step(self._ctx) for step in self._steps):  # each gets its turn in every round
            pass

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._ctx.work.clear()
            if not sum(self._tried(step) for step in self._steps):
                self._ctx.work.wait(_PAUSE)

    def _tried(self, step: Step) -> bool:
        try:
            return step(self._ctx)
        except Exception as error:
            # One step's failure must not keep the others from their work; the piece comes back by itself.
            structlog.get_logger("trace.background").error(
                "step failed", step=step.__module__, error=type(error).__name__
            )
            return False
