"""What businesses do with goods, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from api.batches import STEPS
from api.transformations import OBSERVED
from tests.api.world import World

SSCC = "106141412345678908"
OUTER = "006141411234567890"


def line(batch: str, quantity: str, unit: str = "KGM") -> dict[str, str]:
    return {"batch": batch, "quantity": quantity, "unit": unit}


def test_a_batch_goes_from_farm_to_plate_and_every_step_is_in_its_chain(any_world: World) -> None:
    world = any_world
    batch = world.batch("100")
    world.deliver(batch["code"], "60", "canteen")
    world.done(
        "movements/serve",
        "canteen",
        {"lines": [line(batch["uri"], "60", "公斤")], "note": "lunch"},
    )
    chain = world.get(f"batches/{batch['code']}/chain").get_json()
    assert [step["biz_step"] for step in chain["steps"]] == [
        "commissioning",
        "shipping",
        "receiving",
        "dispensing",
    ]
    assert world.held("farm") == {batch["code"]: "40"}
    assert world.held("canteen") == {}
    assert world.flaw() is None


def test_what_was_recorded_is_told_with_its_place_in_the_ledger_and_its_proof(world: World) -> None:
    product = world.product()
    size = world.size()
    response = world.post(
        "batches",
        "farm",
        {"product": product, "quantity": "100", "unit": "KGM", "time": "2026-01-05T08:30:00+08:00"},
    )
    answer = response.get_json()
    assert (response.status_code, answer["index"]) == (201, size)
    assert response.headers["Location"].startswith("/api/v1/batches/https%3A%2F%2Ftrace.example%2Ft%2F")
    assert world.get(response.headers["Location"]).get_json()["uri"] == answer["batches"][0]["uri"]
    assert world.get(answer["receipt"]).get_json()["entry"].startswith(f'{{"index":{size},')
    event = world.get(f"events/{answer['event_id']}", "farm").get_json()
    assert event["event"]["eventTime"] == "2026-01-05T08:30:00.000+08:00"


def test_a_case_of_ten_kilograms_is_ten_kilograms(world: World) -> None:
    batch = world.batch("5", unit="箱")
    assert world.held("farm") == {batch["code"]: "50"}
    lines = [line(batch["code"], "1.5", "CS")]
    world.done("movements/ship", "farm", {"to": world.ids["canteen"], "lines": lines})
    assert world.held("farm") == {batch["code"]: "35"}


def test_a_delivery_is_split_among_several_or_not_at_all(world: World) -> None:
    batch = world.batch("100")
    one = {"to": world.ids["canteen"], "lines": [line(batch["code"], "60")]}
    two = {"to": world.ids["shop"], "lines": [line(batch["code"], "50")], "vehicle": "闽A12345"}
    size = world.size()
    assert world.post("movements/split", "farm", {"deliveries": [one, two]}).status_code == 409
    assert (world.size(), world.held("farm")) == (size, {batch["code"]: "100"})
    two["lines"] = [line(batch["code"], "40")]
    made = world.done("movements/split", "farm", {"deliveries": [one, two]})
    assert [shipment["to"] for shipment in made["shipments"]] == [world.uris["canteen"], world.uris["shop"]]
    assert made["shipment"] == made["shipments"][1]["shipment"]
    assert world.held("farm") == {}


def test_a_delivery_is_settled_in_parts_and_the_rejected_part_goes_back(world: World) -> None:
    batch = world.batch("100")
    shipment = world.ship(batch["code"], "60", "canteen")
    settled = {
        "batch": batch["code"],
        "unit": "kg",
        "accepted": "40",
        "short": "5",
        "rejected": "15",
        "reason": "12 °C on arrival",
    }
    papers = [{"type": "recadv", "number": "R-1"}]
    world.done("movements/receive", "canteen", {"shipment": shipment, "lines": [settled], "papers": papers})
    assert world.held("farm") == {batch["code"]: "55"}
    assert world.held("canteen") == {batch["code"]: "40"}
    (delivery,) = world.get("shipments?direction=in", "canteen").get_json()["items"]
    (row,) = delivery["lines"]
    assert (delivery["state"], row["shipped"], row["accepted"], row["short"], row["rejected"]) == (
        "settled", "60", "40", "5", "15",
    )  # fmt: skip


def test_parts_that_do_not_add_up_are_refused_with_both_sums(world: World) -> None:
    batch = world.batch("100")
    shipment = world.ship(batch["code"], "60", "canteen")
    lines = [{"batch": batch["code"], "unit": "KGM", "accepted": "40", "short": "0"}]
    answer = world.post("movements/receive", "canteen", {"shipment": shipment, "lines": lines})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "not_settled_in_full")
    assert (answer.get_json()["settled"], answer.get_json()["shipped"]) == ("40", "60")


def test_only_the_receiver_settles_a_delivery_and_only_once(world: World) -> None:
    batch = world.batch("100")
    shipment = world.ship(batch["code"], "60", "canteen")
    other = world.post("movements/receive", "shop", {"shipment": shipment})
    assert (other.status_code, other.get_json()["code"]) == (403, "not_the_receiver")
    world.done("movements/receive", "canteen", {"shipment": shipment})
    twice = world.post("movements/receive", "canteen", {"shipment": shipment})
    assert (twice.status_code, twice.get_json()["code"]) == (409, "already_settled")


def test_goods_go_back_to_whoever_sent_them(world: World) -> None:
    batch = world.batch("100")
    shipment = world.deliver(batch["code"], "60", "canteen")
    body = {"shipment": shipment, "lines": [line(batch["code"], "10")], "reason": "mouldy"}
    back = world.done("movements/return", "canteen", body)
    assert back["shipments"][0]["to"] == world.uris["farm"]
    world.done("movements/receive", "farm", {"shipment": back["shipment"]})
    assert world.held("farm") == {batch["code"]: "50"}
    (out,) = world.get("shipments?direction=out", "canteen").get_json()["items"]
    assert out["returns"] == shipment


def test_a_delivery_of_others_is_not_known_to_a_stranger(world: World) -> None:
    shipment = world.deliver(world.batch("100")["code"], "60", "canteen")
    body = {"shipment": shipment, "reason": "mine?"}
    answer = world.post("movements/return", "shop", body)
    assert (answer.status_code, answer.get_json()["code"]) == (404, "unknown_shipment")


def test_packed_goods_travel_in_their_boxes_and_come_out_again(world: World) -> None:
    batch = world.batch("100")
    world.done("movements/pack", "farm", {"container": SSCC, "lines": [line(batch["code"], "30")]})
    pallet = f"https://id.gs1.org/00/{OUTER}"
    packed = world.post("movements/pack", "farm", {"container": pallet, "containers": [SSCC]})
    if packed.get_json().get("code") == "sscc_check_digit":
        pytest.fail(packed.text)
    assert packed.status_code == 201
    body = {"to": world.ids["canteen"], "containers": [OUTER]}
    shipment = world.done("movements/ship", "farm", body)["shipment"]
    world.done("movements/receive", "canteen", {"shipment": shipment})
    (holding,) = world.get("holdings", "canteen").get_json()["items"]
    assert holding["packed"] == {f"https://id.gs1.org/00/{SSCC}": "30"}
    world.done("movements/unpack", "canteen", {"container": OUTER})
    world.done("movements/unpack", "canteen", {"container": SSCC})
    (holding,) = world.get("holdings", "canteen").get_json()["items"]
    assert (holding["quantity"], holding["packed"]) == ("30", {})
    assert world.flaw() is None


@pytest.mark.parametrize(
    ("act", "who", "step"),
    [
        ("sell", "shop", "retail_selling"),
        ("serve", "canteen", "dispensing"),
        ("destroy", "shop", "destroying"),
    ],
)
def test_goods_leave_the_chain_by_name(world: World, act: str, who: str, step: str) -> None:
    batch = world.batch("100")
    world.deliver(batch["code"], "60", who)
    body = {"lines": [line(batch["code"], "60")], "reason": "x"}
    world.done(f"movements/{act}", who, body)
    assert world.held(who) == {}
    chain = world.get(f"batches/{batch['code']}/chain").get_json()
    assert chain["steps"][-1]["biz_step"] == step


def test_what_is_past_its_day_is_taken_out_and_no_longer_sold(world: World) -> None:
    batch = world.batch(
        "10", who="shop", produced="2026-01-01", expires="2026-01-02", time="2026-01-01T00:00:00Z"
    )
    body = {"lines": [line(batch["code"], "10")]}
    sold = world.post("movements/sell", "shop", body)
    assert (sold.status_code, sold.get_json()["code"]) == (409, "batch_expired")
    world.done("movements/expire", "shop", body)
    assert world.held("shop") == {}


def test_a_role_enters_the_acts_of_its_trade_alone(world: World) -> None:
    batch = world.batch("100")
    world.deliver(batch["code"], "60", "canteen")
    answer = world.post("movements/sell", "canteen", {"lines": [line(batch["code"], "1")]})
    assert (answer.status_code, answer.get_json()["code"]) == (403, "role_forbids")
    assert answer.get_json()["act"] == "sell"


def test_inputs_become_outputs_and_loss(world: World) -> None:
    batch = world.batch("100")
    world.deliver(batch["code"], "60", "plant")
    fillet = world.product("plant", name="fillet")
    body: dict[str, Any] = {
        "inputs": [line(batch["code"], "60")],
        "outputs": [{"product": fillet, "quantity": "45", "unit": "KGM", "lot": "F-1"}],
        "loss": {"quantity": "10", "unit": "KGM"},
        "process": "fillet",
    }
    open_ = world.post("transformations", "plant", body)
    assert (open_.status_code, open_.get_json()["code"]) == (422, "balance_open")
    body["loss"]["quantity"] = "15"
    made = world.done("transformations", "plant", body)["batches"][0]
    assert world.held("plant") == {made["code"]: "45"}
    trace = world.get(f"batches/{made['code']}/trace?direction=back", "plant").get_json()
    assert {node["batch"]["code"] for node in trace["nodes"]} == {batch["code"], made["code"]}
    assert [(edge["used"], edge["made"]) for edge in trace["edges"]] == [("60", "45")]
    forward = world.get(f"batches/{batch['code']}/trace?direction=forward", "inspector").get_json()
    assert forward["direction"] == "forward"
    assert {node["batch"]["uri"] for node in forward["nodes"]} == {batch["uri"], made["uri"]}
    assert world.flaw() is None


def test_a_record_declared_wrong_is_undone_and_still_there(world: World) -> None:
    batch = world.batch("100")
    shipment = world.ship(batch["code"], "60", "canteen")
    (delivery,) = world.get("shipments", "farm").get_json()["items"]
    body = {"event_id": delivery["event_id"], "reason": "did_not_occur", "note": "typed twice"}
    not_mine = world.post("corrections", "canteen", body)
    assert (not_mine.status_code, not_mine.get_json()["code"]) == (403, "not_yours")
    made = world.post("corrections", "farm", body)
    assert made.status_code == 201
    assert world.held("farm") == {batch["code"]: "100"}
    steps = world.get(f"batches/{batch['code']}/chain").get_json()["steps"]
    wrong = next(step for step in steps if step["index"] == delivery["index"])
    assert wrong["corrected_by"] == made.get_json()["index"]
    assert world.get(made.headers["Location"]).get_json()["corrected_by"] == made.get_json()["index"]
    twice = world.post("corrections", "farm", body)
    assert (twice.status_code, twice.get_json()["code"]) == (409, "already_corrected")
    (delivery,) = world.get("shipments?state=void", "farm").get_json()["items"]
    assert delivery["shipment"] == shipment
    assert world.flaw() is None


@pytest.mark.parametrize("step", OBSERVED)
def test_looking_at_a_batch_moves_nothing(world: World, step: str) -> None:
    batch = world.batch("100")
    body = {"step": step, "batches": [batch["code"]], "papers": [{"type": "testres", "number": "T-1"}]}
    world.done("observations", "inspector", body)
    assert world.held("farm") == {batch["code"]: "100"}
    assert world.get(f"batches/{batch['code']}/chain").get_json()["steps"][-1]["biz_step"] == step


def test_what_a_laboratory_found_is_for_everybody_to_read(world: World) -> None:
    batch = world.batch("100")
    body = {"batches": [batch["code"]], "finding": "9 项合格", "note": "for the file"}
    done = world.done("observations", "inspector", body)
    seen = world.get(f"events/{done['event_id']}").get_json()["event"]
    assert seen["trace:finding"] == "9 项合格"
    assert "for the file" not in str(seen)
    flood = world.post("observations", "inspector", {**body, "finding": "x" * 501})
    assert (flood.status_code, flood.get_json()["code"]) == (400, "wrong_shape")


@pytest.mark.parametrize("step", STEPS)
def test_a_batch_comes_into_being_in_any_of_the_offered_ways(world: World, step: str) -> None:
    batch = world.batch("100", step=step)
    assert world.held("farm") == {batch["code"]: "100"}
    state = world.get(f"batches/{batch['code']}").get_json()
    assert (state["flags"], state["steps"]) == (0, 1)
    assert world.flaw() is None
