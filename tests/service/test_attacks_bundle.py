"""A bundle taken away: judged in an empty folder by the verifier alone, and worthless once a byte is changed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.attacker import flip
from tests.scenario import opened
from trace import demo
from trace.ledger.note import Signer
from trace.ledger.verify import verify_bundle
from trace.services import proofs

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, bytes]]]:
    """The log's key, and a bundle of each batch of the demo."""
    folder = tmp_path_factory.mktemp("demo")
    with opened(folder / "var", f"sqlite:///{folder / 'trace.db'}") as ctx:
        made: Any = demo.enter(ctx, folder / "demo.json", lambda done, total: None)
        found = {code["title"]: proofs.batch_bundle(ctx, code["uri"]) for code in made["codes"]}
        yield ctx.publisher.vkey, found


@pytest.fixture
def empty_folder(tmp_path: Path) -> Path:
    """A folder with nothing in it but the verifier, under another name."""
    shutil.copytree(
        ROOT / "trace" / "ledger", tmp_path / "judge", ignore=shutil.ignore_patterns("__pycache__")
    )
    return tmp_path


def judge(folder: Path, bundle: bytes, *more: str) -> subprocess.CompletedProcess[str]:
    (folder / "bundle.json").write_bytes(bundle)
    return subprocess.run(
        [sys.executable, "-m", "judge", "bundle.json", "--lang", "en", *more],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "utf-8"},
    )


def test_every_demo_batchs_bundle_is_judged_true_with_nothing_but_the_verifier(
    bundles: tuple[str, dict[str, bytes]], empty_folder: Path
) -> None:
    vkey, found = bundles
    assert len(found) >= 6
    for title, bundle in found.items():
        verdict = judge(empty_folder, bundle, "--vkey", vkey)
        assert verdict.returncode == 0, (title, verdict.stdout, verdict.stderr)


def test_a_changed_bundle_is_judged_false_with_the_step_that_failed(
    bundles: tuple[str, dict[str, bytes]], empty_folder: Path
) -> None:
    vkey, found = bundles
    bundle = next(iter(found.values()))
    verdict = judge(empty_folder, flip(bundle, len(bundle) // 2), "--vkey", vkey)
    assert verdict.returncode == 1
    assert "[fails]" in verdict.stdout or "FAIL" in verdict.stdout.upper()


@pytest.mark.parametrize("turn", ["bit", "digit", "gone", "twice"])
def test_one_changed_byte_anywhere_is_judged_false(bundles: tuple[str, dict[str, bytes]], turn: str) -> None:
    """Some hundred places over the whole file, among them the first and the last bytes."""
    vkey, found = bundles
    bundle = min(found.values(), key=len)
    step = len(bundle) // 120
    for position in {*range(0, len(bundle), step), 1, 2, len(bundle) - 2, len(bundle) - 1}:
        changed = _changed(bundle, position, turn)
        report = verify_bundle(changed, vkey=vkey)
        assert not report.ok, (position, bundle[position - 20 : position + 20])
        assert report.failed_step is not None
        assert not verify_bundle(changed).ok


def _changed(data: bytes, position: int, turn: str) -> bytes:
    before, byte, after = data[:position], data[position : position + 1], data[position + 1 :]
    new = {"bit": flip(byte, 0), "digit": b"8" if byte == b"7" else b"7", "gone": b"", "twice": byte + byte}
    return before + new[turn] + after


@pytest.mark.parametrize("field", ["batch", "checkpoint", "items", "kind", "ledger", "vkey", "v"])
def test_no_part_of_a_bundle_can_be_exchanged_for_anothers(
    bundles: tuple[str, dict[str, bytes]], field: str
) -> None:
    """Two true bundles of one ledger, one part swapped between them or spoilt: neither is true any more."""
    vkey, found = bundles
    first, second = (json.loads(found[title]) for title in list(found)[:2])
    mixed = {**first, field: second[field] if second[field] != first[field] else f"{first[field]}x"}
    data = json.dumps(mixed, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    assert not verify_bundle(data, vkey=vkey).ok


def test_an_item_left_out_of_the_keys_records_is_missed(bundles: tuple[str, dict[str, bytes]]) -> None:
    vkey, found = bundles
    whole = json.loads(next(iter(found.values())))
    for number, item in enumerate(whole["items"]):
        if "key.registered" in item["statement"] or "ledger.opened" in item["statement"]:
            less = {**whole, "items": whole["items"][:number] + whole["items"][number + 1 :]}
            data = json.dumps(less, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
            assert not verify_bundle(data, vkey=vkey).ok


def test_a_bundle_of_another_log_is_not_believed(bundles: tuple[str, dict[str, bytes]]) -> None:
    """The reader trusts a key that he has from elsewhere, not the one in the file."""
    _, found = bundles
    stranger = Signer.generate("localhost/trace").verifier.to_text()
    report = verify_bundle(next(iter(found.values())), vkey=stranger)
    assert not report.ok


def test_a_public_bundle_holds_no_amounts_and_no_people(bundles: tuple[str, dict[str, bytes]]) -> None:
    _, found = bundles
    for bundle in found.values():
        for item in json.loads(bundle)["items"]:
            assert item["bodies"].keys() == {"public"}
