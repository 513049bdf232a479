"""/d/<code>: what a delivery note's code opens. What is in the delivery is for its two sides, and for inspectors."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from flask import Blueprint
from werkzeug.wrappers import Response as AnyResponse

from scanner_web import answers
from scanner_web.answers import Unknown, template_words
from scanner_web.signed import frame
from scanner_web.views import no_code
from scanner_web.words import t
from trace.domain.model import Role, ShipmentState
from trace.domain.refusals import UnknownShipment
from trace.domain.roles import Act, allows
from trace.identifiers import InvalidIdentifier, ShortCode
from trace.services import lists
from trace.services.accounts import Signed

blueprint = Blueprint("notes", __name__)
blueprint.after_request(frame.protect)
blueprint.context_processor(template_words)
blueprint.context_processor(frame.signed_words)


@blueprint.get("/d/<code>")
@blueprint.get("/D/<code>")
def note(code: str) -> AnyResponse:
    """To receiving, for whoever the goods are for; to the record for who knows it; else a page that says what it is."""
    ctx = frame.context()
    try:
        short = ShortCode.parse(code).value
    except InvalidIdentifier:
        return answers.unknown(no_code(code), code)
    id = f"{ctx.base_url}/d/{short}"
    if not lists.is_shipment(ctx, id):
        return answers.unknown(Unknown("unknown_shipment", "page_unknown_title", t("slip_unknown"), short))
    signed = frame.known()
    if signed is not None and (path := _path(signed, id, short)) is not None:
        return frame.go(path)
    return frame.page("note.html", code=short, again="/in?" + urlencode({"next": f"/d/{short}"}))


def _path(signed: Signed, id: str, code: str) -> str | None:
    """Where the delivery stands for whoever is signed in; None where it is none of his."""
    actor = signed.actor
    if actor.party.role is Role.INSPECTOR:
        return f"/inspect/search?q={code}"
    try:
        found = lists.shipment(frame.context(), actor, id)
    except UnknownShipment:
        return None
    if actor.uri == found.receiver.uri:
        if found.state is ShipmentState.OPEN and allows(actor.party.role, Act.RECEIVE):
            return f"/desk/receive?code={quote(id, safe='')}"
        return f"/desk/entries/{found.index if found.settled_index is None else found.settled_index}"
    return f"/desk/entries/{found.index}" if actor.uri == found.sender.uri else None
