"""Many at once: nobody ever ships a kilogram that another has shipped, and what was acknowledged is never lost."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import select

from tests import shippers
from tests.scenario import World
from trace.store import projection_tables as t
from trace.store.engine import reading


def shipments(world: World) -> set[str]:
    """Every delivery that the tables know; the ledger is compared with them when the test is over."""
    with reading(world.engine) as connection:
        return set(connection.execute(select(t.shipments.c.id)).scalars())


def test_eight_threads_in_four_processes_never_ship_more_than_there_is(world: World) -> None:
    """160 are asked of 100: a hundred leave, sixty are told that there is not enough."""
    batch = world.register("farm", "100 KGM")
    crews = [shippers.start(world.var, world.url, batch, "farm", "stall", 2, 20) for _ in range(4)]
    said = [line for crew in crews for line in crew.communicate()[0].split()]
    assert [crew.returncode for crew in crews] == [0, 0, 0, 0]
    shipped = [line for line in said if line != "not_enough"]
    assert (len(shipped), len(said)) == (100, 160)
    assert set(shipped) == shipments(world)
    assert world.balance(batch) == {"made": Decimal(-100), "transit": Decimal(100)}


def test_what_a_killed_process_had_acknowledged_is_there_and_the_others_go_on(world: World) -> None:
    batch = world.register("farm", "10000 KGM")
    other = shippers.start(world.var, world.url, batch, "farm", "stall", 2, 20)
    doomed = shippers.start(world.var, world.url, batch, "farm", "stall", 2, 1000)
    assert doomed.stdout is not None
    heard = [doomed.stdout.readline().strip() for _ in range(15)]
    doomed.kill()
    # Its last line may have been cut off by the kill: then it was not acknowledged.
    rest = doomed.communicate()[0]
    heard += [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    others = other.communicate()[0].split()
    assert other.returncode == 0
    known = shipments(world)
    assert {line.strip() for line in heard} <= known
    assert set(others) <= known
    assert world.balance(batch) == {
        "made": Decimal(-10000),
        "held": 10000 - len(known),
        "transit": len(known),
    }


def test_threads_of_one_process_share_commits_and_still_ship_no_more_than_there_is(world: World) -> None:
    batch = world.register("farm", "20 KGM")
    crew = shippers.start(world.var, world.url, batch, "farm", "stall", 8, 5)
    said = crew.communicate()[0].split()
    assert crew.returncode == 0
    assert said.count("not_enough") == 20
    assert world.holds("farm", batch) == 0
