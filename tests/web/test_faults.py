"""What went wrong on our side: an honest page for people, and nothing lost for a phone that keeps what it sent."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from tests.web.desk import Desk
from trace.services import scan
from trace.services.values import NotRecorded

LOST = OperationalError("SELECT", {}, Exception("the connection is gone"))


@pytest.mark.parametrize("path", ["/t/ANYCODE", "/", "/scan?code=ANYCODE"])
def test_shopper_is_told_to_come_back_and_not_shown_a_fault(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """No stack of a program, no JSON, no blank page; and no claim about the goods."""

    def gone(*args: object) -> None:
        raise LOST

    monkeypatch.setattr(scan, "batch", gone)
    monkeypatch.setattr(scan, "find", gone)
    answer = desk.stranger().get(path, headers={"Accept": "text/html", "Accept-Language": "zh"})
    if path == "/":
        assert answer.status_code == 200
        return
    assert answer.status_code == 503
    assert "服务暂时忙不过来" in answer.text
    assert "查不到" not in answer.text
    assert answer.headers["Retry-After"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_fault_of_ours_has_a_number_and_says_what_to_do(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the session itself cannot be read."""

    def broken(*args: object, **more: object) -> None:
        raise RuntimeError("secret of the inside")

    browser = desk.browser("farm")
    monkeypatch.setattr("trace.services.accounts.signed", broken)
    answer = browser.get("/desk", Accept="text/html")
    assert answer.status_code == 500
    assert "我们这边出了故障" in answer.text
    assert "secret" not in answer.text


def test_phone_keeps_what_could_not_be_recorded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction that failed is no refusal: only a status of 500 or more keeps the entry on the phone."""

    def failed(*args: object, **more: object) -> None:
        raise NotRecorded(ledger="x", cause="disk full")

    browser = desk.browser("farm")
    form = browser.form("/desk/labels/rolls", "/desk/labels/rolls")
    monkeypatch.setattr("trace.services.serials.roll", failed)
    answer = browser.post(form.action, form.filled({"count": "3"}), whole=True, json=True)
    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
    told = browser.post(form.action, form.filled({"count": "3"}), whole=True)
    assert told.status_code == 503
    assert "同一张表单只会记一次" in told.text


def test_address_that_is_none_leads_home(desk: Desk) -> None:
    """A mistyped address behind the sign-in is no unknown code."""
    answer = desk.browser("farm").get("/desk/no/such/page")
    assert answer.status_code == 404
    assert "没有这一页" in answer.text
    assert desk.browser("inspector").get("/desk/no/such/page").status_code == 403
