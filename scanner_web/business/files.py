"""Files that a page gives away."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response


def attached(data: bytes, kind: str, plain: str, name: str) -> Response:
    """A file to keep: its name in ASCII, and in full for whoever reads RFC 6266 (section 4.3)."""
    response = Response(data, content_type=kind)
    full = quote(name.replace("/", "-"), safe="")
    response.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"
    return response
