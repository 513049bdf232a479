"""What one business may not see of another, field by field, for everybody: on every page and at every address.

``WHO`` is the table of ``docs/threat-model.md``, "Who sees what".
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import quote

import pytest
from PIL import Image

import wsgi
from tests.scenario import new, quantities
from tests.service.ledgers import ROOT
from tests.web import desk as desks
from tests.web.desk import EVERYBODY, Browser, Desk, user_id
from tests.web.everywhere import EPCIS_ALL, Reader, files, interface, pages
from tests.web.town import Town, add_passkey
from trace.domain.commands import Observe, Outside, Paper, Receive, Register, Settled, TakeOut, Transform
from trace.domain.model import Role
from trace.domain.offers import Item, Meal, OfferKind, PostOffer
from trace.services import (
    api_keys,
    applications,
    complaints,
    custody,
    handy,
    look,
    mandates,
    offers,
    parties,
    photos,
    serials,
    users,
)
from trace.services.applications import ApplicationDraft
from trace.services.complaints import Kind, Report
from trace.services.context import Actor, Done, Rights
from trace.services.parties import PartyDraft
from trace.services.reporting import FORMS

ORCHARD = "orchard"


@dataclass(frozen=True)
class Planted:
    """A town in which everything that is somebody's own has words that stand nowhere else."""

    town: Town
    photo: str
    serial: str
    roll: str


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "#883322").save(out, "PNG")
    return out.getvalue()


PHOTO = photos.prepare(picture())


def moved_in(desk: Desk) -> None:
    """The orchard, of which whom to call is known; its three users have names."""
    world, ctx = desk.world, desk.ctx
    draft = PartyDraft(
        "东山果园", Role.PRODUCER, id=ORCHARD, address="东山县", contact="果园联系人", phone="13711110001"
    )
    world.tokens[ORCHARD] = parties.register_party(ctx, parties.operator(ctx), draft).secret or ""
    world.actors[ORCHARD] = Actor(parties.find_party(ctx, ORCHARD))
    desks.enter_users(world, [ORCHARD])
    world.product(ORCHARD, "plums", "KGM", shelf_days=30)
    world.tokens["operator"] = parties.issue_key(ctx, parties.operator(ctx).party, "tests").token


def made_and_sent(desk: Desk) -> tuple[str, Done]:
    """The orchard's plums, on their way to the plant and taken in there, one box short; the batch, a photo, and a
    delivery that is still on its way."""
    world, ctx = desk.world, desk.ctx
    draft = new(world.products["plums"], "731.25 KGM", lot="PL-1", origin="三都镇")
    made = Register(draft, papers=(Paper("cert", "合格证-7001"),), note="登记备注-7002")
    plums: str = custody.register(ctx, world[ORCHARD], made).result["batches"][0]["uri"]
    sent = world.ship(
        ORCHARD,
        "plant",
        (plums, "123.75 KGM"),
        vehicle="闽E-70031",
        carrier="承运人-7004",
        papers=(Paper("inv", "发票-7005"),),
        note="发货备注-7006",
    )
    short = Settled(
        plums, "KGM", Decimal("120.125"), Decimal("3.625"), reason="少一箱-7007", photos=(PHOTO.sha256,)
    )
    taken = Receive(sent, (short,), (Paper("bol", "回单-7008"),), "收货备注-7009")
    handy.receive(ctx, world["plant"], taken, [PHOTO])
    world.deliver(ORCHARD, "stall", (plums, "41.375 KGM"))
    return plums, world.shipping(ORCHARD, "plant", (plums, "12.875 KGM"))


def used_and_sold(desk: Desk, plums: str) -> str:
    """The plant makes juice and sends some on; the stall sells to somebody from outside."""
    world, ctx = desk.world, desk.ctx
    juice = new(world.products["juice"], "88.0625 LTR", lot="J-1")
    process = Transform(quantities([(plums, "118.5 KGM")]), (juice,), note="加工备注-7010")
    made: str = custody.transform(ctx, world["plant"], process).result["batches"][0]["uri"]
    world.deliver("plant", "canteen", (made, "11.1875 LTR"))
    buyer = Outside("买家-7011", contact="13722220002", address="买家地址-7012")
    sale = TakeOut("sell", quantities([(plums, "2.0625 KGM")]), buyer=buyer, note="销售备注-7013")
    custody.take_out(ctx, world["stall"], sale)
    seller = Outside("外地供货商-7014", contact="13733330003", licence="许可证-7015")
    bought = Register(new(world.products["slices"], "55.4375 KGM"), supplier=seller)
    custody.register(ctx, world["plant"], bought)
    looked = Observe("inspecting", (plums,), (Paper("testres", "报告-7016"),), "农残未检出", "检验备注-7017")
    custody.observe(ctx, world["laboratory"], looked)
    return made


def run_beside(desk: Desk, plums: str, juice: str) -> dict[str, str]:
    """What lies beside the ledger, and what people say: complaints, keys, webhooks, labels, applicants, offers."""
    world, ctx = desk.world, desk.ctx
    orchard = desk.browser(ORCHARD)
    today = ctx.local(world.clock()).date()
    offers.post(ctx, world["stall"], PostOffer(today, OfferKind.GOODS, (Item("plums", (plums,)),)))
    menu = PostOffer(today, OfferKind.MENU, (Item("李子汁", (juice,), Meal.LUNCH),), Meal.LUNCH)
    offers.post(ctx, world["canteen"], menu)
    mandates.give(ctx, world["stall"], world["market"].uri)
    report = Report(plums, Kind.SPOILT, text="投诉内容-7018", contact="13744440004")
    draft = ApplicationDraft("新开水果店", "retailer", "申请人-7019", "0593-7020")
    assert (
        orchard.submit("/desk/settings/webhooks", dest="https://hooks-7021.example.com/x").status_code == 303
    )
    serials.issue(ctx, world[ORCHARD], plums, 907022)
    held = world.register(ORCHARD, "8 KGM", "plums", lot="PL-9")
    link = users.invite(ctx, world[ORCHARD], world[ORCHARD].party, Rights.CLERK)
    return {
        "complaint": complaints.file(ctx, report, address="192.0.2.1").result["number"],
        "application": applications.apply(ctx, draft, "192.0.2.2"),
        "key": api_keys.issue(ctx, world[ORCHARD], "收银-7023").id,
        "passkey": add_passkey(desk, ORCHARD, "钥匙-7025"),
        "serial": next(iter(serials.printed(ctx, plums, 1, 1))).serial,
        "copied": quote(
            serials.of_batch(ctx, plums, next(iter(serials.printed(ctx, plums, 3, 1))).serial).uri, safe=""
        ),
        "roll": str(serials.roll(ctx, world[ORCHARD], 907024).result["roll"]),
        "held": held,
        "hold": custody.hold(ctx, world["inspector"], held, "农残超标").result["hold"],
        "invitation": link.token,
    }


def planted(desk: Desk) -> Planted:
    """The town, told."""
    moved_in(desk)
    plums, way = made_and_sent(desk)
    juice = used_and_sold(desk, plums)
    beside = run_beside(desk, plums, juice)
    roll = beside.pop("roll")

    def code(uri: str) -> str:
        return quote(look.find_batch(desk.ctx, uri).batch.code or uri, safe="")

    town = Town(
        apples=code(plums),
        juice=code(juice),
        delivery=str(way.index),
        note=way.result["shipment"].rsplit("/", 1)[-1],
        entry=str(way.index),
        colleague=user_id(ORCHARD, Rights.CLERK),
        **{**beside, "held": code(beside["held"])},
    )
    return Planted(town, PHOTO.sha256, town.serial, roll)


@pytest.fixture
def desk(prepared_desk: desks.Prepared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with prepared_desk.copy(tmp_path_factory.mktemp("planted")) as made:
        yield made


PUBLIC = "anybody"
BUSINESSES_AND_OFFICES = (PUBLIC, ORCHARD, *EVERYBODY)
COLLEAGUES = (f"{ORCHARD}-clerk", f"{ORCHARD}-reader")
OFFICES = ("inspector", "operator")


@dataclass(frozen=True)
class Row:
    """One line of the table: of what kind these words are, and to whom they are shown."""

    what: str
    words: tuple[str, ...]
    seen_by: tuple[str, ...]


WHO = (
    Row(
        "How much was made, on which papers, the maker's note",
        ("731.25", "合格证-7001", "登记备注-7002"),
        (ORCHARD, *OFFICES),
    ),
    Row(
        "A delivery's amounts, papers, vehicle, carrier and note",
        ("123.75", "12.875", "闽E-70031", "承运人-7004", "发票-7005", "发货备注-7006"),
        (ORCHARD, "plant", *OFFICES),
    ),
    Row(
        "What was short or rejected, why, its photo, the receiver's papers and note",
        ("3.625", "120.125", "少一箱-7007", "回单-7008", "收货备注-7009", PHOTO.sha256),
        (ORCHARD, "plant", *OFFICES),
    ),
    Row("The maker's deliveries to others", ("41.375",), (ORCHARD, "stall", *OFFICES)),
    Row(
        "How much was used and made of it, the note",
        ("118.5", "88.0625", "加工备注-7010"),
        ("plant", *OFFICES),
    ),
    Row("What was made of it, sent on", ("11.1875",), ("plant", "canteen", *OFFICES)),
    Row(
        "What was sold, to whom, his telephone, the note",
        ("2.0625", "买家-7011", "买家地址-7012", "13722220002", "销售备注-7013"),
        ("stall", *OFFICES),
    ),
    Row(
        "What was bought from outside, from whom, his licence and telephone",
        ("55.4375", "外地供货商-7014", "许可证-7015", "13733330003"),
        ("plant", *OFFICES),
    ),
    Row("A test report's number and note", ("报告-7016", "检验备注-7017"), ("laboratory", *OFFICES)),
    Row("Whom to call", ("果园联系人", "13711110001"), (ORCHARD, "plant", "stall", *OFFICES)),
    Row("A complaint's words", ("投诉内容-7018",), (ORCHARD, "plant", "stall", *OFFICES)),
    Row("How to reach who complained", ("13744440004",), ("inspector",)),
    Row("Who wants to join, and his telephone", ("申请人-7019", "0593-7020"), ("operator",)),
    Row("How many codes were made", ("907022", "907024"), (ORCHARD, *OFFICES)),
    Row("API keys' labels, webhooks' addresses", ("收银-7023", "hooks-7021"), (ORCHARD,)),
    Row("What somebody calls his passkeys", ("钥匙-7025",), (ORCHARD,)),
    Row("Names and logins of users", ("orchard clerk", "orchard-clerk"), (ORCHARD, "operator")),
)


def everybody_who_looked(desk: Desk) -> dict[str, Reader]:
    """Everybody, after he has looked everywhere. It takes a while: all that is asked of it is asked by one test."""
    before = desk.world.size()
    told = planted(desk)
    app = wsgi.create_app(None, desk.ctx)
    new_ones = range(before, desk.world.size())
    spec = app.test_client().get("/api/v1/openapi.json").get_json()
    world = desk.world
    events = [event for event in (_event(desk, index) for index in new_ones) if event]
    known = {
        "party": [world[name].party.id for name in ("plant", ORCHARD, "stall", "laboratory")],
        "product": ["plums", "juice"],
        "batch": [told.town.apples, told.town.juice],
        "roll": [told.roll],
        "code": [told.serial],
        "event": events,
        "index": [str(index) for index in new_ones],
        "form": [*FORMS, "epcis"],
        "kind": ["production"],
    }
    everything = [
        *pages(told.town),
        *files(told.town, new_ones, told.photo, ORCHARD),
        *interface(spec, known),
        EPCIS_ALL,
    ]
    found = {}
    for name in (*BUSINESSES_AND_OFFICES, *COLLEAGUES):
        party, _, rights = name.partition("-")
        signed = None
        if name != PUBLIC:
            session = desk.session(party, Rights(rights) if rights else Rights.OWNER)
            signed = Browser(app.test_client(), session, "zh")
        found[name] = Reader(name, signed, None if name == PUBLIC or rights else world.tokens[party], app)
        own = (one for one in everything if one.startswith(("/desk", "/me", "/t/")) and "/labels" not in one)
        found[name].look_everywhere(own if rights else everything)
    return found


def _event(desk: Desk, index: int) -> str | None:
    """The id of the event that an entry holds."""
    body = desk.world.record(index).bodies.get("full", b"{}")
    event: str | None = json.loads(body).get("data", {}).get("event", {}).get("eventID")
    return event


def test_everything_is_shown_to_those_whose_business_it_is_and_to_nobody_else(desk: Desk) -> None:
    """Neither on a page nor in a file nor over the interface; and those whose it is do find it."""
    readers = everybody_who_looked(desk)
    wrong = [
        f"{row.what}: {words} is shown to {name} at {found[:3]}"
        if found
        else f"{row.what}: {words} is kept from {name}"
        for row in WHO
        for words in row.words
        for name in BUSINESSES_AND_OFFICES
        if bool(found := readers[name].sees(words)) != (name in row.seen_by)
    ]
    assert wrong == []
    for name, reader in readers.items():  # had somebody been shown nothing, nothing would be proved of him
        assert reader.sees("三都镇"), name
        assert reader.sees("农残未检出"), name
    for name in COLLEAGUES:  # the goods are theirs to see, and nothing of what opens the door to them
        assert readers[name].sees("123.75")
        for words in ("收银-7023", "hooks-7021", "钥匙-7025", f"{ORCHARD} owner"):
            assert readers[name].sees(words) == [], name


def test_the_threat_model_says_who_sees_what() -> None:
    """Whoever reads it finds every row that is tried here."""
    told = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    assert [row.what for row in WHO if f"| {row.what} |" not in told] == []
