"""What is published is what is enforced: every operation, every field, every status."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import marshmallow as ma
import pytest

from api.fields import Amount, Day, Time
from api.problems import STATUS
from tests.api.world import World

Json = Any


@pytest.fixture(scope="module")
def spec(shared_world: World) -> Json:
    return shared_world.get("/api/v1/openapi.json").get_json()


def operations(spec: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                yield method, path, operation


def nodes(value: Json) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
        for below in value.values():
            yield from nodes(below)
    elif isinstance(value, list):
        for below in value:
            yield from nodes(below)


def resolve(spec: Json, value: Json) -> Json:
    while "$ref" in value:
        found = spec
        for step in value["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        value = found
    return value


def test_it_is_openapi_3_1_and_needs_no_key(spec: Json) -> None:
    assert spec["openapi"].startswith("3.1")
    assert spec["servers"] == [{"url": "https://trace.example"}]
    assert set(spec["components"]["securitySchemes"]) == {"bearer", "apiKey"}


def test_every_reference_leads_somewhere(spec: Json) -> None:
    references = [node for node in nodes(spec) if "$ref" in node]
    assert len(references) > 100
    assert all(resolve(spec, node) for node in references)


def test_every_schema_is_json_schema_2020_12(spec: Json) -> None:
    assert len(spec["components"]["schemas"]) > 60
    for schema in spec["components"]["schemas"].values():
        jsonschema_rs.meta.validate({**schema, "$schema": "https://json-schema.org/draft/2020-12/schema"})


def test_every_schema_says_what_it_is_and_so_does_every_field(spec: Json) -> None:
    bare = [
        f"{name}.{field}"
        for name, schema in spec["components"]["schemas"].items()
        for field, one in schema["properties"].items()
        if not one.get("description") and "$ref" not in one
    ]
    assert bare == []


def test_every_schema_but_the_problems_is_closed(spec: Json) -> None:
    open_ = {
        name
        for name, schema in spec["components"]["schemas"].items()
        if schema.get("additionalProperties") is not False
    }
    assert open_ == {"Problem"}


def test_every_operation_has_words_a_name_of_its_own_keys_and_its_problems(spec: Json) -> None:
    found = list(operations(spec))
    assert len({operation["operationId"] for _, _, operation in found}) == len(found) > 35
    for method, path, operation in found:
        assert operation["summary"], path
        assert operation["security"], path
        statuses = set(operation["responses"])
        assert {"400", "401", "500", "503"} <= statuses, path
        assert "default" not in statuses
        assert any(status.startswith("2") for status in statuses)
        if "requestBody" in operation:
            assert {"413", "415"} <= statuses, path
        if method == "post" and not path.endswith("/keys"):
            assert "Idempotency-Key" in {parameter["name"] for parameter in operation["parameters"]}, path


def test_every_problem_is_published_as_problem_json(spec: Json) -> None:
    for status in set(STATUS.values()):
        response = spec["components"]["responses"][f"PROBLEM_{status}"]
        assert set(response["content"]) == {"application/problem+json"}


def test_every_example_keeps_to_its_schema(spec: Json) -> None:
    examples = 0
    for _, _, operation in operations(spec):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            if "example" in content:
                schema = {**content["schema"], "components": spec["components"]}
                jsonschema_rs.validate(schema, content["example"])
                examples += 1
    assert examples >= 4
    for name, schema in spec["components"]["schemas"].items():
        for field, one in schema["properties"].items():
            for example in one.get("examples", ()):
                assert jsonschema_rs.is_valid({**one, "components": spec["components"]}, example), (
                    name,
                    field,
                )


def test_amounts_times_and_days_are_published_as_text_with_a_pattern(spec: Json) -> None:
    line = spec["components"]["schemas"]["Line"]["properties"]
    assert (line["quantity"]["type"], "pattern" in line["quantity"]) == ("string", True)
    ship = spec["components"]["schemas"]["ShipBody"]["properties"]
    assert (ship["time"]["type"], ship["time"]["format"]) == ("string", "date-time")


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        (Amount("x"), ["1", "0.5", "999999999.999999"], ["-1", "1e3", "01", "1.", ".5", "1.0000001", "١"]),
        (
            Time("x"),
            ["2026-11-21T08:00:00Z", "2026-11-21T08:00:00.123+08:00"],
            ["2026-11-21", "2026-11-21T08:00:00"],
        ),
        (Day("x"), ["2026-11-21"], ["2026-13-01", "26-01-01", "2026-11-21\n"]),
    ],
)
def test_the_published_pattern_and_the_reader_agree(field: Any, good: list[str], bad: list[str]) -> None:
    pattern = re.compile(field.metadata["pattern"].replace("$", "\\Z"))
    for text in good:
        assert pattern.match(text)
        field.deserialize(text)
    for text in bad:
        assert not pattern.match(text)
        with pytest.raises(ma.ValidationError):
            field.deserialize(text)
