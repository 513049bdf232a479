"""What a business does in a day, from any phone: ``/desk``."""

from __future__ import annotations

from scanner_web.signed import frame
from trace.domain.model import Role
from trace.domain.roles import Act, allows

blueprint = frame.area("business", "/desk", frame.BUSINESSES)

FIRST, LAST = ("/desk", "shop", "desk_tab_today"), ("/desk/more", "box", "desk_tab_more")
TABS = (
    (Act.RECEIVE, ("/desk/receive", "tray", "desk_tab_receive")),
    (Act.REGISTER, ("/desk/register", "grow", "desk_tab_register")),
    (Act.SHIP, ("/desk/ship", "truck", "desk_tab_ship")),
    (Act.OBSERVE, ("/desk/look", "glass", "look_tab")),
)
"""The bar within a thumb's reach: path, picture, words; what the role of the business includes, three at most."""
OVER_THE_COUNTER = {
    Role.STALL: ("/desk/sell", "shop", "sell_way_sell"),
    Role.RETAILER: ("/desk/sell", "shop", "sell_way_sell"),
    Role.CANTEEN: ("/desk/sell", "bowl", "sell_way_serve"),
}
"""What these do all day instead of shipping."""
MOST_TABS = 3


@blueprint.context_processor
def tabs() -> dict[str, object]:
    """What the layout needs."""
    signed = frame.known()
    role = signed.actor.party.role if signed else None
    own = [tab for act, tab in TABS if role is not None and allows(role, act)][:MOST_TABS]
    if role in OVER_THE_COUNTER:
        own[-1] = OVER_THE_COUNTER[role]
    return {"tabs": (FIRST, *own, LAST)}


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
    units,  # noqa: F401
)
