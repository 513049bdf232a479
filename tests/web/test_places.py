"""The code of a stall or a canteen: what it has today, of which batches, and what of it must not be eaten."""

from __future__ import annotations

import pytest

from tests.web.desk import Desk
from trace.domain.offers import Item, Meal, OfferKind, PostOffer
from trace.services import custody, offers


@pytest.fixture
def apples(desk: Desk) -> str:
    """A farm's apples, at the stall and in the canteen."""
    batch = desk.world.register("farm", "100 KGM", lot="AP-7")
    desk.world.deliver("farm", "stall", (batch, "20 KGM"))
    desk.world.deliver("farm", "canteen", (batch, "20 KGM"))
    return batch


def today(desk: Desk) -> object:
    return desk.ctx.local(desk.ctx.clock()).date()


def sells(desk: Desk, *batches: str, name: str = "红苹果") -> None:
    """The stall writes down what it has."""
    said = PostOffer(today(desk), OfferKind.GOODS, (Item(name, batches),))  # type: ignore[arg-type]
    offers.post(desk.ctx, desk.world["stall"], said)


def read(desk: Desk, who: str, lang: str = "zh") -> str:
    """The page that the place's code opens."""
    answer = desk.stranger().get(f"/p/{who}", headers={"Accept-Language": lang})
    assert answer.status_code == 200
    return answer.text


def test_a_stall_shows_what_it_has_today_with_its_batches(desk: Desk, apples: str) -> None:
    """Each thing leads to the page of its batch."""
    sells(desk, apples)
    page = read(desk, "stall")
    assert page.index("今日在售") < page.index("红苹果") < page.index("AP-7")
    assert "UTC" not in page
    assert f'href="{apples.removeprefix(desk.ctx.base_url)}"' in page
    assert "On sale today" in read(desk, "stall", "en")


def test_what_was_stopped_since_says_so(desk: Desk, apples: str) -> None:
    """A stop shows at once on what was written down before it."""
    sells(desk, apples)
    assert "已叫停" not in read(desk, "stall")
    custody.hold(desk.ctx, desk.world["inspector"], apples, "农药超标")
    assert "已叫停" in read(desk, "stall")


def test_a_canteen_shows_its_menu_by_meal(desk: Desk, apples: str) -> None:
    """Dishes below their meal, with what they are made of."""
    for meal, dish in ((Meal.LUNCH, "苹果炖肉"), (Meal.DINNER, "苹果汤")):
        said = PostOffer(today(desk), OfferKind.MENU, (Item(dish, (apples,), meal),), meal)  # type: ignore[arg-type]
        offers.post(desk.ctx, desk.world["canteen"], said)
    page = read(desk, "canteen")
    order = [page.index(word) for word in ("今日菜单", "午餐", "苹果炖肉", "晚餐", "苹果汤")]
    assert order == sorted(order)


def test_yesterdays_goods_are_not_todays(desk: Desk, apples: str) -> None:
    """Nothing is passed off as fresh: the page says that nothing is written down, and what to do."""
    sells(desk, apples)
    desk.world.clock.forward(days=1)
    page = read(desk, "stall")
    assert "红苹果" not in page
    assert "问问店家" in page
    assert "ask the seller" in read(desk, "stall", "en")


def test_a_hostile_name_stays_text(desk: Desk, apples: str) -> None:
    """Whatever a stall calls its goods."""
    sells(desk, apples, name="<script>alert(1)</script>")
    assert "&lt;script&gt;alert(1)" in read(desk, "stall")
    assert "<script>alert" not in read(desk, "stall")


def test_who_sells_to_nobody_shows_what_began_there(desk: Desk, apples: str) -> None:
    """A grower's page lists his batches, and says nothing of a menu."""
    page = read(desk, "farm")
    assert "AP-7" in page
    assert "今日" not in page
    data = desk.stranger().get("/p/stall", headers={"Accept": "application/json"}).json
    assert data["today"] is None
