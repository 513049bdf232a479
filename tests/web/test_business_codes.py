"""Codes of every kind in every form: other people's numbers find the goods, and GS1 separators survive the typing."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from tests.scenario import GTIN
from tests.web.chromium import chromium
from tests.web.desk import Browser, Desk, forms, served, signed_page
from trace.identifiers.scanning import FNC1
from trace.services import aliases

FOREIGN = ["WX-2210", "进货单 7 号", "https://other.example/trace?code=AB-7781", "(91)no-gs1-code"]


def finding(browser: Browser, path: str, code: str, name: str = "code") -> str:
    """The page that a form's search leads to."""
    answer = browser.get(f"{path}?{urlencode({name: code})}")
    return browser.page(answer.headers["Location"]) if answer.status_code == 303 else answer.text


def named(desk: Desk, alias: str) -> str:
    """A batch of the farm's with a foreign code; some of it is on its way to the stall, the rest stays."""
    batch = desk.world.register("farm", "100 KGM", lot="A-1")
    aliases.register(desk.ctx, desk.world["farm"], alias, batch)
    desk.world.ship("farm", "stall", (batch, "10 KGM"))
    return batch


@pytest.mark.parametrize("alias", FOREIGN)
def test_a_foreign_code_finds_its_batch_in_every_form(desk: Desk, alias: str) -> None:
    """Scanned off the supplier's own label: shipping, receiving, selling, printing and looking it up."""
    batch = named(desk, alias)
    farm = desk.browser("farm")
    answer = farm.post("/desk/ship/find", {"scan": alias})
    assert ("take", batch) in next(one for one in forms(answer.text) if one.action == "/desk/ship").fields
    sale = next(one for one in forms(finding(farm, "/desk/sell", alias)) if one.attrs.get("data-queue"))
    assert batch.rsplit("/", 1)[-1] in dict(sale.fields).values()
    assert "A-1" in finding(desk.browser("stall"), "/desk/receive", alias)
    assert "A-1" in finding(farm, "/desk/labels", alias, "batch")
    assert "A-1" in finding(farm, "/desk/batches", alias, "uri")


def test_a_code_that_stands_for_a_product_is_no_batch(desk: Desk) -> None:
    """Which of its batches is meant nobody knows: it is told as a code that nothing here has."""
    desk.world.register("farm", "100 KGM")
    aliases.register(desk.ctx, desk.world["farm"], "ITEM-7", desk.world.products["apples"])
    farm = desk.browser("farm")
    assert "手里没有这个码的货：ITEM-7" in farm.post("/desk/ship/find", {"scan": "ITEM-7"}).text
    assert "没有找到" in farm.page("/desk/batches?uri=ITEM-7", 404)


def test_a_symbol_that_begins_with_fnc1_is_read_in_every_form(desk: Desk) -> None:
    """A hand scanner sends FNC1 as a control character, which is no space to be cut off."""
    batch = desk.world.register("farm", "100 KGM", product="milk", lot="B-7")
    desk.world.ship("farm", "stall", (batch, "10 KGM"))
    text = f" {FNC1}1726122001{GTIN}10B-7\r\n"
    farm = desk.browser("farm")
    answer = farm.post("/desk/ship/find", {"scan": text})
    assert ("take", batch) in next(one for one in forms(answer.text) if one.action == "/desk/ship").fields
    assert "B-7" in finding(desk.browser("stall"), "/desk/receive", text)
    assert "B-7" in finding(farm, "/desk/labels", text, "batch")
    found = desk.browser("inspector").get("/inspect/search?" + urlencode({"q": text}))
    assert found.headers["Location"].startswith("/inspect/batch/")


def test_a_unit_that_is_scanned_with_fnc1_is_packed(desk: Desk) -> None:
    """The pallet's label in GS1-128."""
    batch = desk.world.register("farm", "100 KGM")
    values = {"unit": f"{FNC1}1726122000106141412345678908", "batch": batch.rsplit("/", 1)[-1]}
    answer = desk.browser("farm").post("/desk/pack", values)
    assert answer.status_code == 303, answer.text


@pytest.fixture(scope="module")
def chrome() -> Iterator[Chromium]:
    with chromium() as running:
        yield running


def test_a_phone_knows_its_goods_by_foreign_codes_too(desk: Desk, chrome: Chromium) -> None:
    """What the camera reads is matched on the phone, network or not; a code of another's goods is told as such."""
    batch = desk.world.register("farm", "100 KGM")
    for alias in FOREIGN:
        aliases.register(desk.ctx, desk.world["farm"], alias, batch)
    desk.world.ship("farm", "stall", (batch, "10 KGM"))
    with served(desk.app) as address:
        with signed_page(chrome, address, desk.session("farm")) as page:
            for alias in FOREIGN:
                page.goto("/desk/ship")
                read(page, "#f-scan", alias)
                expect(page.locator("[name=take]"), alias).to_be_checked()
            read(page, "#f-scan", "WX-2211")
            expect(page.locator("#missed")).to_contain_text("WX-2211")
            page.goto("/desk/sell")
            read(page, "#f-code", FOREIGN[2])
            expect(page.locator("[data-keys] [type=checkbox]")).to_be_checked()
        with signed_page(chrome, address, desk.session("stall")) as page:
            page.goto("/desk/receive")
            read(page, "#f-code", FOREIGN[1])
            expect(page.locator(".is-here")).to_be_visible()


def read(page: Page, field: str, text: str) -> None:
    """As the camera beside a field delivers what it read."""
    page.locator(field).evaluate(
        """(field, text) => {
          const own = field.closest('.field').querySelector('[data-scanner]');
          const scanner = own ?? field.form.querySelector('[data-scanner]');
          scanner.dispatchEvent(new CustomEvent('scanned', {bubbles: true, detail: {texts: [text]}}));
        }""",
        text,
    )
