"""What a captured event may book: its submitter's own, and what is nobody's who could say so himself."""

from __future__ import annotations

from collections.abc import Iterator

from trace.domain.custody.draft import Draft
from trace.domain.custody.parties import here
from trace.domain.model import Account, AccountKind
from trace.domain.refusals import NotYours


def trespass(draft: Draft) -> NotYours | None:
    """Why nothing of a captured event may be booked, if it acts for, or on goods of, another registered party.

    Whoever is registered speaks for himself: what others say of his goods is kept as their word and flagged.
    Parties that only documents know have nobody to speak for them, so their goods follow whoever tells of them.
    """
    if draft.event.error is not None or not draft.changed:
        return None  # a declaration of error is judged by whose record it is about
    for party in dict.fromkeys(_concerned(draft)):
        if party != draft.by and draft.book.party(party) is not None:
            return NotYours(what=draft.event.event_id, owner=party, party=draft.by)
    return None


def _concerned(draft: Draft) -> Iterator[str]:
    """Those in whose name the event acts, and those from whose hands or deliveries it takes something."""
    yield draft.holder
    for account in draft.taken():
        if account.kind is AccountKind.HELD:
            yield account.ref
        elif not _is_for(draft, account):
            shipment = draft.book.shipment(account.ref)
            if shipment is not None:
                yield from (shipment.receiver, shipment.sender)


def _is_for(draft: Draft, account: Account) -> bool:
    """Whether a delivery is on its way to the submitter, or to the place where he takes it in.

    The event says itself where that is, so a registered receiver's name is no such place.
    """
    shipment = draft.book.shipment(account.ref)
    if shipment is None or draft.holder != draft.by:
        return shipment is None
    receiver = shipment.receiver
    if receiver != draft.by and draft.book.party(receiver) is not None:
        return False
    return receiver in here(draft.event, draft.holder)
