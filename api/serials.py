"""Serial codes of cartons and items, and pre-printed rolls of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from urllib.parse import quote

from api.area import PREFIX, Area, Call, Write
from api.fields import Shape, Text, Whole, YesNo
from api.shapes import BATCH, Written, many, maybe, one, out
from trace.domain.serials import LAST_OF_BATCH, MOST_AT_ONCE
from trace.services import serials, sightings
from trace.services.context import Done
from trace.services.values import Cleared

area = Area(
    "serials", "One code for one carton or item: issued for a batch, or printed first and bound later."
)

_LABEL = "A label of the roll, as printed or scanned."


class HowMany(Shape):
    """How many codes, and of which kind."""

    count = Whole("How many.", least=1, most=MOST_AT_ONCE, required=True, example=500)
    cover = YesNo("Whether each has a second code, for under a scratch layer.", load_default=False)


class Binding(Shape):
    """Labels that are on goods of a batch now."""

    first = Text(_LABEL, longest=300, required=True, example="QHBC-S000-113J-PC7H")
    last = Text(_LABEL, longest=300, required=True, example="QHBC-S000-34BJ-92ZS")
    batch = Text(BATCH, longest=2000, required=True, example="7K3M9QW2X0F")


class Numbers(Shape):
    """Which of them."""

    first = Whole("Number to begin with.", least=1, most=LAST_OF_BATCH, example=1, load_default=1)
    limit = Whole("How many.", least=1, most=1000, example=100, load_default=100)


class IssuedAnswer(Written):
    """Serials that a batch has now."""

    batch = out("URI of the batch.")
    first_number = out("Number of the first of them within the batch.", "integer")
    last_number = out("Number of the last.", "integer")
    first = out("The first serial.")
    last = out("The last serial.")
    cover = out("Whether each has a second code.", "boolean")


class RollAnswer(Written):
    """A roll of labels that stand for nothing yet."""

    roll = out("Its id.")
    count = out("How many labels it has.", "integer")
    first = out("The first label.")
    last = out("The last label.")
    cover = out("Whether each has a second code.", "boolean")


class BoundAnswer(Written):
    """Labels that stand for a batch now, for good."""

    roll = out("Id of the roll.")
    batch = out("URI of the batch.")
    count = out("How many labels were bound.", "integer")


class PrintedShape(Shape):
    """One code as it is printed."""

    serial = out("Its text.")
    url = out("What its QR code carries.")
    cover = maybe(
        "The second code, for under the scratch layer; it must not be seen before the goods are sold."
    )


class PrintedAnswer(Shape):
    """Codes as they are printed, in the order of their numbers."""

    items = many(PrintedShape, "The codes.")


class CloneShape(Shape):
    """What speaks for copies of a code."""

    reason = out("too_fast, too_many_places or gone_before.")
    since = out("Since when.", format="date-time")
    km = maybe("Kilometres between two sightings.", "integer")
    minutes = maybe("Minutes between them.", "integer")
    places = maybe("In how many places it was seen.", "integer")
    gone = maybe("When the record says that it was destroyed.", format="date-time")


class ClearedShape(Shape):
    """An official looked into a warning of copies."""

    index = out("Index of the entry.", "integer")
    time = out("When.", format="date-time")
    by = out("URI of whose official it was.")
    cause = maybe("Why it is settled, as a code: genuine, removed or other.")
    reason = out("The same in words; where there is a cause what was added to it, which may be nothing.")


class SerialShape(Shape):
    """A serial that is good, and what is known of it."""

    uri = out("Its identity.")
    serial = out("Its text.")
    batch = out("URI of the batch that it stands for.")
    roll = maybe("Id of the pre-printed roll that it is of.")
    cover = out("Whether it has a second code.", "boolean")
    looks = out("How often its page was looked at.", "integer")
    first = maybe("When first.", format="date-time")
    clone = one(CloneShape, "What speaks for copies; null where nothing does.", null=True)
    cleared = one(ClearedShape, "Who last looked into such a warning; null where nobody did.", null=True)


@area.write(
    "/batches/<name:batch>/serials",
    HowMany,
    IssuedAnswer,
    location=lambda done: _address(done.result["batch"], done.result["first_number"]),
    example={"count": 500},
)
def issue_serials(call: Write, body: dict[str, Any], batch: str) -> Done:
    """Issue serials for a batch that one made or holds

    Each names one carton or item, and nobody else can make one up. A million cost one record. With `cover` each has a
    second code, to be printed under a scratch layer.
    """
    return serials.issue(call.ctx, call.actor, batch, body["count"], call.once, cover=body["cover"])


@area.read("/batches/<name:batch>/serials", PrintedAnswer, query=Numbers, refuses=(403, 404))
def get_serials(call: Call, query: dict[str, Any], batch: str) -> dict[str, Any]:
    """Get serials that one issued, as they are printed: the same ones however often"""
    assert call.actor is not None  # noqa: S101 - this address is not public
    return _items(serials.own(call.ctx, call.actor, batch, query["first"], query["limit"]))


@area.write(
    "/rolls",
    HowMany,
    RollAnswer,
    location=lambda done: f"{PREFIX}/rolls/{done.result['roll']}/serials",
    example={"count": 1000},
)
def make_roll(call: Write, body: dict[str, Any]) -> Done:
    """Make a roll of labels that stand for nothing until they are bound to a batch"""
    return serials.roll(call.ctx, call.actor, body["count"], call.once, cover=body["cover"])


@area.read("/rolls/<name:roll>/serials", PrintedAnswer, query=Numbers, refuses=(403, 404))
def get_roll(call: Call, query: dict[str, Any], roll: str) -> dict[str, Any]:
    """Get labels of one's own roll, as they are printed"""
    assert call.actor is not None  # noqa: S101 - this address is not public
    return _items(serials.own_roll(call.ctx, call.actor, roll, query["first"], query["limit"]))


@area.write("/rolls/bind", Binding, BoundAnswer)
def bind_labels(call: Write, body: dict[str, Any]) -> Done:
    """Let the labels from the first to the last stand for a batch, for good

    They are of one roll of one's own, the batch is one that one made or holds. A label that is in use already is
    refused, and then none is bound.
    """
    return serials.bind(call.ctx, call.actor, body["first"], body["last"], body["batch"], call.once)


@area.read("/serials/<name:code>", SerialShape, public=True, refuses=(404, 422))
def get_serial(call: Call, code: str) -> dict[str, Any]:
    """Ask whether a serial is good, what it stands for, and whether something speaks for copies

    It is given as printed or scanned: the address in the QR code, a Digital Link with lot (10) and serial (21), element
    strings, or the text of a pre-printed label. Asking is not counted as a look.
    """
    good = serials.find(call.ctx, code)
    seen = sightings.scanned(call.ctx, good.uri, code=good)
    return {
        **{name: getattr(good, name) for name in ("uri", "serial", "batch", "roll", "cover")},
        "looks": seen.count,
        "first": seen.first and seen.first.isoformat(),
        "clone": seen.clone and {name: _plain(value) for name, value in asdict(seen.clone).items()},
        "cleared": seen.cleared and _cleared(seen.cleared),
    }


def _cleared(one: Cleared) -> dict[str, Any]:
    why = {"cause": one.cause, "reason": one.reason}
    return {"index": one.index, "time": one.time.isoformat(), "by": one.by.uri, **why}


def _items(codes: Sequence[serials.SerialCode]) -> dict[str, Any]:
    return {"items": [asdict(code) for code in codes]}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _address(batch: str, first: int) -> str:
    return f"{PREFIX}/batches/{quote(batch, safe='')}/serials?first={first}"
