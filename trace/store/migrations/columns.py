"""Tables spelled in one line each, for the migrations: ``name:type``, ``?`` where there may be nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "": sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
    "bytes": sa.LargeBinary(),
    "count": sa.Integer(),
    "decimal": sa.Text(),
    "index": sa.BigInteger(),
    "number": sa.Double(),
    "text": sa.Text(),
    "time": sa.DateTime(timezone=True),
    "yesno": sa.Boolean(),
}


def create(
    tables: Mapping[str, tuple[str, str]], indexes: Mapping[str, tuple[str, str]], *, rowid: bool = True
) -> None:
    """Make tables, each given as (key, columns), and indexes, each as (table, columns); all begin with ledger.

    Without ``rowid`` SQLite keeps the rows in the order of the key.
    """
    for name, (key, columns) in tables.items():
        op.create_table(
            name,
            sa.Column("ledger", _TYPES[""], nullable=False),
            *(_column(spelled) for spelled in columns.split()),
            sa.PrimaryKeyConstraint("ledger", *key.split()),
            sqlite_with_rowid=rowid,
        )
    for name, (table, columns) in indexes.items():
        op.create_index(name, table, ["ledger", *columns.split()])


def _column(spelled: str) -> sa.Column[Any]:
    name, _, kind = spelled.removesuffix("?").partition(":")
    return sa.Column(name, _TYPES[kind], nullable=spelled.endswith("?"))
