"""What is refused, with its numbers; each test also shows that a refusal leaves nothing behind."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from tests.scenario import CRATE, PALLET, World, new, quantities
from trace.domain import refusals as no
from trace.domain.commands import Observe, Settled, Ship
from trace.domain.units import UnitNotDefined
from trace.services import custody
from trace.services.context import Once


def test_shipping_more_than_is_held_names_what_was_asked_and_what_is_there(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    with world.refuses(no.NotEnough, batch=batch, asked=Decimal(120), holds=Decimal(100), unit="KGM"):
        world.ship("farm", "stall", (batch, "120 KGM"))


def test_what_is_on_its_way_cannot_be_shipped_again(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    world.ship("farm", "stall", (batch, "60 KGM"))
    with world.refuses(no.NotEnough, asked=Decimal(60), holds=Decimal(40)):
        world.ship("farm", "canteen", (batch, "60 KGM"))


def test_the_receiver_has_nothing_before_it_confirms(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    world.ship("farm", "stall", (batch, "60 KGM"))
    with world.refuses(no.NotEnough, asked=Decimal(1), holds=Decimal(0)):
        world.take_out("stall", "sell", (batch, "1 KGM"))


def test_two_lines_of_one_batch_count_together(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    with world.refuses(no.NotEnough, asked=Decimal(120), holds=Decimal(100)):
        world.ship("farm", "stall", (batch, "60 KGM"), (batch, "60 KGM"))


@pytest.mark.parametrize("how", ["sell", "destroy", "expire"])
def test_nobody_takes_out_more_than_he_holds(world: World, how: str) -> None:
    batch = world.register("farm", "100 KGM")
    with world.refuses(no.NotEnough, asked=Decimal(101), holds=Decimal(100)):
        world.take_out("farm", how, (batch, "101 KGM"), reason="spoilt")


def test_a_transformation_takes_only_what_is_held(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    world.deliver("farm", "plant", (batch, "90 KGM"))
    with world.refuses(no.NotEnough, asked=Decimal(95), holds=Decimal(90)):
        world.transform("plant", [(batch, "95 KGM")], new(world.products["slices"], "95 KGM"))


def test_more_cannot_come_out_of_a_transformation_than_went_in(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    world.deliver("farm", "plant", (batch, "100 KGM"))
    with world.refuses(no.BalanceOpen, inputs=Decimal(100), outputs=Decimal(130), unit="KGM"):
        world.transform("plant", [(batch, "100 KGM")], new(world.products["slices"], "130 KGM"))


def test_an_unknown_batch_is_named(world: World) -> None:
    with world.refuses(no.UnknownBatch, batch="https://trace.example/t/NONE"):
        world.ship("farm", "stall", ("https://trace.example/t/NONE", "1 KGM"))


def test_an_unknown_receiver_is_named(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    world.actors["ghost"] = type("Ghost", (), {"uri": "https://trace.example/p/ghost"})()
    with world.refuses(no.UnknownParty, party="https://trace.example/p/ghost"):
        world.ship("farm", "ghost", (batch, "1 KGM"))


def test_an_unknown_product_is_named(world: World) -> None:
    world.products["ghost"] = "https://trace.example/g/ghost"
    with world.refuses(no.UnknownProduct, product="https://trace.example/g/ghost"):
        world.register("farm", "1 KGM", "ghost")


def test_goods_are_not_shipped_to_oneself(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    with world.refuses(no.Invalid, field="to"):
        world.ship("farm", "farm", (batch, "1 KGM"))


def test_a_delivery_of_nothing_is_refused(world: World) -> None:
    with world.refuses(no.Invalid, field="lines"):
        world.ship("farm", "stall")


def test_one_code_is_one_batch(world: World) -> None:
    batch = world.register("farm", "100 KGM", "milk", lot="L1")
    with world.refuses(no.BatchExists, batch=batch):
        world.register("farm", "1 KGM", "milk", lot="L1")


def test_a_unit_that_the_product_does_not_define_is_refused(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    with world.refuses(UnitNotDefined, unit="XBX"):
        world.ship("farm", "stall", (batch, "1 XBX"))


def test_a_delivery_is_settled_once(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    shipment = world.deliver("farm", "stall", (batch, "60 KGM"))
    with world.refuses(no.AlreadySettled, shipment=shipment):
        world.receive("stall", shipment)


def test_only_the_receiver_confirms_a_delivery(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    shipment = world.ship("farm", "stall", (batch, "60 KGM"))
    with world.refuses(
        no.NotTheReceiver, shipment=shipment, receiver=world["stall"].uri, party=world["canteen"].uri
    ):
        world.receive("canteen", shipment)


def test_an_unknown_delivery_is_named(world: World) -> None:
    with world.refuses(no.UnknownShipment, shipment="https://trace.example/d/NONE"):
        world.receive("stall", "https://trace.example/d/NONE")


def test_accepted_short_and_rejected_must_add_up_to_what_was_shipped(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    shipment = world.ship("farm", "stall", (batch, "60 KGM"))
    with world.refuses(no.NotSettledInFull, settled=Decimal(55), shipped=Decimal(60), unit="KGM"):
        world.receive("stall", shipment, Settled(batch, "KGM", Decimal(50), Decimal(5)))
    with world.refuses(no.MoreThanShipped, asked=Decimal(61), shipped=Decimal(60), unit="KGM"):
        world.receive("stall", shipment, Settled(batch, "KGM", Decimal(61)))


def test_a_rejection_needs_a_reason(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    shipment = world.ship("farm", "stall", (batch, "60 KGM"))
    with world.refuses(no.Invalid, field="reason"):
        world.receive("stall", shipment, Settled(batch, "KGM", Decimal(0), rejected=Decimal(60)))


def test_no_more_is_sent_back_than_came_with_that_delivery(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    first = world.deliver("farm", "stall", (batch, "60 KGM"))
    world.deliver("farm", "stall", (batch, "40 KGM"))
    with world.refuses(no.MoreThanReceived, asked=Decimal(70), received=Decimal(60), shipment=first):
        world.ship("stall", "farm", (batch, "70 KGM"), returns=first)
    world.ship("stall", "farm", (batch, "50 KGM"), returns=first)
    with world.refuses(no.MoreThanReceived, asked=Decimal(20), received=Decimal(10), shipment=first):
        world.ship("stall", "farm", (batch, "20 KGM"), returns=first)


def test_packed_goods_are_not_sold_loose(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    world.pack("farm", CRATE, (batch, "80 KGM"))
    with world.refuses(
        no.GoodsPacked, container=CRATE, asked=Decimal(50), loose=Decimal(20), packed=Decimal(80)
    ):
        world.ship("farm", "stall", (batch, "50 KGM"))


def test_a_crate_on_a_pallet_does_not_leave_without_it(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    world.pack("farm", CRATE, (batch, "80 KGM"))
    world.pack("farm", PALLET, containers=[CRATE])
    with world.refuses(no.ContainerPacked, container=CRATE, inside=PALLET):
        world.ship("farm", "stall", containers=[CRATE])


def test_nobody_unpacks_what_lies_with_another(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    world.pack("farm", CRATE, (batch, "80 KGM"))
    with world.refuses(no.NotTheHolder, container=CRATE, holder=world["farm"].uri, party=world["stall"].uri):
        world.unpack("stall", CRATE)


def test_no_more_comes_out_of_a_crate_than_is_in_it(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    world.pack("farm", CRATE, (batch, "80 KGM"))
    with world.refuses(no.NotEnoughInContainer, container=CRATE, asked=Decimal(81), holds=Decimal(80)):
        world.unpack("farm", CRATE, (batch, "81 KGM"))


def test_an_unknown_crate_is_named(world: World) -> None:
    with world.refuses(no.UnknownContainer, container=CRATE):
        world.unpack("farm", CRATE)


def test_a_batch_on_hold_does_not_move_and_nothing_made_from_it_either(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    world.deliver("farm", "plant", (batch, "80 KGM"))
    (slices,) = world.transform("plant", [(batch, "50 KGM")], new(world.products["slices"], "50 KGM"))
    hold = custody.hold(world.ctx, world["inspector"], batch, "residue above limit").result["hold"]
    for who, goods in (("farm", batch), ("plant", batch), ("plant", slices)):
        with world.refuses(no.BatchStopped, batch=goods, held=batch, hold=hold, reason="residue above limit"):
            world.ship(who, "stall", (goods, "1 KGM"))
        with world.refuses(no.BatchStopped, hold=hold):
            world.take_out(who, "sell", (goods, "1 KGM"))
    with world.refuses(no.BatchStopped, hold=hold):
        world.transform("plant", [(slices, "1 KGM")], new(world.products["slices"], "1 KGM"))
    world.take_out("plant", "destroy", (slices, "50 KGM"), reason="recalled")


def test_goods_stopped_on_their_way_are_not_accepted_but_can_be_rejected(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    shipment = world.ship("farm", "stall", (batch, "60 KGM"))
    custody.hold(world.ctx, world["inspector"], batch, "residue above limit")
    with world.refuses(no.BatchStopped):
        world.receive("stall", shipment)
    world.receive(
        "stall", shipment, Settled(batch, "KGM", Decimal(0), rejected=Decimal(60), reason="on hold")
    )
    assert world.holds("farm", batch) == 100


def test_a_hold_that_does_not_exist_is_not_released(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    with world.refuses(no.NotHeld, batch=batch, hold="NONE"):
        custody.release(world.ctx, world["inspector"], batch, "NONE", "why not")


def test_expired_goods_are_not_sold_but_can_be_written_off(world: World) -> None:
    batch = world.register("farm", "100 KGM", expires=date(2026, 11, 3))
    world.clock.forward(days=3)
    with world.refuses(no.BatchExpired, batch=batch, expired="2026-11-03"):
        world.take_out("farm", "sell", (batch, "1 KGM"))
    world.take_out("farm", "expire", (batch, "100 KGM"))


def test_the_last_day_ends_at_midnight_where_the_business_is(world: World) -> None:
    """Neither the UTC day nor an offset that a request brings along keeps goods fresh for longer."""
    batch = world.register("farm", "100 KGM", expires=date(2026, 11, 3))
    world.clock.now = datetime(2026, 11, 3, 15, 59, tzinfo=UTC)  # 23:59 in China
    world.take_out("farm", "sell", (batch, "1 KGM"))
    world.clock.forward(minutes=1)
    for hours in (0, 8, -8, -12):
        there = world.clock.now.astimezone(timezone(timedelta(hours=hours)))
        with world.refuses(no.BatchExpired, batch=batch, expired="2026-11-03"):
            world.take_out("farm", "sell", (batch, "1 KGM"), time=there)


@pytest.mark.parametrize("day", [date(2026, 11, 3), date(9999, 12, 31)])
def test_nothing_was_made_on_a_day_still_to_come(world: World, day: date) -> None:
    """Else a batch outlives its shelf life by as much as its maker likes."""
    with world.refuses(no.FutureTime, time=day.isoformat(), now="2026-11-02"):
        world.register("farm", "1 KGM", produced=day)
    batch = world.register("farm", "10 KGM")
    with world.refuses(no.FutureTime, time=day.isoformat(), now="2026-11-02"):
        world.transform("farm", [(batch, "10 KGM")], new(world.products["slices"], "10 KGM", produced=day))


def test_goods_do_not_expire_before_they_are_made(world: World) -> None:
    with world.refuses(no.DatesReversed):
        world.register("farm", "1 KGM", produced=date(2026, 11, 2), expires=date(2026, 11, 1))


def test_nothing_is_dated_ahead_of_the_ledgers_clock(world: World) -> None:
    with world.refuses(no.FutureTime):
        world.register("farm", "1 KGM", time=world.clock.now + timedelta(minutes=3))
    world.register("farm", "1 KGM", time=world.clock.now + timedelta(minutes=1))


def test_nothing_leaves_before_it_was_made(world: World) -> None:
    """A journey would begin before its goods, and goods past their date could be sold in an earlier year."""
    batch = world.register("farm", "100 KGM")
    for act in (
        lambda time: world.ship("farm", "stall", (batch, "1 KGM"), time=time),
        lambda time: world.take_out("farm", "sell", (batch, "1 KGM"), time=time),
    ):
        with world.refuses(no.DatesReversed, earlier="2026-11-02", later="2026-11-01"):
            act(world.clock.now - timedelta(days=1))


def test_nothing_arrives_before_it_left(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    shipment = world.ship("farm", "stall", (batch, "60 KGM"))
    with world.refuses(no.DatesReversed):
        world.receive("stall", shipment, time=world.clock.now - timedelta(hours=1))


def test_only_who_made_a_record_corrects_it(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    done = world.shipping("farm", "stall", (batch, "60 KGM"))
    with world.refuses(no.NotYours, owner=world["farm"].uri, party=world["stall"].uri):
        world.correct("stall", done.event_id)


def test_a_record_is_declared_wrong_once(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    done = world.shipping("farm", "stall", (batch, "60 KGM"))
    world.correct("farm", done.event_id)
    with world.refuses(no.AlreadyCorrected, event=done.event_id):
        world.correct("farm", done.event_id)


def test_a_record_whose_goods_moved_on_cannot_be_taken_back(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    done = world.shipping("farm", "stall", (batch, "60 KGM"))
    world.receive("stall", done.result["shipment"])
    with world.refuses(no.MovedOn, event=done.event_id, batch=batch, asked=Decimal(60), holds=Decimal(0)):
        world.correct("farm", done.event_id)


def test_an_unknown_event_is_named(world: World) -> None:
    with world.refuses(no.UnknownEvent, event="urn:uuid:none"):
        world.correct("farm", "urn:uuid:none")


def test_a_key_used_for_another_request_is_a_conflict(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    world.ship("farm", "stall", (batch, "60 KGM"), key=Once("phone-1", "00" * 32))
    with world.refuses(no.IdempotencyConflict):
        world.ship("farm", "stall", (batch, "61 KGM"), key=Once("phone-1", "11" * 32))


def test_a_refused_request_may_be_repeated_rightly_under_its_key(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    with world.refuses(no.NotEnough):
        world.ship("farm", "stall", (batch, "160 KGM"), key=Once("phone-1", "00" * 32))
    world.ship("farm", "stall", (batch, "60 KGM"), key=Once("phone-1", "11" * 32))


@pytest.mark.parametrize("who", ["laboratory", "inspector", "operator"])
def test_a_role_that_handles_no_goods_ships_none(world: World, who: str) -> None:
    batch = world.register("farm", "100 KGM")
    with world.refuses(no.RoleForbids, role=who, act="ship"):
        world.ship(who, "stall", (batch, "1 KGM"))


@pytest.mark.parametrize("who", ["farm", "market", "stall", "canteen", "carrier", "laboratory"])
def test_only_inspectors_and_the_operator_hold_a_batch(world: World, who: str) -> None:
    batch = world.register("farm", "100 KGM")
    with world.refuses(no.RoleForbids, act="hold"):
        custody.hold(world.ctx, world[who], batch, "a competitor's goods")


def test_what_is_looked_at_must_be_known(world: World) -> None:
    with world.refuses(no.UnknownBatch, batch="https://trace.example/t/NONE"):
        custody.observe(
            world.ctx, world["laboratory"], Observe("inspecting", ("https://trace.example/t/NONE",))
        )


def test_of_several_deliveries_in_one_request_all_leave_or_none(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    commands = [Ship("", world[to].uri, quantities([(batch, "60 KGM")])) for to in ("stall", "canteen")]
    with world.refuses(no.NotEnough, asked=Decimal(60), holds=Decimal(40)):
        custody.ship_many(world.ctx, world["farm"], commands)
