"""A business with more than fits on a page: the most pressing first, everything reached, nothing silently left out."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from tests.scenario import CRATE
from tests.web.desk import Browser, Desk
from trace.services import custody, handy, today

DAY = date(2026, 11, 2)


def batch(desk: Desk, who: str, lot: str, days: int | None = None) -> str:
    """10 kg under a lot, to be used within so many days (none: as long as its product keeps)."""
    more = {} if days is None else {"expires": DAY + timedelta(days=days)}
    return desk.world.register(who, "10 KGM", lot=lot, produced=date(2026, 10, 20), **more)


def lots(page: str) -> list[str]:
    """The lots on a page, in their order."""
    return re.findall(r"LOT-[A-Z0-9]+", page.split("<main", 1)[1])


def pages(browser: Browser, path: str) -> list[list[str]]:
    """The lots on each page of a list, from the first one on by its own link to the next."""
    found = []
    while path:
        page = browser.page(path)
        found.append(list(dict.fromkeys(lots(page))))
        onward = re.search(r'href="(/desk[^"]*cursor=[^"]*)"', page)
        path = onward.group(1) if onward else ""
    return found


def test_stock_goes_on_where_its_page_ends(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five batches on pages of two: each stands on one of them, stopped and old ones first."""
    monkeypatch.setattr(handy, "STOCK_PAGE", 2)
    for lot, days in (
        ("LOT-KEEPS", 20),
        ("LOT-SOON", 2),
        ("LOT-OLD", -3),
        ("LOT-HELD", 30),
        ("LOT-LATER", 9),
    ):
        made = batch(desk, "farm", lot, days)
        if lot == "LOT-HELD":
            custody.hold(desk.ctx, desk.world["inspector"], made, "农残超标")
    found = pages(desk.browser("farm"), "/desk/stock")
    assert found == [["LOT-HELD", "LOT-OLD"], ["LOT-SOON", "LOT-LATER"], ["LOT-KEEPS"]]


def test_a_cursor_that_was_made_up_is_refused(desk: Desk) -> None:
    """It is told, and no page of another order is shown."""
    batch(desk, "farm", "LOT-A")
    assert desk.browser("farm").get("/desk/stock?cursor=bm9uZQ").status_code == 422


def test_what_lies_in_a_case_is_named_though_its_batch_stands_on_another_page(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A case is shown with its goods, however many other batches lie there."""
    monkeypatch.setattr(handy, "STOCK_PAGE", 1)
    batch(desk, "farm", "LOT-FIRST", 1)
    desk.world.pack("farm", CRATE, (batch(desk, "farm", "LOT-CASED", 20), "10 KGM"))
    page = desk.browser("farm").page("/desk/stock")
    assert lots(page) == ["LOT-FIRST"]
    assert "apples 10 千克" in page.partition(CRATE.rsplit("/", 1)[-1])[2]


def test_home_counts_all_and_shows_the_most_pressing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stop is never hidden behind newer goods, and a number is never cut."""
    monkeypatch.setattr(today, "MOST_SHOWN", 2)
    held = batch(desk, "farm", "LOT-HELD", 25)
    for number in range(4):
        batch(desk, "farm", f"LOT-OLD{number}", number - 9)
    custody.hold(desk.ctx, desk.world["inspector"], held, "农残超标")
    page = desk.browser("farm").page("/desk")
    assert list(dict.fromkeys(lots(page))) == ["LOT-HELD", "LOT-OLD0", "LOT-OLD1"]
    assert "全部 4 批" in page


def test_deliveries_go_on_where_their_page_ends_and_are_found_by_code(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that waits longest stands first; one that is scanned opens, on whatever page it stands."""
    monkeypatch.setattr(today, "DELIVERIES_PAGE", 2)
    monkeypatch.setattr(today, "MOST_SHOWN", 2)
    made = [batch(desk, "farm", f"LOT-{number}") for number in range(5)]
    sent = [desk.world.shipping("farm", "stall", (one, "1 KGM")).index for one in made]
    stall = desk.browser("stall")
    assert pages(stall, "/desk/receive") == [["LOT-0", "LOT-1"], ["LOT-2", "LOT-3"], ["LOT-4"]]
    assert "待收货 5 单" in stall.page("/desk")
    code = made[4].rsplit("/", 1)[-1]
    assert f"/desk/receive/{sent[4]}?" in stall.get(f"/desk/receive?code={code}").headers["Location"]


# -- choosing goods ------------------------------------------------------------------------------------------


@pytest.fixture
def crowded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A stall with four batches, of which its lists show the two to be used first; their short codes, in that order."""
    monkeypatch.setattr(handy, "MOST_LOOSE", 2)
    made = [batch(desk, "stall", f"LOT-{number}", 3 + number) for number in range(4)]
    return [one.rsplit("/", 1)[-1] for one in made]


@pytest.mark.parametrize("path", ["/desk/sell", "/desk/process", "/desk/pack", "/desk/ship", "/desk/today"])
def test_a_list_that_is_cut_says_so(desk: Desk, crowded: list[str], path: str) -> None:
    """Nobody takes it for all that is there."""
    desk.world.product("stall", "salad", "KGM")
    page = desk.browser("stall").page(path)
    assert sorted(set(lots(page))) == ["LOT-0", "LOT-1"]
    assert "只列出最先到期的 2 批" in page


@pytest.mark.parametrize("path", ["/desk/sell?code=", "/desk/process?again=none&code=", "/desk/ship?batch="])
def test_what_is_not_listed_is_found_by_its_code(desk: Desk, crowded: list[str], path: str) -> None:
    """Scanned, it stands first and is ticked."""
    desk.world.product("stall", "salad", "KGM")
    page = desk.browser("stall").page(path + crowded[3])
    assert lots(page)[0] == "LOT-3"
    assert re.search(rf'value="[^"]*{crowded[3]}" checked', page)


def test_what_was_found_by_its_code_is_recorded_and_stays_when_refused(
    desk: Desk, crowded: list[str]
) -> None:
    """With too much typed it comes back ticked with its amount; with less it is sold."""
    stall, code = desk.browser("stall"), crowded[3]
    sent = {"how": "sell", "batch": code, f"amount:{code}": "11"}
    refused = stall.post("/desk/sell", sent)
    assert refused.status_code == 422
    assert re.search(rf'value="{code}" checked', refused.text)
    assert 'value="11"' in refused.text
    assert stall.post("/desk/sell", {**sent, f"amount:{code}": "4"}).status_code == 303
    shipped = {"to": "canteen", "take": f"https://trace.example/t/{code}"}
    shipped |= {f"amount:{shipped['take']}": "99", f"unit:{shipped['take']}": "KGM"}
    assert re.search(rf'value="[^"]*{code}" checked', stall.post("/desk/ship", shipped).text)


def test_goods_that_may_not_be_sold_stand_below_those_that_may(desk: Desk) -> None:
    """Nobody scrolls past what is old to find what he sells; who writes off finds the old first."""
    for lot, days in (("LOT-GOOD", 8), ("LOT-OLD", -2)):
        batch(desk, "stall", lot, days)
    stall = desk.browser("stall")
    assert list(dict.fromkeys(lots(stall.page("/desk/sell?how=sell")))) == ["LOT-GOOD", "LOT-OLD"]
    assert list(dict.fromkeys(lots(stall.page("/desk/sell?how=destroy")))) == ["LOT-OLD", "LOT-GOOD"]
    assert list(dict.fromkeys(lots(stall.page("/desk/ship")))) == ["LOT-GOOD", "LOT-OLD"]


@pytest.mark.parametrize("path", ["/desk/products", "/desk/register", "/desk/process"])
def test_a_list_of_products_that_is_cut_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Who misses one knows that it is there."""
    batch(desk, "farm", "LOT-A")
    assert "只列出最新的" not in desk.browser("farm").page(path)
    monkeypatch.setattr(handy, "MOST_PRODUCTS", 2)
    assert "只列出最新的 2 种" in desk.browser("farm").page(path)


def test_entries_of_a_batch_that_are_cut_say_where_the_others_are(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledgers hold all of them."""
    made = batch(desk, "farm", "LOT-A")
    path = f"/desk/batches/{made.rsplit('/', 1)[-1]}"
    assert "更早的在台账里" not in desk.browser("farm").page(path)
    monkeypatch.setattr(handy, "MOST_ENTRIES", 1)
    desk.world.deliver("farm", "stall", (made, "1 KGM"))
    assert "更早的在台账里" in desk.browser("farm").page(path)


@pytest.mark.parametrize("path", ["/desk/sell", "/desk/process", "/desk/ship"])
def test_a_batch_s_page_leads_on_with_the_batch_ticked(desk: Desk, path: str) -> None:
    """Nobody looks for it once more in the list; nothing else is ticked."""
    batch(desk, "stall", "LOT-OTHER", 1)
    made = batch(desk, "stall", "LOT-THIS", 9).rsplit("/", 1)[-1]
    desk.world.product("stall", "salad", "KGM")
    stall = desk.browser("stall")
    main = stall.page(f"/desk/batches/{made}").split("<main", 1)[1].split("</main", 1)[0]
    links = re.findall(r'href="([^"]*)"', main)
    (onward,) = [link.replace("&amp;", "&") for link in links if link.startswith(path)]
    page = stall.page(onward)
    ticked = re.findall(r'name="(?:batch|take)" value="([^"]*)" checked', page)
    assert lots(page)[0] == "LOT-THIS"
    assert [one.rsplit("/", 1)[-1] for one in ticked] == [made]


def test_old_goods_lead_to_being_written_off(desk: Desk) -> None:
    """With the batch ticked too."""
    made = batch(desk, "stall", "LOT-OLD", -2).rsplit("/", 1)[-1]
    stall = desk.browser("stall")
    page = stall.page(f"/desk/batches/{made}")
    (onward,) = re.findall(r'href="(/desk/sell[?]how=destroy[^"]*)"', page)
    assert f'value="{made}" checked' in stall.page(onward.replace("&amp;", "&"))


# -- what a role is offered ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/desk", "/desk/more"])
def test_a_laboratory_is_not_led_to_goods(desk: Desk, path: str) -> None:
    """It holds none, prints no labels of its own, keeps no ledger, and nobody enters for it."""
    page = desk.browser("laboratory").page(path)
    led = {one.partition("?")[0] for one in re.findall(r'href="(/desk[^"]*)"', page)}
    assert led <= {"/desk", "/desk/more", "/desk/look", "/desk/settings", "/desk/complaints"}


def test_a_carrier_is_not_led_to_what_it_may_not_enter(desk: Desk) -> None:
    """No registering, making or selling; taking on and passing on stand within the thumb's reach."""
    carrier = desk.browser("carrier")
    for path in ("/desk", "/desk/more"):
        led = {one.partition("?")[0] for one in re.findall(r'href="(/desk[^"]*)"', carrier.page(path))}
        assert not led & {"/desk/register", "/desk/process", "/desk/today", "/desk/labels", "/desk/import"}
        assert {"/desk/receive", "/desk/ship", "/desk/look"} <= led


@pytest.mark.parametrize(("who", "word"), [("stall", "卖出"), ("canteen", "供餐"), ("farm", "发货")])
def test_what_somebody_does_all_day_stands_within_the_thumbs_reach(desk: Desk, who: str, word: str) -> None:
    """Over the counter goods are sold or served; elsewhere they are shipped."""
    bar = desk.browser(who).page("/desk").split('<nav class="tabs"', 1)[1]
    assert re.findall("<span>([^<]+)</span>", bar) == ["今天", "收货", "登记", word, "更多"]
