"""What anyone who scans may see holds no amount, no price, no paper and no person."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.shared_data import shared
from tests.unit.domain.world import CASE, World, batch_of, kg
from trace.domain import events
from trace.domain.commands import Line, NewBatch, Paper, Receive, Register, Settled, Ship, Transform
from trace.domain.disclosure import public_event
from trace.ledger import canonical


def test_a_delivery_shows_who_and_what_but_not_how_much_nor_the_papers() -> None:
    world = World()
    batch = world.register("farm", "A", 100)
    command = Ship(
        "https://trace.example/d/SECRET",
        world.party("market").uri,
        (Line(batch, kg(77)),),
        (CASE,),
        carrier="张师傅",
        vehicle="闽E12345",
        papers=(Paper("inv", "INV-1"),),
        reason="r-e-a-s-o-n",
        note="单价 6.80",
    )
    shown = public_event(events.ship(command, receiver=world.party("market"), **world.by("farm")))
    text = json.dumps(shown, ensure_ascii=False)
    for secret in ("77", "SECRET", "张师傅", "闽E12345", "INV-1", "r-e-a-s-o-n", "6.80", "KGM"):
        assert secret not in text
    for public in (batch, CASE, world.party("farm").uri, world.party("market").uri, "shipping"):
        assert public in text


def test_a_receipt_does_not_show_what_was_rejected_and_why() -> None:
    world = World()
    batch = world.register("farm", "A", 100)
    shipment = world.ship("farm", "market", (batch, 60))
    line = Settled(batch, "KGM", kg(1).amount, kg(59).amount, reason="压坏")
    shown = public_event(events.receive(Receive(shipment, (line,)), book=world.book, **world.by("market")))
    assert "trace:settlement" not in shown
    assert shown["quantityList"] == [{"epcClass": batch}]


def test_a_batch_shows_its_dates_lot_and_origin() -> None:
    world = World()
    batch = NewBatch(
        batch_of("A"), world.product.uri, kg(5), "A", "L1", date(2026, 11, 20), date(2026, 12, 1), "平和县"
    )
    shown = public_event(
        events.register(Register(batch, note="n"), product=world.product, **world.by("farm"))
    )
    assert shown["ilmd"]["cbvmda:itemExpirationDate"] == "2026-12-01"
    assert shown["ilmd"]["trace:batches"][0] == {
        "batch": batch.uri,
        "product": world.product.uri,
        "code": "A",
        "lot": "L1",
        "produced": "2026-11-20",
        "expires": "2026-12-01",
        "origin": "平和县",
    }
    assert "trace:note" not in shown


def test_a_transformation_shows_what_went_in_and_how_but_not_the_loss() -> None:
    world = World()
    output = NewBatch(batch_of("C"), world.product.uri, kg(5))
    command = Transform((Line(batch_of("A"), kg(6)),), (output,), kg(1), process="分拣")
    shown = public_event(events.transform(command, products=[world.product], **world.by("farm")))
    assert shown["inputQuantityList"] == [{"epcClass": batch_of("A")}]
    assert shown["outputQuantityList"] == [{"epcClass": batch_of("C")}]
    assert (shown["trace:process"], "trace:loss" in shown) == ("分拣", False)


def test_a_correction_shows_that_and_why_without_the_remark() -> None:
    shown = public_event(
        {"errorDeclaration": {"declarationTime": "t", "reason": "incorrect_data", "trace:note": "老张录错"}}
    )
    assert shown == {"errorDeclaration": {"declarationTime": "t", "reason": "incorrect_data"}}


def test_a_foreign_event_loses_what_is_not_known_to_be_public() -> None:
    document = json.loads(shared("chains", "gdst_data_withmasterdata.jsonld").read_bytes())
    for raw in document["epcisBody"]["eventList"]:
        shown = public_event(raw)
        text = json.dumps(shown)
        assert 'quantity"' not in text
        assert "KGM" not in text
        assert "gdst:" not in text.replace("urn:gdst:", "")
        assert shown["eventID"] == raw["eventID"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
FIELDS = st.sampled_from(
    ["type", "epcList", "readPoint", "quantityList", "sourceList", "errorDeclaration", "ilmd", "x:price"]
)


@given(st.dictionaries(FIELDS, JSON))
def test_no_shape_of_input_makes_it_fail_or_let_a_number_through(raw: dict[str, Any]) -> None:
    shown = public_event(raw)
    canonical.encode(shown)

    def leaves(value: Any) -> list[Any]:
        if isinstance(value, dict):
            return [leaf for item in value.values() for leaf in leaves(item)]
        if isinstance(value, list):
            return [leaf for item in value for leaf in leaves(item)]
        return [value]

    assert all(isinstance(leaf, str) for leaf in leaves(shown))
    assert "x:price" not in shown


def test_ilmd_batches_of_another_form_are_left_out() -> None:
    assert public_event({"ilmd": {"trace:batches": "x", "cbvmda:lotNumber": 7}}) == {}
    assert public_event({"ilmd": {"trace:batches": [7], "a:lotNumber": "L"}}) == {
        "ilmd": {"a:lotNumber": "L", "trace:batches": [{}]}
    }
