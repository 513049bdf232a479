"""The page's cryptography against what others published, by WebCrypto and by the library that stands in for it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.shared_data import shared
from tests.web.proof.judge import Judge, judging


@pytest.fixture(scope="module", params=[True, False], ids=["webcrypto", "library"])
def judge(request: pytest.FixtureRequest) -> Iterator[Judge]:
    """A phone on https, and one on plain http or with an old browser."""
    with judging(webcrypto=request.param) as found:
        yield found


# RFC 8032 section 7.1, TEST 1 to 3: public key, message, signature.
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("key", "message", "signature"), RFC_8032)
def test_signatures_of_rfc_8032_hold_and_not_over_other_bytes(
    judge: Judge, key: str, message: str, signature: str
) -> None:
    """What the standard signs is accepted; one more byte, and it is not."""
    assert judge.ask("verify", key=key, sig=signature, msg=message) is True
    assert judge.ask("verify", key=key, sig=signature, msg=message + "00") is False
    assert judge.ask("verify", key=key, sig=signature[:-2], msg=message) is False


# RFC 8032 section 5.1.3 encodings of points of small order: identity, order 2, two of order 4, one of order 8.
WEAK = [
    "01" + "00" * 31,
    "ec" + "ff" * 30 + "7f",
    "00" * 32,
    "00" * 31 + "80",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "ee" + "ff" * 30 + "7f",  # the identity once more, not reduced
]


@pytest.mark.parametrize("key", WEAK)
def test_a_key_under_which_anybody_can_sign_is_refused(judge: Judge, key: str) -> None:
    """An attacker who registers one could sign in its name without a secret."""
    assert judge.refuses("verify", key=key, sig="00" * 64, msg="") == "weak_key"


def test_wycheproofs_ed25519_cases_are_judged_as_published(judge: Judge) -> None:
    """Malleable, truncated and foreign signatures are refused by both engines alike."""
    groups = json.loads(shared("ledger", "ed25519_test.json").read_text(encoding="utf-8"))["testGroups"]
    judged = 0
    for group in groups:
        for case in group["tests"]:
            holds = judge.ask("verify", key=group["publicKey"]["pk"], sig=case["sig"], msg=case["msg"])
            assert holds is (case["result"] == "valid"), case["tcId"]
            judged += 1
    assert judged == 151


def test_sha_256_of_fips_180_4(judge: Judge) -> None:
    """FIPS 180-4's own example "abc", and the empty message."""
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert judge.ask("sha256", data=b"abc") == abc
    assert judge.ask("sha256", data=b"") == empty


def test_hashes_of_the_certificate_transparency_reference_tree(judge: Judge) -> None:
    """Leaf and inner node as Google's reference tree has them."""
    vectors = json.loads(shared("ledger", "rfc6962-vectors.json").read_text(encoding="utf-8"))
    assert judge.ask("empty") == vectors["empty_root"]
    assert judge.ask("leaf", data=b"") == vectors["empty_leaf"]
    assert judge.ask("leaf", data=b"L123456") == vectors["leaf_L123456"]
    assert judge.ask("node", left=b"N123", right=b"N456") == vectors["node_N123_N456"]


@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_merkle_probes_hold_or_fail_as_published(judge: Judge, kind: str) -> None:
    """Every broken path that transparency-dev thought of is refused."""
    probes = sorted(shared("ledger", "merkle", kind).rglob("*.json"))
    assert len(probes) > 50
    for file in probes:
        probe = json.loads(file.read_text(encoding="utf-8"))
        assert _holds(judge, kind, probe) is not probe["wantErr"], file


def _holds(judge: Judge, kind: str, probe: dict[str, Any]) -> bool:
    def raw(name: str) -> bytes:
        return base64.b64decode(probe[name] or "")

    path = [base64.b64decode(value) for value in probe["proof"] or []]
    if kind == "inclusion":
        size, index = str(probe["treeSize"]), str(probe["leafIdx"])
        return bool(
            judge.ask("included", leaf=raw("leafHash"), index=index, size=size, root=raw("root"), path=path)
        )
    sizes = [str(probe["size1"]), str(probe["size2"])]
    return bool(judge.ask("consistent", sizes=sizes, roots=[raw("root1"), raw("root2")], path=path))


@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_rfc_8785_pairs_of_the_author(judge: Judge, name: str) -> None:
    """The spelling is the standard's, and only that is read."""
    text = shared("ledger", "jcs", "input", f"{name}.json").read_text(encoding="utf-8")
    expected = shared("ledger", "jcs", "outhex", f"{name}.txt").read_text(encoding="ascii").replace("\n", "")
    expected = expected.replace(" ", "")
    assert judge.ask("encode", text=text) == expected
    assert judge.ask("decode", data=expected).encode().hex() == expected


@pytest.mark.parametrize(
    "text",
    ['{"a":1,"a":1}', '{"b":1,"a":2}', "1.0", "1E2", "-0", "9007199254740993", '"\\u0061"', '"\\ud800"', " 1",
     "\ufeff1", "0.1234567890123456789", "[" * 129 + "]" * 129],
)  # fmt: skip
def test_json_that_two_readers_could_take_in_two_ways_is_refused(judge: Judge, text: str) -> None:
    """No byte of a proof can be changed into another spelling of the same."""
    codes = {"not_canonical", "not_json", "lone_surrogate", "too_deep"}
    assert judge.refuses("decode", data=text.encode("utf-8", "surrogatepass")) in codes


def test_published_note_keys(judge: Judge) -> None:
    """C2SP's, Go's and Tessera's keys are read; a mistyped one and one of another kind are not."""
    vectors = json.loads(shared("ledger", "signed-note-vectors.json").read_text(encoding="utf-8"))
    for group in vectors.values():
        key = base64.b64decode(group["vkey"].split("+", 2)[2])
        assert judge.ask("vkey", vkey=group["vkey"]) == key[1:].hex()
        for bad in group.get("bad_vkeys", []):
            assert judge.refuses("vkey", vkey=bad) == "note_key_malformed"


@pytest.mark.parametrize("size", range(16))
def test_checkpoints_of_a_log_grown_by_another_implementation(judge: Judge, size: int) -> None:
    """Tessera's checkpoints verify under its key, and not under another."""
    text = (shared("ledger", "tessera-log") / f"checkpoint.{size}").read_text(encoding="utf-8")
    vectors = json.loads(shared("ledger", "signed-note-vectors.json").read_text(encoding="utf-8"))
    assert judge.ask("checkpoint", text=text, vkey=vectors["tessera_testlog"]["vkey"])["size"] == size
    assert judge.refuses("checkpoint", text=text, vkey=vectors["peter"]["vkey"]) == "note_unsigned"
    forged = text.replace(f"\n{size}\n", f"\n{size + 1}\n", 1)
    assert judge.refuses("checkpoint", text=forged, vkey=vectors["tessera_testlog"]["vkey"]) in (
        "note_signature_invalid",
        "checkpoint_malformed",  # only the empty tree has the empty root
    )


def test_the_other_logs_growth_is_proved_from_its_tiles(judge: Judge) -> None:
    """From any size that a phone remembers to any later one, by the log's tiles; not with another root."""
    folder = shared("ledger", "tessera-log")
    files = {
        f.relative_to(folder).as_posix(): f.read_bytes().hex()
        for f in folder.rglob("tile/0/**/*")
        if f.is_file()
    }
    vkey = json.loads(shared("ledger", "signed-note-vectors.json").read_text(encoding="utf-8"))[
        "tessera_testlog"
    ]["vkey"]
    texts = [(folder / f"checkpoint.{size}").read_text(encoding="utf-8") for size in range(16)]
    roots = [judge.ask("checkpoint", text=text, vkey=vkey)["root"] for text in texts]
    for new in range(1, 16):
        for old in range(new + 1):
            path = judge.ask("proof", files=files, old=str(old), size=str(new))
            sizes = [str(old), str(new)]
            assert judge.ask("consistent", sizes=sizes, roots=[roots[old], roots[new]], path=path) is True
            if 0 < old < new:
                assert (
                    judge.ask("consistent", sizes=sizes, roots=[roots[old - 1], roots[new]], path=path)
                    is False
                )


@pytest.mark.parametrize(
    ("level", "index", "width", "path"),
    [(0, 0, 256, "tile/0/000"), (0, 1234067, 256, "tile/0/x001/x234/067"), (1, 0, 5, "tile/1/000.p/5")],
)
def test_paths_of_tiles_as_tlog_tiles_writes_them(
    judge: Judge, level: int, index: int, width: int, path: str
) -> None:
    """The standard's own example, x001/x234/067, among them."""
    assert judge.ask("path", level=level, index=str(index), width=str(width)) == path
