"""What records of company prefixes and of numbered logistic units change in the projection tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from trace.store.event_follower import Record
from trace.store.rows import Rows
from trace.store.unit_tables import company_prefixes, units_issued


def writers(rows: Rows) -> Mapping[str, Callable[[Record], None]]:
    """A writer for each kind of record."""

    def prefix(record: Record) -> None:
        data = record.public
        row = {name: data[name] for name in ("prefix", "party", "first")}
        rows.upsert(company_prefixes, [{**row, "index": record.index}])

    def ended(record: Record) -> None:
        rows.delete(company_prefixes, [record.public])

    def issued(record: Record) -> None:
        data = record.public
        row = {name: data[name] for name in ("prefix", "number", "unit", "party")}
        rows.insert(units_issued, [{**row, "index": record.index}])

    return {"prefix.registered/1": prefix, "prefix.ended/1": ended, "unit.issued/1": issued}
