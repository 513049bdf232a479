"""Who may enter what."""

from __future__ import annotations

import pytest

from trace.domain.model import Role
from trace.domain.roles import ALLOWED, Act, allows

TRADERS = [
    Role.PRODUCER,
    Role.PROCESSOR,
    Role.WHOLESALER,
    Role.RETAILER,
    Role.STALL,
    Role.CANTEEN,
    Role.IMPORTER,
]
HANDLERS = [*TRADERS, Role.MARKET, Role.CARRIER]


def test_every_role_has_its_acts() -> None:
    assert ALLOWED.keys() == set(Role)


@pytest.mark.parametrize("role", TRADERS)
def test_every_business_that_trades_registers_receives_and_transforms(role: Role) -> None:
    assert all(allows(role, act) for act in (Act.REGISTER, Act.RECEIVE, Act.SHIP, Act.TRANSFORM, Act.CORRECT))


@pytest.mark.parametrize("role", [role for role in Role if role not in HANDLERS])
@pytest.mark.parametrize("act", [Act.REGISTER, Act.SHIP, Act.RECEIVE, Act.TRANSFORM, Act.SELL, Act.SERVE])
def test_who_oversees_does_not_trade(role: Role, act: Act) -> None:
    assert not allows(role, act)


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.INSPECTOR, Role.OPERATOR}])
def test_a_business_neither_stops_nor_frees_goods_nor_registers_others(role: Role) -> None:
    assert not any(allows(role, act) for act in (Act.HOLD, Act.RELEASE, Act.REGISTER_PARTY))


def test_a_carrier_carries_and_makes_nothing() -> None:
    assert allows(Role.CARRIER, Act.SHIP)
    assert not any(allows(Role.CARRIER, act) for act in (Act.REGISTER, Act.TRANSFORM, Act.SELL))


def test_a_canteen_serves_and_does_not_sell() -> None:
    assert allows(Role.CANTEEN, Act.SERVE)
    assert not allows(Role.CANTEEN, Act.SELL)
