"""Registering, shipping, receiving, returning: what may be entered, and what one is told where it may not."""

from __future__ import annotations

import pytest

from tests.unit.domain.world import BASE, World, batch_of, day, kg, settled
from trace.domain import events
from trace.domain.commands import Line, Ship
from trace.domain.model import AccountKind, ShipmentState
from trace.domain.refusals import (
    AlreadySettled,
    BatchExists,
    DatesReversed,
    Duplicate,
    Invalid,
    MoreThanReceived,
    MoreThanShipped,
    NotEnough,
    NotSettledInFull,
    NotTheReceiver,
    UnknownBatch,
    UnknownParty,
    UnknownShipment,
)
from trace.domain.units import UnitNotDefined


@pytest.fixture
def world() -> World:
    return World()


# -- registering ---------------------------------------------------------------------------------------------


def test_registering_brings_goods_into_the_hands_of_who_registers(world: World) -> None:
    batch = world.register("farm", "A", 100, produced=day("2026-11-20"), expires=day("2026-12-20"))
    assert world.holds("farm", batch) == 100
    known = world.book.batches[batch]
    assert (known.unit, known.maker, known.code, known.lot) == ("KGM", world.party("farm").uri, "A", "A")
    assert (known.product, known.produced, known.expires) == (world.product.uri, "2026-11-20", "2026-12-20")


def test_a_registered_amount_in_cases_is_kept_in_the_base_unit(world: World) -> None:
    batch = world.register("farm", "A", 3, "CS")
    assert world.holds("farm", batch) == 30


def test_one_code_is_one_batch(world: World) -> None:
    world.register("farm", "A", 100)
    with pytest.raises(BatchExists) as refused:
        world.register("market", "A", 5)
    assert refused.value.batch == batch_of("A")


def test_use_by_cannot_lie_before_production(world: World) -> None:
    with pytest.raises(DatesReversed):
        world.register("farm", "A", 100, produced=day("2026-11-20"), expires=day("2026-11-19"))


def test_use_by_may_be_the_day_of_production(world: World) -> None:
    world.register("farm", "A", 100, produced=day("2026-11-21"), expires=day("2026-11-21"))


# -- shipping ------------------------------------------------------------------------------------------------


def test_shipped_goods_are_with_nobody_until_they_are_received(world: World) -> None:
    batch = world.register("farm", "A", 100)
    shipment = world.ship("farm", "market", (batch, 60))
    assert (world.holds("farm", batch), world.holds("market", batch)) == (40, 0)
    assert world.stands(AccountKind.TRANSIT, batch) == 60
    assert world.book.shipments[shipment].state is ShipmentState.OPEN


def test_nobody_ships_more_than_he_holds_and_is_told_both_numbers(world: World) -> None:
    batch = world.register("farm", "A", 100)
    with pytest.raises(NotEnough) as refused:
        world.ship("farm", "market", (batch, 120))
    assert (refused.value.asked, refused.value.holds, refused.value.unit) == (120, 100, "KGM")


def test_two_lines_of_one_batch_cannot_spend_the_same_kilogram(world: World) -> None:
    batch = world.register("farm", "A", 100)
    with pytest.raises(NotEnough) as refused:
        world.ship("farm", "market", (batch, 60), (batch, kg(6, "CS")))
    assert (refused.value.asked, refused.value.holds) == (120, 100)


def test_nobody_ships_what_another_holds_and_is_not_told_who(world: World) -> None:
    batch = world.register("farm", "A", 100)
    with pytest.raises(NotEnough) as refused:
        world.ship("market", "stall", (batch, 10))
    assert refused.value.holds == 0


def test_a_delivery_is_split_among_several_receivers(world: World) -> None:
    batch = world.register("farm", "A", 100)
    world.receive("market", world.ship("farm", "market", (batch, 70)))
    world.receive("stall", world.ship("farm", "stall", (batch, 30)))
    assert (world.holds("farm", batch), world.holds("market", batch), world.holds("stall", batch)) == (
        0,
        70,
        30,
    )


def test_goods_ship_in_cases_as_the_product_defines_them(world: World) -> None:
    batch = world.register("farm", "A", 100)
    world.ship("farm", "market", (batch, kg(4, "CS")))
    assert world.holds("farm", batch) == 60


def test_a_unit_that_the_product_does_not_define_is_refused(world: World) -> None:
    batch = world.register("farm", "A", 100)
    with pytest.raises(UnitNotDefined) as refused:
        world.ship("farm", "market", (batch, kg(500, "GRM")))
    assert refused.value.known == ("KGM", "XCS")


def test_shipping_to_oneself_to_nobody_or_nothing_at_all_is_refused(world: World) -> None:
    batch = world.register("farm", "A", 100)
    with pytest.raises(Invalid, match="another party"):
        world.ship("farm", "farm", (batch, 10))
    with pytest.raises(Invalid, match="at least one"):
        world.ship("farm", "market")
    stranger = world.party("stranger")
    del world.book.parties[stranger.uri]
    event = events.ship(Ship("urn:d", stranger.uri, ()), receiver=stranger, **world.by("farm"))
    with pytest.raises(UnknownParty):
        world.enter(event, "farm")


def test_a_batch_that_is_in_no_ledger_cannot_be_shipped(world: World) -> None:
    with pytest.raises(UnknownBatch):
        world.ship("farm", "market", (batch_of("ghost"), 1))


def test_a_delivery_number_is_used_once(world: World) -> None:
    batch = world.register("farm", "A", 100)
    shipment = world.ship("farm", "market", (batch, 10))
    command = Ship(shipment, world.party("stall").uri, (Line(batch, kg(10)),))
    with pytest.raises(Duplicate):
        world.enter(events.ship(command, receiver=world.party("stall"), **world.by("farm")), "farm")


# -- receiving -----------------------------------------------------------------------------------------------


def test_a_delivery_is_accepted_in_full_without_naming_anything(world: World) -> None:
    first, second = world.register("farm", "A", 100), world.register("farm", "B", 50)
    shipment = world.ship("farm", "market", (first, 60), (second, 50))
    event = world.receive("market", shipment)
    assert (world.holds("market", first), world.holds("market", second)) == (60, 50)
    found = world.book.shipments[shipment]
    assert (found.state, found.settled_by) == (ShipmentState.SETTLED, event)


def test_short_goods_stay_visible_and_rejected_goods_lie_with_the_sender_again(world: World) -> None:
    batch = world.register("farm", "A", 100)
    shipment = world.ship("farm", "market", (batch, 60))
    world.receive("market", shipment, settled(batch, 50, 3, 7, reason="压坏"))
    assert (world.holds("farm", batch), world.holds("market", batch)) == (47, 50)
    assert world.stands(AccountKind.SHORT, batch) == 3


def test_parts_of_a_delivery_may_be_settled_in_cases(world: World) -> None:
    batch = world.register("farm", "A", 100)
    shipment = world.ship("farm", "market", (batch, 60))
    world.receive("market", shipment, settled(batch, 5, 1, unit="CS"))
    assert world.holds("market", batch) == 50


def test_rejecting_needs_a_reason(world: World) -> None:
    batch = world.register("farm", "A", 100)
    shipment = world.ship("farm", "market", (batch, 60))
    with pytest.raises(Invalid) as refused:
        world.receive("market", shipment, settled(batch, 50, 0, 10))
    assert refused.value.field == "reason"


@pytest.mark.parametrize(("accepted", "refusal"), [(70, MoreThanShipped), (50, NotSettledInFull)])
def test_the_parts_add_up_to_what_was_shipped(world: World, accepted: int, refusal: type) -> None:
    batch = world.register("farm", "A", 100)
    shipment = world.ship("farm", "market", (batch, 60))
    with pytest.raises(refusal) as refused:
        world.receive("market", shipment, settled(batch, accepted))
    assert refused.value.shipped == 60


def test_a_batch_of_the_delivery_cannot_be_passed_over(world: World) -> None:
    first, second = world.register("farm", "A", 100), world.register("farm", "B", 50)
    shipment = world.ship("farm", "market", (first, 60), (second, 50))
    with pytest.raises(NotSettledInFull) as refused:
        world.receive("market", shipment, settled(first, 60))
    assert (refused.value.batch, refused.value.settled) == (second, 0)


def test_what_was_not_in_the_delivery_cannot_be_received_with_it(world: World) -> None:
    first, second = world.register("farm", "A", 100), world.register("farm", "B", 50)
    shipment = world.ship("farm", "market", (first, 60))
    with pytest.raises(MoreThanShipped) as refused:
        world.receive("market", shipment, settled(first, 60), settled(second, 5))
    assert (refused.value.asked, refused.value.shipped) == (5, 0)


def test_a_batch_unknown_to_the_ledger_cannot_be_settled(world: World) -> None:
    first = world.register("farm", "A", 100)
    shipment = world.ship("farm", "market", (first, 60))
    with pytest.raises(Invalid, match="a batch of the delivery"):
        world.receive("market", shipment, settled(first, 60), settled(batch_of("ghost"), 5))


def test_only_the_receiver_receives_and_only_once(world: World) -> None:
    batch = world.register("farm", "A", 100)
    shipment = world.ship("farm", "market", (batch, 60))
    with pytest.raises(NotTheReceiver):
        world.receive("stall", shipment)
    world.receive("market", shipment)
    with pytest.raises(AlreadySettled):
        world.receive("market", shipment)
    with pytest.raises(UnknownShipment):
        world.receive("market", f"{BASE}/d/none")


def test_goods_cannot_arrive_before_they_left(world: World) -> None:
    batch = world.register("farm", "A", 100)
    shipment = world.ship("farm", "market", (batch, 60))
    world.now = world.now.replace(hour=3)
    with pytest.raises(DatesReversed):
        world.receive("market", shipment)


# -- returning -----------------------------------------------------------------------------------------------


def test_accepted_goods_go_back_to_where_they_came_from(world: World) -> None:
    batch = world.register("farm", "A", 100)
    shipment = world.ship("farm", "market", (batch, 60))
    world.receive("market", shipment)
    back = world.ship("market", "farm", (batch, 20), returns=shipment, reason="多送")
    assert world.book.shipments[back].returns == shipment
    world.receive("farm", back)
    assert (world.holds("farm", batch), world.holds("market", batch)) == (60, 40)


def test_no_more_goes_back_than_was_accepted_and_not_yet_returned(world: World) -> None:
    batch = world.register("farm", "A", 200)
    shipment = world.ship("farm", "market", (batch, 60))
    world.receive("market", shipment)
    world.receive("market", world.ship("farm", "market", (batch, 100)))
    world.ship("market", "farm", (batch, 50), returns=shipment)
    with pytest.raises(MoreThanReceived) as refused:
        world.ship("market", "farm", (batch, 20), returns=shipment)
    assert (refused.value.asked, refused.value.received) == (20, 10)


def test_goods_return_to_the_sender_of_that_delivery_and_from_its_receiver(world: World) -> None:
    batch = world.register("farm", "A", 100)
    shipment = world.ship("farm", "market", (batch, 60))
    world.receive("market", shipment)
    with pytest.raises(Invalid) as refused:
        world.ship("market", "stall", (batch, 20), returns=shipment)
    assert refused.value.expected == world.party("farm").uri
    with pytest.raises(NotTheReceiver):
        world.ship("farm", "market", (batch, 20), returns=shipment)
    with pytest.raises(UnknownShipment):
        world.ship("market", "farm", (batch, 20), returns=f"{BASE}/d/none")
