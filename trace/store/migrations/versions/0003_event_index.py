"""What events are found by: the words, numbers and times in them, and who may see them."""

from __future__ import annotations

from trace.store.migrations import columns

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KEY = "index name value"
_ROW = "index:index name value{} event_time:time"

FINDABLE = {
    "event_terms": (_KEY, _ROW.format("")),
    "event_numbers": (_KEY, _ROW.format(":number")),
    "event_times": (_KEY, _ROW.format(":time")),
}
RESOURCES = {"resources": ("reader name value", "reader name value index:index")}

INDEXES = {
    **{f"{name}_by_time": (name, "name value event_time index") for name in FINDABLE},
    "events_by_recorded": ("events", "recorded index"),
}


def upgrade() -> None:
    """Make the tables; what events were recorded before is filled in by ``trace.store.migrate``."""
    columns.create(FINDABLE, {}, rowid=False)
    columns.create(RESOURCES, INDEXES)
