"""Which tests goods have failed and not passed since: whose word on them counts, as a rule without I/O.

A bad result counts where a laboratory, an authority, a market or the maker of the goods says so: a competitor's stall
fails nothing. A good one takes away what the same party said before; a laboratory's or an authority's, what anybody
said. A document that somebody handed in is evidence, not his word, and says nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from trace.domain.model import Role

JUDGES = frozenset({Role.LABORATORY, Role.INSPECTOR})
"""Who judges goods that are not his."""

_TESTERS = JUDGES | {Role.MARKET}


@dataclass(frozen=True)
class Result:
    """What a look at goods found (``causes.RESULT``), in the record ``index``: of which batch (URI), by whom (URI), in
    which role if he is registered, and whether he ``made`` the goods in question."""

    index: int
    batch: str
    by: str
    role: str | None
    made: bool
    result: str | None


def failed(results: Iterable[Result]) -> list[int]:
    """The records of failed tests that stand, in the order in which they were told; ``results`` in order of time."""
    found: dict[tuple[str, str], int] = {}
    for one in results:
        key = (one.batch, one.by)
        if one.result == "bad" and (one.role in _TESTERS or one.made):
            found.pop(key, None)
            found[key] = one.index
        elif one.result == "fine":
            for other in [known for known in found if known[0] == one.batch]:
                if one.role in JUDGES or other == key:
                    del found[other]
    return list(found.values())
