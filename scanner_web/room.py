"""How much a request may carry where people send files; everything else keeps to the usual size."""

from __future__ import annotations

from flask import Flask, request

MEGABYTE = 1024 * 1024

ROOM = {
    # A ledger goes up twice: as a file to be tried, and once more, in base64, to be recorded as it was tried.
    "/desk/import": 8 * MEGABYTE,
    # Some photos of what was short or rejected; phones that run scripts make them smaller first.
    "/desk/receive": 24 * MEGABYTE,
    # One photo of goods, by anybody.
    "/report": 13 * MEGABYTE,
}
"""Bytes of a whole body, by path; also below it."""


def room(path: str) -> int | None:
    """Bytes of the longest body that a page's path takes; None where it is the usual one."""
    below = f"{path}/"
    return next((most for known, most in ROOM.items() if below.startswith(f"{known}/")), None)


def init_app(app: Flask) -> None:
    """Make room before anything reads a form."""

    @app.before_request
    def make_room() -> None:
        if (most := room(request.path)) is not None:
            request.max_content_length = most
            request.max_form_memory_size = most


__all__ = ["MEGABYTE", "ROOM", "init_app", "room"]
