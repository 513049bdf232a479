"""The first page of a business: what to do now, and everything else one tap away."""

from __future__ import annotations

from typing import NamedTuple

from werkzeug.wrappers import Response as AnyResponse

from scanner_web.business import blueprint
from scanner_web.business.goods import is_here
from scanner_web.signed import frame
from trace.domain.model import Role
from trace.domain.roles import Act, allows
from trace.services import complaints, looks, mandates
from trace.services import today as day


class Tile(NamedTuple):
    """A way to somewhere, for those whose role includes one of its acts."""

    path: str
    picture: str
    words: str
    acts: tuple[Act, ...]

    @property
    def kept(self) -> bool:
        """Whether its page is fetched ahead, for where there is no network: goods are taken in and passed on there."""
        return bool(_AWAY & set(self.acts)) and self.path not in _LISTS


_AWAY = {Act.RECEIVE, Act.REGISTER, Act.SHIP, Act.SELL, Act.SERVE, Act.TRANSFORM}
_LISTS = ("/desk/stock", "/desk/labels", "/desk/ledgers", "/desk/today")

TILES = (
    Tile("/desk/receive", "tray", "desk_tile_receive", (Act.RECEIVE,)),
    Tile("/desk/register", "grow", "desk_tile_register", (Act.REGISTER,)),
    Tile("/desk/ship", "truck", "desk_tile_ship", (Act.SHIP,)),
    Tile("/desk/sell", "shop", "desk_tile_sell", (Act.SELL, Act.SERVE)),
    Tile("/desk/process", "make", "desk_tile_process", (Act.TRANSFORM,)),
    Tile("/desk/today", "shop", "desk_tile_offer", (Act.SELL,)),
    Tile("/desk/today", "bowl", "desk_tile_menu", (Act.SERVE,)),
    Tile("/desk/look", "glass", "desk_tile_look", (Act.OBSERVE,)),
    Tile("/desk/stock", "box", "desk_tile_stock", (Act.RECEIVE, Act.REGISTER)),
    Tile("/desk/labels", "code", "desk_tile_labels", (Act.REGISTER,)),
    Tile("/desk/ledgers", "paper", "desk_tile_ledgers", (Act.RECEIVE, Act.REGISTER)),
)


@blueprint.get("")
def home() -> AnyResponse:
    """What to do now."""
    ctx, actor = frame.context(), frame.actor()
    now = day.today(ctx, actor)
    role = actor.party.role
    laboratory = role is Role.LABORATORY
    tiles = {}
    for tile in TILES:
        if any(allows(role, act) for act in tile.acts) and is_here(tile.path):
            tiles.setdefault(tile.path, tile)
    return frame.page(
        "business/home.html",
        now=now,
        looks=looks.recent(ctx, actor) if laboratory else None,
        complaints=complaints.open_count(ctx, actor),
        for_others=() if actor.entered_by else mandates.given_to(ctx, actor),
        tiles=list(tiles.values()),
    )
