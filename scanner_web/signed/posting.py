"""Forms that change what is no record: people, links, keys. They are answered at once, with a page or a redirect."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from werkzeug.wrappers import Response as AnyResponse

from scanner_web import words
from scanner_web.signed import frame
from trace.domain.refusals import Refusal
from trace.identifiers import InvalidIdentifier

Again = Callable[[Refusal | InvalidIdentifier], AnyResponse]


def tried(work: Callable[[], AnyResponse], again: Again) -> AnyResponse:
    """The answer of ``work``; where it is refused, the form once more with what was wrong (422)."""
    try:
        return work()
    except (Refusal, InvalidIdentifier) as refusal:
        if frame.wants_json():
            return frame.problem(refusal)
        answer = again(refusal)
        answer.status_code = 422
        return answer


def when(time: datetime) -> str:
    """A moment in the reader's words, where the businesses are."""
    return words.current().local(frame.context().local(time))
