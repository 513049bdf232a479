"""The first page: what to do now."""

from __future__ import annotations

from werkzeug.wrappers import Response as AnyResponse

from scanner_web.inspector import blueprint
from scanner_web.signed import frame


@blueprint.get("")
def home() -> AnyResponse:
    """What to do now."""
    return frame.page("inspector/home.html")
