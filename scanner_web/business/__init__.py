"""What a business does in a day, from any phone: ``/desk``."""

from __future__ import annotations

from scanner_web.signed import frame
from trace.domain.model import Role

blueprint = frame.area("business", "/desk", frame.BUSINESSES)

TABS = (
    ("/desk", "shop", "desk_tab_today"),
    ("/desk/receive", "tray", "desk_tab_receive"),
    ("/desk/register", "grow", "desk_tab_register"),
    ("/desk/ship", "truck", "desk_tab_ship"),
    ("/desk/more", "box", "desk_tab_more"),
)
"""The bar within a thumb's reach: path, picture, words."""
LOOKING = (
    ("/desk", "shop", "desk_tab_today"),
    ("/desk/look", "glass", "look_tab"),
    ("/desk/more", "box", "desk_tab_more"),
)
"""The same for laboratories, whose hands goods do not go through."""


@blueprint.context_processor
def tabs() -> dict[str, object]:
    """What the layout needs."""
    signed = frame.known()
    laboratory = signed is not None and signed.actor.party.role is Role.LABORATORY
    return {"tabs": LOOKING if laboratory else TABS}


# Each module puts its pages on the blueprint.
from scanner_web.business import (  # noqa: E402
    complaints,  # noqa: F401
    connections,  # noqa: F401
    entries,  # noqa: F401
    goods,  # noqa: F401
    home,  # noqa: F401
    imports,  # noqa: F401
    labels,  # noqa: F401
    ledgers,  # noqa: F401
    look,  # noqa: F401
    mandates,  # noqa: F401
    more,  # noqa: F401
    offers,  # noqa: F401
    pack,  # noqa: F401
    process,  # noqa: F401
    receive,  # noqa: F401
    register,  # noqa: F401
    sell,  # noqa: F401
    settings,  # noqa: F401
    ship,  # noqa: F401
    stock,  # noqa: F401
)
