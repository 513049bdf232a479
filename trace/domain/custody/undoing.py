"""A record is declared wrong: what it did is undone, as far as nothing has moved on since."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from trace.domain.custody import goods
from trace.domain.custody.draft import ZERO, Draft, held, transit
from trace.domain.model import (
    REAL,
    Account,
    AccountKind,
    Container,
    Posting,
    Recorded,
    ShipmentState,
)
from trace.domain.refusals import (
    AlreadyCorrected,
    AlreadySettled,
    ContainerPacked,
    MovedOn,
    NotTheHolder,
    NotYours,
    UnknownEvent,
)


def undo(draft: Draft) -> None:
    """EPCIS errorDeclaration (section 7.4.1.3): take back exactly what the event of the same id did.

    Only who declared an event can declare it wrong, and only once; else nothing is booked.
    """
    event_id = draft.event.event_id
    record = draft.book.recorded(event_id)
    if record is None:
        draft.problem(UnknownEvent(event=event_id))
        return
    draft.holder = record.holder
    if record.by != draft.by:
        draft.problem(NotYours(what=event_id, owner=record.by, party=draft.by))
        return
    if record.corrected:
        draft.problem(AlreadyCorrected(event=event_id))
        return
    draft.corrects = event_id
    _returned_since(draft, record)
    for posting in record.postings:
        _take_back(draft, record, posting)
    _restore_deliveries(draft, record)
    _restore_containers(draft, record)
    _refill(draft, record)


def _take_back(draft: Draft, record: Recorded, posting: Posting) -> None:
    batch, account, amount = posting.batch, posting.account, posting.amount
    if account.kind in REAL and amount > 0:
        holds = draft.balances(batch, account.ref).get(account, ZERO)
        if holds < amount:
            _moved_on(draft, posting, holds)
            draft.post(batch, Account(AccountKind.UNEXPLAINED, record.holder), holds - amount)
            amount = holds
    draft.post(batch, account, -amount)


def _moved_on(draft: Draft, posting: Posting, holds: Decimal) -> None:
    draft.problem(
        MovedOn(
            event=draft.event.event_id,
            batch=posting.batch,
            asked=posting.amount,
            holds=holds,
            unit=draft.known(posting.batch).unit,
        )
    )


def _returned_since(draft: Draft, record: Recorded) -> None:
    """Goods that were sent back out of a delivery can no longer be un-received, whatever else lies there."""
    if record.settles is None:
        return
    for posting in record.postings:
        if goods.is_held_by(posting.account, record.holder) and posting.amount > 0:
            received = draft.book.received(record.settles, posting.batch)
            accepted = sum(
                (
                    other.amount
                    for other in record.postings
                    if other.batch == posting.batch and goods.is_held_by(other.account, record.holder)
                ),
                ZERO,
            )
            if received < accepted:
                _moved_on(draft, replace(posting, amount=accepted), received)


def _restore_deliveries(draft: Draft, record: Recorded) -> None:
    opened = None if record.shipment is None else draft.find_shipment(record.shipment)
    if opened is not None:
        if opened.state is ShipmentState.OPEN:
            draft.put_shipment(replace(opened, state=ShipmentState.VOID))
        else:
            draft.problem(AlreadySettled(shipment=opened.id))
    refs = [
        posting.account.ref
        for posting in record.postings
        if posting.account.kind is AccountKind.TRANSIT and posting.amount < 0
    ]
    for id in dict.fromkeys([*refs, *([record.settles] if record.settles else [])]):
        shipment = draft.find_shipment(id)
        if shipment is not None and shipment.state is ShipmentState.SETTLED:
            draft.put_shipment(replace(shipment, state=ShipmentState.OPEN, settled_by=None))


def _restore_containers(draft: Draft, record: Recorded) -> None:
    for uri, before in record.containers_before:
        if before is not None and _is_where_left(draft, record, uri, before):
            draft.put_container(before)
    for uri, before in record.containers_before:
        # One that has been used for other goods since stays, with those in it.
        if before is None and not draft.contents(uri) and not draft.children(uri):
            draft.drop_container(uri)


def _refill(draft: Draft, record: Recorded) -> None:
    """Goods go back into the units they came out of: one that was taken apart since stands again with them in it."""
    for posting in record.postings:
        account = posting.account
        if account.kind not in REAL or not account.container or posting.amount > 0:
            continue
        place = Account(account.kind, account.ref)
        box = draft.container(account.container)
        if box is None:
            draft.put_container(Container(account.container, place))
        elif box.place != place:
            holder = goods.whose(draft, box.place)
            draft.problem(NotTheHolder(container=box.uri, holder=holder, party=record.holder))


def _is_where_left(draft: Draft, record: Recorded, uri: str, before: Container) -> bool:
    """Whether a logistic unit still stands as the event left it, or was taken apart by it."""
    now = draft.container(uri)
    if now is None:
        return True
    places = {before.place, held(record.holder)}
    if record.shipment is not None:
        places = {transit(record.shipment)}
    elif before.place.kind is AccountKind.TRANSIT:
        shipment = draft.find_shipment(before.place.ref)
        places = {held(record.holder), held("" if shipment is None else shipment.sender)}
    parents = {None, before.parent}
    if draft.event.action == "ADD" and uri in draft.event.child_epcs:
        parents = {draft.event.parent}
    if now.place not in places:
        holder = goods.whose(draft, now.place)
        draft.problem(NotTheHolder(container=uri, holder=holder, party=record.holder))
    elif now.parent not in parents:
        draft.problem(ContainerPacked(container=uri, inside=now.parent or ""))
    else:
        return True
    return False
