"""The first page: search, and what needs an inspector's eye."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.inspector import blueprint
from scanner_web.signed import frame
from trace.services import attention, registry


@blueprint.get("")
def home() -> AnyResponse:
    """What stands out: in the inspector's own areas, or everywhere where he has none or asks for it."""
    ctx, actor = frame.context(), frame.actor()
    own = attention.own_areas(ctx, actor)
    everywhere = not own or request.args.get("area") == "all"
    seen = attention.overview(ctx, actor, areas=() if everywhere else own)
    names = registry.area_names(ctx)
    called = ", ".join(names.get(code, code) for code in own)
    return frame.page("inspector/home.html", seen=seen, own_area=called, everywhere=everywhere)
