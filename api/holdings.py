"""What a party holds, and its deliveries."""

from __future__ import annotations

from typing import Any

from flask import Response

from api.area import Area, Call, page_response
from api.batches import BatchShape, NamedShape, named
from api.batches import shown as batch
from api.fields import Choice, Shape, Text
from api.shapes import Query, many, maybe, one, out, page_of
from trace.domain.model import ShipmentState
from trace.domain.refusals import NotYours
from trace.services import lists, parties
from trace.services.values import DeliveryInfo, Holding

area = Area("holdings", "What a party has in hand, what is on its way to it, and what it sent.")

_WHOSE = "Whose: id, URI, GLN or 统一社会信用代码; left out: the caller's own. Another's is for inspectors."


class HoldingShape(Shape):
    """What a party holds of one batch."""

    batch = one(BatchShape, "The batch.")
    quantity = out("How much, as decimal text.")
    unit = out("In which unit.")
    packed = out(
        "How much of that lies in which logistic unit.", "object", additionalProperties={"type": "string"}
    )
    stopped = out("Whether a hold stops it.", "boolean")


class HoldingQuery(Query):
    """Whose holdings."""

    party = Text(_WHOSE, longest=500)


class ShipmentLine(Shape):
    """One batch of a delivery."""

    batch = one(BatchShape, "The batch.")
    unit = out("Unit of the amounts.")
    shipped = out("How much left.")
    accepted = out("How much the receiver accepted; 0 while it is on its way.")
    short = out("How much was missing.")
    rejected = out("How much was rejected.")


class DeliveryShape(Shape):
    """A delivery."""

    shipment = out("Its URI.")
    sender = one(NamedShape, "Who sent it.")
    receiver = one(NamedShape, "Who is to get it.")
    state = out("Where it stands.", enum=[str(state) for state in ShipmentState])
    shipped = out("When it left.", format="date-time")
    event_id = out("Id of the event of its despatch.")
    index = out("Index of that event's entry.", "integer")
    settled_by = maybe("Id of the event that settled it.")
    settled_index = maybe("Index of that event's entry.", "integer")
    returns = maybe("The delivery whose goods go back with this one.")
    lines = many(ShipmentLine, "Its batches.")


class ShipmentQuery(HoldingQuery):
    """Which deliveries."""

    direction = Choice("in: to the party, out: from it.", ("in", "out", "both"), load_default="both")
    state = Choice("Only those in this state.", ShipmentState)


def _holding(one: Holding) -> dict[str, Any]:
    return {
        "batch": batch(one.info),
        "quantity": one.amount,
        "unit": one.info.batch.unit,
        "packed": dict(one.packed),
        "stopped": one.stopped,
    }


def _delivery(one: DeliveryInfo) -> dict[str, Any]:
    return {
        "shipment": one.shipment,
        "sender": named(one.sender),
        "receiver": named(one.receiver),
        "state": one.state,
        "shipped": one.shipped,
        "event_id": one.event,
        "index": one.index,
        "settled_by": one.settled_by,
        "settled_index": one.settled_index,
        "returns": one.returns,
        "lines": [
            {
                "batch": batch(line.info),
                "unit": line.info.batch.unit,
                "shipped": line.shipped,
                "accepted": line.accepted,
                "short": line.short,
                "rejected": line.rejected,
            }
            for line in one.lines
        ],
    }


def _whose(call: Call, query: dict[str, Any]) -> str:
    assert call.actor is not None  # noqa: S101 - these addresses are not public
    if "party" not in query:
        return call.actor.uri
    found = parties.find_party(call.ctx, query["party"])
    if found.uri != call.actor.uri and not call.actor.sees_all:
        raise NotYours(what=found.uri, owner=found.name, party=call.actor.party.name)
    return found.uri


@area.read("/holdings", page_of(HoldingShape, "HoldingPage"), query=HoldingQuery, refuses=(403, 404))
def list_holdings(call: Call, query: dict[str, Any]) -> Response:
    """List what a party holds"""
    found = lists.holdings(call.ctx, _whose(call, query), limit=query["limit"], cursor=query.get("cursor"))
    return page_response(found, query, _holding)


@area.read("/shipments", page_of(DeliveryShape, "DeliveryPage"), query=ShipmentQuery, refuses=(403, 404))
def list_shipments(call: Call, query: dict[str, Any]) -> Response:
    """List deliveries, the newest first"""
    found = lists.shipments(
        call.ctx,
        _whose(call, query),
        direction=query["direction"],
        state=query.get("state"),
        limit=query["limit"],
        cursor=query.get("cursor"),
    )
    return page_response(found, query, _delivery)
