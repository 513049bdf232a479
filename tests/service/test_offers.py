"""What is on offer today: only goods that were there and may be eaten; a later stop shows on what was posted before."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from tests.scenario import World, new
from trace.domain.mandates import NoMandate
from trace.domain.offers import (
    MOST_ITEMS,
    Item,
    Meal,
    NeverHeld,
    OfferDay,
    OfferEmpty,
    OfferKind,
    OfferTooLong,
    PostOffer,
)
from trace.domain.refusals import BatchExpired, BatchStopped, Invalid, RoleForbids, UnknownBatch
from trace.services import custody, mandates, offers

TODAY = date(2026, 11, 2)


def goods(*batches: str, name: str = "apples", day: date = TODAY) -> PostOffer:
    """A stall has these on sale."""
    return PostOffer(day, OfferKind.GOODS, (Item(name, batches),))


def dish(name: str, *batches: str, meal: Meal = Meal.LUNCH) -> PostOffer:
    """A canteen serves one dish at a meal."""
    return PostOffer(TODAY, OfferKind.MENU, (Item(name, batches, meal),), meal)


@pytest.fixture
def apples(world: World) -> str:
    """A farm's apples, at the stall and in the canteen."""
    batch = world.register("farm", "100 KGM")
    world.deliver("farm", "stall", (batch, "20 KGM"))
    world.deliver("farm", "canteen", (batch, "20 KGM"))
    return batch


def names(world: World, who: str, day: date = TODAY) -> list[tuple[str, str | None]]:
    """What anybody reads of an offer."""
    found = offers.of_party(world.ctx, world[who].uri, day)
    return [] if found is None else [(item.name, item.meal) for item in found.items]


def test_everybody_sees_what_was_posted_last(world: World, apples: str) -> None:
    """A second offer takes the first one's place; both stay in the ledger."""
    first = offers.post(world.ctx, world["stall"], goods(apples, name="apples"))
    second = offers.post(world.ctx, world["stall"], goods(apples, name="red apples"))
    assert names(world, "stall") == [("red apples", None)]
    for done, name in ((first, "apples"), (second, "red apples")):
        body = json.loads(world.record(done.index).bodies["public"])["data"]
        assert body == {
            "party": world["stall"].uri,
            "date": "2026-11-02",
            "kind": "goods",
            "items": [{"name": name, "batches": [apples]}],
        }


def test_an_offer_is_of_one_party_and_one_day(world: World, apples: str) -> None:
    """Tomorrow's menu is not today's, and a neighbour's goods are not mine."""
    offers.post(world.ctx, world["stall"], goods(apples, day=TODAY + timedelta(days=1)))
    assert names(world, "stall") == []
    assert names(world, "farm") == []
    assert names(world, "stall", TODAY + timedelta(days=1)) == [("apples", None)]


def test_a_stop_shows_on_what_was_posted_before_it(world: World, apples: str) -> None:
    """A parent reads the menu at noon: what was stopped since the morning is marked."""
    offers.post(world.ctx, world["canteen"], dish("apple sauce", apples))
    custody.hold(world.ctx, world["inspector"], apples, "pesticide")
    found = offers.of_party(world.ctx, world["canteen"].uri, TODAY)
    assert found is not None
    assert [(item.withdrawn, item.batches[0].stopped) for item in found.items] == [(True, True)]


def test_a_stop_on_what_it_was_made_from_shows_as_well(world: World, apples: str) -> None:
    """Juice of stopped apples is not served."""
    world.deliver("farm", "plant", (apples, "10 KGM"))
    (juice,) = world.transform("plant", [(apples, "10 KGM")], new(world.products["juice"], "8 LTR"))
    offers.post(world.ctx, world["plant"], goods(juice, name="juice"))
    custody.hold(world.ctx, world["inspector"], apples, "pesticide")
    found = offers.of_party(world.ctx, world["plant"].uri, TODAY)
    assert found is not None
    assert found.items[0].withdrawn
    with world.refuses(BatchStopped, batch=juice, held=apples):
        offers.post(world.ctx, world["plant"], goods(juice, name="juice"))


def test_stopped_and_expired_goods_cannot_be_offered(world: World, apples: str) -> None:
    """Neither by mistake nor on purpose, nor for a day on which they will be past their date."""
    with world.refuses(BatchExpired, batch=apples):
        offers.post(world.ctx, world["stall"], goods(apples, day=TODAY + timedelta(days=31)))
    world.clock.forward(days=31)
    with world.refuses(BatchExpired):
        offers.post(world.ctx, world["stall"], goods(apples, day=TODAY + timedelta(days=31)))
    custody.hold(world.ctx, world["inspector"], apples, "pesticide")
    with world.refuses(BatchStopped, batch=apples, reason="pesticide"):
        offers.post(world.ctx, world["stall"], goods(apples, day=TODAY + timedelta(days=31)))


def test_only_goods_that_were_there_can_be_offered(world: World, apples: str) -> None:
    """Nobody adorns his stall with another's good name; what was sold out at noon was there all the same."""
    own = world.register("farm", "5 KGM")
    with world.refuses(NeverHeld, batch=own, party=world["stall"].uri):
        offers.post(world.ctx, world["stall"], goods(own))
    with world.refuses(UnknownBatch):
        offers.post(world.ctx, world["stall"], goods("no-such-code"))
    world.take_out("stall", "sell", (apples, "20 KGM"))
    assert offers.post(world.ctx, world["stall"], goods(apples)).index


def test_one_meal_is_said_without_touching_the_others(world: World, apples: str) -> None:
    """Who enters lunch does not wipe out breakfast, even where breakfast's goods were stopped meanwhile."""
    other = world.register("farm", "10 KGM")
    world.deliver("farm", "canteen", (other, "10 KGM"))
    offers.post(world.ctx, world["canteen"], dish("porridge", apples, meal=Meal.BREAKFAST))
    offers.post(world.ctx, world["canteen"], dish("soup", other))
    custody.hold(world.ctx, world["inspector"], apples, "pesticide")
    offers.post(world.ctx, world["canteen"], dish("stew", other))
    assert names(world, "canteen") == [("porridge", "breakfast"), ("stew", "lunch")]


def test_yesterdays_menu_is_at_hand(world: World, apples: str) -> None:
    """What is entered daily is mostly what it was."""
    offers.post(world.ctx, world["canteen"], dish("apple sauce", apples))
    world.clock.forward(days=1)
    tomorrow = TODAY + timedelta(days=1)
    found = offers.last_before(world.ctx, world["canteen"].uri, tomorrow, Meal.LUNCH)
    assert found is not None
    assert [item.name for item in found.of_meal(Meal.LUNCH)] == ["apple sauce"]
    assert offers.last_before(world.ctx, world["canteen"].uri, tomorrow, Meal.DINNER) is None


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        (PostOffer(TODAY, OfferKind.GOODS, ()), OfferEmpty),
        (goods(), Invalid),
        (goods("x", name=" "), Invalid),
        (goods("x", name="x" * 81), Invalid),
        (goods("x", day=TODAY - timedelta(days=1)), OfferDay),
        (goods("x", day=TODAY + timedelta(days=32)), OfferDay),
        (goods(*(f"x{n}" for n in range(31))), OfferTooLong),
        (PostOffer(TODAY, OfferKind.GOODS, (Item("x", ("y",)),) * (MOST_ITEMS + 1)), OfferTooLong),
        (PostOffer(TODAY, OfferKind.GOODS, (Item("x", ("y",), Meal.LUNCH),)), Invalid),
        (PostOffer(TODAY, OfferKind.MENU, (Item("x", ("y",)),)), Invalid),
        (PostOffer(TODAY, OfferKind.MENU, (Item("x", ("y",), Meal.LUNCH),), Meal.DINNER), Invalid),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_an_offer_that_says_nothing_or_too_much_is_refused(
    world: World, said: PostOffer, refusal: type
) -> None:
    """Empty, endless, nameless, for yesterday, or at a meal that it is not."""
    who = "stall" if said.kind is OfferKind.GOODS else "canteen"
    with world.refuses(refusal):
        offers.post(world.ctx, world[who], said)


def test_who_may_not_sell_offers_no_goods_and_who_may_not_serve_no_menu(world: World, apples: str) -> None:
    """A carrier has no stall, and a farm no canteen."""
    with world.refuses(RoleForbids, act="sell"):
        offers.post(world.ctx, world["carrier"], goods(apples))
    with world.refuses(RoleForbids, act="serve"):
        offers.post(world.ctx, world["farm"], dish("apple sauce", apples))


def test_an_offer_on_behalf_says_by_whom(world: World, apples: str) -> None:
    """The market's clerk posts a vendor's goods: everybody reads who did, and only as long as he may."""
    mandates.give(world.ctx, world["stall"], "market")
    clerk = mandates.acting(world.ctx, world["market"], "stall")
    done = offers.post(world.ctx, clerk, goods(apples))
    body = json.loads(world.record(done.index).bodies["public"])["data"]
    assert body["enteredBy"] == world["market"].uri
    mandates.end(world.ctx, world["stall"], "stall", "market")
    with world.refuses(NoMandate):
        offers.post(world.ctx, clerk, goods(apples))
