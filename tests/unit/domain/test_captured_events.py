"""What a foreign event claims is booked as far as it can be, and flagged for what it cannot explain."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.domain.desk import BOX, FARM, LOT, LOT2, OTHER, SHOP, Desk, advice, codes, some
from trace.domain.model import (
    Account,
    AccountKind,
    Batch,
    Outcome,
    Product,
    ShipmentState,
    Stop,
)


@pytest.fixture
def desk() -> Desk:
    return Desk()


# -- making and units -------------------------------------------------------------------------------------------


def test_the_first_unit_seen_stays_and_another_is_flagged(desk: Desk) -> None:
    desk.make(amount=100)
    outcome = desk.capture(action="ADD", quantityList=[some(LOT2, 5, "LBR")])
    assert desk.book.batches[LOT2].unit == "LBR"
    outcome = desk.ship(some(LOT, 10, "LBR"))
    assert codes(outcome) == ["unit_not_defined"]
    assert (outcome.postings, outcome.problems[0].params()["known"]) == ((), "KGM")


def test_a_unit_that_nobody_knows_is_kept_as_it_is_written(desk: Desk) -> None:
    assert codes(desk.make(amount=3)) == []
    desk.capture(action="ADD", quantityList=[some(LOT2, 3, "篓")])
    assert desk.book.batches[LOT2].unit == "篓"


def test_a_count_without_a_unit_is_a_count_of_pieces(desk: Desk) -> None:
    desk.capture(action="ADD", quantityList=[some(LOT, 12, None)])
    assert desk.book.batches[LOT].unit == "H87"


def test_a_known_product_lends_its_units_to_a_captured_batch(desk: Desk) -> None:
    product = Product("https://id.gs1.org/01/09520000000011", "p", FARM, "鱼", "KGM", {"CS": Decimal(9)})
    desk.book.products[product.uri] = product
    lot = product.uri + "/10/A1"
    desk.capture(action="ADD", quantityList=[some(lot, 2, "CS")])
    assert (desk.book.batches[lot].unit, desk.holds(FARM, lot)) == ("KGM", 18)
    assert desk.book.batches[lot].product == product.uri
    assert codes(desk.capture(action="ADD", quantityList=[some(product.uri + "/10/A2", 2, "LBR")])) == []
    assert desk.book.batches[product.uri + "/10/A2"].unit == "LBR"


def test_the_same_lot_made_twice_is_flagged_and_booked(desk: Desk) -> None:
    desk.make(amount=100)
    assert codes(desk.make(amount=50)) == ["batch_exists"]
    assert desk.holds(FARM) == 150


def test_one_event_may_name_a_lot_in_two_lines(desk: Desk) -> None:
    assert codes(desk.capture(action="ADD", quantityList=[some(LOT, 5), some(LOT, 6)])) == []
    assert desk.holds(FARM) == 11


def test_a_lot_seen_before_its_making_was_known_gets_its_maker(desk: Desk) -> None:
    assert codes(desk.receive(some(LOT, 40))) == ["origin_unknown"]
    assert desk.book.batches[LOT].maker is None
    assert codes(desk.make(amount=100, ilmd={"cbvmda:lotNumber": "L1"})) == []
    assert (desk.book.batches[LOT].maker, desk.book.batches[LOT].lot) == (FARM, "L1")


def test_dates_are_read_from_the_common_vocabularies(desk: Desk) -> None:
    ilmd = {
        "cbvmda:productionDate": "2026-11-20T03:00:00.000Z",
        "https://ref.gs1.org/voc/bestBeforeDate": "2026-12-01",
    }
    assert codes(desk.make(ilmd=ilmd)) == []
    batch = desk.book.batches[LOT]
    assert (batch.produced, batch.expires) == ("2026-11-20", "2026-12-01")


@pytest.mark.parametrize("date", ["tomorrow", "2026-13-01", 20261201, "", None])
def test_a_date_that_is_none_is_left_out(desk: Desk, date: Any) -> None:
    desk.make(ilmd={"cbvmda:itemExpirationDate": date})
    assert desk.book.batches[LOT].expires is None


def test_reversed_dates_are_flagged(desk: Desk) -> None:
    ilmd = {"cbvmda:productionDate": "2026-11-20", "cbvmda:itemExpirationDate": "2026-11-01"}
    assert codes(desk.make(ilmd=ilmd)) == ["dates_reversed"]


@pytest.mark.parametrize("entry", ["x", {"batch": 7}, {"batch": "https://id.gs1.org/01/1/10/A"}, {}])
def test_a_description_that_names_no_batch_is_passed_over(desk: Desk, entry: Any) -> None:
    assert codes(desk.make(ilmd={"trace:batches": [entry]})) == []


def test_a_product_without_a_lot_cannot_be_followed(desk: Desk) -> None:
    for lot in ("https://id.gs1.org/01/09520000000011", "urn:epc:idpat:sgtin:4012345.098765.*"):
        assert codes(desk.make(lot)) == ["lot_missing"]
        assert codes(desk.receive(some(lot, 1))) == ["lot_missing"]


def test_an_identifier_with_a_wrong_check_digit_is_flagged_and_kept(desk: Desk) -> None:
    lot = "https://id.gs1.org/01/09520000000012/10/A1"
    assert codes(desk.make(lot)) == ["invalid"]
    assert desk.book.batches[lot].uri == lot


def test_a_commissioned_case_exists_before_anything_is_in_it(desk: Desk) -> None:
    desk.capture(action="ADD", epcList=[BOX, "urn:epc:id:sgtin:0614141.107346.2017"])
    assert list(desk.book.containers) == [BOX]


# -- amounts that are missing -----------------------------------------------------------------------------------


def test_a_missing_quantity_matters_only_where_a_balance_would_need_it(desk: Desk) -> None:
    nothing = {"epcClass": LOT}
    assert codes(desk.capture(action="OBSERVE", bizStep="inspecting", quantityList=[nothing])) == []
    assert codes(desk.capture(action="ADD", quantityList=[nothing])) == ["quantity_missing"]
    assert desk.book.batches[LOT].unit == ""
    desk.make(LOT2)
    desk.ship(some(LOT2, 1), **advice("urn:d:1"))
    for outcome in (
        desk.ship(nothing),
        desk.receive(nothing, **advice("urn:d:1")),
        desk.receive(nothing),
        desk.pack(BOX, nothing),
        desk.capture("AggregationEvent", action="DELETE", parentID=BOX, childQuantityList=[nothing]),
        desk.capture(action="DELETE", bizStep="destroying", quantityList=[nothing]),
    ):
        assert "quantity_missing" in codes(outcome)
        assert outcome.postings == ()


def test_a_batch_named_without_a_quantity_takes_the_first_unit_it_is_counted_in(desk: Desk) -> None:
    desk.capture(action="ADD", quantityList=[{"epcClass": LOT}])
    desk.receive(some(LOT, 7, "LBR"))
    assert desk.book.batches[LOT].unit == "LBR"
    desk.receive({"epcClass": LOT2})
    desk.make(LOT2, 8)
    assert desk.book.batches[LOT2].unit == "KGM"


def test_a_transformation_without_amounts_still_links(desk: Desk) -> None:
    outcome = desk.capture(
        "TransformationEvent",
        inputQuantityList=[{"epcClass": LOT}, {"epcClass": LOT}],
        outputQuantityList=[{"epcClass": LOT2}, some(LOT2, 2)],
    )
    assert codes(outcome) == ["quantity_missing", "quantity_missing"]
    assert [(link.input, link.output, link.used) for link in outcome.links] == [(LOT, LOT2, None)]


def test_a_lot_that_goes_in_and_comes_out_is_not_its_own_ancestor(desk: Desk) -> None:
    desk.make()
    outcome = desk.capture(
        "TransformationEvent", inputQuantityList=[some(LOT, 10)], outputQuantityList=[some(LOT, 9)]
    )
    assert (codes(outcome), outcome.links) == (["batch_exists"], ())


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ({"quantity": 10, "uom": "KGM"}, []),
        ({"quantity": 9, "uom": "KGM"}, ["balance_open"]),
        ({"quantity": 9, "uom": "LBR"}, ["unit_not_defined"]),
        ({"quantity": -1, "uom": "KGM"}, ["invalid"]),
        ("ten", ["invalid"]),
    ],
)
def test_a_loss_declared_in_our_words_is_judged(desk: Desk, loss: Any, expected: list[str]) -> None:
    desk.make()
    outcome = desk.capture(
        "TransformationEvent",
        inputQuantityList=[some(LOT, 100)],
        outputQuantityList=[some(LOT2, 90)],
        **{"trace:loss": loss},
    )
    assert codes(outcome) == expected


def test_a_case_used_up_whole_gives_its_content(desk: Desk) -> None:
    desk.make()
    desk.pack(BOX, some(LOT, 30))
    outcome = desk.capture(
        "TransformationEvent",
        inputQuantityList=[some(LOT, 10)],
        inputEPCList=[BOX],
        outputQuantityList=[some(LOT2, 35)],
    )
    assert (codes(outcome), desk.holds(FARM), outcome.containers_gone) == ([], 60, (BOX,))
    assert outcome.links[0].used == 40


# -- using what is not there ------------------------------------------------------------------------------------


def test_what_is_on_its_way_here_is_used_before_what_lies_with_others(desk: Desk) -> None:
    desk.make()
    desk.ship(some(LOT, 30))
    outcome = desk.capture(
        action="OBSERVE",
        bizStep="retail_selling",
        quantityList=[some(LOT, 20)],
        **{"x:informationProvider": SHOP},
    )
    assert (codes(outcome), desk.holds(FARM)) == (["custody_gap"], 70)
    assert outcome.postings[0].account.kind is AccountKind.TRANSIT


def test_goods_of_which_the_book_knows_a_part_are_flagged_for_the_rest(desk: Desk) -> None:
    desk.make()
    desk.pack(BOX, some(LOT, 30))
    outcome = desk.capture(action="OBSERVE", bizStep="dispensing", quantityList=[some(LOT, 120)])
    assert codes(outcome) == ["not_enough"]
    assert outcome.problems[0].params()["holds"] == "100"
    assert desk.book.accounts[(LOT, Account(AccountKind.SERVED, FARM))] == 120


def test_goods_known_only_from_elsewhere_keep_being_unexplained(desk: Desk) -> None:
    assert codes(desk.capture(action="DELETE", quantityList=[some(LOT, 5)])) == ["origin_unknown"]
    assert codes(desk.capture(action="DELETE", quantityList=[some(LOT, 5)])) == ["not_enough"]


def test_a_stop_and_an_expiry_are_flagged_and_the_movement_is_booked(desk: Desk) -> None:
    desk.make(ilmd={"cbvmda:itemExpirationDate": "2026-11-01"})
    desk.book.holds.append(Stop(LOT, "H1", "药残超标", "urn:inspector"))
    outcome = desk.ship(some(LOT, 30))
    assert codes(outcome) == ["batch_stopped", "batch_expired"]
    assert desk.book.accounts[(LOT, Account(AccountKind.TRANSIT, outcome.shipment or ""))] == 30


# -- settlements, records told twice, records declared wrong ----------------------------------------------------


@pytest.mark.parametrize(
    ("settlement", "expected"),
    [
        ([], ["not_settled_in_full"]),
        ("all", ["not_settled_in_full"]),
        (["all"], ["invalid", "not_settled_in_full"]),
        ([{"batch": LOT, "accepted": "many"}], ["invalid", "not_settled_in_full"]),
        ([{"batch": LOT, "accepted": "-1"}], ["invalid", "not_settled_in_full"]),
        ([{"batch": "https://id.gs1.org/01/1/10/A"}], ["invalid", "not_settled_in_full"]),
        ([{"batch": LOT, "accepted": 20, "uom": "LBR"}], ["unit_not_defined", "not_settled_in_full"]),
        ([{"batch": LOT, "accepted": "20", "uom": "KGM"}], ["not_settled_in_full"]),
        ([{"batch": LOT, "accepted": "20", "uom": "KGM"}] * 2, ["more_than_shipped", "not_enough"]),
        ([{"batch": LOT, "rejected": 30, "uom": "KGM", "reason": 7}], ["invalid"]),
    ],
)
def test_a_settlement_that_does_not_add_up_is_flagged_and_booked_as_far_as_it_goes(
    desk: Desk, settlement: Any, expected: list[str]
) -> None:
    desk.make()
    desk.pack(BOX, some(LOT, 30))
    desk.ship(epcList=[BOX], **advice("urn:d:1"))
    outcome = desk.receive(**advice("urn:d:1"), **{"trace:settlement": settlement})
    assert codes(outcome) == expected


def test_an_event_told_twice_counts_once(desk: Desk) -> None:
    first = desk.make()
    desk.count -= 1
    second = desk.make()
    assert (codes(second), second.postings) == (["duplicate"], ())
    assert desk.holds(FARM) == first.postings[1].amount


def wrong(desk: Desk, number: int, **fields: Any) -> Outcome:
    desk.count = number - 1
    return desk.capture(action="ADD", errorDeclaration={"declarationTime": "2026-11-22T00:00:00Z"}, **fields)


def test_goods_that_moved_on_before_their_record_was_declared_wrong_are_unexplained(desk: Desk) -> None:
    desk.make()
    desk.ship(some(LOT, 30))
    outcome = wrong(desk, 1)
    assert (codes(outcome), outcome.corrects) == (["moved_on"], "urn:example:event:1")
    assert desk.book.accounts[(LOT, Account(AccountKind.UNEXPLAINED, FARM))] == -30
    assert desk.holds(FARM) == 0


def test_what_nobody_recorded_or_another_did_is_not_undone(desk: Desk) -> None:
    assert codes(wrong(desk, 1)) == ["unknown_event"]
    desk.count = 1
    desk.make()
    desk.book.events["urn:example:event:2"] = desk.book.events["urn:example:event:2"].__class__(
        **{**vars(desk.book.events["urn:example:event:2"]), "by": OTHER}
    )
    outcome = wrong(desk, 2)
    assert (codes(outcome), outcome.postings) == (["not_yours"], ())


def test_a_delivery_settled_since_does_not_become_void(desk: Desk) -> None:
    desk.make()
    desk.pack(BOX, some(LOT, 30))
    desk.ship(epcList=[BOX])
    desk.receive(epcList=[BOX])
    outcome = wrong(desk, 3)
    assert codes(outcome) == ["moved_on", "already_settled", "not_the_holder"]
    assert desk.book.shipments["urn:example:event:3"].state is ShipmentState.SETTLED


def test_a_case_taken_apart_since_comes_back_when_its_move_is_declared_wrong(desk: Desk) -> None:
    desk.make()
    desk.pack(BOX, some(LOT, 30))
    desk.ship(epcList=[BOX])
    desk.receive(epcList=[BOX])
    desk.capture("AggregationEvent", action="DELETE", parentID=BOX, **{"x:informationProvider": SHOP})
    outcome = wrong(desk, 4)
    assert "moved_on" in codes(outcome)
    assert desk.book.containers[BOX].place.kind is AccountKind.TRANSIT


def test_events_that_are_no_custody_move_nothing(desk: Desk) -> None:
    for kind in ("TransactionEvent", "AssociationEvent"):
        outcome = desk.capture(kind, action="ADD", parentID=BOX, childQuantityList=[some(LOT, 4)])
        assert (codes(outcome), outcome.postings) == ([], ())
    for step in ("transporting", "urn:gdst:bizStep:landing", "arriving"):
        assert desk.capture(action="OBSERVE", bizStep=step, quantityList=[some(LOT, 4)]).postings == ()


def test_a_known_batch_record_keeps_its_unit_for_later_amounts(desk: Desk) -> None:
    desk.book.batches[LOT] = Batch(LOT, "KGM", maker=FARM, made="urn:none")
    assert codes(desk.make()) == ["batch_exists"]
