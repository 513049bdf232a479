"""Batches: registered, listed, labelled, held and released."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Response

from api.area import PREFIX, Area, Call, Write, page_response
from api.fields import Amount, Choice, Day, Many, One, Shape, Text
from api.shapes import (
    Moment,
    PaperShape,
    Query,
    Written,
    many,
    maybe,
    one,
    out,
    page_of,
    papers_of,
    quantity_of,
)
from trace.domain import causes
from trace.domain.commands import Basis, Commitment, NewBatch, Register
from trace.render.qr import qr_png, qr_svg
from trace.services import custody, lists, look, parties
from trace.services.context import Context, Done
from trace.services.values import BatchInfo, StopInfo

area = Area("batches", "One product, one code: batches, their labels and the stops on them.")

# How goods come into being here, in words of the CBV (2.0, section 7.1).
STEPS = ("commissioning", "creating_class_instance", "collecting", "arriving", "accepting")


class CommitmentShape(Shape):
    """承诺达标合格证: the producer answers for residues and forbidden substances."""

    basis = Many(
        Choice("On what it is based.", Basis), "Its grounds.", least=1, most=len(Basis), required=True
    )
    issued = Day("The day it was issued; left out: the day of registration.")


class BatchDraft(Shape):
    """A batch to be made."""

    product = Text("The product: id, URI or GTIN.", longest=500, required=True, example="06901234567892")
    quantity = Amount("How much there is, as decimal text.", required=True, example="100")
    unit = Text("A unit of the product.", longest=20, required=True, example="KGM")
    lot = Text("Lot number as printed, GS1 characters; left out: the day and part of the code.", longest=20)
    produced = Day("Day of production or harvest; left out: today.")
    expires = Day("Last day of use; left out: by the product's shelf life.", example="2026-12-20")
    origin = Text("Place of growing or catching, in words.", longest=200, example="福建省福州市")
    commitment = One(CommitmentShape, "Its 承诺达标合格证, printed on its labels and shown to everybody.")


class RegisterBody(BatchDraft, Moment):
    """A batch that comes into being at the caller's own place."""

    step = Choice("How it came into being.", STEPS, load_default="commissioning")
    papers = Many(One(PaperShape), "Business documents that go with it.", most=50)


class BatchAddress(Shape):
    """A new batch and where it is found."""

    uri = out("The batch's URI, its identity.")
    code = maybe("Its short code.")
    lot = maybe("Its lot number.")
    page = out("The page that its QR code opens.")


class RegisteredAnswer(Written):
    """Registered batches."""

    batches = many(BatchAddress, "The new batches.")


class ProductBrief(Shape):
    """What a batch is."""

    uri = out("URI of the product.")
    name = out("Its name.")
    gtin = maybe("GTIN.")
    category = maybe("Category.")


class NamedShape(Shape):
    """Who or what, and its name where one is known."""

    uri = out("URI.")
    name = maybe("Name.")


class BatchShape(Shape):
    """A batch."""

    uri = out("The batch's URI, its identity.")
    code = maybe("Its short code.")
    lot = maybe("Its lot number.")
    unit = out("Unit in which its balances are kept.")
    product = one(ProductBrief, "What it is.", null=True)
    maker = one(NamedShape, "Who registered it.", null=True)
    produced = maybe("Day of production.", format="date")
    expires = maybe("Last day of use.", format="date")
    index = out("Index of the entry that first brought it.", "integer")


class StopShape(Shape):
    """A hold on a batch or on one that it was made from."""

    hold = out("Its id, by which it is released.")
    batch = out("URI of the batch that is held.")
    cause = maybe("Why, as a code: unsafe, papers, origin, complaint, order or other.")
    reason = out("Why, in words; where there is a cause what was added to it, which may be nothing.")
    by = one(NamedShape, "Who set it.")
    recorded = out("Since when.", format="date-time")
    index = out("Index of its entry.", "integer")
    inherited = out("Whether it lies on what the batch was made from.", "boolean")
    in_force = out("Whether it still stops the batch.", "boolean")
    released_index = maybe("Index of the entry that released it.", "integer")
    released_cause = maybe("Why it was released, as a code: cleared, papers_came, mistake or other.")
    released_reason = maybe("Why it was released, in words.")


class BatchState(BatchShape):
    """A batch as it stands."""

    page = out("The page that its QR code opens.")
    stopped = out("Whether nothing of it may move on.", "boolean")
    stops = many(StopShape, "Holds on it or on what it was made from, released ones too.")
    steps = out("How many events its chain has.", "integer")
    flags = out("How many problems were seen in its chain.", "integer")


class BatchQuery(Query):
    """Which batches."""

    maker = Text("Only those of this party: id, URI, GLN or 统一社会信用代码.", longest=500)
    product = Text("Only those of this product: id, URI or GTIN.", longest=500)
    lot = Text("Only those with this lot number.", longest=60)


class HoldBody(Shape):
    """Why a batch is stopped."""

    cause = Choice("Why, as a code that everybody reads in his own language.", causes.HOLD)
    reason = Text("Why, in words; shown on every scan.", longest=300, required=True, example="检出禁用兽药")


class ReleaseBody(Shape):
    """Which hold is lifted, and why."""

    hold = Text("Id of the hold.", longest=40, required=True)
    cause = Choice("Why, as a code.", causes.RELEASE)
    reason = Text("Why it is lifted, in words.", longest=300, required=True, example="复检合格")


class HoldAnswer(Written):
    """A hold that was set or lifted."""

    hold = out("Id of the hold.")
    batch = out("URI of the batch.")


def draft_of(body: Mapping[str, Any]) -> NewBatch:
    """A batch to be made; the service gives it its identity. Raises the refusals of units."""
    return NewBatch(
        uri="",
        product=body["product"],
        quantity=quantity_of(body),
        lot=body.get("lot"),
        produced=body.get("produced"),
        expires=body.get("expires"),
        origin=body.get("origin"),
        commitment=_commitment(body.get("commitment")),
    )


def _commitment(said: Mapping[str, Any] | None) -> Commitment | None:
    return Commitment(tuple(said["basis"]), said.get("issued")) if said else None


def shown(info: BatchInfo) -> dict[str, Any]:
    """A batch on the wire."""
    batch, product = info.batch, info.product
    return {
        "uri": batch.uri,
        "code": batch.code,
        "lot": batch.lot,
        "unit": batch.unit,
        "product": {name: getattr(product, name) for name in ProductBrief().fields} if product else None,
        "maker": named(info.maker),
        "produced": batch.produced,
        "expires": batch.expires,
        "index": info.index,
    }


def named(who: Any) -> dict[str, Any] | None:
    """Who, on the wire."""
    return {"uri": who.uri, "name": who.name} if who is not None else None


def _stop(info: StopInfo) -> dict[str, Any]:
    return {
        "hold": info.stop.hold,
        "batch": info.stop.batch,
        "cause": info.stop.cause,
        "reason": info.stop.reason,
        "by": named(info.by),
        "recorded": info.recorded,
        "index": info.index,
        "inherited": info.inherited,
        "in_force": info.in_force,
        "released_index": info.released_index,
        "released_cause": info.released_cause,
        "released_reason": info.released_reason,
    }


def address_of(uri: str) -> str:
    """The batch's address in this API, by URI."""
    return f"{PREFIX}/batches/{quote(uri, safe='')}"


def label_text(ctx: Context, info: BatchInfo) -> str:
    """What the QR code of a batch carries.

    A short link in capitals is carried in 5.5 bits a character and fits a much smaller code; scheme and host
    mean the same in capitals (RFC 3986 section 6.2.2.1), and ``/T/`` is served like ``/t/``.
    """
    page = custody.page_address(ctx, info.uri)
    if page == f"{ctx.base_url}/t/{info.batch.code}" and not urlsplit(ctx.base_url).path:
        return page.upper()
    return page


@area.write(
    "/batches",
    RegisterBody,
    RegisteredAnswer,
    location=lambda done: address_of(done.result["batches"][0]["uri"]),
    example={"product": "06901234567892", "quantity": "100", "unit": "KGM", "origin": "福建省福州市"},
)
def register_batch(call: Write, body: dict[str, Any]) -> Done:
    """Register a batch: it gets its code, its page and its QR code"""
    command = Register(
        batch=draft_of(body),
        step=body["step"],
        papers=papers_of(body),
        note=body.get("note"),
        time=body.get("time"),
    )
    return custody.register(call.ctx, call.actor, command, call.once)


@area.read("/batches", page_of(BatchShape, "BatchPage"), query=BatchQuery, refuses=(404,))
def list_batches(call: Call, query: dict[str, Any]) -> Response:
    """List batches, the newest first"""
    maker, product = query.get("maker"), query.get("product")
    found = lists.batches(
        call.ctx,
        maker=parties.find_party(call.ctx, maker).uri if maker else None,
        product=lists.product(call.ctx, product).uri if product else None,
        lot=query.get("lot"),
        limit=query["limit"],
        cursor=query.get("cursor"),
    )
    return page_response(found, query, shown)


@area.read("/batches/<name:batch>", BatchState, public=True, refuses=(404,))
def get_batch(call: Call, batch: str) -> dict[str, Any]:
    """Get a batch as it stands, with the stops on it"""
    view = look.batch_page(call.ctx, batch, call.actor)
    return {
        **shown(view.info),
        "page": custody.page_address(call.ctx, view.info.uri),
        "stopped": view.stopped,
        "stops": [_stop(stop) for stop in view.stops],
        "steps": len(view.steps),
        "flags": len(view.flags),
    }


_PICTURE = {"type": "string", "contentMediaType": "image/png"}
_DRAWING = {"type": "string", "contentMediaType": "image/svg+xml"}


@area.read(
    "/batches/<name:batch>/qr.png", _PICTURE, public=True, refuses=(404, 422), content_type="image/png"
)
def get_qr_png(call: Call, batch: str) -> Response:
    """Get a batch's QR code as PNG"""
    text = label_text(call.ctx, look.batch_page(call.ctx, batch).info)
    return Response(qr_png(text), mimetype="image/png")


@area.read(
    "/batches/<name:batch>/qr.svg", _DRAWING, public=True, refuses=(404, 422), content_type="image/svg+xml"
)
def get_qr_svg(call: Call, batch: str) -> Response:
    """Get a batch's QR code as SVG, for labels of any size"""
    text = label_text(call.ctx, look.batch_page(call.ctx, batch).info)
    return Response(qr_svg(text), mimetype="image/svg+xml")


@area.write(
    "/batches/<name:batch>/hold",
    HoldBody,
    HoldAnswer,
    refuses=(403, 404, 409),
    location=lambda done: address_of(done.result["batch"]),
)
def hold_batch(call: Write, body: dict[str, Any], batch: str) -> Done:
    """Stop a batch and everything made from it, at once (inspectors and the operator)"""
    return custody.hold(call.ctx, call.actor, batch, body["reason"], call.once, cause=body.get("cause"))


@area.write(
    "/batches/<name:batch>/release",
    ReleaseBody,
    HoldAnswer,
    refuses=(403, 404, 409),
    location=lambda done: address_of(done.result["batch"]),
)
def release_batch(call: Write, body: dict[str, Any], batch: str) -> Done:
    """Lift one hold; others stay in force (inspectors and the operator)"""
    why = {"reason": body["reason"], "cause": body.get("cause")}
    return custody.release(call.ctx, call.actor, batch, body["hold"], key=call.once, **why)
