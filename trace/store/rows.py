"""Writing rows of projection tables: the same few statements on both databases."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Table, delete
from sqlalchemy.dialects import postgresql, sqlite


@dataclass(frozen=True)
class Rows:
    """Writes rows of one ledger over one connection."""

    connection: Connection
    ledger: str

    def insert(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows whose keys are new."""
        if rows:
            self.connection.execute(table.insert(), [self._clean(row) for row in rows])

    def upsert(self, table: Table, rows: Sequence[Mapping[str, Any]], keep: Sequence[str] = ()) -> None:
        """Insert; where the key is there already, replace every other column but those to ``keep``."""
        if not rows:
            return
        statement = self._insert_for(table)
        keys = [column.name for column in table.primary_key]
        replaced = {
            name: statement.excluded[name] for name in rows[0] if name not in keys and name not in keep
        }
        self.connection.execute(
            statement.on_conflict_do_update(index_elements=keys, set_=replaced),
            [self._clean(row) for row in rows],
        )

    def insert_new(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert those whose key is not there yet; the others stay as they are."""
        if rows:
            statement = self._insert_for(table).on_conflict_do_nothing()
            self.connection.execute(statement, [self._clean(row) for row in rows])

    def delete(self, table: Table, row: Mapping[str, Any], keys: Sequence[str]) -> None:
        """Remove the rows that agree with ``row`` in ``keys``."""
        where = [table.c[key] == row[key] for key in keys]
        self.connection.execute(delete(table).where(table.c.ledger == self.ledger, *where))

    def _insert_for(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        make = postgresql.insert if self.connection.dialect.name == "postgresql" else sqlite.insert
        return make(table)

    def _clean(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The row with its ledger. A NUL, which JSON can carry and PostgreSQL cannot, shows as U+FFFD."""
        clean = {
            name: value.replace("\0", "\ufffd") if isinstance(value, str) else value
            for name, value in row.items()
        }
        return {"ledger": self.ledger, **clean}


def json_text(value: Any) -> str:
    """JSON text with sorted keys, so that equal values are equal rows."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_number)


def _number(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} does not occur in JSON")
