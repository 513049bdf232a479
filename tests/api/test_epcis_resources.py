"""A client walks from the lists of types, steps, places and EPCs to their events, as far as they are its own."""

from __future__ import annotations

import pytest

from tests.api.epcis import EX, FORMAT, STANDARD, ask, capture, events, members, named, pages, seen
from tests.api.test_epcis_headers import refused
from tests.api.world import World
from trace.interop import words

PLACE = "urn:epc:id:sgln:4012345.00011.0"
PLACE_LINK = "https://id.gs1.org/414/4012345000115"
LOT = "urn:epc:class:lgtin:4012345.012345.L%2F1"
LOT_LINK = "https://id.gs1.org/01/04012345123456/10/L%2F1"
OWN_STEP = "http://ns.example/weighing"
OWN_STATE = "http://ns.example/weighed"


@pytest.fixture(scope="module")
def filled(shared_world: World) -> World:
    """Events of two parties who have nothing to do with each other."""
    weighed = {"bizStep": "ex:weighing", "disposition": OWN_STATE, "readPoint": {"id": PLACE}}
    lot = {"quantityList": [{"epcClass": LOT, "quantity": 3, "uom": "KGM"}]}
    capture(
        shared_world,
        "farm",
        seen(1, **weighed),
        seen(2, bizLocation={"id": PLACE}, disposition="active"),
        seen(3, **lot, epcList=[]),
    )
    capture(
        shared_world, "market", seen(4, bizStep="http://market.example/secret", readPoint={"id": "urn:x:m"})
    )
    return shared_world


def whole(world: World, who: str, path: str, **query: int) -> list[str]:
    """All pages of a list together."""
    return [value for page in pages(world, who, path, **query) for value in members(page)]


@pytest.mark.conforms("epcis-vocabularies")
@pytest.mark.parametrize(
    ("path", "standard", "own"),
    [
        ("bizSteps", words.BIZ_STEP.words, [OWN_STEP]),
        ("dispositions", words.DISPOSITION.words, [OWN_STATE]),
        (
            "eventTypes",
            {
                *("ObjectEvent", "AggregationEvent", "TransactionEvent"),
                *("TransformationEvent", "AssociationEvent"),
            },
            [],
        ),
    ],
)
@pytest.mark.parametrize("per_page", [1, 5, 30, 41, 42, 200])
def test_the_standards_words_are_listed_and_those_of_ones_own_events(
    filled: World, path: str, standard: frozenset[str], own: list[str], per_page: int
) -> None:
    found = [members(page) for page in pages(filled, "farm", path, perPage=per_page)]
    together = [value for page in found for value in page]
    assert together == [*sorted(standard), *own]
    assert all(0 < len(page) <= per_page for page in found)


@pytest.mark.conforms("epcis-known")
def test_places_and_epcs_of_ones_own_events_are_listed(filled: World) -> None:
    assert whole(filled, "farm", "readPoints") == whole(filled, "farm", "bizLocations") == [PLACE_LINK]
    epcs = whole(filled, "farm", "epcs", perPage=1)
    assert sorted(epcs) == sorted(
        [f"https://id.gs1.org/01/04012345123456/21/{n}" for n in (1, 2)] + [LOT_LINK]
    )
    assert set(epcs) < set(whole(filled, "inspector", "epcs"))
    answer = ask(filled, "farm", "bizLocations", {FORMAT: "Always_EPC_URN"})
    assert members(answer) == [PLACE]


def test_nobody_finds_the_words_and_places_of_others(filled: World) -> None:
    """A step, a place or an EPC of a competitor's own would tell that he exists and what he does."""
    assert "http://market.example/secret" in whole(filled, "market", "bizSteps")
    assert "http://market.example/secret" not in whole(filled, "farm", "bizSteps", perPage=200)
    for path in (f"bizSteps/{named('http://market.example/secret')}", f"readPoints/{named('urn:x:m')}"):
        assert ask(filled, "market", path).status_code == 200
        assert ask(filled, "inspector", path).status_code == 200
        refused(ask(filled, "farm", path), 404, "NoSuchResourceException")
        refused(ask(filled, "farm", f"{path}/events"), 404, "NoSuchResourceException")


@pytest.mark.conforms("epcis-sub-resource", "epcis-spelling")
@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        ("eventTypes", "ObjectEvent", 3),
        ("eventTypes", "https://ref.gs1.org/epcis/ObjectEvent", 3),
        ("eventTypes", "TransactionEvent", 0),
        ("bizSteps", "inspecting", 2),
        ("bizSteps", "urn:epcglobal:cbv:bizstep:inspecting", 2),
        ("bizSteps", "https://ref.gs1.org/cbv/BizStep-inspecting", 2),
        ("bizSteps", OWN_STEP, 1),
        ("bizSteps", "mine:weighing", 1),
        ("dispositions", "active", 1),
        ("dispositions", OWN_STATE, 1),
        ("readPoints", PLACE, 1),
        ("bizLocations", PLACE_LINK, 1),
        ("epcs", LOT, 1),
        ("epcs", LOT_LINK, 1),
        ("epcs", "https://shop.example/01/4012345123456/10/L%2F1", 1),
        ("epcs", "urn:epc:id:sgtin:4012345.012345.2", 1),
    ],
)
def test_each_value_leads_to_its_events_however_it_is_spelt(
    filled: World, path: str, value: str, found: int
) -> None:
    headers = {"GS1-Extensions": "mine=http://ns.example/"}
    below = ask(filled, "farm", f"{path}/{named(value)}", headers)
    assert members(below) == ["events"]
    assert len(events(ask(filled, "farm", f"{path}/{named(value)}/events", headers))) == found


@pytest.mark.conforms("epcis-404", "epcis-sub-resource")
@pytest.mark.parametrize(
    "path",
    [
        "eventTypes/NoEvent",
        "bizSteps/inspectin",
        "bizSteps/mine:weighing",
        "dispositions/urn:x:none",
        "readPoints/nowhere",
        "bizLocations/urn:epc:id:sgln:4012345.00099.0",
        "epcs/urn:epc:id:sgtin:4012345.012345.99",
        "epcs/reader",
    ],
)
def test_a_value_that_no_event_has_is_not_found(filled: World, path: str) -> None:
    refused(ask(filled, "farm", path), 404, "NoSuchResourceException")
    refused(ask(filled, "farm", f"{path}/events"), 404, "NoSuchResourceException")


@pytest.mark.conforms("epcis-sub-events")
def test_the_events_of_a_value_can_be_narrowed_and_paged(filled: World) -> None:
    path = "eventTypes/ObjectEvent/events"
    assert len(events(ask(filled, "farm", path, EQ_readPoint=PLACE))) == 1
    assert events(ask(filled, "farm", path, eventType="TransactionEvent")) == []
    assert [len(events(page)) for page in pages(filled, "farm", path, perPage=2)] == [2, 1]
    refused(ask(filled, "farm", path, EQ_nothing="x"), 400, "QueryParameterException")


@pytest.mark.conforms("epcis-extensions-asked")
def test_lists_use_the_prefixes_of_the_client(filled: World) -> None:
    headers = {"GS1-Extensions": "mine=http://ns.example/"}
    *_, last = pages(filled, "farm", "bizSteps", headers)
    assert last.get_json()["@context"] == [STANDARD, {"mine": EX["ex"]}]
    assert members(last)[-1] == "mine:weighing"


@pytest.mark.parametrize(
    "query", [{"perPage": "none"}, {"nextPageToken": "standard-x"}, {"EQ_action": "ADD"}]
)
def test_a_list_refuses_what_it_does_not_understand(filled: World, query: dict[str, str]) -> None:
    refused(ask(filled, "farm", "bizSteps", **query), 400, "QueryParameterException")
