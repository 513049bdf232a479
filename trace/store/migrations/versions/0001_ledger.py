"""The ledger's tables, idempotency and keys, and the triggers that keep what was appended."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# What makes a row the same as one that is there already; INSERT OR REPLACE must not pass for either.
UNIQUE: dict[str, list[tuple[str, ...]]] = {
    "entries": [("ledger", "index")],
    "statements": [("ledger", "index"), ("ledger", "by_party", "sid")],
    "bodies": [("ledger", "index", "compartment")],
    "subtrees": [("ledger", "level", "index")],
    "checkpoints": [("ledger", "size")],
    "requests": [("ledger", "key")],
}

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make tables and triggers."""
    _ledger_tables()
    _other_tables()
    if op.get_context().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def _table(name: str, key: tuple[str, ...], *columns: sa.Column[Any], rowid: bool = True) -> None:
    ledger: sa.Column[Any] = sa.Column("ledger", NAME, nullable=False)
    op.create_table(name, ledger, *columns, sa.PrimaryKeyConstraint("ledger", *key), sqlite_with_rowid=rowid)


def _column(name: str, type_: sa.types.TypeEngine[Any], *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=nullable)


def _ledger_tables() -> None:
    integer, number, data, text = sa.BigInteger(), sa.Integer(), sa.LargeBinary(), sa.Text()
    _table(
        "heads",
        (),
        _column("size", integer),
        _column("last_leaf", data),
        _column("last_time", TIME, nullable=True),
        _column("frontier", data),
    )
    _table(
        "entries",
        ("index",),
        _column("index", integer),
        _column("entry", data),
        _column("leaf", data),
        rowid=False,
    )
    _table(
        "statements",
        ("index",),
        _column("index", integer),
        *(_column(name, NAME) for name in ("hash", "kind", "by_party", "key", "sid")),
        _column("statement", data),
    )
    op.create_index("statements_once", "statements", ["ledger", "by_party", "sid"], unique=True)
    op.create_index("statements_by_kind", "statements", ["ledger", "kind", "index"])
    _table(
        "bodies",
        ("index", "compartment"),
        _column("index", integer),
        _column("compartment", NAME),
        _column("body", data),
    )
    _table(
        "subtrees",
        ("level", "index"),
        _column("level", number),
        _column("index", integer),
        _column("hash", data),
        rowid=False,
    )
    _table(
        "checkpoints",
        ("size",),
        _column("size", integer),
        _column("note", text),
        _column("signed_at", TIME),
    )
    _table("requests", ("key",), _column("key", NAME), _column("digest", NAME), _column("response", text))


def _other_tables() -> None:
    _table(
        "api_keys",
        ("id",),
        *(_column(name, NAME) for name in ("id", "hash", "party", "role")),
        _column("label", sa.Text()),
        _column("created", TIME),
        _column("revoked", TIME, nullable=True),
    )
    op.create_index("api_keys_once", "api_keys", ["ledger", "hash"], unique=True)
    op.create_index("api_keys_by_party", "api_keys", ["ledger", "party"])
    _table(
        "signing_keys",
        ("key_id",),
        *(_column(name, NAME) for name in ("key_id", "party")),
        _column("public", sa.LargeBinary()),
        _column("sealed", sa.LargeBinary(), nullable=True),
        _column("created", TIME),
        _column("revoked", TIME, nullable=True),
    )
    op.create_index("signing_keys_by_party", "signing_keys", ["ledger", "party"])


def _guard_sqlite() -> None:
    for table, keys in UNIQUE.items():
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table}: rows are appended, never changed'); END"
        for act in ("UPDATE", "DELETE"):
            op.execute(f"CREATE TRIGGER {table}_refuse_{act.lower()} BEFORE {act} ON {table} {refuse}")
        # REPLACE removes the old row without asking DELETE triggers, unless recursive_triggers is on.
        there = " OR ".join(
            "(" + " AND ".join(f'"{column}" = NEW."{column}"' for column in key) + ")" for key in keys
        )
        found = f"SELECT 1 FROM {table} WHERE {there}"  # noqa: S608 - all of it is written above
        op.execute(
            f"CREATE TRIGGER {table}_refuse_replace BEFORE INSERT ON {table} WHEN EXISTS ({found}) {refuse}"
        )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION trace_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '%: rows are appended, never changed', TG_TABLE_NAME "
        "USING ERRCODE = 'restrict_violation'; END $$"
    )
    for table in UNIQUE:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION trace_append_only()"
        )
