"""Finding things by what a person can say of them: part of a name, an address, a number, the days.

Names and addresses are compared by what they contain, over the tables of parties, products and places: as many rows
as there are businesses and products, however long the ledger grows. Lots and numbers of papers are found by their
beginning, what happened by its day: ranges of an index.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, func, or_, select

from trace.domain.event_terms import READER, bounded
from trace.domain.papers import folded
from trace.store import projection_tables as t
from trace.store.book import chunks, entry_of
from trace.store.queries.cursors import page
from trace.store.queries.names import Names, batch_infos, infos_of_rows, party_info, product_info
from trace.store.queries.results import BatchInfo, Named, Page, PartyInfo, Place, ProductInfo
from trace.store.search_tables import papers

T = TypeVar("T")

# Greater than every character of a text, in byte order: the end of the range of all that begins the same.
_LAST = "\U0010ffff"


@dataclass(frozen=True)
class Days:
    """``start`` and ``end`` as moments, the second one excluded; as dates both are included."""

    first: date | None
    last: date | None
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True)
class PaperHit:
    """A paper with the event that names it. ``batches`` are those that the event speaks of."""

    index: int
    kind: str
    number: str
    time: datetime
    biz_step: str | None
    by: Named
    batches: tuple[BatchInfo, ...]


@dataclass(frozen=True)
class Happening:
    """An event in short."""

    index: int
    event_id: str
    type: str
    biz_step: str | None
    disposition: str | None
    time: datetime
    holder: Named
    by: Named
    corrected: bool
    batches: tuple[BatchInfo, ...]


def parties_like(
    connection: Connection, ledger: str, text: str, *, uri: str = "", cursor: str | None, limit: int
) -> Page[PartyInfo]:
    """Parties whose name or address contains the text, whose number begins with it, or of this ``uri``."""
    columns = t.parties.c
    number = folded(text).upper()
    numbers = [
        column.startswith(number, autoescape=True)
        for column in (columns.uscc, columns.licence, columns.gln)
        if number
    ]
    found = or_(
        _contains(columns.name, text),
        _contains(columns.address, text),
        columns.id == text,
        columns.uri == uri,
        *numbers,
    )
    return _walk(connection, ledger, t.parties, found, party_info, "parties like", cursor, limit)


def products_like(
    connection: Connection, ledger: str, text: str, *, uri: str = "", cursor: str | None, limit: int
) -> Page[ProductInfo]:
    """Products whose name or category contains the text, whose GTIN ends with it, or of this ``uri``."""
    columns = t.products.c
    gtin = [columns.gtin.endswith(text, autoescape=True)] if text.isascii() and text.isdigit() else []
    found = or_(_contains(columns.name, text), _contains(columns.category, text), columns.uri == uri, *gtin)
    return _walk(connection, ledger, t.products, found, product_info, "products like", cursor, limit)


def places_like(
    connection: Connection, ledger: str, text: str, *, uri: str = "", cursor: str | None, limit: int
) -> Page[Place]:
    """Places whose name or address contains the text, or of this ``uri``, in order of entry."""
    columns = t.locations.c
    found = or_(_contains(columns.name, text), _contains(columns.address, text), columns.uri == uri)
    return _walk(connection, ledger, t.locations, found, _place, "places like", cursor, limit)


def _walk(
    connection: Connection,
    ledger: str,
    table: Table,
    found: ColumnElement[bool],
    make: Callable[[Row[Any]], T],
    name: str,
    cursor: str | None,
    limit: int,
) -> Page[T]:
    """The rows of a table of things that are found, in order of entry."""
    return page(
        connection,
        select(table).where(table.c.ledger == ledger, found),
        name=name,
        keys=[(table.c.index, False), (table.c.uri, False)],
        cursor=cursor,
        limit=limit,
        make=lambda rows: [make(row) for row in rows],
    )


def _place(row: Row[Any]) -> Place:
    return Place(row.uri, row.name, row.address, row.owner)


def batches_like(
    connection: Connection,
    ledger: str,
    text: str | None,
    *,
    products: Collection[str] = (),
    days: Days,
    cursor: str | None,
    limit: int,
) -> Page[BatchInfo]:
    """Batches whose lot or code begins with the text, or of these products, made in these days; the newest first."""
    columns = t.batches.c
    found: list[ColumnElement[bool]] = []
    if text:
        spellings = dict.fromkeys((text, text.upper()))
        found += [_begins(columns.lot, one) for one in spellings]
        found += [columns.uri == text, columns.code == folded(text).upper()]
    if products:
        found.append(columns.product.in_(sorted(products)))
    statement = select(t.batches).where(columns.ledger == ledger, or_(*found))
    if days.first is not None:
        statement = statement.where(columns.produced >= days.first.isoformat())
    if days.last is not None:
        statement = statement.where(columns.produced <= days.last.isoformat())
    return page(
        connection,
        statement,
        name="batches like",
        keys=[(columns.index, True), (columns.uri, False)],
        cursor=cursor,
        limit=limit,
        make=lambda rows: list(infos_of_rows(connection, ledger, rows).values()),
    )


def lying_in(connection: Connection, ledger: str, unit: str) -> tuple[BatchInfo, ...]:
    """The batches that lie in a logistic unit now, however deep."""
    units, balances = t.containers.c, t.balances.c
    nested = select(units.uri).where(units.ledger == ledger, units.uri == unit).cte("nested", recursive=True)
    nested = nested.union(select(units.uri).where(units.ledger == ledger, units.parent == nested.c.uri))
    rows = connection.execute(
        select(balances.batch)
        .where(balances.ledger == ledger, balances.container.in_(select(nested.c.uri)))
        .distinct()
    )
    infos = batch_infos(connection, ledger, list(rows.scalars()))
    return tuple(infos[uri] for uri in sorted(infos))


def papers_like(
    connection: Connection, ledger: str, text: str, *, days: Days, cursor: str | None, limit: int
) -> Page[PaperHit]:
    """Papers that have a word beginning with the text, whatever hyphens and spaces are in it; the newest first."""
    columns = papers.c
    term = folded(text)
    named = (
        select(columns.index, columns.n, columns.kind, columns.number)
        .where(columns.ledger == ledger, _begins(columns.term, term), *_within(columns.event_time, days))
        .distinct()
    )

    def make(rows: Sequence[Row[Any]]) -> list[PaperHit]:
        told = {one.index: one for one in _happenings(connection, ledger, [entry_of(row) for row in rows])}
        return [_hit(row.kind, row.number, told[entry_of(row)]) for row in rows]

    return page(
        connection,
        named,
        name="papers like",
        keys=[(columns.index, True), (columns.n, False)],
        cursor=cursor,
        limit=limit,
        make=make,
    )


def happenings(
    connection: Connection,
    ledger: str,
    *,
    days: Days,
    parties: Collection[str] | None,
    cursor: str | None,
    limit: int,
) -> Page[Happening]:
    """What happened in these days, with these parties' part in it if given; the latest record first."""
    columns = t.events.c
    statement = select(t.events).where(columns.ledger == ledger, columns.declares_error.is_(False))
    statement = statement.where(*_within(columns.event_time, days))
    if parties is not None:
        terms, several = t.event_terms.c, [bounded(party) for party in sorted(parties)]
        concerned = select(terms.index).where(
            terms.ledger == ledger,
            terms.name == READER,
            terms.value.in_(several),
            *_within(terms.event_time, days),
        )
        statement = statement.where(columns.index.in_(concerned))
    return page(
        connection,
        statement,
        name="happenings",
        keys=[(columns.index, True), (columns.event_id, False)],
        cursor=cursor,
        limit=limit,
        make=lambda rows: happenings_of_rows(connection, ledger, rows),
    )


def happenings_of_rows(connection: Connection, ledger: str, rows: Sequence[Row[Any]]) -> list[Happening]:
    """Rows of events as happenings, in their order."""
    touched: dict[int, list[str]] = {}
    for part in chunks([entry_of(row) for row in rows]):
        things = t.event_things.c
        asked = select(things.index.label("entry"), things.uri).where(
            things.ledger == ledger, things.index.in_(part)
        )
        for entry, uri in connection.execute(asked.order_by(things.index, things.uri).distinct()):
            touched.setdefault(entry, []).append(uri)
    infos = batch_infos(connection, ledger, {uri for several in touched.values() for uri in several})
    names = Names(connection, ledger, (uri for row in rows for uri in (row.holder, row.by_party)))
    return [
        Happening(
            index=entry_of(row),
            event_id=row.event_id,
            type=row.type,
            biz_step=row.biz_step,
            disposition=row.disposition,
            time=row.event_time,
            holder=names.of(row.holder),
            by=names.of(row.by_party),
            corrected=row.corrected_by is not None,
            batches=tuple(infos[uri] for uri in touched.get(entry_of(row), ()) if uri in infos),
        )
        for row in rows
    ]


def _happenings(connection: Connection, ledger: str, indices: Sequence[int]) -> list[Happening]:
    columns = t.events.c
    rows: list[Row[Any]] = []
    for part in chunks(sorted(set(indices))):
        rows += connection.execute(
            select(t.events).where(columns.ledger == ledger, columns.index.in_(part))
        ).all()
    return happenings_of_rows(connection, ledger, rows)


def _hit(kind: str, number: str, told: Happening) -> PaperHit:
    return PaperHit(told.index, kind, number, told.time, told.biz_step, told.by, told.batches)


def _contains(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Whether a column contains a text, small and capital letters alike, on either database."""
    return func.lower(column).contains(text.lower(), autoescape=True)


def _begins(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Whether a column begins with a text, as a range of its index."""
    return and_(column >= text, column < text + _LAST)


def _within(column: ColumnElement[Any], days: Days) -> list[ColumnElement[bool]]:
    limits = [column >= days.start] if days.start is not None else []
    return [*limits, column < days.end] if days.end is not None else limits
