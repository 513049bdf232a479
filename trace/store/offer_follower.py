"""What records of offers and mandates change in the projection tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import update

from trace.store.book import StoreBook
from trace.store.event_follower import Record
from trace.store.offer_tables import mandates, offers
from trace.store.rows import Rows, json_text


class OfferFollower:
    """Writes into the tables of one book."""

    def __init__(self, book: StoreBook) -> None:
        self._connection = book.connection
        self._ledger = book.ledger
        self._rows = Rows(book.connection, book.ledger)
        self.writers: Mapping[str, Callable[[Record], None]] = {
            "mandate.ended/1": self._ended,
            "mandate.given/1": self._given,
            "offer.posted/1": self._posted,
        }

    def _posted(self, record: Record) -> None:
        data = record.public
        row = {"party": data["party"], "day": data["date"], "kind": data["kind"]}
        said = {"items": json_text(data["items"]), "posted": record.time, "index": record.index}
        self._rows.upsert(offers, [{**row, **said}])

    def _given(self, record: Record) -> None:
        data = record.public
        row = {"party": data["party"], "clerk": data["to"], "by_party": record.statement.by}
        said = {"given": record.time, "index": record.index, "ended_index": None}
        self._rows.upsert(mandates, [{**row, **said}])

    def _ended(self, record: Record) -> None:
        data = record.public
        self._connection.execute(
            update(mandates)
            .where(mandates.c.ledger == self._ledger, mandates.c.party == data["party"])
            .where(mandates.c.clerk == data["to"], mandates.c.ended_index.is_(None))
            .values(ended_index=record.index)
        )
