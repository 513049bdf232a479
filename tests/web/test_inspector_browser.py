"""An inspector at a real browser, by keyboard alone; and what a program that checks for accessibility finds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.web import desk as desks
from tests.web.desk import Desk
from tests.web.test_inspector import Told

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
GRAVE = ("serious", "critical")
WIDE = (320, 1280)


@pytest.fixture(scope="module")
def told(prepared_desk: desks.Prepared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    with prepared_desk.copy(tmp_path_factory.mktemp("told")) as made:
        yield Told(made)


@pytest.fixture(scope="module")
def address(told: Told) -> Iterator[str]:
    with desks.served(told.desk.app) as where:
        yield where


def faults(page: Page) -> list[str]:
    """What axe holds against a page, the grave ones."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run()).violations")
    return [
        f"{one['id']}: {json.dumps([node['html'] for node in one['nodes']], ensure_ascii=False)[:300]}"
        for one in found
        if one["impact"] in GRAVE
    ]


@pytest.mark.parametrize("lang", ["zh-CN", "en-GB"])
def test_no_page_of_an_inspector_has_a_grave_fault_or_runs_off_a_small_phone(
    browser: Browser, told: Told, address: str, lang: str
) -> None:
    """Light on the phone, dark on the desk; every page of the area."""
    below = ("", "/hold", "/look", "/verify", "/evidence")
    paths = [
        "/inspect",
        "/inspect/search?q=a&first=2026-11-01",
        "/inspect/party/plant",
        "/inspect/batch/NOTHING",
    ]
    paths += [told.page(told.apples, one) for one in below]
    token = told.desk.session("inspector")
    for width, scheme in zip(WIDE, ("light", "dark"), strict=True):
        size = {"width": width, "height": 800}
        more = {"viewport": size, "color_scheme": scheme, "bypass_csp": False}
        with desks.signed_page(browser, address, token, lang=lang, **more) as page:
            for path in paths:
                page.goto(path)
                assert faults(page) == [], path
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_by_keyboard_alone_a_batch_is_found_and_stopped_and_every_downstream_page_says_so(
    browser: Browser, desk: Desk
) -> None:
    """From the sign-in's first page to the consumer's page of what was made from it."""
    told = Told(desk)
    with (
        desks.served(desk.app) as where,
        desks.signed_page(browser, where, desk.session("inspector")) as page,
    ):
        page.goto("/inspect")
        page.locator("#f-q").focus()
        page.keyboard.type(told.apples.rsplit("/", 1)[-1].lower())
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{told.page(told.apples)}")
        press(page, "停住这批货")
        page.wait_for_url("**/hold")
        page.keyboard.press("Tab")  # whatever has the focus, the next Tab shows where one is
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        page.locator("[name=why][value=unsafe]").focus()
        page.keyboard.press("ArrowDown")
        press(page, "停住 2 个批次，涉及 4 家")
        page.wait_for_url("**done=*")
        assert "没有合格证明" in page.locator(".band.stop").first.inner_text()
        for batch in (told.apples, told.juice):
            page.goto(batch.removeprefix(desk.ctx.base_url))
            assert "没有合格证明" in page.locator(".band.stop").first.inner_text()


def press(page: Page, words: str) -> None:
    """Go to what has this name by the keyboard, and press it."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if words in page.evaluate("document.activeElement.innerText || ''"):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"no Tab leads to {words}")
