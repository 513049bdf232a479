"""Events come back as they were captured, to those they concern, page by page, and nothing is passed over."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from api.epcis.frame import LONGEST_URI, MOST_PER_PAGE, PER_PAGE
from tests.api.epcis import EX, FORMAT, STANDARD, ask, capture, events, named, next_of, pages, seen
from tests.api.test_epcis_headers import refused
from tests.api.world import World
from trace.services import events as service

ID = "urn:uuid:{:08x}-0000-4000-8000-000000000000"
GTIN = "https://id.gs1.org/01/04012345123456"


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [event["eventID"] for event in found]


@pytest.mark.conforms("epcis-events", "epcis-round-trip", "epcis-format-keep")
def test_an_event_comes_back_with_all_that_it_came_with(world: World) -> None:
    event = seen(
        1,
        eventID=ID.format(1),
        recordTime="2026-10-01T00:05:00.123456789+08:00",
        **{
            "ex:seal": [{"ex:no": 7.25, "ex:ok": True}],
            "readPoint": {"id": "urn:epc:id:sgln:4012345.00011.0"},
        },
    )
    capture(world, "farm", event)
    for wanted in ({}, {FORMAT: "No_Preference"}, {FORMAT: "Never_Translates"}):
        response = ask(world, "farm", "events", wanted)
        document = response.get_json()
        assert events(response) == [event]
        assert document["@context"] == [STANDARD, EX]
        assert document["type"] == "EPCISQueryDocument"
        assert document["epcisBody"]["queryResults"]["queryName"] == "SimpleEventQuery"


def test_identifiers_come_in_the_form_that_was_asked_for(world: World) -> None:
    capture(world, "farm", seen(1, **{"ex:of": ["urn:epc:id:sgtin:4012345.012345.1"]}))
    (event,) = events(ask(world, "farm", "events", {FORMAT: "Always_GS1_Digital_Link"}))
    assert event["epcList"] == [f"{GTIN}/21/1"]
    assert event["ex:of"] == ["urn:epc:id:sgtin:4012345.012345.1"]
    (event,) = events(ask(world, "farm", f"events/{named(event['eventID'])}", {FORMAT: "Always_EPC_URN"}))
    assert event["epcList"] == ["urn:epc:id:sgtin:4012345.012345.1"]


@pytest.mark.conforms("epcis-events", "epcis-404")
def test_nobody_learns_of_an_event_that_is_not_his_business(world: World) -> None:
    """An attacker who guesses the id gets the answer that he gets for any id."""
    capture(world, "farm", seen(1, eventID=ID.format(1)))
    assert events(ask(world, "market", "events")) == []
    path = f"events/{named(ID.format(1))}"
    hidden, absent = ask(world, "market", path), ask(world, "market", f"events/{named(ID.format(9))}")
    told = refused(hidden, 404, "NoSuchResourceException")
    assert {**told, "detail": 0, "instance": 0, "event": 0} == {
        **refused(absent, 404, "NoSuchResourceException"),
        "detail": 0,
        "instance": 0,
        "event": 0,
    }
    assert len(events(ask(world, "inspector", "events"))) == len(events(ask(world, "farm", path))) == 1


@pytest.mark.conforms("epcis-event-id")
def test_an_event_without_an_id_is_asked_for_by_its_hash(world: World) -> None:
    capture(world, "farm", seen(1))
    (event,) = events(ask(world, "farm", "events"))
    assert event["eventID"].startswith("ni:///sha-256;")
    assert events(ask(world, "farm", f"events/{named(event['eventID'])}")) == [event]
    assert events(ask(world, "farm", f"events/{event['eventID'].replace('?', '%3F')}")) == [event]


@pytest.mark.conforms("epcis-event-corrections")
def test_an_event_comes_with_what_was_declared_wrong_about_it(world: World) -> None:
    wrong = seen(1, eventID=ID.format(1))
    declared = {
        **wrong,
        "errorDeclaration": {"declarationTime": "2026-10-03T00:00:00Z", "reason": "did_not_occur"},
    }
    capture(world, "farm", wrong)
    capture(world, "farm", declared)
    assert events(ask(world, "farm", f"events/{named(ID.format(1))}")) == [wrong, declared]


@pytest.mark.conforms("epcis-query-document")
def test_events_of_documents_that_contradict_each_other_keep_their_own_context(world: World) -> None:
    capture(world, "farm", seen(1, **{"ex:a": 1}))
    capture(world, "farm", seen(2, **{"ex:a": 2}), context=[STANDARD, {"ex": "http://other.example/"}])
    response = ask(world, "farm", "events", orderBy="eventTime", orderDirection="ASC")
    assert response.get_json()["@context"] == STANDARD
    assert [event["@context"][1]["ex"] for event in events(response)] == [
        "http://ns.example/",
        "http://other.example/",
    ]


@pytest.mark.conforms("epcis-per-page", "epcis-next-link")
def test_pages_follow_each_other_to_the_last_which_has_no_next(world: World) -> None:
    total = PER_PAGE + 3
    capture(world, "farm", *(seen(n, eventID=ID.format(n)) for n in range(total)))
    first, second = pages(world, "farm", "events", EQ_bizStep="inspecting")
    assert (len(events(first)), len(events(second))) == (PER_PAGE, 3)
    assert set(ids(events(first))) | set(ids(events(second))) == {ID.format(n) for n in range(total)}
    sizes = [len(events(page)) for page in pages(world, "farm", "events", perPage=11)]
    assert sizes == [11, 11, 11]
    assert len(events(ask(world, "farm", "events", perPage=MOST_PER_PAGE + 1))) == total


def test_the_next_page_of_the_longest_query_is_not_too_long(world: World) -> None:
    """The address of a page holds the query and the token, each sign of it spelt out."""
    capture(world, "farm", seen(1), seen(2))
    wanted = "|".join(f"urn:epc:id:sgtin:4012345.012345.{n}{'::' * 24}" for n in range(94))
    wanted += "|urn:epc:id:sgtin:4012345.012345.1|urn:epc:id:sgtin:4012345.012345.2"
    first = world.get(f"/epcis/events?perPage=1&MATCH_epc={wanted}", "farm")
    address = next_of(first)
    assert address is not None
    assert len(address) > LONGEST_URI
    assert len(events(world.get(address, "farm"))) == 1


@pytest.mark.conforms("epcis-page-stable")
def test_pages_show_each_event_once_while_new_ones_arrive(world: World) -> None:
    capture(world, "farm", *(seen(n, eventID=ID.format(n)) for n in range(6)))
    found: list[str] = []
    for n, page in enumerate(pages(world, "farm", "events", perPage=2)):
        found += ids(events(page))
        capture(world, "farm", seen(100 + n, eventID=ID.format(100 + n)), seen(n + 200))
    assert sorted(found) == [ID.format(n) for n in range(6)]


@pytest.mark.conforms("epcis-token-own")
def test_a_page_of_one_query_or_reader_is_no_page_of_another(world: World) -> None:
    capture(world, "farm", *(seen(n) for n in range(3)))
    address = next_of(ask(world, "farm", "events", perPage=1))
    assert address is not None
    refused(world.get(address, "market"), 400, "QueryParameterException")
    refused(world.get(f"{address}&EQ_action=ADD", "farm"), 400, "QueryParameterException")


@pytest.mark.conforms("epcis-query-refused", "epcis-problem")
@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"EQ_bizSteps": "shipping"}, "EQ_bizSteps"),
        ({"EQ_action": "LOOK"}, "LOOK"),
        ({"GE_eventTime": "yesterday"}, "yesterday"),
        ({"perPage": "0"}, "perPage"),
        ({"perPage": "١"}, "perPage"),
        ({"perPage": "10 "}, "perPage"),
        ({"nextPageToken": "nonsense"}, "nonsense"),
        ({"EQ_ex:colour": "red"}, "ex"),
    ],
    ids=str,
)
def test_a_parameter_that_is_not_understood_is_refused_and_named(
    shared_world: World, query: dict[str, str], told: str
) -> None:
    """A query that silently misses is worse than none."""
    problem = refused(ask(shared_world, "farm", "events", **query), 400, "QueryParameterException")
    assert told in problem["detail"]


def test_a_parameter_that_is_repeated_is_refused(shared_world: World) -> None:
    response = shared_world.get("/epcis/events?EQ_action=ADD&EQ_action=DELETE", "farm")
    assert refused(response, 400, "QueryParameterException")["field"] == "EQ_action"


def test_an_event_by_its_id_takes_no_parameters(shared_world: World) -> None:
    response = ask(shared_world, "farm", f"events/{named(ID.format(1))}", EQ_action="ADD")
    refused(response, 400, "QueryParameterException")


@pytest.mark.conforms("epcis-extensions-asked")
def test_a_prefix_of_the_clients_own_stands_for_its_namespace(world: World) -> None:
    capture(world, "farm", seen(1, **{"ex:colour": "red"}), seen(2, **{"ex:colour": "green"}))
    headers = {"GS1-Extensions": "theirs=http://ns.example/"}
    (event,) = events(ask(world, "farm", "events", headers, **{"EQ_theirs:colour": "red"}))
    assert event["ex:colour"] == "red"


@pytest.mark.conforms("epcis-query-too-large")
def test_more_than_the_client_can_take_is_an_error_and_no_part_of_the_answer(world: World) -> None:
    capture(world, "farm", *(seen(n) for n in range(3)))
    response = ask(world, "farm", "events", maxEventCount=2)
    assert refused(response, 413, "QueryTooLargeException")["limit"] == "2"
    assert len(events(ask(world, "farm", "events", maxEventCount=3))) == 3


@pytest.mark.conforms("epcis-500")
def test_a_fault_tells_nothing_of_its_innards(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OperationalError("SELECT secret", {}, Exception("SECRET"))

    monkeypatch.setattr("api.epcis.events.events.query", broken)
    response = ask(world, "farm", "events")
    refused(response, 500, "ImplementationException")
    assert "SECRET" not in response.text
    assert "secret" not in response.text


def test_what_was_registered_here_is_read_in_the_same_way(world: World) -> None:
    """An EPCIS client sees what the pages and the friendly API wrote."""
    batch = world.batch("100")
    world.deliver(batch["code"], "60", "canteen")
    steps = [event["bizStep"] for event in events(ask(world, "canteen", "events", orderBy="recordTime"))]
    assert steps == ["receiving", "shipping"]
    assert len(events(ask(world, "farm", "events", MATCH_anyEPCClass=batch["uri"]))) == 3


def test_a_page_of_huge_events_is_cut_short_and_the_next_ones_bring_the_rest(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else whoever names a reader in a few hundred events of a megabyte fills the service's memory."""
    monkeypatch.setattr(service, "_AT_ONCE", 2)
    monkeypatch.setattr(service, "LARGEST_PAGE", 5000)
    capture(world, "farm", *(seen(n, **{"ex:x": "y" * 1000}) for n in range(14)))
    found = [events(page) for page in pages(world, "farm", "events", perPage=9)]
    assert [len(page) for page in found] == [4, 4, 4, 2]
    assert len({event["eventTime"] for page in found for event in page}) == 14
