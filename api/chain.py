"""The chain of a batch, what it came from and went into, who holds it, and the file that proves it."""

from __future__ import annotations

from typing import Any

from flask import Response

from api.area import Area, Call
from api.batches import BatchShape, NamedShape, named
from api.batches import shown as batch_shown
from api.fields import Choice, Shape, Switch, Text
from api.problems import locale
from api.shapes import many, maybe, one, out
from trace import i18n
from trace.domain.refusals import RoleForbids
from trace.services import lists, look, proofs
from trace.services.values import Flag, Lying, Step, Trace

area = Area("chain", "The chain of custody, in both directions, and its proof.")


class PlaceShape(Shape):
    """Where something happened."""

    uri = out("URI of the place.")
    name = maybe("Its name.")
    address = maybe("Its address.")
    owner = maybe("URI of the party whose place it is.")


class FlagShape(Shape):
    """A problem seen in an event when it was recorded."""

    code = out("Stable code, as of problems.")
    message = out("The same in the reader's language.")
    batch = maybe("URI of the batch that it concerns.")
    params = out("Its numbers.", "object", additionalProperties={"type": "string"})


class DeliveryBrief(Shape):
    """The delivery that a step opened."""

    shipment = out("URI of the delivery.")
    sender = one(NamedShape, "Who sent it.")
    receiver = one(NamedShape, "Who was to get it.")
    state = out("Where it stands: open, settled or void.")
    confirmed_by = one(NamedShape, "Who confirmed it; null while only the sender says so.", null=True)
    confirmed = maybe("When the receiver says it arrived.", format="date-time")
    confirmed_index = maybe("Index of the entry of its receipt.", "integer")


class ThingShape(Shape):
    """Something that an event names."""

    role = out("As what: epc, class, parent, child, input, output or content.")
    uri = out("URI.")


class PostingShape(Shape):
    """An amount that a step moved, on one account of one batch."""

    batch = out("URI of the batch.")
    account = out("Kind of account: held, transit, made, used, sold ...")
    ref = out("Whose account, or of which delivery or event.")
    container = maybe("Logistic unit.")
    amount = out("How much, as decimal text; negative: taken away.")


class StepShape(Shape):
    """One event of a chain."""

    index = out("Index of its entry.", "integer")
    event_id = out("Id of the event.")
    type = out("EPCIS event type.")
    action = maybe("EPCIS action.")
    biz_step = maybe("Business step, CBV word or URI.")
    disposition = maybe("Disposition, CBV word or URI.")
    time = out("When it happened, by the event.", format="date-time")
    offset = out("Zone of the place, as the event says.")
    recorded = out("When the ledger recorded it.", format="date-time")
    place = one(PlaceShape, "Where.", null=True)
    holder = one(NamedShape, "Whose goods.", null=True)
    declared_by = one(NamedShape, "Who says so.")
    delivery = one(DeliveryBrief, "The delivery it opened.", null=True)
    settles = maybe("The delivery it settled.")
    document = maybe("The captured document it came in.")
    batches = out("Batches of the chain that it concerns.", "array", items={"type": "string"})
    things = many(ThingShape, "All that it names.")
    postings = many(PostingShape, "Amounts; empty for those whom they do not concern.")
    flags = many(FlagShape, "Problems seen in it.")
    declares_error = out("Whether it declares another record wrong.", "boolean")
    corrects = maybe("Index of the entry that it declares wrong.", "integer")
    corrected_by = maybe("Index of the entry that declares this one wrong.", "integer")


class ChainShape(Shape):
    """The whole chain of a batch, that of all it was made from included."""

    batch = one(BatchShape, "The batch.")
    steps = many(StepShape, "Its events, in the order of their times.")
    family = many(BatchShape, "The batch and everything it was made from.")


class LyingShape(Shape):
    """An amount of a batch, and where it lies."""

    batch = out("URI of the batch.")
    kind = out("held: with a party; transit: on its way.", enum=["held", "transit"])
    where = one(NamedShape, "The party, or the delivery.")
    container = maybe("Logistic unit.")
    quantity = out("How much, as decimal text.")
    unit = out("In which unit.")


class HoldersShape(Shape):
    """Where a batch lies now."""

    batch = out("URI of the batch.")
    items = many(LyingShape, "Where, and how much; for a party that did not make the batch, its own alone.")


class NodeShape(Shape):
    """A batch in a trace."""

    batch = one(BatchShape, "The batch.")
    depth = out("How many transformations away.", "integer")
    made = maybe("How much of it came into being; null where that is not yours to see.")
    lying = many(LyingShape, "Where it lies now.")


class EdgeShape(Shape):
    """One batch was made from another."""

    input = out("URI of the batch that was used.")
    output = out("URI of the batch that came of it.")
    used = maybe("How much was used.")
    made = maybe("How much came of it.")
    event_id = out("Id of the event.")
    index = out("Index of its entry.", "integer")
    by = one(NamedShape, "Who did it.")
    time = out("When.", format="date-time")


class MovementShape(Shape):
    """An amount of a batch went from one party to another."""

    batch = out("URI of the batch.")
    sender = one(NamedShape, "From whom.")
    receiver = one(NamedShape, "To whom.")
    quantity = maybe("How much; null where that is not yours to see.")
    unit = out("In which unit.")
    index = out("Index of the entry.", "integer")
    shipment = maybe("The delivery; null where none was recorded.")
    state = maybe("Where the delivery stands.")


class PackingShape(Shape):
    """An amount of a batch was put into a logistic unit."""

    batch = out("URI of the batch.")
    container = out("URI of the logistic unit.")
    quantity = maybe("How much; null where that is not yours to see.")
    unit = out("In which unit.")
    index = out("Index of the entry.", "integer")


class TraceShape(Shape):
    """Everything a batch was made from, or went into, and who had it."""

    root = out("URI of the batch where the trace begins.")
    direction = out("back or forward.", enum=["back", "forward"])
    nodes = many(NodeShape, "Batches.")
    edges = many(EdgeShape, "Which was made from which.")
    movements = many(MovementShape, "From party to party.")
    packings = many(PackingShape, "Into logistic units.")
    truncated = out("Whether there is more, further away.", "boolean")


class TraceQuery(Shape):
    """Which way."""

    direction = Choice(
        "back: what it was made from; forward: what it went into.", ("back", "forward"), load_default="back"
    )


class BundleQuery(Shape):
    """How much of it is disclosed, and for which label."""

    full = Switch("Quantities and papers too; for inspectors and the operator.", load_default=False)
    label = Text(
        "A pre-printed label: the records that let it stand for its batch are in the file too.",
        longest=40,
        load_default=None,
        example="3B7R10001VME7S9R",
    )


def _fields(value: Any, shape: type[Shape], **changed: Any) -> dict[str, Any]:
    return {name: changed[name] if name in changed else getattr(value, name) for name in shape().fields}


def flag(one: Flag) -> dict[str, Any]:
    """A flag on the wire, in the reader's language."""
    return {
        "code": one.code,
        "message": i18n.text(one.code, locale(), **one.params),
        "batch": one.batch,
        "params": dict(one.params),
    }


def _step(step: Step) -> dict[str, Any]:
    delivery = step.delivery
    return _fields(
        step,
        StepShape,
        place=_fields(step.place, PlaceShape) if step.place else None,
        holder=named(step.holder),
        declared_by=named(step.declared_by),
        delivery=delivery
        and _fields(
            delivery,
            DeliveryBrief,
            sender=named(delivery.sender),
            receiver=named(delivery.receiver),
            confirmed_by=named(delivery.confirmed_by),
        ),
        things=[_fields(thing, ThingShape) for thing in step.things],
        postings=[
            {
                "batch": posting.batch,
                "account": posting.account.kind,
                "ref": posting.account.ref,
                "container": posting.account.container or None,
                "amount": posting.amount,
            }
            for posting in step.postings
        ],
        flags=[flag(one) for one in step.flags],
    )


def _lying(one: Lying) -> dict[str, Any]:
    return _fields(one, LyingShape, where=named(one.where), quantity=one.amount)


@area.read("/batches/<name:batch>/chain", ChainShape, public=True, refuses=(404,))
def get_chain(call: Call, batch: str) -> dict[str, Any]:
    """Get the chain of custody of a batch

    Anyone may ask; amounts are shown to the parties of a step, to inspectors and to the operator.
    """
    view = look.batch_page(call.ctx, batch, call.actor)
    return {
        "batch": batch_shown(view.info),
        "steps": [_step(step) for step in view.steps],
        "family": [batch_shown(info) for info in view.family.values()],
    }


@area.read("/batches/<name:batch>/trace", TraceShape, query=TraceQuery, refuses=(404,))
def get_trace(call: Call, query: dict[str, Any], batch: str) -> dict[str, Any]:
    """Trace a batch back or forward; amounts are those that are yours to see"""
    assert call.actor is not None  # noqa: S101 - this address is not public
    walk = look.trace_back if query["direction"] == "back" else look.trace_forward
    return {**_trace(walk(call.ctx, call.actor, batch)), **query}


def _trace(trace: Trace) -> dict[str, Any]:
    return {
        "root": trace.root,
        "nodes": [
            {
                "batch": batch_shown(node.info),
                "depth": node.depth,
                "made": node.made,
                "lying": [_lying(one) for one in node.lying],
            }
            for node in trace.nodes
        ],
        "edges": [_fields(edge, EdgeShape, by=named(edge.by), event_id=edge.event) for edge in trace.edges],
        "movements": [
            _fields(
                move,
                MovementShape,
                sender=named(move.sender),
                receiver=named(move.receiver),
                quantity=move.amount,
            )
            for move in trace.movements
        ],
        "packings": [_fields(one, PackingShape, quantity=one.amount) for one in trace.packings],
        "truncated": trace.truncated,
    }


@area.read("/batches/<name:batch>/holders", HoldersShape, refuses=(404,))
def get_holders(call: Call, batch: str) -> dict[str, Any]:
    """Get where a batch lies now (for other parties than its maker: what they hold themselves)"""
    assert call.actor is not None  # noqa: S101 - this address is not public
    uri, lying = lists.holders(call.ctx, call.actor, batch)
    return {"batch": uri, "items": [_lying(one) for one in lying]}


@area.read(
    "/batches/<name:batch>/bundle",
    {"type": "object"},
    query=BundleQuery,
    public=True,
    refuses=(403, 404, 422),
    description="A bundle (trace.bundle/1), see docs/ledger-format.md.",
)
def get_bundle(call: Call, query: dict[str, Any], batch: str) -> Response:
    """Download a batch's whole chain with its proofs, as one file that is judged offline"""
    if query["full"] and not (call.actor and call.actor.sees_all):
        party = call.actor.party if call.actor else None
        raise RoleForbids(
            party=party.name if party else "", role=str(party.role) if party else "", act="full_bundle"
        )
    data = proofs.batch_bundle(call.ctx, batch, full=query["full"], label=query["label"])
    response = Response(data, mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{_file_name(batch)}"'
    return response


def _file_name(batch: str) -> str:
    """A name that is safe in a header and on every disk."""
    tail = "".join(
        sign for sign in batch.rsplit("/", 1)[-1] if sign.isascii() and (sign.isalnum() or sign in "-_")
    )
    return f"trace-{tail[:40] or 'batch'}.bundle.json"
