"""Looks at codes, places where things were seen, and codes under a layer: counted, judged, and nobody's name kept."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.scenario import World
from trace import bootstrap
from trace.domain.clones import Reason
from trace.domain.refusals import Invalid
from trace.domain.serials import CoverPaused, NoCover
from trace.interop.epcis import read_document
from trace.services import capture, serials, sightings, tally
from trace.services.serials import Code, SerialCode
from trace.services.sightings import MOST_SIGHTINGS, MOST_TRIES, Seen
from trace.store import serial_tables as t
from trace.store.engine import reading

ONE = pytest.mark.parametrize("world", ["sqlite"], indirect=True)
FUZHOU, BEIJING = (26.08, 119.30), (39.90, 116.40)


def item(world: World, product: str = "milk", *, cover: bool = False) -> tuple[Code, SerialCode]:
    """One serial of a new batch, and how it is printed."""
    batch = world.register("farm", "100 KGM", product)
    serials.issue(world.ctx, world["farm"], batch, 1, cover=cover)
    (code,) = serials.printed(world.ctx, batch, 1, 1)
    return serials.of_batch(world.ctx, batch, code.serial), code


def seen(world: World, code: Code, *places: tuple[float, float]) -> Seen:
    """What is known of a thing after it was seen in these places, an hour between them."""
    for place in places:
        sightings.scanned(world.ctx, code.uri, place, code=code)
        world.clock.forward(hours=1)
    return sightings.scanned(world.ctx, code.uri, code=code)


def count(world: World, table: t.Table) -> int:
    with reading(world.engine) as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


# -- looks -------------------------------------------------------------------------------------------------------


def test_looks_are_added_up_and_written_beside_the_requests(world: World) -> None:
    """They are there at once, and after a restart; the first time stays the first. On both databases."""
    first = world.clock.now
    for client in ("a", "b"):
        sightings.looked(world.ctx, "code:1", client)
    assert sightings.scanned(world.ctx, "code:1") == Seen(2, first)
    assert count(world, t.scans) == 0
    assert not sightings.step(world.ctx)  # two seconds have not passed
    world.clock.forward(seconds=2)
    bootstrap.background(world.ctx).drain()
    assert count(world, t.scans) == 1
    world.clock.forward(days=1)
    sightings.looked(world.ctx, "code:1", "a")
    assert sightings.scanned(world.ctx, "code:1") == Seen(3, first)
    assert sightings.flush(world.ctx) == 1
    assert sightings.scanned(world.ctx, "code:1") == Seen(3, first)
    assert sightings.scanned(world.ctx, "code:2") == Seen(0, None)


@ONE
def test_one_client_counts_once_in_ten_minutes(world: World) -> None:
    """Pressing reload makes no popular code; ten minutes later it is a new look."""
    for minutes in (0, 5, 4):
        world.clock.forward(minutes=minutes)
        sightings.looked(world.ctx, "code:1", "a")
    assert sightings.scanned(world.ctx, "code:1").count == 1
    world.clock.forward(minutes=1)
    sightings.looked(world.ctx, "code:1", "a")
    assert sightings.scanned(world.ctx, "code:1").count == 2


@ONE
def test_nothing_of_who_looked_is_kept(world: World) -> None:
    """Neither the address nor the browser is in the database or, readable, in memory."""
    sightings.looked(world.ctx, "code:1", "192.0.2.0/24 browser")
    held = repr(vars(world.ctx.tally))
    sightings.flush(world.ctx)
    assert "192.0.2" not in held
    assert {column.name for column in t.scans.columns} == {"ledger", "code", "count", "first", "last"}
    assert {c.name for c in t.sightings.columns} == {"ledger", "code", "time", "latitude", "longitude"}


@ONE
def test_what_waits_in_memory_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of looks at ever new codes fills no memory: what is over is not counted."""
    monkeypatch.setattr(tally, "MOST_CODES", 3)
    monkeypatch.setattr(tally, "MOST_CLIENTS", 4)
    for number in range(9):
        sightings.looked(world.ctx, f"code:{number}", "a")
    assert len(world.ctx.tally._seen) <= 4
    assert sightings.flush(world.ctx) == 3
    sightings.looked(world.ctx, "code:8", "b")
    assert sightings.scanned(world.ctx, "code:8").count == 1


@ONE
def test_a_look_waits_for_no_lock(world: World) -> None:
    """While somebody holds the ledger's head, pages of codes open and are counted."""

    def look() -> int:
        sightings.looked(world.ctx, "code:1", "a")
        return sightings.scanned(world.ctx, "code:1").count

    with ThreadPoolExecutor(1) as pool:
        counted = world.ctx.sequencer.submit(lambda uow: uow.connection and pool.submit(look).result(30))
    assert counted == 1


# -- sightings ---------------------------------------------------------------------------------------------------


@ONE
def test_one_number_in_two_far_places_is_a_warning(world: World) -> None:
    """A copied label shows itself by where it turns up; a genuine one at home does not."""
    code, _ = item(world)
    assert seen(world, code, FUZHOU, FUZHOU).clone is None
    warning = seen(world, code, BEIJING).clone
    assert warning is not None
    assert (warning.reason, warning.minutes) == (Reason.TOO_FAST, 60)
    other, _ = item(world)
    assert seen(world, other, FUZHOU).clone is None


@ONE
def test_a_place_is_kept_to_a_tenth_of_a_degree_and_no_finer(world: World) -> None:
    """Whatever a program sends, no address can be read from what is kept."""
    code, _ = item(world)
    seen(world, code, (26.08123456, 119.29876543))
    with reading(world.engine) as connection:
        row = connection.execute(select(t.sightings)).one()
    assert (row.latitude, row.longitude) == (261, 1193)
    for place in ((91.0, 0.0), (float("nan"), 0.0)):
        with pytest.raises(Invalid):
            sightings.scanned(world.ctx, code.uri, place, code=code)


@ONE
def test_a_batchs_own_code_has_no_sightings_and_no_warning(world: World) -> None:
    """It is on a thousand things in a hundred towns."""
    code, _ = item(world)
    for place in (FUZHOU, BEIJING):
        assert sightings.scanned(world.ctx, code.batch, place).clone is None
    assert count(world, t.sightings) == 0


@ONE
def test_sightings_of_one_code_are_bounded(world: World) -> None:
    """The same place within an hour is one; who floods a serial fills a hundred rows."""
    code, _ = item(world)
    for _ in range(3):
        sightings.scanned(world.ctx, code.uri, FUZHOU, code=code)
    assert count(world, t.sightings) == 1
    for number in range(MOST_SIGHTINGS + 5):
        world.clock.forward(seconds=1)
        sightings.scanned(world.ctx, code.uri, (0.0, number * 0.2), code=code)
    assert count(world, t.sightings) == MOST_SIGHTINGS


def event(world: World, code: Code, step: str, place: str | None = None) -> dict[str, object]:
    """Somebody's own system says what became of one item."""
    when = world.clock.now.isoformat()
    return {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:{world.ctx.random(16).hex()}",
        "eventTime": when,
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "bizStep": step,
        "epcList": [code.names[-1]],
        **({"readPoint": {"id": place}} if place else {}),
    }


def say(world: World, who: str, *events: dict[str, object]) -> None:
    document = {
        "@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-02T00:00:00Z",
        "epcisBody": {"eventList": list(events)},
    }
    capture.import_document(world.ctx, world[who], read_document(json.dumps(document).encode()))


@ONE
def test_what_its_maker_recorded_as_destroyed_does_not_turn_up_again(world: World) -> None:
    """The record names the item by GTIN and serial (SGTIN); a stranger's document says nothing about it."""
    code, _ = item(world)
    say(world, "market", event(world, code, "destroying"))
    world.clock.forward(days=1)
    sightings.looked(world.ctx, code.uri, "a")
    assert sightings.scanned(world.ctx, code.uri, code=code).clone is None
    say(world, "farm", event(world, code, "destroying"))
    world.clock.forward(days=1)
    sightings.looked(world.ctx, code.uri, "a")
    warning = sightings.scanned(world.ctx, code.uri, code=code).clone
    assert warning is not None
    assert (warning.reason, warning.gone) == (Reason.GONE_BEFORE, world.clock.now - timedelta(days=1))


@ONE
def test_what_was_sold_in_one_town_and_is_seen_too_soon_in_another_is_a_copy(world: World) -> None:
    """A till that says where it stands (RFC 5870) is a sighting like any other."""
    code, _ = item(world)
    say(world, "farm", event(world, code, "retail_selling", "geo:26.08,119.30"))
    world.clock.forward(hours=1)
    assert seen(world, code, FUZHOU).clone is None
    warning = seen(world, code, BEIJING).clone
    assert warning is not None
    assert warning.reason is Reason.TOO_FAST


# -- second codes ------------------------------------------------------------------------------------------------


def test_the_code_under_the_layer_is_right_once_for_the_first_time(world: World) -> None:
    """Whoever uncovers it later is told when that was: then the pack may have been refilled. On both databases."""
    code, printed = item(world, cover=True)
    assert printed.cover is not None
    wrong = sightings.uncover(world.ctx, code, "AAAAAAAA")
    assert (wrong.right, wrong.left, wrong.before) == (False, MOST_TRIES - 1, None)
    first = world.clock.forward(hours=1)
    assert sightings.uncover(world.ctx, code, printed.cover.lower()).before is None
    world.clock.forward(days=3)
    again = sightings.uncover(world.ctx, code, printed.cover)
    assert (again.right, again.before) == (True, first)
    assert sightings.uncover(world.ctx, code, "BBBBBBBB").before == first


def test_nobody_tries_out_codes_under_the_layer_even_many_at_once(world: World) -> None:
    """Ten wrong ones a day, however many hands: then even the right one waits for tomorrow. On both databases."""
    code, printed = item(world, cover=True)

    def guess(number: int) -> bool:
        try:
            return sightings.uncover(world.ctx, code, f"{number:08}").right
        except CoverPaused:
            return True

    with ThreadPoolExecutor(4) as pool:
        paused = list(pool.map(guess, range(MOST_TRIES + 6)))
    assert paused.count(False) == MOST_TRIES
    with pytest.raises(CoverPaused):
        sightings.uncover(world.ctx, code, printed.cover or "")
    world.clock.forward(hours=24)
    assert sightings.uncover(world.ctx, code, printed.cover or "").right
    assert count(world, t.reveals) == 1


@ONE
def test_what_has_no_layer_has_no_second_code(world: World) -> None:
    """Nobody is led to believe that a code was checked that does not exist."""
    code, _ = item(world)
    with pytest.raises(NoCover):
        sightings.uncover(world.ctx, code, "AAAAAAAA")
