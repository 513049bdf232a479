"""The working state of one interpretation: the book, overlaid with what the event has changed so far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from trace.domain.epcis import Event
from trace.domain.model import (
    REAL,
    Account,
    AccountKind,
    Batch,
    Book,
    Container,
    Link,
    Outcome,
    Posting,
    Shipment,
)
from trace.domain.refusals import BatchExpired, BatchStopped, DatesReversed, Refusal

ZERO = Decimal(0)

# Which problem is told first. An act entered here is refused with the first one alone.
_ORDER = (
    "unknown_event",
    "not_yours",
    "already_corrected",
    "moved_on",
    "duplicate",
    "unknown_party",
    "unknown_shipment",
    "already_settled",
    "not_the_receiver",
    "unknown_batch",
    "unknown_container",
    "invalid",
    "lot_missing",
    "batch_stopped",
    "batch_expired",
    "batch_exists",
    "not_the_holder",
    "container_packed",
    "container_empty",
    "unit_not_defined",
    "more_than_shipped",
    "not_settled_in_full",
    "more_than_received",
    "not_enough",
    "goods_packed",
    "not_enough_in_container",
    "custody_gap",
    "origin_unknown",
    "balance_open",
    "dates_reversed",
    "quantity_missing",
)
_RANK = {code: rank for rank, code in enumerate(_ORDER)}


class Draft:
    """Collects what one event does; lives only while ``interpret`` runs."""

    def __init__(self, event: Event, book: Book, by: str, holder: str, entered: bool) -> None:
        self.event = event
        self.book = book
        self.by = by
        self.holder = holder
        self.entered = entered
        self.links: list[Link] = []
        self.corrects: str | None = None
        self.shipment: str | None = None
        self.settles: str | None = None
        self.appeared: set[str] = set()  # batches first seen here, with no record of their making
        self._problems: list[Refusal] = []
        self._changes: dict[tuple[str, Account], Decimal] = {}
        self._batches: dict[str, Batch] = {}
        self._shipments: dict[str, Shipment] = {}
        self._containers: dict[str, Container | None] = {}
        self._before: dict[str, Container | None] = {}

    # -- problems --------------------------------------------------------------------------------------------

    def problem(self, refusal: Refusal) -> None:
        """Note something impossible, once."""
        if all(
            type(seen) is not type(refusal) or seen.params() != refusal.params() for seen in self._problems
        ):
            self._problems.append(refusal)

    def require_free(self, batch: str) -> None:
        """Goods of this batch are to move on: note a hold on it or on what it was made from, and expiry.

        An act entered here may not be dated before the goods were made either.
        """
        for stop in self.book.stops(batch):
            self.problem(BatchStopped(batch, stop.batch, stop.hold, stop.reason, stop.cause))
        known = self.batch(batch)
        today = self.event.local_date.isoformat()
        if known is not None and known.expires is not None and known.expires < today:
            self.problem(BatchExpired(batch=batch, expired=known.expires, time=today))
        if self.entered and known is not None and known.produced is not None and today < known.produced:
            self.problem(DatesReversed(earlier=known.produced, later=today))

    # -- goods -----------------------------------------------------------------------------------------------

    def move(self, batch: str, source: Account, target: Account, amount: Decimal) -> None:
        """Book an amount from one account to another."""
        self.post(batch, source, -amount)
        self.post(batch, target, amount)

    def post(self, batch: str, account: Account, change: Decimal) -> None:
        """Change one account. Whoever uses it sees to it that the changes of a batch sum to zero."""
        key = (batch, account)
        self._changes[key] = self._changes.get(key, ZERO) + change

    def balances(self, batch: str, ref: str | None = None) -> dict[Account, Decimal]:
        """Where the batch lies now: non-zero real accounts, in a fixed order.

        With ``ref`` only what one party holds, or lies in one delivery: a batch may be on its way to thousands.
        """
        lying = dict(self.book.balances(batch, ref))
        for (changed, account), change in self._changes.items():
            if changed == batch and account.kind in REAL and ref in (None, account.ref):
                lying[account] = lying.get(account, ZERO) + change
        return {account: lying[account] for account in sorted(lying) if lying[account]}

    def contents(self, container: str) -> list[tuple[str, Account, Decimal]]:
        """What lies directly in a logistic unit: batch, account, amount."""
        touched = (batch for batch, account in self._changes if account.container == container)
        batches = sorted({*self.book.contents(container), *touched})
        return [
            (batch, account, amount)
            for batch in batches
            for account, amount in self.balances(batch).items()
            if account.container == container
        ]

    def batch(self, uri: str) -> Batch | None:
        """The batch, as recorded or as made by this event."""
        return self._batches.get(uri) or self.book.batch(uri)

    def known(self, uri: str) -> Batch:
        """A batch that was read from the event or lies somewhere, and so is in the book."""
        return self.batch(uri) or Batch(uri, "")

    def put_batch(self, batch: Batch) -> None:
        """A new batch, or a known one with something new about it."""
        self._batches[batch.uri] = batch

    # -- logistic units --------------------------------------------------------------------------------------

    def container(self, uri: str) -> Container | None:
        """The logistic unit as it stands now."""
        return self._containers[uri] if uri in self._containers else self.book.container(uri)

    def children(self, uri: str) -> list[Container]:
        """Logistic units packed directly in this one."""
        known = {box.uri: box for box in self.book.children(uri)}
        changed = {name: box for name, box in self._containers.items() if box is not None}
        inside = [box for box in (known | changed).values() if box.parent == uri]
        return sorted((box for box in inside if self.container(box.uri) == box), key=lambda box: box.uri)

    def nested(self, uri: str) -> Iterator[Container]:
        """The logistic unit and everything packed in it, outermost first."""
        seen = {uri}
        queue = [box for box in (self.container(uri),) if box is not None]
        while queue:
            box = queue.pop(0)
            yield box
            inside = [child for child in self.children(box.uri) if child.uri not in seen]
            seen.update(child.uri for child in inside)
            queue += inside

    def put_container(self, box: Container) -> None:
        """The logistic unit in its new place."""
        self._remember(box.uri)
        self._containers[box.uri] = box

    def drop_container(self, uri: str) -> None:
        """The logistic unit is taken apart: its number names nothing now."""
        self._remember(uri)
        self._containers[uri] = None

    def _remember(self, uri: str) -> None:
        self._before.setdefault(uri, self.container(uri))

    def carry(self, uri: str, place: Account) -> None:
        """Bring a logistic unit, with all that is packed in it, to another place and out of any outer one."""
        for box in list(self.nested(uri)):
            for batch, account, amount in self.contents(box.uri):
                self.move(batch, account, Account(place.kind, place.ref, box.uri), amount)
            self.put_container(Container(box.uri, place, None if box.uri == uri else box.parent))

    # -- deliveries ------------------------------------------------------------------------------------------

    def put_shipment(self, shipment: Shipment) -> None:
        """A new delivery, or one in its new state."""
        self._shipments[shipment.id] = shipment

    def find_shipment(self, id: str) -> Shipment | None:
        """The delivery as it stands now."""
        return self._shipments.get(id) or self.book.shipment(id)

    # -- the result ------------------------------------------------------------------------------------------

    @property
    def moved(self) -> bool:
        """Whether the event changed anything so far."""
        return any(self._changes.values()) or bool(self._containers)

    @property
    def changed(self) -> bool:
        """Whether the event says anything that would be booked: goods moved, made or linked."""
        return self.moved or bool(self._batches or self.links or self._shipments)

    def taken(self) -> list[Account]:
        """Real accounts from which something goes, and those where logistic units were that move."""
        accounts = [
            account for (_, account), change in self._changes.items() if change < 0 and account.kind in REAL
        ]
        moved = (box.place for uri, box in self._before.items() if box and self._containers[uri] != box)
        return [*accounts, *moved]

    def refused(self, refusal: Refusal) -> Outcome:
        """Nothing is booked, for this reason; what else was seen is told after it, without amounts.

        They would be another's: a document that claims too much would else be a way to ask what he holds.
        """
        said = [problem for problem in self._problems if "unit" not in problem.params()]
        problems = tuple(sorted(said, key=lambda problem: _RANK[problem.code]))
        return Outcome(holder=self.holder, problems=(refusal, *problems))

    def outcome(self) -> Outcome:
        """All of it, as one value."""
        unchanged = {uri for uri, before in self._before.items() if self._containers[uri] == before}
        containers = {uri: box for uri, box in self._containers.items() if uri not in unchanged}
        return Outcome(
            holder=self.holder,
            postings=tuple(
                Posting(batch, account, change)
                for (batch, account), change in self._changes.items()
                if change
            ),
            batches=tuple(self._batches.values()),
            links=tuple(self.links),
            shipments=tuple(self._shipments.values()),
            containers=tuple(box for box in containers.values() if box is not None),
            containers_gone=tuple(uri for uri, box in containers.items() if box is None),
            containers_before=tuple((uri, self._before[uri]) for uri in containers),
            corrects=self.corrects,
            shipment=self.shipment,
            settles=self.settles,
            problems=tuple(sorted(self._problems, key=lambda problem: _RANK[problem.code])),
        )


def held(party: str, container: str = "") -> Account:
    """Where goods lie that a party has in hand."""
    return Account(AccountKind.HELD, party, container)


def transit(shipment: str, container: str = "") -> Account:
    """Where goods lie that are on their way."""
    return Account(AccountKind.TRANSIT, shipment, container)


def merged(pairs: Iterable[tuple[str, Decimal]]) -> Mapping[str, Decimal]:
    """Amounts summed by batch, in the order of their first mention."""
    total: dict[str, Decimal] = {}
    for batch, amount in pairs:
        total[batch] = total.get(batch, ZERO) + amount
    return total
