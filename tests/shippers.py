"""Several threads that ship from one batch as fast as they can, run as a process of its own.

``python -m tests.shippers VAR URL BATCH SENDER RECEIVER THREADS TIMES`` prints each acknowledged delivery at once,
or the code of the refusal, one a line.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

from tests.scenario import environment, opened, quantity
from trace.domain.commands import Line, Ship
from trace.domain.refusals import Refusal
from trace.services import custody, parties
from trace.services.context import Actor

ROOT = Path(__file__).resolve().parents[1]


def start(
    var: Path, url: str, batch: str, sender: str, receiver: str, threads: int, times: int
) -> subprocess.Popen[str]:
    """A process of shippers; its output is what was acknowledged."""
    arguments = [str(var), url, batch, sender, receiver, str(threads), str(times)]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.shippers", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment(var, url)},
    )


def main() -> None:
    var, url, batch, sender, receiver, threads, times = sys.argv[1:]
    printing = threading.Lock()
    with opened(Path(var), url, create=False) as ctx:
        actor = Actor(parties.find_party(ctx, sender))
        to = parties.find_party(ctx, receiver).uri
        command = Ship(shipment="", to=to, lines=(Line(batch, quantity("1 KGM")),))

        def work() -> None:
            for _ in range(int(times)):
                try:
                    said = custody.ship(ctx, actor, command).result["shipment"]
                except Refusal as refusal:
                    said = refusal.code
                with printing:
                    print(said, flush=True)

        crew = [threading.Thread(target=work) for _ in range(int(threads))]
        for one in crew:
            one.start()
        for one in crew:
            one.join()


if __name__ == "__main__":
    main()
