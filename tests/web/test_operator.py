"""The operator's pages: parties and their people, areas, health with a verdict, witnesses."""

from __future__ import annotations

import dataclasses

import pytest

from tests.web.desk import Desk
from tests.witness import witness
from trace.bootstrap import background
from trace.domain.mandates import NoMandate
from trace.domain.model import Role
from trace.domain.regions import RegionMalformed, covers, parse_region
from trace.services import health, mandates, parties, registry, users, verdicts, witnesses
from trace.services.context import Rights


@pytest.mark.parametrize(
    ("area", "region", "inside"),
    [
        ("350902", "350902", True),
        ("350900", "350902", True),
        ("350000", "350902", True),
        ("350900", "350802", False),
        ("350902", "350900", False),
        ("110000", "350902", False),
        ("350900", None, False),
    ],
)
def test_an_area_covers_what_lies_in_it(area: str, region: str | None, inside: bool) -> None:
    """A city's inspector answers for its counties, a county's not for the city."""
    assert covers(area, region) is inside


@pytest.mark.parametrize("text", ["", "35090", "3509021", "990101", "16 101", "３５０９０２", "350902\n1"])
def test_what_is_no_division_is_no_region(text: str) -> None:
    """A slip of the finger puts nobody into no province."""
    with pytest.raises(RegionMalformed):
        parse_region(text)


def test_a_party_registered_by_hand_is_found_and_its_owner_let_in(desk: Desk) -> None:
    """Inspectors do not apply: the operator enters them."""
    operator = desk.browser("operator")
    form = {"name": "宁德市监管局", "role": "inspector", "contact": "", "phone": "", "region": "350900"}
    made = operator.submit("/operate/parties/new", **form)
    assert made.status_code == 303
    assert "宁德市监管局" in operator.page("/operate/parties?q=宁德")
    assert "宁德市监管局" in operator.page("/operate/parties?q=350900&role=inspector")
    assert "宁德市监管局" not in operator.page("/operate/parties?q=福州")
    page = operator.follow(made)
    assert "还没有人能登录" in page
    link = operator.submit(made.headers["Location"] + "/people/invite", rights="owner")
    assert "/invite/" in link.text


def test_a_search_takes_signs_of_the_database_for_what_they_are(desk: Desk) -> None:
    """A per cent sign is not everybody."""
    operator = desk.browser("operator")
    for text in ("%", "_", "'", "\\"):
        assert (
            "farm"
            not in operator.client.get("/operate/parties", query_string={"q": text}).text.partition(
                "</form>"
            )[2]
        )


def test_an_inspector_is_given_areas_and_everybody_sees_where_nobody_looks(desk: Desk) -> None:
    """Counted with all that lies within."""
    operator = desk.browser("operator")
    for name, region in (("a", "350902"), ("b", "350981"), ("c", "350102")):
        draft = parties.PartyDraft(name, Role.STALL, id=f"in-{name}", region=region)
        parties.register_party(desk.ctx, desk.world["operator"], draft)
    assert operator.submit("/operate/areas", code="350900", name="宁德").status_code == 303
    assert operator.submit("/operate/areas", code="12", name="x").status_code == 422
    path = "/operate/parties/inspector"
    wrong = operator.submit(path, action=f"{path}/areas", other="350900 77")
    assert wrong.status_code == 422
    done = operator.submit(path, action=f"{path}/areas", other="350900，350100")
    assert done.status_code == 303
    assert registry.areas_of(desk.ctx, desk.world["inspector"].uri) == ("350100", "350900")
    found = {one.code: one for one in registry.every_area(desk.ctx)}
    assert (found["350900"].name, found["350900"].parties) == ("宁德", 2)
    assert [one.name for one in found["350902"].inspectors] == ["inspector"]
    assert found["350100"].parties == 1
    assert operator.post("/operate/parties/farm/areas", {"area": "350900"}).status_code == 422


def test_an_owner_who_is_locked_out_gets_a_link_and_a_stolen_account_is_closed(desk: Desk) -> None:
    """By the operator, even the last one of its business."""
    operator = desk.browser("operator")
    people = "/operate/parties/farm/people"
    stolen = desk.browser("farm")
    assert operator.submit(f"{people}/farm/end", action="").status_code == 303
    assert stolen.get("/desk").status_code == 303
    assert "/invite/" in operator.submit(f"{people}/invite", rights="owner").text
    assert operator.get(f"{people}/plant").status_code == 404


def test_the_operator_cannot_end_his_own_last_owner(desk: Desk) -> None:
    """Nobody could let anybody in any more."""
    operator = desk.browser("operator")
    assert operator.post("/operate/parties/operator/people/operator/end", {}).status_code == 422


def test_health_is_told_and_the_whole_ledger_is_verified_at_a_touch(desk: Desk) -> None:
    """The verdict with its numbered steps, over the very tables that pages are made from."""
    operator = desk.browser("operator")
    desk.ctx.publisher.publish()
    page = operator.page("/operate/health")
    assert "一切正常" in page
    assert str(desk.world.size()) in page
    for _ in range(2):  # asked for twice, done once
        assert operator.post("/operate/health/verify", {}).status_code == 303
    assert operator.get("/operate/health/verdict").get_json()["running"] is True
    background(desk.ctx).drain()
    assert operator.get("/operate/health/verdict").get_json() == {"running": False}
    (verdict,) = verdicts.listed(desk.ctx)
    assert verdict.ok
    assert [one.number for one in verdict.steps] == [1, 2, 3, 4, 5, 6]
    assert f"{desk.world.size()} 条全部成立" in operator.page("/operate/health")


def test_a_ledger_that_does_not_verify_is_an_alarm_on_the_first_page(desk: Desk) -> None:
    """With the step that failed and the first bad entry, until it verifies again."""
    operator = desk.browser("operator")
    found = verdicts.audit.verify(desk.ctx)
    bad = dataclasses.replace(found.steps[0], ok=False, reason="an entry is not in its place", index=3)
    with pytest.MonkeyPatch.context() as patch:
        broken = dataclasses.replace(found, steps=(bad, *found.steps[1:]))
        patch.setattr(verdicts.audit, "verify", lambda *_, **__: broken)
        verdicts.ask(desk.ctx)
        assert verdicts.step(desk.ctx)
    assert "核验没有通过" in operator.page("/operate")
    assert "第一处不对：第 3 条" in operator.page("/operate/health")
    desk.world.clock.forward(seconds=1)
    verdicts.ask(desk.ctx)
    assert verdicts.step(desk.ctx)
    assert "核验没有通过" not in operator.page("/operate")


def test_a_verification_that_cannot_even_read_ends_with_a_verdict(desk: Desk) -> None:
    """It is not begun anew for ever."""
    verdicts.ask(desk.ctx)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verdicts.audit, "verify", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            verdicts.step(desk.ctx)
    assert verdicts.listed(desk.ctx)[0].ok is False
    assert not verdicts.step(desk.ctx)


def test_a_verification_whose_process_died_is_taken_up_by_another(desk: Desk) -> None:
    """After its lease; while it is alive nobody else begins it."""
    verdicts.ask(desk.ctx)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verdicts, "_finish", lambda *_: None)
        assert verdicts.step(desk.ctx)
    assert not verdicts.step(desk.ctx)
    desk.world.clock.forward(minutes=3)
    assert verdicts.step(desk.ctx)
    assert verdicts.listed(desk.ctx)[0].ok


def test_a_background_step_that_fails_or_falls_silent_is_seen(desk: Desk) -> None:
    """In the process that answers."""
    work = background(desk.ctx)
    work.start()
    work.stop()
    assert {one.name for one in health.look(desk.ctx).steps} >= {"webhooks", "witnesses", "verdicts"}
    turn = desk.ctx.work.turns["trace.services.webhooks"]
    for worse in (dataclasses.replace(turn, error="KeyError"), dataclasses.replace(turn, at=turn.at - 100)):
        desk.ctx.work.turns["trace.services.webhooks"] = worse
        assert not health.look(desk.ctx).good
        assert "有地方不正常" in desk.browser("operator").page("/operate/health")


def test_a_witness_is_registered_asked_and_its_alarm_is_on_the_first_page(desk: Desk) -> None:
    """And who wants a cosigned checkpoint finds it beside the newest."""
    desk.ctx.publisher.publish()
    ctx = desk.app.extensions["trace"] = dataclasses.replace(desk.ctx, webhook_private=True)
    operator = desk.browser("operator")
    with witness() as there:
        there.trusts(ctx.publisher.vkey)
        there.time = int(desk.world.clock.now.timestamp())
        assert operator.submit("/operate/witnesses", vkey="x", address=there.address).status_code == 422
        assert (
            operator.submit("/operate/witnesses", vkey=there.vkey, address=there.address).status_code == 303
        )
        assert "还没问过" in operator.page("/operate/witnesses")
        witnesses.step(ctx)
        assert "已联署" in operator.page("/operate/witnesses")
        there.answers.append((422, b""))
        desk.world.clock.forward(hours=2)
        witnesses.step(ctx)
    assert "被改写了" in operator.page("/operate/witnesses")
    assert "见证方报警" in operator.page("/operate")
    clerk = desk.browser("operator", Rights.CLERK)
    assert clerk.post("/operate/witnesses/end", {"witness": witnesses.listed(ctx)[0].id}).status_code == 422
    operator.post("/operate/witnesses/end", {"witness": witnesses.listed(ctx)[0].id})
    assert witnesses.listed(ctx) == []
    assert users.of_party(ctx, ctx.operator)


def test_mandate_on_paper_is_written_down_and_ended_by_the_operator(desk: Desk) -> None:
    """A vendor without a phone signs a paper at the market's office; from then on its clerk enters for him."""
    operator, path = desk.browser("operator"), "/operate/parties/stall"
    answer = operator.submit(path, f"{path}/mandates", to="market", paper="委托书 2026-03")
    assert "market" in operator.follow(answer)
    stall, market = desk.world["stall"], desk.world["market"]
    assert mandates.acting(desk.ctx, market, "stall").entered_by == market.party
    assert [one.by.uri for one in mandates.given_by(desk.ctx, stall)] == [desk.ctx.operator]
    ended = operator.submit(path, f"{path}/mandates/end", to=market.uri)
    assert ended.status_code == 303
    with pytest.raises(NoMandate):
        mandates.acting(desk.ctx, market, "stall")


def test_mandate_without_its_paper_is_not_written_down(desk: Desk) -> None:
    operator, path = desk.browser("operator"), "/operate/parties/stall"
    size = desk.world.size()
    answer = operator.submit(path, f"{path}/mandates", to="market", paper=" ")
    assert answer.status_code == 422
    assert desk.world.size() == size
