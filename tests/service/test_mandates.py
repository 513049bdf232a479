"""One business enters for another: only with its mandate, only as long as it stands, and every event says so."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests import scenario
from tests.scenario import World
from trace.domain.commands import Correct, Register
from trace.domain.mandates import (
    ENTERED_BY,
    MandateImpossible,
    MandateStands,
    NoMandate,
    NotOnBehalf,
)
from trace.domain.refusals import Invalid, RightsForbid, RoleForbids, UnknownParty
from trace.services import accounts, custody, mandates, parties
from trace.services.context import Actor, Once, Rights, User
from trace.services.parties import ProductDraft


def told(world: World, index: int, compartment: str) -> Any:
    """What a compartment of a record holds."""
    return json.loads(world.record(index).bodies[compartment])["data"]


def batch(world: World, amount: str = "10 KGM") -> Register:
    """A batch of apples to be registered."""
    return Register(scenario.new(world.products["apples"], amount))


def user(world: World, who: str, rights: Rights) -> Actor:
    """One of a party's people."""
    return replace(world[who], user=User(who, world[who].uri, who, who, rights))


@pytest.fixture
def clerk(world: World) -> Actor:
    """The market's clerk, entering for the stall, which let the market do so."""
    mandates.give(world.ctx, world["stall"], "market")
    return mandates.acting(world.ctx, world["market"], "stall")


def test_what_is_entered_on_behalf_is_said_by_the_vendor_and_names_the_clerk(
    world: World, clerk: Actor
) -> None:
    """A customer, an inspector and the vendor all see that somebody else's hand wrote it; the signature is his."""
    done = custody.register(world.ctx, clerk, batch(world))
    record = world.record(done.index)
    assert json.loads(record.statement)["by"] == world["stall"].uri
    for compartment in ("public", "full"):
        assert told(world, done.index, compartment)["event"][ENTERED_BY] == world["market"].uri
    assert world.holds("stall", done.result["batches"][0]["uri"]) == 10


def test_what_the_vendor_enters_himself_names_nobody_else(world: World, clerk: Actor) -> None:
    """Only what was entered on behalf is marked."""
    done = custody.register(world.ctx, world["stall"], batch(world))
    assert ENTERED_BY not in told(world, done.index, "full")["event"]


def test_a_correction_entered_on_behalf_leaves_the_original_as_it_was(world: World, clerk: Actor) -> None:
    """EPCIS wants the same event again: who entered the correction stands with the declaration."""
    wrong = custody.register(world.ctx, world["stall"], batch(world))
    done = custody.correct(world.ctx, clerk, Correct(wrong.event_id or "", "did_not_occur"))
    for compartment in ("public", "full"):
        event = told(world, done.index, compartment)["event"]
        assert ENTERED_BY not in event
        assert event["errorDeclaration"][ENTERED_BY] == world["market"].uri


def test_the_role_of_the_vendor_decides_what_may_be_entered(world: World) -> None:
    """Who may serve does not serve in the name of one who may only carry."""
    mandates.give(world.ctx, world["carrier"], "stall")
    clerk = mandates.acting(world.ctx, world["stall"], "carrier")
    with world.refuses(RoleForbids, role="carrier", act="register"):
        custody.register(world.ctx, clerk, batch(world))


def test_nobody_enters_for_another_without_a_mandate(world: World) -> None:
    """Neither a neighbour, nor the vendor for him who has his mandate, nor anybody for one who is not there."""
    mandates.give(world.ctx, world["stall"], "market")
    for own, party in (("canteen", "stall"), ("stall", "market"), ("market", "farm")):
        with world.refuses(NoMandate):
            mandates.acting(world.ctx, world[own], party)
    with world.refuses(UnknownParty):
        mandates.acting(world.ctx, world["market"], "nobody")


def test_a_made_up_actor_is_refused_inside_the_transaction(world: World) -> None:
    """Even if a page forgot to ask, nothing is recorded in another's name."""
    forged = replace(world["stall"], entered_by=world["canteen"].party)
    with world.refuses(NoMandate, party=world["stall"].uri, clerk=world["canteen"].uri):
        custody.register(world.ctx, forged, batch(world))
    with world.refuses(NoMandate):
        custody.register(world.ctx, forged, batch(world), Once("k", "0" * 64))
    with world.refuses(NoMandate):
        parties.register_product(world.ctx, forged, ProductDraft("pears", "KGM"))


def test_a_mandate_that_ends_between_request_and_record_stops_the_record(world: World, clerk: Actor) -> None:
    """The clerk's page was open, and looked at as allowed, when the vendor ended it: what counts is the moment of
    writing."""
    mandates.end(world.ctx, world["stall"], "stall", "market")
    with world.refuses(NoMandate):
        custody.register(world.ctx, clerk, batch(world))


def test_what_was_recorded_before_the_end_is_answered_once_more(world: World, clerk: Actor) -> None:
    """A phone that had no network may ask again whether its entry arrived; nothing is recorded by that."""
    key = Once("kept", "1" * 64)
    first = custody.register(world.ctx, clerk, batch(world), key)
    mandates.end(world.ctx, world["stall"], "stall", "market")
    size = world.size()
    again = custody.register(world.ctx, clerk, batch(world), key)
    assert (again.index, again.replayed, world.size()) == (first.index, True, size)


def test_a_mandate_given_again_stands_again(world: World, clerk: Actor) -> None:
    """Ending is for good until the vendor says otherwise."""
    mandates.end(world.ctx, world["stall"], "stall", "market")
    mandates.give(world.ctx, world["stall"], "market")
    assert custody.register(world.ctx, clerk, batch(world)).index
    with world.refuses(MandateStands):
        mandates.give(world.ctx, world["stall"], "market")


def test_a_mandate_is_listed_for_both_sides_until_it_ends(world: World, clerk: Actor) -> None:
    """The vendor sees who may enter for him, the market for whom it may."""
    (one,) = mandates.given_by(world.ctx, world["stall"])
    assert (one.clerk.name, one.by.name) == ("market", "stall")
    assert mandates.given_to(world.ctx, world["market"]) == mandates.given_to(world.ctx, clerk) == (one,)
    mandates.end(world.ctx, world["market"], "stall", "market")  # who does not want it gives it back
    assert mandates.given_by(world.ctx, world["stall"]) == mandates.given_to(world.ctx, world["market"]) == ()


def test_only_an_owner_gives_a_mandate_and_nobody_on_behalf(world: World, clerk: Actor) -> None:
    """A clerk of the stall cannot let others in, and he who was let in cannot let in a third."""
    for rights in (Rights.CLERK, Rights.READER):
        with world.refuses(RightsForbid, rights=str(rights)):
            mandates.give(world.ctx, user(world, "stall", rights), "plant")
        with world.refuses(RightsForbid):
            mandates.end(world.ctx, user(world, "stall", rights), "stall", "market")
    for refused in (
        lambda: mandates.give(world.ctx, clerk, "plant"),
        lambda: mandates.end(world.ctx, clerk, "stall", "market"),
    ):
        with world.refuses(NotOnBehalf):
            refused()


def test_mandates_are_of_businesses_alone(world: World) -> None:
    """No authority, laboratory or operator enters for a business, and nobody for himself."""
    for giver, to in (
        ("stall", "stall"),
        ("stall", "inspector"),
        ("stall", "laboratory"),
        ("inspector", "market"),
    ):
        with world.refuses(MandateImpossible):
            mandates.give(world.ctx, world[giver], to)


def test_only_the_two_of_a_mandate_and_the_operator_end_it(world: World, clerk: Actor) -> None:
    """A competitor cannot cut off the market's help."""
    for other in ("canteen", "inspector"):
        with world.refuses(NoMandate):
            mandates.end(world.ctx, world[other], "stall", "market")
    mandates.end(world.ctx, world["operator"], "stall", "market")
    with world.refuses(NoMandate):
        mandates.end(world.ctx, world["stall"], "stall", "market")


def test_the_operator_registers_a_mandate_that_was_given_on_paper(world: World) -> None:
    """Who has no telephone signs on paper: the record says that the operator wrote it down, and which paper only to
    those who may read it whole."""
    done = mandates.register_paper(world.ctx, world["operator"], "stall", "market", "授权书 2026-7")
    assert json.loads(world.record(done.index).statement)["by"] == world["operator"].uri
    assert "授权书" not in str(told(world, done.index, "public"))
    assert told(world, done.index, "full") == {"paper": "授权书 2026-7"}
    assert mandates.acting(world.ctx, world["market"], "stall").entered_by == world["market"].party
    with world.refuses(RoleForbids):
        mandates.register_paper(world.ctx, world["market"], "stall", "market", "forged")
    with world.refuses(Invalid):
        mandates.register_paper(world.ctx, world["operator"], "canteen", "market", " ")


def test_a_session_that_enters_for_another_falls_back_to_its_own_when_the_mandate_ends(world: World) -> None:
    """At the very next request, without anybody signing out."""
    ctx = world.ctx
    accounts.create_user(
        ctx, world["market"].party, login="m.clerk", name="m", password="long enough 7", rights=Rights.CLERK
    )
    token = accounts.sign_in(ctx, "m.clerk", "long enough 7")
    mandates.give(ctx, world["stall"], "market")
    accounts.enter_for(ctx, token, world["stall"].uri)
    signed = accounts.signed(ctx, token)
    assert signed is not None
    assert (signed.actor.party.name, signed.actor.entered_by) == ("stall", world["market"].party)
    mandates.end(ctx, world["stall"], "stall", "market")
    signed = accounts.signed(ctx, token)
    assert signed is not None
    assert (signed.actor.party.name, signed.actor.entered_by) == ("market", None)
