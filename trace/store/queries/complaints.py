"""Complaints: by number, by who they concern, and how many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, or_, select

from trace.domain.model import AccountKind
from trace.store import projection_tables as p
from trace.store.book import chunks, entry_of
from trace.store.consumer_tables import complaint_answers, complaints
from trace.store.queries.clerks import clerks
from trace.store.queries.names import Names
from trace.store.queries.results import Named


@dataclass(frozen=True)
class AnswerRow:
    """What a party answered, and in which entry; ``entered_by`` is who entered it for that party."""

    by: Named
    text: str
    closes: bool
    recorded: datetime
    index: int
    entered_by: Named | None = None


@dataclass(frozen=True)
class ComplaintRow:
    """A complaint as everybody who holds its number may see it; ``batch`` is a URI, ``index`` its entry."""

    number: str
    batch: str
    kind: str
    serial: str | None
    state: str
    filed: datetime
    index: int
    answers: tuple[AnswerRow, ...]


def complaint(connection: Connection, ledger: str, number: str) -> ComplaintRow | None:
    """A complaint by its number."""
    return _one(connection, ledger, complaints.c.number == number)


def complaint_at(connection: Connection, ledger: str, index: int) -> ComplaintRow | None:
    """The complaint that an entry holds."""
    return _one(connection, ledger, complaints.c.index == index)


def complaints_of(
    connection: Connection,
    ledger: str,
    party: str | None,
    *,
    open_only: bool = False,
    before: int | None = None,
    limit: int = 50,
) -> tuple[ComplaintRow, ...]:
    """The newest first: those that concern a party, or all of them (None); only those in entries ``before``."""
    columns = complaints.c
    statement = select(complaints).where(columns.ledger == ledger, *_concerning(ledger, party))
    if open_only:
        statement = statement.where(columns.state != "closed")
    if before is not None:
        statement = statement.where(columns.index < before)
    rows = connection.execute(statement.order_by(columns.index.desc()).limit(limit)).all()
    return _filled(connection, ledger, rows)


def count_open(connection: Connection, ledger: str, party: str | None) -> int:
    """How many complaints that concern a party, or of all (None), nobody has closed."""
    columns = complaints.c
    statement = select(func.count()).select_from(complaints)
    return connection.execute(
        statement.where(columns.ledger == ledger, columns.state != "closed", *_concerning(ledger, party))
    ).scalar_one()


def count_since(connection: Connection, ledger: str, batch: str, since: datetime) -> int:
    """How many complaints about a batch were filed after a moment."""
    columns = complaints.c
    return connection.execute(
        select(func.count())
        .select_from(complaints)
        .where(columns.ledger == ledger, columns.batch == batch, columns.filed > since)
    ).scalar_one()


def concerns(connection: Connection, ledger: str, party: str, batch: str) -> bool:
    """Whether the party made the batch, or had it in its hands at any time."""
    made = select(p.batches.c.uri).where(*_made(ledger, party), p.batches.c.uri == batch)
    had = select(p.postings.c.batch).where(*_had(ledger, party), p.postings.c.batch == batch)
    return connection.execute(made.union_all(had).limit(1)).first() is not None


def _concerning(ledger: str, party: str | None) -> tuple[ColumnElement[bool], ...]:
    if party is None:
        return ()
    made = select(p.batches.c.uri).where(*_made(ledger, party))
    had = select(p.postings.c.batch).where(*_had(ledger, party))
    return (or_(complaints.c.batch.in_(made), complaints.c.batch.in_(had)),)


def _made(ledger: str, party: str) -> tuple[ColumnElement[bool], ...]:
    return p.batches.c.ledger == ledger, p.batches.c.maker == party


def _had(ledger: str, party: str) -> tuple[ColumnElement[bool], ...]:
    columns = p.postings.c
    return columns.ledger == ledger, columns.kind == AccountKind.HELD.value, columns.ref == party


def _one(connection: Connection, ledger: str, wanted: ColumnElement[bool]) -> ComplaintRow | None:
    rows = connection.execute(select(complaints).where(complaints.c.ledger == ledger, wanted)).all()
    return next(iter(_filled(connection, ledger, rows)), None)


def _filled(connection: Connection, ledger: str, rows: Sequence[Row[Any]]) -> tuple[ComplaintRow, ...]:
    answers: dict[int, list[Row[Any]]] = defaultdict(list)
    columns = complaint_answers.c
    for part in chunks([entry_of(row) for row in rows]):
        found = select(complaint_answers).where(columns.ledger == ledger, columns.complaint.in_(part))
        for answer in connection.execute(found.order_by(columns.index)):
            answers[answer.complaint].append(answer)
    all_answers = [one for several in answers.values() for one in several]
    names = Names(connection, ledger, (one.by_party for one in all_answers))
    entered = clerks(connection, ledger, [entry_of(one) for one in all_answers])
    return tuple(
        ComplaintRow(
            number=row.number,
            batch=row.batch,
            kind=row.kind,
            serial=row.serial,
            state=row.state,
            filed=row.filed,
            index=entry_of(row),
            answers=tuple(_answer(one, names, entered) for one in answers[entry_of(row)]),
        )
        for row in rows
    )


def _answer(row: Row[Any], names: Names, entered: Mapping[int, Named]) -> AnswerRow:
    index = entry_of(row)
    return AnswerRow(names.of(row.by_party), row.answer, row.closes, row.recorded, index, entered.get(index))
