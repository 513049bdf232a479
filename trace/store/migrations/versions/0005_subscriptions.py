"""Named queries, who is told of their results, and what is still to be told."""

from __future__ import annotations

from trace.store.migrations import columns

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = {
    "event_queries": ("party name", "party name query:text prefixes:text created:time"),
    "subscriptions": (
        "id",
        "id party query dest sealed:bytes? schedule:text? stream:yesno report_if_empty:yesno epc_format "
        "initial:time? cursor:index next_run:time? last_run:time? next_send:time? not_before:time? "
        "failures:count created:time last_notified:time?",
    ),
    "messages": (
        "id",
        "id subscription party query upto:index events:count body:text state attempts:count next_try:time? "
        "last_status:count? last_error? created:time finished:time?",
    ),
}

INDEXES = {
    "subscriptions_by_query": ("subscriptions", "party query id"),
    "subscriptions_by_cursor": ("subscriptions", "stream cursor"),
    "subscriptions_by_run": ("subscriptions", "next_run"),
    "subscriptions_by_send": ("subscriptions", "next_send"),
    "messages_by_subscription": ("messages", "subscription state upto id"),
    "messages_by_party": ("messages", "party upto id"),
}


def upgrade() -> None:
    """Make the tables."""
    columns.create(TABLES, INDEXES)
