"""What a batch was made from and whose hands it went through, out of what one scan found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from scanner_web import model
from scanner_web.reading import Reader, date_of
from trace.domain.commands import Basis
from trace.domain.model import ShipmentState
from trace.services import scan


def whole_page(reader: Reader, now: datetime, serial: str | None = None) -> model.BatchPage:
    """The page of a batch with all that it was made from."""
    return replace(
        reader.page(now, serial),
        ingredients=ingredients(reader),
        moves=moves(reader),
        commitments=commitments(reader),
    )


def ingredients(reader: Reader) -> tuple[model.Ingredient, ...]:
    """Every batch that the goods were made from, in the order in which the journey first tells of them."""
    view = reader.view
    into: dict[str, list[str]] = defaultdict(list)
    for step in _standing(view):
        outputs = [thing.uri for thing in step.things if thing.role == "output"]
        for thing in step.things:
            if thing.role == "input":
                into[thing.uri] += [
                    one for one in outputs if one in view.family and one not in into[thing.uri]
                ]
    stopped = {stop.stop.batch for stop in view.stops if stop.in_force}
    doubtful = {batch for step in _standing(view) if step.flags for batch in step.batches}
    told = list(dict.fromkeys(batch for step in view.steps for batch in step.batches))
    others = [uri for uri in [*told, *sorted(view.family)] if uri in view.family and uri != view.info.uri]
    return tuple(
        _ingredient(reader, uri, tuple(into[uri]), stopped & made, doubtful & made)
        for uri in dict.fromkeys(others)
        for made in [_made_of(uri, into)]
    )


def _ingredient(
    reader: Reader, uri: str, into: tuple[str, ...], stopped: set[str], doubtful: set[str]
) -> model.Ingredient:
    info = reader.view.family[uri]
    return model.Ingredient(
        batch=reader.batch(uri),
        maker=reader.party(info.maker) if info.maker else None,
        produced=date_of(info.batch.produced),
        expires=date_of(info.batch.expires),
        into=into,
        stopped=bool(stopped),
        flagged=bool(doubtful),
    )


def _made_of(uri: str, into: dict[str, list[str]]) -> set[str]:
    """The batch and everything that it was made from."""
    found, rest = {uri}, [uri]
    while rest:
        wanted = rest.pop()
        near = {source for source, outputs in into.items() if wanted in outputs} - found
        found |= near
        rest += sorted(near)
    return found


def moves(reader: Reader) -> tuple[model.Move, ...]:
    """Each delivery of the goods, or of what they were made from, that was not taken back; one line for each batch."""
    found = [
        model.Move(
            batch=batch,
            sender=reader.party(step.delivery.sender),
            receiver=reader.party(step.delivery.receiver),
            waiting=step.delivery.state == ShipmentState.OPEN,
        )
        for step in _standing(reader.view)
        if step.delivery is not None and step.delivery.state != ShipmentState.VOID
        for batch in step.batches
        if batch in reader.view.family
    ]
    return tuple(dict.fromkeys(found))


def commitments(reader: Reader) -> tuple[model.Commitment, ...]:
    """The 承诺达标合格证 of the goods and of what they were made from."""
    known = {str(one) for one in Basis}
    return tuple(
        model.Commitment(
            batch=reader.batch(batch),
            by=reader.party(step.declared_by),
            basis=tuple(word for word in told["commitment"].split() if word in known),
            issued=date_of(told.get("committed")),
        )
        for step in _standing(reader.view)
        for batch in step.batches
        if batch in reader.view.family and reader.found.making(batch) == step
        for told in [reader.found.told(batch)]
        if "commitment" in told
    )


def _standing(view: scan.BatchView) -> Iterable[scan.Step]:
    """Steps that nobody took back, and that take back no other."""
    return [step for step in view.steps if step.corrected_by is None and not step.declares_error]
