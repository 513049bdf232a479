"""Wrong input gets a clear problem and leaves no trace in the ledger."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest

from tests.api.world import World
from trace.domain.refusals import Refusal

GOOD = {"name": "rice", "unit": "KGM"}
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds")


def shipping(world: World, **changed: Any) -> dict[str, Any]:
    """A good request to ship ten kilograms, with one thing changed."""
    line = {"batch": world.code, "quantity": "10", "unit": "KGM"}  # type: ignore[attr-defined]
    body: dict[str, Any] = {"to": world.ids["canteen"], "lines": [line]}
    for name, value in changed.items():
        if name in line:
            line[name] = value
        else:
            body[name] = value
    return body


@pytest.fixture(scope="module")
def stocked(shared_world: World) -> World:
    """A farm that holds one batch of 100 kg. Since refusals leave nothing behind, all tests share it."""
    shared_world.code = shared_world.batch("100")["code"]  # type: ignore[attr-defined]
    return shared_world


SHIPMENTS = {
    "an unknown batch": ({"batch": "N0SUCHC0DE1"}, 404, "unknown_batch"),
    "an unknown receiver": ({"to": "nobody"}, 404, "unknown_party"),
    "more than is held": ({"quantity": "100.000001"}, 409, "not_enough"),
    "an unknown unit": ({"unit": "STONE"}, 422, "unknown_unit"),
    "a unit the product does not define": ({"unit": "LTR"}, 422, "unit_not_defined"),
    "斤, which two people read as two amounts": ({"unit": "斤"}, 422, "unclear_unit"),
    "a future time": ({"time": TOMORROW}, 422, "future_time"),
    "a wrong SSCC": ({"containers": ["106141412345678900"]}, 422, "sscc_check_digit"),
    "an SSCC that nobody packed": ({"containers": ["106141412345678908"]}, 404, "unknown_container"),
}


@pytest.mark.parametrize(("changed", "status", "code"), SHIPMENTS.values(), ids=SHIPMENTS.keys())
def test_a_shipment_that_breaks_a_rule_leaves_no_trace(
    stocked: World, changed: dict[str, Any], status: int, code: str
) -> None:
    size = stocked.size()
    response = stocked.post("movements/ship", "farm", shipping(stocked, **changed))
    assert (response.status_code, response.get_json()["code"]) == (status, code), response.text
    assert stocked.size() == size
    assert stocked.flaw() is None


FIELDS = {
    "a negative amount": ({"quantity": "-5"}, "/lines/0/quantity", "amount_not_positive"),
    "nothing": ({"quantity": "0"}, "/lines/0/quantity", "amount_not_positive"),
    "a JSON number, which loses digits": ({"quantity": 10}, "/lines/0/quantity", "field_amount_text"),
    "NaN as text": ({"quantity": "NaN"}, "/lines/0/quantity", "amount_malformed"),
    "an exponent": ({"quantity": "1e3"}, "/lines/0/quantity", "amount_malformed"),
    "digits of another script": ({"quantity": "١٠"}, "/lines/0/quantity", "amount_malformed"),
    "a line break behind the digits": ({"quantity": "10\n"}, "/lines/0/quantity", "amount_malformed"),
    "too many decimals": ({"quantity": "0.1234567"}, "/lines/0/quantity", "amount_too_fine"),
    "a thousand digits": ({"quantity": "9" * 1000}, "/lines/0/quantity", "amount_too_fine"),
    "an empty batch": ({"batch": " "}, "/lines/0/batch", "field_empty"),
    "a null": ({"batch": None}, "/lines/0/batch", "field_null"),
    "a list for a text": ({"batch": []}, "/lines/0/batch", "field_text"),
    "a time without zone": ({"time": "2026-01-01T00:00:00"}, "/time", "field_time"),
    "a time that is none": ({"time": "2026-02-31T00:00:00Z"}, "/time", "field_time"),
    "a time before computers": ({"time": "0001-01-01T00:00:00+14:00"}, "/time", "field_time"),
    "an unknown field": ({"colour": "red"}, "/colour", "field_unknown"),
    "an object for a list": ({"lines": {}}, "/lines", "field_list"),
    "a text for an object": ({"lines": ["x"]}, "/lines/0", "field_object"),
    "too many lines": ({"lines": [{}] * 201}, "/lines", "field_count"),
    "a note with a control character": ({"note": "a\u0000b"}, "/note", "field_controls"),
    "a note that turns the reading direction": ({"note": "a\u202eb"}, "/note", "field_controls"),
    "a note of a thousand and one": ({"note": "a" * 1001}, "/note", "field_long"),
    "a paper of unknown type": (
        {"papers": [{"type": "napkin", "number": "1"}]},
        "/papers/0/type",
        "field_choice",
    ),
    "a name with a slash in it": ({"a/b~c": 1}, "/a~1b~0c", "field_unknown"),
}


@pytest.mark.parametrize(("changed", "path", "code"), FIELDS.values(), ids=FIELDS.keys())
def test_a_wrong_field_is_named_by_its_path_and_leaves_no_trace(
    stocked: World, changed: dict[str, Any], path: str, code: str
) -> None:
    size = stocked.size()
    response = stocked.post("movements/ship", "farm", shipping(stocked, **changed))
    problem = response.get_json()
    assert (response.status_code, problem["code"]) == (400, "wrong_shape"), response.text
    assert [(error["in"], error["path"], error["code"]) for error in problem["errors"]] == [
        ("body", path, code)
    ]
    assert all(error["message"] for error in problem["errors"])
    assert stocked.size() == size


RAW = {
    "no JSON": (b"{", "json_not_json"),
    "nothing at all": (b"", "json_not_json"),
    "duplicate keys": (b'{"name":"a","name":"b","unit":"KGM"}', "json_duplicate_key"),
    "NaN": (b'{"name":NaN}', "json_number_refused"),
    "a number no double carries": (b'{"shelf_days":0.1234567890123456789}', "json_number_refused"),
    "no UTF-8": (b'{"name":"\xff"}', "json_not_utf8"),
    "half a character": (b'{"name":"\\ud800"}', "json_lone_surrogate"),
    "a pit of brackets": (b"[" * 100_000, "json_too_deep"),
    "a list": (b"[]", "field_object"),
    "a bare null": (b"null", "field_object"),
}


@pytest.mark.parametrize(("data", "code"), RAW.values(), ids=RAW.keys())
def test_a_body_that_two_readers_could_read_in_two_ways_is_refused(
    world: World, data: bytes, code: str
) -> None:
    size = world.size()
    response = world.call("POST", "products", "farm", data=data)
    assert (response.status_code, response.get_json()["errors"][0]["code"]) == (400, code), response.text
    assert world.size() == size


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=gbk"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": ""},
    ],
    ids=lambda headers: next(iter(headers.values())) or "none",
)
def test_a_body_of_another_kind_is_not_guessed_at(shared_world: World, headers: dict[str, str]) -> None:
    response = shared_world.call("POST", "products", "farm", data=json.dumps(GOOD).encode(), headers=headers)
    assert (response.status_code, response.get_json()["code"]) == (415, "wrong_media_type")


def test_utf8_may_be_said_aloud(shared_world: World) -> None:
    headers = {"Content-Type": "application/json; charset=UTF-8"}
    assert shared_world.post("products", "farm", GOOD, headers=headers).status_code == 201


class Endless(BytesIO):
    """A body that counts how much of it was read."""

    def __init__(self) -> None:
        super().__init__(b"")
        self.taken = 0

    def read(self, size: int | None = -1) -> bytes:
        wanted = 65536 if size is None or size < 0 else size
        self.taken += wanted
        return b" " * wanted

    def readinto(self, buffer: Any) -> int:
        self.taken += len(buffer)
        buffer[:] = b" " * len(buffer)
        return len(buffer)


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "chunked"])
def test_ten_megabytes_are_refused_and_not_read_to_their_end(shared_world: World, announced: bool) -> None:
    size = shared_world.size()
    body = Endless()
    environ: dict[str, Any] = {"wsgi.input": body, "wsgi.input_terminated": True}
    environ |= {"CONTENT_LENGTH": str(10 << 20)} if announced else {"HTTP_TRANSFER_ENCODING": "chunked"}
    response = shared_world.app.test_client().post(
        "/api/v1/products",
        headers={"Authorization": f"Bearer {shared_world.keys['farm']}", "Content-Type": "application/json"},
        environ_overrides=environ,
    )
    assert (response.status_code, response.get_json()["code"]) == (413, "too_large")
    assert response.get_json()["limit"] == "1048576"
    assert body.taken <= (1 << 20) + 65536
    assert shared_world.size() == size
    assert shared_world.flaw() is None


def test_a_body_of_just_the_limit_is_read(shared_world: World) -> None:
    padded = json.dumps(GOOD).encode()
    padded += b" " * ((1 << 20) - len(padded))
    assert shared_world.call("POST", "products", "farm", data=padded).status_code == 201
    assert shared_world.call("POST", "products", "farm", data=padded + b" ").status_code == 413


def test_what_comes_after_the_limit_of_a_chunked_body_is_not_cut_off_in_silence(shared_world: World) -> None:
    padded = json.dumps({**GOOD, "name": "cut"}).encode()
    padded += b" " * ((1 << 20) - len(padded)) + b"and more"
    response = shared_world.app.test_client().post(
        "/api/v1/products",
        headers={"Authorization": f"Bearer {shared_world.keys['farm']}", "Content-Type": "application/json"},
        environ_overrides={"wsgi.input": BytesIO(padded), "wsgi.input_terminated": True},
    )
    assert (response.status_code, response.get_json()["code"]) == (413, "too_large")


PARTIES = {
    "GLN with a wrong check digit": ({"gln": "6901234567893"}, "gln_check_digit"),
    "credit code with a wrong check character": ({"uscc": "91350100M000100Y44"}, "uscc_check"),
    "licence with a wrong last digit": ({"licence": "SC10135010000000"}, "licence_check"),
}


@pytest.mark.parametrize(("more", "code"), PARTIES.values(), ids=PARTIES.keys())
def test_a_party_with_a_wrong_number_is_refused(shared_world: World, more: dict[str, str], code: str) -> None:
    size = shared_world.size()
    response = shared_world.post("parties", "operator", {"name": "x", "role": "stall", **more})
    assert (response.status_code, response.get_json()["code"]) == (422, code), response.text
    assert shared_world.size() == size
    assert shared_world.flaw() is None


def test_a_gtin_with_a_wrong_check_digit_is_refused_with_the_right_one(shared_world: World) -> None:
    response = shared_world.post("products", "farm", {**GOOD, "gtin": "4012345678907"})
    problem = response.get_json()
    assert (response.status_code, problem["code"]) == (422, "gtin_check_digit")
    assert (problem["found"], problem["expected"]) == ("7", "1")


UNITS = {
    "a negative size": ({"CS": "-10"}, "amount_not_positive"),
    "a number": ({"CS": 10}, "field_amount_text"),
    "a list": ([], "field_object"),
    "too many": ({str(n): "1" for n in range(21)}, "field_count"),
    "a name without end": ({"C" * 21: "1"}, "field_long"),
}


@pytest.mark.parametrize(("units", "code"), UNITS.values(), ids=UNITS.keys())
def test_a_wrong_unit_definition_is_refused(shared_world: World, units: Any, code: str) -> None:
    response = shared_world.post("products", "farm", {**GOOD, "units": units})
    assert (response.status_code, response.get_json()["errors"][0]["code"]) == (400, code)


PRODUCTS = {
    "shelf life of a million days": ({"shelf_days": 10**6}, "field_whole"),
    "shelf life of half a day": ({"shelf_days": 0.5}, "field_whole"),
    "shelf life of true": ({"shelf_days": True}, "field_whole"),
}


@pytest.mark.parametrize(("more", "code"), PRODUCTS.values(), ids=PRODUCTS.keys())
def test_a_wrong_number_of_days_is_refused(shared_world: World, more: dict[str, Any], code: str) -> None:
    response = shared_world.post("products", "farm", {**GOOD, **more})
    assert (response.status_code, response.get_json()["errors"][0]["code"]) == (400, code)


@pytest.mark.parametrize("day", ["2026-02-31", "20260101", "2026-01-01T00:00:00Z", "1969-12-31", 20260101])
def test_a_day_that_is_none_is_refused(shared_world: World, day: Any) -> None:
    body = {"product": shared_world.product(), "quantity": "1", "unit": "KGM", "produced": day}
    response = shared_world.post("batches", "farm", body)
    assert (response.status_code, response.get_json()["errors"][0]["code"]) == (400, "field_day")


@pytest.mark.parametrize(
    ("query", "name", "code"),
    [
        ("limit=0", "limit", "field_whole"),
        ("limit=201", "limit", "field_whole"),
        ("limit=١", "limit", "field_whole"),
        ("limit=+1", "limit", "field_whole"),
        ("limit=1&limit=2", "limit", "field_repeated"),
        ("colour=red", "colour", "field_unknown"),
        ("cursor=a/b", "cursor", "field_form"),
    ],
)
def test_a_wrong_query_is_refused_by_name(shared_world: World, query: str, name: str, code: str) -> None:
    response = shared_world.get(f"batches?{query}", "farm")
    errors = response.get_json()["errors"]
    assert response.status_code == 400
    assert [(error["in"], error["path"], error["code"]) for error in errors] == [("query", name, code)]


def test_an_address_without_parameters_takes_none(shared_world: World) -> None:
    assert shared_world.get("me?debug=1", "farm").get_json()["errors"][0]["path"] == "debug"
    assert shared_world.post("products?dry_run=1", "farm", GOOD).status_code == 400


def test_a_cursor_of_another_list_is_refused(shared_world: World) -> None:
    cursor = shared_world.get("parties?limit=1", "farm").get_json()["next"]
    response = shared_world.get(f"products?cursor={cursor}", "farm")
    assert (response.status_code, response.get_json()["code"]) == (400, "invalid")


def test_a_batch_on_hold_does_not_move_and_the_attempt_leaves_no_trace(world: World) -> None:
    code = world.batch("100")["code"]
    world.done(f"batches/{code}/hold", "inspector", {"reason": "residue"})
    size = world.size()
    lines = [{"batch": code, "quantity": "10", "unit": "KGM"}]
    response = world.post("movements/ship", "farm", {"to": world.ids["canteen"], "lines": lines})
    problem = response.get_json()
    assert (response.status_code, problem["code"], problem["reason"]) == (409, "batch_stopped", "residue")
    assert world.size() == size
    assert world.flaw() is None


def test_a_refusal_needs_no_field_to_be_told() -> None:
    class Bare(Refusal):
        code = "bare"

    assert Bare().params() == {}
