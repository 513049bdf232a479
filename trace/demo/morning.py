"""The demo's last two days, so that every page has something to show on the first day: deliveries that wait, goods that
expire, a hold, complaints, labels, today's menu, somebody who enters for another, and a business that wants to join.

Times of today lie hours behind the clock, since the demo may be entered at any hour of the day.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from PIL import Image, ImageDraw

from trace.demo.story import CHINA, Story
from trace.domain.commands import Basis, Commitment, Outside, Settled
from trace.domain.offers import Item, Meal, OfferKind, PostOffer
from trace.interop.epcis import read_document
from trace.services import (
    applications,
    capture,
    complaints,
    custody,
    mandates,
    offers,
    parties,
    photos,
    registry,
    serials,
)
from trace.services.applications import ApplicationDraft
from trace.services.complaints import Kind, Report

AREAS = {
    "350600": "漳州市",
    "350602": "芗城区",
    "350603": "龙文区",
    "350624": "诏安县",
    "350628": "平和县",
    "350524": "安溪县",
    "350902": "蕉城区",
}
_SOMEWHERE = "192.0.2.7"  # where reports and applications come from (RFC 5737)


@dataclass(frozen=True)
class Fresh:
    """The batches of the last two days, and of the pomelos that the first chain ended with."""

    pomelo: str
    bokchoy: str
    celery: str
    tofu: str
    scallion: str


def morning(story: Story) -> None:
    """Tell the last two days; the six chains are told already."""
    fresh = _gathered(story)
    _brought(story, fresh)
    _entered_for_others(story, fresh)
    _offered(story, fresh)
    _sent(story, fresh)
    _stopped(story, fresh)
    _complained(story, fresh)
    _labelled(story, fresh)
    _joining(story)


def _gathered(story: Story) -> Fresh:
    """What was made yesterday and the day before, as it is every day."""
    at, pomelo = story.at, story.made["pomelo"]
    promise = Commitment((Basis.QUALITY_CONTROL, Basis.OWN_TEST), at(1, "04:30").date())
    celery = story.register("F8", "celery", "200 KGM", at(2, "15:00"), lot="QC-05", origin="漳州市龙文区")
    bokchoy = story.register(
        "F8",
        "bokchoy",
        "600 KGM",
        at(1, "04:30"),
        lot="SHQ-20",
        origin="漳州市龙文区",
        commitment=promise,
        papers=[("cert", "承诺达标合格证 SHQ-20")],
    )
    tofu = story.register("M4", "tofu", "300 KGM", at(1, "03:00"), lot="LDF-20")
    story.register(
        "F1",
        "pomelo",
        "2400 KGM",
        at(1, "08:00"),
        lot="PX-11",
        origin="平和县小溪镇 地块 PX-11",
        commitment=promise,
    )
    story.register("F3", "pig", "60 HEA", at(1, "17:00"), lot="F3-81", origin="诏安县")
    story.register("F4", "croaker", "2600 KGM", at(1, "14:00"), lot="C031-042", origin="宁德市蕉城区三都镇")
    grower = Outside("龙海区颜厝镇示例菜农", address="漳州市龙海区颜厝镇", contact="陈阿伯 0596-0000030")
    old = story.register(
        "R2-A12", "scallion", "5 KGM", at(5, "05:10"), lot="XC-1", origin="漳州市龙海区", supplier=grower
    )
    story.take_out("R2-A12", "sell", [(old, "4.2 KGM")], at(4, "18:30"), note="21 单")
    scallion = story.register(
        "R2-A12", "scallion", "6 KGM", at(1, "05:10"), lot="XC-2", origin="漳州市龙海区", supplier=grower
    )
    return Fresh(pomelo, bokchoy, celery, tofu, scallion)


def _brought(story: Story, fresh: Fresh) -> None:
    """What arrived yesterday and was confirmed: in full, but for two kilograms that were turned away."""
    at, meat = story.at, story.made["pork"]
    story.deliver(
        "F8>W1-S17", [(fresh.bokchoy, "240 KGM"), (fresh.celery, "120 KGM")], at(1, "06:00"), at(1, "07:10")
    )
    story.deliver("F8>D1", [(fresh.bokchoy, "300 KGM")], at(1, "06:10"), at(1, "07:40"))
    story.deliver(
        "W1-S17>R2-A12", [(fresh.bokchoy, "40 KGM"), (fresh.celery, "30 KGM")], at(1, "08:00"), at(1, "08:50")
    )
    story.deliver("W1-S17>R1", [(fresh.celery, "30 KGM")], at(1, "08:10"), at(1, "09:30"))
    story.deliver("W1-S88>R2-B03", [(meat, "60 KGM")], at(1, "05:00"), at(1, "05:40"))
    story.deliver("D1>C1", [(meat, "40 KGM")], at(1, "06:10"), at(1, "06:50"), received="双人验收")
    story.deliver("M4>C1", [(fresh.tofu, "60 KGM")], at(1, "05:50"), at(1, "06:30"), received="双人验收")
    crushed = Settled(
        fresh.bokchoy,
        "KGM",
        Decimal(118),
        rejected=Decimal(2),
        reason="包装破损",
        photos=(photos.keep(story.ctx, _leaf("#8a8a3c")),),
    )
    story.deliver(
        "D1>C1",
        [(fresh.bokchoy, "120 KGM")],
        at(1, "08:30"),
        at(1, "09:10"),
        settled=(crushed,),
        received="一筐压烂，退 2 kg",
    )


def _entered_for_others(story: Story, fresh: Fresh) -> None:
    """Two stalls let the market enter for them (代录), and it enters one's sales."""
    market = story.actors["W1"]
    for stall in ("R2-A12", "R2-B03"):
        story.do(mandates.give, stall, market.uri)
    clerk = mandates.acting(story.ctx, market, "R2-A12")
    sold = [(fresh.bokchoy, "22 KGM"), (fresh.celery, "9 KGM"), (fresh.scallion, "3.5 KGM")]
    story.take_out(clerk, "sell", sold, story.at(1, "18:30"), note="54 单")
    story.take_out("R2-B03", "sell", [(story.made["pork"], "71 KGM")], story.at(1, "18:50"), note="66 单")


def _offered(story: Story, fresh: Fresh) -> None:
    """Today's goods of two stalls, and the school's menu."""
    day, meat = story.today, story.made["pork"]
    stall = (
        Item("平和琯溪蜜柚", (fresh.pomelo,)),
        Item("上海青", (fresh.bokchoy,)),
        Item("芹菜", (fresh.celery,)),
        Item("本地小葱", (fresh.scallion,)),
    )
    story.do(offers.post, "R2-A12", PostOffer(day, OfferKind.GOODS, stall))
    cuts = tuple(Item(name, (meat,)) for name in ("五花肉", "排骨", "瘦肉"))
    story.do(offers.post, "R2-B03", PostOffer(day, OfferKind.GOODS, cuts))
    menu = (
        Item("学生饮用奶", (story.made["milk"],), Meal.BREAKFAST),
        Item("土豆烧肉", (meat,), Meal.LUNCH),
        Item("蒜蓉上海青", (fresh.bokchoy,), Meal.LUNCH),
        Item("家常豆腐", (fresh.tofu,), Meal.LUNCH),
        Item("米饭", (story.made["rice"],), Meal.LUNCH),
    )
    story.do(offers.post, "C1", PostOffer(day, OfferKind.MENU, menu))


def _sent(story: Story, fresh: Fresh) -> None:
    """What is on its way and nobody has confirmed; the milk has been for longer than a day."""
    story.send("D1>C1", [(story.made["milk"], "30 CS")], story.at(2, "16:00"), vehicle="闽E示例2")
    story.send("W1-S17>D1", [(fresh.celery, "30 KGM")], _ago(story, 6))
    story.send("F1>W1-S17", [(story.made["pomelo"], "100 CS")], _ago(story, 5), vehicle="闽E示例")
    story.send("D1>C1", [(fresh.bokchoy, "60 KGM"), (story.made["rice"], "8 XBG")], _ago(story, 3))
    story.send("W1-S17>R2-A12", [(fresh.pomelo, "80 KGM")], _ago(story, 2))
    story.send("W1-S88>R2-B03", [(story.made["pork"], "40 KGM")], _ago(story, 1))


def _stopped(story: Story, fresh: Fresh) -> None:
    """The celery fails its test and is stopped; a supermarket's till, which nobody told, goes on selling it."""
    story.observe(
        "L1",
        [fresh.celery],
        _ago(story, 1),
        "毒死蜱 0.31 mg/kg",
        papers=[("testres", "L1-QC-05")],
        result="bad",
    )
    story.do(custody.hold, "G1", fresh.celery, "抽检毒死蜱超标，停止销售", cause="unsafe")
    story.do(capture.import_document, "R1", read_document(_till(story, fresh.celery, 2)))


def _till(story: Story, batch: str, kilograms: int) -> bytes:
    """What a till would send: one sale, as an EPCIS 2.0 document."""
    seller, when = story.actors["R1"], _ago(story, 0)
    event = {
        "type": "ObjectEvent",
        "eventID": "urn:uuid:5f1d3a52-6f0e-4c7b-9b56-2d1c3b0a7e11",
        "eventTime": when.isoformat(),
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "bizStep": "retail_selling",
        "disposition": "retail_sold",
        "readPoint": {"id": seller.party.location},
        "bizLocation": {"id": seller.party.location},
        "quantityList": [{"epcClass": batch, "quantity": kilograms, "uom": "KGM"}],
    }
    document = {
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": when.isoformat(),
        "epcisBody": {"eventList": [event]},
    }
    return json.dumps(document).encode()


def _complained(story: Story, fresh: Fresh) -> None:
    """Two people report something; one is answered already."""
    smells = Report(
        fresh.celery,
        Kind.OTHER,
        text="叶子上有白斑，洗了还有药味。",
        photo=_leaf("#4f7f3a"),
        contact="吴女士 0596-0000040",
    )
    complaints.file(story.ctx, smells, story.once("complaint celery"), address=_SOMEWHERE)
    sour = Report(fresh.tofu, Kind.SPOILT, text="中午打开就有点酸。")
    number = complaints.file(story.ctx, sour, story.once("complaint tofu"), address=_SOMEWHERE).result[
        "number"
    ]
    story.do(
        complaints.answer, "M4", number, "已查留样，没有变酸；可能路上没有冷藏。请拿来，我们给您换。", False
    )


def _labelled(story: Story, fresh: Fresh) -> None:
    """Each can of tea of one carton has a code of its own with a second one under a layer; pomelos have rolls."""
    story.do(serials.issue, "M2", story.made["tieguanyin"], 40, cover=True)
    roll = story.do(serials.roll, "F1", 100).result
    story.do(serials.bind, "F1", roll["first"], roll["last"], fresh.pomelo)
    story.do(serials.roll, "F1", 300)


def _joining(story: Story) -> None:
    """Areas have names and an inspector; a snack bar has applied."""
    ctx = story.ctx
    for code, name in AREAS.items():
        registry.name_area(ctx, code, name)
    registry.set_areas(ctx, parties.find_party(ctx, "G1"), ["350602", "350603"])
    draft = ApplicationDraft(
        name="巷口示例豆浆店",
        role="retailer",
        contact="黄女士",
        phone="0596-0000050",
        region="350602",
        address="福建省漳州市芗城区",
    )
    if draft.name not in {one.name for one in applications.listed(ctx, open_=True)}:
        applications.apply(ctx, draft, _SOMEWHERE)


def _ago(story: Story, hours: int) -> datetime:
    return story.ctx.clock().astimezone(CHINA) - timedelta(hours=hours)


def _leaf(green: str) -> bytes:
    """A picture of a spotted leaf, as somebody might take it."""
    picture = Image.new("RGB", (480, 360), "#c9b79c")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((90, 40, 390, 320), fill=green)
    pen.line((90, 330, 380, 60), fill="#dfe8c8", width=10)
    for x, y, size in ((180, 120, 18), (260, 90, 12), (300, 200, 22), (210, 240, 14), (150, 190, 10)):
        pen.ellipse((x - size, y - size, x + size, y + size), fill="#f1efe2")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()


__all__ = ["morning"]
