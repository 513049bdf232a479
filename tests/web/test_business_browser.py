"""A day of two businesses in a real browser, by keyboard alone: registered, shipped, scanned and received."""

from __future__ import annotations

import re

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from tests.scenario import PALLET
from tests.web.desk import Desk, served, signed_page


class Hands:
    """Somebody at a keyboard: goes to things by Tab alone, and counts how often something is pressed."""

    def __init__(self, page: Page, desk: Desk) -> None:
        self.page = page
        self.presses = 0
        page.clock.set_fixed_time(desk.world.clock())  # a phone tells the service its time

    def to(self, selector: str) -> None:
        """Go to the first thing of this kind. Fails where Tab does not lead to it, or where it cannot be seen."""
        for _ in range(80):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("(wanted) => document.activeElement?.matches(wanted)", selector):
                assert self.page.evaluate(
                    "() => { const at = document.activeElement.getBoundingClientRect(); return at.width * at.height }"
                )
                return
        raise AssertionError(f"no Tab leads to {selector}")

    def press(self, selector: str, key: str = "Enter") -> None:
        """Go there and press it."""
        self.to(selector)
        self.page.keyboard.press(key)
        self.presses += 1

    def write(self, selector: str, text: str) -> None:
        """Go there and write over what stands there."""
        self.to(selector)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)


def recorded(page: Page) -> None:
    """The page of the new entry is open."""
    page.wait_for_url(re.compile(r"/desk/entries/[0-9]+$"))
    expect(page.get_by_text("已记下")).to_be_visible()


def test_registered_shipped_and_received_by_keyboard_alone(desk: Desk, browser: Chromium) -> None:
    """Yesterday's batch again is two presses from the first page; a delivery three; all of it taken in is two."""
    desk.world.deliver("farm", "stall", (desk.world.register("farm", "120 KGM"), "120 KGM"))
    with served(desk.app) as address:
        with signed_page(browser, address, desk.session("farm")) as page:
            page.goto("/desk")
            farm = Hands(page, desk)
            farm.press('.tabs a[href$="/desk/register"]')
            page.wait_for_url("**/desk/register")
            farm.press(".agains button")
            recorded(page)
            assert farm.presses == 2
            expect(page.get_by_text("+120 千克")).to_be_visible()

            farm.presses = 0
            farm.press('main a[href*="/desk/ship?batch="]')
            page.wait_for_url("**/desk/ship?batch=*")
            farm.press('[name=to][value="stall"]', "Space")
            farm.write(".take:has(:checked) .number", "45.5")
            farm.press("form#ship .wide-buttons button")
            recorded(page)
            assert farm.presses == 3
            note = page.locator(".big-code .mono").inner_text()
        with signed_page(browser, address, desk.session("stall")) as page:
            page.goto("/desk")
            stall = Hands(page, desk)
            stall.press('main a[href$="/desk/receive"].button')
            page.wait_for_url("**/desk/receive")
            stall.write("#f-code", f"https://trace.example/d/{note}")
            page.keyboard.press("Enter")  # as a hand scanner does
            expect(page.locator(".tag.here")).to_be_visible()
            expect(page.locator("#outside")).to_be_hidden()
            stall.press(".deliveries form button")
            recorded(page)
            assert stall.presses == 2
            expect(page.get_by_text("45.5 千克")).to_be_visible()


SCANNED = {
    "https://id.gs1.org/01/09520000000011/10/AB%2F1": True,
    "]d2010952000000001117271231\x1d10AB/1": True,
    "(01)09520000000011(10)AB/1": True,
    "]C100095200000000000011": True,
    "https://other.example/00/095200000000000011": True,
    "(01)09520000000011(10)AB/2": False,
    "4006381333931": False,
    "https://%": False,
    "hello": False,
}
_SCAN = """(texts) => document.querySelector("[data-scanner]").dispatchEvent(
    new CustomEvent("scanned", { bubbles: true, detail: { texts } }))"""
_FIND = """async (texts) => {
    const { find } = await import("/assets/js/desk/receive.js");
    return texts.map((text) => find(text).length > 0);
}"""


def test_a_scan_finds_its_line_on_the_phone_itself(desk: Desk, browser: Chromium) -> None:
    """Without a network: GS1 codes in every spelling, and the case around the goods; other codes are told."""
    batch = desk.world.register("farm", "50 KGM", "milk", lot="AB/1")
    desk.world.pack("farm", PALLET, (batch, "50 KGM"))
    desk.world.ship("farm", "stall", containers=[PALLET])
    with served(desk.app) as address, signed_page(browser, address, desk.session("stall")) as page:
        page.goto("/desk/receive")
        expect(page.locator("[data-scanner] button").first).to_be_visible()
        # All that is kept has come: a file that is cut off on its way would be left open by the tests' server.
        page.wait_for_function(
            "() => navigator.serviceWorker.getRegistration().then((one) => !!one?.active)", timeout=20000
        )
        page.wait_for_load_state("networkidle")
        page.context.set_offline(True)
        assert dict(zip(SCANNED, page.evaluate(_FIND, list(SCANNED)), strict=True)) == SCANNED
        page.evaluate(_SCAN, ["(01)09520000000011(10)AB/1"])
        expect(page.locator(".tag.here")).to_be_visible()
        expect(page.locator("#outside")).to_be_hidden()
        page.evaluate(_SCAN, ["4006381333931"])
        expect(page.locator("#outside")).to_be_visible()
        assert "code=4006381333931" in (page.locator("#outside-link").get_attribute("href") or "")
