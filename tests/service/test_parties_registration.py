"""Who takes part: parties, their keys, and what they make."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.scenario import GTIN, World, opened
from trace.domain import refusals as no
from trace.domain.model import Role
from trace.domain.units import UnknownUnit
from trace.identifiers import InvalidIdentifier
from trace.ledger.canonical import strict_loads
from trace.services import parties
from trace.services.context import Once
from trace.services.keys import KeysUnusable
from trace.services.parties import PartyDraft, ProductDraft
from trace.store.engine import reading
from trace.store.tables import api_keys, requests, signing_keys

USCC = "91350100M000100Y43"


def register(world: World, **fields: str) -> str:
    draft = PartyDraft(role=Role.STALL, **{"name": "张三的摊位", **fields})
    return str(parties.register_party(world.ctx, parties.operator(world.ctx), draft).result["id"])


def test_a_party_is_found_by_each_of_its_names(world: World) -> None:
    id = register(world, gln="0614141000005", uscc=USCC)
    party = parties.find_party(world.ctx, id)
    for name in (party.uri, "0614141000005", USCC):
        assert parties.find_party(world.ctx, name) == party


def test_a_party_without_a_gln_gets_an_address_of_the_service(world: World) -> None:
    party = parties.find_party(world.ctx, register(world))
    assert party.uri == f"https://trace.example/p/{party.id}"


@pytest.mark.parametrize("fields", [{"gln": "0614141000005"}, {"uscc": USCC}, {"id": "farm"}])
def test_one_business_is_registered_once(world: World, fields: dict[str, str]) -> None:
    if "id" not in fields:
        register(world, **fields)
    with world.refuses(no.Duplicate):
        register(world, **fields)


@pytest.mark.parametrize("fields", [{"gln": "0614141000006"}, {"uscc": USCC[:-1] + "4"}, {"licence": "SC1"}])
def test_a_wrong_check_digit_is_refused(world: World, fields: dict[str, str]) -> None:
    before = world.tables()
    with pytest.raises(InvalidIdentifier):
        register(world, **fields)
    assert world.tables() == before


def test_a_party_needs_a_name(world: World) -> None:
    with world.refuses(no.Invalid, field="name"):
        register(world, name=" ")


def test_only_the_operator_registers_parties(world: World) -> None:
    with world.refuses(no.RoleForbids, act="register_party"):
        parties.register_party(world.ctx, world["farm"], PartyDraft("Friend", Role.STALL))


def test_a_persons_name_and_number_stay_in_their_own_compartment(world: World) -> None:
    register(world, contact="李四", phone="13800000000")
    record = world.record(world.size() - 2)
    assert strict_loads(record.bodies["people"])["data"] == {"contact": "李四", "phone": "13800000000"}
    assert b"13800000000" not in record.bodies["public"] + record.statement + record.entry


def test_an_api_key_opens_the_door_until_it_is_revoked(world: World) -> None:
    actor = parties.authenticate(world.ctx, world.tokens["farm"])
    assert actor is not None
    assert actor.uri == world["farm"].uri
    parties.revoke_key(world.ctx, actor, actor.api_key or "")
    assert parties.authenticate(world.ctx, world.tokens["farm"]) is None


def test_nobody_revokes_anothers_key(world: World) -> None:
    farm = parties.authenticate(world.ctx, world.tokens["farm"])
    assert farm is not None
    parties.revoke_key(world.ctx, world["stall"], farm.api_key or "")
    assert parties.authenticate(world.ctx, world.tokens["farm"]) is not None


@pytest.mark.parametrize("token", ["", "trace_", "trace_" + "A" * 43, "x" * 10_000])
def test_a_key_that_was_never_given_opens_nothing(world: World, token: str) -> None:
    assert parties.authenticate(world.ctx, token) is None


def test_keys_are_not_in_the_database_in_the_clear(world: World) -> None:
    with reading(world.engine) as connection:
        kept = str([tuple(row) for row in connection.execute(select(api_keys))])
        sealed = [bytes(one) for one in connection.execute(select(signing_keys.c.sealed)).scalars()]
        farm = world.ctx.keys.of(connection, world["farm"].uri).private_bytes_raw()
    assert world.tokens["farm"] not in kept
    assert not any(farm in one for one in sealed)


def test_a_repeated_registration_gets_the_same_party_and_not_its_key_again(world: World) -> None:
    """The API key is shown once and stored nowhere, not even in the answer kept for repeated requests."""
    key = Once("form-1", "00" * 32)
    draft = PartyDraft("新店", Role.STALL)
    first = parties.register_party(world.ctx, parties.operator(world.ctx), draft, key)
    again = parties.register_party(world.ctx, parties.operator(world.ctx), draft, key)
    assert first.secret
    assert again.secret is None
    assert again.result == first.result
    with reading(world.engine) as connection:
        assert first.secret not in str(connection.execute(select(requests.c.response)).scalars().all())


def test_sealed_keys_do_not_open_with_another_master_key(world: World) -> None:
    (world.var / "keys" / "master.key").write_text("11" * 32, encoding="ascii")
    with (
        opened(world.var, world.url, create=False) as ctx,
        reading(ctx.sequencer.engine) as connection,
        pytest.raises(KeysUnusable, match="does not open"),
    ):
        ctx.keys.of(connection, world["farm"].uri)


def test_key_files_are_for_their_owner_alone(world: World) -> None:
    for path in (world.var / "keys").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


def test_opening_again_writes_nothing(world: World) -> None:
    """``init`` is idempotent: no second first entry, no new keys."""
    before = world.tables()
    with opened(world.var, world.url) as ctx:
        assert ctx.publisher.vkey == world.ctx.publisher.vkey
    assert world.tables() == before


# -- products ----------------------------------------------------------------------------------------------------


def test_a_gtin_is_registered_once(world: World) -> None:
    with world.refuses(no.Duplicate, what="product"):
        world.product("plant", "other", "KGM", gtin=GTIN)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"name": ""}, no.Invalid),
        ({"unit": "FURLONG"}, UnknownUnit),
        ({"shelf_days": 0}, no.Invalid),
        ({"gtin": "09520000000012"}, InvalidIdentifier),
    ],
    ids=["name", "unit", "shelf days", "gtin"],
)
def test_a_wrong_product_leaves_nothing_behind(
    world: World, fields: dict[str, object], kind: type[Exception]
) -> None:
    before = world.tables()
    draft = ProductDraft(**{"name": "pears", "unit": "KGM", **fields})
    with pytest.raises(kind):
        parties.register_product(world.ctx, world["farm"], draft)
    assert world.tables() == before


def test_a_unit_definition_must_be_an_amount(world: World) -> None:
    before = world.tables()
    with pytest.raises(no.Refusal):
        parties.register_product(
            world.ctx, world["farm"], ProductDraft("pears", "KGM", units={"CS": Decimal("-1")})
        )
    assert world.tables() == before
