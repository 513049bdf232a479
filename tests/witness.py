"""A witness, real but local: written from C2SP tlog-witness and tlog-cosignature, with nothing of the service's code
but its Merkle proofs. It remembers the largest checkpoint of each log that it cosigned, and signs none beside it.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from trace.ledger.merkle import verify_consistency

NAME = "witness.example/w1"


@dataclass
class Witness:
    """What it knows and was asked. ``answers``: what it says instead, once each, as (status, body)."""

    port: int = 0
    time: int = 1_800_000_000
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    logs: dict[str, bytes] = field(default_factory=dict)  # origin: public key
    seen: dict[str, tuple[int, bytes]] = field(default_factory=dict)  # origin: size and root
    got: list[str] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/submit"

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(NAME.encode() + b"\n\x04" + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        material = base64.b64encode(b"\x04" + self.public).decode()
        return f"{NAME}+{self.key_id.hex()}+{material}"

    def trusts(self, vkey: str) -> None:
        """Be told of a log."""
        name, _, material = vkey.split("+", 2)
        self.logs[name] = base64.b64decode(material)[1:]

    def signed(self, body: str) -> bytes:
        """A cosignature over a checkpoint's text."""
        said = f"cosignature/v1\ntime {self.time}\n{body}".encode()
        value = self.time.to_bytes(8, "big") + self.key.sign(said)
        return f"— {NAME} {base64.b64encode(self.key_id + value).decode()}\n".encode()

    def add_checkpoint(self, request: str) -> tuple[int, bytes]:
        """The answer to a request: status and body."""
        head, _, note = request.partition("\n\n")
        first, *lines = head.split("\n")
        body, _, signatures = note.partition("\n\n")
        body += "\n"
        origin, size_text, root_text = body.split("\n")[:3]
        old, size, root = int(first.removeprefix("old ")), int(size_text), base64.b64decode(root_text)
        if origin not in self.logs:
            return 404, b""
        if not any(self._holds(origin, body, line) for line in signatures.splitlines()):
            return 403, b""
        if old > size:
            return 400, b""
        before, before_root = self.seen.get(origin, (0, b""))
        if old != before:
            return 409, f"{before}\n".encode()
        proof = [base64.b64decode(line) for line in lines]
        if old == size and root != before_root:
            return 409, f"{before}\n".encode()
        if old and not verify_consistency(old, size, before_root, root, proof):
            return 422, b""
        if not old and proof:
            return 422, b""
        self.seen[origin] = (size, root)
        return 200, self.signed(body)

    def _holds(self, origin: str, body: str, line: str) -> bool:
        name, encoded = line.removeprefix("— ").split(" ")
        if name != origin:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.logs[origin]).verify(
                base64.b64decode(encoded)[4:], body.encode()
            )
        except InvalidSignature:
            return False
        return True


@contextmanager
def witness() -> Iterator[Witness]:
    """A witness on a free port of this machine."""
    made = Witness()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = self.rfile.read(int(self.headers["Content-Length"])).decode()
            made.got.append(request)
            status, body = 404, b""
            if made.answers:
                status, body = made.answers.pop(0)
            elif self.path == "/submit/add-checkpoint":
                status, body = made.add_checkpoint(request)
            self.send_response(status)
            if status == 409:
                self.send_header("Content-Type", "text/x.tlog.size")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
