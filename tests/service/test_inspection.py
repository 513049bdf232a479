"""What an inspector sees of a batch: amounts at every hand, what came too late, what does not add up, whom to call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal

import pytest

from tests.scenario import World, new
from trace.domain.commands import Observe, Paper, Settled
from trace.domain.model import Role
from trace.domain.refusals import RoleForbids, UnknownBatch, UnknownParty
from trace.services import attention, custody, inspection, parties
from trace.services.attention import area_of
from trace.services.chain_words import ChainWords
from trace.services.context import Actor
from trace.services.inspection import Dossier
from trace.services.parties import PartyDraft

HERE = "350602"


@dataclass
class Told:
    """Apples of a farm; juice of some of them, which a stall has; the rest on its way to a market, unconfirmed."""

    world: World
    apples: str
    juice: str
    sent: str

    def dossier(self, batch: str) -> Dossier:
        return inspection.dossier(self.world.ctx, self.world["inspector"], batch)


@pytest.fixture
def told(world: World) -> Told:
    apples = world.register("farm", "100 KGM", lot="A-1")
    first = world.ship("farm", "plant", (apples, "60 KGM"), papers=(Paper("inv", "FP-1"),))
    world.clock.forward(hours=3)
    short = Settled(apples, "KGM", Decimal(57), Decimal(2), Decimal(1), reason="压坏")
    world.receive("plant", first, short)
    (juice,) = world.transform(
        "plant", [(apples, "57 KGM")], new(world.products["juice"], "30 LTR"), loss="27 KGM"
    )
    world.deliver("plant", "stall", (juice, "20 LTR"))
    world.take_out("stall", "sell", (juice, "5 LTR"))
    sent = world.ship("farm", "market", (apples, "40 KGM"))
    return Told(world, apples, juice, sent)


def test_the_amount_at_every_hand_is_told(told: Told) -> None:
    """Made, sent, accepted, short, rejected, used: each record says what became of how much."""
    rows = told.dossier(told.apples).own
    amounts = [[(one.what, one.amount) for one in row.amounts if one.batch == told.apples] for row in rows]
    assert amounts == [
        [("made", 100)],
        [("sent", 60)],
        [("accepted", 57), ("short", 2), ("rejected", 1)],
        [("used", 57)],
        [("sent", 40)],
    ]
    assert rows[1].papers == (("inv", "FP-1"),)


def test_the_chain_leads_both_ways(told: Told) -> None:
    """From the juice back to the farm, and from the apples on to the stall that sells the juice."""
    forward, back = told.dossier(told.apples), told.dossier(told.juice)
    assert [row.step for row in forward.after] == ["shipping", "receiving", "retail_selling"]
    assert forward.before == ()
    assert [row.step for row in back.before] == ["commissioning", "shipping", "receiving"]
    assert [row.holder.name for row in back.own] == ["plant", "plant", "stall", "stall"]
    assert back.after == ()


def test_the_call_list_names_everybody_who_was_sent_some_and_how_it_stands(told: Told) -> None:
    """Who has some now is called first; where it was all used or sold, last."""
    calls = {call.party.name: call for call in told.dossier(told.apples).calls}
    assert {name: call.state for name, call in calls.items()} == {
        "farm": "has",
        "plant": "has",
        "stall": "has",
        "market": "coming",
    }
    (at_stall,) = calls["stall"].goods
    assert (at_stall.info.uri, at_stall.received, at_stall.holds) == (told.juice, Decimal(20), Decimal(15))
    assert [one.coming for one in calls["market"].goods] == [Decimal(40)]
    assert [call.state for call in told.dossier(told.apples).calls][-1] == "coming"


def test_a_confirmation_is_late_by_the_ledgers_own_clock(told: Told) -> None:
    """The buyer's word on when goods came does not turn his clock back, nor does a despatch that is told late."""
    ctx, clock = told.world.ctx, told.world.clock
    assert told.dossier(told.apples).late == ()
    left = clock.now
    clock.forward(hours=25)
    (late,) = told.dossier(told.apples).late
    assert (late.open, late.receiver and late.receiver.name, late.clock and late.clock.hours) == (
        True,
        "market",
        1,
    )
    told.world.receive("market", told.sent, time=left)
    (late,) = told.dossier(told.apples).late
    assert (late.open, late.step) == (False, "receiving")
    again = told.world.register("farm", "5 KGM", time=left)
    told.world.deliver("farm", "market", (again, "5 KGM"), time=left)
    assert told.dossier(again).late == ()
    waiting = attention.overview(ctx, told.world["inspector"], areas=()).waiting
    assert waiting == ()


def test_what_a_hold_would_stop_is_counted_before_it_is_laid(told: Told) -> None:
    """Batches made from it, everybody who has some, and deliveries on the road."""
    reach = inspection.reach(told.world.ctx, told.world["inspector"], told.apples)
    assert [info.uri for info in reach.batches] == [told.juice]
    assert {one.name for one in reach.holders} == {"farm", "plant", "stall", "market"}
    assert reach.deliveries == 1


def test_a_corrected_record_no_longer_counts_as_wrong_or_late(told: Told) -> None:
    """It is shown, as taken back."""
    batch = told.world.register("farm", "9 KGM")
    sent = told.world.shipping("farm", "market", (batch, "9 KGM"))
    told.world.clock.forward(hours=30)
    assert len(told.dossier(batch).late) == 1
    told.world.correct("farm", sent.event_id, "did_not_occur")
    dossier = told.dossier(batch)
    assert dossier.late == ()
    assert [row.corrected for row in dossier.own] == [False, True]


def test_what_stands_out_is_listed_by_kind(told: Told) -> None:
    """A hold, a delivery nobody confirms, goods past their last day."""
    world = told.world
    custody.hold(world.ctx, world["inspector"], told.juice, "抽检不合格")
    world.clock.forward(days=40)
    seen = attention.overview(world.ctx, world["inspector"], areas=())
    assert [(one.stop.reason, one.info and one.info.uri) for one in seen.holds] == [
        ("抽检不合格", told.juice)
    ]
    assert [(one.delivery.receiver.name, one.clock.late) for one in seen.waiting] == [("market", True)]
    assert [(one.holder.name, one.amount) for one in seen.expired] == [("farm", Decimal(1))]


def test_an_area_leaves_out_what_is_elsewhere_but_no_hold(told: Told) -> None:
    """Nobody of the cast is in the district; a hold concerns whoever trades with what it is on."""
    world = told.world
    custody.hold(world.ctx, world["inspector"], told.juice, "抽检不合格")
    draft = PartyDraft("街口小店", Role.STALL, id="corner", region=HERE)
    parties.register_party(world.ctx, parties.operator(world.ctx), draft)
    world.actors["corner"] = Actor(parties.find_party(world.ctx, "corner"))
    batch = world.register("plant", "7 LTR", "juice")
    world.ship("plant", "corner", (batch, "7 LTR"))
    world.clock.forward(days=40)
    seen = attention.overview(world.ctx, world["inspector"], areas=("350600",))
    assert [one.delivery.receiver.name for one in seen.waiting] == ["街口小店"]
    assert (len(seen.holds), seen.expired) == (1, ())


def test_a_party_is_shown_with_what_it_holds_and_what_it_confirmed_late(told: Told) -> None:
    """Holdings, deliveries both ways, and the late ones by name."""
    world = told.world
    world.clock.forward(hours=26)
    world.receive("market", told.sent)
    file = attention.party(world.ctx, world["inspector"], "market")
    assert [(one.info.uri, one.amount) for one in file.holdings.items] == [(told.apples, Decimal(40))]
    assert [one.delivery.sender.name for one in file.late] == ["farm"]
    assert attention.party(world.ctx, world["inspector"], "farm").late == ()


@pytest.mark.parametrize("who", ["farm", "laboratory", "canteen"])
def test_nobody_else_sees_any_of_it(told: Told, who: str) -> None:
    """Amounts at every hand and everybody's telephone number are for those who see all."""
    ctx, actor = told.world.ctx, told.world[who]
    for ask in (
        lambda: inspection.dossier(ctx, actor, told.apples),
        lambda: inspection.reach(ctx, actor, told.apples),
        lambda: attention.overview(ctx, actor, areas=()),
        lambda: attention.party(ctx, actor, "farm"),
    ):
        with pytest.raises(RoleForbids):
            ask()


def test_a_look_with_a_test_report_is_a_test(world: World) -> None:
    """The inspector and his evidence call it what the page for everybody calls it; a look without is a check."""
    batch = world.register("farm", "10 KGM")
    report = (Paper("testres", "T-1"),)
    custody.observe(world.ctx, world["laboratory"], Observe("inspecting", (batch,), report))
    world.clock.forward(minutes=1)
    custody.observe(world.ctx, world["farm"], Observe("inspecting", (batch,), finding="外观好"))
    seen = inspection.dossier(world.ctx, world["inspector"], batch)
    assert [ChainWords("zh", UTC).title(row) for row in seen.own][-2:] == ["检测", "检查"]


def looked(world: World, who: str, batch: str, result: str) -> int:
    """Somebody looks at a batch and finds it so; the entry."""
    world.clock.forward(minutes=1)
    return custody.observe(world.ctx, world[who], Observe("inspecting", (batch,), result=result)).index


def test_a_failed_test_stands_out_until_the_goods_are_held_or_pass_one(told: Told) -> None:
    """A laboratory's finding reaches whoever can stop the goods, and nobody is told that nothing is wrong."""
    ctx, inspector = told.world.ctx, told.world["inspector"]

    def listed() -> list[tuple[str, int]]:
        seen = attention.overview(ctx, inspector, areas=(HERE,)).failed
        return [(one.info.uri, one.happening.index) for one in seen]

    assert listed() == []
    found = looked(told.world, "laboratory", told.apples, "bad")
    assert listed() == [(told.apples, found)]
    assert [row.index for row in told.dossier(told.apples).failed] == [found]
    assert [row.index for row in told.dossier(told.juice).failed] == [found], "it was made of them"
    assert not told.dossier(told.apples).nothing_wrong
    looked(told.world, "farm", told.apples, "fine")
    assert listed() == [(told.apples, found)], "the maker does not clear himself"
    hold = custody.hold(ctx, inspector, told.apples, "不合格").result["hold"]
    assert listed() == []
    custody.release(ctx, inspector, told.apples, hold, "复检")
    assert listed() == [(told.apples, found)]
    looked(told.world, "laboratory", told.apples, "fine")
    assert (listed(), told.dossier(told.apples).failed) == ([], ())


def test_a_competitor_fails_nobodys_goods_and_a_record_taken_back_fails_none(told: Told) -> None:
    """Neither on the first page nor on the batch's."""
    looked(told.world, "stall", told.apples, "bad")
    assert told.dossier(told.apples).failed == ()
    found = looked(told.world, "laboratory", told.apples, "bad")
    event = next(row.event_id for row in told.dossier(told.apples).own if row.index == found)
    told.world.correct("laboratory", event, "incorrect_data")
    assert told.dossier(told.apples).failed == ()
    assert attention.overview(told.world.ctx, told.world["inspector"], areas=()).failed == ()


def test_what_is_unknown_is_said_to_be(told: Told) -> None:
    ctx, inspector = told.world.ctx, told.world["inspector"]
    for ask in (inspection.dossier, inspection.reach):
        with pytest.raises(UnknownBatch):
            ask(ctx, inspector, "nothing")
    with pytest.raises(UnknownParty):
        attention.party(ctx, inspector, "nobody")


@pytest.mark.parametrize(
    ("region", "area"), [("350602", "350602"), ("350600", "3506"), ("350000", "35"), ("", None)]
)
def test_an_area_is_what_its_code_begins_with(region: str, area: str | None) -> None:
    assert area_of(region) == area
