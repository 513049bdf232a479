"""Several processes with several threads write to one ledger: it stays one chain, and nothing is lost."""

from __future__ import annotations

from tests.databases import Database
from tests.service.ledgers import acknowledged, judge, start


def test_eight_threads_in_each_of_four_processes_make_one_chain_and_every_acknowledged_entry_is_there(
    database: Database,
) -> None:
    processes = [start(database.url, f"p{number}", threads=8, count=10) for number in range(4)]
    said: dict[str, int] = {}
    for process in processes:
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        said.update(acknowledged(output))
    assert len(said) == 4 * 8 * 10
    found = judge(database.engine)
    assert said.items() <= found.ids.items()
    assert sorted(found.ids.values()) == list(range(found.size))


def test_a_process_that_is_killed_loses_nothing_it_acknowledged_and_holds_nobody_up(
    database: Database,
) -> None:
    victim = start(database.url, "victim", threads=8, count=100_000)
    other = start(database.url, "other", threads=4, count=25)
    assert victim.stdout is not None
    lines = [victim.stdout.readline() for _ in range(60)]
    victim.kill()
    rest, _ = victim.communicate(timeout=60)
    survived, _ = other.communicate(timeout=120)
    assert other.returncode == 0
    said = acknowledged("".join(lines) + rest) | acknowledged(survived)
    found = judge(database.engine)
    assert len(said) >= 60 + 100
    assert said.items() <= found.ids.items()
