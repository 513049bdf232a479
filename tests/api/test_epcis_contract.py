"""Every answer is one that the standard's own OpenAPI file describes, whatever is asked.

The file (GS1 EPCIS 2.0.0 REST bindings) is mended first where it contradicts the standard's text or itself; each mend
stands in ``mended`` with its reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from schemathesis.specs.openapi.schemas import OpenApiSchema

from tests.api.epcis import capture, seen
from tests.api.world import World
from tests.shared_data import shared

Json = Any

_QUERIED = "/events"
_PAGED = (
    "/capture",
    "/eventTypes",
    "/epcs",
    "/bizSteps",
    "/bizLocations",
    "/readPoints",
    "/dispositions",
    "/queries",
)


def mended(standard: Json) -> Json:
    """The standard's file, with its faults put right, served under /epcis."""
    responses, schemas = standard["components"]["responses"], standard["components"]["schemas"]
    unavailable = json.loads(json.dumps(responses["500ImplementationException"]).replace("500", "503"))
    responses["503"] = unavailable
    # The example beside it names NoSuchResourceException, as the standard's text does for all but named queries.
    _types(responses["404ResourceNotFound"])["enum"] += ["epcisException:NoSuchResourceException"]
    # A conflict is 409; the file wants the number 406 in its body.
    _status(responses["409ResourceAlreadyExistsException"])["enum"] = [409]
    # Written as prefix=namespace pairs, which the file's own example does; its schema asks for an object.
    schemas["GS1-Extensions"] = {"type": "string"}
    # An address in angle brackets and a parameter (RFC 8288), as in the example; no URI.
    del schemas["Link"]["format"]
    # Refusals are problem+json everywhere else.
    responses["400SubscriptionIssues"]["content"] = {
        "application/problem+json": responses["400SubscriptionIssues"]["content"]["application/json"]
    }
    # A parameter may be wrong where subscriptions are listed, too.
    _types(responses["400SubscriptionIssues"])["enum"] += ["epcisException:QueryParameterException"]
    # One query is an object, as its example is; the schema is that of the list.
    one = standard["paths"]["/queries/{queryName}"]["get"]["responses"]["200"]["content"]["application/json"]
    one["schema"] = one["schema"]["items"]
    # A job without an errorFile fits both of the shapes of which it must fit one.
    (shapes,) = (part for part in schemas["CaptureJob"]["allOf"] if "oneOf" in part)
    shapes["anyOf"] = shapes.pop("oneOf")
    for path, methods in standard["paths"].items():
        for method, operation in methods.items():
            if method not in ("get", "post", "delete", "options"):
                continue
            answers = operation["responses"]
            # A service may be down, and an address may be too long, whatever is asked.
            answers.setdefault("503", {"$ref": "#/components/responses/503"})
            answers.setdefault("414", {"$ref": "#/components/responses/414URLTooLong"})
            if method == "get" and (path.endswith(_QUERIED) or path in _PAGED or "{" in path or path == "/"):
                # The text demands QueryParameterException and QueryTooLargeException (8.2.7.1); the file has them
                # under a few of the addresses that take parameters.
                answers.setdefault("400", {"$ref": "#/components/responses/400QueryIssues"})
                answers.setdefault("413", {"$ref": "#/components/responses/413QueryScopeOrSize"})
            elif method == "post":
                # A query or subscription may be wrong as well as a document, and any body may be too long.
                name = "400SubscriptionIssues" if path.endswith("subscriptions") else "400QueryIssues"
                answers.setdefault("400", {"$ref": f"#/components/responses/{name}"})
                answers.setdefault("413", {"$ref": "#/components/responses/413CapturePayloadTooLarge"})
            # An address with an id is 404 where nothing has it; a token is given up by whoever has a key.
            for status, name in (("401", "401UnauthorizedRequest"), ("406", "406NotAcceptable")):
                answers.setdefault(status, {"$ref": f"#/components/responses/{name}"})
    standard["servers"] = [{"url": "/epcis"}]
    return standard


def _body(response: Json) -> Json:
    return response["content"]["application/problem+json"]["schema"]["allOf"][0]["properties"]


def _types(response: Json) -> Json:
    return _body(response)["type"]


def _status(response: Json) -> Json:
    return _body(response)["status"]


@pytest.fixture(scope="module")
def standard(shared_world: World) -> OpenApiSchema:
    """The standard's description of a world with a few events of the farm's."""
    spec = json.loads(shared("epcis", "openapi.json").read_text(encoding="utf-8"))
    place = {"id": "urn:epc:id:sgln:4012345.00011.0"}
    more = {"readPoint": place, "bizLocation": place, "disposition": "active", "epcList": [LISTS["epcs"][1]]}
    capture(shared_world, "farm", *(seen(n, eventID=f"urn:x:{n}", **more) for n in range(4)))
    found = schemathesis.openapi.from_dict(mended(spec))
    found.app = shared_world.app
    return found


@dataclass(frozen=True)
class Asked:
    """One request and the status that answers it."""

    path: str
    status: int
    method: str = "GET"
    names: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    who: str | None = "farm"


LISTS = {
    "eventTypes": ("eventType", "ObjectEvent"),
    "epcs": ("epc", "urn:epc:id:sgtin:4012345.012345.1"),
    "bizSteps": ("bizStep", "inspecting"),
    "bizLocations": ("bizLocation", "urn:epc:id:sgln:4012345.00011.0"),
    "readPoints": ("readPoint", "urn:epc:id:sgln:4012345.00011.0"),
    "dispositions": ("disposition", "active"),
}


def asked() -> Iterator[Asked]:
    """Each reading address in each way that it can be answered."""
    token = {"token": "x"}
    yield Asked("/nextPageToken/{token}", 204, "DELETE", token)
    yield Asked("/nextPageToken/{token}", 401, "DELETE", token, who=None)
    addresses: list[tuple[str, dict[str, str], str]] = [("/", {}, ""), ("/events", {}, "")]
    addresses.append(("/events/{eventID}", {"eventID": "urn:x:1"}, "urn:x:none"))
    for name, (id, value) in LISTS.items():
        addresses.append((f"/{name}", {}, ""))
        addresses += [(f"/{name}/{{{id}}}{below}", {id: value}, "urn:x:none") for below in ("", "/events")]
    for path, names, unknown in addresses:
        yield Asked(path, 200, names=names)
        yield Asked(path, 204, "OPTIONS", names=names, who=None)
        yield Asked(path, 401, names=names, who=None)
        yield Asked(path, 400, names=names, query={"perPage": "x"})
        yield Asked(path, 406, names=names, headers={"Accept": "application/xml"})
        yield Asked(path, 406, names=names, headers={"GS1-EPCIS-Min": "3"})
        if unknown:
            yield Asked(path, 404, names=dict.fromkeys(names, unknown))
        if path.endswith(_QUERIED):
            yield Asked(
                path, 200, names=names, query={"perPage": "1"}, headers={"GS1-EPC-Format": "Always_EPC_URN"}
            )
            yield Asked(path, 400, names=names, query={"EQ_action": "LOOK"})
            yield Asked(path, 413, names=names, query={"maxEventCount": "1"})
            yield Asked(path, 414, names=names, query={"EQ_bizStep": "x" * 9000})


@pytest.mark.conforms("epcis-file")
@pytest.mark.parametrize("status", [200, 204, 400, 401, 404, 406, 413, 414])
def test_each_address_answers_as_the_standard_describes(
    shared_world: World, standard: OpenApiSchema, status: int
) -> None:
    requests = [one for one in asked() if one.status == status]
    assert requests
    for one in requests:
        headers = dict(one.headers)
        if one.who is not None:
            headers["Authorization"] = f"Bearer {shared_world.keys[one.who]}"
        case = standard[one.path][one.method].Case(
            path_parameters=dict(one.names), query=dict(one.query), headers=headers
        )
        response = case.call()
        assert response.status_code == one.status, (one, response.text)
        case.validate_response(response)


# What is asked for at random is seldom there, and the file's own schemas are wider than the text: lists without
# members, versions that nobody speaks.
NOT_ASKED = [positive_data_acceptance, negative_data_rejection]


@pytest.mark.conforms("epcis-file")
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_no_request_gets_an_answer_that_the_standard_does_not_describe(
    shared_world: World, standard: OpenApiSchema, mode: GenerationMode
) -> None:
    found = [one.ok() for one in standard.get_all_operations()]
    # OPTIONS is one function for all addresses, which the walk above has asked of each.
    operations = [one for one in found if one.method != "options" or one.path == "/capture"]
    assert len(operations) > 30
    headers = {"Authorization": f"Bearer {shared_world.keys['farm']}"}
    for operation in operations:
        _storm(operation.as_strategy(generation_mode=mode), headers)
    assert shared_world.flaw() is None


def _storm(cases: SearchStrategy[Case], headers: dict[str, str]) -> None:
    @given(case=cases)
    @settings(max_examples=2, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    def storm(case: Case) -> None:
        case.call_and_validate(headers=headers, excluded_checks=NOT_ASKED)

    with suppress(Unsatisfiable):  # nothing that this operation takes can be wrong: a text in a path
        storm()
