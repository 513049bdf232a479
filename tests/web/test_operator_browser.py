"""The operator's and the owner's pages in a real browser: a verdict that comes by itself, a link that is copied."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.web.desk import Desk, served, signed_page
from trace.bootstrap import background


def test_the_verdict_is_there_without_asking_again(desk: Desk, browser: Browser) -> None:
    """Whoever waits sees how far it is, and then the steps; by keyboard alone."""
    desk.ctx.publisher.publish()
    with served(desk.app) as address, signed_page(browser, address, desk.session("operator")) as page:
        page.goto("/operate/health")
        button = page.get_by_role("button", name="现在核验")
        button.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("progressbar")).to_be_visible()
        background(desk.ctx).drain()
        expect(page.get_by_text(f"{desk.world.size()} 条全部成立")).to_be_visible()
        expect(page.get_by_text("6. 查询表与账本一致")).to_be_visible()


def test_a_link_is_copied_at_a_touch_and_opens_the_form_on_another_phone(
    desk: Desk, browser: Browser
) -> None:
    """What was copied is the link, whole."""
    with served(desk.app) as address, signed_page(browser, address, desk.session("farm")) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
        page.bring_to_front()
        page.goto("/desk/settings/people/invite")
        page.get_by_role("button", name="生成链接").click()
        page.get_by_role("button", name="复制").click()
        expect(page.get_by_role("button", name="已复制")).to_be_visible()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == page.get_by_label("链接").input_value()
        page.context.clear_cookies()
        page.goto(copied.replace("https://trace.example", address))
        expect(page.get_by_label("您的姓名")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
