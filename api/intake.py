"""Requests come in whole before a thread is given to them: an ASGI application around the WSGI one.

A server that hands a WSGI application its request at once lets whoever sends a body byte by byte hold a thread for as
long as he likes, and the read cannot be given up: as many such clients as there are threads, and nobody else is
answered. Here bodies are gathered by the event loop, which holds any number of them, within bounds of size, pace and
memory. A body that oversteps them is not dropped in silence: the application runs, and reading it raises TooSlow.
"""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from api.refusals import TooSlow

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True)
class Pace:
    """How patiently bodies are waited for.

    Between two pieces, and before the first, at most ``patience`` seconds; in all so long and a second more for every
    ``rate`` bytes that came. All bodies together take ``memory`` bytes: beyond it the one that is longest under way
    makes room.
    """

    patience: float = 10.0
    rate: int = 1024
    memory: int = 128 * 1024 * 1024


class Gone(Exception):
    """The client went away before its body was whole."""


@dataclass(eq=False)
class _Coming:
    """A body under way."""

    data: bytearray = field(default_factory=bytearray)
    started: float = 0.0
    clock: asyncio.Timeout = field(default_factory=lambda: asyncio.Timeout(None))
    rest: bool = False  # some of it was left unread


class Intake:
    """Serves ``app`` from ``threads`` threads. ``longest`` tells how many bytes of a body a path takes at most."""

    def __init__(
        self, app: Wsgi, threads: int, longest: Callable[[str], int], pace: Pace | None = None
    ) -> None:
        self._app = app
        self._longest = longest
        self._pace = pace or Pace()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="trace-request")
        self._under_way: dict[_Coming, None] = {}  # in the order in which they began
        self._held = 0  # bytes of all bodies that are under way or being worked on

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3.0, HTTP connection scope)."""
        if scope["type"] != "http":
            return
        environ = _environ(scope)
        coming = _Coming()
        try:
            environ["wsgi.input"] = await self._input(coming, environ, receive)
            loop = asyncio.get_running_loop()
            status, headers, body = await loop.run_in_executor(self._pool, _run, self._app, environ)
        except Gone:
            return
        finally:
            self._held -= len(coming.data)
        if coming.rest:
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _input(self, coming: _Coming, environ: Mapping[str, Any], receive: Receive) -> io.IOBase:
        """The body as the application reads it. Raises Gone.

        What says that it is longer than allowed is not read at all, and what turns out to be longer no further than
        that: the application refuses both.
        """
        announced = environ.get("CONTENT_LENGTH", "")
        length = int(announced) if announced.isdecimal() else None
        limit = self._longest(environ["PATH_INFO"])
        if length is None and "HTTP_TRANSFER_ENCODING" not in environ:
            return io.BytesIO()
        if length is not None and length > limit:
            coming.rest = True
            return io.BytesIO()
        loop = asyncio.get_running_loop()
        coming.started = loop.time()
        self._under_way[coming] = None
        try:
            async with asyncio.timeout(self._pace.patience) as coming.clock:
                await self._gather(coming, receive, limit)
        except TimeoutError:
            coming.rest = True
            return _Cut(TooSlow(received=len(coming.data), seconds=round(loop.time() - coming.started)))
        finally:
            del self._under_way[coming]
        if length is not None and len(coming.data) < length:
            raise Gone
        return io.BytesIO(bytes(coming.data))

    async def _gather(self, coming: _Coming, receive: Receive, limit: int) -> None:
        pace, loop = self._pace, asyncio.get_running_loop()
        while len(coming.data) <= limit:
            message = await receive()
            if message["type"] != "http.request":
                raise Gone
            piece = message.get("body", b"")
            coming.data += piece
            self._held += len(piece)
            if not message.get("more_body", False):
                return
            at_this_pace = coming.started + pace.patience + len(coming.data) / pace.rate
            coming.clock.reschedule(min(loop.time() + pace.patience, at_this_pace))
            if self._held > pace.memory:
                next(iter(self._under_way)).clock.reschedule(loop.time())
        coming.rest = True


class _Cut(io.RawIOBase):
    """The input of a request whose body did not come: whoever reads it is told."""

    def __init__(self, refusal: TooSlow) -> None:
        self._refusal = refusal

    def readable(self) -> bool:
        """It can be asked."""
        return True

    def readinto(self, _buffer: Any) -> int:
        """Raise TooSlow."""
        raise self._refusal


def _run(app: Wsgi, environ: dict[str, Any]) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Call a WSGI application (PEP 3333); its answer, whole."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], _error: Any = None
    ) -> Callable[..., None]:
        started.append((status, headers))
        return lambda data: None

    parts = app(environ, start_response)
    try:
        body = b"".join(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    status, headers = started[-1]
    spelled = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return int(status[:3]), spelled, body


def _environ(scope: Scope) -> dict[str, Any]:
    """The request as WSGI tells it (PEP 3333), bytes as the characters of Latin-1."""
    path = scope.get("raw_path") or scope["path"].encode()
    server, client = scope.get("server") or ("", 0), scope.get("client") or ("", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "RAW_URI": path.decode("latin-1"),  # a lot's own slash (%2F) is told from a separator by it
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }
    for raw_name, raw_value in scope["headers"]:
        if b"_" in raw_name:  # it would pass for the one with a hyphen
            continue
        name, value = raw_name.decode("latin-1").upper().replace("-", "_"), raw_value.decode("latin-1")
        if name not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            name = f"HTTP_{name}"
        joint = "; " if name == "HTTP_COOKIE" else ","
        environ[name] = f"{environ[name]}{joint}{value}" if name in environ else value
    return environ
