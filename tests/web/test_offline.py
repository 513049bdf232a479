"""Working without a network: pages open, what is entered waits on the phone, and is recorded once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, Route, expect

from scanner_web.signed.frame import COOKIE
from tests.web.chromium import chromium
from tests.web.desk import PASSWORD, Desk, served, signed_page, user_id
from trace.services import labels, users
from trace.services.context import Rights, User


@pytest.fixture(scope="module")
def phone() -> Iterator[Chromium]:
    """One Chromium for all of these tests."""
    with chromium() as running:
        yield running


@contextmanager
def at_work(desk: Desk, phone: Chromium, who: str = "farm") -> Iterator[Page]:
    """A phone on which the labels' page was opened once, its pages kept."""
    with served(desk.app) as address, signed_page(phone, address, desk.session(who)) as page:
        page.goto("/desk/labels/rolls")
        page.evaluate("navigator.serviceWorker.ready")
        page.reload()  # the first opening went past the service worker
        page.wait_for_function("navigator.serviceWorker.controller !== null")
        page.reload()
        yield page


def ask_for_a_roll(page: Page, count: str) -> None:
    page.fill("#f-roll", count)
    page.get_by_role("button", name="新印一卷").click()


def rolls(desk: Desk) -> list[int]:
    """How many labels each roll of the farm has, as the ledger says."""
    return sorted(one.count for one in labels.rolls(desk.ctx, desk.world["farm"]))


def test_page_opens_and_what_is_entered_waits_and_is_recorded_once(desk: Desk, phone: Chromium) -> None:
    """In the cold store there is no network; outside again, everything is sent, in order, without a finger."""
    with at_work(desk, phone) as page:
        page.context.set_offline(True)
        page.reload()
        expect(page.locator("#network")).to_be_visible()
        for count in ("11", "12"):
            ask_for_a_roll(page, count)
            expect(page.get_by_text("已存在手机里，还没有送出")).to_be_visible()
        expect(page.locator("#waiting summary")).to_have_text("2 条还没送出")
        page.reload()  # the page was closed and opened again meanwhile
        expect(page.locator("#waiting summary")).to_have_text("2 条还没送出")
        assert rolls(desk) == []
        page.context.set_offline(False)
        expect(page.locator("#waiting")).to_be_hidden(timeout=15000)
        assert rolls(desk) == [11, 12]


def test_answer_that_is_lost_on_its_way_doubles_nothing(desk: Desk, phone: Chromium) -> None:
    """The service recorded it, the phone never heard: it asks again and gets the first answer."""
    with at_work(desk, phone) as page:
        calls = []

        def lost(route: Route) -> None:
            calls.append(route.request.method)
            route.fetch()
            route.abort()

        page.route("**/desk/labels/rolls", lost, times=1)
        ask_for_a_roll(page, "7")
        expect(page.locator("#waiting summary")).to_have_text("1 条还没送出")
        assert calls == ["POST"]
        assert rolls(desk) == [7]
        page.locator("#waiting summary").click()
        page.get_by_role("button", name="现在再送一次").click()
        expect(page.locator("#waiting")).to_be_hidden()
        assert rolls(desk) == [7]


def test_what_is_refused_later_is_shown_with_its_reason_until_it_is_discarded(
    desk: Desk, phone: Chromium
) -> None:
    """Nobody believes something recorded that was not."""
    with at_work(desk, phone) as page:
        page.context.set_offline(True)
        ask_for_a_roll(page, "9999999")
        expect(page.locator("#waiting summary")).to_have_text("1 条还没送出")
        page.context.set_offline(False)
        expect(page.locator("#waiting summary")).to_have_text("1 条没有记下", timeout=15000)
        page.on("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="丢弃").click()
        expect(page.locator("#waiting")).to_be_hidden()
        assert rolls(desk) == []


def test_wrong_entry_is_told_at_once_and_stays_filled_in(desk: Desk, phone: Chromium) -> None:
    """With a network the reason stands above the form, and nothing waits."""
    with at_work(desk, phone) as page:
        ask_for_a_roll(page, "many")
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.locator("#f-roll")).to_have_value("many")
        expect(page.locator("#f-roll")).to_be_focused()
        expect(page.locator("#waiting")).to_be_hidden()


def test_a_search_within_a_form_is_asked_at_once_and_never_waits(desk: Desk, phone: Chromium) -> None:
    """Looking for a partner records nothing: it goes out as without scripts, and comes back with the form filled in."""
    batch = desk.world.register("farm", "100 KGM")
    with served(desk.app) as address, signed_page(phone, address, desk.session("farm")) as page:
        page.set_default_timeout(10_000)
        page.goto(f"/desk/ship?batch={batch.rsplit('/', 1)[-1]}")
        page.fill(f'[name="amount:{batch}"]', "7")
        page.fill("#f-find", "canteen")
        page.get_by_role("button", name="查找").first.click()
        expect(page.locator("input[name=to]:checked")).to_have_value("canteen")
        expect(page.locator(f'[name="amount:{batch}"]')).to_have_value("7")
        expect(page.locator("#waiting")).to_be_hidden()
        page.get_by_role("button", name="确认发货").click()
        expect(page.get_by_text("发给 canteen")).to_be_visible()
    assert desk.world.holds("farm", batch) == 93


def test_another_user_of_the_phone_neither_sees_nor_sends_what_waits(desk: Desk, phone: Chromium) -> None:
    """And the kept pages of the first go with his sign-out."""
    with at_work(desk, phone) as page:
        page.context.set_offline(True)
        ask_for_a_roll(page, "5")
        expect(page.locator("#waiting summary")).to_have_text("1 条还没送出")
        page.context.clear_cookies()
        address = page.url.split("/desk")[0]
        page.context.add_cookies([{"name": COOKIE, "value": desk.session("plant"), "url": address}])
        with page.expect_response("**/in/session"):  # the phone asks who is signed in, and sends nothing
            page.context.set_offline(False)
        page.goto("/desk/labels")
        expect(page.locator("body")).to_have_attribute("data-user", user_id("plant"))
        expect(page.locator("#waiting")).to_be_hidden()
        assert rolls(desk) == []
        kept = page.evaluate(
            "caches.open('pages').then(c => c.keys()).then(k => k.map(r => new URL(r.url).pathname))"
        )
        assert "/desk/labels/rolls" not in kept


KEPT = "caches.open('pages').then(pages => pages.keys()).then(kept => kept.length)"


def test_pages_of_a_session_that_was_ended_elsewhere_go_from_the_lost_phone(
    desk: Desk, phone: Chromium
) -> None:
    """Whoever found it is asked to sign in, and finds nothing behind that without a network either."""
    with at_work(desk, phone) as page:
        page.wait_for_function(f"{KEPT}.then(count => count > 0)")
        users.end_sessions(desk.ctx, User("farm", desk.world["farm"], "farm", "farm", Rights.OWNER), "")
        page.goto("/desk/labels/rolls")
        expect(page).to_have_url(re.compile("/in[?]next="))
        page.wait_for_function(f"{KEPT}.then(count => count === 0)")


def test_whoever_signs_in_on_a_shared_phone_is_shown_nobody_elses_pages(desk: Desk, phone: Chromium) -> None:
    """Not even where the network is slow right then, and what was kept would be shown."""
    with at_work(desk, phone) as page:
        page.wait_for_function(f"{KEPT}.then(count => count > 0)")
        page.context.clear_cookies()
        page.goto("/in")
        page.fill("[name=login]", "plant")
        page.fill("[name=password]", PASSWORD)
        with page.expect_navigation():
            page.locator("form[action='/in'] button").first.click()
        expect(page.locator("body")).to_have_attribute("data-user", user_id("plant"))
        kept = page.evaluate("caches.open('pages').then(c => c.keys()).then(k => k.map(r => r.url))")
        assert not [address for address in kept if address.endswith("/desk/labels/rolls")]


def test_page_never_opened_before_says_what_can_be_done(desk: Desk, phone: Chromium) -> None:
    with at_work(desk, phone) as page:
        page.context.set_offline(True)
        page.goto("/desk/labels?batch=NEVER")
        expect(page.get_by_text("没有网络", exact=True)).to_be_visible()
        expect(page.get_by_role("link", name="收货")).to_be_visible()


def test_without_scripts_the_same_form_is_posted_and_answered(desk: Desk) -> None:
    """The queue is a comfort, not a condition."""
    answer = desk.browser("farm").submit("/desk/labels/rolls", "/desk/labels/rolls", count="3")
    assert answer.status_code == 303
    assert rolls(desk) == [3]


def test_service_worker_keeps_every_script_and_style_that_pages_load(desk: Desk) -> None:
    """A page that opens without a network works without one."""
    browser = desk.browser("farm")
    worker = browser.get("/sw.js")
    assert worker.mimetype == "text/javascript"
    assert "/assets/js/desk/queue.js" in worker.text
    assert "/assets/trace.css?v=" in worker.text
    assert browser.get("/app.webmanifest").json["start_url"] == "/in"
