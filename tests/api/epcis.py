"""Events put into a world and read back over the EPCIS binding."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from werkzeug.test import TestResponse

from tests.api.world import World

STANDARD = "https://ref.gs1.org/standards/epcis/epcis-context.jsonld"
EX = {"ex": "http://ns.example/"}
FORMAT = "GS1-EPC-Format"


def seen(n: int, **more: Any) -> dict[str, Any]:
    """An event in which something was looked at, the n-th minute of a day."""
    return {
        "type": "ObjectEvent",
        "eventTime": f"2026-10-01T{n // 60:02d}:{n % 60:02d}:00Z",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "bizStep": "inspecting",
        "epcList": [f"urn:epc:id:sgtin:4012345.012345.{n}"],
        **more,
    }


def capture(world: World, who: str, *events: Mapping[str, Any], context: Any = None) -> None:
    """Record a document with these events."""
    document = {
        "@context": context or [STANDARD, EX],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-10-02T00:00:00Z",
        "epcisBody": {"eventList": events},
    }
    world.done("documents", who, document)


def ask(
    world: World, who: str, path: str, headers: Mapping[str, str] | None = None, **query: Any
) -> TestResponse:
    """GET below ``/epcis``."""
    address = f"/epcis/{path}" + (f"?{urlencode(query)}" if query else "")
    return world.get(address, who, headers=headers or {})


def events(response: TestResponse) -> list[dict[str, Any]]:
    """The events of an answer."""
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.get_json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return found


def members(response: TestResponse) -> list[str]:
    """The values of an answer."""
    assert response.status_code == 200, response.text
    found: list[str] = response.get_json()["member"]
    return found


def next_of(response: TestResponse) -> str | None:
    """The address of the next page, as a client takes it: whole."""
    link = response.headers.get("Link")
    if link is None:
        return None
    match = re.fullmatch(r'<(https://trace\.example/epcis/[^<>\s]+)>; rel="next"', link)
    assert match, link
    return match[1].removeprefix("https://trace.example")


def pages(
    world: World, who: str, path: str, headers: Mapping[str, str] | None = None, **query: Any
) -> Iterator[TestResponse]:
    """Every page, from the first to the last."""
    response = ask(world, who, path, headers, **query)
    while True:
        yield response
        address = next_of(response)
        if address is None:
            return
        assert urlsplit(address).path.startswith("/epcis/")
        response = world.get(address, who, headers=headers or {})


def named(text: str) -> str:
    """An id as it stands in a path."""
    return quote(text, safe="")
