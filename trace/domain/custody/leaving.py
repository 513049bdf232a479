"""Goods leave the chain: sold, served, destroyed, expired."""

from __future__ import annotations

from trace.domain.custody import goods, packing
from trace.domain.custody.draft import Draft
from trace.domain.epcis import Event
from trace.domain.model import Account, AccountKind
from trace.domain.refusals import Invalid, UnknownContainer

# CBV 2.0 sections 7.1 and 7.2.
BY_STEP = {
    "retail_selling": AccountKind.SOLD,
    "dispensing": AccountKind.SERVED,
    "destroying": AccountKind.DESTROYED,
}
_BY_DISPOSITION = {
    "retail_sold": AccountKind.SOLD,
    "dispensed": AccountKind.SERVED,
    "expired": AccountKind.EXPIRED,
}
_TO_PEOPLE = frozenset({AccountKind.SOLD, AccountKind.SERVED})


def is_leaving(event: Event) -> bool:
    """Whether an ObjectEvent says that its goods leave the chain."""
    return event.action == "DELETE" or event.biz_step in BY_STEP


def leave(draft: Draft) -> None:
    """Take goods out of the holder's hands for good. What is held or expired must not reach people."""
    event = draft.event
    kind = _BY_DISPOSITION.get(event.disposition or "") or BY_STEP.get(
        event.biz_step or "", AccountKind.DESTROYED
    )
    target = Account(kind, draft.holder)
    if draft.entered and not (event.quantities or event.epcs):
        draft.problem(Invalid(field="lines", value="", expected="at least one batch"))
    for uri, amount in goods.read(draft, event.quantities).items():
        if kind in _TO_PEOPLE:
            draft.require_free(uri)
        if amount:
            goods.take(draft, draft.known(uri), amount, target)
    for uri in packing.boxes(draft, event.epcs):
        _leave_in(draft, uri, target)


def _leave_in(draft: Draft, uri: str, target: Account) -> None:
    """A whole logistic unit leaves. If only its number is given up (decommissioning), its goods stay."""
    if draft.container(uri) is None:
        draft.problem(UnknownContainer(container=uri))
        return
    packing.fetch(draft, uri)
    if draft.event.biz_step not in BY_STEP:
        packing.empty(draft, uri)
        draft.drop_container(uri)
        return
    for box in list(draft.nested(uri)):
        for batch, account, amount in draft.contents(box.uri):
            if target.kind in _TO_PEOPLE:
                draft.require_free(batch)
            draft.move(batch, account, target, amount)
        draft.drop_container(box.uri)
