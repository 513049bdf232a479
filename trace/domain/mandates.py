"""One business may let another enter for it (代录): why that is refused.

The mandate is given by the business itself, or registered by the operator who has its paper in hand. What is entered
under it is said by the business, under its own key, and names who entered it.
"""

from __future__ import annotations

from dataclasses import dataclass

from trace.domain.model import Role
from trace.domain.refusals import Refusal

ENTERED_BY = "trace:enteredBy"
"""The field of an event that names the party whose user entered it, where that is not the party that says it."""

MAY_ENTER = frozenset(Role) - {Role.OPERATOR, Role.INSPECTOR, Role.LABORATORY}
"""Who can be given a mandate, and who can give one: those that handle goods. No authority enters for a business."""


@dataclass(eq=False)
class NoMandate(Refusal):
    """Nobody let this party enter for that one, or the mandate has ended."""

    code = "no_mandate"
    party: str
    clerk: str


@dataclass(eq=False)
class NotOnBehalf(Refusal):
    """This is for the business's own people alone: its users, keys and mandates."""

    code = "not_on_behalf"
    party: str
    clerk: str


@dataclass(eq=False)
class MandateImpossible(Refusal):
    """Between these two there can be no mandate: they are the same, or one of them handles no goods."""

    code = "mandate_impossible"
    party: str
    clerk: str


@dataclass(eq=False)
class MandateStands(Refusal):
    """The mandate is in force already."""

    code = "mandate_stands"
    party: str
    clerk: str
