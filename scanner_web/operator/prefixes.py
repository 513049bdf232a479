"""Company prefixes that businesses number their cases under, taken back where they are another company's."""

from __future__ import annotations

from werkzeug.wrappers import Response as AnyResponse

from scanner_web.operator import blueprint
from scanner_web.operator.parties import party_page
from scanner_web.signed import frame
from trace.services import logistic_units


@blueprint.post("/parties/<party>/prefix/end")
def end_prefix(party: str) -> AnyResponse:
    """Take it back at once; what was numbered stays numbered."""
    ctx, actor = frame.context(), frame.actor()
    return frame.act(
        lambda once: logistic_units.end_prefix(ctx, actor, party, once),
        then=lambda done: f"/operate/parties/{party}",
        again=lambda refusal: party_page(party, refusal),
    )
