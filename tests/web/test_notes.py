"""A delivery note's code: for whom it opens what, and that it tells strangers nothing of the goods."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.web.desk import Desk
from trace.services import mandates


def note(desk: Desk) -> str:
    """Goods of the farm on their way to the stall; the path that is printed on their note."""
    batch = desk.world.register("farm", "100 KGM", lot="A-1")
    return desk.world.ship("farm", "stall", (batch, "12.25 KGM")).removeprefix(desk.ctx.base_url)


def test_the_receiver_comes_to_the_delivery_itself(desk: Desk) -> None:
    """One scan of the driver's paper; a code in small letters is the same code."""
    path, stall = note(desk), desk.browser("stall")
    for spelt in (path, path.lower(), path.upper()):
        led = stall.get(spelt).headers["Location"]
        assert led == f"/desk/receive?code={quote(desk.ctx.base_url + path, safe='')}"
    page = stall.page(stall.get(led).headers["Location"])
    assert "12.25 千克" in page


def test_a_market_that_enters_for_the_stall_receives_for_it(desk: Desk) -> None:
    """代录: the note is the stall's, whoever's hand holds the phone."""
    path = note(desk)
    mandates.give(desk.ctx, desk.world["stall"], desk.world["market"].uri)
    market = desk.browser("market")
    assert "不是发给“market”的" in market.page(path)
    market.post("/desk/mandates/act", {"party": "stall"})
    assert market.get(path).headers["Location"].startswith("/desk/receive?")


def test_a_stranger_reads_what_it_is_and_nothing_of_what_is_in_it(desk: Desk) -> None:
    """And after signing in he is led on from there."""
    path = note(desk)
    answer = desk.stranger().get(path)
    assert answer.status_code == 200
    assert "这是一张送货单" in answer.text
    assert f"/in?next={quote(path, safe='')}" in answer.text
    assert not any(secret in answer.text for secret in ("12.25", "farm", "stall", "apples", "A-1"))
    led = desk.stranger().post("/in", data={"login": "stall", "password": "trace-demo", "next": path})
    assert led.headers["Location"] == path


def test_who_sent_it_sees_his_own_record_and_an_inspector_finds_it(desk: Desk) -> None:
    """A business that has nothing to do with it is told so."""
    path = note(desk)
    farm = desk.browser("farm")
    assert "发给 stall" in farm.page(farm.get(path).headers["Location"])
    inspector = desk.browser("inspector")
    assert path.rsplit("/", 1)[-1] in inspector.page(inspector.get(path).headers["Location"])
    other = desk.browser("canteen").page(path)
    assert "不是发给“canteen”的" in other
    assert "12.25" not in other


def test_a_delivery_that_was_received_leads_to_its_record(desk: Desk) -> None:
    """Not to a form for goods that are not on their way any more."""
    path = note(desk)
    done = desk.world.receive("stall", desk.ctx.base_url + path)
    assert desk.browser("stall").get(path).headers["Location"] == f"/desk/entries/{done.index}"


@pytest.mark.parametrize("code", ["7K3M9QW2X0C", "7K3M9QW2X0D", "x", "<b>"])
def test_a_note_that_nobody_wrote_is_told_as_such(desk: Desk, code: str) -> None:
    """Misspelt or made up: an honest page, for whoever asks."""
    for client in (desk.stranger(), desk.browser("stall").client):
        answer = client.get(f"/d/{quote(code)}")
        assert answer.status_code == 404
        assert "<b>" not in answer.text


def test_a_scanned_note_is_found_by_the_scanner_of_everybody(desk: Desk) -> None:
    """/scan leads on to it."""
    path = note(desk)
    answer = desk.stranger().get("/scan", query_string={"code": desk.ctx.base_url + path})
    assert answer.headers["Location"].startswith(path)
