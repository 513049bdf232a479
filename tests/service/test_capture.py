"""The same event is known in any spelling, and a receipt ties a document to the ledger by its published hash."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from tests.scenario import World
from tests.service.test_import_documents import ITEM, bring, captured, document, event
from tests.shared_data import shared
from trace.domain import refusals as no
from trace.interop.epcis import read_document
from trace.services import capture, events, proofs
from trace.services.capture import EventExists
from trace.services.context import Done
from trace.store.book import StoreBook

CONTEXT = "https://ref.gs1.org/standards/epcis/epcis-context.jsonld"
PALLET_URN = "urn:epc:id:sscc:9520000.0000000001"
PALLET = "https://id.gs1.org/00/095200000000000011"

on_sqlite = pytest.mark.parametrize("world", ["sqlite"], indirect=True)


def seen(**more: Any) -> dict[str, Any]:
    """A pallet is seen; without an id of its own."""
    raw = event("1", "inspecting", f"{ITEM}/10/A", 5, "https://a.example/gate", **more)
    del raw["quantityList"]
    if "eventID" not in more:
        del raw["eventID"]
    return {**raw, "epcList": more.get("epcList", [PALLET])}


def enter(world: World, raw: dict[str, Any], who: str = "farm") -> Done:
    """Capture one event by itself."""
    data = json.dumps({"@context": CONTEXT, **raw}).encode()
    return capture.capture_event(world.ctx, world[who], read_document(data))


SPELLINGS: dict[str, dict[str, Any]] = {
    "to the letter": seen(),
    "an EPC URN": seen(epcList=[PALLET_URN]),
    "another host": seen(epcList=[PALLET.replace("id.gs1.org", "shop.example")]),
    "another zone's clock": seen(eventTime="2026-11-02T07:30:00+08:00"),
    "a CBV URI": seen(bizStep="https://ref.gs1.org/cbv/BizStep-inspecting"),
    "fields in another order": dict(reversed(seen().items())),
    "recorded elsewhere before": seen(recordTime="2026-11-01T23:59:00Z"),
}


# -- known again ----------------------------------------------------------------------------------------------


def test_an_event_is_known_in_every_spelling_of_it(world: World) -> None:
    bring(world, document(seen()))
    done = bring(world, document(*SPELLINGS.values()))
    assert done.result["known"] == len(SPELLINGS)
    assert len(captured(world)) == 1


@on_sqlite
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_by_itself_it_is_refused_as_there_already(world: World, spelling: str) -> None:
    first = enter(world, seen())
    with world.refuses(EventExists, event=first.event_id):
        enter(world, SPELLINGS[spelling])


@on_sqlite
def test_twice_in_one_document_is_once_in_the_ledger(world: World) -> None:
    assert bring(world, document(seen(), seen(epcList=[PALLET_URN]))).result["known"] == 1


@on_sqlite
def test_an_event_without_an_id_bears_its_hash_and_is_known_by_one_that_has_an_id(world: World) -> None:
    done = enter(world, seen())
    assert str(done.event_id).startswith("ni:///sha-256;")
    assert done.result["event"]["eventID"] == done.event_id
    with world.refuses(EventExists):
        enter(world, seen(eventID="urn:uuid:00000000-0000-4000-8000-000000000007"))


@on_sqlite
@pytest.mark.parametrize("more", [{}, {"eventID": "urn:example:mine"}])
def test_nobody_takes_an_event_from_its_owner_by_recording_it_first(
    world: World, more: dict[str, Any]
) -> None:
    """Whoever guesses it learns nothing, and the owner has his own record, by itself and in a document."""
    enter(world, seen(**more), "market")
    done = enter(world, seen(**more), "farm")
    assert [events.by_id(world.ctx, world[who], done.event_id or "")[0].by for who in ("farm", "market")] == [
        world["farm"].uri,
        world["market"].uri,
    ]
    assert bring(world, document(seen(**more)), "plant").result["known"] == 0
    with pytest.raises(EventExists):
        enter(world, seen(**more), "farm")


@on_sqlite
def test_an_event_that_bears_anothers_hash_for_an_id_does_not_hide_it(world: World) -> None:
    hash = enter(world, seen()).event_id or ""
    enter(world, seen(eventTime="2026-11-02T00:15:00Z", eventID=hash), "market")
    assert [one.by for one in events.by_id(world.ctx, world["farm"], hash)] == [world["farm"].uri]
    assert [one.by for one in events.by_id(world.ctx, world["market"], hash)] == [world["market"].uri]


@on_sqlite
def test_nobody_reads_anothers_events_by_calling_a_place_his_own(world: World) -> None:
    """Master data speaks for its own submitter's events alone; nor do goods change hands by it."""
    gate = "https://a.example/gate"
    attribute = {"id": "urn:epcglobal:cbv:mda#owning_party", "attribute": world["market"].uri}
    claim = json.loads(document())
    claim["epcisHeader"] = {
        "epcisMasterData": {
            "vocabularyList": [
                {
                    "type": "urn:epcglobal:epcis:vtype:BusinessLocation",
                    "vocabularyElementList": [{"id": gate, "attributes": [attribute]}],
                }
            ]
        }
    }
    bring(world, json.dumps(claim).encode(), "market")
    assert (
        world.ctx.sequencer.read(lambda c: StoreBook(c, world.ctx.ledger).owner_of(gate))
        == world["market"].uri
    )
    done = enter(world, {**seen(), "bizLocation": {"id": gate}, "readPoint": {"id": gate}}, "farm")
    with pytest.raises(no.UnknownEvent):
        events.by_id(world.ctx, world["market"], done.event_id or "")
    assert events.by_id(world.ctx, world["farm"], done.event_id or "")[0].holder == world["farm"].uri


@on_sqlite
def test_what_its_senders_tell_apart_by_ids_is_two(world: World) -> None:
    """Two boxes of one lot sold in the same second look alike, and are two."""
    for number in (1, 2):
        enter(world, seen(eventID=f"urn:uuid:00000000-0000-4000-8000-00000000000{number}"))
    assert len(captured(world)) == 2


@on_sqlite
def test_another_event_under_a_known_id_is_refused_by_itself_and_flagged_in_a_document(world: World) -> None:
    id = {"eventID": "urn:uuid:00000000-0000-4000-8000-000000000001"}
    enter(world, seen(**id))
    other = seen(**id, disposition="damaged")
    with world.refuses(EventExists, event=id["eventID"]):
        enter(world, other)
    done = bring(world, document(other))
    assert [flag["code"] for flag in done.result["flags"]] == ["duplicate"]
    assert len(captured(world)) == 2


@on_sqlite
def test_a_declaration_of_error_is_another_event_than_the_one_it_corrects_and_known_itself(
    world: World,
) -> None:
    first = enter(world, seen())
    wrong = {"declarationTime": "2026-11-02T00:00:00Z", "reason": "did_not_occur"}
    declared = seen(eventID=first.event_id, errorDeclaration=wrong)
    enter(world, declared)
    with world.refuses(EventExists):
        enter(world, declared)
    later = {**wrong, "declarationTime": "2026-11-02T00:10:00Z"}
    enter(world, {**declared, "errorDeclaration": later})
    assert len(captured(world)) == 3


@on_sqlite
def test_a_single_event_from_the_future_or_of_a_role_that_enters_none_is_refused(world: World) -> None:
    with world.refuses(no.FutureTime):
        enter(world, seen(eventTime="2026-12-02T00:00:00Z"))
    with world.refuses(no.RoleForbids):
        enter(world, seen(), "laboratory")


@on_sqlite
def test_an_event_whose_fields_nobody_can_interpret_has_an_id_and_no_hash(world: World) -> None:
    """A foreign context is not fetched: without it nobody knows what the field means."""
    raw = {**seen(), "ext:field": "1", "@context": [CONTEXT, "https://vendor.example/context.jsonld"]}
    done = enter(world, raw)
    assert str(done.event_id).startswith("urn:uuid:")
    assert set(world.record(done.index).bodies) == {"public", "full"}


# -- tied to the ledger ----------------------------------------------------------------------------------------


@pytest.fixture
def published() -> tuple[bytes, list[str]]:
    """A document and the hashes that the reference implementation published for its events."""
    folder = shared("event-hash")
    hashes = (folder / "epcisDocWithVariousEventTypes.hashes").read_text("utf-8").split()
    return (folder / "epcisDocWithVariousEventTypes.jsonld").read_bytes(), hashes


def root_of(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root that an inclusion proof leads to (RFC 9162 section 2.1.3.2)."""
    fn, sn, hash = index, size - 1, leaf
    for step in path:
        if fn & 1 or fn == sn:
            hash = hashlib.sha256(b"\x01" + step + hash).digest()
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            hash = hashlib.sha256(b"\x01" + hash + step).digest()
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    return hash


@on_sqlite
def test_a_receipt_and_the_standard_library_tie_a_document_to_the_ledger_by_its_published_hashes(
    world: World, published: tuple[bytes, list[str]]
) -> None:
    """Nothing of this program reads the receipt: JSON, base64 and SHA-256 do."""
    data, hashes = published
    world.clock.forward(days=3650)
    last = bring(world, data, "farm").index
    found = []
    for index in range(last - len(hashes) + 1, last + 1):
        receipt = json.loads(proofs.receipt(world.ctx, index, world["farm"]))
        statement = json.loads(receipt["statement"])
        body = receipt["bodies"]["hash"]
        assert statement["digests"]["hash"] == hashlib.sha256(body.encode()).hexdigest()
        entry = json.loads(receipt["entry"])
        assert entry["statement"] == hashlib.sha256(receipt["statement"].encode()).hexdigest()
        _, place, *rest = receipt["proof"].split("\n")
        path, note = rest[: rest.index("")], rest[rest.index("") + 1 :]
        _, size, root = note[:3]
        assert place == f"index {index}"
        leaf = hashlib.sha256(b"\x00" + receipt["entry"].encode()).digest()
        steps = [base64.b64decode(step) for step in path]
        assert root_of(leaf, index, int(size), steps) == base64.b64decode(root)
        found.append(json.loads(body)["data"]["eventHash"])
    assert sorted(found) == sorted(hashes)


@on_sqlite
def test_the_hash_of_an_act_entered_here_is_in_its_receipt_for_those_concerned_and_for_nobody_else(
    world: World,
) -> None:
    """With the bare hash, anybody could try out the amounts that the public part leaves out."""
    batch = world.register("farm", "100 KGM")
    index = world.shipping("farm", "stall", (batch, "10 KGM")).index
    for who, shown in (("farm", True), ("stall", True), ("inspector", True), ("market", False)):
        bodies = json.loads(proofs.receipt(world.ctx, index, world[who]))["bodies"]
        assert ("hash" in bodies) is shown
    assert set(json.loads(proofs.receipt(world.ctx, index))["bodies"]) == {"public"}
    raw = captured(world)[-1][1]
    hash = json.loads(world.record(index).bodies["hash"])["data"]["eventHash"]
    done = bring(world, document(raw), "farm")
    assert done.result["known"] == 1
    assert hash.startswith("ni:///sha-256;")
