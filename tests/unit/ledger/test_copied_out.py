"""The verifier works for somebody who has nothing of ours but its folder."""

from __future__ import annotations

import io
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import trace.ledger
from trace.ledger import __main__ as command
from trace.ledger import canonical

from .build import raw, sample

BOOK = sample()


@pytest.fixture
def away(tmp_path: Path) -> Path:
    """An empty folder with a copy of the package under another name, and files to judge."""
    source = Path(trace.ledger.__file__).parent
    shutil.copytree(source, tmp_path / "judge", ignore=shutil.ignore_patterns("__pycache__"))
    good = BOOK.bundle()
    (tmp_path / "good.json").write_bytes(good)
    (tmp_path / "bad.json").write_bytes(good.replace(b"s3", b"s4", 1))
    return tmp_path


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the folder; -P and a bare environment leave the copy as all there is of ours."""
    return subprocess.run(
        [sys.executable, "-P", "-W", "error", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


def test_copied_out_and_renamed_it_judges_a_true_and_a_false_bundle(away: Path) -> None:
    good = run(away, "-m", "judge", "good.json", "--vkey", BOOK.vkey, "--lang", "en")
    assert (good.returncode, good.stderr) == (0, "")
    assert "HOLDS: every step" in good.stdout
    bad = run(away, "-m", "judge", "bad.json", "--vkey", BOOK.vkey)
    assert bad.returncode == 1
    assert "[不成立]" in bad.stdout
    usage = run(away, "-m", "judge")
    assert usage.returncode == 2
    assert "python -m judge" in usage.stderr


def test_a_copy_takes_nothing_from_the_project(away: Path) -> None:
    code = (
        "import sys, judge, judge.__main__;"
        "ours = [n for n in sys.modules if n.split('.')[0] in ('trace', 'api', 'flask', 'sqlalchemy')];"
        "print(ours)"
    )
    done = run(away, "-c", code)
    assert (done.returncode, done.stdout.strip()) == (0, "[]")


def test_an_unpinned_verdict_says_that_the_key_came_from_the_file(
    away: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main([str(away / "good.json")]) == 0
    assert "--vkey" in capsys.readouterr().out
    assert command.main([str(away / "good.json"), "--vkey", BOOK.vkey, "--lang", "en"]) == 0
    assert "--vkey" not in capsys.readouterr().out


def test_a_receipt_is_judged_by_the_same_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "receipt.json"
    file.write_bytes(BOOK.receipt(3))
    assert command.main([str(file), "--vkey", BOOK.vkey]) == 0
    file.write_bytes(BOOK.receipt(3).replace(b"s3", b"s4"))
    assert command.main([str(file), "--vkey", BOOK.vkey]) == 1
    with pytest.raises(SystemExit) as end:
        command.main([str(file)])
    assert end.value.code == 2
    assert "--vkey" in capsys.readouterr().err


def test_what_is_neither_a_bundle_nor_a_receipt_does_not_hold(tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    for data in (b"", b"[]", b'{"a":1}', b"\xff\xfe"):
        file.write_bytes(data)
        assert command.main([str(file)]) == 1


@pytest.mark.parametrize("arguments", [[], ["--lang", "fr", "x"], ["x", "--vkey", "nonsense"], ["a", "b"]])
def test_wrong_usage_is_exit_2_and_says_how_in_both_languages(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        command.main(arguments)
    assert end.value.code == 2
    shown = capsys.readouterr().err
    assert "Usage" in shown
    assert "用法" in shown


def test_a_file_that_is_not_there_is_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([str(tmp_path / "missing.json")]) == 2
    assert "missing.json" in capsys.readouterr().err


def test_a_terminal_that_cannot_show_chinese_gets_escapes_and_no_traceback(away: Path) -> None:
    done = run(away, "-m", "judge", "good.json", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "\\u7ed3\\u8bba" in done.stdout


def test_the_module_itself_is_the_command_wherever_its_output_goes(
    away: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = io.StringIO()
    monkeypatch.setattr(sys, "stdout", output)
    monkeypatch.setattr(sys, "argv", ["judge", str(away / "bad.json"), "--lang", "en"])
    monkeypatch.delitem(sys.modules, "trace.ledger.__main__")
    with pytest.raises(SystemExit) as end:
        runpy.run_module("trace.ledger", run_name="__main__")
    assert end.value.code == 1
    assert "DOES NOT HOLD: step 7" in output.getvalue()


def test_the_public_names_are_all_there() -> None:
    for name in trace.ledger.__all__:
        assert getattr(trace.ledger, name) is not None
    statement = trace.ledger.Statement.parse(BOOK.items[3].statement)
    assert statement.verify(raw("farm"))
    assert canonical.decode(statement.encoded)["by"] == statement.by
