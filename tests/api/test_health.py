"""Whoever runs the service learns whether it is alive, whether it can work, and how much it does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

import wsgi
from api import create_app
from tests.api.conftest import config_for
from tests.api.world import World
from trace.ledger import checkpoint
from trace.store.sequencer import LedgerStopped


def ready(world: World) -> tuple[int, dict[str, str]]:
    response = world.get("/readyz")
    return response.status_code, response.get_json()["checks"]


def test_a_service_that_works_says_so(any_world: World) -> None:
    assert any_world.get("/healthz").get_json() == {"status": "ok"}
    status, checks = ready(any_world)
    assert status == 200
    assert set(checks.values()) == {"ok"}


def test_a_stopped_sequencer_is_not_ready_and_still_alive(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(work: object) -> None:
        raise LedgerStopped("l", "disk full")

    monkeypatch.setattr(world.ctx.sequencer, "submit", stopped)
    status, checks = ready(world)
    assert (status, checks["sequencer"], checks["database"]) == (503, "LedgerStopped", "ok")
    assert world.get("/healthz").status_code == 200


def test_a_database_out_of_reach_is_not_ready_and_its_address_not_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(work: object) -> None:
        raise OperationalError("SECRET@host", {}, Exception())

    monkeypatch.setattr(world.ctx.sequencer, "read", broken)
    response = world.get("/readyz")
    assert response.status_code == 503
    assert response.get_json()["checks"]["database"] == "OperationalError"
    assert "SECRET" not in response.text


def test_an_empty_ledger_is_not_ready(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trace.services.log.size", lambda ctx: 0)
    status, checks = ready(world)
    assert (status, checks["ledger"]) == (503, "LedgerEmpty")


def test_a_ledger_that_is_not_the_one_that_was_signed_is_not_ready_and_signs_nothing(
    world: World, tmp_path: Path
) -> None:
    world.get("/log/checkpoint")
    ahead = checkpoint.Checkpoint(world.ctx.ledger, world.size() + 1, bytes(32))
    note = checkpoint.sign(ahead, world.ctx.keys.log)
    (tmp_path / "checkpoint.note").write_text(note, encoding="utf-8")
    status, checks = ready(world)
    assert (status, checks["checkpoints"]) == (503, "LedgerForked")
    refused = world.get("/log/checkpoint")
    assert (refused.status_code, refused.get_json()["code"]) == (503, "ledger_forked")


def test_before_the_first_checkpoint_there_is_nothing_to_contradict(world: World, tmp_path: Path) -> None:
    (tmp_path / "checkpoint.note").unlink(missing_ok=True)
    assert ready(world)[0] == 200


def test_requests_are_counted_by_route_and_not_by_address(world: World) -> None:
    for code in ("AAAAAAAAAAA", "BBBBBBBBBBB"):
        world.get(f"batches/{code}")
    world.call("BREW", "/coffee")
    text = world.get("/metrics").text
    assert (
        'trace_http_requests_total{method="GET",route="/api/v1/batches/<name:batch>",status="404"} 2.0'
        in text
    )
    assert "AAAAAAAAAAA" not in text
    assert "BREW" not in text
    found = re.search(r"^trace_ledger_entries ([0-9.]+)$", text, re.MULTILINE)
    assert found
    assert float(found[1]) == world.size()


def test_the_server_finds_the_application_where_it_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("TRACE_VAR", str(tmp_path)),
        ("TRACE_DEMO", "1"),
        ("TRACE_BASE_URL", "http://127.0.0.1"),
    ):
        monkeypatch.setenv(name, value)
    wsgi._app.cache_clear()
    app = wsgi.app
    assert app is wsgi.app
    client = app.test_client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/", headers={"Accept": "text/html"}).mimetype == "text/html"
    plain = client.get("/api/v1/nothing", headers={"Accept": "text/html"})
    assert (plain.status_code, plain.mimetype) == (404, "application/problem+json")
    assert "Strict-Transport-Security" not in plain.headers
    with pytest.raises(AttributeError):
        _ = wsgi.application
    app.extensions["trace"].sequencer.engine.dispose()
    wsgi._app.cache_clear()


def test_the_largest_body_is_what_the_configuration_says(world: World, tmp_path: Path) -> None:
    small = create_app(config_for(tmp_path, TRACE_MAX_BODY="2048"), world.ctx)
    world.app = small
    assert world.call("POST", "products", "farm", data=b" " * 2049).status_code == 413
    assert world.call("POST", "products", "farm", data=b" " * 2048).status_code == 400
    assert create_app(context=world.ctx).config["LARGEST_BODY"] == 1 << 20
