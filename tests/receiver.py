"""A subscriber's server, real but local: it answers as it is told, and checks signatures as a stranger would."""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Got:
    """One request as it arrived."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def message(self) -> str:
        return self.headers["Trace-Message"]

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def results(self) -> dict[str, Any]:
        found: dict[str, Any] = self.document["epcisBody"]["queryResults"]
        return found

    @property
    def events(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = self.results["resultsBody"]["eventList"]
        return listed

    def signed_with(self, token: str) -> bool:
        """As docs/webhooks.md tells receivers, and with nothing of the sender's code."""
        parts = dict(part.split("=", 1) for part in self.headers["GS1-Signature"].split(","))
        signed = f"{parts['id']}.{parts['t']}.".encode() + self.body
        expected = hmac.new(token.encode(), signed, hashlib.sha256).hexdigest()
        return parts["id"] == self.message and hmac.compare_digest(parts["v1"], expected)


@dataclass
class Receiver:
    """What came, and what is answered: each of ``answers`` once, as (status, headers), then 200."""

    port: int
    scheme: str = "http"
    got: list[Got] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)

    def url(self, path: str = "/hook", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    def answer(self, *statuses: int, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers += [(status, named) for status in statuses]


@contextmanager
def receiver(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A server on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.got.append(Got(self.path, dict(self.headers.items()), body))
            status, headers = made.answers.pop(0) if made.answers else (200, {})
            self.send_response(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that breaks off is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    made = Receiver(server.server_address[1], "http" if tls is None else "https")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
