"""A client that knows nothing but the address finds out what there is and how to ask."""

from __future__ import annotations

import pytest

from tests.api.test_epcis_headers import refused
from tests.api.world import World

READ = (
    *("/", "/events", "/events/urn:uuid:1", "/eventTypes", "/eventTypes/ObjectEvent", "/epcs"),
    *("/epcs/urn:epc:id:gid:1.2.3", "/epcs/urn:epc:id:gid:1.2.3/events", "/bizSteps/shipping/events"),
    *("/bizSteps", "/bizLocations", "/readPoints", "/dispositions", "/dispositions/active/events"),
)


@pytest.mark.conforms("epcis-root")
@pytest.mark.parametrize("path", ["/epcis", "/epcis/"])
def test_the_root_lists_every_resource(shared_world: World, path: str) -> None:
    root = shared_world.get(path, "farm").get_json()
    assert root["type"] == "Collection"
    assert set(root["member"]) == {
        *("capture", "events", "eventTypes", "epcs", "bizSteps"),
        *("bizLocations", "readPoints", "dispositions", "queries"),
    }


@pytest.mark.conforms("epcis-options", "epcis-vendor-version")
@pytest.mark.parametrize("path", READ)
def test_options_tells_methods_versions_and_forms_of_each_address(shared_world: World, path: str) -> None:
    """It tells the same whether the thing exists or not, since nobody need be signed in to ask."""
    response = shared_world.call("OPTIONS", f"/epcis{path}")
    assert (response.status_code, response.data) == (204, b"")
    assert {"OPTIONS", "HEAD", "GET"} <= set(response.headers["Allow"].split(", "))
    for name in ("GS1-EPCIS-Version", "GS1-EPCIS-Min", "GS1-EPCIS-Max", "GS1-CBV-Version", "GS1-CBV-Min"):
        assert response.headers[name] == "2.0.0"
    assert response.headers["GS1-EPC-Format"] == "No_Preference"
    assert response.headers["GS1-CBV-XML-Format"] == "Never_Translates"
    assert response.headers["GS1-Vendor-Version"] == "Trace 1"


def test_options_with_a_wrong_key_says_so(shared_world: World) -> None:
    response = shared_world.call("OPTIONS", "/epcis/events", headers={"Authorization": "Bearer wrong"})
    refused(response, 401, "SecurityException")


@pytest.mark.conforms("epcis-head")
def test_head_answers_as_get_without_the_body(shared_world: World) -> None:
    get, head = (shared_world.call(method, "/epcis/bizSteps", "farm") for method in ("GET", "HEAD"))
    assert (head.status_code, head.data) == (200, b"")
    for name in ("Content-Type", "Content-Length", "Link", "GS1-EPCIS-Version"):
        assert head.headers.get(name) == get.headers.get(name)


@pytest.mark.conforms("epcis-token-delete")
def test_giving_a_page_up_releases_all_that_is_kept_for_it_which_is_nothing(shared_world: World) -> None:
    response = shared_world.call("DELETE", "/epcis/nextPageToken/abc", "farm")
    assert (response.status_code, response.data) == (204, b"")
