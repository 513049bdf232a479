"""The state that the rules ask about, kept in dictionaries: the twin of the store's book."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from trace.domain.custody import interpret
from trace.domain.epcis import Event
from trace.domain.model import (
    REAL,
    Account,
    AccountKind,
    Batch,
    Container,
    Outcome,
    Party,
    Product,
    Recorded,
    Shipment,
    ShipmentState,
    Stop,
)
from trace.identifiers import InvalidIdentifier, canonical, split_batch_uri

ZERO = Decimal(0)


@dataclass
class MemoryBook:
    """Implements ``trace.domain.model.Book``; ``apply`` writes an outcome as the store would."""

    parties: dict[str, Party] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)
    accounts: dict[tuple[str, Account], Decimal] = field(default_factory=dict)
    containers: dict[str, Container] = field(default_factory=dict)
    shipments: dict[str, Shipment] = field(default_factory=dict)
    links: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    holds: list[Stop] = field(default_factory=list)
    events: dict[str, Recorded] = field(default_factory=dict)

    def party(self, uri: str) -> Party | None:
        return self.parties.get(uri)

    def owner_of(self, location: str, by: str) -> str | None:
        return self.owners.get(location)

    def product_of(self, batch: str) -> Product | None:
        known = self.batches.get(batch)
        if known is not None and known.product in self.products:
            return self.products[known.product]
        split = split_batch_uri(batch)
        return None if split is None else self.products.get(f"https://id.gs1.org/01/{split[0]}")

    def batch(self, uri: str) -> Batch | None:
        return self.batches.get(uri)

    def balances(self, batch: str, ref: str | None = None) -> Mapping[Account, Decimal]:
        return {
            account: amount
            for (of, account), amount in self.accounts.items()
            if of == batch and account.kind in REAL and ref in (None, account.ref)
        }

    def contents(self, container: str) -> Mapping[str, Decimal]:
        lying: dict[str, Decimal] = {}
        for (batch, account), amount in self.accounts.items():
            if account.container == container and account.kind in REAL:
                lying[batch] = lying.get(batch, ZERO) + amount
        return lying

    def container(self, uri: str) -> Container | None:
        return self.containers.get(uri)

    def children(self, container: str) -> Iterable[Container]:
        return [box for box in self.containers.values() if box.parent == container]

    def shipment(self, id: str) -> Shipment | None:
        return self.shipments.get(id)

    def open_shipments(self, batch: str) -> Iterable[Shipment]:
        on_the_way = {account.ref for account in self.balances(batch) if account.kind is AccountKind.TRANSIT}
        found = [one for one in self.shipments.values() if one.state is ShipmentState.OPEN]
        return sorted((one for one in found if one.id in on_the_way), key=lambda one: one.shipped)

    def received(self, shipment: str, batch: str) -> Decimal:
        found = self.shipments.get(shipment)
        if found is None or found.state is not ShipmentState.SETTLED or found.settled_by is None:
            return ZERO
        accepted = self._posted(found.settled_by, batch, AccountKind.HELD, found.receiver)
        back = [
            one
            for one in self.shipments.values()
            if one.returns == shipment and one.state is not ShipmentState.VOID
        ]
        return accepted - sum(
            (self._posted(one.event, batch, AccountKind.TRANSIT, one.id) for one in back), ZERO
        )

    def stops(self, batch: str) -> Iterable[Stop]:
        family, queue = {batch}, [batch]
        while queue:
            made = queue.pop()
            parents = {source for pairs in self.links.values() for source, output in pairs if output == made}
            queue += parents - family
            family |= parents
        return [stop for stop in self.holds if stop.batch in family]

    def recorded(self, event_id: str) -> Recorded | None:
        return self.events.get(event_id)

    def _posted(self, event_id: str, batch: str, kind: AccountKind, ref: str) -> Decimal:
        record = self.events.get(event_id)
        postings = () if record is None else record.postings
        return sum(
            (
                one.amount
                for one in postings
                if one.batch == batch and one.account.kind is kind and one.account.ref == ref
            ),
            ZERO,
        )

    # -- writing ---------------------------------------------------------------------------------------------

    def apply(self, event: Event, outcome: Outcome, by: str) -> None:
        """Write what an event did; the first record of an event id stays the one that counts."""
        for posting in outcome.postings:
            key = (posting.batch, posting.account)
            amount = self.accounts.get(key, ZERO) + posting.amount
            if amount:
                self.accounts[key] = amount
            else:
                self.accounts.pop(key, None)
        self.batches.update({batch.uri: batch for batch in outcome.batches})
        self.shipments.update({shipment.id: shipment for shipment in outcome.shipments})
        self.containers.update({box.uri: box for box in outcome.containers})
        for uri in outcome.containers_gone:
            self.containers.pop(uri, None)
        if outcome.corrects is not None:
            record = self.events[outcome.corrects]
            self.events[outcome.corrects] = Recorded(**{**vars(record), "corrected": True})
            self.links.pop(outcome.corrects, None)
        elif event.error is None and event.event_id not in self.events:
            self.links[event.event_id] = [(link.input, link.output) for link in outcome.links]
            self.events[event.event_id] = Recorded(
                event_id=event.event_id,
                by=by,
                holder=outcome.holder,
                postings=outcome.postings,
                batches=tuple(batch.uri for batch in outcome.batches),
                shipment=outcome.shipment,
                settles=outcome.settles,
                containers_before=outcome.containers_before,
                corrected=False,
            )

    def capture(self, raw: Mapping[str, Any], by: str) -> Outcome:
        """Record a foreign event: what is impossible in it stays in the outcome's problems."""
        event = Event.parse(raw)
        outcome = interpret(event, self, by)
        self.apply(event, outcome, by)
        return outcome

    def know(self, document: Mapping[str, Any]) -> None:
        """Take owners of places from a document's master data (EPCIS 2.0, vocabularyList)."""
        header = document.get("epcisHeader", {}).get("epcisMasterData", {})
        for vocabulary in header.get("vocabularyList", []):
            for element in vocabulary.get("vocabularyElementList", []):
                for attribute in element.get("attributes", []):
                    if attribute["id"].endswith("owning_party"):
                        self.owners[known_as(element["id"])] = known_as(attribute["attribute"])


def known_as(uri: str) -> str:
    """The canonical form, or the URI as written where it is no valid key."""
    try:
        return canonical(uri)
    except InvalidIdentifier:
        return uri


def document_events(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The events of an EPCIS document or query document, in the order of their times."""
    body = document["epcisBody"]
    found = body.get("eventList") or body["queryResults"]["resultsBody"]["eventList"]
    return sorted(found, key=lambda event: Event.parse(event).time)
