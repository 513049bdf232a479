"""A scan page cannot be falsified behind a valid chain: every table is checked against the ledger."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert, select, update

from tests.databases import Database
from tests.service.desk import Desk, batch, party, quantities, sscc
from trace.store import projection_tables as t
from trace.store import rebuild
from trace.store.engine import writing


@pytest.fixture
def desk(database: Database) -> Desk:
    """A ledger in which every projection has rows."""
    desk = Desk(database)
    desk.open("farm", "shop")
    product = desk.register_product("farm", "fish", "Fish", units={"CS": "10"})
    element = {"id": "urn:example:place", "attributes": [{"id": "cbvmda:name", "attribute": "Quay"}]}
    header = {
        "epcisMasterData": {"vocabularyList": [{"type": "Location", "vocabularyElementList": [element]}]}
    }
    desk.say(
        "epcis.document/1",
        "farm",
        public={"document": "d", "events": 0, "sha256": "0" * 64},
        full={"header": header},
    )
    desk.make("farm", batch("B1"), 10.5, product=product, code="CODE1")
    desk.transform("farm", {batch("B1"): 5}, {batch("C1"): 5})
    desk.pack("farm", sscc(1), {batch("C1"): 2})
    desk.ship("farm", "shop", {batch("C1"): 1}, "D1")
    sold = {"quantityList": quantities({batch("X"): 1}), "urn:example:until": "2026-11-30T00:00:00Z"}
    desk.event("shop", action="OBSERVE", bizStep="retail_selling", **sold)
    desk.say("alias.registered/1", "farm", public={"alias": "FISH-1", "target": batch("B1")})
    item = {"name": "Fish", "batches": [batch("B1")]}
    desk.say(
        "offer.posted/1",
        "farm",
        public={"party": "farm", "date": "2026-11-02", "kind": "goods", "items": [item]},
    )
    desk.say("mandate.given/1", "farm", public={"party": "farm", "to": "shop"})
    desk.say("mandate.ended/1", "farm", public={"party": "farm", "to": "shop"})
    desk.say("serials.issued/1", "farm", full={"batch": batch("B1"), "from": 1, "to": 9, "cover": True})
    desk.say("serials.rolled/1", "farm", full={"roll": "ROLL1", "count": 9, "cover": False})
    desk.say("serials.bound/1", "farm", full={"roll": "ROLL1", "from": 1, "to": 4, "batch": batch("B1")})
    settled = {"batch": batch("B1"), "cause": "genuine", "reason": ""}
    desk.say("serial.cleared/1", "operator", full={**settled, "code": f"{batch('B1')}/21/1"})
    filed = desk.say(
        "complaint.filed/1", "farm", full={"number": "N1", "batch": batch("B1"), "kind": "other"}
    )
    answer = {"complaint": filed.index, "answer": "Sorry.", "closes": True}
    desk.say("complaint.answered/1", "farm", public=answer)
    prefix = {"party": "farm", "prefix": "9520000"}
    desk.say("prefix.registered/1", "farm", public={**prefix, "first": 1})
    desk.say("unit.issued/1", "farm", public={**prefix, "number": 1, "unit": sscc(1)})
    desk.say("prefix.registered/1", "shop", public={"party": "shop", "prefix": "6901234", "first": 1})
    desk.say("prefix.ended/1", "operator", public={"party": "shop", "prefix": "6901234"})
    desk.hold(batch("B1"), "H1")
    return desk


def test_untouched_projections_are_what_the_ledger_says(desk: Desk) -> None:
    """And progress is told to the last entry."""
    seen: list[tuple[int, int]] = []
    assert rebuild.compare(desk.engine, desk.ledger, lambda done, total: seen.append((done, total))) == ()
    assert seen[-1][0] == seen[-1][1] == len(seen)


def test_another_ledger_in_the_same_database_is_not_mixed_in(desk: Desk, database: Database) -> None:
    """Each ledger is compared with its own projections."""
    other = Desk(database, "ledger.example/other")
    other.open("farm")
    other.make("farm", batch("B1"), 3)
    assert rebuild.compare(desk.engine, desk.ledger) == ()
    assert rebuild.compare(desk.engine, other.ledger) == ()


def test_a_row_taken_away_behind_the_ledger_is_named_in_every_table(desk: Desk) -> None:
    """Whichever table it is, the first missing row is named by its key, with what it should say."""
    taken = {}
    with writing(desk.engine) as connection:
        for table in t.PROJECTIONS:
            keys = [column.name for column in table.primary_key]
            row = connection.execute(select(table).order_by(*table.primary_key)).mappings().first()
            assert row is not None, f"the scene has no row in {table.name}"
            connection.execute(delete(table).where(*(table.c[key] == row[key] for key in keys)))
            taken[table.name] = ({key: row[key] for key in keys if key != "ledger"}, dict(row))
    found = rebuild.compare(desk.engine, desk.ledger)
    assert {one.table: (one.key, one.rebuilt) for one in found} == taken
    assert {(one.rows, len(one.live)) for one in found} == {(1, 0)}


def test_a_changed_cell_is_named_with_both_values(desk: Desk) -> None:
    """A date moved on a page whose chain is valid: which batch, which column, what it should be."""
    with writing(desk.engine) as connection:
        connection.execute(
            update(t.batches).where(t.batches.c.uri == batch("C1")).values(expires="2030-01-01")
        )
    (difference,) = rebuild.compare(desk.engine, desk.ledger)
    assert difference.key == {"uri": batch("C1")}
    assert (difference.live, difference.rebuilt) == ({"expires": "2030-01-01"}, {"expires": None})


def test_rows_that_no_record_wrote_are_named_and_counted(desk: Desk) -> None:
    """An invented party, first or last by its key."""
    row = {"name": "Nobody", "registered": True, "index": 3, "by_party": party("farm")}
    with writing(desk.engine) as connection:
        for uri in ("a:first", "z:last"):
            connection.execute(insert(t.parties).values(ledger=desk.ledger, uri=uri, **row))
    (difference,) = rebuild.compare(desk.engine, desk.ledger)
    assert (difference.table, difference.rows, difference.key) == ("parties", 2, {"uri": "a:first"})
    assert difference.rebuilt == {}
    assert difference.live["name"] == "Nobody"
