"""A town in which every page has something to show: goods on their way, stopped, old; offers, reports, applicants."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from tests.authenticator import Phone
from tests.scenario import new
from tests.web.desk import PASSWORD, Desk, user_id
from trace.domain.commands import Basis, Commitment, Observe
from trace.domain.offers import Item, Meal, OfferKind, PostOffer
from trace.services import (
    applications,
    complaints,
    custody,
    look,
    mandates,
    offers,
    parties,
    passkeys,
    serials,
    sightings,
    users,
)
from trace.services.accounts import Origin
from trace.services.applications import ApplicationDraft
from trace.services.complaints import Kind, Report
from trace.services.context import Rights


@dataclass(frozen=True)
class Town:
    """What pages are asked for by name: each value stands in an address as it is."""

    apples: str
    juice: str
    held: str
    delivery: str
    note: str
    entry: str
    complaint: str
    hold: str
    application: str
    invitation: str
    serial: str
    copied: str
    key: str
    colleague: str
    passkey: str


def told(desk: Desk) -> Town:
    """What happens in the town, and what its things are called."""
    world, ctx = desk.world, desk.ctx
    today = ctx.local(world.clock()).date()
    promise = Commitment((Basis.OWN_TEST, Basis.QUALITY_CONTROL), today)
    apples = world.register("farm", "100 KGM", lot="A-1", origin="三都镇", commitment=promise)
    world.deliver("farm", "plant", (apples, "40 KGM"))
    custody.observe(ctx, world["laboratory"], Observe("inspecting", (apples,), finding="农残未检出"))
    (juice,) = world.transform(
        "plant", [(apples, "30 KGM")], new(world.products["juice"], "25 LTR", lot="J-1")
    )
    world.deliver("plant", "canteen", (juice, "5 LTR"))
    world.deliver("farm", "stall", (apples, "10 KGM"))
    way = world.shipping("farm", "plant", (apples, "12 KGM"))
    world.register("farm", "9 KGM", lot="A-0", expires=today)
    held = world.register("farm", "8 KGM", lot="A-9")
    hold = custody.hold(ctx, world["inspector"], held, "农残超标").result["hold"]
    post = PostOffer(today, OfferKind.GOODS, (Item("apples", (apples,)),))
    offers.post(ctx, world["stall"], post)
    menu = PostOffer(today, OfferKind.MENU, (Item("苹果汁", (juice,), Meal.LUNCH),), Meal.LUNCH)
    offers.post(ctx, world["canteen"], menu)
    mandates.give(ctx, world["stall"], world["market"].uri)
    report = Report(apples, Kind.SPOILT, text="闻起来有酸味", contact="13800000000")
    complaint = complaints.file(ctx, report, address="192.0.2.1").result["number"]
    draft = ApplicationDraft("新开水果店", "retailer", "林先生", "0593-1234567")
    application = applications.apply(ctx, draft, "192.0.2.2")
    farm = world["farm"]
    link = users.invite(ctx, farm, farm.party, Rights.CLERK)
    serials.issue(ctx, farm, apples, 3)
    serial = next(iter(serials.printed(ctx, apples, 1, 1)))
    copied = serials.of_batch(ctx, apples, next(iter(serials.printed(ctx, apples, 3, 1))).serial)
    for place in ((26.1, 119.3), (39.9, 116.4)):
        sightings.scanned(ctx, copied.uri, place, code=copied)
        world.clock.forward(minutes=1)
    key = parties.issue_key(ctx, farm.party, "shop system")
    world.clock.forward(hours=30)
    return Town(
        apples=_code(desk, apples),
        juice=_code(desk, juice),
        held=_code(desk, held),
        delivery=str(way.index),
        note=way.result["shipment"].rsplit("/", 1)[-1],
        entry=str(way.index),
        complaint=complaint,
        hold=hold,
        application=application,
        invitation=link.token,
        serial=serial.serial,
        copied=quote(copied.uri, safe=""),
        key=key.id,
        colleague=user_id("farm", Rights.CLERK),
        passkey=add_passkey(desk, "farm", "店里的手机"),
    )


def add_passkey(desk: Desk, login: str, name: str) -> str:
    """A passkey of a user, called so; its id."""
    owner = users.find(desk.ctx, login)
    asked = passkeys.begin_adding(desk.ctx, owner, "a session", name=name, password=PASSWORD, origin=Origin())
    return passkeys.add(desk.ctx, owner, "a session", name=name, credential=Phone().make(asked)).id


def _code(desk: Desk, uri: str) -> str:
    return quote(look.find_batch(desk.ctx, uri).batch.code or uri, safe="")
