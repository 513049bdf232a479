"""Writing rows of projection tables: the same few statements on both databases."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Delete, Insert, Table, bindparam, delete
from sqlalchemy.dialects import postgresql, sqlite


@dataclass(frozen=True)
class Rows:
    """Writes rows of one ledger over one connection."""

    connection: Connection
    ledger: str

    def insert(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows whose keys are new."""
        if rows:
            self.connection.execute(_insert(table), [self._clean(row) for row in rows])

    def upsert(self, table: Table, rows: Sequence[Mapping[str, Any]], keep: Sequence[str] = ()) -> None:
        """Insert; where the key is there already, replace every other column but those to ``keep``."""
        if rows:
            statement = _upsert(table, self.connection.dialect.name, tuple(rows[0]), tuple(keep))
            self.connection.execute(statement, [self._clean(row) for row in rows])

    def insert_new(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert those whose key is not there yet; the others stay as they are."""
        if rows:
            statement = _insert_new(table, self.connection.dialect.name)
            self.connection.execute(statement, [self._clean(row) for row in rows])

    def delete(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Remove the rows with these primary keys; whatever else stands in ``rows`` is not looked at."""
        if rows:
            keys = [column.name for column in table.primary_key]
            named = [self._clean(row) for row in rows]
            self.connection.execute(
                _delete(table), [{f"of_{key}": row[key] for key in keys} for row in named]
            )

    def _clean(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The row with its ledger. A NUL, which JSON can carry and PostgreSQL cannot, shows as U+FFFD."""
        clean = {
            name: value.replace("\0", "\ufffd") if isinstance(value, str) else value
            for name, value in row.items()
        }
        return {"ledger": self.ledger, **clean}


# Building a statement costs more than running it, so each is built once for a table.


@cache
def _insert(table: Table) -> Insert:
    return table.insert()


@cache
def _insert_new(table: Table, dialect: str) -> Insert:
    return _dialect_insert(table, dialect).on_conflict_do_nothing()


@cache
def _upsert(table: Table, dialect: str, columns: tuple[str, ...], keep: tuple[str, ...]) -> Insert:
    statement = _dialect_insert(table, dialect)
    keys = [column.name for column in table.primary_key]
    replaced = {name: statement.excluded[name] for name in columns if name not in {*keys, *keep}}
    return statement.on_conflict_do_update(index_elements=keys, set_=replaced)


@cache
def _delete(table: Table) -> Delete:
    return delete(table).where(*(column == bindparam(f"of_{column.name}") for column in table.primary_key))


def _dialect_insert(table: Table, dialect: str) -> sqlite.Insert | postgresql.Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def json_text(value: Any) -> str:
    """JSON text with sorted keys, so that equal values are equal rows; fractions, read exactly, become text."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
