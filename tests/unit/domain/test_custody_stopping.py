"""Holds, expiry and corrections: what they forbid, and what they leave open."""

from __future__ import annotations

from datetime import timedelta, timezone
from decimal import Decimal

import pytest

from tests.unit.domain.world import CASE, PALLET, World, batch_of, day, settled
from trace.domain.model import AccountKind, Container, ShipmentState
from trace.domain.refusals import (
    AlreadyCorrected,
    AlreadySettled,
    BatchExpired,
    BatchStopped,
    ContainerPacked,
    MovedOn,
    NotYours,
    UnknownEvent,
)


@pytest.fixture
def world() -> World:
    return World()


# -- holds and expiry ----------------------------------------------------------------------------------------


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


# -- correcting ----------------------------------------------------------------------------------------------


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
