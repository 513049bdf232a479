"""Registering a batch from a phone: again as yesterday, of a new product, of goods that came from outside."""

from __future__ import annotations

from datetime import date

import pytest

from tests.scenario import new
from tests.web.desk import Browser, Desk, forms
from trace.domain.commands import Outside, Register
from trace.services import custody, handy, labels
from trace.services.context import Rights
from trace.store.tables import bodies


def again(browser: Browser, **values: str) -> str:
    """Send the first card of yesterday's batches; the page that says what was recorded."""
    card = next(form for form in forms(browser.page("/desk/register")) if form.action == "/desk/register")
    return browser.follow(browser.post("/desk/register", card.filled(values), whole=True))


def test_first_batch_brings_its_product_with_it(desk: Desk) -> None:
    """Who has no product yet fills in one form, not two."""
    stall = desk.browser("stall")
    answer = stall.submit(
        "/desk/register", name="青菜", amount="12.5", unit="KGM", shelf_days="3", origin="莆田 3 号棚"
    )
    page = stall.follow(answer)
    assert "青菜" in page
    assert "+12.5 千克" in page
    assert "2026年11月5日到期" in page  # the third day after the second of November


def test_yesterdays_batch_is_registered_again_by_one_button(desk: Desk) -> None:
    """Product, amount, unit and origin stand there already; the day is today's and the lot a new one."""
    desk.world.register("farm", "120 KGM", origin="Hill 3", lot="L-1", produced=date(2026, 11, 1))
    farm = desk.browser("farm")
    page = again(farm)
    assert "+120 千克" in page
    assert "L-1" not in page
    again(farm, amount="80")
    card = next(form for form in forms(farm.page("/desk/register")) if form.action == "/desk/register")
    values = dict(card.fields)
    assert (values["amount"], values["origin"], values["produced"]) == ("80", "Hill 3", "2026-11-02")


def test_a_batch_that_was_taken_back_is_not_offered_again(desk: Desk) -> None:
    """What was declared wrong is no example for today."""
    new_apples = Register(new(desk.world.products["apples"], "120 KGM"))
    done = custody.register(desk.ctx, desk.world["farm"], new_apples)
    assert "desk/register?again" in desk.browser("farm").page("/desk/register")
    desk.world.correct("farm", done.event_id, "did_not_occur")
    assert "desk/register?again" not in desk.browser("farm").page("/desk/register")


def test_goods_from_outside_name_their_supplier_who_is_offered_again(desk: Desk) -> None:
    """Name and code stand in the record; whom to call is kept apart from it and is on no page."""
    stall = desk.browser("stall")
    stall.submit(
        "/desk/register?bought=1",
        name="豆腐",
        amount="20",
        unit="KGM",
        **{"supplier-name": "老王豆腐坊", "supplier-contact": "王师傅 13800000000"},
    )
    page = stall.page("/desk/register")
    assert "购自 老王豆腐坊" in page
    assert "13800000000" not in page
    assert "+20 千克" in again(stall)


def test_goods_from_outside_without_a_supplier_are_refused_and_nothing_is_left(desk: Desk) -> None:
    """The form comes back as it was filled in, and says what is missing."""
    stall, before = desk.browser("stall"), desk.world.tables()
    answer = stall.submit("/desk/register?bought=1", name="豆腐", amount="20", unit="KGM", origin="莆田")
    assert answer.status_code == 422
    assert "请填供货方名称" in answer.text
    back = dict(next(form for form in forms(answer.text) if form.action == "/desk/register").fields)
    assert (back["name"], back["amount"], back["origin"], back["bought"]) == ("豆腐", "20", "莆田", "1")
    assert desk.world.tables() == before


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"amount": "0"}, "amount_not_positive"),
        ({"amount": "１２"}, "amount_malformed"),
        ({"amount": "1", "unit": "斤"}, "unclear_unit"),
        ({"amount": "1", "produced": "2027-01-01"}, "future_time"),
        ({"amount": "1", "produced": "soon"}, "invalid"),
        ({"amount": "1", "basis": "my_eyes"}, "invalid"),
        ({"amount": "1", "product": "https://trace.example/g/nothing"}, "unknown_product"),
    ],
)
def test_what_cannot_be_registered_leaves_nothing_behind(
    desk: Desk, values: dict[str, str], code: str
) -> None:
    """Not the product of the same form either."""
    farm, before = desk.browser("farm"), desk.world.tables()
    sent = {"product": "new", "name": "梨", "unit": "KGM", **values}
    answer = farm.post("/desk/register", sent, json=True)
    assert (answer.status_code, answer.get_json()["code"]) == (422, code)
    assert desk.world.tables() == before


def test_the_same_form_sent_twice_registers_once(desk: Desk) -> None:
    """A phone that lost the answer sends again and is told what was recorded then."""
    farm = desk.browser("farm")
    form = farm.form("/desk/register?product=apples", "/desk/register")
    sent = form.filled({"amount": "7"})
    first, second = (farm.post("/desk/register", sent, whole=True, json=True).get_json() for _ in range(2))
    assert first["index"] == second["index"]
    assert (first["replayed"], second["replayed"]) == (False, True)
    assert farm.page("/desk/stock").count("7 千克") == 1


def test_a_forged_form_registers_nothing(desk: Desk) -> None:
    """Without the session's token, or sent by another site's page."""
    farm, before = desk.browser("farm"), desk.world.tables()
    values = {"product": desk.world.products["apples"], "amount": "5", "unit": "KGM"}
    assert farm.client.post("/desk/register", data=values).status_code == 403
    headers = {"Sec-Fetch-Site": "cross-site"}
    sent = {**values, "csrf": farm.csrf}
    assert farm.client.post("/desk/register", data=sent, headers=headers).status_code == 403
    assert desk.world.tables() == before


def test_who_may_only_look_has_no_form_and_is_told_why(desk: Desk) -> None:
    """And a post is refused all the same."""
    desk.world.register("farm", "120 KGM")
    reader = desk.browser("farm", Rights.READER)
    for path in ("/desk/register", "/desk/register?product=apples", "/desk/ship", "/desk/receive"):
        page = reader.page(path)
        assert "您的账号只能查看" in page
        assert [form.action for form in forms(page) if form.method == "post"] == ["/out"], path
    assert reader.post("/desk/register", {"amount": "1"}).status_code == 403


def test_a_carrier_makes_no_batches(desk: Desk) -> None:
    """His role has no such tile, and the service refuses what he posts."""
    carrier = desk.browser("carrier")
    assert "/desk/register" not in carrier.page("/desk").split("<main", 1)[1].split("</main", 1)[0]
    sent = {"product": desk.world.products["apples"], "amount": "5", "unit": "KGM"}
    assert carrier.post("/desk/register", sent, json=True).get_json()["code"] == "role_forbids"


def test_a_pledge_stands_on_the_batch_for_everybody(desk: Desk) -> None:
    """承诺达标合格证: its grounds are public."""
    farm = desk.browser("farm")
    farm.submit("/desk/register?product=apples", "/desk/register", amount="5", basis=["own_test", "own_word"])
    told = desk.ctx.sequencer.read(
        lambda connection: connection.execute(bodies.select().where(bodies.c.compartment == "public")).all()
    )
    assert b"own_test own_word" in b"".join(bytes(row.body) for row in told)


def test_a_pledge_is_offered_again_with_its_grounds(desk: Desk) -> None:
    """Yesterday's grounds stand on the card in words, and ticked in the form; the day is today's."""
    farm = desk.browser("farm")
    farm.submit("/desk/register?product=apples", "/desk/register", amount="5", basis=["own_test", "own_word"])
    desk.world.clock.forward(hours=24)
    page = farm.page("/desk/register")
    assert "承诺达标合格证：自我检测、自我承诺" in page
    again(farm)
    batch = handy.again(desk.ctx, desk.world["farm"])[0].info
    assert labels.bears_certificate(desk.ctx, batch.uri) == date(2026, 11, 3)
    assert "承诺达标合格证" in farm.page(f"/desk/labels?batch={batch.batch.code}")
    form = farm.form(f"/desk/register?again={batch.batch.code}", "/desk/register")
    assert [value for name, value in form.fields if name == "basis"] == ["own_test", "own_word"]


def test_only_growers_are_asked_for_a_pledge(desk: Desk) -> None:
    """A stall answers for nothing that it did not grow."""
    for who, asked in (("farm", True), ("stall", False)):
        page = desk.browser(who).page("/desk/register?product=new")
        assert ('name="basis"' in page) is asked, who


def test_goods_entered_long_after_they_arrived_are_told_so(desk: Desk) -> None:
    """Thirty-six hours from arrival; the record stands all the same."""
    stall = desk.browser("stall")
    fields = {"name": "鱼", "amount": "3", "unit": "KGM", "supplier-name": "老王"}
    late = stall.submit("/desk/register?product=new&bought=1", arrived="2026-10-31T08:00", **fields)
    assert "登记晚了 13 小时" in stall.follow(late)
    in_time = stall.submit("/desk/register?product=new&bought=1", arrived="2026-11-01T08:00", **fields)
    assert "按时登记" in stall.follow(in_time)


def test_anothers_supplier_and_amounts_are_not_offered(desk: Desk) -> None:
    """Yesterday's batches are one's own."""
    command = Register(new(desk.world.products["apples"], "33.25 KGM"), supplier=Outside("秘密供货商"))
    custody.register(desk.ctx, desk.world["farm"], command)
    page = desk.browser("stall").page("/desk/register")
    assert "秘密供货商" not in page
    assert "33.25" not in page
