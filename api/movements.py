"""Movements of goods: one address for each act, because each asks for something else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api import resolve
from api.area import Area, Write
from api.fields import Amount, Many, One, Shape, Text
from api.shapes import (
    BATCH,
    CONTAINER,
    LineShape,
    Moment,
    PaperShape,
    Written,
    lines_of,
    many,
    out,
    papers_of,
)
from trace.domain.commands import Pack, Receive, Settled, Ship, TakeOut, Unpack
from trace.domain.units import unit_code
from trace.services import custody, lists
from trace.services.context import Context, Done

area = Area("movements", "Goods leave, arrive, are packed, sold, served, or taken out of the chain.")

DELIVERY = "The delivery: the URI that its despatch was answered with."


def _lines(least: int = 0) -> Many:
    return Many(One(LineShape), "Batches and how much of each.", least=least, required=least > 0)


def _containers() -> Many:
    return Many(Text(CONTAINER, longest=200), "Logistic units, with all that lies in them.")


def _papers() -> Many:
    return Many(One(PaperShape), "Business documents that go with it.", most=50)


class Leaving(Shape):
    """Goods for one receiver."""

    to = Text(
        "The receiver: id, URI, GLN or 统一社会信用代码.",
        longest=500,
        required=True,
        example="lvyuan-canteen",
    )
    lines = _lines()
    containers = _containers()
    carrier = Text("Who carries it: a party's id or URI, or a name.", longest=200)
    vehicle = Text("Number plate or container number.", longest=60, example="闽A12345")
    papers = _papers()
    note = Moment().fields["note"]


class ShipBody(Leaving, Moment):
    """A delivery that leaves for one other party: batches, logistic units, or both."""


class SplitBody(Shape):
    """Several deliveries at once."""

    deliveries = Many(One(Leaving), "One for each receiver.", least=1, most=100, required=True)
    time = Moment().fields["time"]


class ReturnBody(Moment):
    """Goods that go back to whoever sent them."""

    shipment = Text(DELIVERY, longest=2000, required=True)
    lines = _lines()
    containers = _containers()
    reason = Text("Why they go back.", longest=200, required=True, example="temperature 12 °C on arrival")
    carrier = Text("Who carries it.", longest=200)
    vehicle = Text("Number plate or container number.", longest=60)
    papers = _papers()


class SettledShape(Shape):
    """How one batch of a delivery was settled; the three parts add up to what was shipped."""

    batch = Text(BATCH, longest=2000, required=True)
    unit = Text("Unit of the three parts.", longest=20, required=True, example="KGM")
    accepted = Amount("Taken into one's own hands.", zero=True, required=True)
    short = Amount("Shipped by the paper, not found in the delivery.", zero=True)
    rejected = Amount("Not taken; goes back into the sender's hands. Needs a reason.", zero=True)
    reason = Text("Why something was rejected or is short.", longest=200)


class ReceiveBody(Moment):
    """A delivery settled by its receiver; without lines everything is accepted in full."""

    shipment = Text(DELIVERY, longest=2000, required=True)
    lines = Many(One(SettledShape), "One for each batch of the delivery.")
    papers = _papers()


class PackBody(Shape):
    """Goods and smaller logistic units for one logistic unit."""

    container = Text(CONTAINER, longest=200, required=True, example="106141412345678908")
    lines = _lines()
    containers = _containers()
    time = Moment().fields["time"]


class UnpackBody(PackBody):
    """Goods that come out of a logistic unit; nothing named: all of it."""


class TakeOutBody(Moment):
    """Goods that leave the chain."""

    lines = _lines(1)
    reason = Text("Why, where goods are destroyed.", longest=200)


class ShipmentShape(Shape):
    """One delivery that left."""

    shipment = out("URI of the delivery, which the receiver settles.")
    event_id = out("Id of its EPCIS event.")
    index = out("Index of the entry that holds it.", "integer")
    to = out("URI of the receiver.")


class ShippedAnswer(Written):
    """Deliveries that left; the entry is that of the last."""

    shipment = out("URI of the (last) delivery.")
    shipments = many(ShipmentShape, "All deliveries, in the order asked for.")


@area.write(
    "/movements/ship",
    ShipBody,
    ShippedAnswer,
    example={"to": "canteen-1", "lines": [{"batch": "7K3M9QW2X0F", "quantity": "120", "unit": "KGM"}]},
)
def ship(call: Write, body: dict[str, Any]) -> Done:
    """Send goods to one other party

    They are on their way until the receiver settles the delivery.
    """
    return custody.ship(call.ctx, call.actor, _ship(call.ctx, body, body), call.once)


@area.write("/movements/split", SplitBody, ShippedAnswer)
def split(call: Write, body: dict[str, Any]) -> Done:
    """Send goods to several parties at once: all deliveries leave, or none"""
    commands = [_ship(call.ctx, one, body) for one in body["deliveries"]]
    return custody.ship_many(call.ctx, call.actor, commands, call.once)


@area.write("/movements/return", ReturnBody, ShippedAnswer)
def send_back(call: Write, body: dict[str, Any]) -> Done:
    """Send received goods back to whoever sent them"""
    delivery = lists.shipment(call.ctx, call.actor, body["shipment"])
    fields = {**body, "to": delivery.sender.uri}
    command = _ship(call.ctx, fields, body, returns=delivery.shipment, reason=body["reason"])
    return custody.ship(call.ctx, call.actor, command, call.once)


@area.write("/movements/receive", ReceiveBody, Written)
def receive(call: Write, body: dict[str, Any]) -> Done:
    """Settle a delivery: accept it in full, short, or reject it with a reason"""
    find = resolve.batches(call.ctx)
    lines = tuple(
        Settled(**{**line, "batch": find(line["batch"]), "unit": unit_code(line["unit"])})
        for line in body.get("lines", ())
    )
    command = Receive(
        shipment=body["shipment"],
        lines=lines,
        papers=papers_of(body),
        note=body.get("note"),
        time=body.get("time"),
    )
    return custody.receive(call.ctx, call.actor, command, call.once)


@area.write("/movements/pack", PackBody, Written)
def pack(call: Write, body: dict[str, Any]) -> Done:
    """Pack goods, or smaller logistic units, into a logistic unit"""
    return custody.pack(call.ctx, call.actor, Pack(**_packing(call.ctx, body)), call.once)


@area.write("/movements/unpack", UnpackBody, Written)
def unpack(call: Write, body: dict[str, Any]) -> Done:
    """Take goods out of a logistic unit; nothing named: all of it"""
    return custody.unpack(call.ctx, call.actor, Unpack(**_packing(call.ctx, body)), call.once)


@area.write("/movements/sell", TakeOutBody, Written)
def sell(call: Write, body: dict[str, Any]) -> Done:
    """Sell goods to consumers"""
    return _take_out(call, body, "sell")


@area.write("/movements/serve", TakeOutBody, Written)
def serve(call: Write, body: dict[str, Any]) -> Done:
    """Serve goods as meals"""
    return _take_out(call, body, "serve")


@area.write("/movements/destroy", TakeOutBody, Written)
def destroy(call: Write, body: dict[str, Any]) -> Done:
    """Destroy goods"""
    return _take_out(call, body, "destroy")


@area.write("/movements/expire", TakeOutBody, Written)
def expire(call: Write, body: dict[str, Any]) -> Done:
    """Take goods out that are past their last day"""
    return _take_out(call, body, "expire")


def _ship(
    ctx: Context,
    one: Mapping[str, Any],
    whole: Mapping[str, Any],
    returns: str | None = None,
    reason: str | None = None,
) -> Ship:
    return Ship(
        shipment="",
        to=one["to"],
        lines=lines_of(one.get("lines", []), resolve.batches(ctx)),
        containers=resolve.containers(one.get("containers", [])),
        carrier=one.get("carrier"),
        vehicle=one.get("vehicle"),
        papers=papers_of(one),
        returns=returns,
        reason=reason,
        note=one.get("note"),
        time=whole.get("time"),
    )


def _packing(ctx: Context, body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "container": resolve.container(body["container"]),
        "lines": lines_of(body.get("lines", []), resolve.batches(ctx)),
        "containers": resolve.containers(body.get("containers", [])),
        "time": body.get("time"),
    }


def _take_out(call: Write, body: Mapping[str, Any], how: str) -> Done:
    command = TakeOut(
        how=how,
        lines=lines_of(body["lines"], resolve.batches(call.ctx)),
        reason=body.get("reason"),
        note=body.get("note"),
        time=body.get("time"),
    )
    return custody.take_out(call.ctx, call.actor, command, call.once)
