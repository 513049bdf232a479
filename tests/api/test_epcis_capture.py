"""Capture over HTTP: documents become jobs, single events are taken in at once, and what is wrong is told by its path."""

from __future__ import annotations

import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.api.world import World
from trace.services import capture_jobs
from trace.services.background import Background

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


def event(number: int = 1, **more: Any) -> dict[str, Any]:
    """An observation of a pallet; every number is another event."""
    return {
        "type": "ObjectEvent",
        "eventTime": f"2026-11-01T10:{number // 60:02d}:{number % 60:02d}Z",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "bizStep": "inspecting",
        "epcList": ["https://id.gs1.org/00/095200000000000011"],
        **more,
    }


def document(*events: Any, **more: Any) -> dict[str, Any]:
    """An EPCIS document."""
    return {
        "@context": CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-02T00:00:00Z",
        "epcisBody": {"eventList": list(events)},
        **more,
    }


def hand_in(world: World, body: Any, who: str = "farm", **headers: str) -> TestResponse:
    return world.call("POST", "/epcis/capture", who, body=body, headers=headers)


def worked(world: World, response: TestResponse, who: str = "farm") -> dict[str, Any]:
    """The job behind a 202, after the work was done."""
    assert response.status_code == 202, response.text
    Background(world.ctx, [capture_jobs.step]).drain()
    answer = world.get(path_of(response), who)
    assert answer.status_code == 200, answer.text
    job: dict[str, Any] = answer.get_json()
    return job


def path_of(response: TestResponse) -> str:
    return response.headers["Location"].removeprefix("https://trace.example")


def test_a_document_is_accepted_and_its_job_says_when_its_events_are_in_the_ledger(world: World) -> None:
    response = hand_in(world, document(event(1), event(2)))
    waiting = world.get(path_of(response), "farm").get_json()
    assert (waiting["running"], waiting["success"], waiting["errors"]) == (True, True, [])
    assert response.headers["Location"] == f"https://trace.example/epcis/capture/{waiting['captureID']}"
    before = world.size()
    job = worked(world, response)
    assert (job["running"], job["success"], job["errors"]) == (False, True, [])
    assert job["captureErrorBehaviour"] == "rollback"
    assert world.size() == before + 3
    assert world.flaw() is None
