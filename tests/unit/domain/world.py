"""A small world of businesses that enter acts as the services do: built, encoded, parsed, judged, booked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.unit.domain.memory_book import MemoryBook
from trace.domain import events
from trace.domain.commands import (
    Correct,
    Line,
    NewBatch,
    Observe,
    Pack,
    Receive,
    Register,
    Settled,
    Ship,
    TakeOut,
    Transform,
    Unpack,
)
from trace.domain.custody import enforce, interpret
from trace.domain.epcis import Event, parse_body
from trace.domain.model import REAL, Account, AccountKind, Outcome, Party, Product, Role, Stop
from trace.domain.units import Quantity
from trace.ledger.records import make_body

BASE = "https://trace.example"
GTIN = "09520000000011"
PALLET = "https://id.gs1.org/00/395200000000000012"
CASE = "https://id.gs1.org/00/395200000000000029"


def kg(amount: object, unit: str = "KGM") -> Quantity:
    return amount if isinstance(amount, Quantity) else Quantity(Decimal(str(amount)), unit)


def batch_of(lot: str) -> str:
    return f"{BASE}/t/{lot}"


class World:
    """Businesses farm, market, stall and factory; one product, kept in kg, of which a case holds 10."""

    def __init__(self) -> None:
        self.book = MemoryBook()
        self.now = datetime(2026, 11, 21, 8, tzinfo=UTC)
        self.events: dict[str, dict[str, Any]] = {}
        self.product = Product(
            f"{BASE}/g/pomelo", "pomelo", self.party("farm").uri, "蜜柚", "KGM", {"CS": Decimal(10)}
        )
        self.book.products[self.product.uri] = self.product
        for name in ("market", "stall", "factory"):
            self.party(name)

    def party(self, name: str) -> Party:
        uri = f"{BASE}/p/{name}"
        if uri not in self.book.parties:
            party = Party(uri, name, name, Role.WHOLESALER, f"{uri}/place")
            self.book.parties[uri] = party
            self.book.owners[party.location] = uri
        return self.book.parties[uri]

    # -- acts ------------------------------------------------------------------------------------------------

    def register(self, who: str, lot: str, amount: object, unit: str = "KGM", **batch: Any) -> str:
        new = NewBatch(batch_of(lot), self.product.uri, kg(amount, unit), code=lot, lot=lot, **batch)
        event = events.register(Register(new), product=self.product, **self.by(who))
        self.enter(event, who)
        return new.uri

    def ship(self, who: str, to: str, *lines: tuple[str, object], **more: Any) -> str:
        shipment = f"{BASE}/d/{len(self.events)}"
        command = Ship(shipment, self.party(to).uri, lines_of(lines), **more)
        self.enter(events.ship(command, receiver=self.party(to), **self.by(who)), who)
        return shipment

    def receive(self, who: str, shipment: str, *lines: Settled) -> str:
        event = events.receive(Receive(shipment, lines), book=self.book, **self.by(who))
        return self.enter(event, who)

    def pack(self, who: str, container: str, *lines: tuple[str, object], inside: tuple[str, ...] = ()) -> str:
        return self.enter(events.pack(Pack(container, lines_of(lines), inside), **self.by(who)), who)

    def unpack(
        self, who: str, container: str, *lines: tuple[str, object], inside: tuple[str, ...] = ()
    ) -> str:
        return self.enter(events.unpack(Unpack(container, lines_of(lines), inside), **self.by(who)), who)

    def transform(
        self, who: str, inputs: Mapping[str, object], outputs: Mapping[str, object], loss: object = None
    ) -> str:
        made = tuple(
            NewBatch(batch_of(lot), self.product.uri, kg(amount), lot=lot) for lot, amount in outputs.items()
        )
        command = Transform(lines_of(inputs.items()), made, None if loss is None else kg(loss))
        return self.enter(events.transform(command, products=[self.product], **self.by(who)), who)

    def take_out(self, who: str, how: str, *lines: tuple[str, object]) -> str:
        return self.enter(events.take_out(TakeOut(how, lines_of(lines)), **self.by(who)), who)

    def observe(self, who: str, step: str, *batches: str) -> str:
        return self.enter(events.observe(Observe(step, batches), **self.by(who)), who)

    def correct(self, who: str, event_id: str, by: str | None = None) -> str:
        command = Correct(event_id, "incorrect_data")
        event = events.correct(command, original=self.events[event_id], time=self.now)
        return self.enter(event, by or who)

    def hold(self, batch: str, reason: str = "检出超标") -> None:
        self.book.holds.append(Stop(batch, "H1", reason, f"{BASE}/p/inspector"))

    # -- judging and booking ---------------------------------------------------------------------------------

    def enter(self, event: dict[str, Any], who: str) -> str:
        """Enforce and book. Every act that passes is held against what must be true of all of them."""
        parsed = Event.of_body(parse_body(make_body({"event": event}, bytes(16))))
        by = self.party(who).uri
        outcome = enforce(parsed, self.book, by)
        assert interpret(parsed, self.book, by) == outcome, "a rebuild would come to another outcome"
        self.book.apply(parsed, outcome, by)
        self.check(outcome)
        self.now += timedelta(minutes=1)
        if parsed.error is None:
            self.events[parsed.event_id] = event
        return parsed.event_id

    def check(self, outcome: Outcome) -> None:
        """No kilogram comes from nowhere or gets lost, and nobody holds less than nothing."""
        sums: dict[str, Decimal] = {}
        for posting in outcome.postings:
            sums[posting.batch] = sums.get(posting.batch, Decimal(0)) + posting.amount
        assert not any(sums.values())
        for (_, account), amount in self.book.accounts.items():
            assert account.kind not in REAL or amount > 0
            if account.container and account.kind in REAL:
                box = self.book.containers[account.container]
                assert (box.place.kind, box.place.ref) == (account.kind, account.ref)

    def by(self, who: str) -> dict[str, Any]:
        return {
            "party": self.party(who),
            "event_id": f"urn:uuid:{len(self.events):032d}",
            "time": self.now,
        }

    # -- looking ---------------------------------------------------------------------------------------------

    def holds(self, who: str, batch: str, container: str = "") -> Decimal:
        account = Account(AccountKind.HELD, self.party(who).uri, container)
        return self.book.accounts.get((batch, account), Decimal(0))

    def stands(self, kind: AccountKind, batch: str) -> Decimal:
        """What stands on all accounts of a kind."""
        found = (
            amount
            for (of, account), amount in self.book.accounts.items()
            if of == batch and account.kind is kind
        )
        return sum(found, Decimal(0))


def lines_of(lines: Any) -> tuple[Line, ...]:
    return tuple(Line(batch, kg(amount)) for batch, amount in lines)


def settled(batch: str, accepted: object, short: object = 0, rejected: object = 0, **more: Any) -> Settled:
    unit = more.pop("unit", "KGM")
    parts = (Decimal(str(part)) for part in (accepted, short, rejected))
    return Settled(batch, unit, *parts, **more)


def day(text: str) -> date:
    return date.fromisoformat(text)
