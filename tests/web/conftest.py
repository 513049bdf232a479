"""One small world behind the pages: goods that are fine, stopped, expired, corrected, claimed, and hostile."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser

import scanner_web
from tests.web import desk as desks
from tests.web.chromium import chromium
from trace import bootstrap
from trace.config import Config
from trace.domain.commands import (
    Correct,
    Line,
    NewBatch,
    Observe,
    Pack,
    Receive,
    Register,
    Ship,
    TakeOut,
    Transform,
)
from trace.domain.model import Role
from trace.domain.units import Quantity
from trace.interop.epcis import read_document
from trace.services import aliases, capture, custody, parties
from trace.services.context import Actor, Context
from trace.services.parties import PartyDraft, ProductDraft

BASE = "http://trace.example"
GTIN = "09520000000011"
GLN = "9520000000103"
SSCC = "095200000000000011"
PALLET = "095200000000000028"
CRATE = "095200000000000042"
ALIAS = "https://other.example/trace?code=AB-7781"
FOREIGN = "urn:x-example:lot:cake.7"
HOSTILE_LOT = "urn:x-example:lot:<script>alert(1)</script>"


@dataclass
class World:
    """The service and the addresses of what is in it."""

    ctx: Context
    app: Flask
    actors: dict[str, Actor] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)  # path of each batch's page

    def join(self, name: str, role: Role, **more: str) -> None:
        """A business registers."""
        parties.register_party(self.ctx, parties.operator(self.ctx), PartyDraft(name, role, id=name, **more))
        self.actors[name] = Actor(parties.find_party(self.ctx, name))

    def make(self, who: str, product: str, title: str, amount: str = "100", **more: Any) -> str:
        """A batch comes into being; its page is kept under ``title``."""
        draft = NewBatch("", product, Quantity.parse(amount, "KGM"), **more)
        done = custody.register(self.ctx, self.actors[who], Register(draft))
        self.keep(title, done.result["batches"][0]["uri"])
        return str(done.result["batches"][0]["uri"])

    def keep(self, title: str, uri: str) -> None:
        self.codes[title] = uri.replace("https://id.gs1.org", "/page").replace(BASE, "")

    def send(self, who: str, to: str, batch: str, amount: str) -> Any:
        """Goods leave; what the service says of it."""
        line = Line(batch, Quantity.parse(amount, "KGM"))
        return custody.ship(self.ctx, self.actors[who], Ship("", self.actors[to].uri, (line,)))


def tell(world: World) -> None:
    """What happens in the world."""
    world.join("海湾渔场", Role.PRODUCER, address="宁德市三都镇")
    world.join("冷冻厂", Role.PROCESSOR, gln=GLN, address="宁德市蕉城区")
    world.join("街口小店", Role.RETAILER)
    world.join("监管所", Role.INSPECTOR)
    world.join("闽检所", Role.LABORATORY)
    farm, plant = world.actors["海湾渔场"], world.actors["冷冻厂"]
    fresh = ProductDraft("鲜鱼", "KGM", id="fresh", shelf_days=5, category="水产")
    frozen = ProductDraft("冻鱼", "KGM", id="frozen", gtin=GTIN, shelf_days=300)
    evil = ProductDraft("<script>alert(1)</script>", "KGM", id="evil")
    parties.register_product(world.ctx, farm, fresh)
    parties.register_product(world.ctx, plant, frozen)
    parties.register_product(world.ctx, farm, evil)

    caught = world.make("海湾渔场", "fresh", "fresh", lot="N-1", origin="三都澳 7 号网箱")
    shipment = world.send("海湾渔场", "冷冻厂", caught, "60").result["shipment"]
    custody.receive(world.ctx, plant, Receive(shipment))
    found = Observe("inspecting", (caught,), finding="氯霉素未检出 <b>")
    custody.observe(world.ctx, world.actors["闽检所"], found)
    new = NewBatch("", "frozen", Quantity.parse("50", "KGM"), lot="L/1")
    inputs, loss = (Line(caught, Quantity.parse("60", "KGM")),), Quantity.parse("10", "KGM")
    made = custody.transform(world.ctx, plant, Transform(inputs, (new,), loss, process="急冻"))
    frozen_uri = made.result["batches"][0]["uri"]
    world.keep("frozen", frozen_uri)
    container = f"https://id.gs1.org/00/{SSCC}"
    custody.pack(world.ctx, plant, Pack(container, (Line(frozen_uri, Quantity.parse("10", "KGM")),)))
    pallet = f"https://id.gs1.org/00/{PALLET}"
    custody.pack(world.ctx, plant, Pack(pallet, containers=(container,)))
    wrong = world.send("冷冻厂", "街口小店", frozen_uri, "5")
    custody.correct(world.ctx, plant, Correct(wrong.event_id, "did_not_occur"))
    world.send("冷冻厂", "街口小店", frozen_uri, "20")

    bad = world.make("海湾渔场", "fresh", "stopped", lot="N-2")
    custody.hold(world.ctx, world.actors["监管所"], bad, "氯霉素 0.5 µg/kg")
    long_ago = datetime.now(timezone(timedelta(hours=8))).date() - timedelta(days=9)  # as it is there
    world.make("海湾渔场", "fresh", "expired", lot="N-3", produced=long_ago)
    world.make("海湾渔场", "evil", "evil", lot="N-4", origin="<img src=x onerror=alert(2)>")
    gone = world.make("海湾渔场", "fresh", "gone", lot="N-5")
    custody.observe(world.ctx, farm, Observe("inspecting", (gone,), finding="looks fresh"))
    sent = world.make("海湾渔场", "fresh", "fresh2", lot="N-6")
    crate = f"https://id.gs1.org/00/{CRATE}"
    custody.pack(world.ctx, farm, Pack(crate, (Line(sent, Quantity.parse("10", "KGM")),)))
    custody.ship(world.ctx, farm, Ship("", world.actors["街口小店"].uri, containers=(crate,)))
    line = Line(gone, Quantity.parse("1", "KGM"))
    custody.take_out(world.ctx, farm, TakeOut("destroy", (line,), reason="spoilt"))
    capture.import_document(
        world.ctx, parties.operator(world.ctx), read_document(json.dumps(foreign_document()).encode())
    )
    for code, target in ((ALIAS, caught), ("WX-7/a", caught), ("FROZEN-1", GTIN)):
        aliases.register(world.ctx, plant if target == GTIN else farm, code, target)
    world.ctx.publisher.publish()


def foreign_document() -> dict[str, Any]:
    """Somebody's flour becomes more cake than there was flour; and an event whose every name is hostile."""
    here = {"id": "javascript:alert(3)"}
    flour = "urn:x-example:lot:flour.1"
    common = {"eventTimeZoneOffset": "-03:30", "type": "ObjectEvent"}
    events = [
        {
            **common,
            "eventID": "urn:uuid:00000000-0000-4000-8000-000000000001",
            "eventTime": "2026-01-02T10:00:00-03:30",
            "action": "ADD",
            "bizStep": "urn:gdst:bizStep:farmHarvest",
            "bizLocation": here,
            "quantityList": [{"epcClass": flour, "quantity": 10, "uom": "KGM"}],
        },
        {
            "type": "TransformationEvent",
            "eventID": "urn:uuid:00000000-0000-4000-8000-000000000002",
            "eventTime": "2026-01-03T10:00:00-03:30",
            "eventTimeZoneOffset": "-03:30",
            "bizStep": "commissioning",
            "bizLocation": here,
            "inputQuantityList": [{"epcClass": flour, "quantity": 12.5, "uom": "KGM"}],
            "outputQuantityList": [{"epcClass": FOREIGN, "quantity": 12, "uom": "KGM"}],
        },
        {
            **common,
            "eventID": "urn:uuid:00000000-0000-4000-8000-000000000003",
            "eventTime": "2026-01-04T10:00:00-03:30",
            "action": "OBSERVE",
            "bizStep": "https://example.org/steps/blessedByMoonlight",
            "bizLocation": {"id": "urn:x-example:place:1"},
            "quantityList": [{"epcClass": FOREIGN, "quantity": 12, "uom": "KGM"}],
        },
    ]
    return {
        "@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-01-05T00:00:00Z",
        "epcisBody": {"eventList": events},
    }


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[World]:
    """The world, told once; tests only read it."""
    var = tmp_path_factory.mktemp("world")
    shutil.copyfile(sqlite_template, var / "trace.db")
    config = Config.from_environment({"TRACE_VAR": str(var), "TRACE_BASE_URL": BASE})
    ctx = bootstrap.build(config)
    app = Flask("pages", static_folder=None)
    app.extensions["trace"] = ctx
    made = World(ctx, app)
    tell(made)
    demo = var / "demo.json"
    uri = f"{BASE}{made.codes['fresh']}"
    demo.write_text(json.dumps({"codes": [{"uri": uri, "url": uri, "title": "鲜鱼"}]}), encoding="utf-8")
    scanner_web.register(app, demo=demo)
    yield made
    ctx.sequencer.engine.dispose()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a file."""
    with chromium() as running:
        yield running


@pytest.fixture
def client(world: World) -> FlaskClient:
    """A browser without a language of its own asks in Chinese."""
    return world.app.test_client()


@pytest.fixture(scope="session")
def prepared_desk(tmp_path_factory: pytest.TempPathFactory) -> desks.Prepared:
    """The ledger that every ``desk`` is a copy of."""
    return desks.prepare(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def desk(prepared_desk: desks.Prepared, tmp_path: Path) -> Iterator[desks.Desk]:
    """Businesses with their users, on a ledger of their own that must verify when the test is over."""
    with prepared_desk.copy(tmp_path) as made:
        yield made
