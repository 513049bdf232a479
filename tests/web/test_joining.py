"""A business asks to take part, the operator looks, and its owner comes in by the link that he is given."""

from __future__ import annotations

import re

import pytest

from tests.web.desk import Desk
from trace.domain.model import Role
from trace.services import api_keys, applications, parties, registry, users
from trace.services.applications import OPEN, ApplicationDecided
from trace.services.context import Rights

GOOD = {
    "name": "陈阿婆鱼丸店",
    "role": "stall",
    "contact": "陈阿婆",
    "phone": "138 0000 1111",
    "uscc": "91110000600037341l",
    "region": "110101",
    "login": "ayu",
}


def apply(desk: Desk, address: str = "203.0.113.5", **values: str):  # type: ignore[no-untyped-def]
    client = desk.stranger()
    client.environ_base["REMOTE_ADDR"] = address
    return client.post("/join", data={**GOOD, **values})


def receipt_of(desk: Desk, **values: str) -> str:
    answer = apply(desk, **values)
    assert answer.status_code == 303, answer.text
    return str(re.fullmatch(r"/join/([0-9A-Z]{11})\?new=1", answer.headers["Location"])[1])  # type: ignore[index]


def test_from_the_form_to_the_owner_s_first_day(desk: Desk) -> None:
    """What it said is registered, whoever asked sees it, and nobody holds a key that nobody was shown."""
    receipt = receipt_of(desk)
    assert "等待核对" in desk.stranger().get(f"/join/{receipt.lower()}").text
    operator = desk.browser("operator")
    page = operator.page(f"/operate/applications/{receipt}")
    assert all(said in page for said in ("陈阿婆", "138 0000 1111", "91110000600037341L", "省份一致"))
    made = operator.submit(
        f"/operate/applications/{receipt}", action=f"/operate/applications/{receipt}/approve"
    )
    link = re.search(r"/invite/[A-Za-z0-9_-]{43}", made.text)
    assert link is not None
    assert "已通过" in desk.stranger().get(f"/join/{receipt}").text
    form = desk.stranger().get(link[0]).text
    assert 'value="ayu"' in form
    in_ = desk.stranger().post(link[0], data={"login": "ayu", "name": "陈阿婆", "password": "a good one"})
    assert in_.headers["Location"] == "/desk"
    party = parties.find_party(desk.ctx, "91110000600037341L")
    assert (party.role, party.region) == (Role.STALL, "110101")
    assert users.find(desk.ctx, "ayu").rights is Rights.OWNER
    assert api_keys.listed(desk.ctx, party.uri) == []


def test_a_receipt_number_alone_opens_nothing_and_shows_no_person(desk: Desk) -> None:
    """It is read out, photographed and sent around."""
    receipt = receipt_of(desk)
    desk.browser("operator").post(f"/operate/applications/{receipt}/approve", {})
    for path in (f"/join/{receipt}", f"/invite/{receipt}"):
        page = desk.stranger().get(path).text
        assert not any(secret in page for secret in ("138 0000", "陈阿婆</", "91110000", "invite/"))


def test_whoever_is_not_let_in_is_told_why(desk: Desk) -> None:
    """And what he said of people is forgotten."""
    receipt = receipt_of(desk)
    path = f"/operate/applications/{receipt}"
    operator = desk.browser("operator")
    assert operator.submit(path, action=f"{path}/decline", reason=" ").status_code == 422
    assert operator.submit(path, action=f"{path}/decline", reason="请先办好许可证").status_code == 303
    assert "请先办好许可证" in desk.stranger().get(f"/join/{receipt}").text
    found = applications.find(desk.ctx, receipt)
    assert (found.contact, found.phone) == ("", "")
    assert operator.post(f"{path}/approve", {}).status_code == 422


def test_an_application_is_decided_once_whoever_presses_twice(desk: Desk) -> None:
    """Two operators at once register one party, and one of them gets the link."""
    receipt = receipt_of(desk)
    operator = desk.world["operator"]
    before = registry.counts(desk.ctx)[Role.STALL]
    applications.approve(desk.ctx, operator, receipt)
    with pytest.raises(ApplicationDecided):
        applications.approve(desk.ctx, operator, receipt)
    assert registry.counts(desk.ctx)[Role.STALL] == before + 1


def test_a_crash_between_registering_and_letting_in_registers_nobody_twice(desk: Desk) -> None:
    """Approved again, the party that is there already is the one."""
    receipt = receipt_of(desk)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(users, "issue", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            applications.approve(desk.ctx, desk.world["operator"], receipt)
    assert applications.find(desk.ctx, receipt).state == OPEN
    before = registry.counts(desk.ctx)
    assert applications.approve(desk.ctx, desk.world["operator"], receipt).link.token
    assert registry.counts(desk.ctx) == before


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": " "}, "单位名称"),
        ({"contact": ""}, "联系人"),
        ({"phone": "call me"}, "电话"),
        ({"phone": "1" * 40}, "电话"),
        ({"role": "operator"}, "是做什么的"),
        ({"role": "inspector"}, "是做什么的"),
        ({"uscc": "911100006000373410"}, "信用代码"),
        ({"licence": "SC11435052403014"}, "许可证"),
        ({"region": "990101"}, "地区代码"),
        ({"name": "x" * 201}, "单位名称"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    desk: Desk, wrong: dict[str, str], said: str
) -> None:
    """Nobody applies as an inspector, and no wrong number is looked at by a person."""
    answer = apply(desk, **wrong)
    assert answer.status_code == 422
    assert said in answer.text.partition('role="alert"')[2].partition("</div></div>")[0]
    assert all(GOOD[name] in answer.text for name in {"name", "contact", "uscc"} - set(wrong))
    assert applications.listed(desk.ctx, open_=True) == []


def test_one_place_cannot_bury_the_operator_in_applications(desk: Desk) -> None:
    """Five are free, then each waits longer; from elsewhere they come in as before."""
    codes = [apply(desk, name=f"店{n}").status_code for n in range(7)]
    assert codes[:5] == [303] * 5
    assert codes[6] == 422
    assert apply(desk, address="198.51.100.1").status_code == 303


def test_so_many_wait_that_no_more_are_taken(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table cannot be filled from the internet."""
    monkeypatch.setattr(applications, "MOST_OPEN", 2)
    codes = [apply(desk, address=f"198.51.100.{n}").status_code for n in range(3)]
    assert codes == [303, 303, 422]


def test_receipt_numbers_cannot_be_tried_out(desk: Desk) -> None:
    """Who guesses waits, and a right one costs nothing."""
    receipt, client = receipt_of(desk), desk.stranger()
    assert all(client.get(f"/join/{receipt}").status_code == 200 for _ in range(30))
    codes = [client.get(f"/join/AB341TF8QD{n % 10}").status_code for n in range(30)]
    assert codes[0] == 404
    assert codes[-1] == 429


def test_the_operator_sees_who_may_be_the_same_business(desk: Desk) -> None:
    """A registered number cannot be let in again; a name or telephone that is there already is shown."""
    first, second = receipt_of(desk), receipt_of(desk, name="另一家", uscc="")
    operator = desk.browser("operator")
    assert "另一家" in operator.page(f"/operate/applications/{first}")
    operator.post(f"/operate/applications/{first}/approve", {})
    third = receipt_of(desk, phone="0593 2222222")
    page = operator.page(f"/operate/applications/{third}")
    assert "已经登记过了" in page
    assert operator.post(f"/operate/applications/{third}/approve", {}).status_code == 422
    assert "陈阿婆鱼丸店" not in operator.page(f"/operate/applications/{second}").partition("</h1>")[2]
