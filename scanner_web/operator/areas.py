"""Areas: divisions by their codes, what they are called, who lies in them and who inspects there."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.operator import blueprint
from scanner_web.signed import frame
from scanner_web.signed.posting import tried
from trace.services import registry


@blueprint.get("/areas")
def areas() -> AnyResponse:
    """Every area with its numbers."""
    return _areas()


@blueprint.post("/areas")
def name_area() -> AnyResponse:
    """Call a division by a name."""

    def work() -> AnyResponse:
        registry.name_area(frame.context(), request.form.get("code", ""), request.form.get("name", ""))
        return frame.go("/operate/areas")

    return tried(work, _areas)


def _areas(error: Exception | None = None) -> AnyResponse:
    typed = {name: request.form.get(name, "") for name in ("code", "name")}
    return frame.page(
        "operator/areas.html", error=error, areas=registry.every_area(frame.context()), typed=typed
    )
