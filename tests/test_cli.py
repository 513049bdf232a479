"""Commands: what they print, and how they exit: 0 it holds or is done, 1 it does not hold, 2 it cannot be done."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.attacker import flip
from tests.scenario import environment
from tests.shared_data import shared
from trace import cli

ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Result:
    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a ledger and the demo in it, to be copied."""
    folder = tmp_path_factory.mktemp("prepared")
    for command in ("init", "demo"):
        done = subprocess.run(
            [sys.executable, "-m", "trace", command],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "utf-8", **environment(folder, "")},
        )
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on the ledger in ``tmp_path/var``."""
    for name, value in environment(tmp_path / "var", "").items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str | Path) -> Result:
        monkeypatch.setattr(sys, "argv", ["trace", *map(str, arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as done:
            code = int(done.code or 0)
        said = capsys.readouterr()
        return Result(code, said.out, said.err)

    return run


@pytest.fixture
def var(tmp_path: Path, prepared: Path) -> Path:
    """The prepared ledger, to be damaged."""
    return Path(shutil.copytree(prepared, tmp_path / "var"))


@pytest.fixture
def code(var: Path) -> str:
    """A batch of the demo."""
    return str(json.loads((var / "demo.json").read_text(encoding="utf-8"))["codes"][0]["uri"])


def damage(var: Path, *statements: str) -> None:
    """Write to the database behind everybody's back."""
    connection = sqlite3.connect(var / "trace.db")
    for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {trigger}")
    for statement in statements:
        assert connection.execute(statement).rowcount
    connection.commit()
    connection.close()


def files(folder: Path) -> dict[str, bytes]:
    """What lies in a folder; SQLite's own side files come and go with readers."""
    paths = (
        path
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(("-wal", "-shm", ".lock"))
    )
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


# -- set-up ----------------------------------------------------------------------------------------------------


def test_init_opens_a_ledger_once(run: Run, tmp_path: Path) -> None:
    first = run("init")
    assert first.code == 0
    assert "trace.example/ledger" in first.out
    again = run("init")
    assert (again.code, again.out) == (0, first.out)
    assert "2 entries hold" in run("verify", "--all").out


def test_the_demo_can_be_entered_again(run: Run, var: Path) -> None:
    first, second = run("demo"), run("demo")
    assert first.code == second.code == 0
    assert first.out == second.out
    assert "demo, not for production" in first.out
    assert "not for production" not in run("demo", "--no-api-keys").out


def test_an_unknown_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACE_DATABSE_URL", "sqlite:///x.db")
    done = run("init")
    assert done.code == 2
    assert "TRACE_DATABSE_URL" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["verify", "--nonsense"],
        ["verify", "--vkey", "key"],
        ["verify", "--bundle", __file__, "--all"],
        ["verify", "--bundle", __file__, "--checkpoint", __file__],
        ["bundle"],
        ["import", "no-such-file"],
    ],
)
def test_wrong_usage_is_two(run: Run, arguments: list[str]) -> None:
    assert run(*arguments).code == 2


def test_a_database_that_is_not_there_is_two(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACE_DATABASE_URL", "postgresql+psycopg://nobody@/none?host=/nowhere")
    done = run("init")
    assert done.code == 2
    assert "Traceback" not in done.err


# -- verify ----------------------------------------------------------------------------------------------------


def test_a_database_of_another_make_is_two_and_says_what_is_served(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACE_DATABASE_URL", "mysql://trace:secret@db.example/trace")
    done = run("init")
    assert done.code == 2
    assert "postgresql+psycopg://" in done.err
    assert "secret" not in done.out + done.err


def test_an_untouched_ledger_verifies_and_says_how_many_entries_hold(run: Run, var: Path) -> None:
    for arguments in ((), ("--all",)):
        done = run("verify", *arguments)
        assert done.code == 0
        assert "entries hold; root " in done.out
    assert "6 projections: holds" in done.out


def test_verifying_writes_nothing(run: Run, var: Path) -> None:
    before = files(var)
    assert run("verify", "--all").code == 0
    assert files(var) == before


def test_a_changed_ledger_is_one_and_names_the_first_bad_index_and_why(run: Run, var: Path) -> None:
    damage(
        var,
        "UPDATE bodies SET body = replace(body, '\"', \"'\") WHERE \"index\" = 20 AND compartment = 'public'",
    )
    done = run("verify")
    assert done.code == 1
    assert "3 bodies: DOES NOT HOLD" in done.out
    assert "first bad index 20: body_wrong" in done.out


def test_a_cut_ledger_is_one(run: Run, var: Path) -> None:
    damage(var, 'DELETE FROM entries WHERE "index" = (SELECT max("index") FROM entries)')
    done = run("verify")
    assert done.code == 1
    assert "first bad index" in done.out


def test_a_falsified_page_is_one(run: Run, var: Path) -> None:
    damage(var, "UPDATE batches SET expires = '2099-12-31'")
    assert run("verify").code == 0
    done = run("verify", "--all")
    assert done.code == 1
    assert "6 projections: DOES NOT HOLD" in done.out
    assert "expires=2099-12-31" in done.out


def test_an_emptied_ledger_is_one_and_is_not_opened_anew(run: Run, var: Path) -> None:
    damage(
        var,
        *(f"DELETE FROM {table}" for table in ("entries", "statements", "bodies", "heads", "checkpoints")),
    )
    done = run("verify")
    assert done.code == 1
    assert "first bad index 0" in done.out
    assert run("verify").code == 1


def test_a_missing_ledger_is_two_and_none_is_made(run: Run, tmp_path: Path) -> None:
    for command in (
        ["verify"],
        ["verify", "--all"],
        ["checkpoint"],
        ["bundle", "X", "-o", tmp_path / "b.json"],
    ):
        done = run(*command)
        assert done.code == 2
        assert "there is no ledger" in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_without_its_keys_is_two_and_none_are_made(run: Run, var: Path) -> None:
    shutil.rmtree(var / "keys")
    assert run("verify").code == 2
    assert not (var / "keys").exists()


def test_a_checkpoint_kept_from_earlier_is_compared(run: Run, var: Path, tmp_path: Path) -> None:
    note = run("checkpoint")
    assert note.code == 0
    kept = tmp_path / "kept.note"
    kept.write_text(note.out, encoding="utf-8")
    assert run("verify", "--checkpoint", kept).code == 0
    kept.write_bytes(flip(kept.read_bytes(), 30))
    done = run("verify", "--checkpoint", kept)
    assert done.code == 2
    assert "is no checkpoint of this ledger" in done.err


def test_a_forked_ledger_signs_nothing(run: Run, var: Path) -> None:
    damage(
        var,
        'DELETE FROM entries WHERE "index" = (SELECT max("index") FROM entries)',
        "DELETE FROM checkpoints",
        "DELETE FROM heads",
    )
    done = run("checkpoint")
    assert done.code == 1
    assert "the tail is cut" in done.out or "its tail is cut" in done.out


# -- bundle ----------------------------------------------------------------------------------------------------


def test_a_bundle_is_written_and_judged_without_any_database(
    run: Run, var: Path, code: str, tmp_path: Path
) -> None:
    file = tmp_path / "bundle.json"
    assert run("bundle", code, "-o", file).code == 0
    vkey = run("init").out.split("its key: ")[1].strip()
    shutil.rmtree(var)
    done = run("verify", "--bundle", file, "--vkey", vkey)
    assert done.code == 0
    assert not var.exists()


def test_a_changed_bundle_is_one_with_the_step_that_failed(
    run: Run, var: Path, code: str, tmp_path: Path
) -> None:
    file = tmp_path / "bundle.json"
    run("bundle", code, "-o", file)
    data = file.read_bytes()
    file.write_bytes(flip(data, len(data) // 3))
    assert run("verify", "--bundle", file).code == 1


def test_a_log_key_that_is_none_is_two(run: Run, var: Path, code: str, tmp_path: Path) -> None:
    file = tmp_path / "bundle.json"
    run("bundle", code, "-o", file)
    assert run("verify", "--bundle", file, "--vkey", "nonsense").code == 2


def test_a_bundle_of_an_unknown_code_says_which_and_writes_nothing(
    run: Run, var: Path, tmp_path: Path
) -> None:
    done = run("bundle", "NOSUCHCODE", "-o", tmp_path / "bundle.json")
    assert done.code == 2
    assert "NOSUCHCODE" in done.err
    assert not (tmp_path / "bundle.json").exists()


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("TRACE_BASE_URL", "http://[::1", "TRACE_BASE_URL"),
        ("TRACE_MASTER_KEY_FILE", "binary", "TRACE_MASTER_KEY_FILE"),
    ],
)
def test_a_setting_that_cannot_be_is_two_and_never_a_ledger_that_does_not_hold(
    run: Run, var: Path, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, said: str
) -> None:
    (var / "binary").write_bytes(b"\xff\xfe")
    monkeypatch.setenv(setting, str(var / "binary") if value == "binary" else value)
    done = run("verify")
    assert done.code == 2
    assert said in done.err


@pytest.mark.parametrize("name", ["master.key", "operator.key"])
def test_a_spoilt_key_file_is_two_and_is_not_shown(run: Run, var: Path, name: str) -> None:
    (var / "keys" / name).write_text("ab" * 31 + "zz", encoding="ascii")
    done = run("verify")
    assert done.code == 2
    assert name in done.err
    assert "abab" not in done.err


def test_a_kept_checkpoint_that_is_no_text_is_two(run: Run, var: Path) -> None:
    file = var / "binary"
    file.write_bytes(b"\xff\xfe")
    done = run("verify", "--checkpoint", file)
    assert done.code == 2
    assert "binary" in done.err


def test_others_on_the_machine_do_not_read_the_ledgers_folder(run: Run, tmp_path: Path) -> None:
    """Amounts and people lie in its database."""
    assert run("init").code == 0
    assert (tmp_path / "var").stat().st_mode & 0o077 == 0


# -- import ----------------------------------------------------------------------------------------------------


def test_a_document_is_imported_with_its_flags_in_words(run: Run, var: Path) -> None:
    file = shared("chains", "gdst_data_withmasterdata.jsonld")
    done = run("import", file)
    assert done.code == 0
    assert "17 events captured, 0 known before" in done.out
    assert "10000" in done.out
    assert "9876" in done.out
    assert run("import", file).out == done.out
    assert run("verify", "--all").code == 0


def test_a_party_may_be_named_as_the_one_who_hands_it_in(run: Run, var: Path) -> None:
    file = shared("epcis", "fsma204", "harvest-cte.jsonld")
    assert run("import", file, "--as", "F1").code == 0
    done = run("import", file, "--as", "NOBODY")
    assert done.code == 2
    assert "NOBODY" in done.err


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('{"type": "EPCISDocument", "type": "EPCISDocument"}', "type"),
        ('{"type": "Nonsense"}', "$"),
        ("not json", "json"),
        ('{"@context": [], "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-11-02T00:00:00Z",'
         ' "epcisBody": {"eventList": [{"type": "ObjectEvent"}]}}', "$.epcisBody.eventList[0]"),
    ],
    ids=["duplicate key", "not epcis", "not json", "event without its fields"],
)  # fmt: skip
def test_a_broken_document_is_two_and_says_where_it_is_broken(
    run: Run, var: Path, tmp_path: Path, text: str, where: str
) -> None:
    before = run("verify").out
    file = tmp_path / "broken.jsonld"
    file.write_text(text, encoding="utf-8")
    done = run("import", file)
    assert done.code == 2
    assert where.lower() in done.err.lower()
    assert "Traceback" not in done.err
    assert run("verify").out == before
