"""Follows the ledger: writes what each record changes into the projection tables.

The same code follows live appends and rebuilds, and everything it writes is a pure function of the entries up
to there: no clock, no randomness, no order of a dictionary. Records of kinds it does not know change nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select, update

from trace.domain.model import Outcome
from trace.ledger.records import Statement, key_id
from trace.store import projection_tables as t
from trace.store.book import StoreBook, chunks
from trace.store.consumer_follower import writers as consumer_writers
from trace.store.event_follower import EventFollower, Record
from trace.store.master_data import Element, elements
from trace.store.offer_follower import OfferFollower
from trace.store.rows import Rows, json_text
from trace.store.serial_follower import writers as serial_writers
from trace.store.unit_follower import writers as unit_writers


class Projector:
    """Implements ``unit_of_work.Projector``; has no state of its own."""

    def follow(
        self,
        book: StoreBook,
        index: int,
        time: str,
        statement: Statement,
        bodies: Mapping[str, bytes],
        outcome: Outcome | None = None,
    ) -> Outcome | None:
        """Write what the record changes; for an event the outcome that was written, judged here unless given.

        Raises Invalid for what is no EPCIS event, BalanceBroken where an account would go below zero.
        """
        record = Record(index, datetime.fromisoformat(time), statement, bodies)
        return _Follower(book).follow(record, outcome)


class _Follower:
    """Writes into the tables of one book."""

    def __init__(self, book: StoreBook) -> None:
        self._connection = book.connection
        self._ledger = book.ledger
        self._rows = Rows(book.connection, book.ledger)
        self._events = EventFollower(book)
        self._writers: Mapping[str, Callable[[Record], None]] = {
            "alias.registered/1": self._alias,
            "batch.held/1": self._held,
            "batch.released/1": self._released,
            "epcis.document/1": self._document,
            "key.registered/1": self._key,
            "key.revoked/1": self._key_revoked,
            "ledger.opened/1": self._opened,
            "party.registered/1": self._party,
            "product.registered/1": self._product,
            **serial_writers(self._rows),
            **OfferFollower(book).writers,
            **consumer_writers(book),
            **unit_writers(self._rows),
        }

    def follow(self, record: Record, outcome: Outcome | None) -> Outcome | None:
        if record.statement.kind == "epcis.event/1":
            return self._events.follow(record, outcome)
        writer = self._writers.get(record.statement.kind)
        if writer is not None:
            writer(record)
        return None

    # -- parties, products, keys -------------------------------------------------------------------------

    def _opened(self, record: Record) -> None:
        data = record.public
        self._put_key(record, data["key"], data["operator"], "operator")

    def _key(self, record: Record) -> None:
        data = record.public
        self._put_key(record, data["key"], data["party"], data["custody"])

    def _put_key(self, record: Record, key: str, party: str, custody: str) -> None:
        row = {"key_id": key_id(base64.b64decode(key)), "party": party, "custody": custody}
        self._rows.upsert(t.party_keys, [{**row, "index": record.index, "revoked_index": None}])

    def _key_revoked(self, record: Record) -> None:
        data = record.public
        keys = t.party_keys
        self._connection.execute(
            update(keys)
            .where(keys.c.ledger == self._ledger, keys.c.key_id == data["keyId"])
            .where(keys.c.party == data["party"], keys.c.revoked_index.is_(None))
            .values(revoked_index=record.index)
        )

    def _party(self, record: Record) -> None:
        data = record.public
        who = {"index": record.index, "by_party": record.statement.by, "registered": True}
        optional = {
            name: data.get(name) for name in ("gln", "uscc", "licence", "region", "address", "location")
        }
        row = {"uri": data["party"], "id": data["id"], "name": data["name"], "role": data["role"]}
        self._rows.upsert(t.parties, [{**row, **optional, **who}])
        if data.get("location"):
            place = {"uri": data["location"], "owner": data["party"], "name": data["name"]}
            self._rows.upsert(t.locations, [{**place, "address": data.get("address"), **who}])

    def _product(self, record: Record) -> None:
        data = record.public
        row = {name: data.get(name) for name in ("id", "owner", "name", "unit", "gtin", "category")}
        self._rows.upsert(
            t.products,
            [
                {
                    **row,
                    "uri": data["product"],
                    "units": json_text(data.get("units", {})),
                    "shelf_days": data.get("shelfDays"),
                    "registered": True,
                    "index": record.index,
                    "by_party": record.statement.by,
                }
            ],
        )

    def _alias(self, record: Record) -> None:
        """The first who claimed a code has it, whatever comes later."""
        row = {name: record.public[name] for name in ("alias", "target")}
        self._rows.insert_new(t.aliases, [{**row, "by_party": record.statement.by, "index": record.index}])

    # -- holds -------------------------------------------------------------------------------------------

    def _held(self, record: Record) -> None:
        data = record.public
        row = {name: data[name] for name in ("batch", "hold", "reason")} | {"cause": data.get("cause")}
        state = {"released_index": None, "released_reason": None, "released_cause": None}
        said = {"by_party": record.statement.by, "recorded": record.time, "index": record.index}
        self._rows.upsert(t.stops, [{**row, **said, **state}])

    def _released(self, record: Record) -> None:
        data = record.public
        self._connection.execute(
            update(t.stops)
            .where(t.stops.c.ledger == self._ledger, t.stops.c.batch == data["batch"])
            .where(t.stops.c.hold == data["hold"], t.stops.c.released_index.is_(None))
            .values(
                released_index=record.index,
                released_reason=data["reason"],
                released_cause=data.get("cause"),
            )
        )

    # -- captured documents ------------------------------------------------------------------------------

    def _document(self, record: Record) -> None:
        data = record.public
        row = {"document": data["document"], "events": data["events"], "sha256": data["sha256"]}
        said = {"by_party": record.statement.by, "index": record.index}
        self._rows.insert(t.documents, [{**row, **said, "recorded": record.time}])
        if "full" not in record.bodies:
            return
        found = {(element.uri, element.type): element for element in elements(record.whole.get("header"))}
        kept = [
            {"type": element.type, "uri": element.uri, "data": json_text(element.data), **said}
            for element in found.values()
        ]
        self._rows.upsert(t.master_data, kept)
        for table, type_, row_of in (
            (t.locations, "location", _location_row),
            (t.parties, "party", _party_row),
            (t.products, "class", _class_row),
        ):
            chosen = [element for element in found.values() if element.type == type_]
            self._claim(table, [{**row_of(element), "registered": False, **said} for element in chosen])

    def _claim(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write what a document claims, where nobody else has spoken before.

        Master data never renames what is registered, nor what another submitter described first: otherwise
        anybody's document could move somebody's place, and with it his goods, to a name of its choice.
        """
        said: dict[str, tuple[bool, str]] = {}
        for part in chunks([row["uri"] for row in rows]):
            found = self._connection.execute(
                select(table.c.uri, table.c.registered, table.c.by_party).where(
                    table.c.ledger == self._ledger, table.c.uri.in_(part)
                )
            )
            said.update({uri: (registered, by) for uri, registered, by in found})
        self._rows.upsert(
            table,
            [
                row
                for row in rows
                if said.get(row["uri"], (False, row["by_party"])) == (False, row["by_party"])
            ],
        )


def _location_row(element: Element) -> dict[str, Any]:
    return {"uri": element.uri, "owner": element.owner, "name": element.name, "address": element.address}


def _party_row(element: Element) -> dict[str, Any]:
    absent = dict.fromkeys(("id", "role", "location", "gln", "uscc", "licence", "region"))
    return {"uri": element.uri, "name": element.name or element.uri, "address": element.address, **absent}


def _class_row(element: Element) -> dict[str, Any]:
    absent = dict.fromkeys(("id", "unit", "gtin", "shelf_days", "category"))
    name = element.name or element.uri
    return {"uri": element.uri, "owner": element.owner, "name": name, "units": "{}", **absent}
