"""What pages and lists are told, and what they are not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from tests.databases import Database
from tests.service.desk import Desk, batch, party, place, quantities, shipment, sscc
from trace.domain.model import AccountKind, ShipmentState
from trace.domain.refusals import Invalid
from trace.store import queries
from trace.store.queries import cursors


@pytest.fixture
def desk(database: Database) -> Desk:
    """A ledger with growers, a factory and shops."""
    desk = Desk(database)
    desk.open("farm", "factory", "shop", "stall")
    return desk


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that go to the database meanwhile."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def queries_of(desk: Desk, query: Callable[..., Any], *arguments: Any, **named: Any) -> int:
    """How many statements a query takes."""
    with counted(desk.engine) as seen:
        assert desk.read(query, *arguments, **named)
    return len([statement for statement in seen if "SELECT" in statement])


# -- the chain -----------------------------------------------------------------------------------------------


def test_a_page_of_many_events_takes_no_more_queries_than_a_page_of_few(desk: Desk) -> None:
    """Twenty events, ancestors, boxes and deliveries later the page asks exactly as often."""
    desk.make("farm", batch("B1"), 1000)
    asked = {
        name: queries_of(desk, getattr(queries, name), batch("B1"))
        for name in ("batch_view", "trace_back", "trace_forward", "events_of_batch_indices", "mass_balance")
    }
    desk.transform("farm", {batch("B1"): 500}, {batch("C1"): 500})
    for number in range(6):
        desk.deliver("farm", "shop", {batch("C1"): 10}, f"D{number}")
        desk.pack("shop", sscc(number), {batch("C1"): 5})
    view = desk.read(queries.batch_view, batch("C1"))
    assert view is not None
    assert len(view.steps) == 20
    # Four more at most: names, places, deliveries and boxes, each asked for all at once where there are any.
    again = {name: queries_of(desk, getattr(queries, name), batch("C1")) for name in asked}
    for number in range(6, 12):
        desk.deliver("farm", "shop", {batch("C1"): 10}, f"D{number}")
        desk.pack("shop", sscc(number), {batch("C1"): 5})
    assert {name: queries_of(desk, getattr(queries, name), batch("C1")) for name in asked} == again
    assert all(again[name] <= asked[name] + 4 for name in asked)


def test_a_chain_names_who_declared_and_who_confirmed_each_delivery(desk: Desk) -> None:
    """The sender says it, the receiver confirms it, and until then it is open."""
    desk.make("farm", batch("B1"), 10)
    desk.ship("farm", "shop", {batch("B1"): 4}, "D1")
    open_step = desk.read(queries.chain, batch("B1"))[-1]
    assert open_step.delivery is not None
    assert (open_step.delivery.state, open_step.delivery.confirmed_by) == (ShipmentState.OPEN, None)
    received = desk.receive("shop", {batch("B1"): 4}, "D1")
    made, sent, got = desk.read(queries.chain, batch("B1"))
    assert (made.declared_by.name, made.place.name, made.holder.name) == ("FARM", "FARM", "FARM")
    assert (sent.delivery.receiver.name, sent.delivery.confirmed_by.name) == ("SHOP", "SHOP")
    assert (sent.delivery.confirmed_index, sent.delivery.confirmed) == (received.index, got.time)
    assert (got.settles, got.declared_by.name) == (shipment("D1"), "SHOP")
    assert made.recorded <= sent.recorded <= got.recorded


def test_what_a_growers_other_customers_got_is_not_in_the_chain_of_what_was_made(desk: Desk) -> None:
    """The farm sold one batch to two: each product's chain has its own way alone."""
    desk.make("farm", batch("B1"), 100)
    desk.event("farm", action="OBSERVE", bizStep="inspecting", quantityList=[{"epcClass": batch("B1")}])
    desk.deliver("farm", "stall", {batch("B1"): 30}, "SECRET")
    desk.deliver("farm", "factory", {batch("B1"): 50}, "D1")
    desk.transform("factory", {batch("B1"): 50}, {batch("C1"): 50})
    desk.event("factory", action="OBSERVE", bizStep="inspecting", quantityList=[{"epcClass": batch("B1")}])
    desk.event(
        "stall", action="OBSERVE", bizStep="retail_selling", quantityList=quantities({batch("B1"): 30})
    )
    steps = desk.read(queries.chain, batch("C1"))
    assert [(step.biz_step, step.holder.name) for step in steps] == [
        ("commissioning", "FARM"),
        ("inspecting", "FARM"),
        ("shipping", "FARM"),
        ("receiving", "FACTORY"),
        ("creating_class_instance", "FACTORY"),
    ]
    own = desk.read(queries.chain, batch("B1"))
    assert len(own) == 9
    indices = desk.read(queries.events_of_batch_indices, batch("C1"))
    assert indices == tuple(step.index for step in steps)


def test_an_ancestors_mistakes_and_their_correction_are_not_on_the_way(desk: Desk) -> None:
    """A delivery declared wrong did not bring the goods anywhere."""
    desk.make("farm", batch("B1"), 100)
    sent = desk.ship("farm", "factory", {batch("B1"): 50}, "WRONG")
    id = desk.read(queries.chain, batch("B1"))[-1].event_id
    desk.correct("farm", sent, desk.read(queries.event, id).raw)
    desk.deliver("farm", "factory", {batch("B1"): 60}, "D1")
    desk.transform("factory", {batch("B1"): 60}, {batch("C1"): 60})
    steps = desk.read(queries.chain, batch("C1"))
    assert [step.delivery.shipment for step in steps if step.delivery] == [shipment("D1")]


def test_steps_stand_in_the_order_in_which_things_happened(desk: Desk) -> None:
    """What was entered late stands where it happened, with the ledger's own time beside it."""
    desk.make("farm", batch("B1"), 100)
    late = desk.event(
        "farm",
        action="OBSERVE",
        bizStep="inspecting",
        eventTime="2026-10-01T00:00:00Z",
        quantityList=[{"epcClass": batch("B1")}],
    )
    first, second = desk.read(queries.chain, batch("B1"))
    assert (first.index, first.time.month, first.recorded.month) == (late.index, 10, 11)
    assert second.biz_step == "commissioning"


def test_an_unknown_batch_has_no_page(desk: Desk) -> None:
    """And no chain, balance or trace, rather than an empty one that looks like an answer."""
    for query in (queries.batch_view, queries.trace_back, queries.trace_forward, queries.mass_balance):
        assert desk.read(query, batch("NONE")) is None
    assert desk.read(queries.chain, batch("NONE")) == ()
    assert desk.read(queries.who_holds, batch("NONE")) == ()
    assert desk.read(queries.event, "urn:uuid:none") is None
    assert desk.read(queries.find_shipment, "none") is None


def test_a_bundle_of_a_held_batch_holds_the_hold(desk: Desk) -> None:
    """Evidence without the hold and its release would tell half of it."""
    made = desk.make("farm", batch("B1"), 100)
    turned = desk.transform("farm", {batch("B1"): 10}, {batch("C1"): 10})
    held = desk.hold(batch("B1"), "H1")
    indices = (made.index, turned.index, held.index)
    assert desk.read(queries.events_of_batch_indices, batch("C1")) == indices
    freed = desk.release(batch("B1"), "H1")
    assert desk.read(queries.events_of_batch_indices, batch("C1")) == (*indices, freed.index)


# -- tracing -------------------------------------------------------------------------------------------------


def test_a_trace_shows_who_had_how_much_across_transformation_delivery_and_box(desk: Desk) -> None:
    """What an inspector needs to call everything back."""
    desk.make("farm", batch("B1"), 100)
    desk.deliver("farm", "factory", {batch("B1"): 60}, "D1")
    desk.transform("factory", {batch("B1"): 60}, {batch("C1"): 50, batch("C2"): 10})
    desk.pack("factory", sscc(1), {batch("C1"): 20})
    desk.ship("factory", "shop", {}, "D2", epcList=[sscc(1)])
    trace = desk.read(queries.trace_forward, batch("B1"))
    assert [(node.info.uri, node.depth, node.made) for node in trace.nodes] == [
        (batch("B1"), 0, Decimal(100)),
        (batch("C1"), 1, Decimal(50)),
        (batch("C2"), 1, Decimal(10)),
    ]
    assert [(edge.output, edge.used, edge.made, edge.by.name) for edge in trace.edges] == [
        (batch("C1"), Decimal(60), Decimal(50), "FACTORY"),
        (batch("C2"), Decimal(60), Decimal(10), "FACTORY"),
    ]
    assert [(m.sender.name, m.receiver.name, m.amount, m.state) for m in trace.movements] == [
        ("FARM", "FACTORY", Decimal(60), ShipmentState.SETTLED),
        ("FACTORY", "SHOP", Decimal(20), ShipmentState.OPEN),
    ]
    assert [(p.batch, p.container, p.amount, p.unit) for p in trace.packings] == [
        (batch("C1"), sscc(1), Decimal(20), "KGM")
    ]
    lying = {(one.kind, one.where.uri, one.container): one.amount for one in trace.nodes[1].lying}
    assert lying == {
        (AccountKind.HELD, party("factory"), None): Decimal(30),
        (AccountKind.TRANSIT, shipment("D2"), sscc(1)): Decimal(20),
    }
    assert desk.read(queries.who_holds, batch("C1")) == trace.nodes[1].lying


def claim(desk: Desk, holder: str, step: str, amount: float) -> None:
    """An event of a captured document about businesses that nobody registered."""
    desk.event(
        "farm",
        action="ADD" if step == "commissioning" else "OBSERVE",
        bizStep=step,
        bizLocation=None,
        quantityList=quantities({batch("B1"): amount}),
        destinationList=[{"type": "owning_party", "destination": holder}] if step == "receiving" else None,
        **{"cbvmda:informationProvider": holder},
    )


def test_goods_that_changed_hands_without_a_delivery_show_as_moved(desk: Desk) -> None:
    """Receipts that nobody announced: the movements are there, from whoever had the goods."""
    claim(desk, "urn:example:a", "commissioning", 10)
    claim(desk, "urn:example:b", "receiving", 4)
    claim(desk, "urn:example:c", "receiving", 8)
    moved = desk.read(queries.trace_forward, batch("B1")).movements
    assert {move.shipment for move in moved} == {None}
    assert [(move.sender.uri[-1], move.receiver.uri[-1], move.amount) for move in moved] == [
        ("a", "b", Decimal(4)),
        ("a", "c", Decimal(6)),
        ("b", "c", Decimal(2)),
    ]


def test_a_trace_ends_at_its_depth_and_in_a_circle(desk: Desk) -> None:
    """It says that there is more beyond, and a circle of claims is walked once."""
    desk.make("farm", batch("B0"), 100)
    for number in range(4):
        desk.transform("farm", {batch(f"B{number}"): 50}, {batch(f"B{number + 1}"): 50})
    near = desk.read(queries.trace_forward, batch("B0"), depth=2)
    assert ([node.depth for node in near.nodes], near.truncated) == ([0, 1, 2], True)
    assert len(near.edges) == 2
    desk.transform("farm", {batch("B4"): 10}, {batch("B1"): 10})
    whole = desk.read(queries.trace_forward, batch("B0"))
    assert ([node.depth for node in whole.nodes], whole.truncated) == ([0, 1, 2, 3, 4], False)
    assert len(desk.read(queries.trace_back, batch("B4")).nodes) == 5


# -- lists ---------------------------------------------------------------------------------------------------


def walk(desk: Desk, query: Callable[..., Any], *arguments: Any, limit: int, **named: Any) -> list[Any]:
    """All items of a list, page by page."""
    items: list[Any] = []
    cursor = None
    while True:
        page = desk.read(query, *arguments, limit=limit, cursor=cursor, **named)
        items += page.items
        assert len(page.items) <= limit
        if page.next is None:
            return items
        cursor = page.next


def test_pages_together_are_the_whole_list_whatever_their_size(desk: Desk) -> None:
    """Nothing twice, nothing missing, in one order."""
    desk.transform("farm", {}, {batch(f"C{number}"): 5 for number in range(5)})  # five batches in one entry
    for number in range(4):
        desk.make("farm", batch(f"B{number}"), 10)
        desk.ship("farm", "shop", {batch(f"B{number}"): 5}, f"D{number}")
        desk.register_product("farm", f"p{number}", f"Product {number}")
    for limit in (1, 2, 3, 50):
        assert [one.uri for one in walk(desk, queries.batches, limit=limit)] == [
            *(batch(f"B{number}") for number in (3, 2, 1, 0)),
            *(batch(f"C{number}") for number in range(5)),
        ]
        assert [one.id for one in walk(desk, queries.parties, limit=limit)] == [
            "farm",
            "factory",
            "shop",
            "stall",
        ]
        assert len(walk(desk, queries.products, limit=limit)) == 4
        sent = walk(desk, queries.shipments, party("farm"), direction="out", limit=limit)
        assert [one.shipment for one in sent] == [shipment(f"D{number}") for number in (3, 2, 1, 0)]
        held = walk(desk, queries.holdings, party("farm"), limit=limit)
        assert [one.info.uri for one in held] == sorted(one.info.uri for one in held)
        assert len(held) == 9


def test_lists_can_be_narrowed(desk: Desk) -> None:
    """By role, by maker, by lot, by direction and by state."""
    desk.register_party("lab", role="laboratory")
    desk.make("farm", batch("B1"), 10, lot="L-7")
    desk.make("shop", batch("B2"), 10)
    desk.deliver("farm", "shop", {batch("B1"): 5}, "D1")
    desk.ship("farm", "shop", {batch("B1"): 1}, "D2")
    assert [one.id for one in desk.read(queries.parties, role="laboratory").items] == ["lab"]
    assert [one.uri for one in desk.read(queries.batches, maker=party("shop")).items] == [batch("B2")]
    assert [one.uri for one in desk.read(queries.batches, lot="L-7").items] == [batch("B1")]
    desk.register_product("farm", "p1", "Product")
    assert desk.read(queries.products, owner=party("shop")).items == ()
    assert [one.name for one in desk.read(queries.products, owner=party("farm")).items] == ["Product"]

    def ids(who: str, **named: str) -> list[str]:
        return [one.shipment[-2:] for one in desk.read(queries.shipments, party(who), **named).items]

    assert ids("shop", direction="in", state="open") == ["D2"]
    assert ids("shop", direction="in", state="settled") == ["D1"]
    assert ids("shop", direction="out") == []
    assert ids("farm", direction="both") == ["D2", "D1"]
    for wrong in ({"direction": "up"}, {"state": "lost"}):
        with pytest.raises(Invalid):
            desk.read(queries.shipments, party("farm"), **wrong)


def test_a_delivery_tells_what_was_accepted_short_and_rejected(desk: Desk) -> None:
    """Of ten, seven accepted, one short, two sent back with a reason."""
    desk.make("farm", batch("B1"), 10)
    desk.ship("farm", "shop", {batch("B1"): 10}, "D1")
    settlement = {"batch": batch("B1"), "uom": "KGM", "accepted": "7", "short": "1", "rejected": "2"}
    desk.receive("shop", {batch("B1"): 7}, "D1", **{"trace:settlement": [{**settlement, "reason": "warm"}]})
    found = desk.read(queries.find_shipment, shipment("D1"))
    (line,) = found.lines
    assert (found.state, line.info.uri) == (ShipmentState.SETTLED, batch("B1"))
    assert (line.shipped, line.accepted, line.short, line.rejected) == tuple(map(Decimal, (10, 7, 1, 2)))


def test_holdings_tell_loose_from_packed(desk: Desk) -> None:
    """A stallholder sees what he has, and how much of it lies in which box."""
    desk.make("farm", batch("B1"), 10)
    desk.pack("farm", sscc(1), {batch("B1"): 4})
    (held,) = desk.read(queries.holdings, party("farm")).items
    assert (held.amount, held.packed, held.stopped) == (Decimal(10), {sscc(1): Decimal(4)}, False)


def test_only_who_takes_part_in_an_entry_is_shown_the_whole_of_it(desk: Desk) -> None:
    """Sender and receiver of a delivery see it in full; the stall next door does not."""
    desk.make("farm", batch("B1"), 10)
    sent = desk.ship("farm", "shop", {batch("B1"): 10}, "D1")
    got = desk.receive("shop", {batch("B1"): 10}, "D1")

    def may(who: str, *indices: int) -> bool:
        return desk.read(queries.takes_part, party(who), indices)

    assert may("farm", sent.index)
    assert may("shop", sent.index)
    assert may("farm", got.index)
    assert may("shop", sent.index, got.index)
    assert not may("stall", sent.index)
    assert not may("farm", sent.index, 0)
    assert not may("farm")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_cursor_that_was_not_given_out_is_refused(desk: Desk) -> None:
    """Not a stack trace, and not somebody else's page."""
    mine = cursors.encode("batches", [3, "x"])
    forged = [cursors.encode("batches", [3, text]) for text in ("\ud800", "a\0b")]
    for wrong in (
        *forged,
        *("", "x", "é", "a" * 5000, "[" * 3000, mine[:-2], cursors.encode("batches", ["3", "x"])),
    ):
        with pytest.raises(Invalid):
            desk.read(queries.batches, cursor=wrong)
    with pytest.raises(Invalid):
        desk.read(queries.parties, cursor=mine)
    assert desk.read(queries.batches, cursor=mine).items == ()


# What a database holds: PostgreSQL no NUL, none of them half a character.
_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(st.text(max_size=40))
def test_no_text_makes_a_cursor_crash(text: str) -> None:
    """Whatever a client sends, it is a cursor of this list or it is refused."""
    try:
        values = cursors.decode("batches", text, 2)
    except Invalid:
        return
    assert cursors.decode("batches", cursors.encode("batches", values), 2) == values


@given(st.lists(st.one_of(_TEXTS, st.integers(-(2**63) + 1, 2**63 - 1)), min_size=1, max_size=3))
def test_a_cursor_gives_back_what_was_put_in(values: list[str | int]) -> None:
    """Whatever a key column may hold."""
    assert cursors.decode("x", cursors.encode("x", values), len(values)) == values


def test_places_without_a_name_are_shown_by_their_uri(desk: Desk) -> None:
    """A page says where, even if nobody told what to call it."""
    desk.event(
        "farm",
        action="ADD",
        bizStep="commissioning",
        bizLocation=None,
        readPoint={"id": "urn:example:gate"},
        quantityList=quantities({batch("B1"): 1}),
    )
    desk.event("farm", action="ADD", bizStep="commissioning", quantityList=quantities({batch("B2"): 1}))
    (step,) = desk.read(queries.chain, batch("B1"))
    assert step.place == queries.Place("urn:example:gate")
    (step,) = desk.read(queries.chain, batch("B2"))
    assert step.place == queries.Place(place("farm"), "FARM", None, party("farm"))
