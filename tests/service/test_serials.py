"""Serial codes: a million cost no rows, a roll's labels serve once, and nobody labels another's goods."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import pytest
from sqlalchemy import func, select

from tests.scenario import BASE_URL, World
from trace.domain.refusals import Invalid, NotYours, RightsForbid, RoleForbids, UnknownBatch
from trace.domain.serials import (
    LAST_OF_BATCH,
    RollsDiffer,
    SerialBound,
    SerialForged,
    SerialMisspelt,
    SerialNotIssued,
    SerialsUsedUp,
    SerialUnbound,
    UnknownRoll,
    shown,
)
from trace.ledger import canonical
from trace.services import proofs, serials
from trace.services.context import Actor, Done, Once, Rights, User
from trace.store import serial_tables as t
from trace.store.engine import reading
from trace.store.tables import metadata

ONE = pytest.mark.parametrize("world", ["sqlite"], indirect=True)
LINES = "100 KGM"


def rows(world: World) -> int:
    """Rows in every table."""
    with reading(world.engine) as connection:
        return sum(
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        )


def codes(world: World, batch: str, first: int, count: int) -> list[serials.SerialCode]:
    return list(serials.printed(world.ctx, batch, first, count))


def rolled(world: World, who: str = "farm", count: int = 100) -> list[serials.SerialCode]:
    """The labels of a new roll."""
    roll = serials.roll(world.ctx, world[who], count).result["roll"]
    return list(serials.printed_roll(world.ctx, roll, 1, count))


@ONE
def test_a_million_codes_cost_one_record_and_every_one_of_them_is_good(world: World) -> None:
    """One entry, whatever the number; the last code is as good as the first, and the next one was never issued."""
    batch = world.register("farm", LINES)
    serials.issue(world.ctx, world["farm"], batch, 1)
    before, size = rows(world), world.size()
    serials.issue(world.ctx, world["farm"], batch, 1_000_000)
    one = rows(world) - before
    assert world.size() - size == 1
    serials.issue(world.ctx, world["farm"], batch, 1)
    assert rows(world) - before == 2 * one < 16
    (last,) = codes(world, batch, 1_000_001, 1)
    assert serials.of_batch(world.ctx, batch, last.serial).number == 1_000_001
    with pytest.raises(SerialNotIssued):
        serials.printed(world.ctx, batch, 1_000_002, 2)


@ONE
def test_a_code_is_found_by_all_that_a_scanner_gives(world: World) -> None:
    """Address, Digital Link of any host, element string: the same thing, however it was printed."""
    milk, apples = world.register("farm", LINES, "milk", lot="L/1"), world.register("farm", LINES)
    for batch in (milk, apples):
        serials.issue(world.ctx, world["farm"], batch, 3)
    (code,) = codes(world, milk, 2, 1)
    assert code.url == f"{BASE_URL}/01/09520000000011/10/L%2F1/21/{code.serial}"
    found = serials.find(world.ctx, code.url)
    assert (found.uri, found.batch, found.number) == (f"{milk}/21/{code.serial}", milk, 2)
    for text in (
        code.url.replace(BASE_URL, "https://id.gs1.org"),
        f"(01)09520000000011(10)L/1(21){code.serial}",
        f"]d2010952000000001110L/1\x1d21{code.serial}",
    ):
        assert serials.find(world.ctx, text) == found
    (code,) = codes(world, apples, 1, 1)
    assert code.url == f"{apples}/{code.serial}"
    assert serials.find(world.ctx, code.url.upper()).uri == code.url


@ONE
def test_a_serial_of_one_batch_is_refused_on_another_that_has_the_same_numbers(world: World) -> None:
    """Both were issued; neither vouches for the other's goods."""
    mine, other = world.register("farm", LINES), world.register("farm", LINES)
    for batch in (mine, other):
        serials.issue(world.ctx, world["farm"], batch, 5)
    (code,) = codes(world, mine, 3, 1)
    with pytest.raises(SerialForged):
        serials.of_batch(world.ctx, other, code.serial)
    with pytest.raises(SerialForged):
        serials.find(world.ctx, f"{other}/{code.serial}")
    with pytest.raises(UnknownBatch):
        serials.find(world.ctx, f"{BASE_URL}/t/7A8GFH2NDR9/{code.serial}")


@ONE
def test_the_same_request_twice_issues_once(world: World) -> None:
    """A lost answer does not print numbers twice."""
    batch = world.register("farm", LINES)
    key = Once("k", "0" * 64)
    first = serials.issue(world.ctx, world["farm"], batch, 7, key)
    again = serials.issue(world.ctx, world["farm"], batch, 7, key)
    assert (again.result, again.replayed) == (first.result, True)
    assert serials.issue(world.ctx, world["farm"], batch, 1).result["first_number"] == 8


@ONE
def test_who_neither_made_nor_holds_goods_has_no_codes_for_them(world: World) -> None:
    """A forger cannot have genuine serials made for another's batch; who bought some of it can."""
    batch = world.register("farm", LINES)
    for work in (
        lambda: serials.issue(world.ctx, world["market"], batch, 1),
        lambda: serials.bind(
            world.ctx, world["market"], *(code.serial for code in rolled(world, "market", 2)), batch
        ),
    ):
        with pytest.raises(NotYours):
            work()
    world.deliver("farm", "market", (batch, "10 KGM"))
    assert serials.issue(world.ctx, world["market"], batch, 1).result["first_number"] == 1
    with world.refuses(RoleForbids):
        serials.issue(world.ctx, world["inspector"], batch, 1)
    clerk = User("u", world["farm"].uri, "l", "n", Rights.READER)
    with world.refuses(RightsForbid):
        serials.roll(world.ctx, Actor(world["farm"].party, user=clerk), 1)


@ONE
def test_counts_are_bounded(world: World) -> None:
    """Nobody asks for nothing, for more than a million at once, or for more numbers than a batch has."""
    batch = world.register("farm", LINES)
    for count in (0, -1, 1_000_001):
        with world.refuses(Invalid, field="count"):
            serials.issue(world.ctx, world["farm"], batch, count)
        with world.refuses(Invalid, field="count"):
            serials.roll(world.ctx, world["farm"], count)
    for _ in range(LAST_OF_BATCH // 1_000_000):
        serials.issue(world.ctx, world["farm"], batch, 1_000_000)
    with world.refuses(SerialsUsedUp, left=LAST_OF_BATCH % 1_000_000):
        serials.issue(world.ctx, world["farm"], batch, 1_000_000)


@ONE
def test_how_many_were_issued_is_not_for_everybody(world: World) -> None:
    """Numbers of pieces are amounts: a receipt without a key tells that codes were made, and not how many."""
    batch = world.register("farm", LINES)
    roll = serials.roll(world.ctx, world["farm"], 10)
    issued = serials.issue(world.ctx, world["farm"], batch, 9)
    bound = serials.bind(world.ctx, world["farm"], roll.result["first"], roll.result["last"], batch)
    said = {
        done.index: canonical.decode(world.record(done.index).bodies["public"])["data"]
        for done in (roll, issued, bound)
    }
    assert list(said.values()) == [
        {"roll": roll.result["roll"]},
        {"batch": batch},
        {"roll": roll.result["roll"], "batch": batch},
    ]
    assert b'"to"' not in proofs.receipt(world.ctx, issued.index)


# -- rolls -----------------------------------------------------------------------------------------------------


@ONE
def test_a_label_stands_for_the_batch_it_was_first_used_for(world: World) -> None:
    """Before it is in use it says so; then it opens its batch; it cannot be used again, not even by its owner."""
    batch, other = world.register("farm", LINES), world.register("farm", LINES)
    labels = rolled(world)
    with world.refuses(SerialUnbound, serial=shown(labels[4].serial)):
        serials.of_roll(world.ctx, labels[4].serial)
    serials.bind(world.ctx, world["farm"], labels[2].url, labels[9].serial, batch)
    assert serials.find(world.ctx, labels[4].url).batch == batch
    assert serials.batch_named(world.ctx, labels[9].url.lower()) == batch
    for first, last in ((0, 2), (9, 9), (5, 99)):
        with world.refuses(SerialBound, batch=batch, serial=shown(labels[max(first, 2)].serial)):
            serials.bind(world.ctx, world["farm"], labels[first].serial, labels[last].serial, other)
    serials.bind(world.ctx, world["farm"], labels[0].serial, labels[1].serial, other)
    assert serials.of_roll(world.ctx, labels[1].serial).batch == other
    with world.refuses(SerialUnbound):
        serials.of_roll(world.ctx, labels[10].serial)


@ONE
def test_labels_that_are_not_ones_own_or_not_of_one_roll_are_not_bound(world: World) -> None:
    """Stolen labels, labels in the wrong order, forged ones, and numbers that the roll never had."""
    batch = world.register("farm", LINES)
    mine, also, stolen = rolled(world), rolled(world), rolled(world, "market")
    forged = mine[0].serial[:9] + mine[1].serial[9:]

    def bind(first: str, last: str) -> Done:
        return serials.bind(world.ctx, world["farm"], first, last, batch)

    with world.refuses(NotYours):
        bind(stolen[0].serial, stolen[1].serial)
    for first, last in ((mine[0], also[1]), (mine[1], mine[0])):
        with world.refuses(RollsDiffer):
            bind(first.serial, last.serial)
    with pytest.raises((SerialForged, SerialMisspelt)):
        bind(forged, mine[5].serial)
    with world.refuses(UnknownBatch):
        serials.bind(world.ctx, world["farm"], mine[0].serial, mine[1].serial, "nothing")
    with world.refuses(UnknownRoll):
        serials.printed_roll(world.ctx, "NNNNN", 1, 1)
    for first, count in ((0, 1), (100, 2)):
        with world.refuses(SerialNotIssued):
            serials.printed_roll(world.ctx, mine[0].serial[:5], first, count)


def test_of_two_who_bind_a_label_at_once_one_is_told_that_it_is_in_use(world: World) -> None:
    """Two phones on one roll, on both databases: every label ends with exactly one batch."""
    labels = rolled(world, count=8)
    batches = [world.register("farm", LINES), world.register("farm", LINES)]

    def bind(batch: str, label: serials.SerialCode) -> str:
        try:
            serials.bind(world.ctx, world["farm"], label.serial, label.serial, batch)
        except SerialBound as refusal:
            return refusal.code
        return batch

    with ThreadPoolExecutor(4) as pool:
        tried = [(label, [pool.submit(bind, batch, label) for batch in batches]) for label in labels]
    for label, answers in tried:
        said = [answer.result() for answer in answers]
        assert said.count("serial_bound") == 1
        assert serials.of_roll(world.ctx, label.serial).batch in said
    with reading(world.engine) as connection:
        assert connection.execute(select(func.count()).select_from(t.roll_bindings)).scalar_one() == 8


@ONE
def test_codes_with_what_lies_under_the_layer_are_for_who_issued_them(world: World) -> None:
    """Who bought some of the goods, or looks at another's roll, gets none of their second codes."""
    batch = world.register("farm", LINES)
    roll = serials.roll(world.ctx, world["farm"], 3).result["roll"]
    serials.issue(world.ctx, world["farm"], batch, 5, cover=True)
    world.deliver("farm", "market", (batch, "10 KGM"))
    serials.issue(world.ctx, world["market"], batch, 5)
    mine = serials.own(world.ctx, world["farm"], batch, 4, 2)
    assert mine == codes(world, batch, 4, 2)
    assert serials.own(world.ctx, world["market"], batch, 9, 50) == codes(world, batch, 9, 2)
    assert serials.own(world.ctx, world["market"], batch, 11, 50) == []
    with world.refuses(NotYours):
        serials.own(world.ctx, world["market"], batch, 5, 2)
    assert len(serials.own_roll(world.ctx, world["farm"], roll, 2, 50)) == 2
    assert serials.own_roll(world.ctx, world["farm"], roll, 4, 50) == []
    with world.refuses(NotYours):
        serials.own_roll(world.ctx, world["market"], roll, 1, 1)


# -- second codes ------------------------------------------------------------------------------------------------


@ONE
def test_second_codes_are_there_where_they_were_ordered_and_printed_again_the_same(world: World) -> None:
    """A reprint keeps the identity; each range of a batch has its layer or has none."""
    batch = world.register("farm", LINES)
    serials.issue(world.ctx, world["farm"], batch, 2, cover=True)
    serials.issue(world.ctx, world["farm"], batch, 2)
    made = codes(world, batch, 1, 4)
    assert [code.cover is None for code in made] == [False, False, True, True]
    assert len({code.cover for code in made}) == 3
    assert codes(world, batch, 1, 4) == made
    assert list(islice(serials.printed(world.ctx, batch, 2, 2), 2)) == made[1:3]


@ONE
def test_keys_are_derived_each_for_its_purpose(world: World) -> None:
    """Who learns one of them learns neither another nor the master key."""
    one, other = (world.ctx.keys.derived(purpose) for purpose in (b"serial.check/1", b"serial.cover/1"))
    assert len({one, other, world.ctx.keys.derived(b"serial.check/2")}) == 3
    assert one == world.ctx.keys.derived(b"serial.check/1")
    assert len(one) == 32
