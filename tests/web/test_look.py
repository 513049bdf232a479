"""The pages in a real Chromium: narrow phones, no scripts, no other hosts, readable colours, large targets."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.serving import make_server

from tests.web.conftest import FOREIGN, GLN, GTIN, SSCC, World

PAGES = (
    "/",
    "/scan",
    f"/01/{GTIN}",
    f"/01/{GTIN}/10/NO",
    f"/00/{SSCC}",
    f"/417/{GLN}",
    f"/b?uri={quote(FOREIGN, safe='')}",
)
BATCHES = ("fresh", "frozen", "stopped", "expired", "evil")

# Colours of every text and of what lies behind it, as they are painted; transparent grounds are looked through.
CONTRASTS = """() => {
  const channel = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const parse = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ground = element => {
    for (let at = element; at; at = at.parentElement) {
      const found = parse(getComputedStyle(at).backgroundColor);
      if (found.length && found[3] !== 0) return found;
    }
    return [255, 255, 255];
  };
  const poor = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || element.closest('svg') || !element.checkVisibility()) continue;
    const a = light(parse(getComputedStyle(element).color)), b = light(ground(element));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${walk.currentNode.data.trim().slice(0, 40)}`);
  }
  return poor;
}"""

# Everything that is tapped; the skip link is for keyboards and lies off the page until it has the focus.
SMALL_TARGETS = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), summary')]
  .filter(one => one.checkVisibility() && !one.closest('.band p') && !one.matches('.skip'))
  .map(one => [one.getBoundingClientRect(), one.textContent.trim()])
  .filter(([box]) => box.height < 43.5)
  .map(([box, text]) => `${box.height} ${text}`)"""


@pytest.fixture(scope="module")
def site(world: World) -> Iterator[str]:
    """The pages behind a real socket."""
    server = make_server("127.0.0.1", 0, world.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def addresses(world: World) -> tuple[str, ...]:
    """A page of every kind."""
    return (*PAGES, *(world.codes[name] for name in BATCHES))


def opened(browser: Browser, site: str, path: str, width: int, **more: object) -> tuple[BrowserContext, Page]:
    """The page in a window of this width, in a browser without scripts."""
    options = {"locale": "zh-CN", **more}
    context = browser.new_context(
        viewport={"width": width, "height": 844}, java_script_enabled=False, **options
    )
    page = context.new_page()
    page.goto(site + path)
    return context, page


@pytest.mark.parametrize("lang", ["zh-CN", "en-GB"])
def test_nothing_scrolls_sideways(browser: Browser, site: str, addresses: tuple[str, ...], lang: str) -> None:
    """From the narrowest phone to a desk, in either language, every line fits."""
    context, page = opened(browser, site, "/", 320, locale=lang)
    for path in addresses:
        page.goto(site + path)
        for width in (320, 390, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()


def test_whole_page_without_scripts(world: World, browser: Browser, site: str) -> None:
    """With scripts switched off nothing is missing: verdict, journey, proof, and the command behind its summary."""
    context, page = opened(browser, site, world.codes["frozen"], 390)
    assert page.locator(".band").get_by_text("没有停售记录").is_visible()
    assert page.locator(".journey > .step").count() == 9
    assert not page.locator("pre").is_visible()
    page.locator("#proof ~ * summary").click()
    assert page.locator("pre").is_visible()
    context.close()


def test_no_request_leaves_for_another_host(browser: Browser, site: str, addresses: tuple[str, ...]) -> None:
    """Fonts, pictures, styles: everything comes from the address that was scanned, and all of it is there."""
    context = browser.new_context()
    asked: list[str] = []
    failed: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    context.on("requestfailed", lambda request: failed.append(request.url))
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda said: complaints.append(said.text))
    for path in addresses:
        page.goto(site + path)
    context.close()
    assert all(url.startswith((site + "/", "data:")) for url in asked)
    assert any(url.startswith(f"{site}/assets/trace.css") for url in asked)
    assert failed == []
    assert [said for said in complaints if "404" not in said] == []  # a policy that was broken would say so


def test_every_text_has_enough_contrast(browser: Browser, site: str, addresses: tuple[str, ...]) -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 to 1, computed from the colours as painted, by day and by night."""
    context, page = opened(browser, site, "/", 390)
    for path in addresses:
        page.goto(site + path)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate(CONTRASTS) == [], (path, scheme)
    context.close()


def test_targets_are_big_enough_for_a_thumb(browser: Browser, site: str, addresses: tuple[str, ...]) -> None:
    """Links of their own, buttons and fields are at least 44 pixels high; links in a sentence are not meant."""
    context, page = opened(browser, site, "/", 390)
    for path in addresses:
        page.goto(site + path)
        assert page.evaluate(SMALL_TARGETS) == [], path
    context.close()


def test_keyboard_reaches_the_content_and_sees_where_it_is(world: World, browser: Browser, site: str) -> None:
    """The first stop skips to the content, and whatever has the focus wears a ring."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(site + world.codes["fresh"])
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.get_attribute("href") == "#main"
    assert focused.evaluate("one => one.getBoundingClientRect().left") >= 0
    for _ in range(3):
        page.keyboard.press("Tab")
        assert page.locator(":focus").evaluate("one => parseFloat(getComputedStyle(one).outlineWidth)") >= 2
    context.close()


def test_typing_a_code_opens_its_page(world: World, browser: Browser, site: str) -> None:
    """From the first page, with a thumb and without scripts."""
    context, page = opened(browser, site, "/", 390, locale="en-GB")
    page.get_by_label("What is printed under the code").fill(world.codes["fresh"].rsplit("/", 1)[1].lower())
    page.get_by_role("button", name="Look it up").click()
    assert page.url == site + world.codes["fresh"]
    assert page.get_by_role("heading", level=1).inner_text() == "鲜鱼"
    page.get_by_role("link", name="中文").click()
    assert page.get_by_text("一路走来").is_visible()
    context.close()


def test_hostile_names_run_nothing(world: World, browser: Browser, site: str) -> None:
    """Even with scripts on, a batch named <script> raises no dialog and adds no element."""
    context = browser.new_context()
    page = context.new_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    for path in (
        world.codes["evil"],
        f"/b?uri={quote(FOREIGN, safe='')}",
        "/scan?code=%3Cscript%3Ealert(1)%3C/script%3E",
    ):
        page.goto(site + path)
        assert (
            page.locator("script:not([src^='/assets/'], [type='application/json']), img, iframe").count() == 0
        )
        assert page.locator("a[href^='javascript']").count() == 0
    assert dialogs == []
    context.close()


def test_prints_without_its_buttons(world: World, browser: Browser, site: str) -> None:
    """On paper: black on white, the verdict framed, no buttons."""
    context, page = opened(browser, site, world.codes["stopped"], 800)
    page.emulate_media(media="print")
    assert page.locator(".band.stop").is_visible()
    assert not page.locator(".tongue").is_visible()
    assert not page.get_by_role("link", name="保存全部证据").is_visible()
    context.close()
