"""Client and server agree on versions and forms before anything else is said, or the client hears why not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from werkzeug.test import TestResponse

from api.epcis.frame import LONGEST_URI
from tests.api.world import World


def ask(world: World, headers: Mapping[str, str], path: str = "/epcis/", method: str = "GET") -> TestResponse:
    return world.call(method, path, "farm", headers=headers)


def refused(response: TestResponse, status: int, kind: str) -> dict[str, Any]:
    """The problem, which is told in the standard's words and in ours."""
    assert (response.status_code, response.mimetype) == (status, "application/problem+json"), response.text
    problem: dict[str, Any] = response.get_json()
    assert (problem["type"], problem["status"]) == (f"epcisException:{kind}", status)
    assert {"title", "detail", "instance", "code"} <= problem.keys()
    return problem


@pytest.mark.conforms("epcis-version-header", "epcis-extensions-told")
@pytest.mark.parametrize(
    ("path", "status"), [("/epcis/", 200), ("/epcis/nothing", 404), ("/epcis/?x=1", 400)]
)
def test_every_answer_says_by_which_version_it_is_to_be_read(
    shared_world: World, path: str, status: int
) -> None:
    response = shared_world.get(path, "farm")
    assert response.status_code == status
    assert response.headers["GS1-EPCIS-Version"] == response.headers["GS1-CBV-Version"] == "2.0.0"
    assert response.headers["GS1-Extensions"] == "trace=urn:x-trace:ns:1:"
    assert response.headers["Cache-Control"] == "no-store"


MET = [
    {"GS1-EPCIS-Min": "1.2", "GS1-EPCIS-Max": "3"},
    {"GS1-EPCIS-Min": "2.0.0", "GS1-EPCIS-Max": "2.0.0"},
    {"GS1-EPCIS-Version": "2.0", "GS1-CBV-Version": "2.0.1"},
    {"GS1-CBV-Min": "2", "GS1-CBV-Max": "2.0"},
    {"GS1-EPC-Format": "No_Preference"},
    {"GS1-CBV-XML-Format": "Always_URN"},
    {"GS1-Extensions": "ex=http://ns.example/, other=urn:x:"},
    {"Accept": "*/*"},
    {"Accept": "application/json"},
    {"Accept": "application/xml, application/json;q=0.5"},
]


@pytest.mark.conforms("epcis-version-negotiation", "epcis-cbv-xml-format", "epcis-accept-json")
@pytest.mark.parametrize("headers", MET, ids=str)
def test_what_can_be_met_is_met(shared_world: World, headers: dict[str, str]) -> None:
    response = ask(shared_world, headers)
    assert (response.status_code, response.mimetype) == (200, "application/json")


@pytest.mark.conforms("epcis-accept-json")
def test_whoever_prefers_json_ld_gets_it_by_its_name(shared_world: World) -> None:
    response = ask(shared_world, {"Accept": "application/ld+json, application/json;q=0.9"})
    assert response.mimetype == "application/ld+json"
    assert "Accept" in response.vary


UNMET = [
    {"GS1-EPCIS-Min": "2.1"},
    {"GS1-EPCIS-Max": "1.2.0"},
    {"GS1-EPCIS-Version": "1.2"},
    {"GS1-CBV-Min": "3"},
    {"GS1-CBV-Max": "1.2"},
    {"GS1-EPCIS-Min": "two"},
    {"GS1-EPCIS-Max": "2." + "9" * 5000},
    {"GS1-EPC-Format": "Sometimes"},
    {"GS1-CBV-XML-Format": "Sometimes"},
    {"GS1-Extensions": "no namespace"},
    {"GS1-Extensions": "ex=http://a.example/,ex=http://b.example/"},
    {"GS1-Extensions": ",".join(f"p{n}=http://a.example/" for n in range(51))},
    {"Accept": "application/xml"},
    {"Accept": "text/html"},
]


@pytest.mark.conforms("epcis-version-negotiation", "epcis-406")
@pytest.mark.parametrize("headers", UNMET, ids=lambda headers: str(headers)[:60])
def test_what_cannot_be_met_is_said_with_the_header_that_asked_for_it(
    shared_world: World, headers: dict[str, str]
) -> None:
    problem = refused(ask(shared_world, headers), 406, "NotAcceptableException")
    assert [problem["header"]] == list(headers)
    assert len(problem["found"]) <= 80


@pytest.mark.conforms("epcis-401")
@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "unauthenticated"),
        ({"Authorization": "Bearer wrong"}, "api_key_refused"),
        ({"X-API-Key": "x"}, "api_key_refused"),
    ],
)
def test_nobody_reads_without_a_key(shared_world: World, headers: dict[str, str], code: str) -> None:
    response = shared_world.call("GET", "/epcis/events", headers=headers)
    assert refused(response, 401, "SecurityException")["code"] == code
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_key_may_come_in_its_own_header(shared_world: World) -> None:
    headers = {"X-API-Key": shared_world.keys["farm"]}
    assert shared_world.call("GET", "/epcis/", headers=headers).status_code == 200


@pytest.mark.conforms("epcis-414")
def test_an_address_that_is_too_long_is_refused_and_the_way_around_is_named(shared_world: World) -> None:
    response = shared_world.get(f"/epcis/events?EQ_bizStep={'x' * LONGEST_URI}", "farm")
    assert "/epcis/queries" in refused(response, 414, "URITooLongException")["detail"]


@pytest.mark.conforms("epcis-404")
def test_an_address_that_is_not_there_is_told_in_the_standards_words(shared_world: World) -> None:
    refused(shared_world.get("/epcis/nothing", "farm"), 404, "NoSuchResourceException")
    refused(shared_world.get("/epcis/epcs/urn:epc:id:gid:1.2.3/more", "farm"), 404, "NoSuchResourceException")


def test_a_method_that_is_not_there_names_those_that_are(shared_world: World) -> None:
    """The standard has no word for it, so the type is our own page."""
    response = shared_world.call("DELETE", "/epcis/", "farm")
    assert (response.status_code, response.get_json()["code"]) == (405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert response.headers["GS1-EPCIS-Version"] == "2.0.0"


@pytest.mark.conforms("epcis-cors")
def test_a_page_of_any_origin_may_ask_with_a_key(shared_world: World) -> None:
    """A browser asks first, without the key; there are no cookies that a stranger's page could ride on."""
    preflight = shared_world.call(
        "OPTIONS",
        "/epcis/events",
        headers={
            "Origin": "https://scanner.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type,gs1-epcis-version",
        },
    )
    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    assert "GET" in preflight.headers["Access-Control-Allow-Methods"]
    allowed = preflight.headers["Access-Control-Allow-Headers"].lower()
    assert {"authorization", "content-type", "gs1-epcis-version", "x-api-key"} <= set(allowed.split(", "))
    assert "Access-Control-Allow-Credentials" not in preflight.headers
    response = shared_world.get("/epcis/", "farm", headers={"Origin": "https://scanner.example"})
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert {"Link", "Location"} <= set(response.headers["Access-Control-Expose-Headers"].split(", "))


def test_other_addresses_are_open_to_no_strangers_page(shared_world: World) -> None:
    response = shared_world.get("holdings", "farm", headers={"Origin": "https://scanner.example"})
    assert "Access-Control-Allow-Origin" not in response.headers
    assert "GS1-EPCIS-Version" not in response.headers
