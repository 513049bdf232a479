"""Receiving: what is on its way here, taken in with one tap, or line by line where something is short or bad."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from flask import request
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.business import blueprint
from scanner_web.business.goods import amount, called, is_meant, keys, name_of, printed, read_code
from scanner_web.business.register import papers
from scanner_web.signed import forms, frame
from trace.domain.commands import Receive, Settled
from trace.domain.refusals import MoreThanShipped, Refusal
from trace.identifiers import InvalidIdentifier
from trace.services import handy, lists, photos
from trace.services import today as day
from trace.services.context import Done, Once
from trace.services.photos import Photo
from trace.services.today import Arrival
from trace.services.values import DeliveryInfo, DeliveryLine

REASONS = ("damaged", "spoiled", "temperature", "label", "papers", "wrong")
"""Why goods are turned away, to pick from; anything else is written."""

_MOST_PHOTOS = 4


@blueprint.get("/receive")
def receive() -> AnyResponse:
    """Deliveries on their way here, the most pressing first; with a code, the one that it belongs to."""
    code = forms.read(request.args.get("code", ""))
    if code and (found := _with(code)) is not None:
        return frame.go(f"/desk/receive/{found.delivery.index}?" + urlencode({"here": code}))
    return _list(code)


def _list(code: str = "", error: Refusal | InvalidIdentifier | None = None) -> AnyResponse:
    waiting = day.arrivals(frame.context(), frame.actor(), request.args.get("cursor"))
    return frame.page(
        "business/receive.html",
        waiting=waiting.items,
        next=waiting.next,
        code=code,
        data=_as_data(waiting.items),
        error=error,
    )


@blueprint.get("/receive/<int:index>")
def delivery(index: int) -> AnyResponse:
    """One delivery, line by line."""
    found = day.arrival(frame.context(), frame.actor(), lambda one: one.delivery.index == index)
    if found is None:
        return frame.page("business/receive_none.html", 404, index=index)
    return _lines(found, {"here": request.args.get("here", "")[:300]})


@blueprint.post("/receive")
def received() -> AnyResponse:
    """Settle a delivery: ``how`` is all, or lines."""
    ctx, actor = frame.context(), frame.actor()

    def work(key: Once | None) -> Done:
        shipment = request.form.get("shipment", "")
        lines: tuple[Settled, ...] = ()
        pictures: tuple[Photo, ...] = ()
        if request.form.get("how") == "lines":
            lines, pictures = _settled(lists.shipment(ctx, actor, shipment))
        command = Receive(shipment, lines, papers(), forms.text("note", longest=500), forms.at(ctx))
        return handy.receive(ctx, actor, command, pictures, key)

    return frame.act(work, then=lambda done: f"/desk/entries/{done.index}", again=_again)


def _again(refusal: Refusal | InvalidIdentifier) -> AnyResponse:
    """The delivery once more, as it was filled in; the list, where it waits no longer."""
    shipment = request.form.get("shipment", "")
    found = day.arrival(frame.context(), frame.actor(), lambda one: one.delivery.shipment == shipment)
    if found is not None:
        return _lines(found, request.form.to_dict(), refusal)
    return _list(error=refusal)


def _lines(
    found: Arrival, values: Mapping[str, Any], error: Refusal | InvalidIdentifier | None = None
) -> AnyResponse:
    lines = found.delivery.lines
    here = _read(str(values.get("here", "")))
    marked = {line.info.uri for line in lines if here and is_meant(line.info, here)}
    marked |= {uri for unit in found.units if unit.uri == here for uri in unit.contents}
    return frame.page(
        "business/delivery.html",
        error=error,
        one=found,
        values=values,
        marked=marked,
        by_line=bool(values.get("how") == "lines" or any(line.info.uri in found.stops for line in lines)),
        reasons=REASONS,
        data=_as_data([found]),
    )


# -- what the form says --------------------------------------------------------------------------------------


def _settled(found: DeliveryInfo) -> tuple[tuple[Settled, ...], tuple[Photo, ...]]:
    """Every line, with all pictures: what is neither short nor turned away is accepted.

    Raises MoreThanShipped, ReasonMissing, PhotoUnreadable, PhotoTooLarge.
    """
    pictures: list[Photo] = []
    lines = []
    for number, line in enumerate(found.lines, 1):
        settled, taken = _line(found, line, number)
        lines.append(settled)
        pictures += taken
    return tuple(lines), tuple(pictures)


def _line(found: DeliveryInfo, line: DeliveryLine, number: int) -> tuple[Settled, list[Photo]]:
    batch, unit, shipped = line.info.uri, line.info.batch.unit, line.shipped
    short, rejected = _part(f"short-{number}"), _part(f"rejected-{number}")
    if not (short or rejected):
        return Settled(batch, unit, shipped), []
    if short + rejected > shipped:
        asked = short + rejected
        raise MoreThanShipped(shipment=found.shipment, batch=batch, asked=asked, shipped=shipped, unit=unit)
    reason = forms.text(f"reason-{number}") or forms.text(f"why-{number}")
    if rejected and reason is None:
        raise handy.ReasonMissing()
    sent = [file for file in request.files.getlist(f"photo-{number}") if file.filename]
    taken = [photos.prepare(file.stream.read()) for file in sent[:_MOST_PHOTOS]]
    rest = shipped - short - rejected
    return Settled(batch, unit, rest, short, rejected, reason, tuple(one.sha256 for one in taken)), taken


def _part(name: str) -> Decimal:
    """So much of a line; an empty field and a nought are none."""
    return Decimal(0) if request.form.get(name, "").strip() == "0" else forms.decimal(name)


# -- codes ---------------------------------------------------------------------------------------------------


def _read(code: str) -> str:
    try:
        return read_code(code) if code else ""
    except InvalidIdentifier:
        return ""


def _with(code: str) -> Arrival | None:
    """The delivery that a code names: by its note, by a batch in it, or by a logistic unit."""
    if not (read := _read(code)):
        return None

    def named(one: Arrival) -> bool:
        return (
            one.delivery.shipment == read
            or any(unit.uri == read for unit in one.units)
            or any(is_meant(line.info, read) for line in one.delivery.lines)
        )

    return day.arrival(frame.context(), frame.actor(), named)


def _as_data(waiting: Iterable[Arrival]) -> Markup:
    """The deliveries for the page's script, which matches codes to them without a network; data that is not run."""
    base = frame.context().base_url
    waiting = list(waiting)
    known = keys(line.info for one in waiting for line in one.delivery.lines)
    told = [
        {
            "index": one.delivery.index,
            "from": one.delivery.sender.name or one.delivery.sender.uri,
            "note": one.delivery.shipment.removeprefix(base),
            "lines": [
                {
                    "batch": name_of(line.info),
                    "name": called(line.info),
                    "printed": printed(line.info),
                    "amount": amount(line.shipped, line.info.batch.unit),
                    "stopped": line.info.uri in one.stops,
                    "keys": known[line.info.uri],
                    "units": [
                        unit.uri.removeprefix("https://id.gs1.org")
                        for unit in one.units
                        if line.info.uri in unit.contents
                    ],
                }
                for line in one.delivery.lines
            ],
        }
        for one in waiting
    ]
    text = json.dumps(told, ensure_ascii=False).replace("<", "\\u003c")
    return Markup(f'<script type="application/json" id="open-deliveries">{text}</script>')  # noqa: S704 - no < in it
