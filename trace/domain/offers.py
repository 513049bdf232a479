"""What a stall has on sale on a day, or a canteen on its menu: each thing with the batches it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from trace.domain.refusals import Refusal

MOST_ITEMS = 200
MOST_BATCHES = 30
"""Batches of one dish."""
LONGEST_NAME = 80
MOST_AHEAD = 31
"""Days that an offer may be posted ahead."""


class OfferKind(StrEnum):
    """Goods on sale, or dishes by meal."""

    GOODS = "goods"
    MENU = "menu"


class Meal(StrEnum):
    """Of a menu."""

    BREAKFAST = "breakfast"
    LUNCH = "lunch"
    DINNER = "dinner"
    SNACK = "snack"


@dataclass(frozen=True)
class Item:
    """One thing on offer; ``meal`` on a menu alone. ``batches`` are URIs."""

    name: str
    batches: tuple[str, ...]
    meal: Meal | None = None


@dataclass(frozen=True)
class PostOffer:
    """What is on offer on a day. With ``meal`` it is that meal alone, and the day's others stay as they were said."""

    day: date
    kind: OfferKind
    items: tuple[Item, ...]
    meal: Meal | None = None


@dataclass(eq=False)
class OfferEmpty(Refusal):
    """Nothing is on it."""

    code = "offer_empty"


@dataclass(eq=False)
class OfferTooLong(Refusal):
    """There is more on it than anybody reads."""

    code = "offer_too_long"
    count: int
    most: int


@dataclass(eq=False)
class OfferDay(Refusal):
    """The day is past, or too far ahead."""

    code = "offer_day"
    day: str
    first: str
    last: str


@dataclass(eq=False)
class NeverHeld(Refusal):
    """The party offers goods that it never had."""

    code = "never_held"
    batch: str
    party: str
