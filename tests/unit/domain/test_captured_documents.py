"""Documents that nobody on this project wrote: captured whole, flagged for what does not add up in them."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.shared_data import shared
from tests.unit.domain.memory_book import MemoryBook, document_events
from trace.domain.model import REAL, AccountKind, Outcome

IMPORTER = "https://trace.example/p/importer"
LOT = "urn:gdst:example.org:product:lot:class:"
PARTY = "urn:gdst:example.org:party:"


def read(*parts: str) -> Any:
    return json.loads(shared(*parts).read_bytes(), parse_float=Decimal)


def captured(document: Any) -> tuple[MemoryBook, list[tuple[str, Outcome]]]:
    """The book after a document, with each event's last eight characters of its id and its outcome."""
    book = MemoryBook()
    book.know(document)
    outcomes = []
    for event in document_events(document):
        outcomes.append((event.get("eventID", "")[-9:], book.capture(event, IMPORTER)))
        assert all(amount > 0 for (_, account), amount in book.accounts.items() if account.kind in REAL)
    for batch in book.batches:
        assert sum(amount for (of, _), amount in book.accounts.items() if of == batch) == 0
    return book, outcomes


def flags(outcome: Outcome) -> list[tuple[str, ...]]:
    """Each problem as its code and the numbers that matter."""
    found = []
    for problem in outcome.problems:
        params = problem.params()
        numbers = [params[name] for name in ("asked", "holds") if name in params]
        found.append((problem.code, params.get("batch", "").removeprefix(LOT), *numbers))
    return found


def test_the_seafood_chain_is_flagged_where_it_does_not_add_up_and_nowhere_else() -> None:
    _, outcomes = captured(read("chains", "gdst_data_withmasterdata.jsonld"))
    assert len(outcomes) == 17
    assert {id: flags(outcome) for id, outcome in outcomes if outcome.problems} == {
        # The farm harvests fish that ate feed which, by the record, never left the feed mill.
        "166ffc4dU": [
            ("custody_gap", "feedmill.1u.ff11252021", "10000"),
            ("custody_gap", "hatchery.1u.tf12012021", "1000"),
        ],
        # 10,000 kg are taken of a lot of which 9,876 kg were landed.
        "b4ba7e6aU": [("not_enough", "fisherman01.tunau.v1-0122-2022", "10000", "9876")],
        # The processor packs again what the importer has unpacked; the importer unpacks it once more.
        "a4314123U": [("custody_gap", "processor.2u.v1-0122-2022", "5000")],
        "45c95123U": [("custody_gap", "processor.2u.v1-0122-2022", "5000")],
    }


def test_the_seafood_chain_ends_with_the_importer_and_every_kilogram_accounted_for() -> None:
    book, _ = captured(read("chains", "gdst_data_withmasterdata.jsonld"))
    held = {
        (account.ref.removeprefix(PARTY), batch.removeprefix(LOT)): amount
        for (batch, account), amount in book.accounts.items()
        if account.kind is AccountKind.HELD
    }
    assert held == {
        ("processor.1u", "processor.10u.commingle-01232022"): 12124,
        ("importer.1u", "processor.2u.v1-0122-2022"): 5000,
    }
    unexplained = [amount for (_, account), amount in book.accounts.items() if account.kind == "unexplained"]
    assert unexplained == [Decimal(-124)]
    assert not any(shipment.state == "open" for shipment in book.shipments.values())


def test_the_seafood_chain_links_hatchery_feed_mill_vessel_and_farm_to_the_packed_lot() -> None:
    book, _ = captured(read("chains", "gdst_data_withmasterdata.jsonld"))
    pairs = {
        (source.removeprefix(LOT).partition(".")[0], output.removeprefix(LOT).partition(".")[0])
        for links in book.links.values()
        for source, output in links
    }
    assert pairs == {
        ("feedmill", "fishfarm"),
        ("hatchery", "fishfarm"),
        ("fishfarm", "processor"),
        ("fisherman01", "processor"),
        ("processor", "processor"),
    }
    made = {batch.uri.removeprefix(LOT): batch for batch in book.batches.values()}
    packed = made["processor.2u.v1-0122-2022"]
    assert (packed.lot, packed.produced, packed.expires) == ("V1-0122-2022", "2022-01-22", "2023-01-22")
    assert packed.maker == PARTY + "processor.1u"


def test_a_second_packing_of_what_is_in_the_case_already_adds_nothing() -> None:
    book, outcomes = captured(read("chains", "EPCISQueryDocument.GDST.jsonld"))
    assert [[code for code, *_ in flags(outcome)] for _, outcome in outcomes] == [
        ["origin_unknown"],
        [],
        ["goods_packed"],
    ]
    packed = [amount for (_, account), amount in book.accounts.items() if account.container]
    assert packed == [Decimal(5000)]


FSMA = {
    "cooling-cte": [["origin_unknown"], [], []],
    "first-land-based-receiver-cte": [[]],
    "harvest-cte": [[], []],
    "initial-packing-cte": [[], [], [], [], []],
    "receiving-cte": [["origin_unknown"], []],
    "shipping-cte": [["origin_unknown"], ["origin_unknown"], []],
    "transformation-cte": [["origin_unknown", "origin_unknown"]],
}


@pytest.mark.parametrize("name", FSMA)
def test_each_fsma_tracking_event_is_flagged_only_for_what_comes_from_outside_it(name: str) -> None:
    _, outcomes = captured(read("epcis", "fsma204", f"{name}.jsonld"))
    assert [[problem.code for problem in outcome.problems] for _, outcome in outcomes] == FSMA[name]


def test_goods_shipped_to_a_place_are_received_at_that_place_whoever_declares_it() -> None:
    book = MemoryBook()
    for name in ("shipping-cte", "receiving-cte"):
        by = f"https://trace.example/p/{name}"
        for event in document_events(read("epcis", "fsma204", f"{name}.jsonld")):
            outcome = book.capture(event, by)
    assert outcome.settles == "urn:epcglobal:cbv:bt:0860009999992:856-100037169"
    # The pallet left with 25 cases of the lot and is said to arrive with 500.
    lot = "https://id.gs1.org/01/10860009999920/10/ABC1234"
    assert flags(outcome) == [("not_enough_in_container", lot, "500", "25")]


def documents() -> list[Path]:
    folder = Path(__file__).resolve().parents[4] / "shared" / "data" / "epcis" / "examples"
    return sorted(folder.glob("*.jsonld"))


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.stem)
def test_every_example_of_the_standard_is_captured(path: Path) -> None:
    _, outcomes = captured(read("epcis", "examples", path.name))
    seen = {problem.code for _, outcome in outcomes for problem in outcome.problems}
    assert seen <= {"origin_unknown", "unknown_event", "lot_missing"}
