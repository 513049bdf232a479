"""Packing, transforming and leaving: what may be entered, and what one is told where it may not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.domain.world import BASE, CASE, PALLET, World, batch_of, kg, settled
from trace.domain.model import AccountKind
from trace.domain.refusals import (
    BalanceOpen,
    BatchExists,
    ContainerEmpty,
    ContainerPacked,
    GoodsPacked,
    Invalid,
    NotEnough,
    NotEnoughInContainer,
    NotTheHolder,
    UnknownContainer,
)


@pytest.fixture
def world() -> World:
    return World()


# -- packing -------------------------------------------------------------------------------------------------


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


# -- transforming --------------------------------------------------------------------------------------------


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


# -- leaving -------------------------------------------------------------------------------------------------


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
    with pytest.raises(Invalid, match="at least one batch"):
        world.take_out("farm", how)


def test_a_check_moves_nothing_and_no_movement_hides_in_one(world: World) -> None:
    batch = world.register("farm", "A", 100)
    world.observe("farm", "inspecting", batch)
    assert world.holds("farm", batch) == 100
    with pytest.raises(Invalid, match="moves nothing"):
        world.observe("farm", "shipping", batch)
