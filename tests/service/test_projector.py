"""What the projections show after each kind of record, and what nobody can make them show."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.databases import Database
from tests.service.desk import Desk, batch, party, place, quantities, shipment, sscc
from trace.domain.model import Account, AccountKind, Outcome, Posting, Role, ShipmentState
from trace.store import projection_tables as t
from trace.store import queries, rebuild
from trace.store.book import StoreBook
from trace.store.event_follower import BalanceBroken

GTIN = "09520000000011"
LOT = f"https://id.gs1.org/01/{GTIN}/10/L1"


@pytest.fixture
def desk(database: Database) -> Desk:
    """A ledger with a farm, a factory and a shop."""
    desk = Desk(database)
    desk.open("farm", "factory", "shop")
    return desk


def in_book(desk: Desk, question: str, *arguments: Any) -> Any:
    """What the rules would be told."""
    return desk.look(lambda connection: getattr(StoreBook(connection, desk.ledger), question)(*arguments))


def document(desk: Desk, by: str, *vocabularies: dict[str, Any], number: int = 1) -> None:
    """A captured document with master data and no events."""
    header = {"epcisHeader": {"epcisMasterData": {"vocabularyList": list(vocabularies)}}}
    public = {"document": f"doc-{number}", "events": 0, "sha256": f"{number:064x}"}
    desk.say("epcis.document/1", by, public=public, full={"header": header})


def vocabulary(kind: str, uri: str, **attributes: Any) -> dict[str, Any]:
    """One vocabulary of one element."""
    listed = [
        {"id": f"urn:epcglobal:cbv:mda#{name}", "attribute": value} for name, value in attributes.items()
    ]
    element = {"id": uri, "attributes": listed}
    return {"type": f"urn:epcglobal:epcis:vtype:{kind}", "vocabularyElementList": [element]}


# -- parties, places, products -------------------------------------------------------------------------------


def test_a_later_record_of_a_party_replaces_the_earlier(desk: Desk) -> None:
    """Who moves house is found at the new address, under the same identity."""
    desk.register_party("farm", name="New Farm", address="2 Field Lane", uscc="93350628MADEM00116")
    found = desk.read(queries.find_party, "93350628MADEM00116")
    assert found is not None
    assert (found.uri, found.name, found.address, found.role) == (
        party("farm"),
        "New Farm",
        "2 Field Lane",
        Role.PRODUCER,
    )
    assert in_book(desk, "party", party("farm")) == found
    assert in_book(desk, "owner_of", place("farm")) == party("farm")


def test_master_data_cannot_take_a_registered_partys_place_or_name(desk: Desk) -> None:
    """A document that says the farm's place is the shop's moves nothing to the shop."""
    document(
        desk,
        "shop",
        vocabulary("location", place("farm"), name="Shop's own", owning_party=party("shop")),
        vocabulary("party", party("farm"), name="Evil Farm"),
    )
    assert in_book(desk, "owner_of", place("farm")) == party("farm")
    assert in_book(desk, "party", party("farm")).name == "FARM"


def test_master_data_cannot_take_over_what_another_described_first(desk: Desk) -> None:
    """The first to describe a foreign place may describe it anew; another submitter may not."""
    elsewhere = "urn:example:place:1"
    document(desk, "farm", vocabulary("location", elsewhere, name="Barn", owning_party="urn:example:a"))
    document(
        desk, "shop", vocabulary("location", elsewhere, name="Mine", owning_party=party("shop")), number=2
    )
    assert in_book(desk, "owner_of", elsewhere) == "urn:example:a"
    document(
        desk, "farm", vocabulary("location", elsewhere, name="Silo", owning_party="urn:example:b"), number=3
    )
    assert in_book(desk, "owner_of", elsewhere) == "urn:example:b"
    kept = desk.look(lambda connection: connection.execute(select(t.master_data.c.by_party)).scalars().all())
    assert sorted(kept) == [party("farm"), party("shop")]  # both claims stay as evidence


def test_a_party_known_only_from_a_document_is_no_party_that_can_act(desk: Desk) -> None:
    """It has a name to show, and no role; registering it later makes it one."""
    claimed = "urn:example:party:7"
    document(desk, "farm", vocabulary("party", claimed, name="Somebody"))
    assert in_book(desk, "party", claimed) is None
    assert desk.read(queries.find_party, claimed) is None
    assert [one.name for one in desk.read(queries.parties, claimed=True).items] == ["Somebody"]
    data = {
        "party": claimed,
        "id": "seven",
        "name": "Seven",
        "role": "stall",
        "location": "urn:example:stall",
    }
    desk.say("party.registered/1", "operator", public=data)
    assert desk.read(queries.find_party, "seven") == in_book(desk, "party", claimed)
    assert desk.read(queries.parties, claimed=True).items == ()


def test_attributes_are_read_in_all_the_forms_of_the_field(desk: Desk) -> None:
    """List form, object form, nested, and beside the id."""
    shapes = [
        {"id": "urn:example:1", "attributes": [{"id": "cbvmda:name", "attribute": "One"}]},
        {"id": "urn:example:2", "attributes": {"cbvmda:name": "Two"}},
        {"id": "urn:example:3", "https://ref.gs1.org/cbv/mda#name": "Three"},
        {
            "id": "urn:example:4",
            "attributes": [
                {"id": "urn:x:address", "attribute": [{"id": "cbvmda:name", "attribute": "Four"}]}
            ],
        },
        {
            "id": "urn:example:5",
            "attributes": [{"id": "cbvmda:name", "attribute": {"@value": "Five"}}, "odd"],
        },
        {"id": "urn:example:6", "attributes": [{"cbvmda:name": "Six"}, {"cbvmda:depth": 7.5}]},
        {"attributes": []},
    ]
    document(desk, "farm", {"type": "Location", "vocabularyElementList": shapes})
    rows = desk.look(
        lambda c: c.execute(select(t.locations.c.name).order_by(t.locations.c.uri)).scalars().all()
    )
    assert [name for name in rows if name not in ("FARM", "FACTORY", "SHOP")] == [
        "One",
        "Two",
        "Three",
        "Four",
        "Five",
        "Six",
    ]


def test_a_header_of_any_other_shape_is_kept_and_says_nothing(desk: Desk) -> None:
    """Evidence is not turned away for odd master data; malformed identifiers stay as they are written."""
    for number, header in enumerate(
        [None, [], {"epcisHeader": 1}, {"epcisMasterData": {"vocabularyList": {"vocabulary": "x"}}}], 1
    ):
        public = {"document": f"d{number}", "events": 0, "sha256": f"{number:064x}"}
        desk.say("epcis.document/1", "farm", public=public, full={"header": header})
    desk.say("epcis.document/1", "farm", public={"document": "d9", "events": 0, "sha256": "9" * 64})
    nested = {"vocabularyList": {"vocabulary": {**vocabulary("Party", "urn:epc:id:pgln:bad", name="B\0d")}}}
    desk.say(
        "epcis.document/1",
        "farm",
        public={"document": "d8", "events": 0, "sha256": "8" * 64},
        full={"header": {"epcisMasterData": nested}},
    )
    assert [one.name for one in desk.read(queries.parties, claimed=True).items] == ["B\ufffdd"]
    assert rebuild.compare(desk.engine, desk.ledger) == ()


def test_a_batchs_product_is_found_by_record_by_gtin_and_by_class(desk: Desk) -> None:
    """Unit definitions come from the product whichever way the batch names it."""
    fish = desk.register_product("farm", GTIN, "Fish", gtin=GTIN, units={"CS": "10"}, shelfDays=5)
    tea = desk.register_product("farm", "tea", "Tea", unit="H87")
    desk.make("farm", batch("TEA1"), 12, "H87", product=tea)
    assert in_book(desk, "product_of", LOT).units == {"CS": Decimal(10)}
    assert in_book(desk, "product_of", batch("TEA1")).uri == tea
    assert in_book(desk, "product_of", batch("NONE")) is None
    desk.make("farm", LOT, 3)
    info = desk.read(queries.batch_view, LOT).info
    assert (info.product.uri, info.product.shelf_days, info.batch.lot) == (fish, 5, "L1")


def test_a_class_described_by_a_document_gives_a_name_and_no_unit(desk: Desk) -> None:
    """Nobody's document defines what a case of another's product weighs."""
    document(desk, "shop", vocabulary("EPCClass", f"https://id.gs1.org/01/{GTIN}", descriptionShort="Eel"))
    assert in_book(desk, "product_of", LOT) is None
    desk.make("farm", LOT, 3)
    product = desk.read(queries.batch_view, LOT).info.product
    assert (product.name, product.registered, product.unit) == ("Eel", False, None)
    assert desk.read(queries.find_product, GTIN) is None


# -- goods ---------------------------------------------------------------------------------------------------


def test_goods_move_from_hand_to_hand_and_none_is_lost(desk: Desk) -> None:
    """Made, sent, received: the accounts say where, and sum to zero."""
    desk.make("farm", batch("B1"), 100)
    desk.ship("farm", "shop", {batch("B1"): 40}, "D1")
    assert in_book(desk, "balances", batch("B1")) == {
        Account(AccountKind.HELD, party("farm")): Decimal(60),
        Account(AccountKind.TRANSIT, shipment("D1")): Decimal(40),
    }
    assert [one.id for one in in_book(desk, "open_shipments", batch("B1"))] == [shipment("D1")]
    desk.receive("shop", {batch("B1"): 40}, "D1")
    assert in_book(desk, "shipment", shipment("D1")).state is ShipmentState.SETTLED
    assert in_book(desk, "open_shipments", batch("B1")) == ()
    assert in_book(desk, "received", shipment("D1"), batch("B1")) == Decimal(40)
    assert in_book(desk, "received", shipment("none"), batch("B1")) == Decimal(0)
    balance = desk.read(queries.mass_balance, batch("B1"))
    assert {(line.kind, line.ref.name, line.amount) for line in balance.lines} == {
        (AccountKind.MADE, "FARM", Decimal(-100)),
        (AccountKind.HELD, "FARM", Decimal(60)),
        (AccountKind.HELD, "SHOP", Decimal(40)),
    }
    assert balance.total(AccountKind.HELD) == Decimal(100)


def test_an_empty_account_has_no_row(desk: Desk) -> None:
    """Otherwise a rebuild could differ by rows that mean nothing."""
    desk.make("farm", batch("B1"), 10)
    desk.deliver("farm", "shop", {batch("B1"): 10}, "D1")
    refs = desk.look(lambda c: c.execute(select(t.balances.c.kind, t.balances.c.ref)).all())
    assert sorted(map(tuple, refs)) == [("held", party("shop")), ("made", party("farm"))]


def test_goods_sent_back_count_against_what_was_received(desk: Desk) -> None:
    """Five of ten went back: only five more can."""
    desk.make("farm", batch("B1"), 10)
    desk.deliver("farm", "shop", {batch("B1"): 10}, "D1")
    back = [
        {"type": "desadv", "bizTransaction": shipment("R1")},
        {"type": "rma", "bizTransaction": shipment("D1")},
    ]
    desk.event(
        "shop",
        action="OBSERVE",
        bizStep="shipping",
        disposition="returned",
        bizTransactionList=back,
        quantityList=quantities({batch("B1"): 5}),
        sourceList=[{"type": "owning_party", "source": party("shop")}],
        destinationList=[{"type": "owning_party", "destination": party("farm")}],
    )
    assert in_book(desk, "received", shipment("D1"), batch("B1")) == Decimal(5)
    assert in_book(desk, "shipment", shipment("R1")).returns == shipment("D1")


def test_boxes_in_boxes_are_known_with_all_that_lies_in_them(desk: Desk) -> None:
    """A case on a pallet: where each stands, what lies in each, and what an event on the pallet reaches."""
    desk.make("farm", batch("B1"), 10)
    desk.pack("farm", sscc(1), {batch("B1"): 4})
    desk.pack("farm", sscc(2), {}, sscc(1))
    assert in_book(desk, "contents", sscc(1)) == {batch("B1"): Decimal(4)}
    assert [one.uri for one in in_book(desk, "children", sscc(2))] == [sscc(1)]
    assert in_book(desk, "container", sscc(1)).parent == sscc(2)
    seen = desk.event("farm", action="OBSERVE", bizStep="storing", epcList=[sscc(2)])
    things = desk.look(
        lambda c: c.execute(
            select(t.event_things.c.role, t.event_things.c.uri).filter_by(index=seen.index)
        ).all()
    )
    assert sorted(map(tuple, things)) == [("content", batch("B1")), ("epc", sscc(2))]
    assert [step.biz_step for step in desk.read(queries.chain, batch("B1"))][-1] == "storing"


def test_what_happens_to_a_box_after_the_goods_left_it_is_not_theirs(desk: Desk) -> None:
    """The chain of a batch has its box's events only while it lay in it."""
    desk.make("farm", batch("B1"), 4)
    desk.pack("farm", sscc(1), {batch("B1"): 4})
    desk.event("farm", type="AggregationEvent", action="DELETE", bizStep="unpacking", parentID=sscc(1))
    desk.event("farm", action="OBSERVE", bizStep="storing", epcList=[sscc(1)])
    steps = [step.biz_step for step in desk.read(queries.chain, batch("B1"))]
    assert steps == ["commissioning", "packing", "unpacking"]


def test_a_correction_takes_back_goods_links_boxes_and_delivery(desk: Desk) -> None:
    """What did not occur leaves its record, marked, and nothing else."""
    desk.make("farm", batch("B1"), 10)
    desk.pack("farm", sscc(1), {batch("B1"): 4})
    sent = desk.ship("farm", "shop", {}, "D1", epcList=[sscc(1)])
    id = desk.look(lambda c: c.execute(select(t.events.c.event_id).filter_by(index=sent.index)).scalar_one())
    raw = desk.read(queries.event, id).raw
    undone = desk.correct("farm", sent, raw)
    assert undone.outcome is not None
    assert undone.outcome.problems == ()
    assert in_book(desk, "shipment", shipment("D1")).state is ShipmentState.VOID
    assert in_book(desk, "container", sscc(1)).place == Account(AccountKind.HELD, party("farm"))
    found = desk.read(queries.event, id)
    assert (found.index, found.corrected_by, found.raw) == (sent.index, undone.index, raw)
    assert in_book(desk, "recorded", id).corrected
    steps = desk.read(queries.chain, batch("B1"))
    assert [(step.corrects, step.corrected_by) for step in steps][-2:] == [
        (None, undone.index),
        (sent.index, None),
    ]


def test_a_transformation_that_did_not_occur_links_nothing(desk: Desk) -> None:
    """The holds of its inputs no longer reach its outputs."""
    desk.make("farm", batch("B1"), 10)
    wrong = desk.transform("farm", {batch("B1"): 5}, {batch("C1"): 4})
    desk.hold(batch("B1"), "H1")
    assert [stop.hold for stop in in_book(desk, "stops", batch("C1"))] == ["H1"]
    id = desk.look(lambda c: c.execute(select(t.events.c.event_id).filter_by(index=wrong.index)).scalar_one())
    recorded = in_book(desk, "recorded", id)
    assert recorded.batches == (batch("C1"),)
    desk.correct("farm", wrong, desk.read(queries.event, id).raw)
    assert in_book(desk, "stops", batch("C1")) == ()
    assert rebuild.compare(desk.engine, desk.ledger) == ()


def test_an_account_of_real_goods_never_goes_below_zero_whatever_the_rules_say(desk: Desk) -> None:
    """The last line of defence: such an outcome is not written, and nothing of the record stays."""
    desk.make("farm", batch("B1"), 10)
    stolen = Posting(batch("B1"), Account(AccountKind.HELD, party("farm")), Decimal(-11))
    given = Posting(batch("B1"), Account(AccountKind.SOLD, party("farm")), Decimal(11))
    projector = desk.sequencer._projector
    assert projector is not None
    follow = projector.follow

    def wrong(*arguments: Any) -> Outcome | None:
        return follow(*arguments[:5], Outcome(postings=(given, stolen)))

    desk.sequencer._projector = type("Wrong", (), {"follow": staticmethod(wrong)})()
    with pytest.raises(BalanceBroken):
        desk.event("farm", action="OBSERVE", bizStep="inspecting", quantityList=quantities({batch("B1"): 1}))
    desk.sequencer._projector = projector
    assert in_book(desk, "balances", batch("B1")) == {Account(AccountKind.HELD, party("farm")): Decimal(10)}
    assert rebuild.compare(desk.engine, desk.ledger) == ()


# -- holds, codes, keys --------------------------------------------------------------------------------------


def test_a_hold_reaches_everything_made_from_the_batch_until_it_is_released(desk: Desk) -> None:
    """Two transformations on, it still stops; a circle of a foreign document does not hang the search."""
    desk.make("farm", batch("B1"), 10)
    desk.transform("farm", {batch("B1"): 5}, {batch("C1"): 5})
    desk.transform("farm", {batch("C1"): 5}, {batch("E1"): 5})
    desk.transform("farm", {batch("E1"): 1}, {batch("C1"): 1})
    desk.hold(batch("B1"), "H1")
    assert [(stop.batch, stop.by) for stop in in_book(desk, "stops", batch("E1"))] == [
        (batch("B1"), party("operator"))
    ]
    view = desk.read(queries.batch_view, batch("E1"))
    assert (view.stopped, view.stops[0].inherited) == (True, True)
    assert [held.stopped for held in desk.read(queries.holdings, party("farm")).items] == [True, True, True]
    desk.release(batch("B1"), "H1")
    assert in_book(desk, "stops", batch("E1")) == ()
    view = desk.read(queries.batch_view, batch("E1"))
    assert (view.stopped, view.stops[0].released_reason) == (False, "cleared")
    assert [held.stopped for held in desk.read(queries.holdings, party("farm")).items] == [False] * 3


def test_nobody_takes_over_a_printed_code(desk: Desk) -> None:
    """A code that one batch has leads to that batch, whatever others claim later, in whatever spelling."""
    desk.make("farm", LOT, 5, code="7K3M9QW2X0C")
    desk.make("shop", batch("OTHER"), 5, code="7K3M9QW2X0C")
    desk.make("shop", batch("7K3M9QW2X0C"), 5)
    for text in (
        "7K3M9QW2X0C",
        "7k3m-9qw2-xoc",
        batch("7K3M9QW2X0C"),
        "urn:epc:class:lgtin:952000000.0001.L1",
    ):
        assert desk.read(queries.find_batch, text).uri == LOT, text
    assert desk.read(queries.find_batch, batch("OTHER")).uri == batch("OTHER")
    assert desk.read(queries.find_batch, "7K3M9QW2X0") is None
    assert desk.read(queries.find_batch, "https://id.gs1.org/01/09520000000012/10/L1") is None


def test_records_of_keys_lead_to_those_who_signed(desk: Desk) -> None:
    """A bundle needs the entries that registered its signers' keys, and those that revoked them."""
    made = desk.make("farm", batch("B1"), 5)
    before = desk.read(queries.key_record_indices, [made.index])
    kinds = desk.look(lambda c: c.execute(select(t.party_keys.c.party, t.party_keys.c.revoked_index)).all())
    assert len(before) == 1
    assert {row.party for row in kinds} == {party(name) for name in ("operator", "farm", "factory", "shop")}
    key = desk.look(
        lambda c: c.execute(select(t.party_keys.c.key_id).filter_by(party=party("farm"))).scalar_one()
    )
    data = {"keyId": key, "party": party("farm"), "reason": "lost"}
    gone = desk.say("key.revoked/1", "operator", public=data)
    assert desk.read(queries.key_record_indices, [made.index, 0]) == (0, *before, gone.index)


def test_a_kind_of_record_from_a_later_version_changes_nothing(desk: Desk) -> None:
    """A ledger may hold what this version does not know; the rest goes on."""
    desk.say("moon.observed/1", "farm", public={"moon": "full"})
    desk.make("farm", batch("B1"), 5)
    assert rebuild.compare(desk.engine, desk.ledger) == ()


def test_an_event_of_which_only_the_public_part_is_kept_is_still_followed(desk: Desk) -> None:
    """Then it names batches and moves no amounts."""
    event = {
        "type": "ObjectEvent",
        "eventID": "urn:uuid:1",
        "eventTime": "2026-11-01T08:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "action": "ADD",
        "bizStep": "commissioning",
        "quantityList": [{"epcClass": batch("B1")}],
    }
    desk.say("epcis.event/1", "farm", public={"event": event})
    view = desk.read(queries.batch_view, batch("B1"))
    assert [flag.code for flag in view.flags] == ["quantity_missing"]
    assert desk.read(queries.event, "urn:uuid:1").raw == event


# -- the book ------------------------------------------------------------------------------------------------


def test_a_book_forgets_and_a_glance_remembers(desk: Desk) -> None:
    """What was true a moment ago is asked again before goods move; within one judgement it is asked once."""
    desk.make("farm", batch("B1"), 10)
    with desk.engine.connect() as connection:
        book = StoreBook(connection, desk.ledger)
        glance = book.glance()
        assert book.batch(batch("B1")) == glance.batch(batch("B1"))
        connection.execute(update(t.batches).values(lot="changed"))
        assert book.batch(batch("B1")).lot == "changed"
        assert glance.batch(batch("B1")).lot is None
        connection.rollback()
