"""The log as C2SP tlog-tiles: checkpoint, tiles, entry bundles, and the key they are signed with.

It is for programs that know nothing of us. Only what a published checkpoint covers is served, so that nobody
sees an entry that was not yet promised to stay.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from api.auth import context
from api.refusals import NotFound
from trace.ledger import tiles
from trace.ledger.errors import LedgerError
from trace.services import log, witnesses

blueprint = Blueprint("log", __name__, url_prefix="/log")

# What a tile's path says never changes: a wider one has another path.
_FOREVER = "public, max-age=31536000, immutable"


@blueprint.get("/checkpoint")
def get_checkpoint() -> Response:
    """A signed checkpoint over everything committed now, with the lines of witnesses that signed the same one."""
    note = witnesses.with_cosignatures(context(), context().publisher.publish())
    response = Response(note, mimetype="text/plain")
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/checkpoint/witnessed")
def get_witnessed() -> Response:
    """The largest checkpoint that a witness cosigned (C2SP tlog-cosignature), for whoever wants one that is."""
    note = witnesses.witnessed(context())
    if note is None:
        raise NotFound(path=request.path)
    response = Response(note, mimetype="text/plain")
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/key")
def get_key() -> Response:
    """The log's verifier key, as C2SP signed-note writes it."""
    response = Response(context().publisher.vkey + "\n", mimetype="text/plain")
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/tile/<path:rest>")
def get_tile(rest: str) -> Response:
    """A tile or an entry bundle, full or partial."""
    try:
        tile = tiles.Tile.parse(f"tile/{rest}")
    except LedgerError:
        raise NotFound(path=request.path) from None
    data = log.tile(context(), tile)
    if data is None:
        raise NotFound(path=request.path)
    response = Response(data, mimetype="application/octet-stream")
    response.headers["Cache-Control"] = _FOREVER
    return response


@blueprint.after_request
def open_to_all(response: Response) -> Response:
    """Pages of any origin may check the log in a reader's own browser."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
