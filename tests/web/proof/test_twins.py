"""Bundles of every kind, good and spoilt, judged alike by the page's script and by the verifier in Python."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.web.proof.judge import Judge
from trace.ledger import bundle, canonical, checkpoint, merkle, note, signatures
from trace.ledger.records import FIRST_PREV, Entry, Statement, digest, make_body
from trace.ledger.spelling import names_batch
from trace.ledger.tiles import tile_bytes, tiles_of
from trace.ledger.verify import verify_bundle

LEDGER = "ledger.example/twins"
BATCH = "https://id.gs1.org/01/09520000000011/10/L1"
OPERATOR, FARM = "urn:example:operator", "https://ledger.example/p/农场"
LOG, OTHER_LOG = (note.Signer(LEDGER, Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32)) for n in (1, 2))
KEYS = {
    name: Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32)
    for n, name in enumerate((OPERATOR, FARM, "urn:example:thief"), 3)
}


class Ledger:
    """A small ledger, put together statement by statement."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.statements: list[Statement] = []
        self.bodies: list[dict[str, bytes]] = []

    def say(self, kind: str, by: str, data: object, key: str | None = None) -> None:
        """Append one record under the key of ``by``, or of ``key``."""
        index = len(self.entries)
        body = make_body(data, index.to_bytes(16, "big"))
        statement = Statement.create(
            kind=kind,
            by=by,
            ledger=LEDGER,
            id=f"s{index}",
            digests={"public": digest(body)},
            key=KEYS[key or by],
        )
        prev = self.entries[-1].leaf.hex() if self.entries else FIRST_PREV
        time = f"2026-11-21T08:00:{index // 1000:02}.{index % 1000:03}Z"
        self.entries.append(Entry.create(index=index, prev=prev, time=time, statement=statement.hash))
        self.statements.append(statement)
        self.bodies.append({"public": body})

    def bundle(self, chosen: list[int], signer: note.Signer = LOG) -> bytes:
        """A bundle of these records."""
        leaves = [entry.leaf for entry in self.entries]

        def reader(level: int, index: int) -> bytes:
            if level == 0:
                return leaves[index]
            return merkle.node_hash(reader(level - 1, 2 * index), reader(level - 1, 2 * index + 1))

        size = len(leaves)
        head = checkpoint.sign(checkpoint.Checkpoint(LEDGER, size, merkle.root(reader, size)), signer)
        items = [
            bundle.Item(self.entries[i].encoded, self.statements[i].encoded, self.bodies[i]) for i in chosen
        ]
        vkey = signer.verifier.to_text()
        return bundle.make_bundle(batch=BATCH, note=head, vkey=vkey, items=items, reader=reader)


def key_data(party: str, key: str | None = None) -> dict[str, str]:
    public = signatures.b64encode(signatures.public_bytes(KEYS[key or party]))
    return {"custody": "operator", "key": public, "party": party}


def opened() -> Ledger:
    """A ledger that is open and knows the farm."""
    ledger = Ledger()
    public = signatures.b64encode(signatures.public_bytes(KEYS[OPERATOR]))
    data = {"key": public, "ledger": LEDGER, "operator": OPERATOR, "vkey": LOG.verifier.to_text()}
    ledger.say("ledger.opened/1", OPERATOR, data)
    ledger.say("key.registered/1", OPERATOR, key_data(FARM))
    return ledger


def event(**more: Any) -> dict[str, Any]:
    return {"event": {"type": "ObjectEvent", "epcList": [BATCH], **more}, "context": []}


@cache
def sound() -> bytes:
    """A bundle that holds, with other people's records between its own."""
    ledger = opened()
    for number in range(5):
        ledger.say("epcis.event/1", FARM, event(note=f"第 {number} 步 \U0001f41f", number=number))
        ledger.say("epcis.event/1", OPERATOR, {"event": {"epcList": ["urn:another"]}})
    return ledger.bundle([0, 1, 2, 4, 5, 10])


def agree(judge: Judge, data: bytes, ok: bool) -> int:
    """Both say so; the step at which the page stops, 0 where it holds."""
    assert verify_bundle(data).ok is ok
    said = judge.ask("bundle", data=data, batch=BATCH)
    assert (said["step"] == 0) is ok, said
    return int(said["step"])


def test_a_sound_bundle_holds_for_both(judge: Judge) -> None:
    """And it has a record of another in its gaps, so that neighbours and strangers are both in it."""
    agree(judge, sound(), ok=True)


def _thief(ledger: Ledger) -> None:
    ledger.say("epcis.event/1", FARM, event(), key="urn:example:thief")


def _stolen_name(ledger: Ledger) -> None:
    ledger.say("key.registered/1", FARM, key_data(OPERATOR, "urn:example:thief"))
    ledger.say("epcis.event/1", OPERATOR, event(), key="urn:example:thief")


def _revoked(ledger: Ledger) -> None:
    data = {"keyId": ledger.statements[-1].key, "party": FARM, "reason": "lost"}
    ledger.say("epcis.event/1", FARM, event())
    ledger.say("key.revoked/1", OPERATOR, {**data, "keyId": ledger.statements[-1].key})
    ledger.say("epcis.event/1", FARM, event())


def _opened_twice(ledger: Ledger) -> None:
    ledger.say("epcis.event/1", FARM, event())
    ledger.say("ledger.opened/1", OPERATOR, {"key": "", "ledger": LEDGER, "operator": OPERATOR, "vkey": ""})


def _weak_key(ledger: Ledger) -> None:
    data = {**key_data(FARM), "key": signatures.b64encode(b"\x01" + bytes(31))}
    ledger.say("key.registered/1", OPERATOR, data)
    ledger.say("epcis.event/1", FARM, event())


def _not_about_it(ledger: Ledger) -> None:
    ledger.say("epcis.event/1", FARM, {"event": {BATCH: "a key is no mention", "epcList": [f"{BATCH} "]}})


@pytest.mark.parametrize(
    ("do", "step"),
    [(_thief, 3), (_stolen_name, 3), (_revoked, 3), (_opened_twice, 3), (_weak_key, 3), (_not_about_it, 2)],
)
def test_a_ledger_in_which_somebody_speaks_who_may_not_fails_for_both(
    judge: Judge, do: Callable[[Ledger], None], step: int
) -> None:
    """Hashes and tree are in order in all of these: only the keys tell."""
    ledger = opened()
    do(ledger)
    assert agree(judge, ledger.bundle(list(range(len(ledger.entries)))), ok=False) == step


def test_a_checkpoint_of_another_key_fails_at_the_fifth_step(judge: Judge) -> None:
    """Somebody without the log's key signs the same tree and brings his own key along."""
    ledger = opened()
    ledger.say("epcis.event/1", FARM, event())
    assert agree(judge, ledger.bundle([0, 1, 2], OTHER_LOG), ok=False) == 5


def _changed(change: Callable[[dict[str, Any]], None]) -> bytes:
    value = json.loads(sound())
    change(value)
    return canonical.encode(value)


def _swap(value: dict[str, Any], part: str) -> None:
    first, second = value["items"][2], value["items"][4]
    first[part], second[part] = second[part], first[part]


@pytest.mark.parametrize(
    ("change", "step"),
    [
        (lambda v: v.update(kind="trace.bundle/2"), 1),
        (lambda v: v.update(v=2), 1),
        (lambda v: v.update(more=1), 1),
        (lambda v: v.update(ledger="ledger.example/other"), 1),
        (lambda v: v.update(vkey=v["vkey"].replace("twins", "twinz")), 1),
        (lambda v: v.update(checkpoint=v["checkpoint"] + "\n"), 1),
        (lambda v: v["items"][2]["path"].append("AAAA"), 4),
        (lambda v: v["items"][2]["path"].pop(), 4),
        (lambda v: v["items"][2].update(path=[1]), 1),
        (lambda v: v["items"].reverse(), 3),
        (lambda v: v["items"].pop(0), 3),
        (lambda v: v["items"].clear(), 2),
        (lambda v: v["items"].append(v["items"][5]), 2),
        (lambda v: _swap(v, "path"), 4),
        (lambda v: _swap(v, "entry"), 2),
        (lambda v: _swap(v, "statement"), 2),
        (lambda v: _swap(v, "bodies"), 2),
        (lambda v: v["items"][2]["bodies"].update(full="{}"), 2),
        (lambda v: v["items"][2]["bodies"].update(__proto__="{}"), 2),
        (lambda v: v["items"][1]["bodies"].clear(), 3),
    ],
)
def test_a_bundle_put_together_anew_fails_for_both(
    judge: Judge, change: Callable[[dict[str, Any]], None], step: int
) -> None:
    """Every part exchanged, left out or added; the page names the step that is meant for it."""
    assert agree(judge, _changed(change), ok=False) == step


@settings(max_examples=150)
@given(data=st.data())
def test_one_byte_anywhere_is_noticed_by_both(judge: Judge, data: st.DataObject) -> None:
    """No byte of a proof is without a guard, and neither verifier is laxer than the other."""
    whole = bytearray(sound())
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[at]))
    agree(judge, bytes(whole), ok=False)


_NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | _NAMES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=100)
@given(value=_VALUES)
def test_any_content_is_spelt_and_read_alike(judge: Judge, value: Any) -> None:
    """Numbers, keys in every script and control characters: both write the same bytes, and read them back."""
    written = canonical.encode(value)
    assert judge.ask("encode", text=json.dumps(value)) == written.hex()
    assert judge.ask("decode", data=written).encode() == written


@settings(max_examples=60)
@given(size=st.integers(1, 700), data=st.data())
def test_paths_of_trees_of_any_size_hold_for_both(judge: Judge, size: int, data: st.DataObject) -> None:
    """Inclusion of any entry, and growth from any size by tiles, full and partial ones."""
    leaves = [merkle.leaf_hash(bytes([n % 256, n // 256])) for n in range(size)]

    @cache
    def reader(level: int, index: int) -> bytes:
        if level == 0:
            return leaves[index]
        return merkle.node_hash(reader(level - 1, 2 * index), reader(level - 1, 2 * index + 1))

    root, index = merkle.root(reader, size), data.draw(st.integers(0, size - 1))
    path = merkle.inclusion_proof(reader, index, size)
    asked = {"leaf": leaves[index], "index": str(index), "size": str(size), "root": root}
    assert judge.ask("included", **asked, path=path) is True
    assert judge.ask("included", **{**asked, "leaf": root}, path=path) is (size == 1)
    old = data.draw(st.integers(1, size))
    files = {
        tile.path: tile_bytes(reader, tile.level, tile.index, tile.width)
        for tile in tiles_of(size)
        if tile.level is not None
    }
    found = judge.ask("proof", files=files, old=str(old), size=str(size))
    assert found == [value.hex() for value in merkle.consistency_proof(reader, old, size)]
    roots = [merkle.root(reader, old), root]
    assert judge.ask("consistent", sizes=[str(old), str(size)], roots=roots, path=found) is True


_CODES = st.from_regex(
    r"(https://(id\.gs1|example)\.org/01/0?4012345123456/(22/v/)?10/[A-Z%/0-9a-f]{0,8}([?]17=1)?"
    r"|urn:epc:class:lgtin:4012345\.0?12345\.[A-Z%0-9a-f]{0,8}|urn:x:[a-z]{0,3})",
    fullmatch=True,
)


@settings(max_examples=200)
@given(text=_CODES, batch=_CODES)
def test_which_spellings_are_one_batch_is_judged_alike(judge: Judge, text: str, batch: str) -> None:
    """Links on any host, LGTIN URNs, and lots that are escaped well, badly or not at all."""
    assert judge.ask("same", text=text, batch=batch) is names_batch(text, batch)
