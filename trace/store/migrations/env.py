"""Alembic's entry: runs migrations on the connection that ``trace.store.migrate`` hands over."""

from __future__ import annotations

from alembic import context

import trace.store.account_tables
import trace.store.operating_tables
import trace.store.passkey_tables
import trace.store.projection_tables
import trace.store.work_tables  # noqa: F401 - so that metadata names the whole schema
from trace.store.tables import metadata

connection = context.config.attributes["connection"]

context.configure(
    connection=connection,
    target_metadata=metadata,
    # SQLite can take back CREATE and ALTER as well, now that the driver does not commit before them.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
