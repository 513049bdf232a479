"""A request that is sent twice is done once."""

from __future__ import annotations

import pytest

from tests.api.world import World

KEY = {"Idempotency-Key": "delivery 7"}


def test_a_repeated_request_gets_its_first_answer_and_is_not_recorded_again(any_world: World) -> None:
    world = any_world
    batch = world.batch("100")
    lines = [{"batch": batch["code"], "quantity": "30", "unit": "KGM"}]
    body = {"to": world.ids["canteen"], "lines": lines}
    first = world.post("movements/ship", "farm", body, headers=KEY)
    size = world.size()
    again = world.post("movements/ship", "farm", body, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.get_json() == first.get_json()
    assert again.headers["Location"] == first.headers["Location"]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert world.size() == size
    assert world.held("farm") == {batch["code"]: "70"}


def test_the_same_key_for_another_request_is_refused_and_leaves_no_trace(world: World) -> None:
    world.done("products", "farm", {"name": "rice", "unit": "KGM"}, headers=KEY)
    size = world.size()
    body = world.post("products", "farm", {"name": "tea", "unit": "KGM"}, headers=KEY)
    assert (body.status_code, body.get_json()["code"]) == (409, "idempotency_conflict")
    path = world.post("batches/X/hold", "farm", {"name": "rice", "unit": "KGM"}, headers=KEY)
    assert path.status_code == 400
    assert world.size() == size


def test_two_parties_may_use_the_same_key(world: World) -> None:
    body = {"name": "rice", "unit": "KGM"}
    one = world.done("products", "farm", body, headers=KEY)
    other = world.done("products", "plant", body, headers=KEY)
    assert one["id"] != other["id"]


def test_a_refused_request_does_not_use_its_key_up(world: World) -> None:
    batch = world.batch("10")
    lines = [{"batch": batch["code"], "quantity": "30", "unit": "KGM"}]
    body = {"to": world.ids["canteen"], "lines": lines}
    assert world.post("movements/ship", "farm", body, headers=KEY).status_code == 409
    assert world.post("movements/ship", "farm", body, headers=KEY).get_json()["code"] == "not_enough"


@pytest.mark.parametrize("key", ["", " ", "a" * 129, "schlüssel", " a", "a\tb"])
def test_a_key_is_printable_ascii(shared_world: World, key: str) -> None:
    response = shared_world.post(
        "products", "farm", {"name": "rice", "unit": "KGM"}, headers={"Idempotency-Key": key}
    )
    assert response.status_code == 400
    error = response.get_json()["errors"][0]
    assert (error["in"], error["code"]) == ("header", "header_invalid")


def test_a_document_sent_twice_is_captured_once(world: World) -> None:
    document = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-01-01T00:00:00Z",
        "epcisBody": {
            "eventList": [
                {
                    "type": "ObjectEvent",
                    "action": "ADD",
                    "eventTime": "2026-01-01T00:00:00Z",
                    "eventTimeZoneOffset": "+08:00",
                    "bizStep": "commissioning",
                    "quantityList": [
                        {"epcClass": "urn:epc:class:lgtin:4012345.012345.A1", "quantity": 5, "uom": "KGM"}
                    ],
                }
            ]
        },
    }
    first = world.done("documents", "plant", document)
    again = world.post("documents", "plant", document)
    assert again.get_json() == first
    assert first["batches"] == ["https://id.gs1.org/01/04012345123456/10/A1"]
