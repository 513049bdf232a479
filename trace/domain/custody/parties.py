"""Who has the goods that an event speaks of, and who gets them."""

from __future__ import annotations

from trace.domain.epcis import Event, name_of
from trace.domain.model import Book
from trace.identifiers import InvalidIdentifier, canonical

# CBV 2.0 section 7.4: whose the goods are comes before who has them in hand.
_PARTIES = ("owning_party", "possessing_party")
SHIPPING = frozenset({"shipping"})
RECEIVING = frozenset({"receiving", "accepting"})


def is_shipping(event: Event) -> bool:
    """Whether the event says that goods leave for somebody else."""
    return event.biz_step in SHIPPING


def is_receiving(event: Event) -> bool:
    """Whether the event says that goods were taken over from somebody else."""
    return event.biz_step in RECEIVING


def holder(event: Event, book: Book, by: str) -> str:
    """The party in whose hands the goods are: who ships, who receives, or at whose place it happens.

    In this order: source or destination party of a shipping or receiving, owner of the bizLocation, owner of
    the readPoint, whoever provided the information, and at last ``by``, who declares the event.
    """
    stated = ""
    if is_shipping(event):
        stated = party_in(event.sources, book, by)
    elif is_receiving(event):
        stated = party_in(event.destinations, book, by)
    if stated:
        return stated
    for place in (event.biz_location, event.read_point):
        owner = None if place is None else book.owner_of(place, by)
        if owner is not None:
            return owner
    provider = name_of(event.extension("informationProvider"))
    return _canonical(provider) if provider else by


def party_in(pairs: tuple[tuple[str, str], ...], book: Book, by: str) -> str:
    """The party a source or destination list names, by itself or through a place it owns; "" for none.

    Whose a place is, is as registered or as ``by``, who declares the event, described it: another's document would
    put goods into hands, and records before eyes, of its choice.
    """
    for kind in _PARTIES:
        for named, uri in pairs:
            if named == kind:
                # Who is registered is nobody's place, whatever a document's master data says of his URI.
                return uri if book.party(uri) is not None else book.owner_of(uri, by) or uri
    owners = (book.owner_of(uri, by) for named, uri in pairs if named == "location")
    return next((owner for owner in owners if owner is not None), "")


def receiver(event: Event, book: Book, by: str) -> str:
    """Who a shipping is for; the place where it goes, if nobody is known to own it; "" for neither."""
    stated = party_in(event.destinations, book, by)
    return stated or next((uri for named, uri in event.destinations if named == "location"), "")


def here(event: Event, holder: str) -> frozenset[str]:
    """Names under which a delivery to this event's place may have been sent."""
    places = {uri for _, uri in event.destinations} | {event.biz_location or "", event.read_point or ""}
    return frozenset(places | {holder, ""})


def _canonical(uri: str) -> str:
    try:
        return canonical(uri)
    except InvalidIdentifier:
        return uri
