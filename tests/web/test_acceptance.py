"""The stories that the pages were built for, in a real browser, through the server as it is run.

Everything here goes over the wire: the server is a process of its own (``real_server``), and what a test looks up in
the ledger it looks up as another process would.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from tests.attacker import break_in
from tests.scenario import new
from tests.web.chromium import FLAGS, path_of_chromium
from tests.web.desk import PASSWORD, signed_page
from tests.web.pictures import film
from tests.web.proof.site import Verdict, press, verdict
from tests.web.real_server import RealServer, real_server
from tests.web.test_business_browser import Hands, recorded
from trace.domain.offers import Item, Meal, OfferKind, PostOffer
from trace.services import inspection, lists, offers, photos
from trace.store import projection_tables as t
from trace.store.tables import bodies

CAMERA = "--use-fake-device-for-media-stream"
SOON = 20_000  # milliseconds: two cores are shared with other tests


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[RealServer]:
    """One server for all stories; each has goods of its own."""
    with real_server(tmp_path_factory.mktemp("real"), sqlite_template) as running:
        yield running


@pytest.fixture(scope="module")
def launch() -> Iterator[Callable[..., Browser]]:
    """Starts a Chromium with flags of its own; all of them end with the tests."""
    expect.set_options(timeout=SOON)
    with sync_playwright() as playwright:
        path = path_of_chromium()
        yield lambda *more: playwright.chromium.launch(executable_path=path, args=[*FLAGS, *more])
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="module")
def browser(launch: Callable[..., Browser]) -> Browser:
    return launch()


@pytest.fixture
def enter(server: RealServer, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Somebody's phone, signed in; every wait on it ends."""
    opened = []

    def sign_in(who: str, **more: Any) -> Page:
        context = signed_page(browser, server.address, server.desk.session(who) if who else "none", **more)
        opened.append(context)
        page = context.__enter__()
        page.set_default_timeout(SOON)
        return page

    yield sign_in
    for context in reversed(opened):
        context.__exit__(None, None, None)


class Keyboard(Hands):
    """Somebody with a keyboard alone, who must see at every step where he is."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.presses = 0

    def to(self, selector: str) -> None:
        super().to(selector)
        assert self.page.evaluate(OUTLINE), f"nobody sees that {selector} has the focus"

    def opens(self, selector: str, part: str) -> None:
        """Go there, press it, and wait for the page that it leads to, which has this in its address."""
        self.press(selector)
        self.page.wait_for_url(lambda address: part in address)


# A field that is drawn by its label is outlined by it.
OUTLINE = """() => {
  const at = document.activeElement;
  return [at, at.closest("label")].some((one) => {
    const style = one && getComputedStyle(one);
    return style && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  });
}"""


def path_of(server: RealServer, uri: str) -> str:
    return uri.removeprefix(server.address)


def offline_ready(page: Page, path: str) -> None:
    """The page was opened on this phone before, and its service worker keeps it."""
    page.goto(path)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()  # the first opening went past the service worker
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    page.reload()
    page.wait_for_load_state("networkidle")


# -- 1. from the printed label to the page -------------------------------------------------------------------


def test_printed_label_before_a_camera_opens_the_page_of_its_batch(
    server: RealServer, enter: Callable[..., Page], launch: Callable[..., Browser], tmp_path: Path
) -> None:
    """Printed by its maker, drawn by another's renderer, read by another's decoder, and by a phone's camera."""
    batch = server.world.register("farm", "120 KGM", lot="L-7", origin="三都镇")
    code = batch.rsplit("/", 1)[1]
    farm = enter("farm")
    farm.goto(f"/desk/labels?batch={code}")
    farm.select_option("#f-stock", "roll-60x40")
    fields = farm.locator("form[method=get]").first
    query = fields.evaluate("form => new URLSearchParams(new FormData(form)).toString()")
    pdf = farm.context.request.get(f"/desk/labels.pdf?{query}")
    assert pdf.headers["content-type"] == "application/pdf"
    with pypdfium2.PdfDocument(pdf.body()) as document:
        label = document[0].render(scale=300 / 72).to_pil()
    (read,) = zxingcpp.read_barcodes(label)
    assert read.text == batch.upper()  # capitals make a smaller code, and lead to the same page

    flag = f"--use-file-for-fake-video-capture={film(tmp_path / 'label.mjpeg', label)}"
    shopper = launch(CAMERA, flag)
    context = shopper.new_context(locale="zh-CN", permissions=["camera"], base_url=server.address)
    page = context.new_page()
    page.goto("/scan")
    page.wait_for_url(f"**/t/{code}", timeout=SOON)
    expect(page.locator("main")).to_contain_text("L-7")
    expect(page.locator("main")).to_contain_text("三都镇")
    shopper.close()


# -- 2. a consumer verifies ----------------------------------------------------------------------------------


def verified(page: Page, path: str) -> Verdict:
    """Open the page and have it verify, as its reader would: by its button, where it does not begin by itself."""
    page.goto(path)
    press(page)
    return verdict(page)


@contextmanager
def altered_table(server: RealServer, batch: str, **values: object) -> Iterator[None]:
    """Other values in the row from which the batch's page is made; for a while."""
    mine = t.batches.c.uri == batch
    with break_in(server.world.engine) as attacker:
        row = attacker.connection.execute(t.batches.select().where(mine)).one()._mapping
        attacker.connection.execute(t.batches.update().where(mine).values(**values))
    try:
        yield
    finally:
        before = {name: row[name] for name in values}
        with break_in(server.world.engine) as attacker:
            attacker.connection.execute(t.batches.update().where(mine).values(**before))


@contextmanager
def altered_body(server: RealServer, batch: str, old: str, other: str) -> Iterator[None]:
    """Other words in the very bytes that were hashed; for a while."""
    with break_in(server.world.engine) as attacker:
        row = attacker.connection.execute(t.batches.select().where(t.batches.c.uri == batch)).one()
        mine = (bodies.c["index"] == row._mapping["index"]) & (bodies.c.compartment == "public")
        body = bytes(attacker.connection.execute(bodies.select().where(mine)).one().body)
        assert old.encode() in body
        altered = body.replace(old.encode(), other.encode())
        attacker.connection.execute(bodies.update().where(mine).values(body=altered))
    try:
        yield
    finally:
        with break_in(server.world.engine) as attacker:
            attacker.connection.execute(bodies.update().where(mine).values(body=body))


def test_consumer_verifies_and_sees_which_step_fails_when_the_database_was_altered(
    server: RealServer, enter: Callable[..., Page]
) -> None:
    """A date on the page's own table, then a record's very words; put back, all holds again, and no one is accused."""
    batch = server.world.register("farm", "90 KGM", lot="V-1", origin="三都澳")
    path = path_of(server, batch)
    page = enter("")
    assert verified(page, path).steps == ["holds"] * 7

    with altered_table(server, batch, expires="2031-01-01"):
        found = verified(page, path)
    said = found.text.replace("\xa0", " ")
    assert (found.state, found.failed) == ("fails", 7)
    assert "第 7 步" in said
    assert "2031-01-01" in said
    assert "12315" in said  # and what to do
    assert verified(page, path).steps == ["holds"] * 7

    with altered_body(server, batch, "三都澳", "二都澳"):
        found = verified(page, path)
    said = found.text.replace("\xa0", " ")
    assert (found.state, found.failed) == ("fails", 2)
    assert "第 2 步" in said
    assert "有人在事后动过记录" in said
    assert verified(page, path).steps == ["holds"] * 7


# -- 3. two businesses, one of them without a network --------------------------------------------------------


def receipts(server: RealServer, shipment: str) -> list[dict[str, Any]]:
    """What the ledger says of how a delivery was settled, one for each time that it was received."""
    found = []
    for index in range(server.world.size()):
        for body in server.world.record(index).bodies.values():
            event = json.loads(body)["data"].get("event", {})
            if event.get("bizStep") == "receiving" and shipment in json.dumps(event):
                found.append(event)
    return found


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (800, 600), "#883322").save(out, "PNG")
    return out.getvalue()


def test_goods_registered_and_shipped_by_keyboard_are_received_without_a_network_and_recorded_once(
    server: RealServer, enter: Callable[..., Page]
) -> None:
    """In the cold store: the page opens, the label marks its line, one box is short, its photo is taken; outside again
    all of it is delivered, once."""
    world = server.world
    pears = world.register("farm", "50 KGM", lot="P-1")
    world.deliver("farm", "stall", (pears, "10 KGM"))
    page = enter("farm")
    page.goto("/desk")
    farm = Keyboard(page)
    farm.opens('.tabs a[href$="/desk/register"]', "/desk/register")
    farm.opens('.tiles a[href*="product="]', "register?product=")
    farm.write("#f-amount", "45.5")
    farm.press(".wide-buttons button")
    recorded(page)
    farm.opens('main a[href*="/desk/ship?batch="]', "/desk/ship?batch=")
    farm.press('[name=to][value="stall"]', "Space")
    farm.press(f'[name=take][value="{pears}"]', "Space")
    farm.press("form#ship .wide-buttons button")
    recorded(page)
    note = page.locator(".big-code .mono").inner_text()
    shipment = f"{server.address}/d/{note}"

    stall = enter("stall")
    offline_ready(stall, "/desk/receive")
    stall.context.set_offline(True)
    stall.reload()
    expect(stall.locator("#network")).to_be_visible()
    stall.fill("#f-code", pears.upper())
    stall.press("#f-code", "Enter")
    expect(stall.locator(".tag.here:visible")).to_have_count(1)
    stall.locator(".deliveries a.more").click()
    stall.wait_for_url(re.compile(r"/desk/receive/[0-9]+$"))
    line = stall.locator("fieldset", has_text="P-1").last
    line.locator("summary").click()
    line.locator("[name^=short]").fill("2.5")
    line.locator("[type=file]").set_input_files(
        {"name": "box.png", "mimeType": "image/png", "buffer": picture()}
    )
    stall.locator("form.form .wide-buttons button").click()
    expect(stall.get_by_text("已存在手机里，还没有送出")).to_be_visible()
    expect(stall.locator("#waiting summary")).to_have_text("1 条还没送出")
    assert receipts(server, shipment) == []

    stall.context.set_offline(False)
    expect(stall.locator("#waiting")).to_be_hidden()
    (told,) = receipts(server, shipment)
    (short,) = [one for one in told["trace:settlement"] if one["batch"] == pears]
    assert (short["accepted"], short["short"]) == ("37.5", "2.5")
    (photo,) = short["photos"]
    kept = photos.load(server.desk.ctx, photo)
    assert kept is not None
    assert Image.open(io.BytesIO(kept)).format == "JPEG"
    assert world.holds("stall", pears) == Decimal("47.5")


def test_answer_that_got_lost_is_asked_for_again_and_nothing_is_recorded_twice(
    server: RealServer, enter: Callable[..., Page]
) -> None:
    """The server recorded it, the phone never heard: in a market hall that happens every day."""
    batch = server.world.register("farm", "50 KGM", lot="P-2")
    shipment = server.world.ship("farm", "market", (batch, "20 KGM"))
    market = enter("market")
    offline_ready(market, "/desk/receive")

    def lost(route: Route) -> None:
        assert route.fetch().status == 200
        route.abort()

    market.route("**/desk/receive", lost, times=1)
    market.locator(".deliveries form button").click()
    expect(market.locator("#waiting summary")).to_have_text("1 条还没送出")
    assert len(receipts(server, shipment)) == 1
    market.locator("#waiting summary").click()
    market.get_by_role("button", name="现在再送一次").click()
    expect(market.locator("#waiting")).to_be_hidden()
    assert len(receipts(server, shipment)) == 1
    assert server.world.holds("market", batch) == 20


def test_two_entries_made_on_one_kept_page_are_two(server: RealServer, enter: Callable[..., Page]) -> None:
    """Without a network the same page is opened again for the next basket; the first is not written over."""
    page = enter("farm")
    offline_ready(page, "/desk/register?product=apples")
    page.context.set_offline(True)
    for amount in ("0.125", "0.375"):
        page.reload()
        page.fill("#f-amount", amount)
        page.locator(".wide-buttons button").click()
        expect(page.get_by_text("已存在手机里，还没有送出")).to_be_visible()
    expect(page.locator("#waiting summary")).to_have_text("2 条还没送出")
    page.context.set_offline(False)
    expect(page.locator("#waiting")).to_be_hidden()
    listed = lists.holdings(server.desk.ctx, server.world["farm"].uri, limit=200, cursor=None)
    assert {"0.125", "0.375"} <= {str(one.amount) for one in listed.items}


# -- 4. an inspector stops goods -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Downstream:
    """Apples, juice made of them, and where both ended up."""

    apples: str
    juice: str

    @classmethod
    def told(cls, server: RealServer, lot: str) -> Downstream:
        world, ctx = server.world, server.desk.ctx
        apples = world.register("farm", "100 KGM", lot=lot)
        world.deliver("farm", "plant", (apples, "40 KGM"))
        (juice,) = world.transform("plant", [(apples, "40 KGM")], new(world.products["juice"], "30 LTR"))
        world.deliver("plant", "canteen", (juice, "5 LTR"))
        world.deliver("farm", "stall", (apples, "10 KGM"))
        today = ctx.local(ctx.clock()).date()
        posted = PostOffer(today, OfferKind.GOODS, (Item(f"苹果 {lot}", (apples,)),))
        offers.post(ctx, world["stall"], posted)
        menu = PostOffer(today, OfferKind.MENU, (Item(f"苹果汁 {lot}", (juice,), Meal.LUNCH),), Meal.LUNCH)
        offers.post(ctx, world["canteen"], menu)
        return cls(apples, juice)


def stops_shown(server: RealServer, goods: Downstream, enter: Callable[..., Page], reason: str) -> set[str]:
    """Which of the pages of everybody downstream say that the goods are stopped, or why."""
    shown = set()
    anybody = enter("")
    for name, uri in (("apples", goods.apples), ("juice", goods.juice)):
        anybody.goto(path_of(server, uri))
        if reason in anybody.locator("main").inner_text():
            assert anybody.locator(".band.stop").count()
            shown.add(f"{name} page")
        anybody.goto(f"/scan?code={uri.rsplit('/', 1)[1]}")
        if reason in anybody.locator("main").inner_text():
            shown.add(f"{name} scanned")
    for place in ("stall", "canteen"):
        anybody.goto(f"/p/{place}/place")
        if anybody.locator("#today ~ ul .tag.stop, #today ~ .rows .tag.stop").count():
            shown.add(f"{place} offer")
        holder = enter(place)
        holder.goto("/desk")
        if reason in holder.locator("main").inner_text():
            shown.add(f"{place} desk")
    return shown


EVERYWHERE = {
    "apples page",
    "apples scanned",
    "juice page",
    "juice scanned",
    "stall offer",
    "stall desk",
    "canteen offer",
    "canteen desk",
}


def stop(page: Page, detail: str) -> None:
    """Fill in the form of a hold and send it."""
    page.get_by_role("link", name="停住这批货").click()
    page.wait_for_url("**/hold")
    page.locator("[name=why][value=unsafe]").check()
    page.locator("[name=detail]").fill(detail)
    page.locator("form.form .wide-buttons button").click()


def test_hold_shows_on_every_page_downstream_at_once_and_so_does_its_release(
    server: RealServer, enter: Callable[..., Page]
) -> None:
    """The maker's goods, what was made of them, who has them, what is on offer today, and whoever scans."""
    goods = Downstream.told(server, "H-1")
    assert stops_shown(server, goods, enter, "氯吡脲超标") == set()
    inspector = enter("inspector")
    inspector.goto(f"/inspect/batch/{goods.apples.rsplit('/', 1)[1]}")
    stop(inspector, "氯吡脲超标")
    inspector.wait_for_url("**done=*")
    assert stops_shown(server, goods, enter, "氯吡脲超标") == EVERYWHERE
    inspector.get_by_role("link", name="解除").first.click()
    inspector.wait_for_url("**/release/*")
    inspector.locator("[name=why][value=cleared]").check()
    inspector.locator("form.form .wide-buttons button").click()
    inspector.wait_for_url("**done=*")
    assert stops_shown(server, goods, enter, "氯吡脲超标") == set()


def test_inspector_without_a_network_reads_what_he_loaded_and_his_hold_is_delivered_once(
    server: RealServer, enter: Callable[..., Page]
) -> None:
    """In a cold store: the page says of when it is; the hold waits, and is in force when he is out again."""
    goods = Downstream.told(server, "H-2")
    code = goods.apples.rsplit("/", 1)[1]
    page = enter("inspector")
    offline_ready(page, f"/inspect/batch/{code}")
    page.context.set_offline(True)
    page.reload()
    expect(page.locator("#network")).to_contain_text("这是")  # of when it is
    expect(page.get_by_text("截至")).to_be_visible()
    expect(page.locator("#calls ~ ul").get_by_text("stall")).to_be_visible()
    stop(page, "没有检测报告 H-2")
    expect(page.locator("#waiting summary")).to_have_text("1 条还没送出")
    assert stops_shown(server, goods, enter, "没有检测报告 H-2") == set()
    page.context.set_offline(False)
    expect(page.locator("#waiting")).to_be_hidden()
    assert stops_shown(server, goods, enter, "没有检测报告 H-2") == EVERYWHERE
    dossier = inspection.dossier(server.desk.ctx, server.world["inspector"], goods.apples)
    assert ["H-2" in one.stop.reason for one in dossier.in_force] == [True]


# -- 5. by keyboard alone ------------------------------------------------------------------------------------


def test_a_day_at_the_desk_needs_no_pointer_and_shows_where_one_is(
    server: RealServer, enter: Callable[..., Page]
) -> None:
    """Signed in, registered, labels printed, signed out; the first Tab of a page leads past its head."""
    page = enter("")
    page.goto("/in")
    hands = Keyboard(page)
    hands.press(".skip")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    page.reload()
    hands.write("#f-login", "farm")
    hands.write("#f-password", PASSWORD)
    hands.press("#sign-in button")
    page.wait_for_url("**/desk")
    hands.opens('.tabs a[href$="/desk/register"]', "/desk/register")
    hands.opens('.tiles a[href*="product="]', "register?product=")
    hands.write("#f-amount", "3")
    hands.press(".wide-buttons button")
    recorded(page)
    hands.opens('main a[href*="/desk/labels?batch="]', "/desk/labels?batch=")
    hands.to("#f-stock")
    page.keyboard.press("End")
    hands.write("#f-count", "1")
    with page.expect_popup() as printed:
        hands.press("button[formaction]")
    with printed.value as popup:
        assert "/desk/labels.pdf" in popup.url
    hands.press('form[action="/out"] button')
    page.wait_for_url("**/in")
    page.goto("/desk")
    page.wait_for_url("**/in?next=*")
