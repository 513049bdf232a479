"""What records of serial codes change in the projection tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from trace.store import serial_tables as t
from trace.store.event_follower import Record
from trace.store.rows import Rows


def writers(rows: Rows) -> Mapping[str, Callable[[Record], None]]:
    """A writer for each kind of record of serials. How many there are, and which, is in the full compartment alone.

    Where that was erased nothing is known of them any more.
    """

    def issued(record: Record) -> None:
        data = record.whole
        row = {"batch": data["batch"], "first": data["from"], "last": data["to"], "cover": data["cover"]}
        rows.insert(t.serial_ranges, [{**row, **_said(record)}])

    def rolled(record: Record) -> None:
        row = {name: record.whole[name] for name in ("roll", "count", "cover")}
        rows.insert(t.rolls, [{**row, **_said(record)}])

    def bound(record: Record) -> None:
        data = record.whole
        row = {"roll": data["roll"], "first": data["from"], "last": data["to"], "batch": data["batch"]}
        rows.insert(t.roll_bindings, [{**row, **_said(record)}])

    def cleared(record: Record) -> None:
        row = {name: record.whole.get(name) for name in ("code", "batch", "cause", "reason")}
        rows.insert(t.clearances, [{**row, "recorded": record.time, **_said(record)}])

    kinds = {
        "serials.issued/1": issued,
        "serials.rolled/1": rolled,
        "serials.bound/1": bound,
        "serial.cleared/1": cleared,
    }
    return {kind: _whole(write) for kind, write in kinds.items()}


def _whole(write: Callable[[Record], None]) -> Callable[[Record], None]:
    return lambda record: write(record) if "full" in record.bodies else None


def _said(record: Record) -> dict[str, object]:
    return {"by_party": record.statement.by, "index": record.index}
