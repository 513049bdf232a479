"""The forms of the law, filled from a real ledger: what stands in them, whose they are, and what they leave open."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.scenario import World, new, quantities
from tests.service.conftest import Prepared
from tests.shared_data import shared
from trace.domain.commands import Observe, Outside, Paper, Register, Settled, TakeOut
from trace.domain.model import AccountKind, Role
from trace.domain.refusals import DatesReversed, Invalid, NotYours, UnknownBatch, UnknownParty
from trace.domain.subscribing import UnknownQuery
from trace.interop.epcis import read_document
from trace.interop.event_hash import event_hash
from trace.interop.forms import FormTooLong
from trace.services import capture, custody, event_queries, parties, reporting
from trace.services.context import Actor
from trace.services.parties import PartyDraft
from trace.services.reporting import FORMS, Selection

NOVEMBER = Selection(start=date(2026, 11, 1), end=date(2026, 11, 30))
EVER = Selection(start=date(1990, 1, 1), end=date(2026, 12, 31))
SUPPLIER = Outside("山里人家", "91350100M000100Y43", None, "武夷山", "王五 13900000000")


@pytest.fixture(scope="module")
def story(
    prepared: Prepared, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, dict[str, str]]]:
    """A day: the farm grows, the market buys and sells on, some is short, some is corrected."""
    with ExitStack() as stack:
        world = prepared.copy("sqlite", tmp_path_factory.mktemp("story"), stack)
        yield world, _tell(world)


def _tell(world: World) -> dict[str, str]:
    operator = parties.operator(world.ctx)
    draft = PartyDraft(
        "绿野合作社",
        Role.PRODUCER,
        uscc="91350100M000100Y43",
        address="福州",
        contact="李四",
        phone="13800000000",
    )
    done = parties.register_party(world.ctx, operator, replace(draft, id="coop"))
    world.actors["coop"] = Actor(parties.find_party(world.ctx, str(done.result["id"])))
    world.product("coop", "=1+1 greens", "KGM", units={"CS": "10"}, shelf_days=7, gtin="06901234567892")
    made = custody.register(
        world.ctx,
        world["coop"],
        Register(new(world.products["=1+1 greens"], "120 KGM", lot="007"), papers=(Paper("testres", "T-1"),)),
    )
    greens = str(made.result["batches"][0]["uri"])
    shipment = world.ship("coop", "market", (greens, "60 KGM"), papers=(Paper("inv", "0001"),))
    parts = Settled(greens, "KGM", Decimal("57.5"), short=Decimal("1.5"), rejected=Decimal(1), reason="烂")
    world.receive("market", shipment, parts, papers=(Paper("recadv", "R-1"),))
    wrong = world.shipping("market", "canteen", (greens, "9 KGM"))
    world.correct("market", wrong.event_id)
    on_its_way = world.ship("market", "canteen", (greens, "20 KGM"))
    world.take_out("market", "sell", (greens, "3 KGM"))
    bought = custody.register(
        world.ctx,
        world["market"],
        Register(new(world.products["apples"], "40 KGM", specification="10 千克/箱"), supplier=SUPPLIER),
    )
    sale = TakeOut(
        "sell", quantities([(str(bought.result["batches"][0]["uri"]), "5 KGM")]), buyer=Outside("食堂")
    )
    custody.take_out(world.ctx, world["market"], sale)
    return {
        "greens": greens,
        "apples": str(bought.result["batches"][0]["uri"]),
        "shipment": shipment,
        "on_its_way": on_its_way,
    }


def rows(world: World, who: str, form: str, selection: Selection = NOVEMBER, sheet: int = 0) -> list[Any]:
    return list(reporting.report(world.ctx, world[who], form, selection).rows[sheet])


def shown(row: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


Story = tuple[World, dict[str, str]]


def test_the_goods_in_ledger_has_all_that_the_law_asks_for(story: Story) -> None:
    world, uris = story
    delivered, bought = rows(world, "market", "goods-in")
    code = custody.page_address(world.ctx, uris["greens"])
    assert code.endswith("/10/007")
    assert shown(
        delivered, *(one.name for one in fields(delivered) if one.name not in ("record", "trace_code"))
    ) == {
        "keeper": "market",
        "product": "=1+1 greens",
        "specification": "1 箱 = 10 千克",
        "gtin": "06901234567892",
        "quantity": Decimal("57.5"),
        "unit": "千克",
        "produced": date(2026, 11, 2),
        "lot": "007",
        "shelf_days": 7,
        "expires": date(2026, 11, 9),
        "papers": f"送货单 {uris['shipment']}；发票 0001；收货单 R-1",
        "remark": None,
        "received": date(2026, 11, 2),
        "supplier_name": "绿野合作社",
        "supplier_code": "91350100M000100Y43",
        "supplier_licence": None,
        "supplier_address": "福州",
        "supplier_contact": "李四 13800000000",
        "short": Decimal("1.5"),
        "rejected": Decimal(1),
    }
    assert bought.remark == "系统外购进"


def test_goods_bought_outside_name_their_supplier_as_the_buyer_wrote_him_down(story: Story) -> None:
    world, _ = story
    (bought,) = [row for row in rows(world, "market", "goods-in") if row.remark]
    assert (bought.supplier_name, bought.supplier_code) == (SUPPLIER.name, SUPPLIER.code)
    assert (bought.supplier_address, bought.supplier_contact) == (SUPPLIER.address, SUPPLIER.contact)
    assert (bought.quantity, bought.specification) == (Decimal(40), "10 千克/箱")


def test_the_sales_ledger_tells_who_bought_and_what_is_not_confirmed_and_leaves_out_what_was_corrected(
    story: Story,
) -> None:
    world, _ = story
    found = [(row.buyer_name, row.quantity, row.remark) for row in rows(world, "market", "sales")]
    assert found == [("canteen", 20, "在途，收货方尚未确认"), (None, 3, "零售"), ("食堂", 5, None)]


def test_the_factory_ledger_names_the_certificate_and_holds_only_what_was_made_there(story: Story) -> None:
    world, _ = story
    (sent,) = rows(world, "coop", "outgoing")
    assert (sent.certificate, sent.quantity, sent.buyer_name) == ("T-1", 60, "market")
    assert rows(world, "market", "outgoing") == []


def test_a_test_of_the_maker_counts_as_certificate_and_a_buyer_does_not_see_it(story: Story) -> None:
    world, uris = story
    custody.observe(
        world.ctx, world["coop"], Observe("inspecting", (uris["greens"],), papers=(Paper("testres", "T-2"),))
    )
    (sent,) = rows(world, "coop", "outgoing")
    assert sent.certificate == "T-1; T-2"
    assert {row.certificate for row in rows(world, "market", "sales")} == {None}


def test_totals_are_what_the_ledger_says(story: Story) -> None:
    world, uris = story
    balance = world.balance(uris["greens"])
    goods = [row for row in rows(world, "market", "goods-in") if row.gtin]
    sales = [row for row in rows(world, "market", "sales") if row.gtin]
    accepted, sold = sum(row.quantity for row in goods), sum(row.quantity for row in sales)
    assert accepted - sold == world.holds("market", uris["greens"])
    assert sum(row.short for row in goods) == balance[AccountKind.SHORT]
    assert sum(row.quantity for row in sales if row.remark == "零售") == balance[AccountKind.SOLD]


def test_produce_is_asked_for_less_than_food(story: Story) -> None:
    keys = set(FORMS["goods-in"][0].main.keys()) - set(FORMS["produce-in"][0].main.keys())
    assert keys == {"specification", "gtin", "produced", "shelf_days", "expires"}
    world, _ = story
    assert rows(world, "market", "produce-in") == rows(world, "market", "goods-in")


# -- who sees what -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_a_business_finds_nothing_of_a_chain_in_which_it_took_no_part(story: Story, form: str) -> None:
    world, uris = story
    everywhere = [
        rows(world, "stall", form, Selection(batch=uris["greens"]), n) for n in range(len(FORMS[form][1]))
    ]
    assert not any(everywhere)
    assert not rows(world, "stall", form)


def test_a_seller_sees_his_own_sale_of_a_batch_and_not_that_of_his_customer(story: Story) -> None:
    world, uris = story
    chain = Selection(batch=uris["greens"])
    assert [row.keeper for row in rows(world, "coop", "sales", chain)] == ["绿野合作社"]
    assert {row.ship_to for row in rows(world, "coop", "fsma204", chain)} <= {None, "market"}
    assert [row.dispatched_to for row in rows(world, "coop", "eu931", chain)] == ["market"]


def test_an_inspector_sees_the_whole_chain_and_the_ledger_of_whom_he_names(story: Story) -> None:
    world, uris = story
    chain = rows(world, "inspector", "sales", Selection(batch=uris["greens"]))
    assert {row.keeper for row in chain} == {"绿野合作社", "market"}
    named = replace(NOVEMBER, party="market")
    assert rows(world, "inspector", "goods-in", named) == rows(world, "market", "goods-in")


def test_nobody_else_gets_a_ledger_by_naming_its_party(story: Story) -> None:
    world, _ = story
    with pytest.raises(NotYours):
        rows(world, "coop", "sales", replace(NOVEMBER, party="market"))


def test_whom_to_call_is_told_to_the_partner_and_not_down_the_chain(story: Story) -> None:
    """The canteen bought from the market: the grower's phone is none of its business."""
    world, _ = story
    assert "13800000000" in str(rows(world, "market", "goods-in"))
    for form, (_, fills) in FORMS.items():
        sheets = [rows(world, "canteen", form, NOVEMBER, n) for n in range(len(fills))]
        assert "13800000000" not in str(sheets)
    assert "13800000000" not in json.dumps(reporting.epcis_document(world.ctx, world["market"], NOVEMBER))


# -- selections ----------------------------------------------------------------------------------------------


def test_a_day_begins_at_midnight_where_the_service_is(world: World) -> None:
    """16:30 in Greenwich is half past midnight of the next day in China."""
    world.clock.forward(hours=16)
    batch = world.register("farm", "10 KGM")
    world.deliver("farm", "market", (batch, "10 KGM"))
    second, third = (Selection(start=day, end=day) for day in (date(2026, 11, 2), date(2026, 11, 3)))
    assert rows(world, "market", "goods-in", second) == []
    (row,) = rows(world, "market", "goods-in", third)
    assert (row.received, row.quantity) == (date(2026, 11, 3), 10)


def test_a_query_that_is_kept_under_a_name_selects_too_and_finds_no_more_than_its_party_may_read(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, uris = story
    monkeypatch.setattr(reporting, "_AT_ONCE", 1)  # several pages
    query = {"EQ_bizStep": ["shipping"], "MATCH_anyEPCClass": [uris["greens"]]}
    for who in ("market", "coop", "inspector"):
        event_queries.create(world.ctx, world[who], "greens-sent", query, {})
    found = {
        who: [row.quantity for row in rows(world, who, "sales", Selection(query="greens-sent"))]
        for who in ("market", "coop", "inspector")
    }
    assert found == {"market": [20], "coop": [60], "inspector": [60, 20]}
    with pytest.raises(UnknownQuery):
        rows(world, "stall", "sales", Selection(query="greens-sent"))


@pytest.mark.parametrize(
    ("selection", "refusal"),
    [
        (Selection(), Invalid),
        (Selection(start=date(2026, 11, 1)), Invalid),
        (Selection(end=date(2026, 11, 1)), Invalid),
        (Selection(batch="x", start=date(2026, 11, 1)), Invalid),
        (Selection(batch="x", query="y"), Invalid),
        (Selection(start=date(2026, 11, 2), end=date(2026, 11, 1)), DatesReversed),
        (Selection(start=date(1, 1, 1), end=date(2026, 11, 1)), Invalid),
        (Selection(start=date(2026, 11, 1), end=date(9999, 12, 31)), Invalid),
        (Selection(batch="no such batch"), UnknownBatch),
        (replace(NOVEMBER, party="nobody"), UnknownParty),
    ],
)
def test_a_selection_that_means_nothing_is_refused(
    story: Story, selection: Selection, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        rows(story[0], "market", "goods-in", selection)


def test_a_ledger_is_given_whole_or_not_at_all(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    world, _ = story
    monkeypatch.setattr(reporting, "MOST", 1)
    with pytest.raises(FormTooLong) as caught:
        rows(world, "market", "goods-in")
    assert caught.value.most == 1


@pytest.mark.parametrize("form", FORMS)
def test_every_column_has_a_field_and_words_and_every_gap_says_why(story: Story, form: str) -> None:
    definition, fills = FORMS[form]
    assert len(definition.sheets) == len(fills)
    for locale in ("zh", "en"):
        report = reporting.report(story[0].ctx, story[0]["market"], form, NOVEMBER, locale)
        assert [len(table.headings) for table in report.tables()[:-1]] == [
            len(s.columns) for s in definition.sheets
        ]
        told = dict(report.notes())
        assert len(told) > len(definition.gaps)
        assert str(report.size) in str(told)
    for sheet in definition.sheets:
        assert set(sheet.keys()) == {one.name for one in fields(sheet.row)} & set(sheet.keys())


# -- other countries -----------------------------------------------------------------------------------------


def test_the_european_sheet_names_the_owner_where_another_has_the_goods_in_hand(world: World) -> None:
    event = {
        "@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"],
        "type": "ObjectEvent",
        "eventTime": "2026-11-02T08:00:00+08:00",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "quantityList": [
            {"epcClass": "https://id.gs1.org/01/09520000000011/10/L1", "quantity": 5, "uom": "KGM"}
        ],
        "sourceList": [
            {"type": "possessing_party", "source": world["carrier"].uri},
            {"type": "owning_party", "source": world["market"].uri},
        ],
        "destinationList": [{"type": "owning_party", "destination": world["canteen"].uri}],
    }
    capture.import_document(world.ctx, world["market"], read_document(json.dumps(event).encode()))
    (row,) = rows(world, "market", "eu931")
    assert (row.dispatched_from, row.consignor) == ("carrier", "market")
    assert (row.dispatched_to, row.consignee) == ("canteen", None)
    assert (row.description, row.lot, row.quantity, row.unit) == ("milk", "L1", 5, "kg")


def test_forms_of_other_countries_give_the_day_of_the_place_where_it_happened(world: World) -> None:
    """Five in the afternoon in Boston is tomorrow in China, and the form is Boston's."""
    event = {
        "@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"],
        "type": "ObjectEvent",
        "eventTime": "2026-11-01T17:00:00-05:00",
        "eventTimeZoneOffset": "-05:00",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "quantityList": [
            {"epcClass": "https://id.gs1.org/01/09520000000011/10/L1", "quantity": 5, "uom": "KGM"}
        ],
        "sourceList": [{"type": "possessing_party", "source": world["market"].uri}],
        "destinationList": [{"type": "owning_party", "destination": "urn:x:buyer"}],
    }
    capture.import_document(world.ctx, world["market"], read_document(json.dumps(event).encode()))
    assert [row.event_date for row in rows(world, "market", "fsma204")] == [date(2026, 11, 1)]
    assert [row.dispatched for row in rows(world, "market", "eu931")] == [date(2026, 11, 1)]


def test_goods_bought_outside_are_received_from_their_supplier_who_named_the_lot(story: Story) -> None:
    world, uris = story
    chain = Selection(batch=uris["apples"])
    (row,) = [row for row in rows(world, "market", "fsma204", chain) if row.cte == "Receiving"]
    assert shown(row, "quantity", "ship_from", "tlc_source", "tlc_source_id") == {
        "quantity": 40,
        "ship_from": SUPPLIER.name,
        "tlc_source": SUPPLIER.name,
        "tlc_source_id": None,
    }


def fsma(world: World, *names: str) -> list[Any]:
    for name in names:
        document = read_document(shared("epcis", "fsma204", f"{name}-cte.jsonld").read_bytes())
        capture.import_document(world.ctx, world["inspector"], document)
    return rows(world, "inspector", "fsma204", EVER)


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("harvest", {("Harvesting", None, 25000, "lb")}),
        ("cooling", {("Receiving", None, 25000, "lb"), ("Cooling", None, 25000, "lb")}),
        (
            "initial-packing",
            {
                ("Harvesting", None, 25000, "lb"),
                ("Receiving", None, 25000, "lb"),
                ("Cooling", None, 25000, "lb"),
                ("Initial packing", "input", 25000, "lb"),
                ("Initial packing", "output", 500, "case"),
            },
        ),
        ("first-land-based-receiver", {("First land-based receiving", None, 1000, "lb")}),
        (
            "shipping",
            {
                ("Initial packing", "input", 250, "lb"),
                ("Initial packing", "output", 25, "case"),
                ("Shipping", None, 25, "case"),
            },
        ),
        (
            "transformation",
            {
                ("Transformation", "input", 100, "case"),
                ("Transformation", "input", 50, "case"),
                ("Transformation", "output", 2000, "case"),
            },
        ),
    ],
)
def test_each_critical_tracking_event_of_gs1_us_is_known_for_what_it_is(
    world: World, document: str, expected: set[Any]
) -> None:
    found = fsma(world, document)
    assert {(row.cte, row.lot_role, row.quantity, row.unit) for row in found} == expected


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_a_shipping_row_has_every_key_data_element(world: World) -> None:
    row = next(row for row in fsma(world, "shipping") if row.cte == "Shipping" and row.tlc.endswith("1234"))
    assert shown(
        row, "tlc", "ship_from_id", "ship_to_id", "tlc_source_id", "reference_type", "reference_number"
    ) == {
        "tlc": "(01)10860009999920(10)ABC1234",
        "ship_from_id": "0860009999992",
        "ship_to_id": "0860009998001",
        "tlc_source_id": "0860009999992",
        "reference_type": "Despatch advice; Bill of lading",
        "reference_number": "856-100037169; 211-101037170",
    }


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_a_harvest_names_the_recipient_that_its_transport_tells(world: World) -> None:
    (row,) = fsma(world, "harvest")
    assert (row.location_id, row.ship_to_id) == ("0860009999060", "0860009999992")


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_places_and_products_of_a_real_chain_are_described_once(world: World) -> None:
    document = read_document(shared("chains", "gdst_data_withmasterdata.jsonld").read_bytes())
    capture.import_document(world.ctx, world["inspector"], document)
    key_data, places, items = (rows(world, "inspector", "fsma204", EVER, n) for n in range(3))
    ids = [place.location_id for place in places]
    assert len(ids) == len(set(ids))
    named = {
        id
        for row in key_data
        for id in (row.location_id, row.ship_from_id, row.ship_to_id, row.tlc_source_id)
        if id
    }
    assert named <= set(ids)
    assert {row.product_id for row in key_data} <= {item.product_id for item in items}
    assert "Can of Tuna" in {item.product_description for item in items}


# -- EPCIS ---------------------------------------------------------------------------------------------------


def test_an_epcis_document_holds_the_events_as_they_were_signed_and_says_who_is_who(story: Story) -> None:
    world, uris = story
    found = reporting.epcis_document(world.ctx, world["inspector"], Selection(batch=uris["greens"]))
    document = read_document(json.dumps(found).encode())
    assert any("errorDeclaration" in event for event in document.events)
    names = {
        attribute["attribute"]
        for vocabulary in document.vocabularies()
        for element in vocabulary["vocabularyElementList"]
        for attribute in element["attributes"]
    }
    assert {"绿野合作社", "market", "福州", "=1+1 greens"} <= names


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_captured_events_leave_with_the_meaning_and_the_hash_they_came_with(world: World) -> None:
    path = shared("chains", "gdst_data_withmasterdata.jsonld")
    before = read_document(path.read_bytes())
    capture.import_document(world.ctx, world["inspector"], before)
    world.register("farm", "1 KGM")
    mine = reporting.epcis_document(world.ctx, world["inspector"], EVER)
    after = read_document(json.dumps(mine).encode())

    def hashes(document: Any) -> set[str]:
        return {event_hash(event, document.context_of(n)) for n, event in enumerate(document.events)}

    assert hashes(after) == hashes(before)
