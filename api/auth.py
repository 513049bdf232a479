"""Who asks: an API key in ``Authorization: Bearer`` or in ``X-API-Key``.

A key that is sent is always checked, also where none is needed: whoever sends a wrong one should hear of it
and not get the public's answer instead.
"""

from __future__ import annotations

from flask import current_app, g, request

from api.refusals import KeyRefused, Unauthenticated
from trace.services import parties
from trace.services.context import Actor, Context

SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "The party's API key as a bearer token."},
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "The same key, for clients that cannot send a bearer token.",
    },
}
REQUIRED = [{"bearer": []}, {"apiKey": []}]
OPTIONAL = [{}, *REQUIRED]

_LONGEST = 256


def context() -> Context:
    """The service that this application serves."""
    ctx: Context = current_app.extensions["trace"]
    return ctx


def actor() -> Actor | None:
    """Who asks, None for anyone. Raises KeyRefused for a key that is not good."""
    token = _token()
    if token is None:
        return None
    found = parties.authenticate(context(), token) if len(token) <= _LONGEST else None
    if found is None:
        raise KeyRefused
    g.party = found.party.id
    return found


def signed_in() -> Actor:
    """Who asks. Raises Unauthenticated, KeyRefused."""
    found = actor()
    if found is None:
        raise Unauthenticated
    return found


def _token() -> str | None:
    bearer = None
    if (header := request.headers.get("Authorization")) is not None:
        scheme, _, bearer = header.strip().partition(" ")
        bearer = bearer.strip()
        if scheme.lower() != "bearer" or not bearer:
            raise KeyRefused
    key = request.headers.get("X-API-Key")
    if bearer is not None and key is not None and key.strip() != bearer:
        raise KeyRefused
    return bearer if bearer is not None else (key.strip() if key is not None else None)
