"""A document handed in by one business moves nothing that is in another registered business's hands."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.domain.world import CASE, World
from trace.domain.custody import enforce, interpret
from trace.domain.epcis import Event
from trace.domain.model import Outcome
from trace.domain.refusals import NotSettledInFull, UnknownShipment


@pytest.fixture
def world() -> World:
    return World()


def told(world: World, by: str, **fields: Any) -> Outcome:
    """What a document handed in by ``by`` would do."""
    raw = {
        "type": "ObjectEvent",
        "eventID": "urn:uuid:told",
        "eventTime": "2026-11-21T09:00:00Z",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        **fields,
    }
    return interpret(Event.parse(raw), world.book, world.party(by).uri)


def shipping(world: World, sender: str, to: str, batch: str) -> dict[str, Any]:
    return {
        "bizStep": "shipping",
        "quantityList": [{"epcClass": batch, "quantity": 10, "uom": "KGM"}],
        "sourceList": [{"type": "owning_party", "source": world.party(sender).uri}],
        "destinationList": [{"type": "owning_party", "destination": world.party(to).uri}],
    }


def nothing_booked(outcome: Outcome) -> bool:
    return not (outcome.postings or outcome.batches or outcome.containers or outcome.shipments)


def test_nobody_ships_anothers_goods_to_himself_by_handing_in_a_document(world: World) -> None:
    batch = world.register("farm", "A", 100)
    outcome = told(world, "market", **shipping(world, "farm", "market", batch))
    assert nothing_booked(outcome)
    assert [(problem.code, problem.params()["owner"]) for problem in outcome.problems] == [
        ("not_yours", world.party("farm").uri)
    ]


def test_nobody_takes_anothers_goods_by_claiming_to_have_received_them(world: World) -> None:
    batch = world.register("farm", "A", 100)
    receiving = {**shipping(world, "farm", "market", batch), "bizStep": "receiving"}
    outcome = told(world, "market", **receiving)
    assert nothing_booked(outcome)
    assert outcome.problems[0].code == "not_yours"


def test_nobody_takes_in_a_delivery_meant_for_another(world: World) -> None:
    batch = world.register("farm", "A", 100)
    world.ship("farm", "stall", (batch, 10))
    receiving = {**shipping(world, "farm", "market", batch), "bizStep": "receiving"}
    assert nothing_booked(told(world, "market", **receiving))


def test_nobody_takes_in_anothers_delivery_by_naming_the_receiver_as_the_place(world: World) -> None:
    batch = world.register("farm", "A", 100)
    shipment = world.ship("farm", "stall", (batch, 10))
    there = {"id": world.party("stall").uri}
    receiving = {
        **shipping(world, "farm", "market", batch),
        "bizStep": "receiving",
        "bizLocation": there,
        "readPoint": there,
        "bizTransactionList": [{"type": "desadv", "bizTransaction": shipment}],
    }
    outcome = told(world, "market", **receiving)
    assert nothing_booked(outcome)
    assert outcome.problems[0].code == "not_yours"


def test_claiming_too_much_does_not_tell_what_others_hold(world: World) -> None:
    batch = world.register("farm", "A", 100)
    claim = shipping(world, "market", "stall", batch)
    claim["quantityList"][0]["quantity"] = 100000
    said = [problem.params() for problem in told(world, "market", **claim).problems]
    assert said
    assert not any("100" in params.values() for params in said)


def test_nobody_opens_anothers_case(world: World) -> None:
    batch = world.register("farm", "A", 100)
    world.pack("farm", CASE, (batch, 10))
    outcome = told(world, "market", type="AggregationEvent", action="DELETE", parentID=CASE)
    assert nothing_booked(outcome)
    assert [problem.code for problem in outcome.problems] == ["not_yours"]


def test_what_is_ones_own_or_on_its_way_to_one_is_booked_from_a_document(world: World) -> None:
    batch = world.register("farm", "A", 100)
    sent = told(world, "farm", **shipping(world, "farm", "market", batch))
    assert (sent.problems, len(sent.postings)) == ((), 2)
    shipment = world.ship("farm", "market", (batch, 10))
    receiving = {**shipping(world, "farm", "market", batch), "bizStep": "receiving"}
    got = told(world, "market", **receiving)
    assert (got.problems, got.settles) == ((), shipment)


def test_looking_at_anothers_goods_is_nobodys_trespass(world: World) -> None:
    batch = world.register("farm", "A", 100)
    looking = {**shipping(world, "farm", "market", batch), "bizStep": "inspecting"}
    assert told(world, "market", **looking).problems == ()


def test_an_entered_receipt_names_all_that_was_shipped(world: World) -> None:
    first, second = world.register("farm", "A", 100), world.register("farm", "B", 100)
    shipment = world.ship("farm", "market", (first, 10), (second, 5))
    raw = {
        "type": "ObjectEvent",
        "eventID": "urn:uuid:told",
        "eventTime": "2026-11-21T09:00:00Z",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        **shipping(world, "farm", "market", first),
        "bizStep": "receiving",
        "bizTransactionList": [{"type": "desadv", "bizTransaction": shipment}],
    }
    market = world.party("market").uri
    with pytest.raises(NotSettledInFull) as refused:
        enforce(Event.parse(raw), world.book, market)
    with pytest.raises(UnknownShipment):
        enforce(Event.parse({**raw, "bizTransactionList": []}), world.book, market)
    assert (refused.value.batch, refused.value.settled, refused.value.shipped) == (second, 0, 5)
