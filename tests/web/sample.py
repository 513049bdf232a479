"""Views as the queries give them, made by hand: a frozen fish and all that it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from trace.domain.model import Batch, ShipmentState, Stop
from trace.store.queries.results import (
    BatchInfo,
    BatchView,
    Delivery,
    Flag,
    Named,
    Place,
    ProductInfo,
    Step,
    StopInfo,
    Thing,
)

BASE = "https://trace.example"
FISH = "https://id.gs1.org/01/09520000000011/10/20261111-A"
CAGE = f"{BASE}/t/7K3M9QW2X0F"
FEED = "urn:gdst:example.org:product:lot:class:feedmill.1u.ff11252021"
NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)

FARM = Named(f"{BASE}/p/F4", "宁德市蕉城区示例大黄鱼养殖专业合作社")
PLANT = Named("https://id.gs1.org/417/9520000000103", "宁德示例水产食品有限公司")
SHOP = Named(f"{BASE}/p/R1", "示例生活超市(漳州新华店)")
OFFICE = Named(f"{BASE}/p/G1", "漳州市芗城区市场监督管理局 示例市场监管所")
MILL = Named("urn:gdst:example.org:party:feedmill.1u", "Feedmill")
OPERATOR = Named("urn:x-trace:operator:localhost", "Trace")

CAGES = Place(f"{BASE}/p/F4/place", "三都澳网箱 C-031..036", "宁德市蕉城区三都镇", FARM.uri)
WORKS = Place("https://id.gs1.org/414/9520000000103", "宁德示例水产食品有限公司", "宁德市蕉城区", PLANT.uri)


def info(uri: str, name: str | None, maker: Named | None, **batch: Any) -> BatchInfo:
    """A batch of a product with this name."""
    gtin = "09520000000011" if uri == FISH else None
    product = None
    if name is not None:
        product = ProductInfo(
            f"https://id.gs1.org/01/{gtin}", name, True, gtin=gtin, category=batch.pop("category", None)
        )
    return BatchInfo(
        Batch(uri=uri, unit="KGM", maker=maker.uri if maker else None, **batch), 0, product, maker
    )


def step(index: int, biz_step: str, time: datetime, by: Named, **more: Any) -> Step:
    """An event with the fields that matter to a test."""
    fields: dict[str, Any] = {
        "event_id": f"urn:uuid:{index}",
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "disposition": None,
        "offset": "+08:00",
        "recorded": time + timedelta(minutes=1),
        "place": None,
        "holder": by,
        "delivery": None,
        "settles": None,
        "document": None,
        "batches": (FISH,),
        "things": (),
        "postings": (),
        "flags": (),
        "declares_error": False,
        "corrects": None,
        "corrected_by": None,
    }
    return Step(index=index, biz_step=biz_step, time=time, declared_by=by, **{**fields, **more})


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment in November 2026, UTC."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


FAMILY = {
    FISH: info(
        FISH,
        "大黄鱼(条冻 450g)",
        PLANT,
        code="QX3K9TW2M4A",
        lot="20261111-A",
        produced="2026-11-11",
        expires="2028-05-10",
        category="水产制品",
    ),
    CAGE: info(CAGE, "宁德大黄鱼(冰鲜)", FARM, code="7K3M9QW2X0F", lot="C-031", produced="2026-11-10"),
    FEED: info(FEED, "Fish Feed", None, lot="FF11252021"),
}


def journey(**changes: Mapping[str, Any]) -> tuple[Step, ...]:
    """Feed, cage, delivery confirmed by the plant, freezing, and a delivery that is still on its way."""
    sent = Delivery("d1", FARM, PLANT, ShipmentState.SETTLED, PLANT, at(10, 18), 4)
    open_one = Delivery("d2", PLANT, SHOP, ShipmentState.OPEN)
    made = {"type": "ObjectEvent", "action": "ADD", "place": CAGES}
    steps = {
        "feed": step(1, "commissioning", at(1, 2), OPERATOR, batches=(FEED,), document="urn:uuid:doc", holder=MILL,
                     place=Place("urn:gdst:feedmill.1u", "Feedmill")),
        "catch": step(2, "urn:gdst:bizStep:farmHarvest", at(10, 13), FARM, batches=(CAGE,), **made,
                      things=(Thing("class", CAGE),)),
        "send": step(3, "shipping", at(10, 17), FARM, batches=(CAGE,), delivery=sent),
        "take": step(4, "receiving", at(10, 18), PLANT, batches=(CAGE,), settles="d1", place=WORKS),
        "freeze": step(5, "creating_class_instance", at(11, 6), PLANT, type="TransformationEvent", action=None,
                       place=WORKS, things=(Thing("input", CAGE), Thing("input", FEED), Thing("output", FISH))),
        "pack": step(6, "packing", at(11, 8), PLANT, type="AggregationEvent", action="ADD", place=WORKS,
                     things=(Thing("parent", "https://id.gs1.org/00/095200000000000011"), Thing("child", FISH))),
        "leave": step(7, "shipping", at(12, 1), PLANT, delivery=open_one),
    }  # fmt: skip
    for name, fields in changes.items():
        steps[name] = Step(**{**vars(steps[name]), **fields})
    return tuple(steps.values())


def view(steps: tuple[Step, ...] | None = None, stops: tuple[StopInfo, ...] = ()) -> BatchView:
    """The frozen fish."""
    return BatchView(FAMILY[FISH], journey() if steps is None else steps, stops, FAMILY)


def stopped(batch: str = FISH, reason: str = "氯霉素检出 0.5 µg/kg") -> StopInfo:
    """A hold by the food authority."""
    return StopInfo(Stop(batch, "hold-1", reason, OFFICE.uri), OFFICE, at(20, 3), 9, batch != FISH)


NOT_ENOUGH = Flag(
    5,
    "not_enough",
    CAGE,
    {"batch": CAGE, "party": PLANT.uri, "asked": "10000", "holds": "9876", "unit": "KGM"},
)
