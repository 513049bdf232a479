"""``python -m bench``: everything; the hundred thousand events of the queries take most of the time."""

from __future__ import annotations

import time

from bench import acts, appends, machine, pages, queries
from bench.databases import KINDS, server
from bench.measure import table


def main() -> None:
    """Measure and print; each table says beside what its rates stand."""
    began = time.perf_counter()
    with server() as postgres:
        print(machine.describe(postgres.url()))
        for kind in KINDS:
            rows = appends.measure(kind, postgres)
            table(f"Ledger appends, {kind}", rows)
            made, checks = acts.measure(kind, postgres, rows[0].limit or 0.0)
            table(f"Custody, {kind}", made)
            table(f"Verification, {kind}", checks)
            table(f"Scanning a code, {kind}", pages.measure(kind, postgres))
            table(f"EPCIS queries, {queries.EVENTS:,} events, {kind}", queries.measure(kind, postgres))
    print(f"\n{time.perf_counter() - began:.0f} s in all")


if __name__ == "__main__":
    main()
