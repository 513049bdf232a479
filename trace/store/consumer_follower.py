"""What records of complaints change in the projection tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import update

from trace.store.book import StoreBook
from trace.store.consumer_tables import complaint_answers, complaints
from trace.store.event_follower import Record
from trace.store.rows import Rows


def writers(book: StoreBook) -> Mapping[str, Callable[[Record], None]]:
    """A writer for each kind of record of complaints. The number by which one is followed is in the full compartment
    alone: where that was erased, so is the complaint."""
    rows = Rows(book.connection, book.ledger)

    def filed(record: Record) -> None:
        if "full" not in record.bodies:
            return
        data = record.whole
        row = {name: data.get(name) for name in ("number", "batch", "kind", "serial")}
        rows.insert(complaints, [{**row, "state": "filed", "filed": record.time, "index": record.index}])

    def answered(record: Record) -> None:
        data = record.public
        row = {name: data[name] for name in ("complaint", "answer", "closes")}
        said = {"by_party": record.statement.by, "recorded": record.time, "index": record.index}
        rows.insert(complaint_answers, [{**row, **said}])
        book.connection.execute(
            update(complaints)
            .where(complaints.c.ledger == book.ledger, complaints.c.index == data["complaint"])
            .values(state="closed" if data["closes"] else "answered")
        )

    return {"complaint.answered/1": answered, "complaint.filed/1": filed}
