"""Queries by name and subscriptions over HTTP, as the standard's clients ask for them and nobody else's business."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count
from typing import Any

import jsonschema
import pytest
from werkzeug.test import TestResponse

from tests.api.epcis import capture, events, next_of, seen
from tests.api.world import World
from tests.receiver import receiver
from tests.shared_data import shared
from trace.services import subscriptions, webhooks
from trace.services.background import Background

DEST = "https://client.example.com/queryCallback"
TOKEN = "13df38d8275b13f05704629e5f1cf3d45d6132d5"
_NUMBERS = count()


def post(world: World, path: str, body: Any, who: str = "farm", **more: Any) -> TestResponse:
    return world.post(f"/epcis/{path}", who, body, **more)


def problem(response: TestResponse, status: int, kind: str) -> dict[str, Any]:
    """The problem in the standard's words; the rest of it."""
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    found: dict[str, Any] = response.get_json()
    assert found["type"] == f"epcisException:{kind}"
    return found


@pytest.fixture
def name(shared_world: World) -> str:
    """A query of the farm's, of its own for each test."""
    made = f"query-{next(_NUMBERS)}"
    response = post(shared_world, "queries", {"name": made, "query": {"EQ_bizStep": ["inspecting"]}})
    assert response.status_code == 201
    return made


def subscribe(world: World, name: str, who: str = "farm", **body: Any) -> TestResponse:
    return post(world, f"queries/{name}/subscriptions", {"dest": DEST, "stream": True, **body}, who)


# -- queries --------------------------------------------------------------------------------------------------


@pytest.mark.conforms("subs-query-create", "subs-query-read")
def test_a_query_is_kept_under_its_name_found_at_its_address_and_asked_again(shared_world: World) -> None:
    query = {"eventType": ["ObjectEvent"], "EQ_bizStep": ["shipping", "receiving"]}
    made = post(shared_world, "queries", {"name": "进货 1", "query": query})
    assert made.status_code == 201
    assert made.data == b""
    address = made.headers["Location"]
    assert address == "https://trace.example/epcis/queries/%E8%BF%9B%E8%B4%A7%201"
    found = shared_world.get(address.removeprefix("https://trace.example"), "farm")
    assert found.get_json() == {"name": "进货 1", "query": query}
    assert found.headers["GS1-EPCIS-Version"] == "2.0.0"
    listed = shared_world.get("/epcis/queries?perPage=200", "farm").get_json()
    assert {"name": "进货 1", "query": query} in listed


@pytest.mark.conforms("subs-query-exists")
def test_a_taken_name_is_refused_to_its_owner_and_free_to_everybody_else(
    shared_world: World, name: str
) -> None:
    body = {"name": name, "query": {}}
    refused = problem(post(shared_world, "queries", body), 409, "ResourceAlreadyExistsException")
    assert (refused["code"], refused["query"]) == ("query_exists", name)
    assert post(shared_world, "queries", body, "market").status_code == 201


def test_a_query_too_large_to_be_listed_with_others_is_refused(shared_world: World) -> None:
    body = {"name": "huge", "query": {"EQ_eventID": ["urn:x:" + "y" * 70_000]}}
    assert problem(post(shared_world, "queries", body), 400, "ValidationException")["field"] == "query"


@pytest.mark.conforms("subs-query-parameter")
@pytest.mark.parametrize(
    ("file", "code", "parameter"),
    [
        ("Query_with_unknown_parameter.json", "query_parameter_unknown", "GE_eventDate"),
        ("Query_with_invalid_values.json", "query_parameter_invalid", "GE_eventTime"),
    ],
)
def test_a_query_that_is_not_understood_in_full_is_refused_when_it_is_made(
    shared_world: World, file: str, code: str, parameter: str
) -> None:
    query = json.loads(shared("epcis", "invalid", file).read_text())
    refused = post(shared_world, "queries", {"name": "refused", "query": query})
    found = problem(refused, 400, "QueryParameterException")
    assert (found["code"], found["parameter"]) == (code, parameter)
    assert shared_world.get("/epcis/queries/refused", "farm").status_code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": {}}, "wrong_shape"),
        ({"name": "x"}, "wrong_shape"),
        ({"name": None, "query": {}}, "wrong_shape"),
        ({"name": "x", "query": []}, "wrong_shape"),
        ({"name": "x", "query": None}, "wrong_shape"),
        ({"name": "x", "query": {}, "more": 1}, "wrong_shape"),
        ([], "wrong_shape"),
        ({"name": "a/b", "query": {}}, "invalid"),
        ({"name": "..", "query": {}}, "invalid"),
    ],
)
def test_what_is_no_query_definition_is_refused_with_the_field(
    shared_world: World, body: Any, code: str
) -> None:
    assert problem(post(shared_world, "queries", body), 400, "ValidationException")["code"] == code


@pytest.mark.conforms("subs-query-names-unknown")
def test_of_somebody_elses_query_nothing_is_to_be_seen(shared_world: World, name: str) -> None:
    for who in ("market", "inspector"):
        for path in ("", "/events", "/subscriptions"):
            found = shared_world.get(f"/epcis/queries/{name}{path}", who)
            assert problem(found, 404, "NoSuchNameException")["query"] == name
        gone = shared_world.call("DELETE", f"/epcis/queries/{name}", who)
        problem(gone, 404, "NoSuchNameException")
        problem(subscribe(shared_world, name, who), 404, "NoSuchNameException")
        listed = shared_world.get("/epcis/queries?perPage=200", who).get_json()
        assert name not in {one["name"] for one in listed}


def test_queries_come_page_by_page_each_once(world: World) -> None:
    names = [f"q{number}" for number in range(5)]
    for one in names:
        post(world, "queries", {"name": one, "query": {}})
    path: str | None = "/epcis/queries?perPage=2"
    found, sizes = [], []
    while path:
        page = world.get(path, "farm")
        sizes.append(len(page.get_json()))
        found += [one["name"] for one in page.get_json()]
        path = next_of(page)
    assert (found, sizes) == (names, [2, 2, 1])
    problem(world.get("/epcis/queries?nextPageToken=x", "farm"), 400, "QueryParameterException")


@pytest.mark.conforms("subs-query-events")
def test_a_query_finds_what_it_would_find_unnamed_page_by_page_and_under_its_own_name(world: World) -> None:
    capture(world, "farm", *(seen(n) for n in range(5)), seen(6, bizStep="shipping"))
    query = {"EQ_bizStep": ["inspecting"], "orderBy": "eventTime", "orderDirection": "ASC"}
    post(world, "queries", {"name": "inspected", "query": query})
    path: str | None = "/epcis/queries/inspected/events?perPage=2"
    times = []
    while path:
        page = world.get(path, "farm")
        assert page.get_json()["epcisBody"]["queryResults"]["queryName"] == "inspected"
        times += [event["eventTime"] for event in events(page)]
        path = next_of(page)
    assert times == [f"2026-10-01T00:0{n}:00Z" for n in range(5)]
    assert events(world.get("/epcis/queries/inspected/events", "farm"))


def test_prefixes_that_were_bound_when_a_query_was_made_count_whenever_it_is_asked(world: World) -> None:
    event = {**seen(1), "ex:colour": "red"}
    capture(world, "farm", event, {**seen(2), "ex:colour": "green"})
    bound = {"GS1-Extensions": "shade=http://ns.example/"}
    body = {"name": "red", "query": {"EQ_shade:colour": ["red"]}}
    assert (
        problem(post(world, "queries", body), 400, "QueryParameterException")["parameter"]
        == "EQ_shade:colour"
    )
    assert post(world, "queries", body, headers=bound).status_code == 201
    assert [one["ex:colour"] for one in events(world.get("/epcis/queries/red/events", "farm"))] == ["red"]


@pytest.mark.parametrize("parameter", ["stream=true", "minute=5", "reportIfEmpty=true"])
def test_who_asks_for_a_web_socket_is_told_what_there_is_instead(
    shared_world: World, name: str, parameter: str
) -> None:
    path = f"/epcis/queries/{name}/events"
    asked = [
        shared_world.get(f"{path}?{parameter}", "farm"),
        shared_world.get(path, "farm", headers={"Upgrade": "websocket", "Connection": "Upgrade"}),
    ]
    for response in asked:
        found = problem(response, 400, "SubscriptionControlsException")
        assert found["path"] == f"/epcis/queries/{name}/subscriptions"


def test_a_parameter_beside_a_query_is_refused_and_not_passed_over(shared_world: World, name: str) -> None:
    found = shared_world.get(f"/epcis/queries/{name}/events?EQ_action=ADD", "farm")
    problem(found, 400, "QueryParameterException")


@pytest.mark.conforms("subs-query-delete")
def test_a_deleted_query_is_gone_with_its_subscriptions(shared_world: World, name: str) -> None:
    address = subscribe(shared_world, name).headers["Location"].removeprefix("https://trace.example")
    gone = shared_world.call("DELETE", f"/epcis/queries/{name}", "farm")
    assert (gone.status_code, gone.data) == (204, b"")
    assert shared_world.get(address, "farm").status_code == 404
    problem(shared_world.call("DELETE", f"/epcis/queries/{name}", "farm"), 404, "NoSuchNameException")


# -- subscriptions --------------------------------------------------------------------------------------------


def schema(kind: str) -> dict[str, Any]:
    """A schema of the standard's own description, with what it refers to."""
    whole = json.loads(shared("epcis", "openapi.json").read_text())
    return {"$ref": f"#/components/schemas/{kind}", "components": whole["components"]}


@pytest.mark.conforms("subs-subscribe", "subs-secret-not-shown")
@pytest.mark.parametrize(
    "when",
    [{"stream": True}, {"stream": False, "schedule": {"hour": "1", "minute": 5}, "reportIfEmpty": True}],
    ids=["stream", "schedule"],
)
def test_a_subscription_is_answered_as_the_standard_describes_it_and_never_shows_its_token(
    shared_world: World, name: str, when: dict[str, Any]
) -> None:
    asked = {**when, "signatureToken": TOKEN, "initialRecordTime": "2020-04-04T20:33:31.116-06:00"}
    made = subscribe(shared_world, name, **asked)
    assert made.status_code == 201, made.text
    body = made.get_json()
    jsonschema.validate(body, schema("AbstractQuerySubscriptionResponse"))
    assert (body["dest"], body["queryName"]) == (DEST, name)
    assert body["initialRecordTime"] == "2020-04-05T02:33:31.116Z"
    shown = {"hour": "1", "minute": "5"}
    assert (body.get("schedule"), body.get("stream")) == ((None, True) if when["stream"] else (shown, None))
    address = made.headers["Location"]
    assert address == f"https://trace.example/epcis/queries/{name}/subscriptions/{body['subscriptionID']}"
    again = shared_world.get(address.removeprefix("https://trace.example"), "farm")
    listed = shared_world.get(f"/epcis/queries/{name}/subscriptions", "farm")
    assert again.get_json() == body
    assert listed.get_json() == [body]
    assert TOKEN not in made.text + again.text + listed.text


@pytest.mark.conforms("subs-controls")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"stream": False}, "subscription_unclear"),
        ({"schedule": {"minute": "0"}}, "subscription_unclear"),
        ({"reportIfEmpty": True}, "subscription_unclear"),
        ({"stream": False, "schedule": {"minute": "60"}}, "schedule_invalid"),
        ({"stream": False, "schedule": {"minute": "[5-1]"}}, "schedule_invalid"),
        ({"stream": False, "schedule": {"minutes": "5"}}, "schedule_field_unknown"),
        ({"stream": False, "schedule": {}}, "schedule_never"),
    ],
)
def test_controls_that_contradict_themselves_are_refused_in_the_standards_words(
    shared_world: World, name: str, body: dict[str, Any], code: str
) -> None:
    found = problem(subscribe(shared_world, name, **body), 400, "SubscriptionControlsException")
    assert found["code"] == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"dest": "http://client.example.com/"}, "destination_refused"),
        ({"dest": "https://169.254.169.254/latest/meta-data"}, "destination_refused"),
        ({"dest": "https://user:password@client.example.com/"}, "destination_refused"),
        ({"dest": None}, "wrong_shape"),
        ({"stream": "true"}, "wrong_shape"),
        ({"schedule": "daily"}, "wrong_shape"),
        ({"schedule": {"minute": True}}, "wrong_shape"),
        ({"schedule": {"minute": ["5"]}}, "wrong_shape"),
        ({"initialRecordTime": "yesterday"}, "wrong_shape"),
        ({"signatureToken": ""}, "wrong_shape"),
        ({"signatureToken": "a", "secret": "b"}, "wrong_shape"),
        ({"callback": DEST}, "wrong_shape"),
    ],
)
def test_an_address_inside_or_a_field_of_another_form_is_refused(
    shared_world: World, name: str, body: dict[str, Any], code: str
) -> None:
    assert problem(subscribe(shared_world, name, **body), 400, "ValidationException")["code"] == code


def test_the_secret_may_be_called_as_the_standards_schema_requires_it(shared_world: World, name: str) -> None:
    made = subscribe(shared_world, name, secret=TOKEN)
    assert made.status_code == 201
    assert TOKEN not in made.text


@pytest.mark.conforms("subs-unsubscribe")
def test_a_subscription_ends_when_its_party_says_so_and_nobody_elses(shared_world: World, name: str) -> None:
    address = subscribe(shared_world, name).headers["Location"].removeprefix("https://trace.example")
    problem(shared_world.call("DELETE", address, "market"), 404, "NoSuchResourceException")
    problem(shared_world.get(address, "inspector"), 404, "NoSuchResourceException")
    assert shared_world.call("DELETE", address, "farm").status_code == 204
    problem(shared_world.call("DELETE", address, "farm"), 404, "NoSuchResourceException")


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("queries", "OPTIONS, HEAD, GET, POST"),
        ("queries/q", "OPTIONS, HEAD, GET, DELETE"),
        ("queries/q/events", "OPTIONS, HEAD, GET"),
        ("queries/q/subscriptions", "OPTIONS, HEAD, GET, POST"),
        ("queries/q/subscriptions/s", "OPTIONS, HEAD, GET, DELETE"),
    ],
)
def test_each_address_tells_what_it_offers(shared_world: World, path: str, methods: str) -> None:
    found = shared_world.call("OPTIONS", f"/epcis/{path}")
    assert found.status_code == 204
    assert found.headers["Allow"] == methods


def test_nobody_without_a_key_keeps_or_asks_anything(shared_world: World) -> None:
    for method, path in (("GET", "queries"), ("POST", "queries"), ("GET", "queries/q/subscriptions")):
        problem(shared_world.call(method, f"/epcis/{path}"), 401, "SecurityException")


# -- messages -------------------------------------------------------------------------------------------------


@pytest.mark.conforms("subs-dead-letters")
def test_what_was_given_up_is_listed_to_its_party_and_tried_anew_when_it_asks(world: World) -> None:
    ctx = replace(world.ctx, webhook_private=True)
    world.app.extensions["trace"] = ctx
    post(world, "queries", {"name": "all", "query": {}})
    with receiver() as there:
        there.answer(410)
        made = subscribe(world, "all", dest=there.url(), signatureToken=TOKEN).get_json()
        capture(world, "farm", seen(1), seen(2))
        work = Background(ctx, (subscriptions.step, webhooks.step))
        work.drain()
        (dead,) = world.get("messages?state=dead", "farm").get_json()["items"]
        assert (dead["last_status"], dead["events"], dead["query"]) == (410, 2, "all")
        assert dead["subscription"] == made["subscriptionID"]
        assert world.get("messages", "market").get_json()["items"] == []
        again = world.call("PUT", f"messages/{dead['id']}/retry", "market")
        assert (again.status_code, again.get_json()["code"]) == (404, "unknown_message")
        assert world.call("PUT", f"messages/{dead['id']}/retry", "farm").get_json()["state"] == "waiting"
        work.drain()
        assert [got.message for got in there.got] == [dead["id"]] * 2
        assert all(got.signed_with(TOKEN) for got in there.got)
    assert world.get("messages?state=dead", "farm").get_json()["items"] == []
    (done,) = world.get("messages?state=delivered", "farm").get_json()["items"]
    assert done["finished"] is not None
    shown = world.get(f"/epcis/queries/all/subscriptions/{made['subscriptionID']}", "farm").get_json()
    assert {"lastNotifiedAt", "minRecordTime"} <= shown.keys()
