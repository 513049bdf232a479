"""The demo: six supply chains that a visitor can scan, entered once, balanced, with an account for every role."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.scenario import opened
from trace import demo
from trace.domain.model import Role
from trace.services import (
    accounts,
    applications,
    attention,
    audit,
    complaints,
    entries,
    labels,
    look,
    mandates,
    offers,
    parties,
    serials,
    today,
    users,
)
from trace.services.context import Actor, Context, Rights


@dataclass
class Shown:
    """A service with the demo in it."""

    ctx: Context
    folder: Path
    made: dict[str, Any]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    folder = tmp_path_factory.mktemp("demo")
    with opened(folder / "var", f"sqlite:///{folder / 'trace.db'}") as ctx:
        yield Shown(ctx, folder, demo.enter(ctx, folder / "demo.json", lambda done, total: None))


def test_the_ledger_with_the_demo_in_it_holds(shown: Shown) -> None:
    verdict = audit.verify(shown.ctx, everything=True)
    assert verdict.ok, verdict.failed


def test_there_is_an_account_for_every_role_and_its_key_works(shown: Shown) -> None:
    roles = set()
    for account in shown.made["accounts"]:
        actor = parties.authenticate(shown.ctx, account["api_key"])
        assert actor is not None
        assert (actor.uri, str(actor.party.role)) == (account["party"]["uri"], account["role"])
        roles.add(account["role"])
    assert roles == {str(role) for role in Role}


def test_every_code_opens_a_page_with_a_journey_and_no_flags(shown: Shown) -> None:
    for code in shown.made["codes"]:
        view = look.batch_page(shown.ctx, code["uri"])
        assert len(view.steps) >= 3, code
        assert view.flags == (), code
        assert code["url"].startswith(shown.ctx.base_url)


def test_the_goods_of_each_chain_balance(shown: Shown) -> None:
    """What was made is held, on its way, or gone for a stated reason; nothing is unexplained."""
    operator = parties.operator(shown.ctx)
    for code in shown.made["codes"]:
        for node in look.trace_back(shown.ctx, operator, code["uri"]).nodes:
            balance = look.mass_balance(shown.ctx, operator, node.info.uri)
            assert sum(line.amount for line in balance.lines) == 0
            assert "unexplained" not in {line.kind for line in balance.lines}


def test_the_file_for_programs_says_what_was_made_and_only_its_owner_reads_it(shown: Shown) -> None:
    path = shown.folder / "demo.json"
    assert json.loads(path.read_text(encoding="utf-8")) == shown.made
    assert path.stat().st_mode & 0o077 == 0
    assert shown.made["base_url"] == shown.ctx.base_url


def test_entering_it_again_changes_nothing(shown: Shown) -> None:
    size = audit.verify(shown.ctx).size
    assert demo.enter(shown.ctx, shown.folder / "demo.json", lambda done, total: None) == shown.made
    assert audit.verify(shown.ctx).size == size


def test_after_a_move_to_another_address_the_codes_shown_lead_there(shown: Shown, tmp_path: Path) -> None:
    """The port was taken: what is printed and written at the next start must open on the new one."""
    file = tmp_path / "demo.json"
    file.write_text(json.dumps(shown.made), encoding="utf-8")
    moved = replace(shown.ctx, base_url="http://localhost:8001")
    made = demo.enter(moved, file, lambda done, total: None)
    assert made["base_url"] == "http://localhost:8001"
    assert all(code["url"].startswith("http://localhost:8001/") for code in made["codes"])
    for before, after in zip(shown.made["codes"], made["codes"], strict=True):
        assert (after["uri"], after["title"]) == (before["uri"], before["title"])
    assert json.loads(file.read_text(encoding="utf-8")) == made
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("cut", [70, 140, 170])
def test_a_demo_that_was_cut_off_goes_on_where_it_stopped(tmp_path: Path, shown: Shown, cut: int) -> None:
    """In a chain, in what happened this morning, among the users: at the end all is there, and nothing twice."""

    class PulledPlug(Exception):
        pass

    count = 0

    def pull(done: int, total: int) -> None:
        nonlocal count
        count += 1
        if count == cut:
            raise PulledPlug

    with opened(tmp_path / "var", f"sqlite:///{tmp_path / 'trace.db'}") as ctx:
        with pytest.raises(PulledPlug):
            demo.enter(ctx, tmp_path / "demo.json", pull)
        made: Any = demo.enter(ctx, tmp_path / "demo.json", lambda done, total: None)
        verdict = audit.verify(ctx, everything=True)
        assert verdict.ok
        assert verdict.size == audit.verify(shown.ctx).size
        acts = {code["uri"]: len(look.batch_page(ctx, code["uri"]).steps) for code in made["codes"]}
        assert min(acts.values()) >= 3
        assert len(applications.listed(ctx, open_=True)) == 1


def test_the_bar_that_shows_how_far_it_is_ends_at_its_end(tmp_path: Path) -> None:
    """A bar that stands at 80 % when all is done, or at 100 % long before, tells nothing."""
    told: list[int] = []
    with opened(tmp_path / "var", f"sqlite:///{tmp_path / 'trace.db'}") as ctx:
        demo.enter(ctx, tmp_path / "demo.json", lambda done, total: told.append(done))
    assert told[-1] == demo.STEPS
    assert told == list(range(1, demo.STEPS + 1))


# -- the first day -------------------------------------------------------------------------------------------


def actor(shown: Shown, id: str) -> Actor:
    return Actor(parties.find_party(shown.ctx, id))


@pytest.mark.parametrize("who", ["R2-A12", "R2-B03", "C1", "W1-S17", "D1"])
def test_a_business_has_goods_to_confirm_and_time_left_on_the_clock(shown: Shown, who: str) -> None:
    waiting = today.today(shown.ctx, actor(shown, who)).arrivals
    assert any(not one.clock.late for one in waiting)


def test_a_canteen_has_deliveries_to_confirm_and_goods_that_expire(shown: Shown) -> None:
    now = today.today(shown.ctx, actor(shown, "C1"))
    assert [one.clock.late for one in now.arrivals] == [False, False]  # told of today, whenever they left
    assert now.expiring
    assert not now.stopped


def test_a_stall_has_goods_that_expired_and_goods_that_are_stopped(shown: Shown) -> None:
    now = today.today(shown.ctx, actor(shown, "R2-A12"))
    assert [one.info.product and one.info.product.name for one in now.expired] == ["本地小葱"]
    assert [one.info.product and one.info.product.name for one in now.stopped] == ["芹菜"]


def test_an_inspector_has_something_of_everything_that_needs_one(shown: Shown) -> None:
    seen = attention.overview(shown.ctx, actor(shown, "G1"), areas=("350602",))
    assert len(seen.holds) == 1
    assert [flag.code for one in seen.flagged for flag in one.flags] == ["batch_stopped"]
    assert seen.expired
    assert {one.state for one in seen.reported} == {"filed", "answered"}
    photos = [complaints.find(shown.ctx, actor(shown, "G1"), one.number).photos for one in seen.reported]
    assert sorted(map(len, photos)) == [0, 1]


@pytest.mark.parametrize(("who", "items"), [("R2-A12", 4), ("R2-B03", 3), ("C1", 5)])
def test_a_place_says_what_it_has_today(shown: Shown, who: str, items: int) -> None:
    party = actor(shown, who).uri
    said = offers.of_party(shown.ctx, party, shown.ctx.local(shown.ctx.clock()).date())
    assert said is not None
    assert len(said.items) == items


def test_two_people_of_every_business_can_sign_in(shown: Shown) -> None:
    for account in shown.made["accounts"]:
        rights = [users.find(shown.ctx, account[name]).rights for name in ("login", "clerk")]
        assert rights == [Rights.OWNER, Rights.CLERK]
    assert accounts.sign_in(shown.ctx, shown.made["accounts"][-1]["clerk"], demo.PASSWORD)


def test_what_a_market_entered_for_a_stall_says_so(shown: Shown) -> None:
    assert [one.party.name for one in mandates.given_to(shown.ctx, actor(shown, "W1"))] == [
        "示例农贸市场 A12 摊 林阿姨蔬果",
        "示例农贸市场 B03 摊 老陈鲜肉",
    ]
    stall, market = actor(shown, "R2-A12"), actor(shown, "W1").uri
    (celery,) = (one.info.uri for one in today.today(shown.ctx, stall).stopped)
    steps = look.batch_page(shown.ctx, celery).steps
    told = [entries.entry(shown.ctx, actor(shown, "G1"), one.index) for one in steps]
    assert [one.entered_by.uri for one in told if one.entered_by is not None] == [market]


def test_there_are_labels_with_second_codes_and_a_roll_that_stands_for_a_batch(shown: Shown) -> None:
    tea, pomelo = shown.made["codes"][3]["uri"], shown.made["codes"][0]["uri"]
    first = next(serials.printed(shown.ctx, tea, 1, 1))
    assert first.cover is not None
    assert serials.find(shown.ctx, first.url).batch == tea
    grower = actor(shown, "F1")
    bound = next(roll for roll in labels.rolls(shown.ctx, grower) if roll.bound)
    (label,) = serials.own_roll(shown.ctx, grower, bound.roll, 1, 1)
    assert serials.find(shown.ctx, label.url).batch == pomelo
    assert [roll.bound for roll in labels.rolls(shown.ctx, grower) if roll != bound] == [()]


def test_a_person_is_told_that_the_keys_are_not_for_production(shown: Shown) -> None:
    words = demo.describe(shown.made, keys=True)
    assert "demo, not for production" in words
    assert all(account["api_key"] in words for account in shown.made["accounts"])
    hidden = demo.describe(shown.made, keys=False)
    assert not any(account["api_key"] in hidden for account in shown.made["accounts"])
