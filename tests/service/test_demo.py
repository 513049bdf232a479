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
from trace.services import audit, look, parties
from trace.services.context import Context


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


def test_a_demo_that_was_cut_off_goes_on_where_it_stopped(tmp_path: Path) -> None:
    class PulledPlug(Exception):
        pass

    def pull(done: int, total: int) -> None:
        if done == 70:
            raise PulledPlug

    with opened(tmp_path / "var", f"sqlite:///{tmp_path / 'trace.db'}") as ctx:
        with pytest.raises(PulledPlug):
            demo.enter(ctx, tmp_path / "demo.json", pull)
        half = audit.verify(ctx).size
        made: Any = demo.enter(ctx, tmp_path / "demo.json", lambda done, total: None)
        verdict = audit.verify(ctx, everything=True)
        assert verdict.ok
        assert verdict.size > half
        acts = {code["uri"]: len(look.batch_page(ctx, code["uri"]).steps) for code in made["codes"]}
        assert min(acts.values()) >= 3


def test_a_person_is_told_that_the_keys_are_not_for_production(shown: Shown) -> None:
    words = demo.describe(shown.made, keys=True)
    assert "demo, not for production" in words
    assert all(account["api_key"] in words for account in shown.made["accounts"])
    hidden = demo.describe(shown.made, keys=False)
    assert not any(account["api_key"] in hidden for account in shown.made["accounts"])
