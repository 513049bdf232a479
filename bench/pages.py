"""The page of a scanned code, in requests per second, beside a hello-world on the same server."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from bench.databases import fresh
from bench.load import CONNECTIONS, PROCESSES, generate
from bench.measure import Row, medians, progress
from tests.databases import PostgresServer

SECONDS = 2.0
THREADS = 8
ROOT = Path(__file__).resolve().parents[1]


def measure(kind: str, postgres: PostgresServer) -> list[Row]:
    """The demo's first batch, as HTML."""
    with fresh(kind, postgres) as (folder, url):
        settings = {"TRACE_VAR": str(folder / "var"), "TRACE_DATABASE_URL": url}
        progress(f"{kind}, entering the demo")
        _run(settings, "init")
        _run(settings, "demo", "--no-api-keys")
        made = json.loads((folder / "var" / "demo.json").read_text(encoding="utf-8"))
        path = urlsplit(made["codes"][0]["url"]).path
        with (
            _serving("bench.hello:app", "wsgi", settings) as hello,
            _serving("asgi:app", "asgi", settings) as service,
        ):
            generate(service, path, 0.5)  # warm: templates compiled, pools filled
            measured = {
                "hello-world": lambda: generate(hello, "/", SECONDS),
                "page": lambda: generate(service, path, SECONDS),
            }
            rate = medians(f"{kind}, pages", measured)
    name = f"batch page ({PROCESSES} x {CONNECTIONS} connections)"
    return [Row(name, rate["page"], "hello-world", rate["hello-world"])]


def _run(settings: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, "-m", "trace", *arguments]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **settings}, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _serving(app: str, interface: str, settings: dict[str, str]) -> Iterator[int]:
    """Granian with one worker, as ``python -m trace serve`` starts it; the intake has threads of its own."""
    port = _free_port()
    threads = ["--blocking-threads", str(THREADS)] if interface == "wsgi" else []
    options = ["--interface", interface, "--workers", "1", *threads]
    command = [sys.executable, "-m", "granian", *options, "--port", str(port), "--no-log", app]
    nowhere = subprocess.DEVNULL  # it logs every request
    server = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **settings}, stdout=nowhere, stderr=nowhere
    )
    try:
        _wait(port)
        yield port
    finally:
        server.terminate()
        server.wait()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server does not answer")
