"""Finding batches, products, parties, places and papers by what a person can say of them; for those who see all.

One question goes to every kind of thing at once; each kind can then be read page by page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection

from trace.domain.papers import folded
from trace.domain.refusals import DatesReversed, Invalid
from trace.services.context import Actor, Context
from trace.services.inspection import find, name_of, require_sight
from trace.store.queries import search as stored
from trace.store.queries.cursors import MOST
from trace.store.queries.names import batch_infos
from trace.store.queries.results import BatchInfo, Page
from trace.store.queries.search import Days, Happening, PaperHit

LONGEST = 200
"""Characters of a question."""
SHORTEST = 2
"""Letters and digits of a paper's number that are looked for: with one alone everything would be found."""
FIRST = 5
"""Results of each kind on the first page."""
_UNITS = "https://id.gs1.org/00/"
_PRODUCTS = 50  # products by whose name batches are found

NOTHING: Page[Any] = Page((), None)


@dataclass(frozen=True)
class Question:
    """What is looked for: a ``text``, and the days ``first`` to ``last``, both included, in the service's zone."""

    text: str = ""
    first: date | None = None
    last: date | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing was asked."""
        return not self.text and self.first is None and self.last is None


@dataclass(frozen=True)
class Found:
    """What was found, by kind (a key of KINDS); ``exact`` is the one batch whose code was asked for."""

    question: Question
    exact: BatchInfo | None
    groups: Mapping[str, Page[Any]]

    @property
    def nothing(self) -> bool:
        """Whether there is none of any kind."""
        return self.exact is None and not any(page.items for page in self.groups.values())


@dataclass(frozen=True)
class _Asked:
    """A question as it goes to the store; ``name`` is the URI or code that the text stands for, if it is one."""

    text: str
    name: str
    days: Days
    cursor: str | None
    limit: int

    @property
    def dated(self) -> bool:
        return self.days.first is not None or self.days.last is not None


def _batches(connection: Connection, ledger: str, asked: _Asked) -> Page[Any]:
    if not asked.text:
        return NOTHING
    named = stored.products_like(connection, ledger, asked.text, cursor=None, limit=_PRODUCTS)
    return stored.batches_like(
        connection,
        ledger,
        asked.text,
        products=[product.uri for product in named.items],
        days=asked.days,
        cursor=asked.cursor,
        limit=asked.limit,
    )


def _products(connection: Connection, ledger: str, asked: _Asked) -> Page[Any]:
    if not asked.text:
        return NOTHING
    return stored.products_like(
        connection, ledger, asked.text, uri=asked.name, cursor=asked.cursor, limit=asked.limit
    )


def _parties(connection: Connection, ledger: str, asked: _Asked) -> Page[Any]:
    if not asked.text:
        return NOTHING
    return stored.parties_like(
        connection, ledger, asked.text, uri=asked.name, cursor=asked.cursor, limit=asked.limit
    )


def _places(connection: Connection, ledger: str, asked: _Asked) -> Page[Any]:
    if not asked.text:
        return NOTHING
    return stored.places_like(
        connection, ledger, asked.text, uri=asked.name, cursor=asked.cursor, limit=asked.limit
    )


def _packed(connection: Connection, ledger: str, asked: _Asked) -> Page[Any]:
    """What lies in a case or pallet, however deep, by its SSCC."""
    if not asked.name.startswith(_UNITS):
        return NOTHING
    return Page(stored.lying_in(connection, ledger, asked.name), None)


def _papers(connection: Connection, ledger: str, asked: _Asked) -> Page[Any]:
    if len(folded(asked.text)) < SHORTEST:
        return NOTHING
    return stored.papers_like(
        connection, ledger, asked.text, days=asked.days, cursor=asked.cursor, limit=asked.limit
    )


def _events(connection: Connection, ledger: str, asked: _Asked) -> Page[Any]:
    """What happened in these days; with a text, with the parties that it finds. Without days nothing."""
    if not asked.dated:
        return NOTHING
    parties = None
    if asked.text:
        named = stored.parties_like(connection, ledger, asked.text, cursor=None, limit=MOST)
        parties = [party.uri for party in named.items]
        if not parties:
            return NOTHING
    return stored.happenings(
        connection, ledger, days=asked.days, parties=parties, cursor=asked.cursor, limit=asked.limit
    )


KINDS: Mapping[str, Callable[[Connection, str, _Asked], Page[Any]]] = {
    "packed": _packed,
    "batches": _batches,
    "products": _products,
    "parties": _parties,
    "papers": _papers,
    "places": _places,
    "events": _events,
}
"""What can be found, in the order in which it is shown."""


def everything(ctx: Context, actor: Actor, question: Question) -> Found:
    """The first of every kind. Raises Invalid, DatesReversed, RoleForbids."""
    require_sight(actor)
    uri = find(ctx, question.text) if question.text else None
    asked = _asked(ctx, question, None, FIRST)

    def read(connection: Connection) -> Found:
        exact = batch_infos(connection, ctx.ledger, [uri])[uri] if uri else None
        groups = {kind: look(connection, ctx.ledger, asked) for kind, look in KINDS.items()}
        return Found(question, exact, groups)

    return ctx.sequencer.read(read)


def of_kind(
    ctx: Context, actor: Actor, kind: str, question: Question, *, cursor: str | None, limit: int = 20
) -> Page[Any]:
    """One kind, page by page. Raises Invalid (also for an unknown kind), DatesReversed, RoleForbids."""
    require_sight(actor)
    if kind not in KINDS:
        raise Invalid(field="kind", value=kind[:40], expected=" | ".join(KINDS))
    asked = _asked(ctx, question, cursor, limit)
    return ctx.sequencer.read(lambda connection: KINDS[kind](connection, ctx.ledger, asked))


def _asked(ctx: Context, question: Question, cursor: str | None, limit: int) -> _Asked:
    text = " ".join(question.text.replace("\0", "").split())
    if len(text) > LONGEST:
        raise Invalid(field="q", value=text[:40], expected=f"0 to {LONGEST} characters")
    first, last = question.first, question.last
    if first is not None and last is not None and first > last:
        raise DatesReversed(earlier=first.isoformat(), later=last.isoformat())
    start = None if first is None else datetime.combine(first, time(), ctx.zone)
    end = None if last is None else datetime.combine(last + timedelta(days=1), time(), ctx.zone)
    return _Asked(text, name_of(ctx, question.text), Days(first, last, start, end), cursor, limit)


__all__ = [
    "FIRST",
    "KINDS",
    "SHORTEST",
    "Found",
    "Happening",
    "PaperHit",
    "Question",
    "everything",
    "of_kind",
]
