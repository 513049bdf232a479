"""Foreign events about deliveries, cases and pallets: booked as far as they go, flagged for the rest."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.unit.domain.desk import BOX, BOX2, FARM, LOT, LOT2, OTHER, SHOP, Desk, advice, between, codes, some
from trace.domain.custody import Delivery, delivered
from trace.domain.model import (
    Account,
    AccountKind,
    Container,
    Shipment,
    ShipmentState,
)


@pytest.fixture
def desk() -> Desk:
    return Desk()


# -- shipping and receiving -------------------------------------------------------------------------------------


def test_a_receipt_without_its_delivery_named_settles_the_oldest_that_fits(desk: Desk) -> None:
    desk.make()
    first, second = desk.ship(some(LOT, 30)), desk.ship(some(LOT, 20))
    outcome = desk.receive(some(LOT, 30))
    assert (codes(outcome), outcome.settles) == ([], first.shipment)
    assert desk.book.shipments[second.shipment or ""].state is ShipmentState.OPEN


def test_one_receipt_may_settle_two_deliveries(desk: Desk) -> None:
    desk.make()
    desk.ship(some(LOT, 30))
    desk.ship(some(LOT, 20))
    outcome = desk.receive(some(LOT, 50))
    assert codes(outcome) == []
    assert all(shipment.state is ShipmentState.SETTLED for shipment in desk.book.shipments.values())


def test_part_of_a_delivery_stays_on_its_way_until_the_rest_is_received(desk: Desk) -> None:
    desk.make()
    desk.ship(some(LOT, 30), **advice("urn:d:1"))
    outcome = desk.receive(some(LOT, 20), **advice("urn:d:1"))
    assert (codes(outcome), outcome.settles) == (["not_settled_in_full"], None)
    assert codes(desk.receive(some(LOT, 4))) == ["not_settled_in_full"]
    outcome = desk.receive(some(LOT, 6), **advice("urn:d:1"))
    assert (codes(outcome), outcome.settles, desk.holds(SHOP)) == ([], "urn:d:1", 30)


def test_more_than_was_shipped_comes_from_wherever_it_lies(desk: Desk) -> None:
    desk.make()
    desk.ship(some(LOT, 30), **advice("urn:d:1"))
    outcome = desk.receive(some(LOT, 130), **advice("urn:d:1"))
    assert codes(outcome) == ["more_than_shipped", "not_enough", "custody_gap"]
    assert [problem.params().get("asked") for problem in outcome.problems] == ["130", "130", "70"]
    assert desk.holds(SHOP) == 130
    assert desk.holds(FARM) == 0


def test_a_receipt_of_everything_needs_no_list(desk: Desk) -> None:
    desk.make()
    desk.pack(BOX, some(LOT, 30))
    desk.ship(some(LOT, 20), epcList=[BOX], **advice("urn:d:1"))
    outcome = desk.receive(**advice("urn:d:1"))
    assert (codes(outcome), desk.holds(SHOP), desk.holds(SHOP, box=BOX)) == ([], 20, 30)


def test_two_shippings_under_one_advice_are_two_deliveries(desk: Desk) -> None:
    desk.make()
    desk.make(LOT2)
    desk.ship(some(LOT, 30), **advice("urn:d:1"))
    second = desk.ship(some(LOT2, 20), **advice("urn:d:1"))
    assert (codes(second), second.shipment) == ([], "urn:example:event:4")
    assert codes(desk.receive(some(LOT, 30), **advice("urn:d:1"))) == []
    assert codes(desk.receive(some(LOT2, 20))) == []


def test_two_receipts_under_one_advice_settle_one_delivery_each(desk: Desk) -> None:
    desk.make()
    desk.make(LOT2)
    desk.ship(some(LOT, 30), **advice("urn:d:1"))
    second = desk.ship(some(LOT2, 20), **advice("urn:d:1"))
    assert codes(desk.receive(some(LOT, 30), **advice("urn:d:1"))) == []
    outcome = desk.receive(some(LOT2, 20), **advice("urn:d:1"))
    assert (codes(outcome), outcome.settles) == ([], second.shipment)


def test_a_delivery_received_twice_or_by_another_is_flagged(desk: Desk) -> None:
    desk.make()
    desk.ship(some(LOT, 30), **advice("urn:d:1"))
    outcome = desk.receive(some(LOT, 30), by=OTHER, **advice("urn:d:1"))
    assert (codes(outcome), desk.holds(OTHER)) == (["not_the_receiver"], 30)
    outcome = desk.receive(some(LOT, 30), by=OTHER, **advice("urn:d:1"))
    assert (codes(outcome), desk.holds(OTHER)) == (["already_settled"], 30)


def test_a_receipt_dated_before_the_dispatch_is_flagged(desk: Desk) -> None:
    desk.make()
    desk.ship(some(LOT, 30), **advice("urn:d:1"))
    outcome = desk.receive(some(LOT, 30), eventTime="2026-11-20T00:00:00Z", **advice("urn:d:1"))
    assert codes(outcome) == ["dates_reversed"]


def test_goods_received_from_a_named_sender_who_has_them_need_no_dispatch(desk: Desk) -> None:
    desk.make()
    outcome = desk.receive(some(LOT, 30), sourceList=[{"type": "owning_party", "source": FARM}])
    assert (codes(outcome), desk.holds(SHOP), desk.holds(FARM)) == ([], 30, 70)
    # Told a second time, it is no longer plain that these are other goods.
    outcome = desk.receive(some(LOT, 30), sourceList=[{"type": "owning_party", "source": FARM}])
    assert codes(outcome) == ["custody_gap"]


def test_goods_received_from_nobody_in_particular_are_a_missing_movement(desk: Desk) -> None:
    desk.make()
    outcome = desk.receive(some(LOT, 30))
    assert (codes(outcome), desk.holds(SHOP)) == (["custody_gap"], 30)
    assert outcome.problems[0].params()["holder"] == FARM


def test_goods_on_their_way_to_another_are_a_missing_movement_too(desk: Desk) -> None:
    desk.make(amount=30)
    desk.ship(some(LOT, 30), to=OTHER)
    outcome = desk.receive(some(LOT, 30))
    assert (codes(outcome), outcome.problems[0].params()["holder"]) == (["custody_gap"], FARM)


def test_goods_that_are_here_already_do_not_arrive_again(desk: Desk) -> None:
    desk.make()
    desk.pack(BOX, some(LOT, 60))
    outcome = desk.receive(some(LOT, 100), by=FARM)
    assert (codes(outcome), outcome.postings) == ([], ())


def test_a_shipping_between_two_places_of_one_party_changes_nothing(desk: Desk) -> None:
    desk.make()
    outcome = desk.ship(some(LOT, 30), to=FARM)
    assert (codes(outcome), outcome.postings, outcome.shipment) == ([], (), None)


def test_a_shipping_to_nobody_known_is_received_by_whoever_has_it(desk: Desk) -> None:
    desk.make()
    desk.capture(action="OBSERVE", bizStep="shipping", quantityList=[some(LOT, 30)])
    assert codes(desk.receive(some(LOT, 30))) == []


def test_places_stand_for_their_owners(desk: Desk) -> None:
    desk.book.owners |= {"urn:place:farm": FARM, "urn:place:shop": SHOP}
    desk.make(readPoint={"id": "urn:place:farm"})
    places = {
        "sourceList": [{"type": "location", "source": "urn:place:farm"}],
        "destinationList": [{"type": "location", "destination": "urn:place:shop"}],
    }
    desk.capture(action="OBSERVE", bizStep="shipping", quantityList=[some(LOT, 30)], **places)
    assert codes(desk.receive(some(LOT, 30))) == []


def test_whoever_provided_the_information_holds_the_goods_if_nothing_else_is_known(desk: Desk) -> None:
    outcome = desk.make(**{"cbvmda:informationProvider": OTHER})
    assert outcome.holder == OTHER
    broken = "https://id.gs1.org/417/9520000000012"
    assert desk.make(LOT2, **{"cbvmda:informationProvider": broken}).holder == broken


def test_goods_sent_back_are_held_against_their_delivery(desk: Desk) -> None:
    desk.make()
    desk.ship(some(LOT, 30), **advice("urn:d:1"))
    desk.receive(some(LOT, 30), **advice("urn:d:1"))
    back = {
        "disposition": "returned",
        "bizTransactionList": [{"type": "rma", "bizTransaction": "urn:d:1"}],
    }
    event = {"action": "OBSERVE", "bizStep": "shipping", **between(SHOP, FARM), **back}
    assert codes(desk.capture(quantityList=[some(LOT, 40)], **event)) == ["more_than_received", "custody_gap"]
    event["bizTransactionList"] = []
    desk.make(LOT2)
    assert "custody_gap" in codes(desk.capture(quantityList=[some(LOT2, 4)], **event))


# -- cases and pallets ------------------------------------------------------------------------------------------


def test_an_unknown_case_is_flagged_and_known_from_then_on(desk: Desk) -> None:
    assert codes(desk.ship(epcList=[BOX])) == ["unknown_container"]
    assert codes(desk.receive(epcList=[BOX])) == []
    assert codes(desk.receive(epcList=[BOX2])) == ["unknown_container"]
    assert desk.book.containers[BOX].place.ref == SHOP
    assert codes(desk.capture("AggregationEvent", action="DELETE", parentID="urn:x:crate")) == [
        "unknown_container"
    ]
    outcome = desk.pack(BOX, childEPCs=["https://id.gs1.org/00/395200000000000036"])
    assert codes(outcome) == ["unknown_container", "not_the_holder"]


def test_a_case_and_what_is_in_it_may_both_be_named(desk: Desk) -> None:
    desk.make()
    desk.pack(BOX, some(LOT, 30))
    desk.pack(BOX2, childEPCs=[BOX])
    assert codes(desk.ship(epcList=[BOX2, BOX])) == []
    assert codes(desk.receive(epcList=[BOX2, BOX])) == []
    assert desk.book.containers[BOX].parent == BOX2


def test_goods_named_beside_their_case_are_taken_for_more_goods(desk: Desk) -> None:
    desk.make()
    desk.pack(BOX, some(LOT, 30))
    desk.ship(epcList=[BOX])
    outcome = desk.receive(some(LOT, 30), epcList=[BOX])
    assert (codes(outcome), desk.holds(SHOP), desk.holds(SHOP, box=BOX)) == (["custody_gap"], 30, 30)


def test_a_delivery_whose_record_is_gone_holds_nothing_that_can_be_named(desk: Desk) -> None:
    when = datetime(2026, 11, 21, tzinfo=UTC)
    desk.book.shipments["urn:d:9"] = Shipment("urn:d:9", FARM, SHOP, "urn:none", when)
    assert delivered(desk.book, desk.book.shipments["urn:d:9"]) == Delivery((), ())


def test_a_case_taken_out_of_its_pallet_on_the_way_is_flagged(desk: Desk) -> None:
    desk.make()
    desk.pack(BOX, some(LOT, 30))
    desk.pack(BOX2, some(LOT, 5), childEPCs=[BOX])
    desk.ship(epcList=[BOX2])
    outcome = desk.receive(epcList=[BOX])
    assert (codes(outcome), outcome.settles) == (["container_packed"], None)
    outcome = desk.receive(epcList=[BOX2])
    assert (codes(outcome), outcome.settles) == ([], "urn:example:event:4")


def test_a_case_received_from_its_named_holder_needs_no_dispatch(desk: Desk) -> None:
    desk.make()
    desk.pack(BOX, some(LOT, 30))
    outcome = desk.receive(epcList=[BOX], sourceList=[{"type": "possessing_party", "source": FARM}])
    assert (codes(outcome), desk.holds(SHOP, box=BOX)) == ([], 30)
    outcome = desk.receive(epcList=[BOX], by=OTHER)
    assert (codes(outcome), desk.holds(OTHER, box=BOX)) == (["custody_gap"], 30)


def test_goods_stated_inside_an_unknown_case_travel_in_it(desk: Desk) -> None:
    desk.make()
    fields = {"action": "OBSERVE", "parentID": BOX, "childQuantityList": [some(LOT, 30)]}
    sent = desk.capture("AggregationEvent", bizStep="shipping", **between(FARM, SHOP), **fields)
    assert codes(sent) == []
    got = desk.capture("AggregationEvent", bizStep="receiving", **between(FARM, SHOP), **fields)
    assert (codes(got), got.settles, desk.holds(SHOP, box=BOX)) == ([], sent.shipment, 30)
    fields["childQuantityList"] = [some(LOT, 31)]
    again = desk.capture("AggregationEvent", bizStep="shipping", **between(SHOP, FARM), **fields)
    assert codes(again) == ["not_enough_in_container"]


def test_goods_received_in_a_new_case_go_from_loose_into_it(desk: Desk) -> None:
    desk.make()
    fields = {"action": "OBSERVE", "parentID": BOX, "childQuantityList": [some(LOT, 30)]}
    outcome = desk.capture("AggregationEvent", bizStep="receiving", **fields)
    assert (codes(outcome), desk.holds(FARM), desk.holds(FARM, box=BOX)) == ([], 70, 30)


def test_taking_out_more_than_is_known_to_be_in_a_case_is_flagged(desk: Desk) -> None:
    desk.make()
    desk.pack(BOX, some(LOT, 30))
    event = {"action": "DELETE", "parentID": BOX}
    outcome = desk.capture("AggregationEvent", childQuantityList=[some(LOT, 40)], **event)
    assert (codes(outcome), desk.holds(FARM)) == (["not_enough_in_container"], 100)
    desk.pack(BOX, some(LOT, 30))
    outcome = desk.capture("AggregationEvent", childQuantityList=[some(LOT, 150)], **event)
    assert (codes(outcome), desk.holds(FARM)) == (["not_enough_in_container"], 150)


def test_a_case_destroyed_takes_its_content_with_it_and_one_decommissioned_does_not(desk: Desk) -> None:
    desk.make()
    desk.pack(BOX, some(LOT, 30))
    desk.pack(BOX2, some(LOT, 20))
    desk.capture(action="DELETE", bizStep="decommissioning", epcList=[BOX])
    assert (desk.holds(FARM), list(desk.book.containers)) == (80, [BOX2])
    outcome = desk.capture(action="OBSERVE", bizStep="retail_selling", epcList=[BOX2])
    assert (codes(outcome), desk.book.containers) == ([], {})
    assert desk.book.accounts[(LOT, Account(AccountKind.SOLD, FARM))] == 20
    assert codes(desk.capture(action="DELETE", epcList=[BOX])) == ["unknown_container"]


def test_a_case_destroyed_with_its_content_is_no_sale(desk: Desk) -> None:
    desk.make(ilmd={"cbvmda:itemExpirationDate": "2026-11-01"})
    desk.book.containers[BOX] = Container(BOX, Account(AccountKind.HELD, FARM))
    desk.book.accounts[(LOT, Account(AccountKind.HELD, FARM, BOX))] = Decimal(5)
    desk.book.accounts[(LOT, Account(AccountKind.MADE, FARM))] -= 5
    outcome = desk.capture(action="DELETE", bizStep="destroying", disposition="expired", epcList=[BOX])
    assert codes(outcome) == []
    assert desk.book.accounts[(LOT, Account(AccountKind.EXPIRED, FARM))] == 5


def test_an_aggregation_without_a_parent_moves_nothing(desk: Desk) -> None:
    desk.make()
    for action in ("ADD", "DELETE"):
        outcome = desk.capture("AggregationEvent", action=action, childQuantityList=[some(LOT, 5)])
        assert (codes(outcome), outcome.postings) == ([], ())
