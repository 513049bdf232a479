"""What one event changes in the projection tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, bindparam, delete, select, update

from trace.domain.custody import interpret
from trace.domain.epcis import Event, parse_body
from trace.domain.model import REAL, Account, Outcome, Posting, Shipment, ShipmentState
from trace.domain.papers import number_of, terms_of
from trace.ledger.records import Statement
from trace.store import event_index
from trace.store import projection_tables as t
from trace.store.book import StoreBook, account_of, chunks, entry_of, exact_sum
from trace.store.book_statements import EVENT
from trace.store.rows import Rows, json_text
from trace.store.search_tables import papers
from trace.store.tables import Name


class BalanceBroken(RuntimeError):
    """A real account would fall below zero: the rules let something through, and nothing is written."""


@dataclass(frozen=True)
class Record:
    """One entry as the writers below see it."""

    index: int
    time: datetime
    statement: Statement
    bodies: Mapping[str, bytes]

    @property
    def public(self) -> Any:
        return parse_body(self.bodies["public"])

    @property
    def whole(self) -> Any:
        """The fullest account of the record that there is."""
        return parse_body(self.bodies["full"] if "full" in self.bodies else self.bodies["public"])

    @property
    def event_hash(self) -> str | None:
        """The event's CBV hash, where the record holds it."""
        found: str | None = parse_body(self.bodies["hash"])["eventHash"] if "hash" in self.bodies else None
        return found


class EventFollower:
    """Writes events into the tables of one book."""

    def __init__(self, book: StoreBook) -> None:
        self._connection = book.connection
        self._ledger = book.ledger
        self._book = book
        self._rows = Rows(book.connection, book.ledger)

    def follow(self, record: Record, outcome: Outcome | None) -> Outcome:
        """Write what the event changes and give back its outcome, judged here unless given."""
        data = record.whole
        event = Event.of_body(data)
        if outcome is None:
            outcome = interpret(event, self._book.glance(), record.statement.by)
        corrects = self._take_back(record.index, outcome)
        self._rows.insert(t.events, [self._event_row(record, data, event, outcome, corrects)])
        self._post(record.index, outcome.postings)
        self._batches(record.index, outcome)
        self._shipments(record.index, outcome)
        self._containers(record.index, outcome)
        links = [
            {"n": n, "input": link.input, "output": link.output, "used": link.used, "made": link.made}
            for n, link in enumerate(outcome.links)
        ]
        self._rows.insert(t.links, [{"index": record.index, **row} for row in links])
        flags = [
            {
                "n": n,
                "code": problem.code,
                "batch": problem.params().get("batch"),
                "params": json_text(problem.params()),
            }
            for n, problem in enumerate(outcome.problems)
        ]
        self._rows.insert(t.flags, [{"index": record.index, **row} for row in flags])
        things = self._things(event, outcome)
        self._rows.insert(
            t.event_things,
            [{"index": record.index, "role": role, "uri": uri} for role, uri in sorted(things)],
        )
        self._rows.insert(papers, _paper_rows(record.index, event))
        event_index.write(
            self._connection,
            self._ledger,
            record.index,
            event,
            event_index.readers(record.statement.by, outcome),
            contexts=data.get("context", []),
            event_hash=record.event_hash,
        )
        return outcome

    def _event_row(
        self, record: Record, data: Mapping[str, Any], event: Event, outcome: Outcome, corrects: int | None
    ) -> dict[str, Any]:
        return {
            "index": record.index,
            "event_id": event.event_id,
            "type": event.type,
            "action": event.action,
            "biz_step": event.biz_step,
            "disposition": event.disposition,
            "event_time": event.time,
            "offset": event.offset,
            "recorded": record.time,
            "read_point": event.read_point,
            "biz_location": event.biz_location,
            "holder": outcome.holder,
            "by_party": record.statement.by,
            "document": data.get("document"),
            "shipment": outcome.shipment,
            "settles": outcome.settles,
            "declares_error": event.error is not None,
            "corrects": corrects,
            "corrected_by": None,
        }

    def _take_back(self, index: int, outcome: Outcome) -> int | None:
        """Mark the record that this event declares wrong, and unmake its links; the index of that record."""
        if outcome.corrects is None:
            return None
        named = {"ledger": self._ledger, "event_id": outcome.corrects}
        wrong = entry_of(self._connection.execute(EVENT, named).one())
        self._connection.execute(
            update(t.events)
            .where(t.events.c.ledger == self._ledger, t.events.c.index == wrong)
            .values(corrected_by=index)
        )
        self._connection.execute(
            delete(t.links).where(t.links.c.ledger == self._ledger, t.links.c.index == wrong)
        )
        return wrong

    def _post(self, index: int, postings: Sequence[Posting]) -> None:
        if not postings:
            return
        rows = [{"index": index, "n": n, **_posting_row(posting)} for n, posting in enumerate(postings)]
        self._rows.insert(t.postings, rows)
        changes: dict[tuple[str, Account], Decimal] = {}
        for posting in postings:
            key = (posting.batch, posting.account)
            changes[key] = exact_sum((changes.get(key, Decimal(0)), posting.amount))
        before = self._amounts(changes)
        stand: list[dict[str, Any]] = []
        gone: list[dict[str, Any]] = []
        for (batch, account), change in changes.items():
            after = exact_sum((before.get((batch, account), Decimal(0)), change))
            if after < 0 and account.kind in REAL:
                raise BalanceBroken(f"{account} of {batch} would stand at {after}")
            row = _posting_row(Posting(batch, account, after))
            (stand if after else gone).append(row)
        self._rows.upsert(t.balances, stand)
        self._rows.delete(t.balances, gone)

    def _amounts(self, accounts: Collection[tuple[str, Account]]) -> dict[tuple[str, Account], Decimal]:
        """What stands on these accounts now; asked by batch and ref, of which there are few."""
        found: dict[tuple[str, Account], Decimal] = {}
        refs = sorted({account.ref for _, account in accounts})
        for batches in chunks(sorted({batch for batch, _ in accounts})):
            for part in chunks(refs):
                named = {"ledger": self._ledger, "batches": batches, "refs": part}
                rows = self._connection.execute(_AMOUNTS, named)
                found.update({(row.batch, account_of(row)): row.amount for row in rows})
        return found

    def _batches(self, index: int, outcome: Outcome) -> None:
        rows = [
            {
                "uri": batch.uri,
                "unit": batch.unit,
                "product": batch.product,
                "code": batch.code,
                "lot": batch.lot,
                "maker": batch.maker,
                "made": batch.made,
                "produced": batch.produced,
                "expires": batch.expires,
                "index": index,
            }
            for batch in outcome.batches
        ]
        self._rows.upsert(t.batches, rows, keep=("index",))
        claimed = {row["code"]: {"code": row["code"], "batch": row["uri"], "index": index} for row in rows}
        self._rows.insert_new(t.codes, [row for code, row in claimed.items() if code])

    def _shipments(self, index: int, outcome: Outcome) -> None:
        rows = [
            {
                **_shipment_row(shipment),
                "index": index,
                "settled_index": index if shipment.state is ShipmentState.SETTLED else None,
            }
            for shipment in outcome.shipments
        ]
        self._rows.upsert(t.shipments, rows, keep=("index",))

    def _containers(self, index: int, outcome: Outcome) -> None:
        before = [
            {
                "index": index,
                "n": n,
                "container": uri,
                "kind": state.place.kind.value if state else None,
                "ref": state.place.ref if state else None,
                "parent": state.parent if state else None,
            }
            for n, (uri, state) in enumerate(outcome.containers_before)
        ]
        self._rows.insert(t.containers_before, before)
        self._rows.delete(t.containers, [{"uri": uri} for uri in outcome.containers_gone])
        rows = [
            {"uri": unit.uri, "kind": unit.place.kind.value, "ref": unit.place.ref, "parent": unit.parent}
            for unit in outcome.containers
        ]
        self._rows.upsert(t.containers, rows)

    def _things(self, event: Event, outcome: Outcome) -> set[tuple[str, str]]:
        named = [
            *(("epc", uri) for uri in event.epcs),
            *(("class", quantity.epc_class) for quantity in event.quantities),
            *(("child", uri) for uri in event.child_epcs),
            *(("child", quantity.epc_class) for quantity in event.child_quantities),
            *(("input", uri) for uri in event.input_epcs),
            *(("input", quantity.epc_class) for quantity in event.input_quantities),
            *(("output", uri) for uri in event.output_epcs),
            *(("output", quantity.epc_class) for quantity in event.output_quantities),
        ]
        if event.parent:
            named.append(("parent", event.parent))
        known = {uri for _, uri in named}
        units = {uri for role, uri in named if role in ("epc", "parent", "child")}
        reached = {posting.batch for posting in outcome.postings} | self._lying_in(sorted(units))
        return {*named, *(("content", batch) for batch in reached - known)}

    def _lying_in(self, containers: Sequence[str]) -> set[str]:
        """The batches that lie in these logistic units, however deep."""
        found: set[str] = set()
        for part in chunks(containers):
            rows = self._connection.execute(_LYING_IN, {"ledger": self._ledger, "containers": part})
            found.update(row.batch for row in rows)
        return found


def _lying_in() -> Select[tuple[str]]:
    units, ledger = t.containers, bindparam("ledger", type_=Name)
    outermost = bindparam("containers", expanding=True, type_=Name)
    nested = (
        select(units.c.uri)
        .where(units.c.ledger == ledger, units.c.uri.in_(outermost))
        .cte("nested", recursive=True)
    )
    nested = nested.union(select(units.c.uri).where(units.c.ledger == ledger, units.c.parent == nested.c.uri))
    return (
        select(t.balances.c.batch)
        .where(t.balances.c.ledger == ledger, t.balances.c.container.in_(select(nested.c.uri)))
        .distinct()
    )


_LYING_IN = _lying_in()
_AMOUNTS = select(t.balances).where(
    t.balances.c.ledger == bindparam("ledger"),
    t.balances.c.batch.in_(bindparam("batches", expanding=True)),
    t.balances.c.ref.in_(bindparam("refs", expanding=True)),
)


def _posting_row(posting: Posting) -> dict[str, Any]:
    account = posting.account
    return {
        "batch": posting.batch,
        "kind": account.kind.value,
        "ref": account.ref,
        "container": account.container,
        "amount": posting.amount,
    }


def _paper_rows(index: int, event: Event) -> list[dict[str, Any]]:
    """Each paper of an event under every term that it is found by."""
    numbers = [(n, kind, number_of(uri)) for n, (kind, uri) in enumerate(event.transactions)]
    return [
        {"index": index, "n": n, "term": term, "kind": kind, "number": number, "event_time": event.time}
        for n, kind, number in numbers
        for term in terms_of(number)
    ]


def _shipment_row(shipment: Shipment) -> dict[str, Any]:
    return {
        "id": shipment.id,
        "sender": shipment.sender,
        "receiver": shipment.receiver,
        "event": shipment.event,
        "shipped": shipment.shipped,
        "state": shipment.state.value,
        "settled_by": shipment.settled_by,
        "returns": shipment.returns,
    }
