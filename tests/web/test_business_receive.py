"""Receiving: the clock, one tap for all of it, short and bad goods with reason and photo, and codes of other goods."""

from __future__ import annotations

import io
import json
import re

import pytest
from PIL import Image

from tests.scenario import CRATE
from tests.web.desk import Browser, Desk, forms
from trace.services import custody, today
from trace.services.context import Rights


def photo(colour: str = "red") -> tuple[io.BytesIO, str]:
    """A picture as a phone sends it."""
    data = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(data, "JPEG")
    data.seek(0)
    return data, "photo.jpg"


def delivery_of(browser: Browser) -> str:
    """The page of the one delivery that waits."""
    found = re.findall(r'href="(/desk/receive/[0-9]+)"', browser.page("/desk/receive"))
    assert len(set(found)) == 1
    return str(found[0])


def test_one_tap_takes_in_a_delivery(desk: Desk) -> None:
    """The list itself has the button; what was recorded is shown, and the list is empty."""
    batch = desk.world.register("farm", "100 KGM")
    desk.world.ship("farm", "stall", (batch, "20 KGM"))
    stall = desk.browser("stall")
    page = stall.follow(stall.submit("/desk/receive", "/desk/receive"))
    assert "收到 farm 的货" in page
    assert "20 千克" in page
    assert desk.world.holds("stall", batch) == 20
    assert "没有发给您的货" in stall.page("/desk/receive")


def test_the_clock_runs_from_the_despatch(desk: Desk) -> None:
    """Twenty-four hours; then it says how late it is, on the first page too."""
    batch = desk.world.register("farm", "100 KGM")
    desk.world.ship("farm", "stall", (batch, "20 KGM"))
    for forward, said in ((0, "还剩 24 小时"), (20, "还剩 4 小时"), (7, "已超时 3 小时")):
        desk.world.clock.forward(hours=forward)
        stall = desk.browser("stall")
        assert said in stall.page("/desk/receive")
        assert said in stall.page("/desk")


def test_the_delivery_whose_clock_ends_first_stands_first(desk: Desk) -> None:
    """Whatever was entered later."""
    batch, other = desk.world.register("farm", "100 KGM"), desk.world.register("plant", "9 KGM", "milk")
    desk.world.ship("farm", "stall", (batch, "20 KGM"))
    desk.world.clock.forward(hours=3)
    desk.world.ship("plant", "stall", (other, "9 KGM"))
    page = desk.browser("stall").page("/desk/receive")
    assert page.index(">farm</h2>") < page.index(">plant</h2>")


def test_short_and_bad_goods_are_recorded_with_reason_and_photo(desk: Desk) -> None:
    """Both sides and the inspector see why, and the picture; nobody else sees either."""
    batch = desk.world.register("farm", "100 KGM")
    desk.world.ship("farm", "stall", (batch, "20 KGM"))
    stall = desk.browser("stall")
    values = {"short-1": "2", "rejected-1": "3.5", "why-1": "变质、不新鲜", "photo-1": photo()}
    path = delivery_of(stall)
    form = next(one for one in forms(stall.page(path)) if ("how", "lines") in one.fields)
    answer = stall.post("/desk/receive", {**form.filled({}), **values}, whole=True)
    page = stall.follow(answer)
    assert all(said in page for said in ("收下 14.5 千克", "没送到 2 千克", "没收 3.5 千克", "变质、不新鲜"))
    picture = re.findall(r'src="(/desk/entries/[0-9]+/photos/[0-9a-f]{64})"', page)[0]
    assert stall.get(picture).mimetype == "image/jpeg"
    entry = picture.partition("/photos")[0]
    assert "变质、不新鲜" in desk.browser("farm").page(entry)
    assert desk.browser("farm").get(picture).status_code == 200
    for other in ("market", "plant"):
        assert desk.browser(other).get(picture).status_code == 404
        assert desk.browser(other).get(entry).status_code == 404
    assert desk.world.holds("stall", batch) + desk.world.holds("farm", batch) == 98


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"short-1": "15", "rejected-1": "6", "why-1": "送错货"}, "more_than_shipped"),
        ({"rejected-1": "6"}, "reason_missing"),
        ({"short-1": "a lot"}, "amount_malformed"),
        ({"short-1": "1", "photo-1": (io.BytesIO(b"not a picture"), "photo.jpg")}, "photo_unreadable"),
    ],
)
def test_what_cannot_be_settled_leaves_nothing_behind(
    desk: Desk, values: dict[str, object], code: str
) -> None:
    """No picture either."""
    batch = desk.world.register("farm", "100 KGM")
    shipment = desk.world.ship("farm", "stall", (batch, "20 KGM"))
    stall, before = desk.browser("stall"), desk.world.tables()
    answer = stall.post("/desk/receive", {"shipment": shipment, "how": "lines", **values}, json=True)
    assert (answer.status_code, answer.get_json()["code"]) == (422, code)
    assert desk.world.tables() == before


def test_a_refused_form_comes_back_as_it_was_filled_in(desk: Desk) -> None:
    """What was typed with wet hands is not typed twice."""
    batch = desk.world.register("farm", "100 KGM")
    shipment = desk.world.ship("farm", "stall", (batch, "20 KGM"))
    sent = {"shipment": shipment, "how": "lines", "rejected-1": "6", "note": "三箱"}
    answer = desk.browser("stall").post("/desk/receive", sent)
    assert answer.status_code == 422
    assert "不收的货要写原因" in answer.text
    back = dict(next(one for one in forms(answer.text) if ("how", "lines") in one.fields).fields)
    assert (back["rejected-1"], back["note"]) == ("6", "三箱")


def test_stopped_goods_are_not_taken_in_with_one_tap(desk: Desk) -> None:
    """The page says so, and has all of it turned away already."""
    batch = desk.world.register("farm", "100 KGM")
    desk.world.ship("farm", "stall", (batch, "20 KGM"))
    custody.hold(desk.ctx, desk.world["inspector"], batch, "农残超标")
    stall = desk.browser("stall")
    assert ("how", "all") not in [pair for form in forms(stall.page("/desk/receive")) for pair in form.fields]
    page = stall.page(delivery_of(stall))
    assert "农残超标" in page
    form = next(one for one in forms(page) if ("how", "lines") in one.fields)
    assert dict(form.fields)["rejected-1"] == "20"
    assert "没收 20 千克" in stall.follow(stall.post("/desk/receive", form.filled({}), whole=True))


def test_the_same_receipt_sent_twice_is_one(desk: Desk) -> None:
    """Also after the delivery has left the list of those that wait."""
    batch = desk.world.register("farm", "100 KGM")
    desk.world.ship("farm", "stall", (batch, "20 KGM"))
    stall = desk.browser("stall")
    form = next(one for one in forms(stall.page(delivery_of(stall))) if ("how", "lines") in one.fields)
    sent = {**form.filled({"short-1": "1"})}
    answers = [stall.post("/desk/receive", sent, whole=True, json=True).get_json() for _ in range(2)]
    assert answers[0]["index"] == answers[1]["index"]
    assert answers[1]["replayed"] is True


@pytest.mark.parametrize("kind", ["short code", "address", "lot", "delivery note", "case"])
def test_a_scanned_code_leads_to_its_delivery(desk: Desk, kind: str) -> None:
    """Whatever hangs on the goods: the batch's code, its lot, the driver's note, or the case around it."""
    batch = desk.world.register("farm", "100 KGM", lot="LOT-7")
    desk.world.pack("farm", CRATE, (batch, "10 KGM"))
    shipment = desk.world.ship("farm", "stall", (batch, "20 KGM"), containers=[CRATE])
    code = batch.rsplit("/", 1)[-1]
    text = {
        "short code": code.lower(),
        "address": f"HTTPS://TRACE.EXAMPLE/T/{code}",
        "lot": "LOT-7",
        "delivery note": shipment,
        "case": "]C100" + CRATE.rsplit("/", 1)[-1],
    }[kind]
    answer = desk.browser("stall").get(f"/desk/receive?code={text}")
    assert answer.status_code == 303, kind
    assert "已扫到" in desk.browser("stall").page(answer.headers["Location"])


def test_a_code_of_no_delivery_offers_to_register_goods_from_outside(desk: Desk) -> None:
    """With the code carried over, so that it is not scanned twice."""
    page = desk.browser("stall").page("/desk/receive?code=https%3A%2F%2Felsewhere.example%2Fx")
    assert "这个码不在发给您的货里" in page
    assert "/desk/register?bought=1&amp;code=https%3A//elsewhere.example/x" in page


def test_the_page_holds_what_is_on_its_way_for_a_phone_without_a_network(desk: Desk) -> None:
    """Codes by which a scan is matched; and no delivery of anybody else."""
    batch = desk.world.register("farm", "100 KGM")
    desk.world.ship("farm", "stall", (batch, "20 KGM"))
    desk.world.ship("farm", "market", (batch, "31 KGM"))
    page = desk.browser("stall").page("/desk/receive")
    block = re.search(r'<script type="application/json" id="open-deliveries">(.*?)</script>', page, re.DOTALL)
    assert block is not None
    told = json.loads(block[1])
    assert [line["keys"] for one in told for line in one["lines"]] == [["/t/" + batch.rsplit("/", 1)[-1]]]
    assert "31" not in json.dumps(told)


def test_a_name_with_markup_does_not_break_out_of_the_pages_data(desk: Desk) -> None:
    """A product called </script> is a product."""
    desk.world.product("farm", "</script><script>alert(1)", "KGM")
    batch = desk.world.register("farm", "5 KGM", "</script><script>alert(1)")
    desk.world.ship("farm", "stall", (batch, "5 KGM"))
    assert "<script>alert" not in desk.browser("stall").page("/desk/receive")


def test_another_business_can_neither_see_nor_settle_a_delivery(desk: Desk) -> None:
    """It is not known to him, by number or by name."""
    batch = desk.world.register("farm", "100 KGM")
    shipment = desk.world.ship("farm", "stall", (batch, "23.75 KGM"))
    path = delivery_of(desk.browser("stall"))
    market, before = desk.browser("market"), desk.world.tables()
    assert market.get(path).status_code == 404
    for how in ("all", "lines"):
        answer = market.post("/desk/receive", {"shipment": shipment, "how": how}, json=True)
        assert answer.status_code == 422
        assert "23.75" not in answer.text
    assert desk.world.tables() == before


def test_who_may_only_look_sees_the_delivery_without_buttons(desk: Desk) -> None:
    """The clock runs for him to see."""
    batch = desk.world.register("farm", "100 KGM")
    desk.world.ship("farm", "stall", (batch, "20 KGM"))
    reader = desk.browser("stall", Rights.READER)
    page = reader.page("/desk/receive")
    assert "还剩 24 小时" in page
    assert "全部收下</button>" not in page


def test_clock_starts_when_the_receiver_could_know(desk: Desk) -> None:
    """A despatch that was entered a day late is not the receiver's lateness; a day after it was entered, it is."""
    world = desk.world
    apples = world.register("farm", "20 KGM")
    long_ago = world.clock()
    world.clock.forward(hours=30)
    world.ship("farm", "plant", (apples, "5 KGM"), time=long_ago)
    (waiting,) = today.arrivals(desk.ctx, world["plant"]).items
    assert not waiting.clock.late
    world.clock.forward(hours=25)
    (waiting,) = today.arrivals(desk.ctx, world["plant"]).items
    assert waiting.clock.late
