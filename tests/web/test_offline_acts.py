"""What a business does with goods where there is no network: it waits on the phone, and is recorded once.

One phone and one service for all of them, as on a market's day; every test has goods of its own.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Locator, Page, expect

from tests.scenario import CRATE
from tests.web.chromium import chromium
from tests.web.desk import Desk, Prepared, served, signed_page
from trace.services import logistic_units

PATIENCE = 15_000  # milliseconds


@pytest.fixture(scope="module")
def phone() -> Iterator[Chromium]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def desk(prepared_desk: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("offline")
    with prepared_desk.copy(folder) as made:
        yield made
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def site(desk: Desk) -> Iterator[str]:
    with served(desk.app) as address:
        yield address


KEPT = """wanted => caches.open("pages").then((pages) => pages.keys()).then((kept) => {
  const paths = new Set(kept.map((one) => new URL(one.url).pathname));
  return wanted.every((path) => paths.has(path));
})"""


@contextmanager
def without_network(
    desk: Desk, phone: Chromium, site: str, who: str, path: str, *ahead: str
) -> Iterator[Page]:
    """A phone on which a page was opened before, and which now has no network; ``ahead`` has been fetched besides."""
    with signed_page(phone, site, desk.session(who)) as page:
        page.set_default_timeout(PATIENCE)
        page.goto(path)
        page.evaluate("navigator.serviceWorker.ready")
        page.reload()  # the first opening went past the service worker
        page.wait_for_function("navigator.serviceWorker.controller !== null")
        page.reload()
        page.wait_for_function(KEPT, arg=list(ahead))
        page.context.set_offline(True)
        page.reload()
        expect(page.locator("#network")).to_be_visible()
        yield page


def line(page: Page, batch: str) -> Locator:
    """The line of a batch in a list of stock."""
    return page.locator(".pickline, .take").filter(has=page.locator(f'[value$="{short(batch)}"]'))


def short(batch: str) -> str:
    """The code on its label."""
    return batch.rsplit("/", 1)[-1]


def take(page: Page, batch: str, amount: str) -> None:
    """Tick a batch and say how much of it."""
    line(page, batch).locator("[type=checkbox]").check()
    line(page, batch).locator("input[inputmode]").fill(amount)


# -- every act -----------------------------------------------------------------------------------------------


def shipping(page: Page, batch: str) -> None:
    page.locator("[name=to][value=stall]").check()
    take(page, batch, "7")


def selling(page: Page, batch: str) -> None:
    take(page, batch, "7")


def packing(page: Page, batch: str) -> None:
    page.fill("#f-unit", CRATE.rsplit("/", 1)[-1])
    take(page, batch, "7")


def processing(page: Page, batch: str) -> None:
    take(page, batch, "7")
    page.locator("[name=product]").first.select_option(label="slices（千克）")
    page.locator("[name=amount]").first.fill("6")


@dataclass(frozen=True)
class Act:
    """What is done at which page, how, and where the goods are afterwards: 7 kg of 20."""

    who: str
    path: str
    fill: Callable[[Page, str], None]
    left: int
    """Of the batch, in the hands of whoever did it."""


ACTS = {
    "ship": Act("farm", "/desk/ship", shipping, 13),
    "sell": Act("farm", "/desk/sell", selling, 13),
    "pack": Act("farm", "/desk/pack", packing, 20),
    "process": Act("plant", "/desk/process", processing, 13),
}


def goods(desk: Desk, who: str) -> str:
    """20 kg of apples with somebody; the farm has sent some to the stall before."""
    batch = desk.world.register("farm", "30 KGM")
    if who == "farm":
        desk.world.deliver("farm", "stall", (batch, "10 KGM"))
    else:
        desk.world.deliver("farm", who, (batch, "20 KGM"))
    return batch


@pytest.mark.parametrize("name", ACTS)
def test_act_without_a_network_waits_and_is_recorded_once(
    desk: Desk, phone: Chromium, site: str, name: str
) -> None:
    """It is shown as waiting, outlives the closed page, and is sent by itself when the network is back."""
    act = ACTS[name]
    batch = goods(desk, act.who)
    with without_network(desk, phone, site, act.who, act.path) as page:
        before = desk.world.size()
        act.fill(page, batch)
        page.locator("main form[data-queue] .wide-buttons button").first.click()
        expect(page.get_by_text("已存在手机里，还没有送出")).to_be_visible()
        expect(page.locator("#waiting summary")).to_have_text("1 条还没送出")
        page.reload()
        expect(page.locator("#waiting summary")).to_have_text("1 条还没送出")
        assert desk.world.size() == before
        page.context.set_offline(False)
        expect(page.locator("#waiting")).to_be_hidden(timeout=PATIENCE)
        assert desk.world.size() == before + 1
        page.reload()
        expect(page.locator("#waiting")).to_be_hidden()
        assert desk.world.size() == before + 1
    assert desk.world.holds(act.who, batch) == act.left


def test_what_was_sold_meanwhile_is_refused_with_what_to_do_and_leaves_nothing(
    desk: Desk, phone: Chromium, site: str
) -> None:
    """Two phones of one stall sell the same 20 kg: the second is told how much is left, and enters that."""
    batch = desk.world.register("farm", "20 KGM")
    desk.world.deliver("farm", "stall", (batch, "20 KGM"))
    with without_network(desk, phone, site, "stall", "/desk/sell") as page:
        take(page, batch, "20")
        page.get_by_role("button", name="记下").click()
        expect(page.locator("#waiting summary")).to_have_text("1 条还没送出")
        desk.world.take_out("stall", "sell", (batch, "15 KGM"))
        before = desk.world.tables()
        page.context.set_offline(False)
        refused = page.locator("#waiting")
        expect(refused.locator("summary")).to_have_text("1 条没有记下", timeout=PATIENCE)
        expect(refused).to_contain_text("5 千克")
        assert desk.world.tables()["entries"] == before["entries"]
        assert desk.world.tables()["balances"] == before["balances"]
        assert desk.world.holds("stall", batch) == 5

        refused.get_by_role("link", name="打开重填").click()
        take(page, batch, "5")
        page.get_by_role("button", name="记下").click()
        page.wait_for_url("**/desk/entries/*")
        assert desk.world.holds("stall", batch) == Decimal(0)
        page.on("dialog", lambda dialog: dialog.accept())
        page.locator("#waiting").get_by_role("button", name="丢弃").click()
        expect(page.locator("#waiting")).to_be_hidden()


def given(page: Page) -> str:
    """The number that the phone shows for what it delivered."""
    told = page.locator("#waiting .rows li")
    expect(page.locator("#waiting summary")).to_have_text("1 个新箱号", timeout=PATIENCE)
    return re.findall("[0-9]{18}", told.inner_text())[0]


def test_two_phones_that_packed_without_a_network_get_two_numbers(
    desk: Desk, phone: Chromium, site: str
) -> None:
    """Neither shows a number before the service gave it; then it stands there until somebody has seen it."""
    logistic_units.register_prefix(desk.ctx, desk.world["farm"], "9520000", 100)
    batch = goods(desk, "farm")
    with (
        without_network(desk, phone, site, "farm", "/desk/pack") as one,
        without_network(desk, phone, site, "farm", "/desk/pack") as other,
    ):
        for page in (one, other):
            take(page, batch, "7")
            page.get_by_role("button", name="记下装箱").click()
            expect(page.locator("#waiting summary")).to_have_text("1 条还没送出")
        for page in (one, other):
            page.context.set_offline(False)
        numbers = {given(one), given(other)}
        assert len(numbers) == 2
        assert {number[8:17] for number in numbers} == {"000000100", "000000101"}
        one.reload()
        assert given(one) in numbers
        one.get_by_role("button", name="知道了").click()
        expect(one.locator("#waiting")).to_be_hidden()
        other.get_by_role("link", name="打开、打印箱签").click()
        expect(other.locator(".big-code")).to_contain_text(given(other))


def test_another_unit_of_the_same_goods_is_reckoned_on_the_page(
    desk: Desk, phone: Chromium, site: str
) -> None:
    """20 kg become 2 cases; what does not come out even is asked for; what is sent is what stands there."""
    batch = goods(desk, "farm")
    with signed_page(phone, site, desk.session("farm")) as page:
        page.set_default_timeout(PATIENCE)
        page.goto(f"/desk/ship?batch={short(batch)}")
        unit, amount = line(page, batch).locator("select"), line(page, batch).locator(".number")
        unit.select_option("XCS")
        expect(amount).to_have_value("2")
        unit.select_option("KGM")
        expect(amount).to_have_value("20")
        amount.fill("0.0000001")
        unit.select_option("XCS")
        expect(amount).to_have_value("")
        expect(amount).to_be_focused()
        amount.fill("1")
        page.locator("[name=to][value=stall]").check()
        page.get_by_role("button", name="确认发货").click()
        page.wait_for_url("**/desk/entries/*")
    assert desk.world.holds("farm", batch) == 10


def test_pages_of_the_day_open_without_a_network_though_only_the_first_one_was_opened(
    desk: Desk, phone: Chromium, site: str
) -> None:
    """Who opened the app at the gate can sell in the cold store: what the tiles lead to was fetched ahead."""
    batch = desk.world.register("farm", "20 KGM")
    desk.world.deliver("farm", "stall", (batch, "20 KGM"))
    day = ("/desk/receive", "/desk/register", "/desk/ship", "/desk/sell")
    with without_network(desk, phone, site, "stall", "/desk", *day) as page:
        assert not page.evaluate(KEPT, ["/desk/ledgers"])
        page.goto("/desk/sell")
        take(page, batch, "7")
        page.get_by_role("button", name="记下卖出").click()
        expect(page.locator("#waiting summary")).to_have_text("1 条还没送出")
        page.context.set_offline(False)
        expect(page.locator("#waiting")).to_be_hidden(timeout=PATIENCE)
    assert desk.world.holds("stall", batch) == 13
