"""A reason is recorded as a code and as what was added; records from before there were codes keep their shape."""

from __future__ import annotations

import json

import pytest

from tests.scenario import World
from tests.service.test_import_documents import event
from tests.service.test_sightings import ONE, say
from trace.domain import causes
from trace.domain.refusals import Invalid
from trace.services import custody, look
from trace.store.engine import reading
from trace.store.queries.attention import flags_of
from trace.store.queries.records import bodies_of


def body(world: World, index: int) -> dict[str, str]:
    """What everybody may see of a record."""
    with reading(world.engine) as connection:
        ((_, data),) = bodies_of(connection, world.ctx.ledger, [index], "public")
    found: dict[str, str] = json.loads(data)["data"]
    return found


def test_a_hold_says_its_cause_and_what_was_added_and_so_does_its_release(world: World) -> None:
    """On both databases; a rebuild from the ledger comes to the same rows."""
    batch, inspector = world.register("farm", "9 KGM"), world["inspector"]
    held = custody.hold(world.ctx, inspector, batch, " 毒死蜱 ", cause="unsafe")
    assert body(world, held.index) == {
        "batch": batch, "hold": held.result["hold"], "party": inspector.uri, "cause": "unsafe", "reason": "毒死蜱",
    }  # fmt: skip
    lifted = custody.release(world.ctx, inspector, batch, held.result["hold"], "", cause="cleared")
    assert body(world, lifted.index)["cause"] == "cleared"
    (stop,) = look.batch_page(world.ctx, batch).stops
    assert (stop.stop.cause, stop.stop.reason) == ("unsafe", "毒死蜱")
    assert (stop.released_cause, stop.released_reason, stop.in_force) == ("cleared", "", False)


@ONE
def test_words_alone_are_recorded_as_ever(world: World) -> None:
    """What a program sends that knows no causes has the very fields that it had."""
    batch = world.register("farm", "9 KGM")
    held = custody.hold(world.ctx, world["inspector"], batch, "抽检不合格")
    assert body(world, held.index).keys() == {"batch", "hold", "party", "reason"}
    (stop,) = look.batch_page(world.ctx, batch).stops
    assert (stop.stop.cause, stop.stop.reason) == (None, "抽检不合格")


@ONE
@pytest.mark.parametrize(
    ("cause", "reason", "field"),
    [
        (None, "", "reason"),
        ("other", " ", "reason"),
        ("unsafe", "x" * (causes.LONGEST + 1), "reason"),
        ("cleared", "x", "cause"),  # that is why goods are freed
        ("", "x", "cause"),
    ],
)
def test_nobody_stops_goods_without_saying_why(
    world: World, cause: str | None, reason: str, field: str
) -> None:
    """Neither in words nor by a cause that there is."""
    batch = world.register("farm", "9 KGM")
    with world.refuses(Invalid, field=field):
        custody.hold(world.ctx, world["inspector"], batch, reason, cause=cause)


@ONE
def test_goods_that_moved_all_the_same_are_flagged_with_the_cause(world: World) -> None:
    """A document that another system handed in; the ledger's end verifies that a rebuild flags it alike."""
    batch = world.register("farm", "9 KGM", "milk", lot="L1")
    custody.hold(world.ctx, world["inspector"], batch, "", cause="origin")
    size = world.size()
    say(world, "farm", event("9", "shipping", batch, 2, world["farm"].party.location))
    with reading(world.engine) as connection:
        raised = flags_of(connection, world.ctx.ledger, range(size, world.size()))
    (params,) = [
        dict(one.params) for several in raised.values() for one in several if one.code == "batch_stopped"
    ]
    assert (params["cause"], params["reason"]) == ("origin", "")
