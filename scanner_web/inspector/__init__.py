"""What an inspector does: find, see, prove, stop. (/inspect)"""

from __future__ import annotations

from scanner_web.inspector import links
from scanner_web.signed import frame

blueprint = frame.area("inspector", "/inspect", frame.INSPECTORS)

TABS = (
    ("/inspect", "wait", "inspect_tab_today"),
    ("/inspect/search", "glass", "inspect_tab_search"),
    ("/inspect/complaints", "one", "inspect_tab_reports"),
)
"""The bar within a thumb's reach: path, picture, words."""


@blueprint.context_processor
def helpers() -> dict[str, object]:
    """What the templates of this area may use besides the usual words."""
    return {"tabs": TABS, "to_batch": links.to_batch, "to_party": links.to_party, "cw": links.words()}


from scanner_web.inspector import acts, batch, complaints, evidence, home, party, piece, search  # noqa: E402, F401 - each module puts its pages on the blueprint
