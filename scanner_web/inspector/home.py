"""The first page: search, and what needs an inspector's eye."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.inspector import blueprint
from scanner_web.signed import frame
from trace.services import attention


@blueprint.get("")
def home() -> AnyResponse:
    """What stands out: in the inspector's own area, or everywhere where he has none or asks for it."""
    actor = frame.actor()
    own = attention.area_of(actor.party.region)
    everywhere = own is None or request.args.get("area") == "all"
    seen = attention.overview(frame.context(), actor, area=None if everywhere else own)
    return frame.page("inspector/home.html", seen=seen, own_area=own, everywhere=everywhere)
