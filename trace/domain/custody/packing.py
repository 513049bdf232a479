"""Goods and logistic units go into a logistic unit and come out again."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from trace.domain.custody import goods
from trace.domain.custody.draft import ZERO, Draft, held
from trace.domain.custody.making import is_sscc
from trace.domain.epcis import Event
from trace.domain.model import Account, AccountKind, Batch, Container
from trace.domain.refusals import (
    ContainerEmpty,
    ContainerPacked,
    CustodyGap,
    NotEnoughInContainer,
    NotTheHolder,
    UnknownContainer,
)


def pack(draft: Draft) -> None:
    """AggregationEvent ADD: only goods and units of the same holder go in."""
    event = draft.event
    parent = event.parent
    if parent is None:
        return
    if draft.container(parent) is None:
        draft.put_container(Container(parent, held(draft.holder)))
    fetch(draft, parent)
    for uri in boxes(draft, event.child_epcs):
        _put_in(draft, uri, parent)
    for uri, amount in goods.read(draft, event.child_quantities).items():
        draft.require_free(uri)
        if amount:
            goods.take(draft, draft.known(uri), amount, held(draft.holder, parent))


def unpack(draft: Draft) -> None:
    """AggregationEvent DELETE: what is named comes out; nothing named, everything."""
    event = draft.event
    parent = event.parent
    if parent is None:
        return
    if draft.container(parent) is None:
        draft.problem(UnknownContainer(container=parent))
        return
    fetch(draft, parent)
    if not event.child_epcs and not event.child_quantities:
        empty(draft, parent)
    for uri in boxes(draft, event.child_epcs):
        _take_out(draft, uri, parent)
    for uri, amount in goods.read(draft, event.child_quantities).items():
        if amount:
            _pour_out(draft, draft.known(uri), parent, amount)
    if not draft.contents(parent) and not draft.children(parent):
        draft.drop_container(parent)


def empty(draft: Draft, container: str) -> None:
    """Everything directly in a logistic unit lies loose beside it."""
    lying, inside = draft.contents(container), draft.children(container)
    if draft.entered and not lying and not inside:
        draft.problem(ContainerEmpty(container=container))
    for batch, account, amount in lying:
        draft.move(batch, account, Account(account.kind, account.ref), amount)
    for box in inside:
        draft.put_container(replace(box, parent=None))


def boxes(draft: Draft, epcs: tuple[str, ...]) -> list[str]:
    """Those of the things named that are logistic units; single serialised things are not booked."""
    return [uri for uri in dict.fromkeys(epcs) if is_sscc(uri) or draft.container(uri) is not None]


def units(event: Event) -> tuple[str, ...]:
    """Things named that may be logistic units: the outer one of an AggregationEvent first."""
    return event.epcs if event.parent is None else (event.parent, *event.epcs)


def content_known(draft: Draft) -> bool:
    """Whether the book knows what lies in the outer unit that the event names."""
    parent = draft.event.parent
    return parent is not None and any(draft.contents(box.uri) for box in draft.nested(parent))


def compare(draft: Draft, place: Account) -> None:
    """An event says what it saw in a unit whose content is known: note, and book, what is more than that.

    Less is no contradiction: who observes a unit need not list all that is in it.
    """
    parent = draft.event.parent
    if parent is None or not content_known(draft):
        return
    inside = [line for box in draft.nested(parent) for line in draft.contents(box.uri)]
    for uri, asked in goods.read(draft, draft.event.child_quantities).items():
        holds = sum((amount for name, _, amount in inside if name == uri), ZERO)
        if asked is not None and asked > holds:
            unit = draft.known(uri).unit
            draft.problem(
                NotEnoughInContainer(container=parent, batch=uri, asked=asked, holds=holds, unit=unit)
            )
            source = Account(AccountKind.UNEXPLAINED, draft.holder)
            draft.move(uri, source, Account(place.kind, place.ref, parent), asked - holds)


def fetch(draft: Draft, uri: str) -> None:
    """Make sure that a known logistic unit is in the holder's hands.

    An act entered here may not touch a unit of another. In a captured document it is brought over with all
    that is in it, and the movement is noted as missing.
    """
    box = draft.container(uri)
    if box is None or box.place == held(draft.holder):
        return
    holder = goods.whose(draft, box.place)
    lying = [line for inner in draft.nested(uri) for line in draft.contents(inner.uri)]
    if draft.entered or not lying:
        draft.problem(NotTheHolder(container=uri, holder=holder, party=draft.holder))
    else:
        for name, _, amount in lying:
            unit = draft.known(name).unit
            draft.problem(CustodyGap(batch=name, party=draft.holder, holder=holder, asked=amount, unit=unit))
    draft.carry(uri, held(draft.holder))


def outermost(draft: Draft, uri: str) -> None:
    """Make sure that a logistic unit is in no other one before it goes anywhere by itself."""
    box = draft.container(uri)
    if box is not None and box.parent is not None:
        draft.problem(ContainerPacked(container=uri, inside=box.parent))
        draft.put_container(replace(box, parent=None))


def _put_in(draft: Draft, uri: str, parent: str) -> None:
    if draft.container(uri) is None:
        draft.problem(UnknownContainer(container=uri))
        draft.put_container(Container(uri, held(draft.holder)))
    if any(box.uri == parent for box in draft.nested(uri)):
        draft.problem(ContainerPacked(container=parent, inside=uri))
        return
    fetch(draft, uri)
    outermost(draft, uri)
    for box in draft.nested(uri):
        for batch, _, _ in draft.contents(box.uri):
            draft.require_free(batch)
    draft.put_container(Container(uri, held(draft.holder), parent))


def _take_out(draft: Draft, uri: str, parent: str) -> None:
    box = draft.container(uri)
    if box is None or box.parent != parent:
        draft.problem(UnknownContainer(container=uri))
        return
    draft.put_container(replace(box, parent=None))


def _pour_out(draft: Draft, batch: Batch, parent: str, asked: Decimal) -> None:
    uri = batch.uri
    loose = held(draft.holder)
    beside = draft.balances(uri, draft.holder).get(loose, ZERO)
    rest = goods.draw(draft, uri, [held(draft.holder, parent)], loose, asked)
    if not rest:
        return
    draft.problem(
        NotEnoughInContainer(container=parent, batch=uri, asked=asked, holds=asked - rest, unit=batch.unit)
    )
    # What was not in it may be what already lies loose beside it.
    if rest > beside:
        draft.move(uri, Account(AccountKind.UNEXPLAINED, draft.holder), loose, rest - beside)
