"""What a business may enter, sentence by sentence, and what it is told where it may not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.unit.domain.world import BASE, CASE, PALLET, World, batch_of, day, kg, settled
from trace.domain.model import AccountKind, Container, ShipmentState
from trace.domain.refusals import (
    AlreadyCorrected,
    AlreadySettled,
    BalanceOpen,
    BatchExists,
    BatchExpired,
    BatchStopped,
    ContainerEmpty,
    ContainerPacked,
    DatesReversed,
    Duplicate,
    GoodsPacked,
    Invalid,
    MoreThanReceived,
    MoreThanShipped,
    MovedOn,
    NotEnough,
    NotEnoughInContainer,
    NotSettledInFull,
    NotTheHolder,
    NotTheReceiver,
    NotYours,
    UnknownBatch,
    UnknownContainer,
    UnknownEvent,
    UnknownParty,
    UnknownShipment,
)
from trace.domain.units import UnitNotDefined


@pytest.fixture
def world() -> World:
    return World()


# -- registering -----------------------------------------------------------------------------------------------


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


# -- shipping --------------------------------------------------------------------------------------------------


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
    with pytest.raises(UnknownParty):
        from trace.domain import events
        from trace.domain.commands import Ship

        event = events.ship(Ship("urn:d", stranger.uri, ()), receiver=stranger, **world._by("farm"))
        world.enter(event, "farm")


def test_a_batch_that_is_in_no_ledger_cannot_be_shipped(world: World) -> None:
    with pytest.raises(UnknownBatch):
        world.ship("farm", "market", (batch_of("ghost"), 1))


def test_a_delivery_number_is_used_once(world: World) -> None:
    from trace.domain import events
    from trace.domain.commands import Line, Ship

    batch = world.register("farm", "A", 100)
    shipment = world.ship("farm", "market", (batch, 10))
    command = Ship(shipment, world.party("stall").uri, (Line(batch, kg(10)),))
    with pytest.raises(Duplicate):
        world.enter(events.ship(command, receiver=world.party("stall"), **world._by("farm")), "farm")


# -- receiving -------------------------------------------------------------------------------------------------


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


# -- returning -------------------------------------------------------------------------------------------------


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


# -- packing ---------------------------------------------------------------------------------------------------


def test_packed_goods_travel_with_their_nested_units(world: World) -> None:
    first, second = world.register("farm", "A", 100), world.register("farm", "B", 50)
    world.pack("farm", CASE, (first, 30))
    world.pack("farm", PALLET, (second, 20), inside=(CASE,))
    shipment = world.ship("farm", "market", containers=(PALLET,))
    world.receive("market", shipment)
    assert world.holds("market", first, CASE) == 30
    assert world.holds("market", second, PALLET) == 20
    world.unpack("market", PALLET)
    assert PALLET not in world.book.containers
    assert world.book.containers[CASE].parent is None
    world.unpack("market", CASE, (first, 10))
    assert (world.holds("market", first), world.holds("market", first, CASE)) == (10, 20)


def test_goods_in_a_unit_must_come_out_before_they_are_used(world: World) -> None:
    batch = world.register("farm", "A", 100)
    world.pack("farm", CASE, (batch, 80))
    with pytest.raises(GoodsPacked) as refused:
        world.take_out("farm", "sell", (batch, 50))
    assert (refused.value.loose, refused.value.packed, refused.value.container) == (20, 80, CASE)
    with pytest.raises(NotEnough) as short:
        world.take_out("farm", "sell", (batch, 150))
    assert short.value.holds == 100


def test_a_unit_inside_another_does_not_go_by_itself(world: World) -> None:
    batch = world.register("farm", "A", 100)
    world.pack("farm", CASE, (batch, 30))
    world.pack("farm", PALLET, inside=(CASE,))
    with pytest.raises(ContainerPacked) as refused:
        world.ship("farm", "market", containers=(CASE,))
    assert refused.value.inside == PALLET
    with pytest.raises(ContainerPacked):
        world.pack("farm", "https://id.gs1.org/00/395200000000000036", inside=(CASE,))


def test_a_unit_is_never_inside_itself(world: World) -> None:
    batch = world.register("farm", "A", 100)
    world.pack("farm", CASE, (batch, 30))
    world.pack("farm", PALLET, inside=(CASE,))
    with pytest.raises(ContainerPacked):
        world.pack("farm", CASE, inside=(PALLET,))
    with pytest.raises(ContainerPacked):
        world.pack("farm", CASE, inside=(CASE,))


def test_only_the_holder_packs_unpacks_and_ships_a_unit(world: World) -> None:
    batch = world.register("farm", "A", 100)
    world.pack("farm", CASE, (batch, 30))
    for act in (
        lambda: world.unpack("market", CASE),
        lambda: world.ship("market", "stall", containers=(CASE,)),
        lambda: world.pack("market", CASE),
        lambda: world.pack("market", PALLET, inside=(CASE,)),
    ):
        with pytest.raises(NotTheHolder):
            act()


def test_an_empty_or_unknown_unit_is_refused(world: World) -> None:
    world.pack("farm", CASE)
    with pytest.raises(ContainerEmpty):
        world.ship("farm", "market", containers=(CASE,))
    with pytest.raises(ContainerEmpty):
        world.unpack("farm", CASE)
    for act in (
        lambda: world.unpack("farm", PALLET),
        lambda: world.ship("farm", "market", containers=(PALLET,)),
        lambda: world.pack("farm", CASE, inside=(PALLET,)),
        lambda: world.unpack("farm", CASE, inside=(PALLET,)),
    ):
        with pytest.raises(UnknownContainer):
            act()


def test_no_more_comes_out_of_a_unit_than_lies_in_it(world: World) -> None:
    batch = world.register("farm", "A", 100)
    world.pack("farm", CASE, (batch, 30))
    with pytest.raises(NotEnoughInContainer) as refused:
        world.unpack("farm", CASE, (batch, 40))
    assert (refused.value.asked, refused.value.holds) == (40, 30)


def test_a_unit_stays_while_anything_is_in_it(world: World) -> None:
    batch = world.register("farm", "A", 100)
    world.pack("farm", CASE, (batch, 30))
    world.pack("farm", PALLET, (batch, 10), inside=(CASE,))
    world.unpack("farm", PALLET, (batch, 10))
    assert PALLET in world.book.containers
    world.unpack("farm", PALLET, inside=(CASE,))
    assert PALLET not in world.book.containers


def test_a_delivery_in_units_is_settled_by_batch(world: World) -> None:
    batch = world.register("farm", "A", 100)
    world.pack("farm", CASE, (batch, 30))
    shipment = world.ship("farm", "market", (batch, 20), containers=(CASE,))
    world.receive("market", shipment, settled(batch, 25, 15, 10, reason="压坏"))
    assert world.holds("market", batch, CASE) == 25
    assert world.holds("farm", batch) == 60
    assert world.stands(AccountKind.SHORT, batch) == 15


def test_what_is_rejected_as_a_whole_goes_back_in_its_units(world: World) -> None:
    batch = world.register("farm", "A", 100)
    world.pack("farm", CASE, (batch, 30))
    shipment = world.ship("farm", "market", containers=(CASE,))
    world.receive("market", shipment, settled(batch, 0, 0, 30, reason="无检疫证"))
    assert world.holds("farm", batch, CASE) == 30
    assert world.book.containers[CASE].place.ref == world.party("farm").uri


def test_units_can_be_sent_back(world: World) -> None:
    batch = world.register("farm", "A", 100)
    world.pack("farm", CASE, (batch, 30))
    shipment = world.ship("farm", "market", containers=(CASE,))
    world.receive("market", shipment)
    back = world.ship("market", "farm", containers=(CASE,), returns=shipment)
    world.receive("farm", back)
    assert world.holds("farm", batch, CASE) == 30


# -- transforming ----------------------------------------------------------------------------------------------


def test_many_inputs_become_many_outputs_and_each_is_linked_to_each(world: World) -> None:
    first, second = world.register("farm", "A", 100), world.register("farm", "B", 50)
    event = world.transform("farm", {first: 60, second: 50}, {"C": 70, "D": 30}, loss=10)
    assert (world.holds("farm", first), world.holds("farm", second)) == (40, 0)
    assert (world.holds("farm", batch_of("C")), world.holds("farm", batch_of("D"))) == (70, 30)
    pairs = [(source, batch_of(lot)) for source in (first, second) for lot in "CD"]
    assert world.book.links[event] == pairs
    assert world.stands(AccountKind.USED, first) == 60


def test_inputs_equal_outputs_and_loss_where_all_is_in_one_unit(world: World) -> None:
    batch = world.register("farm", "A", 100)
    with pytest.raises(BalanceOpen) as refused:
        world.transform("farm", {batch: 100}, {"C": 120})
    assert (refused.value.inputs, refused.value.outputs, refused.value.loss) == (100, 120, 0)
    with pytest.raises(BalanceOpen):
        world.transform("farm", {batch: 100}, {"C": 80}, loss=19)
    world.transform("farm", {batch: 100}, {"C": 80}, loss=kg(2, "CS"))


def test_pigs_become_kilograms_without_a_balance(world: World) -> None:
    from dataclasses import replace

    pigs = replace(world.product, uri=f"{BASE}/g/pig", unit="HEA", units={})
    world.book.products[pigs.uri] = pigs
    world.product, pork = pigs, world.product
    herd = world.register("farm", "PIGS", 80, "HEA")
    world.product = pork
    world.transform("farm", {herd: kg(79, "HEA")}, {"PORK": 6873})
    assert (world.holds("farm", herd), world.holds("farm", batch_of("PORK"))) == (1, 6873)


def test_a_transformation_needs_both_sides(world: World) -> None:
    batch = world.register("farm", "A", 100)
    with pytest.raises(Invalid, match="inputs"):
        world.transform("farm", {}, {"C": 10})
    with pytest.raises(Invalid, match="outputs"):
        world.transform("farm", {batch: 10}, {})


def test_an_output_is_a_new_batch(world: World) -> None:
    batch = world.register("farm", "A", 100)
    with pytest.raises(BatchExists):
        world.transform("farm", {batch: 100}, {"A": 100})


# -- leaving ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        ("sell", AccountKind.SOLD),
        ("serve", AccountKind.SERVED),
        ("destroy", AccountKind.DESTROYED),
        ("expire", AccountKind.EXPIRED),
    ],
)
def test_goods_leave_the_chain_into_the_account_of_how(world: World, how: str, kind: AccountKind) -> None:
    batch = world.register("farm", "A", 100)
    world.take_out("farm", how, (batch, 30))
    assert (world.holds("farm", batch), world.stands(kind, batch)) == (70, 30)
    with pytest.raises(NotEnough):
        world.take_out("farm", how, (batch, 71))


def test_a_check_moves_nothing_and_no_movement_hides_in_one(world: World) -> None:
    batch = world.register("farm", "A", 100)
    world.observe("farm", "inspecting", batch)
    assert world.holds("farm", batch) == 100
    with pytest.raises(Invalid, match="moves nothing"):
        world.observe("farm", "shipping", batch)


# -- holds and expiry ------------------------------------------------------------------------------------------


def _stopped(world: World) -> tuple[str, str]:
    """A batch made from one that is put on hold, partly on its way."""
    source = world.register("farm", "A", 100)
    world.transform("farm", {source: 100}, {"C": 100})
    batch = batch_of("C")
    shipment = world.ship("farm", "market", (batch, 40))
    world.pack("farm", CASE, (batch, 10))
    world.hold(source)
    return batch, shipment


def test_a_hold_on_what_it_was_made_from_stops_a_batch_at_once(world: World) -> None:
    batch, shipment = _stopped(world)
    acts = [
        lambda: world.ship("farm", "stall", (batch, 1)),
        lambda: world.ship("farm", "stall", containers=(CASE,)),
        lambda: world.receive("market", shipment),
        lambda: world.transform("farm", {batch: 1}, {"X": 1}),
        lambda: world.take_out("farm", "sell", (batch, 1)),
        lambda: world.take_out("farm", "serve", (batch, 1)),
        lambda: world.pack("farm", PALLET, (batch, 1)),
        lambda: world.pack("farm", PALLET, inside=(CASE,)),
    ]
    for act in acts:
        with pytest.raises(BatchStopped) as refused:
            act()
        assert (refused.value.batch, refused.value.held) == (batch, batch_of("A"))


def test_stopped_goods_may_be_rejected_unpacked_returned_and_destroyed(world: World) -> None:
    batch, shipment = _stopped(world)
    world.receive("market", shipment, settled(batch, 0, 0, 40, reason="已停用"))
    world.unpack("farm", CASE)
    world.take_out("farm", "destroy", (batch, 100))
    assert world.stands(AccountKind.DESTROYED, batch) == 100


def test_stopped_goods_go_back_and_are_taken_back(world: World) -> None:
    batch = world.register("farm", "A", 100)
    shipment = world.ship("farm", "market", (batch, 60))
    world.receive("market", shipment)
    world.hold(batch)
    world.receive("farm", world.ship("market", "farm", (batch, 60), returns=shipment))
    assert world.holds("farm", batch) == 100


def test_the_last_day_is_still_good_and_the_next_is_not(world: World) -> None:
    batch = world.register("farm", "A", 100, produced=day("2026-11-20"), expires=day("2026-11-21"))
    world.ship("farm", "market", (batch, 10))
    world.now = world.now.replace(day=22)
    with pytest.raises(BatchExpired) as refused:
        world.ship("farm", "market", (batch, 10))
    assert (refused.value.expired, refused.value.time) == ("2026-11-21", "2026-11-22")


def test_expiry_is_judged_by_the_date_at_the_place_of_the_event(world: World) -> None:
    from datetime import timedelta, timezone

    batch = world.register("farm", "A", 100, expires=day("2026-11-21"))
    world.now = world.now.replace(hour=17)
    world.ship("farm", "market", (batch, 10))
    world.now = world.now.astimezone(timezone(timedelta(hours=8)))  # one o'clock in the morning of the 22nd
    with pytest.raises(BatchExpired):
        world.ship("farm", "market", (batch, 10))


def test_expired_goods_may_be_destroyed_written_off_rejected_and_returned(world: World) -> None:
    batch = world.register("farm", "A", 100, expires=day("2026-11-21"))
    received = world.ship("farm", "market", (batch, 20))
    world.receive("market", received)
    waiting = world.ship("farm", "market", (batch, 20))
    world.now = world.now.replace(day=30)
    with pytest.raises(BatchExpired):
        world.receive("market", waiting)
    world.receive("market", waiting, settled(batch, 0, 0, 20, reason="过期"))
    world.receive("farm", world.ship("market", "farm", (batch, 5), returns=received))
    world.take_out("market", "expire", (batch, 15))
    world.take_out("farm", "destroy", (batch, 85))
    for how in ("sell", "serve"):
        with pytest.raises(BatchExpired):
            world.take_out("farm", how, (batch, 1))


# -- correcting ------------------------------------------------------------------------------------------------


def last(world: World) -> str:
    return list(world.events)[-1]


def test_correcting_a_registration_takes_the_goods_back_and_keeps_the_batch(world: World) -> None:
    batch = world.register("farm", "A", 1000)
    world.correct("farm", last(world))
    assert not world.book.accounts
    assert batch in world.book.batches


def test_a_lot_whose_record_was_wrong_can_be_registered_rightly(world: World) -> None:
    world.register("farm", "A", 1000)
    world.correct("farm", last(world))
    batch = world.register("farm", "A", 100, expires=day("2026-12-01"))
    assert (world.holds("farm", batch), world.book.batches[batch].expires) == (100, "2026-12-01")


def test_correcting_twice_by_another_or_of_nothing_is_refused(world: World) -> None:
    world.register("farm", "A", 100)
    event = last(world)
    with pytest.raises(NotYours) as refused:
        world.correct("farm", event, by="market")
    assert refused.value.owner == world.party("farm").uri
    world.correct("farm", event)
    with pytest.raises(AlreadyCorrected):
        world.correct("farm", event)
    world.events["urn:uuid:none"] = world.events[event]
    with pytest.raises(UnknownEvent):
        world.correct("farm", "urn:uuid:none")


def test_what_has_moved_on_cannot_be_undone_before_what_moved_it(world: World) -> None:
    batch = world.register("farm", "A", 100)
    made = last(world)
    world.ship("farm", "market", (batch, 60))
    sent = last(world)
    with pytest.raises(MovedOn) as refused:
        world.correct("farm", made)
    assert (refused.value.asked, refused.value.holds) == (100, 40)
    world.correct("farm", sent)
    world.correct("farm", made)
    assert not world.book.accounts


def test_a_delivery_taken_back_is_void_and_one_received_cannot_be(world: World) -> None:
    batch = world.register("farm", "A", 100)
    shipment = world.ship("farm", "market", (batch, 60))
    world.correct("farm", last(world))
    assert world.book.shipments[shipment].state is ShipmentState.VOID
    assert world.holds("farm", batch) == 100
    with pytest.raises(AlreadySettled):
        world.receive("market", shipment)
    shipment = world.ship("farm", "market", (batch, 60))
    sent = last(world)
    world.receive("market", shipment)
    with pytest.raises(MovedOn):
        world.correct("farm", sent)


def test_a_wrong_receipt_puts_the_delivery_back_on_its_way(world: World) -> None:
    batch = world.register("farm", "A", 100)
    shipment = world.ship("farm", "market", (batch, 60))
    wrong = world.receive("market", shipment, settled(batch, 40, 10, 10, reason="压坏"))
    world.correct("market", wrong)
    found = world.book.shipments[shipment]
    assert (found.state, found.settled_by) == (ShipmentState.OPEN, None)
    assert world.stands(AccountKind.TRANSIT, batch) == 60
    assert (world.holds("farm", batch), world.stands(AccountKind.SHORT, batch)) == (40, 0)
    world.receive("market", shipment)
    assert world.holds("market", batch) == 60


def test_a_receipt_cannot_be_undone_after_goods_of_it_went_back(world: World) -> None:
    batch = world.register("farm", "A", 300)
    shipment = world.ship("farm", "market", (batch, 60))
    receipt = world.receive("market", shipment)
    world.receive("market", world.ship("farm", "market", (batch, 200)))
    world.ship("market", "farm", (batch, 10), returns=shipment)
    with pytest.raises(MovedOn) as refused:
        world.correct("market", receipt)
    assert (refused.value.asked, refused.value.holds) == (60, 50)


def test_a_wrong_transformation_gives_its_inputs_back(world: World) -> None:
    batch = world.register("farm", "A", 100)
    event = world.transform("farm", {batch: 100}, {"C": 90}, loss=10)
    world.correct("farm", event)
    assert (world.holds("farm", batch), world.holds("farm", batch_of("C"))) == (100, 0)
    assert event not in world.book.links


def test_wrong_packing_and_unpacking_are_undone_with_their_units(world: World) -> None:
    batch = world.register("farm", "A", 100)
    world.pack("farm", CASE, (batch, 30))
    packed = world.pack("farm", PALLET, (batch, 10), inside=(CASE,))
    before = dict(world.book.accounts), dict(world.book.containers)
    world.correct("farm", world.unpack("farm", PALLET))
    assert (world.book.accounts, world.book.containers) == before
    world.correct("farm", packed)
    assert world.book.containers == {CASE: Container(CASE, world.book.containers[CASE].place)}
    assert world.holds("farm", batch) == 70


def test_a_unit_used_for_other_goods_since_stays_with_them(world: World) -> None:
    first, second = world.register("farm", "A", 100), world.register("farm", "B", 50)
    wrong = world.pack("farm", CASE, (first, 30))
    world.pack("farm", CASE, (second, 20))
    world.correct("farm", wrong)
    assert (world.holds("farm", first), world.holds("farm", second, CASE)) == (100, 20)
    assert CASE in world.book.containers


def test_a_wrong_delivery_of_units_brings_them_back_nested(world: World) -> None:
    batch = world.register("farm", "A", 100)
    world.pack("farm", CASE, (batch, 30))
    world.pack("farm", PALLET, inside=(CASE,))
    before = dict(world.book.accounts), dict(world.book.containers)
    shipment = world.ship("farm", "market", containers=(PALLET,))
    sent = last(world)
    on_the_way = dict(world.book.accounts), dict(world.book.containers)
    world.correct("market", world.receive("market", shipment))
    assert (world.book.accounts, world.book.containers) == on_the_way
    world.correct("farm", sent)
    assert (world.book.accounts, world.book.containers) == before


def test_a_unit_that_went_elsewhere_since_stops_a_correction(world: World) -> None:
    world.pack("farm", CASE)
    other = "https://id.gs1.org/00/395200000000000036"
    wrong = world.pack("farm", PALLET, inside=(CASE,))
    world.unpack("farm", PALLET, inside=(CASE,))
    world.pack("farm", other, inside=(CASE,))
    with pytest.raises(ContainerPacked) as refused:
        world.correct("farm", wrong)
    assert refused.value.inside == other


def test_a_wrong_return_can_be_entered_again(world: World) -> None:
    batch = world.register("farm", "A", 100)
    shipment = world.ship("farm", "market", (batch, 60))
    world.receive("market", shipment)
    world.ship("market", "farm", (batch, 60), returns=shipment)
    world.correct("market", last(world))
    assert world.book.received(shipment, batch) == Decimal(60)
    world.ship("market", "farm", (batch, 60), returns=shipment)
