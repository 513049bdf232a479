"""Pages and files go over the wire compressed, for whoever takes gzip (RFC 9110, section 8.4.1.3).

Only what is for everybody: beside a secret, such as a form's token behind the sign-in, the length of a compressed
answer tells what in it repeats (BREACH). Files that pages load are compressed once and kept.
"""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Response, request

_LEAST = 600  # bytes: below, nothing is won
_KINDS = frozenset(
    {
        "application/json",
        "application/ld+json",
        "application/linkset+json",
        "application/manifest+json",
        "application/problem+json",
        "application/wasm",
        "image/svg+xml",
        "text/css",
        "text/html",
        "text/javascript",
    }
)
_STATIC = Path(__file__).with_name("static")


def compress(response: Response) -> Response:
    """The answer, shorter where the browser takes it so and it is worth it."""
    if response.mimetype not in _KINDS or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    if response.status_code != 200 or request.accept_encodings.quality("gzip") <= 0 or request.range:
        return response
    short = _file() if request.endpoint and request.endpoint.endswith(".static") else _page(response)
    if short is None:
        return response
    if (close := getattr(response.response, "close", None)) is not None:
        close()  # the file that would have been sent
    response.direct_passthrough = False
    response.set_data(short)
    response.headers["Content-Encoding"] = "gzip"
    # Of two codings of one file the tag can only be weak (RFC 9110, section 8.8.1).
    etag, _ = response.get_etag()
    if etag is not None:
        response.set_etag(etag, weak=True)
    return response


def _page(response: Response) -> bytes | None:
    if response.direct_passthrough or response.is_streamed:
        return None
    data = response.get_data()
    return gzip.compress(data, 6, mtime=0) if len(data) >= _LEAST else None


def _file() -> bytes | None:
    path = (_STATIC / (request.view_args or {}).get("filename", "")).resolve()
    if not path.is_relative_to(_STATIC.resolve()):
        return None
    status = path.stat()
    return _kept(path, status.st_mtime_ns) if status.st_size >= _LEAST else None


@lru_cache(maxsize=200)
def _kept(path: Path, _changed: int) -> bytes:
    return gzip.compress(path.read_bytes(), 9, mtime=0)
