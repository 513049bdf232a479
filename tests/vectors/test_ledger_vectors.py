"""The ledger's formats against what others published: RFC 6962, RFC 8785, signed notes, tiles, Ed25519."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.shared_data import shared
from trace.ledger import canonical, checkpoint, merkle, note, signatures, tiles


def load(*parts: str) -> Any:
    return json.loads(shared("ledger", *parts).read_text(encoding="utf-8"))


def test_hashes_of_the_certificate_transparency_reference_tree() -> None:
    vectors = load("rfc6962-vectors.json")
    assert merkle.EMPTY_ROOT.hex() == vectors["empty_root"]
    assert merkle.leaf_hash(b"").hex() == vectors["empty_leaf"]
    assert merkle.leaf_hash(b"L123456").hex() == vectors["leaf_L123456"]
    assert merkle.node_hash(b"N123", b"N456").hex() == vectors["node_N123_N456"]
    frontier = merkle.Frontier()
    roots = [frontier.root().hex()]
    for leaf in vectors["ct_reference_leaves_hex"]:
        frontier.append(merkle.leaf_hash(bytes.fromhex(leaf)))
        roots.append(frontier.root().hex())
    assert roots == vectors["ct_reference_roots"]


def test_inclusion_probes_hold_or_fail_as_published() -> None:
    probes = sorted(shared("ledger", "merkle", "inclusion").rglob("*.json"))
    assert len(probes) == 52
    for file in probes:
        probe = json.loads(file.read_text(encoding="utf-8"))
        proof = [base64.b64decode(value) for value in probe["proof"] or []]
        leaf, root = (base64.b64decode(probe[name] or "") for name in ("leafHash", "root"))
        holds = merkle.verify_inclusion(leaf, probe["leafIdx"], probe["treeSize"], root, proof)
        assert holds is not probe["wantErr"], file


def test_consistency_probes_hold_or_fail_as_published() -> None:
    probes = sorted(shared("ledger", "merkle", "consistency").rglob("*.json"))
    assert len(probes) == 53
    for file in probes:
        probe = json.loads(file.read_text(encoding="utf-8"))
        proof = [base64.b64decode(value) for value in probe["proof"] or []]
        old, new = (base64.b64decode(probe[name] or "") for name in ("root1", "root2"))
        holds = merkle.verify_consistency(probe["size1"], probe["size2"], old, new, proof)
        assert holds is not probe["wantErr"], file


@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_rfc_8785_pairs_of_the_author(name: str) -> None:
    value = json.loads(shared("ledger", "jcs", "input", f"{name}.json").read_text(encoding="utf-8"))
    expected = bytes.fromhex(shared("ledger", "jcs", "outhex", f"{name}.txt").read_text(encoding="ascii"))
    assert canonical.encode(value) == expected
    assert canonical.encode(canonical.decode(expected)) == expected
    assert shared("ledger", "jcs", "output", f"{name}.json").read_bytes().rstrip(b"\n") == expected


def test_published_note_keys_and_notes() -> None:
    vectors = load("signed-note-vectors.json")
    for group in vectors.values():
        verifier = note.Verifier.from_text(group["vkey"])
        assert verifier.to_text() == group["vkey"]
        if "skey" in group:
            signer = note.Signer.from_text(group["skey"])
            assert (signer.to_text(), note.vkey_text(signer)) == (group["skey"], group["vkey"])
        for bad in group.get("bad_vkeys", []):
            with pytest.raises(note.LedgerError):
                note.Verifier.from_text(bad)
    example = vectors["example_foo"]
    opened = note.open_note(example["note"], [note.Verifier.from_text(example["vkey"])])
    assert opened.text == "This is an example message.\n"


@pytest.mark.parametrize("size", range(16))
def test_a_log_grown_by_another_implementation_is_read_at_every_size(size: int) -> None:
    folder = shared("ledger", "tessera-log")
    keys = load("signed-note-vectors.json")["tessera_testlog"]
    text = (folder / f"checkpoint.{size}").read_text(encoding="utf-8")
    head = checkpoint.open(text, note.Verifier.from_text(keys["vkey"]))
    assert head.size == size
    assert tiles.root_from_tiles(lambda path: (folder / path).read_bytes(), size) == head.root
    # Ed25519 is deterministic: our note over the same head is theirs, byte for byte.
    assert checkpoint.sign(head, note.Signer.from_text(keys["skey"])) == text


def test_the_other_logs_entries_make_its_tiles() -> None:
    folder = shared("ledger", "tessera-log")
    for size in range(1, 16):
        path = tiles.Tile(None, 0, size).path
        data = (folder / path).read_bytes()
        entries = tiles.decode_entries(data, size)
        assert tiles.encode_entries(entries) == data
        hashes = b"".join(map(merkle.leaf_hash, entries))
        assert (folder / tiles.Tile(0, 0, size).path).read_bytes() == hashes


def test_every_file_of_the_other_log_has_a_path_we_read() -> None:
    folder: Path = shared("ledger", "tessera-log")
    files = [file for file in (folder / "tile").rglob("*") if file.is_file()]
    assert len(files) == 30
    for file in files:
        path = file.relative_to(folder).as_posix()
        assert tiles.Tile.parse(path).path == path


def test_consistency_between_all_sizes_of_the_other_log() -> None:
    folder = shared("ledger", "tessera-log")
    verifier = note.Verifier.from_text(load("signed-note-vectors.json")["tessera_testlog"]["vkey"])
    heads = [checkpoint.open((folder / f"checkpoint.{size}").read_bytes(), verifier) for size in range(16)]
    for new in heads:
        reader = tiles.TileReader(lambda path: (folder / path).read_bytes(), new.size)
        for old in heads[: new.size + 1]:
            proof = merkle.consistency_proof(reader, old.size, new.size)
            assert merkle.verify_consistency(old.size, new.size, old.root, new.root, proof)


def test_wycheproof_ed25519() -> None:
    groups = load("ed25519_test.json")["testGroups"]
    judged = 0
    for group in groups:
        key = bytes.fromhex(group["publicKey"]["pk"])
        for case in group["tests"]:
            holds = signatures.verify(key, bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
            assert holds is (case["result"] == "valid"), case["tcId"]
            judged += 1
    assert judged == 151
