"""Bodies that come slowly, come in bits, are too long, or never end: they cost their sender, and nobody else."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.intake import Intake, Pace, _environ
from scanner_web.paths import link_of, raw_path
from tests.api import slow_server
from tests.api.world import World
from tests.scenario import environment

ROOT = Path(__file__).resolve().parents[2]

# -- the intake alone ----------------------------------------------------------------------------------------


def echo(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answers with what it was sent; a body that did not come is told as the application would tell it."""
    try:
        body = environ["wsgi.input"].read()
    except Exception as error:
        start_response("408 Request Timeout", [("X-Code", error.code)])  # type: ignore[attr-defined]
        return [b""]
    start_response("200 OK", [("X-Path", environ["PATH_INFO"]), ("X-Name", environ.get("HTTP_X_NAME", ""))])
    return [body]


def scope(*headers: tuple[bytes, bytes], path: bytes = b"/x", method: str = "POST") -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "http_version": "1.1",
        "path": path.decode(errors="replace"),
        "raw_path": path,
        "query_string": b"",
        "headers": list(headers),
    }


def length(size: int) -> tuple[bytes, bytes]:
    return b"content-length", str(size).encode()


CHUNKED = (b"transfer-encoding", b"chunked")


class Client:
    """Sends pieces of a body; ``never`` stands for a piece that does not come."""

    never = object()

    def __init__(self, *pieces: object) -> None:
        self._pieces = list(pieces)
        self.sent: list[Mapping[str, Any]] = []

    async def receive(self) -> Mapping[str, Any]:
        if not self._pieces:
            return {"type": "http.disconnect"}
        piece = self._pieces.pop(0)
        if piece is self.never:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": piece, "more_body": bool(self._pieces)}

    async def send(self, message: Mapping[str, Any]) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int | None:
        return self.sent[0]["status"] if self.sent else None

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode("latin-1") for name, value in self.sent[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)


def serve(intake: Intake, of: dict[str, Any], *pieces: object) -> Client:
    client = Client(*pieces)
    asyncio.run(intake(of, client.receive, client.send))
    return client


def intake(limit: int = 1000, pace: Pace | None = None) -> Intake:
    return Intake(echo, 2, lambda path: limit, pace or Pace(patience=0.05))


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=10), st.booleans())
def test_a_body_reaches_the_application_whole_however_it_was_cut(
    pieces: list[bytes], announced: bool
) -> None:
    whole = b"".join(pieces)
    answer = serve(intake(), scope(length(len(whole)) if announced else CHUNKED), *pieces)
    assert (answer.status, answer.body) == (200, whole)


@given(st.binary(min_size=1, max_size=40))
def test_a_path_of_any_bytes_is_told_as_wsgi_wants_it(path: bytes) -> None:
    quoted = b"/" + b"".join(b"%%%02x" % byte for byte in path)
    answer = serve(intake(), scope(path=quoted, method="GET"))
    assert answer.headers["x-path"].encode("latin-1") == b"/" + path


def test_a_name_with_an_underscore_cannot_pass_for_the_one_with_a_hyphen() -> None:
    answer = serve(intake(), scope((b"x_name", b"forged"), (b"x-name", b"a"), (b"x-name", b"b")))
    assert answer.headers["x-name"] == "a,b"


def test_a_body_that_says_it_is_too_long_is_not_read() -> None:
    answer = serve(intake(limit=10), scope(length(11)), Client.never)
    assert (answer.status, answer.headers["connection"]) == (200, "close")


def test_a_body_that_turns_out_too_long_is_read_no_further_than_that() -> None:
    answer = serve(intake(limit=10), scope(CHUNKED), b"12345678", b"12345678", Client.never)
    assert (len(answer.body), answer.headers["connection"]) == (16, "close")


@pytest.mark.parametrize("pieces", [(Client.never,), (b"{", Client.never)], ids=["silent", "begun"])
def test_a_body_that_stops_coming_is_given_up(pieces: tuple[object, ...]) -> None:
    answer = serve(intake(), scope(length(100)), *pieces)
    assert answer.status == 408
    assert (answer.headers["x-code"], answer.headers["connection"]) == ("too_slow", "close")


def test_a_body_that_keeps_coming_byte_by_byte_is_given_up_too() -> None:
    """Each byte comes in time, all of them together do not."""

    class Trickling(Client):
        async def receive(self) -> Mapping[str, Any]:
            await asyncio.sleep(0.01)
            return {"type": "http.request", "body": b"x", "more_body": True}

    client = Trickling()
    asyncio.run(intake(pace=Pace(patience=0.05, rate=1000))(scope(length(1000)), client.receive, client.send))
    assert client.status == 408


def test_a_client_that_goes_away_gets_no_answer_and_the_application_no_half_body() -> None:
    assert serve(intake(), scope(length(100)), b"half").status is None
    assert serve(intake(), scope(CHUNKED)).status is None


def test_where_memory_is_short_the_longest_under_way_makes_room() -> None:
    taking = intake(pace=Pace(patience=30, memory=100))
    slow, quick = Client(b"x" * 60, Client.never), Client(b"y" * 60, b"")

    async def both() -> None:
        first = asyncio.create_task(taking(scope(length(100)), slow.receive, slow.send))
        await asyncio.sleep(0)
        await asyncio.gather(first, taking(scope(length(60)), quick.receive, quick.send))

    asyncio.run(both())
    assert (slow.status, quick.status) == (408, 200)
    again = Client(b"z" * 90, b"")  # what was held before is free again
    asyncio.run(taking(scope(length(90)), again.receive, again.send))
    assert again.status == 200


def test_a_slash_inside_a_lot_is_told_from_a_separator() -> None:
    """``A%2F21%2F5`` is one lot; decoded, it could be lot A with serial 5."""
    environ = _environ(scope(path=b"/01/09520000000028/10/A%2F21%2F5", method="GET"))
    assert environ["PATH_INFO"] == "/01/09520000000028/10/A/21/5"
    link = link_of(raw_path(environ))
    assert (link.get("10"), link.get("21")) == ("A/21/5", None)


@pytest.mark.parametrize("path", [b"/epcis/capture", b"/epcis/events", b"/api/v1/parties"])
def test_whoever_was_too_slow_reads_so_in_a_problem(shared_world: World, path: bytes) -> None:
    taking = Intake(shared_world.app, 2, lambda path: 1000, Pace(patience=0.05))
    key = (b"authorization", f"Bearer {shared_world.keys['farm']}".encode())
    kind = (b"content-type", b"application/json")
    answer = serve(taking, scope(length(100), key, kind, path=path), b"{", Client.never)
    problem = json.loads(answer.body)
    assert (answer.status, problem["code"], problem["received"]) == (408, "too_slow", "1")
    assert (answer.headers["content-type"], answer.headers["connection"]) == (
        "application/problem+json",
        "close",
    )


# -- behind a real server ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where a real server listens, with two threads and little patience."""
    folder = tmp_path_factory.mktemp("server")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TRACE_")}
    settings = environment(folder, f"sqlite:///{folder / 'trace.db'}")
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--port", str(number), "--no-ws"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*command, "tests.api.slow_server:app"],
            cwd=ROOT,
            env={**inherited, **settings},
            stdout=log,
            stderr=log,
        )
        try:
            _wait_for(number, process)
            yield number
        finally:
            process.terminate()
            process.wait(30)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        with suppress(OSError):
            assert get(port) == 200
            return
        with suppress(subprocess.TimeoutExpired):
            pytest.fail(f"the server ended with {process.wait(0.05)}")
    pytest.fail("the server does not answer")


def get(port: int) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("GET", "/healthz")
        return connection.getresponse().status


def begin(port: int, *headers: str) -> socket.socket:
    """A request whose body is still to come."""
    client = socket.create_connection(("127.0.0.1", port), timeout=20)
    lines = ["POST /api/v1/parties HTTP/1.1", "Host: x", "Content-Type: application/json", *headers]
    client.sendall("\r\n".join([*lines, "", ""]).encode())
    return client


def answer(client: socket.socket) -> bytes:
    """All that comes back until the server ends the connection."""
    found = b""
    with suppress(ConnectionResetError):
        while piece := client.recv(65536):
            found += piece
    return found


def test_many_more_slow_senders_than_threads_hold_up_nobody_and_each_is_ended(port: int) -> None:
    clients = [begin(port, "Content-Length: 100") for _ in range(20 * slow_server.THREADS)]
    for client in clients:
        client.sendall(b"{")
    assert get(port) == 200
    for client in clients:
        with client:
            assert b"connection: close" in answer(client)


def test_a_hundred_megabytes_are_refused_before_they_are_sent_and_the_service_goes_on(port: int) -> None:
    with begin(port, "Content-Length: 104857600") as client:
        assert answer(client).startswith(b"HTTP/1.1 4")
    assert get(port) == 200


def test_a_body_without_end_is_cut_off_at_the_limit(port: int) -> None:
    piece = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
    with begin(port, "Transfer-Encoding: chunked") as client, pytest.raises(ConnectionError):
        client.sendall(piece * 1_000)
    assert get(port) == 200
