"""Who asks is known by an API key, and a key that is not good never gets the public's answer."""

from __future__ import annotations

import pytest

from tests.api.world import V1, World


def ask(world: World, path: str = "me", **headers: str) -> int:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return world.app.test_client().get(f"{V1}/{path}", headers=sent).status_code


def test_a_key_opens_the_same_door_in_both_headers(shared_world: World) -> None:
    key = shared_world.keys["farm"]
    assert ask(shared_world, Authorization=f"Bearer {key}") == 200
    assert ask(shared_world, Authorization=f"bearer  {key}") == 200
    assert ask(shared_world, X_API_Key=key) == 200
    assert ask(shared_world, X_API_Key=key, Authorization=f"Bearer {key}") == 200


def test_two_keys_that_differ_open_nothing(shared_world: World) -> None:
    keys = shared_world.keys
    assert ask(shared_world, X_API_Key=keys["farm"], Authorization=f"Bearer {keys['plant']}") == 401


@pytest.mark.parametrize(
    "header", ["Basic Zm9vOmJhcg==", "Bearer", "Bearer ", "", "Bearer trace_wrong", "Bearer " + "x" * 300]
)
@pytest.mark.parametrize("path", ["me", "batches/N0SUCHC0DE1", "entries/0/receipt"])
def test_a_key_that_is_not_good_is_refused_even_where_none_is_needed(
    shared_world: World, header: str, path: str
) -> None:
    response = shared_world.get(path, headers={"Authorization": header})
    assert (response.status_code, response.get_json()["code"]) == (401, "api_key_refused")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="trace", error="invalid_token"'


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "me"), ("GET", "parties"), ("GET", "products"), ("GET", "batches"), ("GET", "holdings"),
        ("GET", "shipments"), ("GET", "batches/X/trace"), ("GET", "batches/X/holders"), ("POST", "batches"),
        ("POST", "movements/ship"), ("POST", "documents"), ("POST", "parties/x/keys"),
        ("DELETE", "parties/x/keys/y"),
    ],
)  # fmt: skip
def test_what_is_not_public_needs_a_key_before_anything_is_read(
    shared_world: World, method: str, path: str
) -> None:
    response = shared_world.call(method, path)
    assert (response.status_code, response.get_json()["code"]) == (401, "unauthenticated")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="trace"'


def test_a_party_knows_itself_by_its_key(shared_world: World) -> None:
    me = shared_world.get("me", "farm").get_json()
    assert (me["name"], me["role"], me["sees_all"]) == ("farm", "producer", False)
    assert shared_world.get("me", "inspector").get_json()["sees_all"] is True


def test_a_further_key_works_until_it_is_ended_and_then_at_once_no_more(world: World) -> None:
    path = f"parties/{world.ids['farm']}/keys"
    made = world.post(path, "farm", {"label": "till 2"})
    assert made.status_code == 201
    world.keys["till"] = made.get_json()["api_key"]
    id = world.get("me", "till").get_json()["key_id"]
    ended = world.call("DELETE", f"{path}/{id}", "farm")
    assert (ended.status_code, ended.data) == (204, b"")
    assert world.get("me", "till").status_code == 401
    assert world.get("me", "farm").status_code == 200
    assert world.call("DELETE", f"{path}/{id}", "farm").status_code == 204


def test_the_operator_may_make_and_end_keys_of_any_party_and_others_of_their_own_alone(world: World) -> None:
    path = f"parties/{world.ids['farm']}/keys"
    assert world.post(path, "operator", {"label": "lost phone"}).status_code == 201
    refused = world.post(path, "plant", {"label": "mine now"})
    assert (refused.status_code, refused.get_json()["code"]) == (403, "not_yours")
    id = world.get("me", "farm").get_json()["key_id"]
    assert world.call("DELETE", f"{path}/{id}", "plant").status_code == 403
    assert world.call("DELETE", f"{path}/{id}", "operator").status_code == 204
    assert world.get("me", "farm").status_code == 401


def test_a_secret_is_not_kept_to_be_given_twice(world: World) -> None:
    path = f"parties/{world.ids['farm']}/keys"
    refused = world.post(path, "farm", {"label": "x"}, headers={"Idempotency-Key": "1"})
    assert refused.get_json()["errors"][0]["path"] == "Idempotency-Key"
    body = {"name": "new stall", "role": "stall"}
    first = world.post("parties", "operator", body, headers={"Idempotency-Key": "1"})
    again = world.post("parties", "operator", body, headers={"Idempotency-Key": "1"})
    assert first.get_json()["api_key"].startswith("trace_")
    assert again.get_json() == {**first.get_json(), "api_key": None}


def test_only_the_operator_registers_parties(shared_world: World) -> None:
    refused = shared_world.post("parties", "farm", {"name": "x", "role": "stall"})
    assert (refused.status_code, refused.get_json()["code"]) == (403, "role_forbids")
    second = shared_world.post("parties", "operator", {"name": "x", "role": "operator"})
    assert second.get_json()["errors"][0]["code"] == "field_choice"


def test_the_log_shows_who_asked_and_neither_key_nor_body(
    shared_world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    body = {"name": "BODYTEXT", "unit": "KGM"}
    shared_world.post("products?secret=QUERYTEXT", "farm", body)
    shared_world.get("me", headers={"X-API-Key": "trace_KEYTEXT"})
    log = capsys.readouterr().err
    assert shared_world.ids["farm"] in log
    assert not any(word in log for word in ("BODYTEXT", "QUERYTEXT", "KEYTEXT", shared_world.keys["farm"]))


def test_a_request_carries_its_number_through_unless_it_could_break_a_log(shared_world: World) -> None:
    def number(sent: str) -> str:
        return shared_world.get("/healthz", headers={"X-Request-Id": sent}).headers["X-Request-Id"]

    assert number("till-2.77") == "till-2.77"
    assert number('x" forged="1') != 'x" forged="1'
    assert number("x" * 65) != "x" * 65


def test_every_answer_forbids_a_browser_to_guess_frame_or_keep_it(shared_world: World) -> None:
    headers = shared_world.get("me", "farm").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Strict-Transport-Security"]
