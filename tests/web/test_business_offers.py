"""Today's stall and today's menu, posted from a phone."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser as Chromium

from tests.scenario import MORNING
from tests.web.desk import Desk, forms, served, signed_page
from trace.services import custody, offers
from trace.services.offers import Offer

TODAY = MORNING.astimezone(UTC).date()


@pytest.fixture
def apples(desk: Desk) -> str:
    """20 kg of apples at the stall and in the canteen; the batch's URI."""
    batch = desk.world.register("farm", "100 KGM", lot="A-1")
    for who in ("stall", "canteen"):
        desk.world.deliver("farm", who, (batch, "20 KGM"))
    return batch


def code(batch: str) -> str:
    """The short code that stands on the label."""
    return batch.rpartition("/")[2]


def posted(desk: Desk, who: str) -> Offer | None:
    """What everybody reads."""
    return offers.of_party(desk.ctx, desk.world[who].uri, TODAY)


def dishes(desk: Desk) -> list[tuple[str, str | None]]:
    """What stands on the canteen's menu."""
    found = posted(desk, "canteen")
    return [] if found is None else [(item.name, item.meal) for item in found.items]


def test_a_stall_posts_everything_with_one_tap(desk: Desk, apples: str) -> None:
    """All that may be sold is ticked already; the page then says when it was posted, and leads to what people see."""
    stall = desk.browser("stall")
    answer = stall.submit("/desk/today", "/desk/today")
    page = stall.follow(answer)
    assert "已公布" in page
    assert 'href="/p/stall"' in page
    found = posted(desk, "stall")
    assert found is not None
    assert [(item.name, [one.info.uri for one in item.batches]) for item in found.items] == [
        ("apples", [apples])
    ]


def test_what_is_unticked_is_not_on_offer_and_stays_unticked(desk: Desk, apples: str) -> None:
    """Tomorrow's goods lie in the back."""
    other = desk.world.register("farm", "5 KGM")
    desk.world.deliver("farm", "stall", (other, "5 KGM"))
    stall = desk.browser("stall")
    stall.submit("/desk/today", "/desk/today", batch=code(apples))
    page = stall.page("/desk/today")
    assert f'value="{code(apples)}" checked' in page
    assert f'value="{code(other)}">' in page


def test_stopped_goods_are_not_offered_and_what_was_offered_is_cried_out(desk: Desk, apples: str) -> None:
    """The stall sees at once that what it posted must not be sold; nothing of it can be posted again."""
    stall = desk.browser("stall")
    stall.submit("/desk/today", "/desk/today")
    custody.hold(desk.ctx, desk.world["inspector"], apples, "农残")
    page = stall.page("/desk/today")
    assert 'class="band stop" role="alert"' in page
    assert "停止流通（农残" in page
    assert 'name="batch"' not in page
    refused = stall.post("/desk/today", {"kind": "goods", "batch": code(apples)})
    assert refused.status_code == 422
    assert "农残" in refused.text


def test_a_canteen_posts_a_meal_dish_by_dish(desk: Desk, apples: str) -> None:
    """Each dish with its batches; empty rows do not count; the other meals stay."""
    canteen = desk.browser("canteen")
    for meal, name in (("breakfast", "粥"), ("lunch", "苹果羹")):
        answer = canteen.submit(
            f"/desk/today?meal={meal}", "/desk/today", dish=[name, ""], **{"batch:0": [code(apples)]}
        )
        assert answer.headers["Location"] == f"/desk/today?meal={meal}"
    assert dishes(desk) == [("粥", "breakfast"), ("苹果羹", "lunch")]
    assert 'value="苹果羹"' in canteen.page("/desk/today?meal=lunch")


def test_yesterdays_dishes_stand_there_this_morning(desk: Desk, apples: str) -> None:
    """Of what there is of the same product; one tap posts them."""
    canteen = desk.browser("canteen")
    canteen.submit("/desk/today?meal=lunch", "/desk/today", dish=["苹果羹"], **{"batch:0": [code(apples)]})
    desk.world.clock.forward(days=1)
    page = canteen.page("/desk/today?meal=lunch")
    assert 'value="苹果羹"' in page
    assert f'name="batch:0" value="{code(apples)}" checked' in page
    assert 'value="苹果羹"' not in canteen.page("/desk/today?meal=dinner")


def test_one_more_row_is_asked_for_without_losing_a_word(desk: Desk, apples: str) -> None:
    """Without scripts too a menu may be long; asking for a row records nothing."""
    canteen, size = desk.browser("canteen"), desk.world.size()
    form = {"kind": "menu", "meal": "lunch", "dish": ["汤", "饭"], "batch:1": [code(apples)]}
    page = canteen.post("/desk/today", {**form, "more": "1"}).text
    assert len(re.findall('name="dish"', page)) == 4
    assert 'value="饭"' in page
    assert f'name="batch:1" value="{code(apples)}" checked' in page
    assert desk.world.size() == size


@pytest.mark.parametrize(
    "wrong",
    [
        {"dish": ["汤"]},
        {"dish": [""], "batch:0": ["apples"]},
        {"dish": []},
        {"meal": "midnight", "dish": ["汤"], "batch:0": ["apples"]},
        {"kind": "fair", "dish": ["汤"]},
    ],
    ids=["no batch", "no name", "nothing", "no such meal", "no such kind"],
)
def test_half_a_dish_is_no_dish(desk: Desk, apples: str, wrong: dict[str, object]) -> None:
    """What is missing is said, and what was typed stays."""
    form = {"kind": "menu", "meal": "lunch", **wrong}
    if "batch:0" in form:
        form["batch:0"] = [code(apples)]
    answer = desk.browser("canteen").post("/desk/today", form)
    assert answer.status_code == 422
    assert dishes(desk) == []


def test_who_sells_and_serves_chooses_and_a_carrier_offers_nothing(desk: Desk, apples: str) -> None:
    """A stall may have a menu as well; a canteen has nothing but menus."""
    assert 'name="meal"' in desk.browser("stall").page("/desk/today?kind=menu")
    assert 'name="meal"' in desk.browser("canteen").page("/desk/today?kind=goods")
    assert "/desk/today" not in [form.action for form in forms(desk.browser("carrier").page("/desk/today"))]
    assert (
        desk.browser("carrier").post("/desk/today", {"kind": "goods", "batch": code(apples)}).status_code
        == 422
    )


def test_the_code_of_the_place_can_be_printed(desk: Desk) -> None:
    """As a picture, with the address below it."""
    page = desk.browser("stall").page("/desk/today/code")
    assert "<svg" in page
    assert "https://trace.example/p/stall" in page


# -- by keyboard alone ---------------------------------------------------------------------------------------


def test_a_menu_is_posted_with_the_keyboard_alone(desk: Desk, apples: str, browser: Chromium) -> None:
    """Whoever cannot use a pointer writes the dish, opens its list, ticks the batch and posts."""
    with served(desk.app) as address, signed_page(browser, address, desk.session("canteen")) as page:
        page.goto("/desk/today?meal=lunch")
        page.keyboard.press("Tab")  # past the skip link, from the top of the page
        for _ in range(40):
            if page.evaluate("document.activeElement.name") == "dish":
                break
            page.keyboard.press("Tab")
        page.keyboard.type("苹果羹")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")  # opens the dish's list
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.matches('form.form button:not([name])')"):
                break
        page.keyboard.press("Enter")
        page.get_by_text("已公布").wait_for()
    assert dishes(desk) == [("苹果羹", "lunch")]


def test_typing_amounts_shows_whether_it_adds_up(desk: Desk, browser: Chromium) -> None:
    """The loss fills itself in as the scales are read, and what is too much is said before anything is sent."""
    batch = desk.world.register("farm", "50 KGM")
    desk.world.deliver("farm", "plant", (batch, "50 KGM"))
    with served(desk.app) as address, signed_page(browser, address, desk.session("plant")) as page:
        page.goto("/desk/process")
        page.check(f'[value="{code(batch)}"]')
        page.select_option("#f-product-0", label="slices（千克）")
        page.fill("#f-amount-0", "46.5")
        page.get_by_text("投入 50 ＝ 产出 46.5 ＋ 损耗 3.5 千克（7%），对得上。").wait_for()
        assert page.input_value("#f-loss") == "3.5"
        page.fill("#f-amount-0", "51")
        page.get_by_text("多 1 千克").wait_for()


def test_a_typed_code_ticks_its_line_without_leaving_the_page(
    desk: Desk, apples: str, browser: Chromium
) -> None:
    """What was ticked before stays ticked; what is not in stock is said."""
    with served(desk.app) as address, signed_page(browser, address, desk.session("stall")) as page:
        page.goto("/desk/sell?how=sell")
        page.fill("#f-code", f"HTTPS://TRACE.EXAMPLE/T/{code(apples)}")
        page.press("#f-code", "Enter")
        page.get_by_text("已勾上").wait_for()
        assert page.is_checked(f'[value="{code(apples)}"]')
        root = page.locator("[data-scanner]")
        root.evaluate(
            "root => root.dispatchEvent(new CustomEvent('scanned', {bubbles: true, detail: {texts: ['other']}}))"
        )
        page.get_by_text("库存里没有这个码：other").wait_for()


def test_the_time_of_day_decides_which_meal_is_asked_for(desk: Desk) -> None:
    """In the morning it is breakfast, at noon lunch."""
    canteen = desk.browser("canteen")
    for hour, meal in ((0, "早餐"), (3, "午餐"), (9, "晚餐")):  # UTC; eight hours later where the canteen is
        desk.world.clock.now = datetime(2026, 11, 2, hour, 30, tzinfo=UTC)
        assert re.search(rf'aria-current="page">{meal}', canteen.page("/desk/today"))
