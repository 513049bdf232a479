"""Label pages: who prints what, that what is printed opens its page, and that a second print is the same."""

from __future__ import annotations

import io
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from tests.web.desk import Browser, Desk, served, signed_page
from trace.domain.commands import Basis, Commitment
from trace.render import fonts
from trace.services import parties
from trace.services.context import Rights
from trace.services.parties import ProductDraft

LONG = "三都澳深水抗风浪网箱养殖鲜活大黄鱼特级礼盒装" * 2
"""A name that has no room on the usual stock."""


def codes(pdf: bytes) -> list[str]:
    """What a decoder of others reads from the first page, printed at 300 dots to the inch."""
    with pypdfium2.PdfDocument(pdf) as document:
        picture = document[0].render(scale=300 / 72).to_pil()
    return [code.text for code in zxingcpp.read_barcodes(picture)]


def words(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def registered(desk: Desk, **more: object) -> str:
    """A batch of the farm's; its URI, which a scanner reads too."""
    return desk.world.register("farm", "120 KGM", lot="L-7", origin="三都镇", **more)


def named_long(desk: Desk) -> str:
    """A batch of the farm's whose product is called LONG; its URI."""
    draft = ProductDraft(LONG, "KGM", id="long")
    product = parties.register_product(desk.ctx, desk.world["farm"], draft).result["uri"]
    desk.world.products["long"] = product
    return desk.world.register("farm", "5 KGM", "long")


@pytest.fixture
def farm(desk: Desk) -> Browser:
    return desk.browser("farm")


def printed(browser: Browser, query: str, status: int = 200) -> bytes:
    answer = browser.get(f"/desk/labels.pdf?{query}")
    assert answer.status_code == status, answer.text
    return answer.data


def test_printed_code_opens_the_batchs_page(desk: Desk, farm: Browser) -> None:
    """From the file that is sent to the printer to the page that a shopper sees."""
    code = registered(desk)
    found = codes(printed(farm, f"batch={code}&stock=a4-3x7&count=2"))
    assert len(found) == 2
    path = urlsplit(found[0]).path
    page = desk.stranger().get(path, follow_redirects=True)
    assert page.status_code == 200
    assert "L-7" in page.text


def test_second_print_is_the_same_label(desk: Desk, farm: Browser) -> None:
    """A spoilt roll is printed again; nothing gets another identity, and nothing is recorded."""
    code = registered(desk)
    size = desk.world.size()
    query = f"batch={code}&stock=roll-60x40&count=1"
    assert codes(printed(farm, query)) == codes(printed(farm, query))
    assert desk.world.size() == size


def test_page_of_a_batch_shows_what_its_label_says(desk: Desk, farm: Browser) -> None:
    """The product, the stock to choose, and the button to print."""
    page = farm.page(f"/desk/labels?batch={registered(desk)}")
    assert "apples" in page
    assert 'value="roll-60x40"' in page


def test_certificate_is_printed_for_the_batch_that_bears_one(desk: Desk, farm: Browser) -> None:
    """承诺达标合格证 with its grounds, amount and day; for any other batch it is not offered."""
    promise = Commitment((Basis.OWN_TEST,), desk.world.clock().date())
    code = registered(desk, commitment=promise)
    assert "承诺达标合格证" in farm.page(f"/desk/labels?batch={code}")
    text = words(printed(farm, f"batch={code}&stock=roll-80x100&count=1&certificate=1"))
    for part in ("承诺达标合格证", "■自我检测", "□委托检测", "120 千克", promise.issued.isoformat()):
        assert part in text
    other = desk.world.register("farm", "5 KGM")
    assert 'name="certificate"' not in farm.page(f"/desk/labels?batch={other}")


def test_nobody_prints_labels_for_anothers_goods(desk: Desk) -> None:
    """Who neither made nor holds a batch gets none of its labels, with codes for pieces or without."""
    code = registered(desk)
    stall = desk.browser("stall")
    printed(stall, f"batch={code}&count=1", 422)
    printed(stall, f"batch={code}&count=1&first=1", 422)
    answer = stall.post("/desk/labels/serials", {"batch": code, "count": "5"})
    assert answer.status_code == 422


def test_each_piece_gets_a_code_of_its_own(desk: Desk, farm: Browser) -> None:
    """Made once, printed as often as needed; each opens the batch's page with its serial."""
    code = registered(desk)
    answer = farm.submit(f"/desk/labels?batch={code}", "/desk/labels/serials", count="3", cover="1")
    where = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert (where["first"], where["count"]) == (["1"], ["3"])
    assert "打开打印文件" in farm.follow(answer)
    pdf = printed(farm, f"batch={code}&stock=a4-2x4&first=1&count=3")
    found = codes(pdf)
    assert len(set(found)) == 3
    assert "刮开验真" in words(pdf)
    page = desk.stranger().get(urlsplit(found[0]).path, follow_redirects=True)
    assert page.status_code == 200
    assert codes(printed(farm, f"batch={code}&stock=a4-2x4&first=1&count=3")) == found
    printed(farm, f"batch={code}&first=3&count=2", 422)  # nobody issued number 4


def test_labels_printed_ahead_are_tied_to_goods_by_their_first_and_last(desk: Desk, farm: Browser) -> None:
    """A roll stands for nothing until it is used; then its labels open that batch."""
    farm.submit("/desk/labels/rolls", "/desk/labels/rolls", count="4")
    name = farm.page("/desk/labels/rolls").split("print?roll=")[1].split("&")[0]
    found = codes(printed(farm, f"roll={name}&stock=a4-2x4&first=1&count=4"))
    assert len(set(found)) == 4
    uri = registered(desk)
    answer = farm.submit("/desk/labels/rolls", "/desk/labels/bind", first=found[0], last=found[1], batch=uri)
    assert answer.status_code == 303
    page = desk.stranger().get(urlsplit(found[1]).path, follow_redirects=True)
    assert "L-7" in page.text
    assert "L-7" not in desk.stranger().get(urlsplit(found[3]).path, follow_redirects=True).text
    printed(desk.browser("stall"), f"roll={name}&first=1&count=1", 422)


def test_print_settings_are_kept_in_this_browser(desk: Desk, farm: Browser) -> None:
    """The printer is off by the same two millimetres tomorrow."""
    code = registered(desk)
    printed(farm, f"batch={code}&stock=roll-60x40&right=2.5&count=1")
    page = farm.page(f"/desk/labels?batch={code}")
    assert 'value="roll-60x40" selected' in page
    assert 'name="right" value="2.5"' in page


# -- what will be printed, seen before -----------------------------------------------------------------------


def shown(page: str) -> str:
    """The text of the label's picture."""
    (svg,) = re.findall(r'<svg class="label-picture".*?</svg>', page)
    return " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg))


def chosen(page: str) -> str:
    """The stock that the form proposes."""
    return str(re.findall(r'<option value="([^"]+)" selected', page)[0])


def test_label_is_seen_before_it_is_printed(desk: Desk, farm: Browser) -> None:
    """As a picture with all its words, in the page's language, also for who hears it; nothing of it is a script."""
    code = registered(desk)
    page = farm.page(f"/desk/labels?batch={code}")
    for text in ("apples", "批号 L-7", "产地 三都镇", "生产者 farm"):
        assert text in shown(page)
        assert text in re.findall(r'aria-label="(标签的样子[^"]*)"', page)[0]
    assert "都放得下" in page
    assert "Lot L-7" in shown(desk.browser("farm", lang="en").page(f"/desk/labels?batch={code}"))


def test_first_label_of_a_business_loses_nothing(desk: Desk, farm: Browser) -> None:
    """Where the usual stock is too small a larger one is proposed, with as many labels as its sheet has."""
    page = farm.page(f"/desk/labels?batch={named_long(desk)}")
    assert chosen(page) == "a4-2x7"
    assert 'name="count" type="text" value="14"' in page
    assert LONG in shown(page).replace(" ", "")


def test_stock_that_was_printed_on_last_is_proposed_again_and_what_is_cut_is_said(
    desk: Desk, farm: Browser
) -> None:
    """Whoever bought that roll has no other; a stock that is no longer known is forgotten."""
    code = named_long(desk)
    printed(farm, f"batch={code}&stock=roll-40x30&count=1")
    page = farm.page(f"/desk/labels?batch={code}")
    assert chosen(page) == "roll-40x30"
    assert re.search(f"这种标签纸放不下：[^<]*{LONG}", page)
    assert "sheet-picture" not in page
    farm.client.set_cookie("trace_labels", "stock=letter", path="/desk")
    assert chosen(farm.page(f"/desk/labels?batch={code}")) == "a4-2x7"


def test_certificate_is_shown_on_stock_that_has_room_for_it(desk: Desk, farm: Browser) -> None:
    """Ticked before any stock is chosen it is there; on the stock that is chosen it is said that it is not."""
    promise = Commitment((Basis.OWN_TEST,), desk.world.clock().date())
    code = registered(desk, commitment=promise)
    page = farm.page(f"/desk/labels?batch={code}&certificate=1")
    assert chosen(page) == "a4-2x4"
    assert "■自我检测" in shown(page)
    small = farm.page(f"/desk/labels?batch={code}&certificate=1&stock=a4-3x7")
    assert "这种标签纸放不下：承诺达标合格证" in small


def test_sheet_shows_where_its_labels_will_be(desk: Desk, farm: Browser) -> None:
    """How much paper is needed, and which places of a used sheet stay empty."""
    code = registered(desk)
    page = farm.page(f"/desk/labels?batch={code}&stock=a4-2x4&skip=3&count=7")
    (sheet,) = re.findall(r'<svg class="sheet-picture".*?</svg>', page)
    assert [sheet.count(f'class="{kind}"') for kind in ("gone", "full", "free")] == [3, 5, 0]
    assert "用 2 张 A4 纸" in page
    assert "前面空 3 格，接着印 5 个" in sheet


@pytest.mark.parametrize(
    ("query", "says", "pictures"),
    [
        ("count=0", "张数", 1),
        ("count=301", "300", 1),
        ("right=far", "毫米", 1),
        ("stock=a4-3x7&skip=21", "20", 1),
        ("stock=letter", "letter", 0),
    ],
)
def test_setting_that_cannot_be_meant_is_said_beside_the_form(
    desk: Desk, farm: Browser, query: str, says: str, pictures: int
) -> None:
    """It can be put right where it was written; what the label looks like is shown all the same."""
    page = farm.page(f"/desk/labels?batch={registered(desk)}&{query}", 422)
    assert says in re.findall(r'data-label="said".*?</strong>', page, re.DOTALL)[0]
    assert page.count('<svg class="label-picture"') == pictures
    assert 'name="stock"' in page


def test_each_piece_is_seen_with_its_own_code_and_its_cover(desk: Desk, farm: Browser) -> None:
    """The first of those that will be printed; a number that nobody made is said."""
    code = registered(desk)
    where = farm.submit(f"/desk/labels?batch={code}", "/desk/labels/serials", count="3", cover="1").headers[
        "Location"
    ]
    page = farm.page(where)
    serial = words(printed(farm, f"batch={code}&stock=a4-2x4&first=1&count=1")).splitlines()[0].strip()
    assert serial in shown(page)
    assert "刮开验真" in shown(page)
    other = farm.page("/desk/labels/print?" + urlencode({"batch": code, "first": 2, "count": 1}))
    assert serial not in shown(other)
    none = farm.page("/desk/labels/print?" + urlencode({"batch": code, "first": 4}), 422)
    assert 'class="label-picture"' not in none
    assert desk.browser("stall").get(where).status_code == 422


def test_roll_printed_ahead_is_seen_too(desk: Desk, farm: Browser) -> None:
    """It bears the business's name and the first of its codes."""
    answer = farm.submit("/desk/labels/rolls", "/desk/labels/rolls", count="4")
    page = farm.follow(answer)
    assert "farm" in shown(page)
    assert desk.browser("stall").get(answer.headers["Location"]).status_code == 422


def test_name_of_a_product_is_nothing_but_words_on_the_page_of_its_labels(desk: Desk, farm: Browser) -> None:
    """Whoever calls his lot a script shows a script's text, in the picture and in what is said of it."""
    hostile = "<script>alert(1)</script>\"'><img src=x>"
    page = farm.page(f"/desk/labels?batch={desk.world.register('farm', '5 KGM', lot='L-8', origin=hostile)}")
    assert "&lt;script&gt;alert(1)" in shown(page)
    assert "<script>alert" not in page
    assert "<img src" not in page


def test_looking_at_labels_opens_no_document(
    desk: Desk, farm: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page does not wait for a font of ten megabytes to be made ready for print."""
    code = registered(desk)
    monkeypatch.setattr(fonts, "embedded", lambda pdf: pytest.fail("a document was opened"))
    assert "L-7" in shown(farm.page(f"/desk/labels?batch={code}"))


def test_picture_follows_the_form_and_its_code_is_read_from_the_screen(desk: Desk, browser: Chromium) -> None:
    """Another stock shows at once, with its own number of labels; the button comes back where the network is gone."""
    code = registered(desk)
    with (
        served(desk.app) as address,
        signed_page(browser, address, desk.session("farm"), device_scale_factor=3) as page,
    ):
        page.goto(f"/desk/labels?batch={code}")
        picture, again = page.locator(".label-picture"), page.locator("[data-label=again]")
        expect(picture).to_have_attribute("viewBox", "0 0 635 381")
        expect(again).to_be_hidden()
        page.select_option("#f-stock", "a4-2x4")
        expect(picture).to_have_attribute("viewBox", "0 0 991 677")
        expect(page.locator("#f-count")).to_have_value("8")
        shot = Image.open(io.BytesIO(picture.screenshot()))
        (found,) = zxingcpp.read_barcodes(shot)
        assert desk.stranger().get(urlsplit(found.text).path, follow_redirects=True).status_code == 200

        page.route("**/desk/labels?*", lambda route: route.abort())
        page.select_option("#f-stock", "roll-60x40")
        expect(again).to_be_visible()
        expect(page.locator("[data-label=said]")).to_be_empty()
        page.unroute("**/desk/labels?*")
        again.click()
        expect(picture).to_have_attribute("viewBox", "0 0 600 400")


# -- what is refused -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    ["count=0", "count=301", "count=1e3", "right=far", "right=99", "stock=letter", "skip=21", "first=-1"],
)
def test_what_cannot_be_printed_is_said_and_no_file_comes(desk: Desk, farm: Browser, query: str) -> None:
    """A typing slip costs no paper."""
    text = printed(farm, f"batch={registered(desk)}&{query}", 422).decode()
    assert "打不开这一页" in text


def test_unknown_batch_has_no_labels(farm: Browser) -> None:
    assert farm.get("/desk/labels?batch=NOSUCHCODE").status_code == 404


def test_first_day_shows_where_to_begin(farm: Browser) -> None:
    """With nothing made and nothing held the page leads to registering."""
    assert "/desk/register" in farm.page("/desk/labels")
    assert "还没有印过空白码" in farm.page("/desk/labels/rolls")


def test_whoever_may_only_look_makes_no_codes(desk: Desk) -> None:
    code = registered(desk)
    reader = desk.browser("farm", Rights.READER)
    assert reader.post("/desk/labels/serials", {"batch": code, "count": "5"}).status_code == 403
    assert reader.post("/desk/labels/rolls", {"count": "5"}).status_code == 403
