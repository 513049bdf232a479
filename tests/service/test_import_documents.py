"""EPCIS documents from elsewhere: captured whole, flagged where impossible, and moving nobody else's goods."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.scenario import World
from tests.shared_data import shared
from trace.domain import refusals as no
from trace.interop.epcis import read_document
from trace.ledger.canonical import strict_loads
from trace.services import capture, look, parties
from trace.services.context import Done
from trace.store.engine import reading
from trace.store.log import LogReader

LOT = "urn:gdst:example.org:product:lot:class:"
CAN = f"{LOT}processor.2u.v1-0122-2022"
FISH = f"{LOT}fisherman01.tunau.v1-0122-2022"
ITEM = "https://id.gs1.org/01/09521000000018"
CONTEXT = ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld", {"trace": "urn:x-trace:ns:1:"}]


def seafood() -> Path:
    return shared("chains", "gdst_data_withmasterdata.jsonld")


def bring(world: World, data: bytes, who: str = "operator") -> Done:
    """A party hands in a document."""
    return capture.import_document(world.ctx, world[who], read_document(data))


def document(*events: dict[str, Any]) -> bytes:
    """An EPCIS document with these events."""
    whole = {
        "@context": CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-02T00:00:00Z",
        "epcisBody": {"eventList": list(events)},
    }
    return json.dumps(whole).encode()


def event(id: str, step: str, batch: str, amount: float, place: str, **more: Any) -> dict[str, Any]:
    """An ObjectEvent of an hour ago."""
    return {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:00000000-0000-4000-8000-{id:>012}",
        "eventTime": "2026-11-01T23:30:00.000Z",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "bizStep": step,
        "readPoint": {"id": place},
        "bizLocation": {"id": place},
        "quantityList": [{"epcClass": batch, "quantity": amount, "uom": "KGM"}],
        **more,
    }


def captured(world: World) -> list[tuple[int, dict[str, Any]]]:
    """(position in the document, event) of every event in the ledger, as its full body holds it."""
    with reading(world.engine) as connection:
        found = []
        for record in LogReader(connection, world.ctx.ledger).stream(0):
            if b'"kind":"epcis.event/1"' in record.statement:
                data: Any = strict_loads(record.bodies["full"])["data"]
                found.append((data.get("position", -1), data["event"]))
    return found


# -- the seafood chain -----------------------------------------------------------------------------------------


def test_the_seafood_chains_last_batch_tells_its_way_from_hatchery_to_packing(world: World) -> None:
    done = bring(world, seafood().read_bytes())
    assert done.result["events"] == 17
    view = look.batch_page(world.ctx, CAN)
    places = [(step.place.name if step.place else "", step.biz_step or "") for step in view.steps]
    order = ["Hatchery", "Feedmill", "Fish Farm", "Vessel #1", "Processing Plant"]
    assert {name for name, _ in places} >= set(order)
    assert [step.time for step in view.steps] == sorted(step.time for step in view.steps)
    assert [step for _, step in places].count("packing") >= 1
    first = {name: [place for place, _ in places].index(name) for name in order}
    assert first["Feedmill"] < first["Hatchery"] < first["Fish Farm"] < first["Vessel #1"]


def test_taking_more_fish_than_was_landed_is_recorded_and_flagged(world: World) -> None:
    """10,000 kg are taken of 9,876 kg: captured as claimed, flagged with both numbers, and the ledger holds."""
    done = bring(world, seafood().read_bytes())
    flags = [flag for flag in done.result["flags"] if flag["code"] == "not_enough"]
    assert [(flag["params"]["asked"], flag["params"]["holds"]) for flag in flags] == [("10000", "9876")]
    assert flags[0]["params"]["batch"] == FISH
    assert "not_enough" in {flag.code for flag in look.batch_page(world.ctx, CAN).flags}
    assert sum(world.balance(FISH).values()) == 0


def test_every_event_of_the_document_is_in_the_ledger_as_it_came(world: World) -> None:
    whole = json.loads(seafood().read_bytes())
    bring(world, seafood().read_bytes())
    assert [event for _, event in sorted(captured(world), key=lambda pair: pair[0])] == whole["epcisBody"][
        "eventList"
    ]


def test_what_is_not_an_event_is_kept_too(world: World) -> None:
    whole = json.loads(seafood().read_bytes())
    del whole["epcisBody"]["eventList"]
    done = bring(world, seafood().read_bytes())
    with reading(world.engine) as connection:
        log = LogReader(connection, world.ctx.ledger)
        headers = [
            strict_loads(record.bodies["full"])["data"]["header"]
            for record in log.stream(0)
            if b'"kind":"epcis.document/1"' in record.statement
        ]
    assert headers == [whole]
    assert done.result["known"] == 0


def test_importing_the_same_document_twice_records_nothing_new(world: World) -> None:
    first = bring(world, seafood().read_bytes())
    before = world.tables()
    assert bring(world, seafood().read_bytes()) == replace(first, replayed=True)
    assert world.tables() == before


def test_the_same_events_in_another_document_are_known(world: World) -> None:
    """Only the record of the new document itself is added."""
    bring(world, seafood().read_bytes())
    size = world.size()
    again = bring(world, seafood().read_bytes() + b"\n")
    assert again.result["known"] == 17
    assert world.size() == size + 1


@pytest.mark.parametrize(
    "name",
    [
        "harvest",
        "cooling",
        "initial-packing",
        "first-land-based-receiver",
        "shipping",
        "receiving",
        "transformation",
    ],
)
def test_each_critical_tracking_event_of_fsma_204_is_captured_whole(world: World, name: str) -> None:
    path = shared("epcis", "fsma204", f"{name}-cte.jsonld")
    whole = json.loads(path.read_bytes())
    bring(world, path.read_bytes())
    assert [event for _, event in sorted(captured(world), key=lambda pair: pair[0])] == whole["epcisBody"][
        "eventList"
    ]


def test_a_document_from_the_future_is_turned_away_whole(world: World) -> None:
    early = event("1", "commissioning", f"{ITEM}/10/A", 5, "https://a.example/place")
    late = {
        **early,
        "eventID": "urn:uuid:00000000-0000-4000-8000-000000000002",
        "eventTime": "2026-12-02T00:00:00Z",
    }
    with world.refuses(no.FutureTime):
        bring(world, document(early, late))


def test_a_role_that_hands_in_no_documents_is_refused(world: World) -> None:
    with world.refuses(no.RoleForbids, act="import_document"):
        bring(world, seafood().read_bytes(), "laboratory")


# -- other people's goods ----------------------------------------------------------------------------------------


def _claims(world: World, batch: str) -> list[dict[str, Any]]:
    """What a rival might claim about the farm's goods, each as the farm itself would say it."""
    farm, stall = world["farm"].party, world["stall"].party
    parties = {
        "sourceList": [{"type": "owning_party", "source": farm.uri}],
        "destinationList": [{"type": "owning_party", "destination": stall.uri}],
    }
    packed = event("4", "packing", batch, 50, farm.location, type="AggregationEvent", action="ADD")
    packed["childQuantityList"] = packed.pop("quantityList")
    made = event("5", "commissioning", batch, 50, farm.location, type="TransformationEvent")
    del made["action"]
    made["inputQuantityList"] = made.pop("quantityList")
    made["outputQuantityList"] = [
        {"epcClass": "https://id.gs1.org/01/09521000000016/10/X", "quantity": 50, "uom": "KGM"}
    ]
    return [
        event("1", "shipping", batch, 50, farm.location, **parties),
        event("2", "retail_selling", batch, 50, farm.location, disposition="retail_sold"),
        event("3", "destroying", batch, 50, farm.location, action="DELETE", disposition="destroyed"),
        {**packed, "parentID": "https://id.gs1.org/00/095200000000000011"},
        made,
        event("6", "receiving", batch, 50, stall.location, **parties),
        event("7", "receiving", batch, 50, world["market"].party.location),
    ]


CLAIMS = [
    "shipping",
    "selling",
    "destroying",
    "packing",
    "transforming",
    "receiving at the stall",
    "receiving at its own",
]


@pytest.mark.parametrize("which", range(len(CLAIMS)), ids=CLAIMS)
def test_a_rivals_document_is_recorded_and_flagged_and_moves_nothing_of_the_farms(
    world: World, which: int
) -> None:
    batch = world.register("farm", "100 KGM")
    done = bring(world, document(_claims(world, batch)[which]), "market")
    assert world.holds("farm", batch) == 100
    assert world.holds("stall", batch) == 0
    assert done.result["flags"]
    assert len(captured(world)) == 2


@pytest.mark.parametrize("which", range(len(CLAIMS)), ids=CLAIMS)
def test_the_farms_goods_can_still_be_shipped_after_a_rivals_claim(world: World, which: int) -> None:
    batch = world.register("farm", "100 KGM")
    bring(world, document(_claims(world, batch)[which]), "market")
    world.deliver("farm", "stall", (batch, "100 KGM"))
    assert world.holds("stall", batch) == 100


def test_a_rival_cannot_take_in_a_delivery_that_is_on_its_way_to_another(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    shipment = world.ship("farm", "stall", (batch, "60 KGM"))
    papers = {"bizTransactionList": [{"type": "desadv", "bizTransaction": shipment}]}
    bring(
        world,
        document(event("1", "receiving", batch, 60, world["market"].party.location, **papers)),
        "market",
    )
    assert world.holds("market", batch) == 0
    world.receive("stall", shipment)
    assert world.holds("stall", batch) == 60


def test_a_rival_cannot_declare_the_farms_record_wrong(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    raw = captured(world)[0][1]
    declared = {"declarationTime": "2026-11-02T00:00:00Z", "reason": "did_not_occur"}
    done = bring(world, document({**raw, "errorDeclaration": declared}), "market")
    assert done.result["flags"]
    assert world.holds("farm", batch) == 100


def test_a_party_may_bring_its_own_events_and_they_count(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    farm, stall = world["farm"].party, world["stall"].party
    sent = event(
        "1",
        "shipping",
        batch,
        50,
        farm.location,
        sourceList=[{"type": "owning_party", "source": farm.uri}],
        destinationList=[{"type": "owning_party", "destination": stall.uri}],
    )
    done = bring(world, document(sent), "farm")
    assert done.result["flags"] == []
    assert world.holds("farm", batch) == 50


def test_master_data_cannot_rename_a_registered_party(world: World) -> None:
    """The name on a page is the registered one, whatever a document says."""
    farm = world["farm"].party
    vocabulary = {
        "type": "urn:epcglobal:epcis:vtype:Party",
        "vocabularyElementList": [
            {"id": farm.uri, "attributes": [{"id": "urn:epcglobal:cbv:mda#name", "attribute": "Swindle Ltd"}]}
        ],
    }
    whole = json.loads(document())
    whole["epcisHeader"] = {"epcisMasterData": {"vocabularyList": [vocabulary]}}
    bring(world, json.dumps(whole).encode(), "market")
    assert parties.find_party(world.ctx, farm.uri).name == "farm"


def test_a_page_of_prose_where_a_name_belongs_is_captured_whole_and_nothing_goes_by_it(world: World) -> None:
    """No index holds so much, and PostgreSQL would turn the whole document away."""
    prose = "".join(chr(0x4E00 + n * 7919 % 20000) for n in range(6000))
    said = {"batch": f"{ITEM}/10/PROSE", "lot": prose, "code": prose, "product": prose}
    told = event(
        "prose",
        "commissioning",
        f"{ITEM}/10/PROSE",
        5,
        "urn:example:nowhere",
        action="ADD",
        **{"ilmd": {"trace:batches": [said]}, "trace:informationProvider": prose},
    )
    done = bring(world, document(told))
    view = look.batch_page(world.ctx, f"{ITEM}/10/PROSE", world["operator"])
    assert (view.info.batch.lot, view.info.batch.code, view.info.maker.uri) == (
        "PROSE",
        None,
        world["operator"].uri,
    )
    assert look.event(world.ctx, view.steps[0].event_id, world["operator"]).raw["ilmd"] == {
        "trace:batches": [said]
    }
    assert done.result["events"] == 1
