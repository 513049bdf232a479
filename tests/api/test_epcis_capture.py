"""Capture over HTTP: documents become jobs, single events go in at once, and every fault is told by its path."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from api import create_app
from tests.api.conftest import config_for
from tests.api.world import World, settle
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


def refused(response: TestResponse, status: int, kind: str, code: str) -> dict[str, Any]:
    """The problem of a refusal, which is this one."""
    assert (response.status_code, response.mimetype) == (status, "application/problem+json"), response.text
    problem: dict[str, Any] = response.get_json()
    assert (problem["type"], problem["status"], problem["code"]) == (f"epcisException:{kind}", status, code)
    return problem


# -- jobs -----------------------------------------------------------------------------------------------------


@pytest.mark.conforms("capture-accepted", "capture-job", "capture-rollback-default")
def test_a_document_is_accepted_and_its_job_says_when_its_events_are_in_the_ledger(world: World) -> None:
    response = hand_in(world, document(event(1), event(2)))
    waiting = world.get(path_of(response), "farm").get_json()
    assert (waiting["running"], waiting["success"], waiting["errors"]) == (True, True, [])
    assert "finishedAt" not in waiting
    assert response.headers["Location"] == f"https://trace.example/epcis/capture/{waiting['captureID']}"
    assert response.data == b""
    before = world.size()
    job = worked(world, response)
    assert (job["running"], job["success"], job["errors"]) == (False, True, [])
    assert job["captureErrorBehaviour"] == "rollback"
    assert job["createdAt"] <= job["finishedAt"]
    assert world.size() == before + 3
    assert world.flaw() is None


@pytest.mark.conforms("capture-query-document")
def test_a_query_document_is_captured_like_a_document(shared_world: World) -> None:
    results = {"queryName": "q", "resultsBody": {"eventList": [event(3)]}}
    whole = document(type="EPCISQueryDocument", epcisBody={"queryResults": results})
    assert worked(shared_world, hand_in(shared_world, whole))["success"] is True


@pytest.mark.conforms("capture-validation")
def test_a_fault_anywhere_refuses_the_document_at_once_with_the_path_of_each(shared_world: World) -> None:
    """Nothing of it is kept, so that the sender may mend it and send it again."""
    before = shared_world.get("/epcis/capture", "farm").get_json()
    bad = document(event(4), event(5, action="SIT"), event(6, bizStep="dreaming"))
    problem = refused(hand_in(shared_world, bad), 400, "ValidationException", "document_field_form")
    assert [error["path"] for error in problem["errors"]] == [
        "$.epcisBody.eventList[1].action",
        "$.epcisBody.eventList[2].bizStep",
    ]
    assert shared_world.get("/epcis/capture", "farm").get_json() == before


@pytest.mark.conforms("capture-proceed", "capture-job-errors")
@pytest.mark.parametrize(("language", "words"), [("en", "is not of the right form"), ("zh", "写法不对")])
def test_told_to_proceed_the_good_events_are_captured_and_each_bad_one_told_in_the_readers_language(
    shared_world: World, language: str, words: str
) -> None:
    sent = document(event(7), event(8, action="SIT"), {"type": "ObjectEvent"}, 5)
    response = hand_in(shared_world, sent, **{"GS1-Capture-Error-Behaviour": "proceed"})
    assert response.headers["GS1-Capture-Error-Behaviour"] == "proceed"
    worked(shared_world, response)
    job = shared_world.get(path_of(response), "farm", headers={"Accept-Language": language}).get_json()
    assert (job["running"], job["success"], job["captureErrorBehaviour"]) == (False, False, "proceed")
    first = job["errors"][0]
    assert first["type"] == "epcisException:ValidationException"
    assert first["path"] == "$.epcisBody.eventList[1].action"
    assert words in first["detail"]
    assert first["title"]
    assert {error["path"].split(".")[2] for error in job["errors"]} == {
        "eventList[1]",
        "eventList[2]",
        "eventList[3]",
    }
    found = shared_world.get(
        "/epcis/events?GE_eventTime=2026-11-01T10:00:07Z&LT_eventTime=2026-11-01T10:00:08Z", "farm"
    )
    assert len(found.get_json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]) == 1


def test_a_behaviour_that_there_is_not_is_refused_by_name(shared_world: World) -> None:
    response = hand_in(shared_world, document(event(9)), **{"GS1-Capture-Error-Behaviour": "hope"})
    problem = refused(response, 400, "ValidationException", "invalid")
    assert problem["field"] == "GS1-Capture-Error-Behaviour"


@pytest.mark.conforms("capture-list")
def test_jobs_are_listed_newest_first_page_by_page(world: World) -> None:
    made = [path_of(hand_in(world, document(event(n)))).rsplit("/", 1)[1] for n in range(5)]
    found = []
    address: str | None = "/epcis/capture?perPage=2"
    while address is not None:
        page = world.get(address, "farm")
        found.append([job["captureID"] for job in page.get_json()])
        link = page.headers.get("Link", "")
        address = link[len("<https://trace.example") : -len('>; rel="next"')] if link else None
    assert [len(page) for page in found] == [2, 2, 1]
    # Within one millisecond ids have no order.
    assert sorted(id for page in found for id in page) == sorted(made)


def test_a_party_that_hands_in_faster_than_is_recorded_has_to_wait_and_keeps_nobody_else_waiting(
    world: World,
) -> None:
    first, *_ = [hand_in(world, document(event(n))) for n in range(capture_jobs.MOST_OPEN)]
    told = refused(hand_in(world, document(event(99))), 403, "SecurityException", "too_many_jobs")
    assert told["most"] == str(capture_jobs.MOST_OPEN)
    assert hand_in(world, document(event(99)), "market").status_code == 202
    worked(world, first)
    assert hand_in(world, document(event(99))).status_code == 202


def test_a_list_of_jobs_with_thousands_of_errors_stays_of_a_size_that_can_be_sent(world: World) -> None:
    wrong = {"action": "SIT", "bizStep": "dancing", "eventTimeZoneOffset": "here", "readPoint": 4}
    bad = document(*(event(n, **wrong) for n in range(1000)))
    proceed = {"GS1-Capture-Error-Behaviour": "proceed"}
    jobs = [worked(world, hand_in(world, bad, **proceed)) for _ in range(2)]
    for job in jobs:  # every bad event is told, if not each of its faults
        assert len({error["path"].partition("]")[0] for error in job["errors"]}) == len(job["errors"]) == 1000
    few = worked(world, hand_in(world, document(event(1, **wrong)), **proceed))
    assert len(few["errors"]) == 4


@pytest.mark.conforms("capture-job-unknown")
@pytest.mark.parametrize("who", ["market", "plant"])
def test_a_job_of_another_party_is_as_unknown_as_one_that_never_was(shared_world: World, who: str) -> None:
    job = path_of(hand_in(shared_world, document(event(10))))
    for path in (job, "/epcis/capture/00000000-0000-7000-8000-000000000000"):
        refused(shared_world.get(path, who), 404, "NoSuchResourceException", "capture_job_unknown")
    assert shared_world.get(job, "inspector").status_code == 200


def test_without_a_key_or_in_a_role_that_enters_nothing_no_document_is_taken(world: World) -> None:
    world.party("lab", "laboratory")
    assert world.call("POST", "/epcis/capture", None, body=document()).status_code == 401
    refused(hand_in(world, document(event(1)), "lab"), 403, "SecurityException", "role_forbids")


# -- limits ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def narrow_world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[World]:
    """A service that takes little at once."""
    folder = tmp_path_factory.mktemp("narrow")
    shutil.copyfile(sqlite_template, folder / "trace.db")
    made = settle(create_app(config_for(folder, TRACE_CAPTURE_BYTES="20000", TRACE_CAPTURE_EVENTS="3")))
    yield made
    made.ctx.sequencer.engine.dispose()


@pytest.mark.conforms("capture-limits-told")
def test_the_limits_are_told_before_and_when_they_are_overstepped(narrow_world: World) -> None:
    limits = {"GS1-EPCIS-Capture-Limit": "3", "GS1-EPCIS-Capture-File-Size-Limit": "20000"}
    discovered = narrow_world.call("OPTIONS", "/epcis/capture", "farm")
    assert discovered.status_code == 204
    many = hand_in(narrow_world, document(*map(event, range(4))))
    long = hand_in(narrow_world, document(event(1, **{"example:x": "y" * 20000})))
    refused(many, 413, "CaptureLimitExceededException", "document_too_large")
    refused(long, 413, "CaptureLimitExceededException", "too_large")
    for response in (discovered, many, long):
        assert {name: response.headers[name] for name in limits} == limits
    assert discovered.headers["GS1-Capture-Error-Behaviour"] == "all"
    assert hand_in(narrow_world, document(*map(event, range(3)))).status_code == 202


def test_documents_may_be_longer_than_what_the_rest_of_the_api_takes(world: World) -> None:
    long = document(*(event(n, **{"cbvmda:x": "y" * 1_000_000}) for n in range(2)))
    assert hand_in(world, long).status_code == 202
    assert world.post("documents", "farm", long).status_code == 413


HOSTILE: dict[str, tuple[bytes, int, str]] = {
    "nested 100,000 deep": (b'{"a":' * 100_000, 400, "document_too_deep"),
    "lists 100,000 deep": (b"[" * 100_000 + b"]" * 100_000, 400, "document_too_deep"),
    "a number of 100,000 digits": (b'{"a":%b}' % (b"9" * 100_000), 400, "document_not_json"),
    "an exponent without end": (b'{"a":1e%b}' % (b"9" * 100_000), 400, "document_not_json"),
    "a key twice": (b'{"type":"EPCISDocument","type":"EPCISDocument"}', 400, "document_not_json"),
    "a million events": (
        b'{"@context":"%b","type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-11-02T00:00:00Z",'
        b'"epcisBody":{"eventList":[%b{}]}}' % (CONTEXT.encode(), b"{}," * 1_000_000),
        413,
        "document_too_large",
    ),
    "a million empty lists": (b"[%b[]]" % (b"[]," * 1_000_000), 413, "document_too_large"),
    "one event of many things": (
        json.dumps(document(event(1, epcList=[f"urn:a:{n}" for n in range(200_000)]))).encode(),
        413,
        "document_too_large",
    ),
    "one event of megabytes": (
        json.dumps(document(event(1, **{"cbvmda:x": "y" * 2**20}))).encode(),
        413,
        "document_too_large",
    ),
    "a context that would be kept with each of many events": (
        json.dumps(
            document(*map(event, range(100)), **{"@context": [CONTEXT, {"ex": "urn:x:" + "y" * 400_000}]})
        ).encode(),
        413,
        "document_too_large",
    ),
    "half a character": (b'{"a":"\\ud800"}', 400, "document_not_json"),
    "not UTF-8": (b'{"a":"\xff"}', 400, "document_not_json"),
    "NaN": (b'{"a":NaN}', 400, "document_not_json"),
    "nothing": (b"", 400, "document_not_json"),
    "a string without end": (b'"' + b"\\" * 8_000_000, 400, "document_not_json"),
    "brackets in strings": (b'{"a":"%b"}' % (b"[" * 8_000_000), 400, "document_not_epcis"),
}


@pytest.mark.parametrize("behaviour", ["rollback", "proceed"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_gets_a_clear_error_and_the_service_goes_on(
    shared_world: World, name: str, behaviour: str
) -> None:
    data, status, code = HOSTILE[name]
    headers = {"GS1-Capture-Error-Behaviour": behaviour}
    response = shared_world.call("POST", "/epcis/capture", "farm", data=data, headers=headers)
    kind = "CaptureLimitExceededException" if status == 413 else "ValidationException"
    refused(response, status, kind, code)
    assert len(response.data) < 2000
    assert shared_world.get("/healthz").status_code == 200


def test_a_document_that_expands_when_unpacked_is_not_unpacked(shared_world: World) -> None:
    response = hand_in(shared_world, document(event(11)), **{"Content-Encoding": "gzip"})
    refused(response, 415, "UnsupportedMediaTypeException", "wrong_media_type")


# -- single events --------------------------------------------------------------------------------------------


@pytest.mark.conforms("capture-event-created", "capture-event-id-assigned")
def test_a_single_event_is_created_and_found_at_its_location(shared_world: World) -> None:
    sent = {"@context": CONTEXT, **event(20)}
    response = shared_world.call("POST", "/epcis/events", "farm", body=sent)
    assert response.status_code == 201, response.text
    made = response.get_json()
    assert made.pop("eventID").startswith("ni:///sha-256;")
    assert made == sent
    found = shared_world.get(path_of(response), "farm")
    assert found.status_code == 200, found.text
    (one,) = found.get_json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert one["eventTime"] == sent["eventTime"]


@pytest.mark.conforms("capture-event-exists")
def test_the_same_event_again_is_refused_as_there_already(shared_world: World) -> None:
    sent = {"@context": CONTEXT, **event(21, eventID="urn:uuid:00000000-0000-4000-8000-000000000021")}
    assert shared_world.call("POST", "/epcis/events", "farm", body=sent).status_code == 201
    again = {**sent, "epcList": ["urn:epc:id:sscc:9520000.0000000001"]}
    response = shared_world.call("POST", "/epcis/events", "farm", body=again)
    problem = refused(response, 409, "ResourceAlreadyExistsException", "event_exists")
    assert problem["event"] == sent["eventID"]


def test_a_document_is_no_single_event_and_an_event_is_no_document(shared_world: World) -> None:
    response = shared_world.call("POST", "/epcis/events", "farm", body=document(event(22)))
    refused(response, 400, "ValidationException", "document_not_epcis")
    response = hand_in(shared_world, {"@context": CONTEXT, **event(22)})
    refused(response, 400, "ValidationException", "document_not_epcis")


@pytest.mark.conforms("capture-event-validation")
def test_a_single_event_with_a_fault_is_refused_with_its_path(shared_world: World) -> None:
    sent = {"@context": CONTEXT, **event(23, action="SIT")}
    response = shared_world.call("POST", "/epcis/events", "farm", body=sent)
    problem = refused(response, 400, "ValidationException", "document_field_form")
    assert [error["path"] for error in problem["errors"]] == ["$.action"]
