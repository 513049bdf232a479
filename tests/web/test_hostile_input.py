"""What strangers and programs put into addresses and forms: each gets an answer, and leaves nothing behind."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.service.test_capture import CONTEXT, seen
from tests.web.desk import Desk
from trace.interop.epcis import read_document
from trace.services import capture, serials

NUL = "a\0b"
FILES = ("static", "service_worker", "manifest")


def addresses(desk: Desk, method: str) -> list[str]:
    """Every address of the pages, with something in the place of each of its parts."""
    rules = [rule for rule in desk.app.url_map.iter_rules() if method in (rule.methods or ())]
    return [_filled(rule.rule) for rule in rules if not rule.endpoint.endswith(FILES)]


def _filled(address: str) -> str:
    while "<" in address:
        head, _, rest = address.partition("<")
        inner, _, tail = rest.partition(">")
        value = inner.partition("(")[2].partition(",")[0].strip(" '")
        address = head + (value if inner.startswith("any") else "1") + tail
    return address


def size(desk: Desk) -> int:
    return desk.ctx.sequencer.submit(lambda uow: uow.size)


@pytest.mark.parametrize("who", ["", "farm", "inspector", "operator"])
def test_a_nul_is_refused_on_every_page_before_anything_is_asked_for(desk: Desk, who: str) -> None:
    """PostgreSQL takes none in a text: it would be a fault of ours, and SQLite would keep it."""
    browser = desk.browser(who) if who else None
    client, csrf = (browser.client, browser.csrf) if browser else (desk.stranger(), "")
    json = {"Accept": "application/json"}
    before, closed = size(desk), {303, 401, 403}  # another's page, which he cannot ask for anything
    told = [client.get(f"{address}?code=a%00b") for address in addresses(desk, "GET")]
    said = {"text": NUL}
    told += [
        client.post(address, data={**said, "csrf": csrf}, headers=json) for address in addresses(desk, "POST")
    ]
    assert {answer.status_code for answer in told} <= {400, *closed}
    assert sum(answer.status_code == 400 for answer in told) > 20
    for address in ("/t/a%00b", "/anything%00", "/b?uri=%00"):
        assert "读不了" in client.get(address, headers={"Accept-Language": "zh"}).text
    assert size(desk) == before


def test_a_complaint_s_key_that_is_none_is_refused_in_words(desk: Desk) -> None:
    """Hidden fields too are typed by somebody."""
    batch = desk.world.register("farm", "100 KGM", lot="A-1")
    said = {"kind": "spoilt", "text": "mould", "once": "a\u0007b"}
    answer = desk.stranger().post(f"/report?of={quote(batch, safe='')}", data=said)
    assert answer.status_code == 422


def test_a_form_s_key_is_of_no_use_on_another_form_or_for_other_goods(desk: Desk) -> None:
    """What was sent once is answered with the first receipt; the same fields sent elsewhere are no repetition."""
    first, second = (desk.world.register("farm", "100 KGM", lot=lot) for lot in ("A-1", "A-2"))
    said = {"kind": "spoilt", "text": "mould", "once": "0123456789"}
    stranger = desk.stranger()
    filed = [stranger.post(f"/report?of={quote(of, safe='')}", data=said) for of in (first, first, second)]
    assert filed[0].location == filed[1].location
    assert filed[2].status_code == 422

    farm = desk.browser("farm")
    events = [desk.world.register("farm", "5 KGM", lot=lot) for lot in ("B-1", "B-2")]
    indices = [entry_of(desk, uri) for uri in events]
    sent = {"once": "same", "reason": "did_not_occur"}
    answers = [farm.post(f"/desk/entries/{index}/correct", sent, json=True) for index in indices]
    assert [answer.status_code for answer in answers] == [200, 422]
    assert answers[1].get_json()["code"] == "idempotency_conflict"


def entry_of(desk: Desk, batch: str) -> int:
    """The entry that registered a batch."""
    found: int = (
        desk.browser("farm")
        .get(f"{batch.removeprefix(desk.ctx.base_url)}?as=json")
        .get_json()["steps"][0]["index"]
    )
    return found


@pytest.mark.parametrize(
    "body",
    [
        b'{"latitude": 1' + b"0" * 400 + b', "longitude": 1}',
        b'{"latitude": ' + b"[" * 100_000,
        b'{"latitude": NaN, "longitude": Infinity}',
        b'{"latitude": true}',
        b"[1, 2]",
        b"\xff\xfe",
    ],
)
def test_a_place_that_is_none_is_refused(desk: Desk, body: bytes) -> None:
    """Whatever a program says of where it is, it is told what a place is."""
    batch = desk.world.register("farm", "9 KGM")
    serials.issue(desk.ctx, desk.world["farm"], batch, 1)
    (code,) = serials.printed(desk.ctx, batch, 1, 1)
    path = code.url.removeprefix(desk.ctx.base_url)
    answer = desk.stranger().post(f"{path}/seen", data=body, content_type="application/json")
    assert answer.status_code == 422


@pytest.mark.parametrize("odd", [{"a": 1}, ["b"], 7, "no one's uri"])
def test_a_foreign_document_s_odd_words_leave_its_page_readable(desk: Desk, odd: Any) -> None:
    """It may hold anything under our own names; its author still sees what he captured."""
    more = {"trace:enteredBy": odd, "trace:supplier": odd, "trace:settlement": odd, "trace:note": odd}
    whole = {"@context": [CONTEXT, {"trace": "urn:x-trace:ns:1:"}], **seen(**more)}
    document = read_document(json.dumps(whole).encode())
    done = capture.capture_event(desk.ctx, desk.world["farm"], document)
    assert f"{done.index}" in desk.browser("farm").page(f"/desk/entries/{done.index}")
