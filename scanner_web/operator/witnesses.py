"""Who cosigns the ledger's checkpoints: how each stands, a new one, and one that is asked no more."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.operator import blueprint
from scanner_web.signed import frame
from scanner_web.signed.posting import tried
from trace.services import witnesses
from trace.services.context import Rights


@blueprint.get("/witnesses")
def witness_list() -> AnyResponse:
    """Every witness and its state."""
    return _witnesses()


@blueprint.post("/witnesses")
def witness_add() -> AnyResponse:
    """Have a witness asked from now on."""

    def work() -> AnyResponse:
        vkey, address = request.form.get("vkey", ""), request.form.get("address", "")
        witnesses.add(frame.context(), frame.actor(), vkey, address)
        return frame.go("/operate/witnesses")

    return tried(work, _witnesses)


@blueprint.post("/witnesses/end")
def witness_end() -> AnyResponse:
    """Ask a witness no more."""

    def work() -> AnyResponse:
        witnesses.end(frame.context(), frame.actor(), request.form.get("witness", ""))
        return frame.go("/operate/witnesses")

    return tried(work, _witnesses)


def _witnesses(error: Exception | None = None) -> AnyResponse:
    ctx = frame.context()
    return frame.page(
        "operator/witnesses.html",
        error=error,
        listed=witnesses.listed(ctx),
        may=frame.me().user.rights is Rights.OWNER,
        origin=ctx.ledger,
        vkey=ctx.publisher.vkey,
        typed={name: request.form.get(name, "") for name in ("vkey", "address")},
    )
