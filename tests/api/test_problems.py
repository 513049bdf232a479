"""Whatever is refused is told in one form, with a stable code, in the reader's language, and with no innards."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import BadGateway, ClientDisconnected

import api
import trace
from api import fields as field_types
from api import plain
from api.problems import RESERVED, STATUS
from api.refusals import Words
from tests.api.world import World
from trace import i18n
from trace.domain.refusals import Refusal
from trace.services.checkpoints import LedgerForked
from trace.services.keys import KeysUnusable
from trace.store.sequencer import LedgerStopped


def kinds() -> Iterator[type[Refusal]]:
    for package in (trace, api):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    waiting = [Refusal]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if "code" in vars(kind):
                yield kind


def test_every_refusal_has_a_status_of_its_own_and_words_in_both_languages() -> None:
    found = list(kinds())
    assert len(found) > 60
    assert [kind for kind in found if kind not in STATUS] == []
    assert [kind.code for kind in found if kind.code not in i18n.catalogs()] == []


def test_titles_exist_for_every_status() -> None:
    assert all(f"problem_{status}" in i18n.catalogs() for status in STATUS.values())


def test_a_refusals_numbers_never_overwrite_the_members_of_a_problem() -> None:
    clashes = {
        (kind.code, field.name) for kind in kinds() for field in fields(kind) if field.name in RESERVED
    }
    assert clashes == {("wrong_shape", "errors")}  # which does not give it away as a number


def test_a_refusal_tells_its_numbers_to_a_program_and_a_sentence_to_a_person(world: World) -> None:
    batch = world.batch("100")
    lines = [{"batch": batch["code"], "quantity": "120", "unit": "KGM"}]
    body = {"to": world.ids["canteen"], "lines": lines}
    english = world.post("movements/ship", "farm", body)
    chinese = world.post("movements/ship", "farm", body, headers={"Accept-Language": "zh-CN"})
    problem = english.get_json()
    assert english.status_code == 409
    assert english.mimetype == "application/problem+json"
    assert problem["type"] == "https://trace.example/problems/not_enough"
    assert (problem["code"], problem["asked"], problem["holds"]) == ("not_enough", "120", "100")
    assert problem["instance"] == "/api/v1/movements/ship"
    assert english.headers["Content-Language"] == "en"
    assert chinese.headers["Content-Language"] == "zh"
    assert "120" in problem["detail"]
    assert problem["detail"] != chinese.get_json()["detail"]
    assert "Accept-Language" in english.vary


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/api/v1/nowhere", 404, "not_found"),
        ("GET", "/log/nowhere", 404, "not_found"),
        ("DELETE", "/healthz", 405, "method_not_allowed"),
        ("PUT", "/api/v1/batches", 405, "method_not_allowed"),
        ("GET", "/api/v1/batches/N0SUCHC0DE1", 404, "unknown_batch"),
        ("GET", "/api/v1/me", 401, "unauthenticated"),
        ("GET", "/api/v1/entries/999999/receipt", 404, "not_found"),
        ("GET", "/api/v1/entries/01/receipt", 404, "not_found"),
        ("GET", "/api/v1/entries/١/receipt", 404, "not_found"),
        ("GET", "/api/v1/batches/%00", 404, "not_found"),
        ("GET", "/api/v1/events/urn:uuid:nothing", 404, "unknown_event"),
        ("GET", "/problems/nothing", 404, "not_found"),
    ],
)
def test_every_address_answers_failure_with_a_problem(
    world: World, method: str, path: str, status: int, code: str
) -> None:
    response = world.call(method, path)
    assert (response.status_code, response.get_json()["code"]) == (status, code)
    assert response.mimetype == "application/problem+json"
    if status == 405:
        assert response.headers["Allow"]


def fail(world: World, error: Exception) -> Any:
    """The answer of an address whose work fails so."""

    def broken() -> None:
        raise error

    world.app.view_functions["health.alive"] = broken
    return world.get("/healthz")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (RuntimeError("SECRET at /home/x"), 500, "internal_error"),
        (KeysUnusable("SECRET"), 500, "internal_error"),
        (LedgerForked("SECRET"), 503, "ledger_forked"),
        (ClientDisconnected("SECRET"), 400, "bad_request"),
        (BadGateway("SECRET"), 500, "internal_error"),
        (OperationalError("SECRET", {}, Exception()), 500, "internal_error"),
        (LedgerStopped("SECRET-ledger", "OperationalError"), 503, "ledger_stopped"),
    ],
)
def test_a_fault_shows_the_caller_nothing_of_the_inside(
    world: World, error: Exception, status: int, code: str
) -> None:
    response = fail(world, error)
    assert (response.status_code, response.get_json()["code"]) == (status, code)
    assert "SECRET" not in response.text
    assert "Traceback" not in response.text


def test_a_fault_is_found_in_the_log_by_the_number_its_caller_was_told(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    response = fail(world, RuntimeError("the cause"))
    line = json.loads(capsys.readouterr().err.strip().splitlines()[-1])
    assert line["request"] == response.get_json()["request"] == response.headers["X-Request-Id"]
    assert line["level"] == "error"
    assert "the cause" in line["exception"]


def test_a_problems_type_leads_to_its_explanation(world: World) -> None:
    path = "/problems/not_enough"
    for_programs = world.get(path, headers={"Accept": "application/json"}).get_json()
    assert for_programs["status"] == 409
    assert set(for_programs["words"]) == {"en", "zh"}
    page = world.get(path, headers={"Accept": "text/html"})
    assert page.mimetype == "text/html"
    assert "not_enough" in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_codes_of_identifiers_are_explained_too(world: World) -> None:
    answer = world.get("/problems/gtin_check_digit", headers={"Accept": "application/json"})
    assert answer.get_json()["status"] == 422


def test_a_wrong_document_lists_all_that_is_wrong_with_it(world: World) -> None:
    document = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-01-01T00:00:00Z",
        "epcisBody": {"eventList": [{"type": "ObjectEvent"}]},
    }
    answer = world.post("documents", "plant", document)
    assert answer.status_code == 422
    errors = answer.get_json()["errors"]
    assert len(errors) > 1
    assert all(error["path"].startswith("$") and error["message"] for error in errors)
    assert errors[0]["code"] == answer.get_json()["code"]


def test_words_of_wrong_fields_exist_for_every_code() -> None:
    """Each message of a field is a code, and each code has words."""
    said = set()
    for kind in vars(field_types).values():
        for source in (getattr(kind, "default_error_messages", {}), getattr(kind, "error_messages", {})):
            for found in source.values() if isinstance(source, dict) else ():
                said |= {
                    one.code
                    for one in (found if isinstance(found, list) else [found])
                    if isinstance(one, Words)
                }
    assert said
    assert said <= set(i18n.catalogs())


def test_what_has_no_form_in_json_is_never_sent_as_something_else() -> None:
    with pytest.raises(TypeError):
        plain.dumps({"folder": object()})
