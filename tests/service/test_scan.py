"""What a scan reads: for anybody, in one transaction, and in few questions however long the story is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, insert

from tests.scenario import CRATE, PALLET, World
from trace.domain.commands import Observe
from trace.services import custody, look, scan
from trace.store import projection_tables as t
from trace.store import queries
from trace.store.engine import writing


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """The statements that the database is given meanwhile."""
    engine, seen = world.engine, list[str]()

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_scan_shows_everything_but_amounts(world: World) -> None:
    """The same steps, stops and flags as the maker's own view, and not one quantity."""
    batch = world.register("farm", "100 KGM")
    world.deliver("farm", "market", (batch, "60 KGM"))
    world.ctx.publisher.publish()
    found = scan.batch(world.ctx, batch)
    assert found is not None
    whole = look.batch_page(world.ctx, batch, world["farm"])
    assert any(step.postings for step in whole.steps)
    assert all(step.postings == () for step in found.view.steps)
    assert [step.index for step in found.view.steps] == [step.index for step in whole.steps]
    assert found.view.info == whole.info
    assert "'quantity'" not in str(found.events)
    assert set(found.events) == {step.index for step in found.view.steps}


def test_scan_asks_no_more_for_a_long_story_than_for_a_short_one(world: World) -> None:
    """Under a dozen questions, all in one transaction, for two steps and for twenty."""
    batch = world.register("farm", "100 KGM")
    with counted(world) as short:
        scan.batch(world.ctx, batch)
    for _ in range(9):
        world.deliver("farm", "market", (batch, "5 KGM"))
    with counted(world) as long:
        found = scan.batch(world.ctx, batch)
    assert found is not None
    assert len(found.view.steps) == 19
    assert len(long) == len(short) < 12


def test_scan_names_whoever_is_registered(world: World) -> None:
    """Roles and addresses of all who speak in the chain come with it, so that a page need not ask again."""
    batch = world.register("farm", "100 KGM")
    custody.observe(world.ctx, world["laboratory"], Observe("inspecting", (batch,), finding="clean"))
    found = scan.batch(world.ctx, batch)
    assert found is not None
    known = found.view.parties
    assert {known[world[name].uri].role for name in ("farm", "laboratory")} == {"producer", "laboratory"}
    assert found.events[found.view.steps[-1].index]["trace:finding"] == "clean"


def test_scan_tells_who_took_a_record_back(world: World) -> None:
    """And why, out of the record that did."""
    batch = world.register("farm", "100 KGM")
    sent = world.shipping("farm", "market", (batch, "5 KGM"))
    world.correct("farm", sent.event_id)
    found = scan.batch(world.ctx, batch)
    assert found is not None
    (step,) = (step for step in found.view.steps if step.corrected_by is not None)
    assert step.correction is not None
    assert step.correction.by.uri == world["farm"].uri
    assert "errorDeclaration" in found.events[step.corrected_by or 0]


def test_scan_is_signed_as_far_as_the_newest_checkpoint(world: World) -> None:
    """Its size, and the time of the last entry in it; a ledger without any says so."""
    batch = world.register("farm", "100 KGM")
    before = scan.batch(world.ctx, batch)
    assert before is not None
    note = world.ctx.publisher.publish()
    world.register("farm", "1 KGM")
    found = scan.batch(world.ctx, batch)
    assert found is not None
    assert found.signed is not None
    assert str(found.signed.size) == note.split("\n")[1]
    assert found.signed.until == before.view.steps[-1].recorded
    asked = world.ctx.sequencer.read(lambda connection: queries.newest_checkpoint(connection, "none.example"))
    assert asked is None


def test_scan_of_nothing_is_nothing(world: World) -> None:
    """Each kind of code says so in the same way."""
    for ask in (scan.batch, scan.find, scan.product, scan.unit, scan.place):
        assert ask(world.ctx, "https://id.gs1.org/00/095200000000000097") is None


def test_place_leads_to_its_owner(world: World) -> None:
    """By the owner's own number, by the place of that number, and by a place that is listed as the owner's."""
    farm = world["farm"].party
    elsewhere = "urn:x-example:place:far-field"
    with writing(world.engine) as connection:
        row = {"ledger": world.ctx.ledger, "uri": elsewhere, "owner": farm.uri, "registered": False}
        connection.execute(insert(t.locations).values(**row, index=0, by_party=farm.uri))
    world.attacked = True  # that row came from nowhere
    for uri in (farm.uri, farm.location, elsewhere):
        found = scan.place(world.ctx, str(uri))
        assert found is not None
        assert found.owner == farm


def test_load_names_its_batches_and_holder(world: World) -> None:
    """What lies in a crate, and with whom; on its way it is with nobody."""
    batch = world.register("farm", "100 KGM")
    world.pack("farm", CRATE, (batch, "10 KGM"))
    found = scan.unit(world.ctx, CRATE)
    assert found is not None
    assert found.holder is not None
    assert (found.holder.uri, [info.uri for info in found.batches]) == (world["farm"].uri, [batch])


def test_an_emptied_load_tells_what_was_in_it_and_who_took_it_out(world: World) -> None:
    """Its label is still on it: whoever scans it is not told that nobody ever heard of it."""
    batch = world.register("farm", "100 KGM")
    world.pack("farm", CRATE, (batch, "10 KGM"))
    world.pack("farm", PALLET, containers=[CRATE])
    world.unpack("farm", PALLET)
    world.unpack("farm", CRATE)
    found = scan.unit(world.ctx, CRATE)
    assert found is not None
    assert (found.holder, found.batches, found.units, found.parent) == (None, (), (), None)
    assert [info.uri for info in found.goods] == [batch]
    told = [(step.biz_step, step.role) for step in found.steps]
    assert told == [("packing", "parent"), ("packing", "child"), ("unpacking", "parent")]
    assert {step.by.uri for step in found.steps} == {world["farm"].uri}


def test_a_load_that_was_half_emptied_tells_the_two_halves_apart(world: World) -> None:
    """What lies in it now, and what did."""
    first, second = world.register("farm", "100 KGM"), world.register("farm", "100 KGM")
    world.pack("farm", CRATE, (first, "10 KGM"), (second, "10 KGM"))
    world.unpack("farm", CRATE, (first, "10 KGM"))
    found = scan.unit(world.ctx, CRATE)
    assert found is not None
    assert [info.uri for info in found.batches] == [second]
    assert [info.uri for info in found.goods] == [first]


def test_a_load_whose_every_record_was_taken_back_claims_nothing(world: World) -> None:
    """It was seen, so it is not unknown; what was said of it does not stand."""
    batch = world.register("farm", "100 KGM")
    done = world.pack("farm", CRATE, (batch, "10 KGM"))
    world.correct("farm", done.event_id, "did_not_occur")
    found = scan.unit(world.ctx, CRATE)
    assert found is not None
    assert (found.steps, found.goods, found.batches) == ((), (), ())


def test_bodies_of_many_entries_come_at_once(world: World) -> None:
    """The kept ones of one compartment, ascending, as the very bytes; others are passed over."""
    world.register("farm", "100 KGM")
    newest = world.ctx.sequencer.read(
        lambda connection: list(queries.bodies_of(connection, world.ctx.ledger, (10**6, 0, 1, 1), "public"))
    )
    records = [world.record(index) for index in (0, 1)]
    assert newest == [(record.index, record.bodies["public"]) for record in records]


@pytest.mark.parametrize("compartment", ["people", "none"])
def test_no_other_compartment_is_given(world: World, compartment: str) -> None:
    """Who asks for one compartment gets that one, or nothing."""
    found = world.ctx.sequencer.read(
        lambda connection: list(queries.bodies_of(connection, world.ctx.ledger, (0,), compartment))
    )
    assert found == []
