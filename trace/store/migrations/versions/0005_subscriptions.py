"""Named queries, who is told of their results, and what is still to be told."""

from __future__ import annotations

from trace.store.migrations import columns

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = {
    "event_queries": ("party name", "party name query:text created:time"),
    "subscriptions": (
        "id",
        "id party query dest sealed:bytes? schedule:text? stream:yesno report_if_empty:yesno epc_format? "
        "initial:time? cursor:index next_run:time? created:time last_notified:time?",
    ),
    "deliveries": (
        "id",
        "id subscription party body:text state attempts:count next_try:time? last_status:count? "
        "last_error:text? created:time finished:time?",
    ),
}

INDEXES = {
    "subscriptions_by_query": ("subscriptions", "party query created"),
    "subscriptions_by_run": ("subscriptions", "next_run"),
    "deliveries_by_due": ("deliveries", "state next_try"),
    "deliveries_by_subscription": ("deliveries", "subscription created id"),
}


def upgrade() -> None:
    """Make the tables."""
    columns.create(TABLES, INDEXES)
