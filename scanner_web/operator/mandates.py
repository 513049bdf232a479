"""Mandates that businesses gave on paper (代录), written down and ended for them."""

from __future__ import annotations

from werkzeug.wrappers import Response as AnyResponse

from scanner_web.operator import blueprint
from scanner_web.operator.parties import party_page
from scanner_web.signed import forms, frame
from trace.services import mandates
from trace.services.context import Done


@blueprint.post("/parties/<party>/mandates")
def write_down(party: str) -> AnyResponse:
    """Who may enter for a business, by a paper that it signed."""
    ctx, actor = frame.context(), frame.actor()
    return frame.act(
        lambda once: mandates.register_paper(
            ctx, actor, party, forms.needed("to"), forms.needed("paper"), once
        ),
        then=lambda done: _back(party, done),
        again=lambda refusal: party_page(party, refusal),
    )


@blueprint.post("/parties/<party>/mandates/end")
def end_mandate(party: str) -> AnyResponse:
    """End one at once, whoever gave it."""
    ctx, actor = frame.context(), frame.actor()
    return frame.act(
        lambda once: mandates.end(ctx, actor, party, forms.needed("to", longest=500), once),
        then=lambda done: _back(party, done),
        again=lambda refusal: party_page(party, refusal),
    )


def _back(party: str, done: Done) -> str:
    return f"/operate/parties/{party}#mandates"
