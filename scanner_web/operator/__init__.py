"""What whoever runs the service does: admit, look after, answer for the ledger. (/operate)"""

from __future__ import annotations

from scanner_web import words
from scanner_web.signed import frame
from scanner_web.signed.posting import when

blueprint = frame.area("operator", "/operate", frame.OPERATORS)

TABS = (
    ("/operate", "tray", "operate_tab_home"),
    ("/operate/parties", "shop", "operate_tab_parties"),
    ("/operate/areas", "grow", "operate_tab_areas"),
    ("/operate/health", "glass", "operate_tab_health"),
    ("/operate/witnesses", "both", "operate_tab_witnesses"),
)
"""The bar within a thumb's reach: path, picture, words."""


@blueprint.context_processor
def shared() -> dict[str, object]:
    """What every page of the operator may use."""
    return {"tabs": TABS, "when": when, "known": words.known}


from scanner_web.operator import (  # noqa: E402 - each module puts its pages on the blueprint
    areas,  # noqa: F401
    health,  # noqa: F401
    home,  # noqa: F401
    mandates,  # noqa: F401
    parties,  # noqa: F401
    prefixes,  # noqa: F401
    witnesses,  # noqa: F401
)
