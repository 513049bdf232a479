"""Who may come in, and as whom: signing in and out, invitations, one's own password, asking to take part."""

from __future__ import annotations

from flask import Blueprint

from scanner_web.answers import template_words
from scanner_web.signed import frame
from trace.domain.refusals import Refusal
from trace.identifiers import InvalidIdentifier

blueprint = Blueprint("account", __name__)
blueprint.after_request(frame.protect)
blueprint.context_processor(template_words)
blueprint.context_processor(frame.signed_words)
blueprint.register_error_handler(Refusal, frame.refused)
blueprint.register_error_handler(InvalidIdentifier, frame.refused)

from scanner_web.account import invitations, joining, mine, passkeys, signing  # noqa: E402, F401 - each module puts its pages on the blueprint
