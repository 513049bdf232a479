"""What a business works with today, on both databases: in the same order, counted the same, each number once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.scenario import CRATE, World
from trace.domain.commands import Line, Outside, Pack
from trace.domain.logistic_units import PrefixTaken
from trace.domain.units import Quantity
from trace.services import custody, handy, logistic_units, mandates, today

DAY = date(2026, 11, 2)


def batch(world: World, lot: str, days: int | None) -> str:
    """10 kg of milk at the farm, to be used within so many days; none: nothing is known of that."""
    more = {} if days is None else {"expires": DAY + timedelta(days=days)}
    return world.register("farm", "10 KGM", "milk", lot=lot, produced=date(2026, 10, 1), **more)


@pytest.fixture
def shelf(world: World) -> World:
    """Goods of every kind at the farm, one of them stopped and one in a case."""
    made = {
        lot: batch(world, lot, days)
        for lot, days in (("never", None), ("later", 9), ("old", -2), ("soon", 1), ("held", 5), ("cased", 7))
    }
    custody.hold(world.ctx, world["inspector"], made["held"], "农残超标")
    world.pack("farm", CRATE, (made["cased"], "10 KGM"))
    return world


def test_stock_is_walked_in_one_order_page_after_page(shelf: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped, then by the last day of use; what keeps for ever stands last; nothing twice, nothing left out."""
    monkeypatch.setattr(handy, "STOCK_PAGE", 2)
    found, cursor = [], None
    while True:
        page = handy.stock(shelf.ctx, shelf["farm"], cursor)
        found += [one.info.batch.lot for one in page.batches]
        if (cursor := page.next) is None:
            break
    assert found == ["held", "old", "soon", "cased", "later", "never"]
    assert [one.info.batch.lot for one in handy.loose(shelf.ctx, shelf["farm"])] == [
        "old", "soon", "later", "never", "held",
    ]  # fmt: skip


def test_what_calls_for_care_is_counted_once(shelf: World) -> None:
    """What is stopped is neither expired nor expiring; three days are soon, four are not."""
    found = today.today(shelf.ctx, shelf["farm"])
    assert (found.counts.stopped, found.counts.expired, found.counts.expiring) == (1, 1, 1)
    told = [[one.info.batch.lot for one in part] for part in (found.stopped, found.expired, found.expiring)]
    assert told == [["held"], ["old"], ["soon"]]


def test_a_buyer_is_remembered_with_whom_to_call(shelf: World) -> None:
    """As he was written down, and for whoever wrote him down alone."""
    milk = handy.loose(shelf.ctx, shelf["farm"])[2].info.uri
    who = Outside("城南饭店", address="城南路 1 号", contact="王 13800000000")
    done = shelf.take_out("farm", "sell", (milk, "1 KGM"), buyer=who)
    assert [(one.index, one.who) for one in handy.buyers(shelf.ctx, shelf["farm"])] == [(done.index, who)]
    assert handy.buyer(shelf.ctx, shelf["farm"], done.index) == who
    with pytest.raises(handy.UnknownBuyer):
        handy.buyer(shelf.ctx, shelf["stall"], done.index)


def test_numbers_are_counted_and_prefixes_kept_apart(shelf: World) -> None:
    """The farm's milk begins with its prefix; a shorter or longer one of somebody else would give the same numbers."""
    farm = shelf["farm"]
    logistic_units.register_prefix(shelf.ctx, farm, "95200000")
    milk = handy.loose(shelf.ctx, farm)[2].info.uri
    command = Pack("", (Line(milk, Quantity.parse("1", "KGM")),))
    units = [logistic_units.pack_new(shelf.ctx, farm, command).result["unit"] for _ in range(2)]
    assert [unit[:17] for unit in units] == ["09520000000000001", "09520000000000003"]  # 2 is a case already
    for prefix in ("9520000", "95200000", "952000001"):
        with shelf.refuses(PrefixTaken, prefix=prefix):
            logistic_units.register_prefix(shelf.ctx, shelf["stall"], prefix)
    logistic_units.register_prefix(shelf.ctx, shelf["stall"], "95200001")


def test_who_entered_a_product_is_known_of_it_alone(shelf: World) -> None:
    """The vendor's own products name nobody."""
    mandates.give(shelf.ctx, shelf["stall"], "market")
    clerk = mandates.acting(shelf.ctx, shelf["market"], "stall")
    shelf.product("stall", "own", "KGM")
    shelf.actors["clerk"] = clerk
    entered = shelf.product("clerk", "entered", "KGM")
    assert {uri: who.uri for uri, who in handy.product_clerks(shelf.ctx, shelf["stall"]).items()} == {
        entered: shelf["market"].uri
    }
