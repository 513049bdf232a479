"""The events of our own acts are EPCIS events that others can read, and say what was entered."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.domain.world import CASE, World, batch_of, kg, settled
from trace.domain import causes, events
from trace.domain.commands import (
    Correct,
    NewBatch,
    Observe,
    Paper,
    Receive,
    Register,
    Ship,
    TakeOut,
    Transform,
)
from trace.domain.disclosure import public_event
from trace.domain.epcis import Event
from trace.domain.refusals import Invalid, UnknownShipment
from trace.domain.units import UnitNotDefined
from trace.interop.epcis import read_document
from trace.ledger import canonical


@pytest.fixture
def world() -> World:
    return World()


def test_every_event_of_ours_passes_the_checks_for_foreign_documents(world: World) -> None:
    first = world.register("farm", "A", "100.125", produced=date(2026, 11, 20), expires=date(2026, 12, 20))
    world.pack("farm", CASE, (first, 10))
    shipment = world.ship(
        "farm",
        "market",
        (first, 20),
        containers=(CASE,),
        papers=(Paper("inv", "20261121-7"),),
        carrier="顺丰",
        vehicle="闽E示例",
    )
    world.receive("market", shipment, settled(first, 25, 2, 3, reason="压坏"))
    world.unpack("market", CASE)
    world.transform("market", {first: 20}, {"C": 18}, loss=2)
    world.ship("market", "farm", (first, 5), returns=shipment, reason="多送")
    world.observe("market", "inspecting", batch_of("C"))
    look = Observe("inspecting", (batch_of("C"),), finding="压痕", result="bad")
    world.events["look"] = events.observe(
        look,
        party=world.party("market"),
        event_id="urn:uuid:5d4f2f0e-9f0f-4a87-8d5a-2e5b7c2f4a10",
        time=world.now,
    )
    for how in ("sell", "serve", "destroy", "expire"):
        world.take_out("market", how, (batch_of("C"), 1))
    original = list(world.events.values())
    wrong = events.correct(Correct("urn:x", "incorrect_data", "错行"), original=original[0], time=world.now)
    document = {
        "@context": events.CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-21T08:00:00Z",
        "epcisBody": {"eventList": [*original, wrong]},
    }
    read = read_document(canonical.encode(document))
    assert len(read.events) == len(original) + 1


def test_a_registration_says_all_that_was_entered(world: World) -> None:
    batch = NewBatch(
        batch_of("A"),
        world.product.uri,
        kg(3, "CS"),
        code="A",
        lot="L1",
        produced=date(2026, 11, 20),
        expires=date(2026, 12, 20),
        origin="平和县小溪镇",
    )
    command = Register(
        batch, step="harvesting", papers=(Paper("cert", "urn:c:1"), Paper("检疫证", "7/8")), note="x"
    )
    event = events.register(command, product=world.product, **world.by("farm"))
    assert event["quantityList"] == [{"epcClass": batch.uri, "quantity": 30, "uom": "KGM"}]
    assert event["ilmd"] == {
        "cbvmda:lotNumber": "L1",
        "cbvmda:productionDate": "2026-11-20",
        "cbvmda:itemExpirationDate": "2026-12-20",
        "trace:batches": [
            {
                "batch": batch.uri,
                "product": world.product.uri,
                "code": "A",
                "lot": "L1",
                "produced": "2026-11-20",
                "expires": "2026-12-20",
                "origin": "平和县小溪镇",
            }
        ],
    }
    assert event["bizTransactionList"] == [
        {"type": "cert", "bizTransaction": "urn:c:1"},
        {
            "type": "urn:x-trace:paper:%E6%A3%80%E7%96%AB%E8%AF%81",
            "bizTransaction": "urn:x-trace:paper:%E6%A3%80%E7%96%AB%E8%AF%81:7%2F8",
        },
    ]
    assert (event["bizStep"], event["trace:note"], event["bizLocation"]) == (
        "harvesting",
        "x",
        {"id": world.party("farm").location},
    )


def test_a_unit_that_the_product_does_not_have_is_refused_before_anything_is_said(world: World) -> None:
    batch = NewBatch(batch_of("A"), world.product.uri, kg(3, "LTR"))
    with pytest.raises(UnitNotDefined):
        events.register(Register(batch), product=world.product, **world.by("farm"))


def test_outputs_with_different_dates_keep_their_own(world: World) -> None:
    first = NewBatch(batch_of("A"), world.product.uri, kg(1), lot="A", expires=date(2026, 12, 1))
    second = NewBatch(batch_of("B"), world.product.uri, kg(1), lot="B", expires=date(2026, 12, 2))
    event = events.transform(Transform((), (first, second)), products=[world.product], **world.by("farm"))
    assert event["ilmd"].keys() == {"trace:batches"}
    assert [one["expires"] for one in event["ilmd"]["trace:batches"]] == ["2026-12-01", "2026-12-02"]
    assert "trace:loss" not in event


def test_a_delivery_names_both_parties_and_what_it_returns(world: World) -> None:
    command = Ship("urn:d:2", world.party("market").uri, returns="urn:d:1")
    event = events.ship(command, receiver=world.party("market"), **world.by("farm"))
    assert event["disposition"] == "returned"
    assert [one["type"] for one in event["bizTransactionList"]] == ["desadv", "rma"]
    assert event["sourceList"][0] == {"type": "owning_party", "source": world.party("farm").uri}
    assert event["destinationList"][0]["destination"] == world.party("market").uri
    assert "epcList" not in event


def test_a_receipt_in_full_names_what_the_delivery_holds(world: World) -> None:
    batch = world.register("farm", "A", 100)
    world.pack("farm", CASE, (batch, 10))
    shipment = world.ship("farm", "market", (batch, "2.5"), containers=(CASE,))
    event = events.receive(Receive(shipment), book=world.book, **world.by("market"))
    assert event["quantityList"] == [{"epcClass": batch, "quantity": 2.5, "uom": "KGM"}]
    assert event["epcList"] == [CASE]
    assert "trace:settlement" not in event


def test_a_receipt_in_parts_says_each_part_and_why(world: World) -> None:
    batch = world.register("farm", "A", 100)
    shipment = world.ship("farm", "market", (batch, 60))
    line = settled(batch, "5.50", 0, "0.5", unit="CS", reason="压坏")
    event = events.receive(Receive(shipment, (line,)), book=world.book, **world.by("market"))
    assert event["trace:settlement"] == [
        {
            "batch": batch,
            "uom": "CS",
            "accepted": "5.5",
            "short": "0",
            "rejected": "0.5",
            "reason": "压坏",
        }
    ]


def test_a_receipt_of_a_delivery_that_nobody_recorded_is_refused(world: World) -> None:
    with pytest.raises(UnknownShipment):
        events.receive(Receive("urn:d:none"), book=world.book, **world.by("market"))


def test_times_keep_the_offset_of_the_place(world: World) -> None:
    there = datetime(2026, 11, 21, 8, 30, tzinfo=timezone(timedelta(hours=8)))
    event = events.observe(Observe("inspecting", ()), party=world.party("farm"), event_id="x", time=there)
    assert (event["eventTime"], event["eventTimeZoneOffset"]) == ("2026-11-21T08:30:00.000+08:00", "+08:00")
    at_zero = events.observe(
        Observe("inspecting", ()), party=world.party("farm"), event_id="x", time=there.astimezone(UTC)
    )
    assert (at_zero["eventTime"], at_zero["eventTimeZoneOffset"]) == ("2026-11-21T00:30:00.000Z", "+00:00")
    assert Event.parse(event).time == Event.parse(at_zero).time


def test_a_correction_is_the_same_event_with_a_declaration(world: World) -> None:
    original: dict[str, Any] = {
        "type": "ObjectEvent",
        "recordTime": "2026-11-21T09:00:00Z",
        "quantityList": [{"epcClass": "urn:l:1", "quantity": Decimal("2.50")}, {"quantity": Decimal("1E+2")}],
    }
    command = Correct("urn:uuid:1", "did_not_occur", "录错", ("urn:uuid:2",))
    event = events.correct(command, original=original, time=datetime(2026, 11, 22, tzinfo=UTC))
    assert event == {
        "type": "ObjectEvent",
        "eventID": "urn:uuid:1",
        "quantityList": [{"epcClass": "urn:l:1", "quantity": 2.5}, {"quantity": 100}],
        "errorDeclaration": {
            "declarationTime": "2026-11-22T00:00:00.000Z",
            "reason": "did_not_occur",
            "correctiveEventIDs": ["urn:uuid:2"],
            "trace:note": "录错",
        },
    }
    canonical.encode(event)


def test_an_amount_that_json_numbers_cannot_carry_is_refused(world: World) -> None:
    with pytest.raises(Invalid):
        events._number(Decimal("1234567890123.4567891"))
    command = TakeOut("sell", ())
    assert "quantityList" not in events.take_out(command, **world.by("farm"))


def test_a_look_says_its_result_as_a_code_beside_its_words(world: World) -> None:
    """Everybody may see both; a result that there is not is refused, and a foreign one is nobody's here."""

    def look(result: str | None) -> dict[str, Any]:
        command = Observe("inspecting", (batch_of("C"),), finding="压痕", result=result)
        return events.observe(command, party=world.party("farm"), event_id="x", time=world.now)

    shown = public_event(look("bad"))
    assert (shown["trace:result"], shown["trace:finding"]) == ("bad", "压痕")
    assert "trace:result" not in look(None)
    with pytest.raises(Invalid) as refused:
        look("so-so")
    assert refused.value.field == "result"
    assert [causes.result(one) for one in ("bad", "so-so", 7, None)] == ["bad", None, None, None]
