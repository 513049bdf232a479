"""What a business does in a day, from any phone: ``/desk``."""

from __future__ import annotations

from scanner_web.signed import frame

blueprint = frame.area("business", "/desk", frame.BUSINESSES)

TABS = (
    ("/desk", "shop", "desk_tab_today"),
    ("/desk/receive", "tray", "desk_tab_receive"),
    ("/desk/register", "grow", "desk_tab_register"),
    ("/desk/ship", "truck", "desk_tab_ship"),
    ("/desk/more", "box", "desk_tab_more"),
)
"""The bar within a thumb's reach: path, picture, words."""


@blueprint.context_processor
def tabs() -> dict[str, object]:
    """What the layout needs."""
    return {"tabs": TABS}


from scanner_web.business import connections, home, labels, settings  # noqa: E402, F401 - each module puts its pages on the blueprint
