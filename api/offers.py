"""What a stall has on sale today, or a canteen on its menu."""

from __future__ import annotations

from typing import Any

from api.area import Area, Call, Write
from api.batches import BatchShape
from api.batches import shown as batch
from api.fields import Choice, Day, Many, One, Shape, Text
from api.refusals import NotFound
from api.shapes import BATCH, Written, many, maybe, one, out
from trace.services import offers, parties
from trace.services.context import Done
from trace.services.offers import LONGEST_NAME, MOST_BATCHES, MOST_ITEMS, Item, Meal, OfferKind, PostOffer

area = Area("offers", "What a place has today: goods on sale, or a menu by meal, each with its batches.")


class ItemShape(Shape):
    """One thing on sale, or one dish."""

    name = Text("What it is called.", longest=LONGEST_NAME, required=True, example="清蒸大黄鱼")
    meal = Choice("Of a menu: at which meal.", Meal)
    batches = Many(
        Text(BATCH, longest=2000), "What it is, or is made of.", least=1, most=MOST_BATCHES, required=True
    )


class NewOffer(Shape):
    """What is on offer on a day; it takes the place of what was said of that day before."""

    date = Day("The day; at most a month ahead.", required=True, example="2026-11-21")
    kind = Choice("goods: on sale; menu: dishes by meal.", OfferKind, required=True)
    meal = Choice("Only this meal of a menu is said, and the day's others stay as they were.", Meal)
    items = Many(One(ItemShape), "What is on it.", least=1, most=MOST_ITEMS, required=True)


class NewOfferAnswer(Written):
    """An offer that is posted."""

    date = out("The day.", format="date")
    items = out("Things on it, those of meals that were said before among them.", "integer")


class OfferedShape(Shape):
    """A batch on offer as it stands now."""

    batch = one(BatchShape, "The batch.")
    stopped = out("Whether a hold stops it, or what it was made from.", "boolean")
    expired = out("Whether its last day of use is past.", "boolean")


class OfferedItemShape(Shape):
    """One thing on sale, or one dish."""

    name = out("What it is called.")
    meal = maybe("Of a menu: at which meal.")
    batches = many(OfferedShape, "What it is, or is made of.")


class OfferAnswer(Shape):
    """What a party said last about a day."""

    party = out("URI of the party.")
    date = out("The day.", format="date")
    kind = out("What it is.", enum=list(OfferKind))
    posted = out("When the ledger says it was posted.", format="date-time")
    index = out("Index of the entry that holds it.", "integer")
    items = many(OfferedItemShape, "What is on it.")


class OfferQuery(Shape):
    """Whose, and of when."""

    party = Text("Whose: id, URI, GLN or 统一社会信用代码.", longest=500, required=True)
    date = Day("The day; left out: today, where the service is.")


@area.write("/offers", NewOffer, NewOfferAnswer)
def post_offer(call: Write, body: dict[str, Any]) -> Done:
    """Post what is on offer on a day

    Goods that are stopped, past their day or never were in the party's hands are refused.
    """
    items = tuple(Item(one["name"], tuple(one["batches"]), one.get("meal")) for one in body["items"])
    said = PostOffer(body["date"], body["kind"], items, body.get("meal"))
    return offers.post(call.ctx, call.actor, said, call.once)


@area.read("/offers", OfferAnswer, query=OfferQuery, public=True, refuses=(404,))
def get_offer(call: Call, query: dict[str, Any]) -> dict[str, Any]:
    """Get what a place has on offer on a day, and what of it was stopped since"""
    party = parties.find_party(call.ctx, query["party"])
    day = query.get("date") or call.ctx.local(call.ctx.clock()).date()
    found = offers.of_party(call.ctx, party.uri, day)
    if found is None:
        raise NotFound(path=f"/api/v1/offers?party={party.id}&date={day.isoformat()}")
    return {
        "party": found.party,
        "date": found.day.isoformat(),
        "kind": found.kind,
        "posted": found.posted,
        "index": found.index,
        "items": [
            {
                "name": item.name,
                "meal": item.meal,
                "batches": [
                    {"batch": batch(one.info), "stopped": one.stopped, "expired": one.expired}
                    for one in item.batches
                ],
            }
            for item in found.items
        ],
    }
