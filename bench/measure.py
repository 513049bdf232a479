"""Timing and telling: rates as medians of several rounds, tables with each rate beside its limit."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

ROUNDS = 3


@dataclass(frozen=True)
class Row:
    """One measured rate per second, and the rate that it is to be compared with, ``limit``."""

    name: str
    rate: float
    against: str = ""
    limit: float | None = None


def timed(work: Callable[[], int]) -> float:
    """Things done per second; ``work`` says how many it did."""
    began = time.perf_counter()
    done = work()
    return done / (time.perf_counter() - began)


def medians(
    title: str, measured: Mapping[str, Callable[[], float]], rounds: int = ROUNDS
) -> dict[str, float]:
    """The middle one of several rounds for each; every round measures all, so that they share what goes on beside."""
    rates: dict[str, list[float]] = {name: [] for name in measured}
    for number in range(rounds):
        for name, once in measured.items():
            progress(f"{title}: {name}, round {number + 1} of {rounds}")
            rates[name].append(once())
    progress("")
    return {name: statistics.median(found) for name, found in rates.items()}


def progress(text: str) -> None:
    """What is being measured now, on one line that the next one overwrites."""
    if sys.stderr.isatty():
        print(f"\r\x1b[2K{text}", end="", file=sys.stderr, flush=True)


def table(title: str, rows: list[Row]) -> None:
    """Print a table; the ratio says how much of the limit (or how many times it) was reached."""
    print(f"\n{title}")
    for row in rows:
        line = f"  {row.name:<44}{row.rate:>12,.0f}/s"
        if row.limit is not None:
            line += f"  {row.rate / row.limit:>7.3g} x {row.against} ({row.limit:,.0f}/s)"
        print(line, flush=True)
