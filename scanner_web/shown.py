"""What the page of a batch shows, as data for its own script, which compares it with the records.

The script takes nothing of it on trust: it is compared with the bodies that were proved, and the page with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scanner_web.model import (
    BatchPage,
    BatchRef,
    Commitment,
    Ingredient,
    Move,
    PartyRef,
    PlaceRef,
    Ref,
    Step,
    Stop,
    as_json,
)

Facts = dict[str, Any]


def shown(page: BatchPage) -> Facts:
    """Values as they stand in the page, each name once by its URI; nothing that is not shown."""
    return _filled(
        batch=page.uri,
        product=_filled(uri=page.product.uri, name=page.product.name, gtin=page.product.gtin),
        maker=_uri(page.maker),
        origin=page.origin,
        lot=page.lot,
        code=page.code,
        label=page.seen.label if page.seen else None,
        produced=page.produced,
        expires=page.expires,
        stops=[_stop(stop, page.uri) for stop in page.stops],
        steps=[_step(step) for step in page.steps],
        ingredients=[_ingredient(one) for one in page.ingredients],
        moves=[_move(one) for one in page.moves],
        commitments=[_commitment(one) for one in page.commitments],
        **_names(page),
    )


def _stop(stop: Stop, own: str) -> Facts:
    batch = stop.inherited.uri if stop.inherited else own
    why = {"cause": stop.cause, "reason": stop.reason}
    return _filled(hold=stop.hold, batch=batch, by=stop.by.uri, since=stop.since, **why)


def _ingredient(one: Ingredient) -> Facts:
    return _filled(batch=one.batch.uri, maker=_uri(one.maker), produced=one.produced, expires=one.expires)


def _commitment(one: Commitment) -> Facts:
    return _filled(batch=one.batch.uri, by=one.by.uri, basis=" ".join(one.basis), issued=one.issued)


def _move(one: Move) -> Facts:
    return _filled(batch=one.batch, sender=one.sender.uri, receiver=one.receiver.uri)


def _step(step: Step) -> Facts:
    confirmed, corrected, clerk = step.confirmed, step.corrected, step.entered_by
    return _filled(
        index=step.index,
        event=step.event_id,
        type=step.type,
        action=step.action,
        step=step.step,
        time=step.time,
        by=step.declared_by.uri,
        place=_uri(step.place),
        holder=_uri(step.holder),
        sender=_uri(step.sender),
        receiver=_uri(step.receiver),
        confirmed=_filled(by=confirmed.by.uri, time=confirmed.time) if confirmed else None,
        confirms=_uri(step.confirms),
        copied=step.copied or None,
        entered=_filled(uri=clerk.uri, name=clerk.name) if clerk else None,
        of=_uri(step.of),
        inputs=[batch.uri for batch in step.inputs],
        outputs=[batch.uri for batch in step.outputs],
        container=_uri(step.container),
        finding=step.finding,
        result=step.result,
        process=step.process,
        corrected=_filled(by=corrected.by.uri, time=corrected.time, reason=corrected.reason)
        if corrected
        else None,
    )


def _names(page: BatchPage) -> Facts:
    refs = list(_refs(page))
    return {
        "parties": {
            ref.uri: _filled(name=ref.name, role=ref.role, address=ref.address)
            for ref in refs
            if isinstance(ref, PartyRef)
        },
        "places": {
            ref.uri: _filled(name=ref.name, address=ref.address) for ref in refs if isinstance(ref, PlaceRef)
        },
        "batches": {
            ref.uri: _filled(name=ref.name, label=ref.label) for ref in refs if isinstance(ref, BatchRef)
        },
    }


def _refs(page: BatchPage) -> Iterable[Ref]:
    found: list[Ref | None] = [page.maker, *(one.by for one in page.commitments)]
    for stop in page.stops:
        found += [stop.by, stop.inherited]
    for step in page.steps:
        found += [
            step.place,
            step.declared_by,
            step.holder,
            step.sender,
            step.receiver,
            step.confirms,
            step.of,
        ]
        found += [*step.inputs, *step.outputs]
        found += [
            step.confirmed.by if step.confirmed else None,
            step.corrected.by if step.corrected else None,
        ]
    return (ref for ref in found if ref is not None)


def _uri(ref: Ref | None) -> str | None:
    return ref.uri if ref else None


def _filled(**fields: Any) -> Facts:
    """The fields that are there, in JSON's own types."""
    return {name: as_json(value) for name, value in fields.items() if value is not None and value != []}
