"""Shipping: from what lies here, to whom one ships, with the code that the driver carries."""

from __future__ import annotations

import re

import pytest

from tests.scenario import CRATE
from tests.web.desk import Desk, forms
from trace.services import custody


def code(batch: str) -> str:
    return batch.rsplit("/", 1)[-1]


def test_goods_are_shipped_with_all_there_is_filled_in(desk: Desk) -> None:
    """The amount is what lies here; the entry shows the delivery note's code."""
    batch = desk.world.register("farm", "100 KGM")
    farm = desk.browser("farm")
    form = farm.form(f"/desk/ship?to=stall&batch={code(batch)}", "/desk/ship")
    assert (f"amount:{batch}", "100") in form.fields
    page = farm.follow(farm.post("/desk/ship", form.filled({}), whole=True))
    assert "发给 stall" in page
    assert "送货单，给收货方扫" in page
    assert page.count("<svg xmlns") == 1
    assert desk.world.holds("farm", batch) == 0


def test_who_was_shipped_to_last_stands_first(desk: Desk) -> None:
    """Of those one ships to; nobody else's partners are among them."""
    batch = desk.world.register("farm", "100 KGM")
    for to in ("stall", "market", "canteen", "market", "stall"):
        desk.world.ship("farm", to, (batch, "1 KGM"))
    desk.world.deliver("farm", "plant", (batch, "5 KGM"))
    desk.world.ship("plant", "canteen", (batch, "1 KGM"))
    assert desk.browser("farm").form("/desk/ship").choices["to"] == ["plant", "stall", "market", "canteen"]
    assert desk.browser("plant").form("/desk/ship").choices["to"] == ["canteen"]


@pytest.mark.parametrize(
    "text", ["cante", "canteen", "https://trace.example/p/canteen", "https://trace.example/p/canteen/place"]
)
def test_a_partner_is_found_by_name_or_by_the_code_at_its_door(desk: Desk, text: str) -> None:
    """The form keeps what was filled in, and chooses the only one there is."""
    batch = desk.world.register("farm", "100 KGM")
    farm = desk.browser("farm")
    form = farm.form(f"/desk/ship?batch={code(batch)}", "/desk/ship")
    answer = farm.post("/desk/ship/find", form.filled({"find": text, f"amount:{batch}": "7"}), whole=True)
    assert answer.status_code == 200
    found = next(one for one in forms(answer.text) if one.action == "/desk/ship")
    assert ("to", "canteen") in found.fields
    assert ("take", batch) in found.fields
    assert (f"amount:{batch}", "7") in found.fields


@pytest.mark.parametrize("text", ["inspector", "farm", "nobody", "%", "</script>"])
def test_offices_oneself_and_nobody_are_no_partners(desk: Desk, text: str) -> None:
    """Goods are not shipped to the authority; a wild card is a letter like any other."""
    desk.world.register("farm", "100 KGM")
    answer = desk.browser("farm").post("/desk/ship/find", {"find": text})
    assert "没有找到" in answer.text
    assert "to" not in next(one for one in forms(answer.text) if one.action == "/desk/ship").choices


def test_scanned_goods_are_ticked_and_unknown_codes_told(desk: Desk) -> None:
    """Several at once, cases too."""
    batch, other = desk.world.register("farm", "100 KGM"), desk.world.register("farm", "50 KGM")
    desk.world.pack("farm", CRATE, (batch, "10 KGM"))
    scanned = f"{code(other)} https://trace.example/00/{code(CRATE)} 4006381333931"
    answer = desk.browser("farm").post("/desk/ship/find", {"scan": scanned})
    found = next(one for one in forms(answer.text) if one.action == "/desk/ship").fields
    assert [pair for pair in found if pair[0] in ("take", "box")] == [("take", other), ("box", CRATE)]
    assert "手里没有这个码的货：4006381333931" in answer.text


def test_a_case_is_shipped_whole(desk: Desk) -> None:
    """With what lies in it."""
    batch = desk.world.register("farm", "100 KGM")
    desk.world.pack("farm", CRATE, (batch, "10 KGM"))
    farm = desk.browser("farm")
    page = farm.follow(farm.post("/desk/ship", {"to": "stall", "box": CRATE}))
    assert "10 千克" in page
    assert desk.world.holds("farm", batch) == 90


@pytest.mark.parametrize(
    ("values", "code_of"),
    [
        ({"to": "", "amount": "5"}, "partner_not_chosen"),
        ({"to": "stall", "take": "", "amount": "5"}, "goods_not_chosen"),
        ({"to": "stall", "amount": "101"}, "not_enough"),
        ({"to": "stall", "amount": "-1"}, "amount_not_positive"),
        ({"to": "nobody", "amount": "5"}, "unknown_party"),
    ],
)
def test_what_cannot_leave_stays_and_the_form_comes_back(
    desk: Desk, values: dict[str, str], code_of: str
) -> None:
    """As it was filled in; nothing is recorded."""
    batch = desk.world.register("farm", "100 KGM")
    farm, before = desk.browser("farm"), desk.world.tables()
    sent = {
        "to": values["to"],
        f"amount:{batch}": values["amount"],
        f"unit:{batch}": "KGM",
        "vehicle": "闽E12345",
    }
    if values.get("take") != "":
        sent["take"] = batch
    assert farm.post("/desk/ship", sent, json=True).get_json()["code"] == code_of
    answer = farm.post("/desk/ship", sent)
    assert answer.status_code == 422
    back = next(one for one in forms(answer.text) if one.action == "/desk/ship").fields
    assert (f"amount:{batch}", values["amount"]) in back
    assert ("vehicle", "闽E12345") in back
    assert desk.world.tables() == before


def test_stopped_and_expired_goods_cannot_be_ticked(desk: Desk) -> None:
    """And are refused where somebody posts them all the same."""
    stopped, old = desk.world.register("farm", "10 KGM"), desk.world.register("farm", "10 KGM")
    custody.hold(desk.ctx, desk.world["inspector"], stopped, "农残超标")
    desk.world.clock.forward(days=31)
    farm = desk.browser("farm")
    assert farm.form("/desk/ship", "/desk/ship").choices.get("take", []) == []
    for batch, refused in ((stopped, "batch_stopped"), (old, "batch_expired")):
        sent = {"to": "stall", "take": batch, f"amount:{batch}": "1", f"unit:{batch}": "KGM"}
        assert farm.post("/desk/ship", sent, json=True).get_json()["code"] == refused


def test_the_same_delivery_sent_twice_leaves_once(desk: Desk) -> None:
    """Half of the goods are still here."""
    batch = desk.world.register("farm", "100 KGM")
    farm = desk.browser("farm")
    form = farm.form(f"/desk/ship?to=stall&batch={code(batch)}", "/desk/ship")
    sent = form.filled({"to": "stall", f"amount:{batch}": "50"})
    for _ in range(2):
        farm.post("/desk/ship", sent, whole=True)
    assert desk.world.holds("farm", batch) == 50


def test_anothers_stock_is_on_no_page(desk: Desk) -> None:
    """Who received some of a batch sees what he has of it, and nobody else's share."""
    batch = desk.world.register("farm", "100.125 KGM")
    desk.world.deliver("farm", "stall", (batch, "20.5 KGM"))
    desk.world.deliver("farm", "market", (batch, "31.75 KGM"))
    stall = desk.browser("stall")
    for path in ("/desk", "/desk/ship", "/desk/stock", f"/desk/batches/{code(batch)}", "/desk/register"):
        page = stall.page(path)
        assert not re.search(r"100\.125|31\.75|47\.875", page), path
    assert "20.5 千克" in stall.page(f"/desk/batches/{code(batch)}")


def test_a_batch_that_is_unknown_has_an_honest_page(desk: Desk) -> None:
    """It says what to do."""
    page = desk.browser("farm").page("/desk/batches/0000", 404)
    assert "没有找到" in page


def test_goods_leave_in_the_packages_that_their_product_comes_in(desk: Desk) -> None:
    """3 cases of 10 kg are 30 kg; a product without packages has nothing to choose."""
    apples = desk.world.register("farm", "100 KGM")
    milk = desk.world.register("farm", "50 KGM", "milk")
    farm = desk.browser("farm")
    form = farm.form("/desk/ship", "/desk/ship")
    assert form.choices[f"unit:{apples}"] == ["KGM", "XCS"]
    assert f"unit:{milk}" not in form.choices
    assert "箱（10 千克）" in farm.page("/desk/ship")
    sent = {"to": "stall", "take": apples, f"amount:{apples}": "3", f"unit:{apples}": "XCS"}
    assert farm.post("/desk/ship", sent).status_code == 303
    assert desk.world.holds("farm", apples) == 70
    refused = farm.post("/desk/ship", {**sent, f"amount:{apples}": "8"})
    assert refused.status_code == 422
    assert 'value="XCS" data-holds="10" selected' in refused.text
