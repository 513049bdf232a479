"""Whom goods were sold to is offered again: to who sold them, and to nobody else."""

from __future__ import annotations

import json
import re

import pytest

from tests.web.desk import Browser, Desk
from trace.services import handy, mandates
from trace.services.context import Rights


@pytest.fixture
def apples(desk: Desk) -> str:
    """50 kg of apples at the wholesaler; the batch's short code."""
    batch = desk.world.register("farm", "100 KGM")
    desk.world.deliver("farm", "market", (batch, "50 KGM"))
    return batch.rpartition("/")[2]


def sell(browser: Browser, code: str, **more: str) -> None:
    """1 kg is sold."""
    answer = browser.post("/desk/sell", {"how": "sell", "batch": code, f"amount:{code}": "1", **more})
    assert answer.status_code == 303, answer.text


def offered(browser: Browser) -> list[str]:
    """The buyers on the form, in their order."""
    return re.findall(r'name="to" value="[0-9]+"[^>]*><span>([^<]+?) *<', browser.page("/desk/sell"))


def last_sale(desk: Desk) -> tuple[dict[str, str], dict[str, str]]:
    """The buyer of the newest record, and whom to call there."""
    bodies = desk.world.record(desk.world.size() - 1).bodies
    event = json.loads(bodies["full"])["data"]["event"]
    people = json.loads(bodies["people"])["data"]["buyer"] if "people" in bodies else {}
    return event.get("trace:buyer", {}), people


def test_a_former_buyer_is_one_tap_and_all_that_is_known_of_him_goes_along(desk: Desk, apples: str) -> None:
    """Name, code, address and whom to call are in the new record as they were in the old one."""
    market = desk.browser("market")
    known = {"buyer": "城南饭店", "buyer_code": "91110000600037341L", "buyer_address": "城南路 1 号"}
    sell(market, apples, **known, buyer_contact="王 13800000000")
    first = last_sale(desk)
    index = desk.world.size() - 1
    sell(market, apples, to=str(index))
    assert last_sale(desk) == first
    assert first[1] == {"contact": "王 13800000000"}
    assert first[0]["name"] == "城南饭店"


def test_the_last_buyer_stands_first_each_once_and_nobody_is_chosen_beforehand(
    desk: Desk, apples: str
) -> None:
    """A sale to nobody in particular stays what it was: nothing more to tap."""
    market = desk.browser("market")
    for buyer in ("甲店", "乙店", "甲店", ""):
        sell(market, apples, **({"buyer": buyer} if buyer else {}))
    assert offered(market) == ["甲店", "乙店"]
    assert 'name="to" value="" checked' in market.page("/desk/sell")


def test_a_name_that_is_written_counts_before_one_that_was_tapped(desk: Desk, apples: str) -> None:
    """Who corrects himself by typing is believed."""
    market = desk.browser("market")
    sell(market, apples, buyer="甲店")
    sell(market, apples, to=str(desk.world.size() - 1), buyer="丙店")
    assert last_sale(desk)[0]["name"] == "丙店"


def test_a_sale_that_was_taken_back_names_nobody(desk: Desk, apples: str) -> None:
    """A misspelt buyer is not offered again."""
    market = desk.browser("market")
    sell(market, apples, buyer="甲店（写错）")
    market.submit(f"/desk/entries/{desk.world.size() - 1}/correct", reason="incorrect_data")
    assert offered(market) == []


def test_no_more_than_a_handful_is_offered(desk: Desk, apples: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is written; a list of a hundred helps nobody."""
    monkeypatch.setattr(handy, "MOST_BUYERS", 2)
    market = desk.browser("market")
    for buyer in ("甲店", "乙店", "丙店"):
        sell(market, apples, buyer=buyer)
    assert offered(market) == ["丙店", "乙店"]


@pytest.mark.parametrize("to", ["{other}", "0", "999999", "-1", "x", "9" * 30])
def test_another_business_s_buyers_are_out_of_reach(desk: Desk, apples: str, to: str) -> None:
    """Not by the number of its entry, nor by made-up ones: nothing is recorded, and no name is told."""
    sell(desk.browser("market"), apples, buyer="城南饭店", buyer_contact="王 13800000000")
    other = str(desk.world.size() - 1)
    stall, size = desk.browser("stall"), desk.world.size()
    desk.world.deliver("market", "stall", (f"https://trace.example/t/{apples}", "10 KGM"))
    size = desk.world.size()
    assert offered(stall) == []
    sent = {"how": "sell", "batch": apples, f"amount:{apples}": "1", "to": to.format(other=other)}
    refused = stall.post("/desk/sell", sent)
    assert refused.status_code == 422
    assert "城南" not in refused.text
    assert "请填写买方名称" in refused.text
    assert desk.world.size() == size


def test_whoever_enters_for_the_vendor_is_offered_the_vendors_buyers(desk: Desk, apples: str) -> None:
    """And not his own: each book keeps its customers."""
    desk.world.deliver("market", "stall", (f"https://trace.example/t/{apples}", "10 KGM"))
    sell(desk.browser("market"), apples, buyer="市场的客户")
    sell(desk.browser("stall"), apples, buyer="摊位的客户")
    mandates.give(desk.ctx, desk.world["stall"], "market")
    clerk = desk.browser("market", Rights.CLERK)
    clerk.post("/desk/mandates/act", {"party": desk.world["stall"].uri, "for": "market"})
    assert offered(clerk) == ["摊位的客户"]
