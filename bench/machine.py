"""What all the numbers depend on: processor, versions, and what a synced write costs here."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

from sqlalchemy import text

from trace.store.engine import open_engine

_CPUINFO = Path("/proc/cpuinfo")


def describe(postgresql: str) -> str:
    """One line that says on what the numbers below were measured."""
    engine = open_engine(postgresql)
    with engine.connect() as connection:
        server = connection.execute(text("SHOW server_version")).scalar_one()
    engine.dispose()
    return (
        f"{_processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, PostgreSQL {server}; fsync of 4 kB: {sync_cost() * 1000:.2f} ms"
    )


def sync_cost(times: int = 50) -> float:
    """Seconds that one appended and synced block takes, where the databases of this run lie."""
    costs = []
    with tempfile.TemporaryFile() as file:
        for _ in range(times):
            file.write(bytes(4096))
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            costs.append(time.perf_counter() - began)
    return statistics.median(costs)


def _processor() -> str:
    if _CPUINFO.exists():
        for line in _CPUINFO.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
