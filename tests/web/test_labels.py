"""Label pages: who prints what, that what is printed opens its page, and that a second print is the same."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pypdfium2
import pytest
import zxingcpp

from tests.web.desk import Browser, Desk
from trace.domain.commands import Basis, Commitment
from trace.services.context import Rights


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
