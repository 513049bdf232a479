"""Everything beside the daily pages; and a business's products."""

from __future__ import annotations

from decimal import Decimal

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.business import blueprint, goods
from scanner_web.signed import forms, frame
from scanner_web.words import t
from trace.domain.mandates import MAY_ENTER
from trace.domain.refusals import Invalid, Refusal
from trace.domain.roles import Act, allows
from trace.domain.units import parse_amount
from trace.identifiers import InvalidIdentifier
from trace.services import handy, parties
from trace.services.context import Done, Once, Rights
from trace.services.parties import ProductDraft

UNITS = ("KGM", "GRM", "TNE", "LTR", "MLT", "H87", "HEA", "PTN", "XBX", "XCS", "XBG", "XBO")
"""Units that a form offers for keeping a product's balance."""
PACKAGES = ("XCS", "XCT", "XBX", "XBG", "XBK", "XBO", "XBJ", "XPA", "XBH", "DZN", "KGM", "H87")
"""Units that a product may come in besides."""

TILES: tuple[tuple[str, str, str, tuple[Act, ...]], ...] = (
    ("/desk/today", "shop", "desk_tile_offer", (Act.SELL,)),
    ("/desk/today", "bowl", "desk_tile_menu", (Act.SERVE,)),
    ("/desk/sell", "shop", "desk_tile_sell", (Act.SELL, Act.SERVE, Act.DESTROY)),
    ("/desk/process", "make", "process_title", (Act.TRANSFORM,)),
    ("/desk/pack", "tray", "pack_title", (Act.PACK,)),
    ("/desk/look", "glass", "look_title", (Act.OBSERVE,)),
    ("/desk/import", "save", "import_title", (Act.REGISTER,)),
    ("/desk/products", "grow", "products_title", (Act.REGISTER_PRODUCT,)),
)
"""Path, picture, words, and the acts of which one must be the user's."""
LISTS: tuple[tuple[str, str, str, tuple[Act, ...]], ...] = (
    ("/desk/stock", "box", "desk_tile_stock", (Act.RECEIVE, Act.REGISTER)),
    ("/desk/labels", "code", "desk_tile_labels", (Act.REGISTER,)),
    ("/desk/ledgers", "paper", "ledger_title", (Act.RECEIVE, Act.REGISTER)),
)
"""The same for what may be looked at by whoever works there: one of the acts must be its role's."""


@blueprint.get("/more")
def more() -> AnyResponse:
    """Tiles."""
    me = frame.me()
    own = me.actor.entered_by is None and me.user.rights is Rights.OWNER
    settings = (("/desk/settings", "lock", "settings_title"),) if own else ()
    role = me.actor.party.role
    tiles = {}
    for path, icon, word, acts in TILES:
        if goods.may(*acts):
            tiles.setdefault(path, (path, icon, word))
    lists = [tile[:3] for tile in LISTS if any(allows(role, act) for act in tile[3])]
    mandates = [("/desk/mandates", "both", "mandate_title")] if role in MAY_ENTER else []
    return frame.page("business/more.html", tiles=[*tiles.values(), *lists, *mandates, *settings])


@blueprint.get("/products")
def products() -> AnyResponse:
    """The business's products, and the form for one more."""
    return _products()


def _products(error: Refusal | InvalidIdentifier | None = None) -> AnyResponse:
    return frame.page(
        "business/products.html",
        products=handy.products(frame.context(), frame.actor()),
        clerks=handy.product_clerks(frame.context(), frame.actor()),
        may_register=goods.may(Act.REGISTER_PRODUCT),
        units=[(code, t(f"unit_{code}")) for code in UNITS],
        packages=[("", t("products_no_package")), *((code, t(f"unit_{code}")) for code in PACKAGES)],
        error=error,
    )


@blueprint.post("/products")
def add_product() -> AnyResponse:
    """Register a product."""
    return frame.act(_add, then=lambda done: "/desk/products", again=_products)


def _add(once: Once | None) -> Done:
    draft = ProductDraft(
        name=forms.needed("name", longest=100),
        unit=forms.needed("unit", longest=20),
        units=_package(),
        gtin=forms.text("gtin", longest=14),
        shelf_days=_days(),
        category=forms.text("category", longest=60),
    )
    return parties.register_product(frame.context(), frame.actor(), draft, once)


def _package() -> dict[str, Decimal]:
    """The one other unit that the form asks for: how many base units it is."""
    unit, holds = request.form.get("package", ""), request.form.get("holds", "").strip()
    if not holds:
        return {}
    if not unit:
        raise Invalid(field=t("products_package"), value="", expected=t("products_package_needed"))
    return {unit: parse_amount(holds)}


def _days() -> int | None:
    text = forms.text("shelf_days", longest=5)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()):
        raise Invalid(field=t("products_shelf_days"), value=text, expected="1 – 36500")
    return int(text)
