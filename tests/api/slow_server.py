"""The service behind a real server whose patience is short: ``granian --interface asgi tests.api.slow_server:app``."""

from __future__ import annotations

from functools import cache

from api.intake import Intake, Pace

THREADS = 2
LIMIT = 64 * 1024


@cache
def _app() -> Intake:
    import wsgi  # noqa: PLC0415  it begins to serve when it is asked for

    return Intake(wsgi.app, THREADS, lambda path: LIMIT, Pace(patience=0.5))


def __getattr__(name: str) -> Intake:
    if name == "app":
        return _app()
    raise AttributeError(name)
