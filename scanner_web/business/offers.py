"""Today's stall and today's menu: what everybody sees who scans the code of the place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from flask import request
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.business import blueprint, goods, picking
from scanner_web.signed import forms, frame
from scanner_web.words import t
from trace.domain.offers import LONGEST_NAME
from trace.domain.refusals import Invalid, Refusal
from trace.domain.roles import Act
from trace.identifiers import InvalidIdentifier
from trace.render.qr import qr_svg
from trace.services import custody, offers
from trace.services.context import Done, Once
from trace.services.handy import Stocked
from trace.services.offers import Item, Meal, Offer, OfferedItem, OfferKind, PostOffer

BLANK = 2
"""Empty rows after the dishes that stand there already."""
MOST_DISHES = 40


@dataclass(frozen=True)
class Ingredient:
    """A batch that a dish may be made of; ``named`` on the form, ``label`` to read."""

    named: str
    name: str
    label: str


@dataclass(frozen=True)
class Dish:
    """A row of the menu's form."""

    name: str = ""
    chosen: frozenset[str] = field(default_factory=frozenset)


def _kinds() -> list[OfferKind]:
    """What this business may offer; a canteen and whoever does not sell have menus alone."""
    return [
        kind for kind, act in ((OfferKind.GOODS, Act.SELL), (OfferKind.MENU, Act.SERVE)) if goods.may(act)
    ]


def _kind(today: Offer | None) -> OfferKind | None:
    """What is asked for, else what was posted today, else what the business mostly has."""
    kinds = _kinds()
    for wanted in (request.values.get("kind", ""), today.kind if today else ""):
        if wanted in kinds:
            return OfferKind(wanted)
    return kinds[0] if kinds else None


@blueprint.get("/today")
def today() -> AnyResponse:
    """What is on offer today, and the form to say it."""
    return _form()


def _form(error: Refusal | InvalidIdentifier | None = None) -> AnyResponse:
    ctx, actor, day = frame.context(), frame.actor(), picking.today()
    posted = offers.of_party(ctx, actor.uri, day)
    kind = _kind(posted)
    values = {
        "posted": posted,
        "kind": kind,
        "kinds": _kinds(),
        "day": day,
        "error": error,
        "place": _place(),
    }
    if kind is None:
        return frame.page("business/offer_none.html", **values)
    stock = picking.loose_stock()
    values["cut"] = picking.is_cut(stock)
    free = [held for held in stock if not picking.why_barred(held)]
    barred = [(held, why) for held in stock if (why := picking.why_barred(held))]
    if kind is OfferKind.GOODS:
        return frame.page("business/offer_goods.html", lines=_goods(free, posted), barred=barred, **values)
    meal = _meal()
    return frame.page(
        "business/offer_menu.html",
        meal=meal,
        meals=list(Meal),
        dishes=_dishes(free, posted, meal, day),
        ingredients=_ingredients(free, posted),
        **values,
    )


@blueprint.post("/today")
def post_offer() -> AnyResponse:
    """Record it; ``more`` asks for another empty row instead."""
    if "more" in request.form:
        return _form()
    return frame.act(_post, then=_after, again=_form)


def _after(done: Done) -> str:
    meal = request.form.get("meal", "")
    return f"/desk/today?meal={meal}" if meal in set(Meal) else "/desk/today"


def _post(once: Once | None) -> Done:
    kind = request.form.get("kind", "")
    if kind not in set(OfferKind):
        raise Invalid(field="kind", value=kind[:20], expected=" | ".join(OfferKind))
    said = _said_goods() if kind == OfferKind.GOODS else _said_menu()
    return offers.post(frame.context(), frame.actor(), said, once)


# -- goods ---------------------------------------------------------------------------------------------------


def _goods(free: Iterable[Stocked], posted: Offer | None) -> list[tuple[Ingredient, bool]]:
    """Everything that may be sold, ticked unless it was left out of what was posted today."""
    offered = {one.info.uri for item in posted.items for one in item.batches} if posted else None
    lines = []
    for held in free:
        one = _ingredient(held)
        if request.method == "POST":
            ticked = one.named in request.form.getlist("batch")
        else:
            ticked = offered is None or held.info.uri in offered
        lines.append((one, ticked))
    return lines


def _said_goods() -> PostOffer:
    """One item for each product that is ticked, with its batches."""
    found: dict[str, list[str]] = {}
    stock = {goods.name_of(held.info): held for held in picking.loose_stock()}
    for named in dict.fromkeys(forms.many("batch")):
        held = stock.get(named)
        found.setdefault(goods.called(held.info) if held else named, []).append(named)
    items = tuple(Item(name[:LONGEST_NAME], tuple(batches)) for name, batches in found.items())
    return PostOffer(picking.today(), OfferKind.GOODS, items)


# -- menu ----------------------------------------------------------------------------------------------------


def _meal() -> Meal:
    """The meal that is asked for, else the next one."""
    wanted = request.values.get("meal", "")
    if wanted in set(Meal):
        return Meal(wanted)
    ctx = frame.context()
    hour = ctx.local(ctx.clock()).hour
    return Meal.BREAKFAST if hour < 9 else Meal.LUNCH if hour < 14 else Meal.DINNER


def _dishes(free: Iterable[Stocked], posted: Offer | None, meal: Meal, day: date) -> list[Dish]:
    """What was sent; else what stands on today's menu; else the last one's dishes, of what is there of the same."""
    if request.method == "POST":
        dishes = [Dish(name, frozenset(request.form.getlist(f"batch:{n}"))) for n, name in _rows()]
    elif posted is not None and (known := posted.of_meal(meal)):
        dishes = [
            Dish(item.name, frozenset(goods.name_of(one.info) for one in item.batches)) for item in known
        ]
    else:
        last = offers.last_before(frame.context(), frame.actor().uri, day, meal)
        dishes = [_again(item, free) for item in last.of_meal(meal)] if last else []
    full = [dish for dish in dishes if dish.name or dish.chosen]
    return [*full, *[Dish()] * BLANK][:MOST_DISHES]


def _again(item: OfferedItem, free: Iterable[Stocked]) -> Dish:
    """A dish as last time: of the same products, what must be used first of each."""
    products = {one.info.product.uri for one in item.batches if one.info.product}
    chosen: dict[str, str] = {}
    for held in free:
        product = held.info.product
        if product is not None and product.uri in products:
            chosen.setdefault(product.uri, goods.name_of(held.info))
    return Dish(item.name, frozenset(chosen.values()))


def _rows() -> list[tuple[int, str]]:
    """The dishes' names as they were sent, each with the number of its row."""
    names = forms.many("dish")[:MOST_DISHES]
    return list(enumerate(names))


def _said_menu() -> PostOffer:
    meal = request.form.get("meal", "")
    if meal not in set(Meal):
        raise Invalid(field="meal", value=meal[:20], expected=" | ".join(Meal))
    items = []
    for n, name in _rows():
        batches = tuple(request.form.getlist(f"batch:{n}"))
        if not name and not batches:
            continue
        if not name:
            raise Invalid(field=t("offer_dish"), value="", expected=t("offer_dish_needed"))
        if not batches:
            raise Invalid(field=name, value="", expected=t("offer_of_needed"))
        items.append(Item(name, batches, Meal(meal)))
    return PostOffer(picking.today(), OfferKind.MENU, tuple(items), Meal(meal))


def _ingredients(free: Iterable[Stocked], posted: Offer | None) -> list[Ingredient]:
    """What a dish may be made of: what is there, and what was on today's menu and may still be eaten."""
    found = {held.info.uri: _ingredient(held) for held in free}
    for item in posted.items if posted else ():
        for one in item.batches:
            if not one.stopped and not one.expired:
                info = one.info
                used = Ingredient(goods.name_of(info), goods.called(info), goods.printed(info))
                found.setdefault(info.uri, used)
    return list(found.values())


def _ingredient(held: Stocked) -> Ingredient:
    info = held.info
    until = t("pick_until", day=goods.day_of(info.batch.expires)) if info.batch.expires else ""
    label = " · ".join(
        part for part in (goods.printed(info), goods.amount(held.loose, info.batch.unit), until) if part
    )
    return Ingredient(goods.name_of(info), goods.called(info), label)


# -- the code of the place -----------------------------------------------------------------------------------


def _place() -> str:
    """The address of the page that everybody opens who scans the code of the place."""
    return custody.page_address(frame.context(), frame.actor().uri)


@blueprint.get("/today/code")
def place_code() -> AnyResponse:
    """The code of the place, to be printed and hung up."""
    address = _place()
    picture = Markup(qr_svg(address))  # noqa: S704 - made here, out of squares alone
    return frame.page("business/offer_code.html", address=address, picture=picture)
