"""The least that a server can answer: the limit for every page."""

from __future__ import annotations

from collections.abc import Callable, Iterable

_BODY = b"hello"


def app(environ: dict[str, object], start_response: Callable[..., object]) -> Iterable[bytes]:
    """A WSGI application that always says hello."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(_BODY)))])
    return [_BODY]
