"""Commands for the people who sign in, given at the machine itself."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import scenario
from tests.scenario import environment
from trace import cli
from trace.services import accounts, users

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on the ledger in ``tmp_path/var``; what it prints, after its exit status."""
    for name, value in environment(tmp_path / "var", "").items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["trace", *arguments])
        code = 0
        try:
            cli.main()
        except SystemExit as done:
            code = int(done.code or 0)
        said = capsys.readouterr()
        return f"{code} {said.out}{said.err if code else ''}".strip()

    return run


def token_of(printed: str) -> str:
    return printed.rsplit("/invite/", 1)[1].split(maxsplit=1)[0]


def test_the_operator_s_first_user_comes_in_by_a_link_that_the_machine_prints(
    run: Run, tmp_path: Path
) -> None:
    """Setting up says how; afterwards it says no more of it."""
    assert "python -m trace user add" in run("init")
    token = token_of(run("user", "add"))
    with scenario.opened(tmp_path / "var", f"sqlite:///{tmp_path / 'var' / 'trace.db'}") as ctx:
        users.accept(ctx, token, login="boss", name="老板", password="long enough")
        found = users.find(ctx, "boss")
    assert found.party.startswith("urn:x-trace:operator:")
    assert "user add" not in run("init")
    listed = run("user", "list")
    assert all(word in listed for word in ("boss", "老板", "owner", "0 links not used yet"))


def test_a_forgotten_password_is_replaced_by_whoever_sits_at_the_machine(run: Run, tmp_path: Path) -> None:
    """The link gives the same user a new password, and the old one opens nothing any more."""
    run("init")
    url = f"sqlite:///{tmp_path / 'var' / 'trace.db'}"
    with scenario.opened(tmp_path / "var", url) as ctx:
        users.accept(ctx, token_of(run("user", "add")), login="boss", name="老板", password="forgotten 1")
        before = users.find(ctx, "boss")
        users.accept(ctx, token_of(run("user", "reset", "boss")), login="", name="", password="a new one 2")
        assert users.find(ctx, "boss") == before
        with pytest.raises(accounts.SignInRefused):
            accounts.sign_in(ctx, "boss", "forgotten 1")
        assert accounts.sign_in(ctx, "boss", "a new one 2")


@pytest.mark.parametrize(
    "arguments", [("reset", "nobody"), ("add", "no-such-party"), ("list", "no-such-party")]
)
def test_who_is_not_there_gets_no_link(run: Run, arguments: tuple[str, str]) -> None:
    """A slip of the hand makes nobody."""
    run("init")
    assert run("user", *arguments).startswith("2 ")
