"""Scanning in a real Chromium: a fake camera, photos, what stands in the way; and where a scanned text leads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.serving import make_server
from zxingcpp import BarcodeFormat

from tests.web.chromium import FLAGS, path_of_chromium
from tests.web.conftest import ALIAS, BASE, GTIN, SSCC, World
from tests.web.pictures import film, png, qr, symbol
from trace.i18n import catalogs

CAMERA = "--use-fake-device-for-media-stream"
LAN = "stall.lan"
FOUND = f"/page/01/{GTIN}/10/L%2F1"
ELEMENTS = f"(01){GTIN}(17)271231(10)L/1"
OPEN, PHOTO, CLOSE = "打开相机", "用照片识别", "关闭相机"


def zh(code: str) -> str:
    return catalogs()[code]["zh"]


# -- where a text leads -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "lands"),
    [
        (f"]d201{GTIN}1727123110L/1", FOUND),
        (f"01{GTIN}10L/1\x1d17271231", FOUND),
        (f"]C101{GTIN}10L/1\x1d21S7", f"{FOUND}/21/S7"),
        (f"]C100{SSCC}", f"/page/00/{SSCC}"),
        (f"（01）{GTIN}（10）L/1", FOUND),
        (f"{BASE}/s/AB12", "/s/AB12"),
        (f"{BASE}/t/7K3M9QW2X0C/S7", "/t/7K3M9QW2X0C/S7"),
    ],
)
def test_whatever_a_scanner_reads_finds_its_page(client: FlaskClient, text: str, lands: str) -> None:
    """Element strings as hand scanners send them, and a single carton's number, which is kept."""
    answer = client.get("/scan", query_string={"code": text})
    assert (answer.status_code, answer.location) == (302, lands)


def test_a_code_in_groups_and_a_foreign_code_are_found(world: World, client: FlaskClient) -> None:
    """Typed as it is printed under the code, in fours; and a supplier's own code before anything is read into it."""
    code = world.codes["fresh"].rsplit("/", 1)[1].lower()
    for text in (f"{code[:4]} {code[4:8]} {code[8:]}", ALIAS, f"{BASE}/t/{code}"):
        assert client.get("/scan", query_string={"code": text}).location == world.codes["fresh"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"]C101{GTIN[:-1]}2", "it says 2, it should be 1"),
        ("9520000000012", "it says 2, it should be 1"),
        ("095200000000000012", "it says 2, it should be 1"),
        ("7K3M9QW2X0D", "This code seems misread"),
        ("]C110AB\x1d17261231", "scan that one"),
        ("20 26", "not known here"),
    ],
)
def test_a_misread_code_is_told_from_an_unknown_one(client: FlaskClient, text: str, words: str) -> None:
    """Which digit is wrong, or that another code on the label says more, or that it is simply not known."""
    answer = client.get("/scan", query_string={"code": text}, headers={"Accept-Language": "en"})
    assert answer.status_code == 404
    assert words in answer.get_data(as_text=True)


def test_only_the_scanner_may_run_webassembly_and_use_the_camera(client: FlaskClient) -> None:
    """Its policy is as strict as every page's but for that; inline scripts and other hosts run nowhere."""
    headers = client.get("/scan").headers
    policy = headers["Content-Security-Policy"]
    assert "script-src 'self' 'wasm-unsafe-eval';" in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "http" not in policy
    assert headers["Permissions-Policy"] == "camera=(self), microphone=()"
    assert "wasm" not in client.get("/").headers["Content-Security-Policy"]


def test_without_scripts_there_is_the_field_and_the_way_to_it(client: FlaskClient) -> None:
    """Every page that takes a code offers the camera's page; there the field needs no script."""
    assert 'href="/scan"' in client.get("/").get_data(as_text=True)
    page = client.get("/scan").get_data(as_text=True)
    assert '<input id="code" name="code"' in page
    assert zh("scan_no_script") in page
    assert 'href="/scan"' not in page


# -- in the browser ---------------------------------------------------------------------------------------------


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


def filmed(folder: Path, *texts: str) -> str:
    """The flag by which the fake camera shows these QR codes."""
    return f"--use-file-for-fake-video-capture={film(folder / 'codes.mjpeg', *map(qr, texts))}"


@pytest.fixture(scope="module")
def launch() -> Iterator[Callable[..., Browser]]:
    """Starts a Chromium with flags of its own; all of them end with the tests."""
    with sync_playwright() as playwright:
        path = path_of_chromium()
        yield lambda *more: playwright.chromium.launch(executable_path=path, args=[*FLAGS, *more])


@pytest.fixture(scope="module")
def browser(
    world: World, launch: Callable[..., Browser], tmp_path_factory: pytest.TempPathFactory
) -> Browser:
    """A camera that sees one label: the small capital link of a batch."""
    label = f"{BASE}{world.codes['fresh']}".upper()
    return launch(CAMERA, filmed(tmp_path_factory.mktemp("film"), label))


@pytest.fixture(scope="module")
def blind(launch: Callable[..., Browser]) -> Browser:
    """A browser on a machine without any camera."""
    return launch(f"--host-resolver-rules=MAP {LAN} 127.0.0.1")


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A phone whose user allows the camera."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="zh-CN", permissions=["camera"]
    )
    yield context
    context.close()


def on_scan(context: BrowserContext, site: str) -> Page:
    page = context.new_page()
    page.goto(f"{site}/scan")
    return page


def lands(page: Page, path: str) -> None:
    page.wait_for_url(f"**{path}")


def refused(page: Page, reason: str) -> None:
    """The sentence that says why, and the one that says what to do."""
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(zh(f"js_scan_{reason}"))
    expect(alert).to_contain_text(zh(f"js_scan_{reason}_next"))
    expect(alert).to_be_focused()


def test_a_label_before_the_camera_opens_its_page(world: World, phone: BrowserContext, site: str) -> None:
    """Where the camera was allowed before, nothing needs pressing; every file comes from here alone."""
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    page = on_scan(phone, site)
    lands(page, world.codes["fresh"])
    assert page.get_by_role("heading", level=1).inner_text().startswith("鲜鱼")
    assert any(url.endswith("zxing_reader.wasm") for url in asked)
    assert {url for url in asked if not url.startswith((site, "data:"))} == set()


def test_the_page_says_why_a_refused_camera_stays_dark(browser: Browser, site: str) -> None:
    """And the scanner itself is fetched only when its button is pressed."""
    context = browser.new_context(locale="zh-CN")
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = on_scan(context, site)
    button = page.get_by_role("button", name=OPEN)
    expect(button).to_be_visible()
    assert not [url for url in asked if "vendor" in url or "camera" in url or "panel" in url]
    button.click()
    refused(page, "refused")
    context.close()


UNTIL = """async ([test, arg]) => {
  const video = () => document.querySelector('video');
  const tests = {
    'this lens': () => video()?.srcObject?.getTracks()[0].getSettings().deviceId === arg,
    'running': () => video()?.srcObject?.active,
    'a second later': () => video().currentTime > 1,
  };
  const end = performance.now() + 10_000;
  while (!tests[test]()) {
    if (performance.now() > end) throw new Error(`never: ${test}`);
    await new Promise(requestAnimationFrame);
  }
}"""


def until(page: Page, test: str, arg: str | None = None) -> None:
    """Waits for what only the page can see; Playwright's own waiting would need a looser policy."""
    page.evaluate(UNTIL, [test, arg])


def test_lenses_can_be_changed_and_the_choice_is_remembered(
    launch: Callable[..., Browser], site: str
) -> None:
    """Many phones begin with a lens that cannot see near things; the next scan begins with the one that can."""
    two = launch("--use-fake-device-for-media-stream=device-count=2")
    page = on_scan(two.new_context(locale="zh-CN", permissions=["camera"]), site)
    lens = page.get_by_label(zh("js_scan_lens"))
    expect(lens.locator("option")).to_have_count(2)
    other = lens.locator("option:not(:checked)").get_attribute("value")
    lens.select_option(other)
    until(page, "this lens", other)
    page.reload()
    until(page, "this lens", other)
    two.close()


def on_several(context: BrowserContext, site: str) -> Page:
    """A form's field that takes codes one after the other, as receiving does."""
    context.add_init_script("navigator.permissions.query = () => Promise.reject(new Error('unknown'))")
    page = on_scan(context, site)
    page.evaluate(
        """async () => {
          const { mountScanner } = await import('/assets/js/scan/mount.js');
          document.querySelector('main').innerHTML =
            '<form><textarea id="f-batches"></textarea></form><div data-target="#f-batches" data-several></div>';
          const root = document.querySelector('main > div');
          globalThis.heard = [];
          root.addEventListener('scanned', (event) => heard.push(event.detail.texts));
          mountScanner(root);
        }"""
    )
    return page


def test_several_codes_are_taken_one_after_the_other_and_each_once(
    world: World, phone: BrowserContext, site: str
) -> None:
    """Receiving a delivery: the camera stays, says what it read, and the same label does not count twice."""
    page = on_several(phone, site)
    page.get_by_role("button", name=OPEN).click()
    code = world.codes["fresh"].rsplit("/", 1)[1]
    expect(page.get_by_role("status")).to_contain_text("已扫 1 个")
    until(page, "a second later")
    assert page.evaluate("heard") == [[f"{BASE}/t/{code}".upper()]]
    assert page.locator("#f-batches").input_value() == f"{BASE}/t/{code}".upper()
    page.get_by_role("button", name=CLOSE).click()
    expect(page.locator("video")).to_have_count(0)
    expect(page.get_by_role("button", name=OPEN)).to_be_visible()


def test_the_camera_is_off_while_nobody_looks(phone: BrowserContext, site: str) -> None:
    """Behind another app or a locked screen no picture is taken; back again it goes on."""
    page = on_several(phone, site)
    page.get_by_role("button", name=OPEN).click()
    until(page, "running")
    hide = """hidden => {
      Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }"""
    page.evaluate(hide, True)
    assert page.evaluate("document.querySelector('video').srcObject.active") is False
    page.evaluate(hide, False)
    until(page, "running")


def test_of_two_codes_in_view_the_user_chooses_by_keyboard(
    world: World, launch: Callable[..., Browser], site: str, tmp_path: Path
) -> None:
    """A carton has a bar code and a trace code: the page asks instead of guessing."""
    two = launch(CAMERA, filmed(tmp_path, GTIN[1:], f"{BASE}{world.codes['fresh']}"))
    page = on_scan(two.new_context(locale="zh-CN", permissions=["camera"]), site)
    choices = page.locator(".choice")
    expect(choices).to_have_count(2)
    expect(choices.first).to_contain_text(zh("js_scan_is_link"))
    expect(choices.last).to_contain_text(GTIN[1:])
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    lands(page, f"/page/01/{GTIN}")
    two.close()


@pytest.mark.parametrize(
    ("kind", "text", "gs1", "path"),
    [
        (BarcodeFormat.DataMatrix, ELEMENTS, True, FOUND),
        (BarcodeFormat.Code128, ELEMENTS, True, FOUND),
        (BarcodeFormat.QRCode, ELEMENTS, True, FOUND),
        (BarcodeFormat.DataBarExp, ELEMENTS, True, FOUND),
        (BarcodeFormat.EAN13, GTIN[1:], False, f"/page/01/{GTIN}"),
        (BarcodeFormat.Code128, f"(00){SSCC}", True, f"/page/00/{SSCC}"),
    ],
)
def test_a_photo_of_any_of_a_labels_codes_opens_its_page(
    blind: Browser, site: str, kind: BarcodeFormat, text: str, gs1: bool, path: str
) -> None:
    """Without a camera in the browser, the picture from the gallery does as well."""
    context = blind.new_context(locale="zh-CN")
    page = on_scan(context, site)
    choose(page, png(symbol(kind, text, gs1=gs1)))
    lands(page, path)
    context.close()


def choose(page: Page, picture: bytes, name: str = "label.png") -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=PHOTO).click()
    chooser.value.set_files({"name": name, "mimeType": "image/png", "buffer": picture})


def test_what_is_no_photo_and_a_photo_without_a_code_are_told_apart(blind: Browser, site: str) -> None:
    """Each with what to do next."""
    context = blind.new_context(locale="zh-CN")
    page = on_scan(context, site)
    choose(page, b"not a picture")
    refused(page, "photo_bad")
    choose(page, png(qr(BASE).crop((0, 0, 40, 40))))
    refused(page, "nothing")
    context.close()


def test_a_device_without_a_camera_says_so(blind: Browser, site: str) -> None:
    """And the keyboard alone finds the goods: type, Enter."""
    context = blind.new_context(locale="zh-CN", permissions=["camera"])
    context.add_init_script("navigator.permissions.query = () => Promise.reject(new Error('unknown'))")
    page = on_scan(context, site)
    button = page.get_by_role("button", name=OPEN)
    button.focus()
    page.keyboard.press("Enter")
    refused(page, "none")
    page.get_by_label(zh("page_type_code")).focus()
    page.keyboard.type(ELEMENTS)
    page.keyboard.press("Enter")
    lands(page, FOUND)
    context.close()


def test_plain_http_on_a_lan_is_explained_and_photos_work_there(blind: Browser, site: str) -> None:
    """No camera there: the page says why, how to switch TLS on, and reads a photo all the same."""
    context = blind.new_context(locale="zh-CN")
    page = on_scan(context, site.replace("127.0.0.1", LAN))
    page.get_by_role("button", name=OPEN).click()
    refused(page, "insecure")
    page.locator("summary").click()
    expect(page.get_by_text("TRACE_TLS=self")).to_be_visible()
    choose(page, png(symbol(BarcodeFormat.DataMatrix, ELEMENTS, gs1=True)))
    lands(page, FOUND)
    context.close()


def test_a_reader_that_cannot_be_fetched_is_told_and_fetched_again(blind: Browser, site: str) -> None:
    """In a cellar without a network: typing is left; with the network back the same button works."""
    context = blind.new_context(locale="zh-CN")
    context.route("**/zxing_reader.wasm", lambda route: route.abort())
    page = on_scan(context, site)
    picture = png(symbol(BarcodeFormat.EAN13, GTIN[1:]))
    choose(page, picture)
    refused(page, "reader")
    context.unroute("**/zxing_reader.wasm")
    choose(page, picture)
    lands(page, f"/page/01/{GTIN}")
    context.close()
