"""Batches: what anyone sees of them, their labels, stops, proofs, and lists."""

from __future__ import annotations

import io
import re
from typing import Any
from urllib.parse import quote

import pytest
import zxingcpp
from PIL import Image

from tests.api.world import V1, World
from trace.ledger.verify import verify_bundle
from trace.services import scan

GTIN = "4012345678901"


def read_code(png: bytes) -> str:
    """What an independent decoder reads."""
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("L"))
    text: str = found.text
    return text


def test_a_batch_is_found_by_every_name_it_has(world: World) -> None:
    product = world.product(gtin=GTIN)
    batch = world.batch("100", product=product, lot="A/1")
    assert batch["uri"] == "https://id.gs1.org/01/04012345678901/10/A%2F1"
    assert batch["page"] == "https://trace.example/01/04012345678901/10/A%2F1"
    names = [
        batch["code"],
        batch["code"].lower(),
        quote(batch["uri"], safe=""),
        quote(f"urn:epc:class:lgtin:4012345.067890.{quote('A/1', safe='')}", safe=""),
        quote("http://other.example/01/4012345678901/10/A%2F1", safe=""),
    ]
    for name in names:
        answer = world.get(f"batches/{name}")
        assert (answer.status_code, answer.get_json().get("uri")) == (200, batch["uri"]), name
        assert world.get(f"batches/{name}/chain").status_code == 200


def test_anyone_sees_what_a_batch_is_and_nobody_its_amounts(world: World) -> None:
    batch = world.batch("123", origin="福建省福州市", note="SECRETNOTE")
    world.deliver(batch["code"], "77", "canteen")
    for path in (f"batches/{batch['code']}", f"batches/{batch['code']}/chain"):
        seen = world.get(path).text
        assert "pak choi" in seen
        assert not re.search(r'"(123|77|46)"', seen)
        assert "SECRETNOTE" not in seen


def test_a_certificate_is_registered_with_its_batch_and_everybody_sees_its_grounds(world: World) -> None:
    """承诺达标合格证: each ground once, of the day that is stated, else of the day of registration."""
    basis = ["own_test", "quality_control", "own_test"]
    stated = world.batch("10", commitment={"basis": basis, "issued": "2026-11-01"})
    today = world.batch("10", commitment={"basis": ["own_word"]})
    told = [
        found.events[found.view.info.index]["ilmd"]["trace:batches"][0]
        for found in (scan.batch(world.ctx, batch["uri"]) for batch in (stated, today))
        if found is not None
    ]
    assert [(one["commitment"], one["committed"]) for one in told] == [
        ("own_test quality_control", "2026-11-01"),
        ("own_word", world.ctx.local(world.ctx.clock()).date().isoformat()),
    ]


@pytest.mark.parametrize(
    ("commitment", "status", "code"),
    [
        ({"basis": []}, 400, "wrong_shape"),
        ({"basis": ["my_eyes"]}, 400, "wrong_shape"),
        ({"issued": "2026-11-01"}, 400, "wrong_shape"),
        ({"basis": ["own_test"], "issued": "2999-01-01"}, 422, "future_time"),
    ],
)
def test_a_certificate_without_grounds_or_of_a_day_to_come_is_refused(
    world: World, commitment: dict[str, Any], status: int, code: str
) -> None:
    """And no batch is registered without it."""
    product, before = world.product(), world.size()
    body = {"product": product, "quantity": "1", "unit": "KGM", "commitment": commitment}
    answer = world.post("batches", "farm", body)
    assert (answer.status_code, answer.get_json()["code"]) == (status, code), answer.text
    assert world.size() == before


def test_amounts_are_shown_to_the_parties_of_a_step_and_to_inspectors(world: World) -> None:
    batch = world.batch("123")
    world.deliver(batch["code"], "77", "canteen")

    def amounts(who: str | None) -> list[bool]:
        chain = world.get(f"batches/{batch['code']}/chain", who).get_json()
        return [bool(step["postings"]) for step in chain["steps"]]

    assert amounts(None) == [False, False, False]
    assert amounts("shop") == [False, False, False]
    assert amounts("canteen") == [False, True, True]
    assert amounts("farm") == [True, True, True]
    assert amounts("inspector") == [True, True, True]


def test_an_event_is_whole_for_those_it_concerns_and_public_for_all(world: World) -> None:
    batch = world.batch("123", note="own words")
    step = world.get(f"batches/{batch['code']}/chain").get_json()["steps"][0]
    path = f"events/{quote(step['event_id'], safe='')}"
    whole, public = world.get(path, "farm").get_json(), world.get(path).get_json()
    assert (whole["whole"], public["whole"]) == (True, False)
    assert whole["event"]["quantityList"][0]["quantity"] == 123
    assert whole["event"]["trace:note"] == "own words"
    assert "123" not in str(public["event"])
    assert "trace:note" not in public["event"]
    assert public["event"]["bizStep"] == "commissioning"


def test_the_label_of_a_batch_without_gtin_is_a_short_link_in_capitals(world: World) -> None:
    batch = world.batch("100")
    png = world.get(f"batches/{batch['code']}/qr.png")
    assert png.mimetype == "image/png"
    assert read_code(png.data) == f"HTTPS://TRACE.EXAMPLE/T/{batch['code']}"


def test_the_label_of_a_batch_with_gtin_is_its_digital_link_on_our_address(world: World) -> None:
    batch = world.batch("100", product=world.product(gtin=GTIN), lot="A1")
    text = "https://trace.example/01/04012345678901/10/A1"
    assert read_code(world.get(f"batches/{quote(batch['uri'], safe='')}/qr.png").data) == text
    svg = world.get(f"batches/{batch['code']}/qr.svg")
    assert svg.mimetype == "image/svg+xml"
    assert svg.text.startswith("<svg")


def test_a_hold_stops_a_batch_and_its_release_lets_it_go(world: World) -> None:
    batch = world.batch("100")
    path = f"batches/{batch['code']}"
    forbidden = world.post(f"{path}/hold", "farm", {"reason": "x"})
    assert (forbidden.status_code, forbidden.get_json()["code"]) == (403, "role_forbids")
    held = world.done(f"{path}/hold", "inspector", {"reason": "residue"})
    state = world.get(path).get_json()
    (stop,) = state["stops"]
    assert (state["stopped"], stop["reason"], stop["hold"]) == (True, "residue", held["hold"])
    assert stop["by"]["name"] == "inspector"
    other = world.post(f"{path}/release", "inspector", {"hold": "NOSUCH", "reason": "x"})
    assert (other.status_code, other.get_json()["code"]) == (409, "not_held")
    world.done(f"{path}/release", "inspector", {"hold": held["hold"], "reason": "second test clean"})
    state = world.get(path).get_json()
    assert (state["stopped"], state["stops"][0]["in_force"]) == (False, False)
    assert state["stops"][0]["released_reason"] == "second test clean"


def test_the_bundle_of_a_batch_is_judged_true_without_the_service(any_world: World) -> None:
    world = any_world
    batch = world.batch("100")
    world.deliver(batch["code"], "60", "canteen")
    response = world.get(f"batches/{batch['code']}/bundle")
    assert response.mimetype == "application/json"
    assert response.headers["Content-Disposition"] == (
        f'attachment; filename="trace-{batch["code"]}.bundle.json"'
    )
    vkey = world.get("/log/key").text.strip()
    report = verify_bundle(response.data, vkey=vkey)
    assert report.ok, report
    assert not verify_bundle(response.data.replace(b"shipping", b"shopping"), vkey=vkey).ok


def test_a_bundle_is_named_safely_whatever_the_batch_is_called(world: World) -> None:
    batch = world.batch("100", product=world.product(gtin=GTIN), lot='"%/')
    name = world.get(f"batches/{quote(batch['uri'], safe='')}/bundle").headers["Content-Disposition"]
    assert re.fullmatch('attachment; filename="trace-[A-Za-z0-9_-]+\\.bundle\\.json"', name)


def test_only_who_sees_all_takes_the_full_bundle(world: World) -> None:
    batch = world.batch("123")
    path = f"batches/{batch['code']}/bundle?full=true"
    assert world.get(path, "inspector").data.count(b"123") > world.get(path[:-10]).data.count(b"123")
    for who in (None, "farm"):
        refused = world.get(path, who)
        assert (refused.status_code, refused.get_json()["code"]) == (403, "role_forbids")
    assert world.get(f"batches/{batch['code']}/bundle?full=yes").status_code == 400


def test_a_bundle_for_a_label_holds_what_lets_the_label_stand_for_the_goods(world: World) -> None:
    """Two records more than the batch's own, without how many labels there are; one of a made-up label is none."""
    batch = world.batch("100")
    roll = world.done("rolls", "farm", {"count": 7})
    world.done("rolls/bind", "farm", {"first": roll["first"], "last": roll["last"], "batch": batch["code"]})
    path = f"batches/{batch['code']}/bundle"
    plain, labelled = (world.get(one).data for one in (path, f"{path}?label={roll['first'].lower()}"))
    assert b"serials." not in plain
    assert [labelled.count(kind) for kind in (b"serials.rolled/1", b"serials.bound/1")] == [1, 1]
    assert b'\\"from\\"' not in labelled
    assert verify_bundle(labelled, vkey=world.get("/log/key").text.strip()).ok
    refused = world.get(f"{path}?label={roll['first'][:-1]}*")
    assert (refused.status_code, refused.get_json()["code"]) == (422, "serial_misspelt")


def test_a_receipt_shows_each_reader_what_he_may_see(world: World) -> None:
    batch = world.batch("123")
    index = world.get(f"batches/{batch['code']}").get_json()["index"]
    path = f"entries/{index}/receipt"
    assert set(world.get(path).get_json()["bodies"]) == {"public"}
    assert set(world.get(path, "shop").get_json()["bodies"]) == {"public"}
    assert set(world.get(path, "farm").get_json()["bodies"]) == {"public", "full", "hash"}


def test_everybody_may_trace_and_nobody_sees_an_amount_that_is_not_his_business(world: World) -> None:
    batch = world.batch("100")
    world.deliver(batch["code"], "60", "canteen")
    world.deliver(batch["code"], "30", "shop")

    def seen(who: str) -> tuple[str | None, dict[str, str | None]]:
        trace = world.get(f"batches/{batch['code']}/trace?direction=forward", who).get_json()
        moved = {move["receiver"]["name"]: move["quantity"] for move in trace["movements"]}
        return trace["nodes"][0]["made"], moved

    assert seen("inspector") == seen("farm") == ("100", {"canteen": "60", "shop": "30"})
    assert seen("canteen") == (None, {"canteen": "60", "shop": None})


def test_where_a_batch_lies_is_told_whole_to_its_maker_and_to_others_as_far_as_they_hold_it(
    world: World,
) -> None:
    batch = world.batch("100")
    world.deliver(batch["code"], "60", "canteen")

    def seen(who: str) -> set[tuple[str, str]]:
        items = world.get(f"batches/{batch['code']}/holders", who).get_json()["items"]
        return {(item["where"]["name"], item["quantity"]) for item in items}

    assert seen("farm") == seen("inspector") == {("farm", "40"), ("canteen", "60")}
    assert seen("canteen") == {("canteen", "60")}
    assert seen("shop") == set()


def test_packing_shows_in_a_trace(world: World) -> None:
    batch = world.batch("100")
    lines = [{"batch": batch["code"], "quantity": "30", "unit": "KGM"}]
    world.done("movements/pack", "farm", {"container": "106141412345678908", "lines": lines})
    (packing,) = world.get(f"batches/{batch['code']}/trace", "farm").get_json()["packings"]
    assert packing["quantity"] == "30"


# -- lists -----------------------------------------------------------------------------------------------------


def walk(world: World, path: str, who: str) -> list[Any]:
    """All items, page by page, by the Link header alone."""
    found: list[Any] = []
    address: str | None = f"{V1}/{path}"
    while address:
        response = world.get(address, who)
        assert response.status_code == 200, response.text
        page = response.get_json()
        found += page["items"]
        link = re.fullmatch('<([^>]+)>; rel="next"', response.headers.get("Link", ""))
        assert bool(link) == (page["next"] is not None)
        address = link[1] if link else None
    return found


def test_lists_are_walked_page_by_page_without_gap_or_repetition(any_world: World) -> None:
    world = any_world
    product = world.product()
    codes = [world.batch("1", product=product)["code"] for _ in range(7)]
    assert [item["code"] for item in walk(world, "batches?limit=3", "shop")] == codes[::-1]
    assert {item["name"] for item in walk(world, "parties?limit=2", "shop")} >= set(world.ids)
    assert len(walk(world, "holdings?limit=2", "farm")) == 7
    assert len(walk(world, "products?limit=1", "shop")) == 1


def test_batches_are_found_by_maker_product_and_lot(world: World) -> None:
    rice, tea = world.product(name="rice"), world.product("plant", name="tea")
    one = world.batch("1", product=rice, lot="L1")
    two = world.batch("1", who="plant", product=tea, lot="L2")

    def codes(query: str) -> list[str]:
        return [item["code"] for item in world.get(f"batches?{query}", "shop").get_json()["items"]]

    assert codes(f"maker={world.ids['farm']}") == [one["code"]]
    assert codes(f"product={tea}") == [two["code"]]
    assert codes("lot=L1") == [one["code"]]
    assert codes("lot=L3") == []
    assert world.get("batches?maker=nobody", "shop").get_json()["code"] == "unknown_party"
    assert world.get("batches?product=nothing", "shop").get_json()["code"] == "unknown_product"


def test_a_product_tells_its_units_and_a_party_its_numbers(world: World) -> None:
    product = world.product(gtin=GTIN, shelf_days=5)
    for name in (product, GTIN, quote("https://id.gs1.org/01/04012345678901", safe="")):
        found = world.get(f"products/{name}", "shop").get_json()
        assert (found["units"], found["unit"], found["shelf_days"]) == ({"XCS": "10"}, "KGM", 5)
    assert world.get("products/nothing", "shop").get_json()["code"] == "unknown_product"
    (listed,) = world.get(f"products?owner={world.ids['farm']}", "shop").get_json()["items"]
    assert listed["gtin"] == "04012345678901"
    world.party("stall 7", "stall", gln="6901234567892", region="350102", phone="SECRETPHONE")
    found = world.get("parties/6901234567892", "shop")
    assert (found.get_json()["name"], found.get_json()["registered"]) == ("stall 7", True)
    assert "SECRETPHONE" not in found.text
    (listed,) = world.get("parties?role=stall", "shop").get_json()["items"]
    assert listed["gln"] == "6901234567892"


@pytest.mark.parametrize("path", ["holdings", "shipments"])
def test_what_others_hold_and_send_is_for_inspectors(world: World, path: str) -> None:
    world.deliver(world.batch("100")["code"], "60", "canteen")
    asked = f"{path}?party={world.ids['canteen']}"
    refused = world.get(asked, "shop")
    assert (refused.status_code, refused.get_json()["code"]) == (403, "not_yours")
    assert len(world.get(asked, "inspector").get_json()["items"]) == 1
    assert len(world.get(asked, "canteen").get_json()["items"]) == 1
    assert world.get(f"{path}?party=nobody", "inspector").get_json()["code"] == "unknown_party"


def test_a_captured_document_tells_its_flags_in_the_readers_language(world: World) -> None:
    event = {
        "type": "ObjectEvent",
        "eventID": "urn:uuid:0b5b4d9c-3d09-4c44-8f0f-6d3c4e1f0a11",
        "action": "OBSERVE",
        "eventTime": "2026-01-01T00:00:00Z",
        "eventTimeZoneOffset": "+08:00",
        "bizStep": "retail_selling",
        "bizLocation": {"id": world.uris["shop"] + "/place"},
        "quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.A1", "quantity": 5, "uom": "KGM"}],
    }
    document = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-01-01T00:00:00Z",
        "epcisBody": {"eventList": [event]},
    }
    made = world.done("documents", "shop", document, headers={"Content-Type": "application/ld+json"})
    (seen,) = made["flags"]
    assert seen["code"] == "origin_unknown"
    path = f"events/{quote(event['eventID'], safe='')}"
    english, chinese = (
        world.get(path, headers={"Accept-Language": language}).get_json()["flags"][0]["message"]
        for language in ("en", "zh")
    )
    assert english
    assert english != chinese
    assert world.flaw() is None
