"""What businesses do with goods, through the services: amounts come out right, every step is a record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from tests.scenario import BASE_URL, CRATE, GTIN, PALLET, World, new
from trace.domain.commands import Observe, Settled
from trace.services import custody, look
from trace.services.context import Once


def settled(
    batch: str, unit: str, accepted: int, short: int = 0, rejected: int = 0, why: str = ""
) -> Settled:
    return Settled(batch, unit, Decimal(accepted), Decimal(short), Decimal(rejected), why or None)


def test_what_is_registered_is_held_by_whoever_registered_it(world: World) -> None:
    batch = world.register("farm", "120 KGM")
    assert world.holds("farm", batch) == 120
    assert world.balance(batch) == {"held": 120, "made": -120}


def test_a_grower_without_a_gtin_gets_a_short_link_and_one_with_a_gtin_a_digital_link(world: World) -> None:
    assert world.register("farm", "1 KGM").startswith(f"{BASE_URL}/t/")
    batch = world.register("farm", "1 KGM", "milk", lot="A/1")
    assert batch == f"https://id.gs1.org/01/{GTIN}/10/A%2F1"
    assert custody.page_address(world.ctx, batch) == f"{BASE_URL}/01/{GTIN}/10/A%2F1"


def test_the_last_day_of_use_follows_from_the_products_shelf_life(world: World) -> None:
    batch = world.register("farm", "1 KGM", produced=date(2026, 11, 1))
    assert look.find_batch(world.ctx, batch).batch.expires == "2026-12-01"


def test_goods_on_their_way_are_nobodys_until_the_buyer_confirms(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    shipment = world.ship("farm", "stall", (batch, "60 KGM"))
    assert (world.holds("farm", batch), world.holds("stall", batch)) == (40, 0)
    world.receive("stall", shipment)
    assert (world.holds("farm", batch), world.holds("stall", batch)) == (40, 60)


def test_a_case_counts_as_what_the_product_says_it_holds(world: World) -> None:
    batch = world.register("farm", "12 CS")
    world.deliver("farm", "stall", (batch, "3 CS"))
    assert (world.holds("farm", batch), world.holds("stall", batch)) == (90, 30)


def test_a_delivery_can_arrive_short(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    shipment = world.ship("farm", "stall", (batch, "60 KGM"))
    world.receive("stall", shipment, settled(batch, "KGM", 55, short=5))
    assert world.holds("stall", batch) == 55
    assert world.balance(batch)["short"] == 5


def test_rejected_goods_go_back_to_the_sender(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    shipment = world.ship("farm", "stall", (batch, "60 KGM"))
    world.receive("stall", shipment, settled(batch, "KGM", 0, rejected=60, why="warm"))
    assert (world.holds("farm", batch), world.holds("stall", batch)) == (100, 0)


def test_a_delivery_is_split_among_several_receivers_or_not_at_all(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    to_stall = world.ship("farm", "stall", (batch, "30 KGM"))
    to_canteen = world.ship("farm", "canteen", (batch, "70 KGM"))
    world.receive("canteen", to_canteen)
    world.receive("stall", to_stall)
    holding = [world.holds(who, batch) for who in ("farm", "stall", "canteen")]
    assert holding == [0, 30, 70]


def test_what_was_received_can_be_sent_back(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    shipment = world.deliver("farm", "stall", (batch, "60 KGM"))
    back = world.ship("stall", "farm", (batch, "20 KGM"), returns=shipment, reason="bruised")
    world.receive("farm", back)
    assert (world.holds("farm", batch), world.holds("stall", batch)) == (60, 40)


def test_goods_travel_in_a_crate_on_a_pallet_and_come_out_again(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    world.pack("farm", CRATE, (batch, "80 KGM"))
    world.pack("farm", PALLET, (batch, "15 KGM"), containers=[CRATE])
    world.deliver("farm", "market", containers=[PALLET])
    assert (world.holds("farm", batch), world.holds("market", batch)) == (5, 95)
    world.unpack("market", PALLET)
    world.unpack("market", CRATE)
    world.take_out("market", "sell", (batch, "95 KGM"))
    assert world.holds("market", batch) == 0


def test_two_batches_become_two_others_and_the_loss_closes_the_balance(world: World) -> None:
    first, second = world.register("farm", "60 KGM"), world.register("farm", "50 KGM")
    world.deliver("farm", "plant", (first, "60 KGM"), (second, "40 KGM"))
    one, two = world.transform(
        "plant",
        [(first, "60 KGM"), (second, "40 KGM")],
        new(world.products["slices"], "70 KGM"),
        new(world.products["slices"], "20 KGM"),
        loss="10 KGM",
    )
    assert [world.holds("plant", batch) for batch in (first, second, one, two)] == [0, 0, 70, 20]
    back = look.trace_back(world.ctx, world["inspector"], one)
    assert {node.info.uri for node in back.nodes} == {one, first, second}
    forward = look.trace_forward(world.ctx, world["inspector"], first)
    assert {node.info.uri for node in forward.nodes} == {first, one, two}


def test_sold_served_destroyed_and_expired_goods_leave_the_chain(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    world.deliver("farm", "stall", (batch, "50 KGM"))
    world.deliver("farm", "canteen", (batch, "50 KGM"))
    world.take_out("stall", "sell", (batch, "45 KGM"))
    world.take_out("stall", "destroy", (batch, "5 KGM"), reason="spoilt")
    world.take_out("canteen", "serve", (batch, "30 KGM"))
    world.clock.forward(days=60)
    world.take_out("canteen", "expire", (batch, "20 KGM"))
    kinds = {"made": -100, "sold": 45, "destroyed": 5, "served": 30, "expired": 20}
    assert world.balance(batch) == kinds


def test_a_wrong_record_is_declared_wrong_and_stays(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    wrong = world.shipping("farm", "stall", (batch, "60 KGM"))
    size = world.size()
    world.correct("farm", wrong.event_id)
    assert world.holds("farm", batch) == 100
    assert world.size() == size + 1
    steps = look.batch_page(world.ctx, batch).steps
    assert [step.corrected_by for step in steps if step.index == wrong.index] == [size]


def test_looking_at_goods_moves_nothing_and_is_in_the_chain(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    done = custody.observe(
        world.ctx, world["laboratory"], Observe("inspecting", (batch,), note="9 residues: none")
    )
    assert world.holds("farm", batch) == 100
    assert done.index in {step.index for step in look.batch_page(world.ctx, batch).steps}


def test_a_hold_can_be_released_and_then_goods_move_again(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    held = custody.hold(world.ctx, world["inspector"], batch, "residue above limit")
    assert look.batch_page(world.ctx, batch).stopped
    custody.release(world.ctx, world["inspector"], batch, held.result["hold"], "second sample clean")
    world.deliver("farm", "stall", (batch, "100 KGM"))
    assert world.holds("stall", batch) == 100


def test_the_same_request_with_the_same_key_is_recorded_once(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    key = Once("phone-1", "00" * 32)
    first = world.shipping("farm", "stall", (batch, "60 KGM"), key=key)
    again = world.shipping("farm", "stall", (batch, "60 KGM"), key=key)
    assert again == replace(first, replayed=True)
    assert world.holds("farm", batch) == 40


def test_two_parties_may_use_the_same_idempotency_key(world: World) -> None:
    key = Once("1", "00" * 32)
    batch = world.register("farm", "100 KGM", key=key)
    world.deliver("farm", "stall", (batch, "60 KGM"))
    world.shipping("stall", "canteen", (batch, "10 KGM"), key=key)
    assert world.holds("stall", batch) == 50


def test_amounts_and_papers_are_shown_to_the_parties_of_a_step_alone(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    world.deliver("farm", "stall", (batch, "60 KGM"))
    world.deliver("farm", "canteen", (batch, "40 KGM"))

    def amounts(who: str | None) -> set[Decimal]:
        view = look.batch_page(world.ctx, batch, world[who] if who else None)
        return {posting.amount for step in view.steps for posting in step.postings}

    assert amounts(None) == set()
    assert {Decimal(60), Decimal(40), Decimal(100)} <= amounts("inspector")
    assert Decimal(60) in amounts("stall")
    assert Decimal(40) not in amounts("stall")


def test_the_public_part_of_a_record_holds_no_amounts(world: World) -> None:
    batch = world.register("farm", "98765 KGM")
    done = world.shipping("farm", "stall", (batch, "43210 KGM"))
    for index in (done.index - 1, done.index):
        record = world.record(index)
        assert b"98765" not in record.bodies["public"]
        assert b"43210" not in record.bodies["public"]
        assert b"98765" in record.bodies["full"] or b"43210" in record.bodies["full"]
