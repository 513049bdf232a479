"""The service as it is run: ``python -m trace serve`` in a process of its own, over files where the cast is at home."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from tests import scenario
from tests.service.ledgers import ROOT
from tests.web import desk as desks
from trace import bootstrap
from trace.config import Config


class Wall(scenario.Clock):
    """The clock that the server goes by too."""

    def __call__(self) -> datetime:
        return bootstrap.now()


@dataclass
class RealServer:
    """Where it listens, and the same files in this process's hands, as another worker would have them."""

    desk: desks.Desk
    settings: dict[str, str]

    @property
    def address(self) -> str:
        """What codes carry, and where the server is: the same."""
        return self.settings["TRACE_BASE_URL"]

    @property
    def world(self) -> scenario.World:
        return self.desk.world

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """``python -m trace WORDS`` over these files."""
        return subprocess.run(
            [sys.executable, "-m", "trace", *words],
            cwd=ROOT,
            env=_environment(self.settings),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@contextmanager
def real_server(folder: Path, template: Path) -> Iterator[RealServer]:
    """A running server on a free port, its businesses and their users registered; at the end its ledger must verify."""
    shutil.copyfile(template, folder / "trace.db")
    port = _free_port()
    settings = {
        **scenario.environment(folder, f"sqlite:///{folder / 'trace.db'}"),
        "TRACE_BASE_URL": f"http://127.0.0.1:{port}",
        "TRACE_PORT": str(port),
        "TRACE_CHECKPOINT_SECONDS": "1",
    }
    ctx = bootstrap.build(Config.from_environment(settings))
    try:
        world = scenario.World(ctx, Wall(), folder, settings["TRACE_DATABASE_URL"]).cast()
        desks.enter_users(world)
        server = RealServer(desks.Desk(world, desks.application(ctx)), settings)
        with _listening(server, folder / "log"):
            yield server
        judged = server.command("verify", "--all")
        assert judged.returncode == 0, judged.stdout
    finally:
        ctx.sequencer.engine.dispose()


@contextmanager
def _listening(server: RealServer, log: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "trace", "serve"]
    with log.open("w") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=_environment(server.settings), stdout=out, stderr=out
        )
        try:
            _wait_for(int(server.settings["TRACE_PORT"]), process, log)
            yield
        finally:
            process.terminate()
            process.wait(30)


def _environment(settings: dict[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TRACE_")}
    return {**inherited, **settings}


def _free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    return number


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        with suppress(OSError), closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as asked:
            asked.request("GET", "/readyz")
            if asked.getresponse().status == 200:
                return
        with suppress(subprocess.TimeoutExpired):
            pytest.fail(f"the server ended with {process.wait(0.05)}: {log.read_text()}")
    pytest.fail(f"the server does not answer: {log.read_text()}")
