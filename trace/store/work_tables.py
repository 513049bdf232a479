"""Tables of work under way: documents to be recorded, queries by name, and results still to be delivered.

They are neither ledger nor projection: rows change and go, and nothing that was proved depends on them.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from trace.store.engine import UtcDateTime
from trace.store.tables import Name, metadata

# A document that was accepted (EPCIS 2.0 section 12.6, capture job); ``body`` is dropped when it is finished.
capture_jobs = Table(
    "capture_jobs",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("id", Name, nullable=False),
    Column("party", Name, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("finished", UtcDateTime),
    Column("behaviour", Name, nullable=False),  # rollback | proceed
    Column("running", Boolean, nullable=False),
    Column("success", Boolean, nullable=False),
    Column("sha256", Name, nullable=False),
    Column("body", LargeBinary),
    Column("errors", Text, nullable=False),  # JSON
    Column("claimed_until", UtcDateTime),  # a worker is at it until then
    Column("attempts", Integer, nullable=False),  # how often one began
    PrimaryKeyConstraint("ledger", "id"),  # ids ascend in time
    Index("capture_jobs_by_party", "ledger", "party", "id"),
    Index("capture_jobs_by_state", "ledger", "running", "id"),
)

# A query by name, each party's own. ``prefixes`` are the namespaces that its asker had bound for it.
event_queries = Table(
    "event_queries",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("party", Name, nullable=False),
    Column("name", Name, nullable=False),
    Column("query", Text, nullable=False),  # JSON, as it was given
    Column("prefixes", Text, nullable=False),  # JSON
    Column("created", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("ledger", "party", "name"),
)

# Who is told of a query's results. ``cursor`` is the first entry that was not looked at yet.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("id", Name, nullable=False),
    Column("party", Name, nullable=False),
    Column("query", Name, nullable=False),
    Column("dest", Name, nullable=False),
    Column("sealed", LargeBinary),  # the signing secret under the master key
    Column("schedule", Text),  # JSON
    Column("stream", Boolean, nullable=False),
    Column("report_if_empty", Boolean, nullable=False),
    Column("epc_format", Name, nullable=False),
    Column("initial", UtcDateTime),
    Column("cursor", BigInteger, nullable=False),
    Column("next_run", UtcDateTime),  # of a schedule; of a stream: not before, after a fault of ours
    Column("last_run", UtcDateTime),
    Column("next_send", UtcDateTime),  # when a message is due; null: none waits
    Column("not_before", UtcDateTime),  # the receiver's pause, or the lease of the message under way
    Column("failures", Integer, nullable=False),  # of the receiver, in a row
    Column("created", UtcDateTime, nullable=False),
    Column("last_notified", UtcDateTime),
    PrimaryKeyConstraint("ledger", "id"),
    Index("subscriptions_by_query", "ledger", "party", "query", "id"),
    Index("subscriptions_by_cursor", "ledger", "stream", "cursor"),
    Index("subscriptions_by_run", "ledger", "next_run"),
    Index("subscriptions_by_send", "ledger", "next_send"),
)

# The outbox: one message to one subscriber, tried until it is delivered or given up. ``upto`` is the first entry
# that it does not cover; ``body`` is emptied once delivered.
messages = Table(
    "messages",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("id", Name, nullable=False),
    Column("subscription", Name, nullable=False),
    Column("party", Name, nullable=False),
    Column("query", Name, nullable=False),
    Column("upto", BigInteger, nullable=False),
    Column("events", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", Name, nullable=False),  # waiting | delivered | dead
    Column("attempts", Integer, nullable=False),
    Column("next_try", UtcDateTime),
    Column("last_status", Integer),
    Column("last_error", Name),
    Column("created", UtcDateTime, nullable=False),
    Column("finished", UtcDateTime),
    PrimaryKeyConstraint("ledger", "id"),
    Index("messages_by_subscription", "ledger", "subscription", "state", "upto", "id"),
    Index("messages_by_party", "ledger", "party", "upto", "id"),
)
