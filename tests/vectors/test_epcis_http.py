"""Documents that nobody on this project wrote go in over HTTP and come out equal; bad ones are refused with the place.

Sources: as ``test_epcis_documents``.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from api import create_app
from tests.api.conftest import config_for
from tests.api.world import World, settle
from tests.shared_data import shared
from tests.vectors.test_epcis_documents import INVALID, good
from trace.interop.epcis import Document, read_document
from trace.interop.event_hash import EventHashUnknown, event_hash
from trace.services import capture_jobs
from trace.services.background import Background


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[World]:
    """One service that takes every document."""
    folder = tmp_path_factory.mktemp("vectors")
    shutil.copyfile(sqlite_template, folder / "trace.db")
    made = settle(create_app(config_for(folder)))
    yield made
    made.ctx.sequencer.engine.dispose()


def hand_in(world: World, data: bytes) -> dict[str, Any]:
    """The finished job of a document."""
    headers = {"Content-Type": "application/ld+json"}
    response = world.call("POST", "/epcis/capture", "farm", data=data, headers=headers)
    assert response.status_code == 202, response.text
    Background(world.ctx, [capture_jobs.step]).drain()
    job: dict[str, Any] = world.get(
        response.headers["Location"].removeprefix("https://trace.example"), "farm"
    ).get_json()
    return job


def named(document: Document, position: int) -> str:
    """The id under which an event is found: its own, else its hash."""
    event = document.events[position]
    return str(event.get("eventID") or event_hash(event, document.context_of(position)))


def asked(world: World, id: str) -> tuple[Any, list[dict[str, Any]]]:
    """What is found under an event's id: the context, and the events."""
    response = world.get(f"/epcis/events/{quote(id, safe='')}", "farm")
    assert response.status_code == 200, response.text
    found = response.get_json()
    return found["@context"], found["epcisBody"]["queryResults"]["resultsBody"]["eventList"]


@pytest.mark.conforms("capture-round-trip", "capture-event-id-assigned")
def test_every_good_document_goes_in_and_each_event_comes_out_equal_with_the_same_hash(world: World) -> None:
    """With all its fields, extensions and contexts."""
    compared = 0
    for path in good():
        data = path.read_bytes()
        document = read_document(data)
        job = hand_in(world, data)
        assert (job["running"], job["success"], job["errors"]) == (False, True, []), path.name
        for position, event in enumerate(document.events):
            context, found = asked(world, named(document, position))
            whole = {"eventID": named(document, position), **event}
            same = [one for one in found if {n: v for n, v in one.items() if n != "@context"} == _bare(whole)]
            assert same, (path.name, position)
            outer = [*_listed(context), *_listed(same[0].get("@context"))]
            assert hash_of(same[0], outer) == hash_of(event, document.context_of(position)), path.name
            compared += 1
    assert compared == 83
    assert world.flaw() is None


def hash_of(event: dict[str, Any], context: object) -> str | None:
    """The event hash, where the contexts that are at hand tell what each field means."""
    try:
        return event_hash(_bare(event), context)
    except EventHashUnknown:
        return None


def _bare(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name != "@context"}


def _listed(context: Any) -> list[Any]:
    return context if isinstance(context, list) else [] if context is None else [context]


@pytest.mark.conforms("capture-invalid-documents")
@pytest.mark.parametrize("name", INVALID)
def test_every_bad_document_is_refused_over_http_with_the_place_of_each_fault(
    world: World, name: str
) -> None:
    data = shared("epcis", "invalid", name).read_bytes()
    response = world.call("POST", "/epcis/capture", "farm", data=data)
    assert response.status_code == 400
    problem = response.get_json()
    assert problem["type"] == "epcisException:ValidationException"
    assert [error["path"] for error in problem["errors"]] == INVALID[name]


@pytest.mark.parametrize("name", ["Query_with_invalid_values.json", "Query_with_unknown_parameter.json"])
def test_a_query_is_no_document(world: World, name: str) -> None:
    data = shared("epcis", "invalid", name).read_bytes()
    response = world.call("POST", "/epcis/capture", "farm", data=data)
    assert response.status_code == 400
    assert response.get_json()["code"] == "document_not_epcis"
