"""The log as C2SP tlog-tiles: checkpoint, tiles, entry bundles, and the key they are signed with.

It is for programs that know nothing of us. Only what a published checkpoint covers is served, so that nobody
sees an entry that was not yet promised to stay.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from api.auth import context
from api.refusals import NotFound
from trace.ledger import checkpoint, tiles
from trace.ledger.errors import LedgerError
from trace.services.context import Context
from trace.store.log import LogReader

blueprint = Blueprint("log", __name__, url_prefix="/log")

# What a tile's path says never changes: a wider one has another path.
_FOREVER = "public, max-age=31536000, immutable"


@blueprint.get("/checkpoint")
def get_checkpoint() -> Response:
    """A signed checkpoint over everything committed now."""
    note = context().publisher.publish()
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
    ctx = context()
    if not 0 < tile.width <= tiles.width_at(tile.level or 0, tile.index, _published(ctx)):
        raise NotFound(path=request.path)

    def read(connection) -> bytes:  # type: ignore[no-untyped-def]
        log = LogReader(connection, ctx.ledger)
        if tile.level is None:
            return log.entries_tile(tile.index, tile.width)
        return log.tile(tile.level, tile.index, tile.width)

    response = Response(ctx.sequencer.read(read), mimetype="application/octet-stream")
    response.headers["Cache-Control"] = _FOREVER
    return response


@blueprint.after_request
def open_to_all(response: Response) -> Response:
    """Pages of any origin may check the log in a reader's own browser."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _published(ctx: Context) -> int:
    note = ctx.publisher.latest()
    return checkpoint.open(note, ctx.publisher.verifier).size if note is not None else 0
