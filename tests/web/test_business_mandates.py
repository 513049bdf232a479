"""Entering for others on the pages: who may switch, what every form then says, and what stays out of reach."""

from __future__ import annotations

import json

import pytest

from tests.scenario import new
from tests.web.desk import Browser, Desk
from trace.domain.commands import Register
from trace.domain.mandates import ENTERED_BY
from trace.services import complaints, custody, mandates
from trace.services.complaints import Kind, Report
from trace.services.context import Rights

HERE = "/desk/mandates"


@pytest.fixture
def apples(desk: Desk) -> str:
    """20 kg of apples at the stall; the batch's short code."""
    batch = desk.world.register("farm", "100 KGM")
    desk.world.deliver("farm", "stall", (batch, "20 KGM"))
    return batch.rpartition("/")[2]


@pytest.fixture
def clerk(desk: Desk) -> Browser:
    """The market's clerk, who enters for the stall in this browser."""
    mandates.give(desk.ctx, desk.world["stall"], "market")
    browser = desk.browser("market", Rights.CLERK)
    switch(desk, browser, "stall")
    return browser


def switch(desk: Desk, browser: Browser, to: str) -> None:
    """Press the button."""
    answer = browser.post(f"{HERE}/act", {"party": desk.world[to].uri, "for": "market"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk")


def sale(code: str, **more: str) -> dict[str, str]:
    """5 kg of a batch are sold."""
    return {"how": "sell", "batch": code, f"amount:{code}": "5", **more}


def test_a_vendor_lets_his_market_enter_for_him_and_ends_it(desk: Desk) -> None:
    """Found by name, confirmed, listed, ended with one tap."""
    stall = desk.browser("stall")
    page = stall.page(f"{HERE}?q=mark")
    assert desk.world["market"].uri in page
    given = stall.post(HERE, {"to": desk.world["market"].uri, "sure": "yes"})
    assert "market" in stall.follow(given)
    form = stall.form(HERE, f"{HERE}/end")
    assert stall.post(form.action, form.filled({}), whole=True).status_code == 303
    assert mandates.given_by(desk.ctx, desk.world["stall"]) == ()


@pytest.mark.parametrize("missing", ["to", "sure"])
def test_a_mandate_needs_a_name_and_a_yes(desk: Desk, missing: str) -> None:
    """Nobody gives his name away by a slip."""
    form = {"to": "market", "sure": "yes"}
    del form[missing]
    assert desk.browser("stall").post(HERE, form).status_code == 422
    assert mandates.given_by(desk.ctx, desk.world["stall"]) == ()


def test_only_an_owner_sees_the_form_and_may_send_it(desk: Desk) -> None:
    """A clerk or reader of the stall is told whom to ask."""
    for rights, status in ((Rights.CLERK, 422), (Rights.READER, 403)):
        other = desk.browser("stall", rights)
        assert 'name="sure"' not in other.page(HERE)
        assert other.post(HERE, {"to": "market", "sure": "yes"}).status_code == status
    assert mandates.given_by(desk.ctx, desk.world["stall"]) == ()


def test_the_markets_first_page_leads_to_those_it_enters_for(desk: Desk) -> None:
    """Entering for vendors is its work of the day; it is not told to register goods of its own first."""
    market = desk.browser("market", Rights.CLERK)
    assert HERE not in market.page("/desk")
    mandates.give(desk.ctx, desk.world["stall"], "market")
    first = market.page("/desk")
    assert f'href="{HERE}"' in first
    assert desk.world["stall"].party.name in first
    assert 'id="begin"' not in first
    switch(desk, market, "stall")
    assert f'href="{HERE}"' not in market.page("/desk"), "for the stall itself it is the stall's day"


def test_every_page_says_for_whom_is_entered(clerk: Browser) -> None:
    """The banner stands on each of them, with the way back."""
    for path in ("/desk", "/desk/sell", "/desk/today", "/desk/more", HERE):
        page = clerk.page(path)
        assert "market 正在替 stall 录入" in page
        assert "回到本单位" in page


def test_what_the_clerk_enters_is_the_vendors_and_names_the_market(
    desk: Desk, clerk: Browser, apples: str
) -> None:
    """The stall's goods are sold, under the stall's name; the market's own stand untouched."""
    form = clerk.form("/desk/sell?how=sell", "/desk/sell")
    answer = clerk.post(form.action, form.filled(sale(apples)), whole=True)
    assert answer.status_code == 303
    record = desk.world.record(desk.world.size() - 1)
    assert json.loads(record.statement)["by"] == desk.world["stall"].uri
    event = json.loads(record.bodies["public"])["data"]["event"]
    assert event[ENTERED_BY] == desk.world["market"].uri


def test_whoever_scans_reads_who_entered_it(desk: Desk) -> None:
    """A shopper sees on the step itself that the market wrote it for the stall; what the stall wrote says nothing."""
    product = desk.world.product("stall", "pears", "KGM")
    mandates.give(desk.ctx, desk.world["stall"], "market")
    done = custody.register(
        desk.ctx, mandates.acting(desk.ctx, desk.world["market"], "stall"), Register(new(product, "5 KGM"))
    )
    own = desk.world.register("stall", "6 KGM", "pears")
    path = done.result["batches"][0]["uri"].removeprefix(desk.ctx.base_url)
    assert "由 market 代录" in desk.stranger().get(path).text
    assert "代录" not in desk.stranger().get(own.removeprefix(desk.ctx.base_url)).text


def last_record(desk: Desk) -> dict[str, str]:
    """What everybody may see of the newest record."""
    record = desk.world.record(desk.world.size() - 1)
    data: dict[str, str] = json.loads(record.bodies["public"])["data"]
    return data


def test_a_product_that_the_clerk_registers_names_the_market(desk: Desk, clerk: Browser) -> None:
    """In its record, on the record's page and in the vendor's list; what the vendor registers says nothing."""
    form = clerk.form("/desk/products", "/desk/products").filled({"name": "咸鱼"})
    assert clerk.post("/desk/products", form, whole=True).status_code == 303
    assert last_record(desk)[ENTERED_BY] == desk.world["market"].uri
    stall = desk.browser("stall")
    assert "由 market 代录" in stall.page("/desk/products")
    assert "由 market 代录" in stall.page(f"/desk/entries/{desk.world.size() - 1}")
    assert desk.browser("farm").page("/desk/products").count("代录") == 0


@pytest.mark.parametrize("kind", ["issued", "rolled"])
def test_codes_that_the_clerk_prints_name_the_market(
    desk: Desk, clerk: Browser, apples: str, kind: str
) -> None:
    """Who made codes in the vendor's name stands in the record; how many they are still does not."""
    path = {"issued": "/desk/labels/serials", "rolled": "/desk/labels/rolls"}[kind]
    sent = {"count": "3", "for": "stall", **({"batch": apples} if kind == "issued" else {})}
    assert clerk.post(path, sent).status_code == 303
    assert last_record(desk)[ENTERED_BY] == desk.world["market"].uri
    assert "count" not in last_record(desk)
    assert "由 market 代录" in desk.browser("stall").page(f"/desk/entries/{desk.world.size() - 1}")


def test_an_answer_that_the_clerk_writes_names_the_market_to_whoever_complained(
    desk: Desk, clerk: Browser, apples: str
) -> None:
    """On the page behind the sign-in and on the one that everybody with the number opens."""
    number = complaints.file(desk.ctx, Report(apples, Kind.SPOILT, text="坏了")).result["number"]
    path = f"/desk/complaints/{number}"
    form = clerk.form(path, path).filled({"text": "已下架"})
    assert clerk.post(path, form, whole=True).status_code == 303
    assert "由 market 代录" in desk.browser("stall").page(path)
    assert "由 market 代录" in desk.stranger().get(f"/c/{number}").text


def test_a_correction_by_the_vendors_own_hand_is_not_shown_as_entered_for_it(
    desk: Desk, clerk: Browser, apples: str
) -> None:
    """It repeats the event that the market entered; who took it back was the vendor himself."""
    form = clerk.form("/desk/sell?how=sell", "/desk/sell").filled(sale(apples))
    assert clerk.post("/desk/sell", form, whole=True).status_code == 303
    sold = desk.world.size() - 1
    stall = desk.browser("stall")
    assert "由 market 代录" in stall.page(f"/desk/entries/{sold}")
    done = stall.submit(f"/desk/entries/{sold}/correct", reason="did_not_occur")
    assert "代录" not in stall.follow(done)


def test_switching_back_ends_it_in_this_browser(clerk: Browser, apples: str) -> None:
    """The way back is a button in the banner."""
    form = clerk.form("/desk/more", f"{HERE}/act")
    answer = clerk.post(form.action, form.filled({"party": ""}), whole=True)
    page = clerk.follow(answer)
    assert "正在替" not in page.replace("正在替它录入", "")


def test_a_form_that_was_opened_for_another_is_not_recorded(desk: Desk, clerk: Browser, apples: str) -> None:
    """Two tabs, one switched meanwhile: what was filled in for the stall never lands in the market's books, nor the
    other way round."""
    form = clerk.form("/desk/sell?how=sell", "/desk/sell").filled(sale(apples))
    clerk.post(f"{HERE}/act", {"party": "", "for": "stall"})
    size = desk.world.size()
    late = clerk.post("/desk/sell", form, whole=True)
    assert late.status_code == 403
    assert "录入的单位换了" in late.text
    own = {**form, "for": ["market"]}
    switch(desk, clerk, "stall")
    assert clerk.post("/desk/sell", own, whole=True).status_code == 403
    assert (
        clerk.post("/desk/sell", {key: value for key, value in own.items() if key != "for"}).status_code
        == 403
    )
    assert desk.world.size() == size


def test_an_ended_mandate_stops_the_open_form_at_once(desk: Desk, clerk: Browser, apples: str) -> None:
    """The vendor ends it while the clerk types: nothing of it is recorded, for nobody."""
    form = clerk.form("/desk/sell?how=sell", "/desk/sell").filled(sale(apples))
    mandates.end(desk.ctx, desk.world["stall"], "stall", "market")
    size = desk.world.size()
    assert clerk.post("/desk/sell", form, whole=True).status_code == 403
    assert "正在替" not in clerk.page("/desk")
    assert desk.world.size() == size


def test_nobody_switches_to_a_business_that_did_not_let_him(desk: Desk, apples: str) -> None:
    """Neither a stranger, nor somebody who has another's mandate, nor for one that is not there."""
    mandates.give(desk.ctx, desk.world["stall"], "market")
    for who, to in (("canteen", "stall"), ("market", "farm"), ("stall", "market"), ("market", "nobody")):
        browser = desk.browser(who)
        assert browser.post(f"{HERE}/act", {"party": to}).status_code == 422
        assert "正在替" not in browser.page("/desk").replace("正在替它录入", "")


def test_a_reader_of_the_market_does_not_enter_for_anybody(desk: Desk) -> None:
    """Who may only look at home may only look."""
    mandates.give(desk.ctx, desk.world["stall"], "market")
    reader = desk.browser("market", Rights.READER)
    assert reader.post(f"{HERE}/act", {"party": "stall"}).status_code == 403


def test_users_keys_and_mandates_of_the_vendor_stay_out_of_reach(desk: Desk) -> None:
    """Even the market's owner cannot invite himself into the stall, make a key of it, or let a third one in."""
    mandates.give(desk.ctx, desk.world["stall"], "market")
    owner = desk.browser("market")
    switch(desk, owner, "stall")
    size = desk.world.size()
    for path in (
        "/desk/settings",
        "/desk/settings/keys",
        "/desk/settings/webhooks",
        "/desk/settings/people/invite",
    ):
        assert owner.get(path).status_code == 403, path
        assert owner.post(path, {"for": "stall", "label": "x", "rights": "owner"}).status_code in (
            403,
            405,
        ), path
    assert "/desk/settings" not in owner.page("/desk/more")
    for path, form in (
        (HERE, {"to": "plant", "sure": "yes"}),
        (f"{HERE}/end", {"party": "stall", "to": "market"}),
    ):
        assert owner.post(path, {**form, "for": "stall"}).status_code == 422, path
    assert desk.world.size() == size


def test_the_vendors_role_decides_what_the_clerk_is_offered(desk: Desk) -> None:
    """A market's clerk who enters for a carrier sells nothing."""
    mandates.give(desk.ctx, desk.world["carrier"], "market")
    browser = desk.browser("market")
    switch(desk, browser, "carrier")
    page = browser.page("/desk/more")
    assert "/desk/process" not in page
    assert "/desk/today" not in page
    refused = browser.post("/desk/sell", {"how": "sell", "for": "carrier"})
    assert refused.status_code == 422


def test_a_clerk_sees_the_vendors_stock_only_while_he_may(desk: Desk, clerk: Browser, apples: str) -> None:
    """Amounts of another business are shown by its leave alone."""
    assert apples in clerk.page("/desk/sell?how=sell")
    mandates.end(desk.ctx, desk.world["stall"], "stall", "market")
    assert apples not in clerk.page("/desk/sell?how=sell")
