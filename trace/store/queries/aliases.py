"""Foreign codes: what each stands for, and whose they are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select

from trace.store import projection_tables as t
from trace.store.book import chunks, entry_of
from trace.store.master_data import lenient
from trace.store.queries.cursors import page
from trace.store.queries.results import Page


@dataclass(frozen=True)
class Alias:
    """A foreign code, the URI of the product or batch that it stands for, who said so, and in which entry."""

    alias: str
    target: str
    by: str
    index: int


def alias(connection: Connection, ledger: str, text: str) -> Alias | None:
    """The alias that a text is, a URI in any spelling; None where nobody has registered it."""
    row = connection.execute(_ONE, {"ledger": ledger, "alias": lenient(text.strip())}).first()
    return None if row is None else _alias(row)


def aliases(
    connection: Connection, ledger: str, party: str, *, cursor: str | None = None, limit: int = 50
) -> Page[Alias]:
    """The aliases that a party registered, in order of entry."""
    columns = t.aliases.c
    return page(
        connection,
        select(t.aliases).where(columns.ledger == ledger, columns.by_party == party),
        name="aliases",
        keys=[(columns.index, False), (columns.alias, False)],
        cursor=cursor,
        limit=limit,
        make=_aliases,
    )


def naming(connection: Connection, ledger: str, targets: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The foreign codes of products and batches, by what they stand for; those of none are left out."""
    columns = t.aliases.c
    found: dict[str, tuple[str, ...]] = {}
    for part in chunks(sorted(targets)):
        wanted = select(columns.target, columns.alias).where(
            columns.ledger == ledger, columns.target.in_(part)
        )
        for target, alias in connection.execute(wanted.order_by(columns.index, columns.alias)):
            found[target] = (*found.get(target, ()), alias)
    return found


def _aliases(rows: Sequence[Row[Any]]) -> list[Alias]:
    return [_alias(row) for row in rows]


def _alias(row: Row[Any]) -> Alias:
    return Alias(row.alias, row.target, row.by_party, entry_of(row))


_ONE: Select[Any] = select(t.aliases).where(
    t.aliases.c.ledger == bindparam("ledger"), t.aliases.c.alias == bindparam("alias")
)
