"""One thing by whatever name a person or program has for it."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    and_,
    bindparam,
    literal,
    or_,
    select,
    union_all,
)

from trace.domain.event_terms import READER, bounded
from trace.domain.model import Batch, Party, Product
from trace.identifiers import InvalidIdentifier, ShortCode
from trace.ledger import canonical as jcs
from trace.store import projection_tables as t
from trace.store.book import batch_of, chunks, entry_of, party_of, product_of
from trace.store.master_data import lenient
from trace.store.queries.results import EventRecord, Flag
from trace.store.tables import bodies, statements


def find_batch(connection: Connection, ledger: str, text: str) -> Batch | None:
    """A batch by its URI in any form, its short code as people write it, or a link that ends in the code.

    Where two records claim one name, the first counts: nobody takes over a code that is printed already.
    """
    uri = lenient(text.strip())
    named = {"ledger": ledger, "uri": uri, "code": _code(uri.rsplit("/t/", 1)[-1])}
    row = connection.execute(_NAMED_BATCH, named).first()
    return None if row is None else batch_of(row)


def _code(text: str) -> str | None:
    """The short code that a text is; a captured document may call its batch by any other text, even by a URI."""
    try:
        return ShortCode.parse(text).value
    except InvalidIdentifier:
        return None


_HERE = t.batches.c.ledger == bindparam("ledger")
_CLAIMS = union_all(
    select(t.batches, t.batches.c.index.label("claimed"), literal(0).label("rank")).where(
        _HERE, t.batches.c.uri == bindparam("uri")
    ),
    select(t.batches, t.codes.c.index.label("claimed"), literal(1).label("rank"))
    .join(t.codes, and_(t.codes.c.ledger == t.batches.c.ledger, t.codes.c.batch == t.batches.c.uri))
    .where(_HERE, t.codes.c.code == bindparam("code")),
).subquery()
_NAMED_BATCH: Select[Any] = select(_CLAIMS).order_by(_CLAIMS.c.claimed, _CLAIMS.c.rank).limit(1)


def find_party(connection: Connection, ledger: str, text: str) -> Party | None:
    """A registered party by its URI in any form, its id, GLN or 统一社会信用代码."""
    columns = t.parties.c
    named = or_(columns.uri == lenient(text), columns.id == text, columns.gln == text, columns.uscc == text)
    row = _one(connection, ledger, t.parties, and_(columns.registered.is_(True), named), columns.index)
    return None if row is None else party_of(row)


def find_product(connection: Connection, ledger: str, text: str) -> Product | None:
    """A registered product by its URI in any form, its id or its GTIN (of any length)."""
    columns = t.products.c
    named = or_(columns.uri == lenient(text), columns.id == text, columns.gtin == text.zfill(14))
    row = _one(connection, ledger, t.products, and_(columns.registered.is_(True), named), columns.index)
    return None if row is None else product_of(row)


def event(connection: Connection, ledger: str, event_id: str) -> EventRecord | None:
    """An event as it was captured, by its id; the original, where a correction carries the same id."""
    columns = t.events.c
    named = and_(columns.event_id == event_id, columns.declares_error.is_(False))
    row = _one(connection, ledger, t.events, named, columns.index)
    if row is None:
        return None
    return event_records(connection, ledger, [entry_of(row)])[0]


def event_records(connection: Connection, ledger: str, indices: Sequence[int]) -> tuple[EventRecord, ...]:
    """Events as they were captured, in the order of ``indices``."""
    found: dict[int, EventRecord] = {}
    for part in chunks(indices):
        kept: dict[int, dict[str, Any]] = {}
        rows = connection.execute(
            select(bodies.c.index, bodies.c.compartment, bodies.c.body)
            .where(bodies.c.ledger == ledger, bodies.c.index.in_(part))
            .where(bodies.c.compartment.in_(("full", "public")))
        )
        for index, compartment, body in rows:
            kept.setdefault(index, {})[compartment] = jcs.decode(bytes(body))["data"]
        flags = _flags(connection, ledger, part)
        events = connection.execute(
            select(t.events).where(t.events.c.ledger == ledger, t.events.c.index.in_(part))
        )
        for row in events.mappings():
            index = row["index"]
            whole = kept[index].get("full") or kept[index]["public"]
            found[index] = EventRecord(
                index=index,
                event_id=row["event_id"],
                by=row["by_party"],
                holder=row["holder"],
                recorded=row["recorded"],
                raw=whole["event"],
                context=whole.get("context"),
                public=kept[index].get("public", {}).get("event"),
                document=row["document"],
                corrected_by=row["corrected_by"],
                flags=flags.get(index, ()),
            )
    return tuple(found[index] for index in indices)


def _flags(connection: Connection, ledger: str, indices: Sequence[int]) -> dict[int, tuple[Flag, ...]]:
    rows = connection.execute(
        select(t.flags)
        .where(t.flags.c.ledger == ledger, t.flags.c.index.in_(indices))
        .order_by(t.flags.c.index, t.flags.c.n)
    )
    found: dict[int, tuple[Flag, ...]] = {}
    for row in rows.mappings():
        flag = Flag(row["index"], row["code"], row["batch"], json.loads(row["params"]))
        found[flag.index] = (*found.get(flag.index, ()), flag)
    return found


def key_record_indices(connection: Connection, ledger: str, indices: Collection[int]) -> tuple[int, ...]:
    """The entries that registered or revoked the keys by which the statements of these entries are signed."""
    signed: set[tuple[str, str]] = set()
    for part in chunks(sorted(set(indices))):
        signed.update(
            (key, by)
            for key, by in connection.execute(
                select(statements.c.key, statements.c.by_party)
                .where(statements.c.ledger == ledger, statements.c.index.in_(part))
                .distinct()
            )
        )
    found: set[int] = set()
    for keys in chunks(sorted({key for key, _ in signed})):
        rows = connection.execute(
            select(t.party_keys).where(t.party_keys.c.ledger == ledger, t.party_keys.c.key_id.in_(keys))
        )
        for row in rows:
            if (row.key_id, row.party) in signed:
                found |= {entry_of(row)} if row.revoked_index is None else {entry_of(row), row.revoked_index}
    return tuple(sorted(found))


def takes_part(connection: Connection, ledger: str, party: str, indices: Sequence[int]) -> bool:
    """Whether the party is a reader of every one of these entries (see ``event_index.readers``).

    Entries that are no events count as another's.
    """
    wanted, terms, own = set(indices), t.event_terms.c, set[int]()
    for part in chunks(sorted(wanted)):
        rows = connection.execute(
            select(terms.index)
            .where(terms.ledger == ledger, terms.index.in_(part))
            .where(terms.name == READER, terms.value == bounded(party))
        )
        own.update(rows.scalars())
    return bool(wanted) and wanted <= own


def _one(
    connection: Connection, ledger: str, table: Table, where: ColumnElement[bool], first: ColumnElement[Any]
) -> Row[Any] | None:
    statement = select(table).where(table.c.ledger == ledger, where)
    return connection.execute(statement.order_by(first, *table.primary_key).limit(1)).first()
