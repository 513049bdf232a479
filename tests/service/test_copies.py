"""A warning of copies is settled by an official who looked into it, by a record, and comes back with new sightings."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.scenario import World
from tests.service.test_sightings import BEIJING, FUZHOU, ONE, event, item, say, seen
from trace.domain.clones import Reason
from trace.domain.refusals import Invalid, RightsForbid, RoleForbids
from trace.domain.serials import NoCloneWarning, SerialForged
from trace.services import copies, sightings
from trace.services.context import Actor, Once, Rights, User
from trace.services.serials import Code
from trace.services.sightings import MOST_SIGHTINGS
from trace.store import serial_tables as t
from trace.store.engine import reading
from trace.store.tables import bodies


def copied(world: World) -> Code:
    """A piece whose serial turned up in two far places."""
    code, _ = item(world)
    warning = seen(world, code, FUZHOU, BEIJING).clone
    assert warning is not None
    return code


def clear(
    world: World, code: Code, who: str = "inspector", cause: str | None = "genuine", reason: str = ""
) -> int:
    """Somebody settles it."""
    return copies.clear(world.ctx, world[who], code.uri, cause, reason).index


def test_a_settled_warning_is_gone_and_says_who_looked_into_it_when(world: World) -> None:
    """The thing is genuine: its buyer reads that somebody looked. On both databases, and a rebuild says the same."""
    code = copied(world)
    index = clear(world, code, reason="与厂家核对过")
    after = sightings.scanned(world.ctx, code.uri, code=code)
    assert after.clone is None
    assert after.cleared is not None
    assert (after.cleared.index, after.cleared.by.name) == (index, "inspector")
    assert (after.cleared.time, after.cleared.cause, after.cleared.reason) == (
        world.clock.now, "genuine", "与厂家核对过",
    )  # fmt: skip


@ONE
def test_new_sightings_warn_again(world: World) -> None:
    """Whoever copies on after the inspector left is found as before."""
    code = copied(world)
    clear(world, code)
    world.clock.forward(hours=1)
    assert seen(world, code, FUZHOU).clone is None
    warning = seen(world, code, BEIJING).clone
    assert warning is not None
    assert warning.reason is Reason.TOO_FAST
    clear(world, code, cause="removed")
    assert sightings.scanned(world.ctx, code.uri, code=code).clone is None


@ONE
def test_a_forger_who_filled_the_sightings_before_hides_none_after(world: World) -> None:
    """So many are kept of a serial, counted anew from when somebody looked into it."""
    code, _ = item(world)
    for number in range(MOST_SIGHTINGS):
        world.clock.forward(seconds=1)
        sightings.scanned(world.ctx, code.uri, (0.0, number * 0.2), code=code)
    clear(world, code)
    world.clock.forward(seconds=1)
    warning = seen(world, code, FUZHOU, BEIJING).clone
    assert warning is not None
    assert warning.reason is Reason.TOO_FAST


@ONE
def test_of_goods_gone_before_a_look_is_no_news_but_a_sighting_is(world: World) -> None:
    """Otherwise the inspector's own look at the page would bring back what he settled."""
    code, _ = item(world)
    say(world, "farm", event(world, code, "destroying"))
    world.clock.forward(days=1)
    sightings.looked(world.ctx, code.uri, "a")
    clear(world, code, cause="other", reason="记录写错了一件")
    world.clock.forward(days=1)
    sightings.looked(world.ctx, code.uri, "a")
    assert sightings.scanned(world.ctx, code.uri, code=code).clone is None
    warning = seen(world, code, FUZHOU).clone
    assert warning is not None
    assert warning.reason is Reason.GONE_BEFORE


@ONE
@pytest.mark.parametrize("who", ["farm", "plant", "stall", "laboratory", "carrier", "operator"])
def test_nobody_but_an_official_settles_a_warning(world: World, who: str) -> None:
    """Least of all whoever sells the copies."""
    code = copied(world)
    with world.refuses(RoleForbids, act="clear"):
        clear(world, code, who)
    assert sightings.scanned(world.ctx, code.uri, code=code).clone is not None


@ONE
def test_where_a_piece_was_seen_is_nobody_elses_business(world: World) -> None:
    """Neither its maker nor a laboratory learns where buyers are."""
    code = copied(world)
    assert len(copies.piece(world.ctx, world["inspector"], code.uri).places) == 2
    for who in ("farm", "stall", "laboratory"):
        with pytest.raises(RoleForbids):
            copies.piece(world.ctx, world[who], code.uri)


@ONE
def test_an_official_who_may_only_look_settles_nothing(world: World) -> None:
    code = copied(world)
    reader = Actor(world["inspector"].party, user=User("u", world["inspector"].uri, "u", "u", Rights.READER))
    with world.refuses(RightsForbid):
        copies.clear(world.ctx, reader, code.uri, "genuine", "")


@ONE
def test_there_must_be_a_warning_a_reason_and_a_serial(world: World) -> None:
    """Nobody vouches in advance, without saying why, or for a number that was made up."""
    fine, _ = item(world)
    with world.refuses(NoCloneWarning):
        clear(world, fine)
    code = copied(world)
    for cause, reason, field in ((None, " ", "reason"), ("other", "", "reason"), ("whim", "x", "cause")):
        with world.refuses(Invalid, field=field):
            clear(world, code, cause=cause, reason=reason)
    other, _ = item(world)
    with pytest.raises(SerialForged):
        copies.clear(world.ctx, world["inspector"], f"{other.batch}/21/{fine.serial}", "genuine", "")


@ONE
def test_sent_twice_it_is_settled_once(world: World) -> None:
    """A phone that did not hear the answer asks again, when there is no warning any more."""
    code = copied(world)
    key = Once("settle", "00" * 32)
    first = copies.clear(world.ctx, world["inspector"], code.uri, "genuine", "", key)
    again = copies.clear(world.ctx, world["inspector"], code.uri, "genuine", "", key)
    assert (again.index, again.replayed) == (first.index, True)


@ONE
def test_the_public_record_names_no_genuine_serial(world: World) -> None:
    """Who reads receipts learns that the batch had a warning, and no number to print."""
    code = copied(world)
    index = clear(world, code)
    with reading(world.engine) as connection:
        chosen = select(bodies.c.body).where(bodies.c["index"] == index, bodies.c.compartment == "public")
        public = bytes(connection.execute(chosen).scalar_one())
        kept = connection.execute(select(t.clearances.c.code)).scalar_one()
    assert code.serial.encode() not in public
    assert code.batch.encode() in public
    assert kept == code.uri
