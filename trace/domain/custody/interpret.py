"""From one event to all that it changes."""

from __future__ import annotations

from decimal import localcontext

from trace.domain.custody.draft import Draft
from trace.domain.custody.leaving import BY_STEP, is_leaving, leave
from trace.domain.custody.making import make, transform
from trace.domain.custody.moving import ship
from trace.domain.custody.ownership import trespass
from trace.domain.custody.packing import pack, unpack
from trace.domain.custody.parties import RECEIVING, SHIPPING, holder, is_receiving, is_shipping
from trace.domain.custody.receiving import receive
from trace.domain.custody.undoing import undo
from trace.domain.epcis import Event
from trace.domain.model import Book, Outcome
from trace.domain.refusals import Duplicate

# The words of the CBV under which an ObjectEvent moves goods, whatever its action.
MOVING_STEPS = SHIPPING | RECEIVING | BY_STEP.keys()

# Amounts have at most 27 digits, so their sums and products are exact with room to spare.
_DIGITS = 60


def interpret(event: Event, book: Book, by: str, *, entered: bool = False) -> Outcome:
    """All that an event, declared by the party ``by``, changes in the book; nothing is written.

    Never raises for what the event claims: everything impossible is in ``problems``, most important first,
    and the rest of the outcome is what can be booked all the same (a real account never goes below zero; what
    is not covered comes from ``unexplained``). ``entered`` is for acts entered here: it asks more, as nothing
    in them may rest on guesswork, and where it finds no problem the outcome is the same as without it. Without
    it nothing is booked of another registered party's goods, or in his name (see ``ownership``).
    """
    with localcontext(prec=_DIGITS):
        draft = Draft(event, book, by, holder(event, book, by), entered)
        for invalid in event.malformed:
            if invalid.field.endswith(".epcClass"):
                draft.problem(invalid)
        if event.error is not None:
            undo(draft)
        elif not entered and book.recorded(event.event_id) is not None:
            draft.problem(Duplicate(what="event", value=event.event_id))
        else:
            _follow(draft)
        if not entered and (refusal := trespass(draft)) is not None:
            return draft.refused(refusal)
        return draft.outcome()


def enforce(event: Event, book: Book, by: str) -> Outcome:
    """The outcome of an act entered here. Raises the most important problem, if there is any."""
    outcome = interpret(event, book, by, entered=True)
    if outcome.problems:
        raise outcome.problems[0]
    return outcome


def _follow(draft: Draft) -> None:
    event = draft.event
    if event.type == "TransformationEvent":
        transform(draft)
    elif event.type == "AggregationEvent" and event.action == "ADD":
        pack(draft)
    elif event.type == "AggregationEvent" and event.action == "DELETE":
        unpack(draft)
    elif event.type == "ObjectEvent" and event.action == "ADD":
        make(draft)
    elif event.type == "ObjectEvent" and is_leaving(event):
        leave(draft)
    elif event.type in {"ObjectEvent", "AggregationEvent"} and is_shipping(event):
        ship(draft)
    elif event.type in {"ObjectEvent", "AggregationEvent"} and is_receiving(event):
        receive(draft)
