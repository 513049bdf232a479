"""A party: what it is, what it holds, what it was sent and sent on, and what does not add up."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.inspector import blueprint, links
from scanner_web.signed import frame
from trace.domain.refusals import UnknownParty
from trace.services import attention


def unknown(refusal: UnknownParty) -> AnyResponse:
    """An honest page with the search box, where there is no such party."""
    return frame.page("inspector/unknown.html", 404, read=refusal.party)


blueprint.register_error_handler(UnknownParty, unknown)


@blueprint.get("/party/<id>")
def party(id: str) -> AnyResponse:
    """The party."""
    file = attention.party(
        frame.context(),
        frame.actor(),
        links.named(id)[:300],
        holdings=request.args.get("holdings"),
        deliveries=request.args.get("deliveries"),
    )
    return frame.page("inspector/party.html", file=file)
