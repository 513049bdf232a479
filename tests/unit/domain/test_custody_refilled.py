"""An earlier taking-out is declared wrong after the box was emptied: the goods are back, and so is the box."""

from __future__ import annotations

from decimal import Decimal

from tests.unit.domain.world import CASE, World
from trace.domain.model import Account, AccountKind


def test_a_box_taken_apart_since_stands_again_with_the_goods_that_never_left_it() -> None:
    world = World()
    batch = world.register("farm", "A", 100)
    world.pack("farm", CASE, (batch, Decimal(25)))
    first = world.unpack("farm", CASE, (batch, Decimal(5)))
    world.unpack("farm", CASE)
    assert CASE not in world.book.containers
    world.correct("farm", first)
    farm = world.party("farm").uri
    assert world.book.containers[CASE].place == Account(AccountKind.HELD, farm)
    assert world.book.accounts[batch, Account(AccountKind.HELD, farm, CASE)] == Decimal(5)
