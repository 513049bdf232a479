"""The seafood chain of the reference data: captured, followed, and told from hatchery to packing."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from tests.databases import Database
from tests.service.desk import Desk
from tests.shared_data import shared
from trace.store import queries, rebuild

LOT = "urn:gdst:example.org:product:lot:class:"
PARTY = "urn:gdst:example.org:party:"
CAN = f"{LOT}processor.2u.v1-0122-2022"


@pytest.fixture
def desk(database: Database) -> Desk:
    """A ledger that holds the document and its events, in the order of their times."""
    document = json.loads(shared("chains", "gdst_data_withmasterdata.jsonld").read_text(encoding="utf-8"))
    events = document["epcisBody"].pop("eventList")
    desk = Desk(database)
    desk.open("importer")
    public = {"document": "doc-1", "events": len(events), "sha256": "0" * 64}
    desk.say("epcis.document/1", "importer", public=public, full={"header": document})
    for position, raw in sorted(enumerate(events), key=lambda pair: pair[1]["eventTime"]):
        place = {"document": "doc-1", "position": position}
        full = {"event": raw, "context": document["@context"], **place}
        desk.say("epcis.event/1", "importer", full=full, public={"event": raw, "document": "doc-1"})
    return desk


def test_last_batch_tells_its_way_from_hatchery_to_packing_in_time_order(desk: Desk) -> None:
    """Feed mill, hatchery, farm, vessel, processor, packing: each once, and each with the name of its place."""
    view = desk.read(queries.batch_view, CAN)
    assert view is not None
    where = [(step.place.name, step.biz_step) for step in view.steps if step.place]
    assert [name for name, _ in where[:6]] == [
        "Feedmill",
        "Hatchery",
        "Fish Farm",
        "Fish Farm",
        "Processing Plant",
        "Vessel #1",
    ]
    last = ["packing", "shipping", "receiving", "unpacking", "packing", "unpacking"]
    assert [step for _, step in where[-6:]] == last
    assert len(view.steps) == 17
    assert [step.time for step in view.steps] == sorted(step.time for step in view.steps)


def test_names_of_products_come_from_master_data_by_longest_match(desk: Desk) -> None:
    """A can of tuna is called that although only its product class, not its lot, has a name."""
    view = desk.read(queries.batch_view, CAN)
    assert view is not None
    products = {uri.removeprefix(LOT): info.product for uri, info in view.family.items()}
    names = {lot: product.name for lot, product in products.items() if product}
    assert names == {
        "processor.2u.v1-0122-2022": "Can of Tuna",
        "processor.10u.commingle-01232022": "Tuna",
        "fishfarm.1u.farmed-tuna-01192022": "Farmed Tuna",
        "fisherman01.tunau.v1-0122-2022": "Whole Yellowfin Tuna",
        "feedmill.1u.ff11252021": "Fish Feed",
        "hatchery.1u.tf12012021": "Tuna Fryling",
    }


def test_taking_more_than_was_landed_is_flagged_with_its_numbers(desk: Desk) -> None:
    """10,000 kg out of a lot of 9,876 kg: recorded as claimed, and flagged for the inspector."""
    view = desk.read(queries.batch_view, CAN)
    assert view is not None
    short = [flag for flag in view.flags if flag.code == "not_enough"]
    assert [(flag.params["asked"], flag.params["holds"]) for flag in short] == [("10000", "9876")]
    assert short[0].batch == f"{LOT}fisherman01.tunau.v1-0122-2022"
    balance = desk.read(queries.mass_balance, short[0].batch)
    assert balance is not None
    assert sum(line.amount for line in balance.lines) == Decimal(0)


def test_trace_back_and_forward_meet(desk: Desk) -> None:
    """What the can was made from leads back to the can."""
    back = desk.read(queries.trace_back, CAN)
    forward = desk.read(queries.trace_forward, f"{LOT}feedmill.1u.ff11252021")
    assert back is not None
    assert forward is not None
    assert {(node.info.uri.removeprefix(LOT), node.depth) for node in back.nodes} == {
        ("processor.2u.v1-0122-2022", 0),
        ("processor.10u.commingle-01232022", 1),
        ("fishfarm.1u.farmed-tuna-01192022", 2),
        ("fisherman01.tunau.v1-0122-2022", 2),
        ("feedmill.1u.ff11252021", 3),
        ("hatchery.1u.tf12012021", 3),
    }
    assert [node.info.uri for node in forward.nodes][-1] == CAN
    assert not back.truncated
    sent = {(move.sender.name, move.receiver.name) for move in forward.movements}
    assert ("Processor", "Importer") in sent


def test_projections_are_what_the_ledger_says(desk: Desk) -> None:
    """Rebuilt aside, every table is the same."""
    assert rebuild.compare(desk.engine, desk.ledger) == ()
