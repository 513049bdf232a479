"""Random acts of random businesses: whatever they try, the books hold."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.unit.domain.world import CASE, PALLET, World, settled
from trace.domain.custody import interpret
from trace.domain.epcis import Event
from trace.domain.model import Account, AccountKind, Shipment, ShipmentState
from trace.domain.refusals import Refusal

WHO = st.sampled_from(["farm", "market", "stall", "factory"])
N = st.integers(0, 40)
PICKS = st.lists(st.tuples(N, st.sampled_from(["0.25", "0.5", "0.75", "1", "1.25"])), min_size=1, max_size=2)
NAMES = [CASE, PALLET, "https://id.gs1.org/00/395200000000000036"]


class Books(RuleBasedStateMachine):
    """``World.enter`` checks after each act: sums of zero, nothing below zero, and that a rebuild agrees."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        for who, lot in (("farm", "A"), ("farm", "B"), ("market", "C")):
            self.world.register(who, lot, 100)

    def attempt(self, undo: bool, act: Callable[..., Any], who: str, *args: Any, **more: Any) -> None:
        """A refused act leaves nothing behind; one that is declared wrong at once leaves nothing either."""
        before = self.picture()
        count = len(self.world.events)
        try:
            act(who, *args, **more)
        except Refusal as refusal:
            event(f"{act.__name__}: {refusal.code}")
            assert self.picture() == before
            return
        event(act.__name__)
        if undo and len(self.world.events) > count:
            self.world.correct(who, list(self.world.events)[-1])
            assert self.picture() == before

    def picture(self) -> Any:
        """All that can be seen of the goods; a delivery that was taken back is as if it had not been."""
        book = self.world.book
        live = {id: one for id, one in book.shipments.items() if one.state is not ShipmentState.VOID}
        return dict(book.accounts), dict(book.containers), live

    # -- choosing among what is there ------------------------------------------------------------------------

    def goods(self, who: str, picks: Any, box: str = "") -> list[tuple[str, Decimal]]:
        """Some of what a party holds, loose or in a box; at times more than it holds."""
        place = Account(AccountKind.HELD, self.world.party(who).uri, box)
        held = [(batch, n) for (batch, account), n in self.world.book.accounts.items() if account == place]
        chosen = [(held[n % len(held)], Decimal(part)) for n, part in picks if held]
        fit = ((batch, (amount * part).quantize(Decimal("0.000001"))) for (batch, amount), part in chosen)
        return [(batch, amount) for batch, amount in fit if amount > 0]

    def boxes(self, who: str, ns: list[int]) -> tuple[str, ...]:
        """Some of the logistic units that a party has in hand, the outermost or not."""
        place = Account(AccountKind.HELD, self.world.party(who).uri)
        mine = [uri for uri, box in self.world.book.containers.items() if box.place == place]
        return tuple(dict.fromkeys(mine[n % len(mine)] for n in ns if mine))

    def holder(self, n: int) -> str:
        """One of those who hold anything."""
        held = [account.ref for _, account in self.world.book.accounts if account.kind is AccountKind.HELD]
        return name_of(held[n % len(held)]) if held else "farm"

    def delivery(self, n: int, state: ShipmentState) -> Shipment | None:
        """One of the deliveries in a state."""
        found = [one for one in self.world.book.shipments.values() if one.state is state]
        return found[n % len(found)] if found else None

    # -- acts ------------------------------------------------------------------------------------------------

    @rule(who=WHO, lot=st.sampled_from("ABCDE"), undo=st.booleans())
    def register(self, who: str, lot: str, undo: bool) -> None:
        self.attempt(undo, self.world.register, who, lot, 100)

    @rule(n=N, to=WHO, picks=PICKS, ns=st.lists(N, max_size=1), undo=st.booleans())
    def ship(self, n: int, to: str, picks: Any, ns: list[int], undo: bool) -> None:
        who = self.holder(n)
        lines = self.goods(who, picks)
        self.attempt(undo, self.world.ship, who, to, *lines, containers=self.boxes(who, ns))

    @rule(n=N, undo=st.booleans())
    def receive_in_full(self, n: int, undo: bool) -> None:
        if (shipment := self.delivery(n, ShipmentState.OPEN)) is not None:
            self.attempt(undo, self.world.receive, name_of(shipment.receiver), shipment.id)

    @rule(who=WHO, n=N)
    def receive_what_is_not_there_or_not_mine(self, who: str, n: int) -> None:
        for state in ShipmentState:
            if (shipment := self.delivery(n, state)) is not None and name_of(shipment.receiver) != who:
                self.attempt(False, self.world.receive, who, shipment.id)

    @rule(n=N, parts=st.tuples(N, N), undo=st.booleans())
    def receive_in_part(self, n: int, parts: tuple[int, int], undo: bool) -> None:
        shipment = self.delivery(n, ShipmentState.OPEN)
        if shipment is None:
            return
        sent: dict[str, Decimal] = {}
        for (batch, account), amount in self.world.book.accounts.items():
            if account.kind is AccountKind.TRANSIT and account.ref == shipment.id:
                sent[batch] = sent.get(batch, Decimal(0)) + amount
        lines = []
        for batch, amount in sent.items():
            short = min(amount, Decimal(parts[0]))
            rejected = min(amount - short, Decimal(parts[1]) * 4)
            lines.append(settled(batch, amount - short - rejected, short, rejected, reason="压坏"))
        self.attempt(undo, self.world.receive, name_of(shipment.receiver), shipment.id, *lines)

    @rule(n=N, picks=PICKS, ns=st.lists(N, max_size=1), undo=st.booleans())
    def send_back(self, n: int, picks: Any, ns: list[int], undo: bool) -> None:
        shipment = self.delivery(n, ShipmentState.SETTLED)
        if shipment is not None:
            who, to = name_of(shipment.receiver), name_of(shipment.sender)
            lines, boxes = self.goods(who, picks), self.boxes(who, ns)
            more = {"containers": boxes, "returns": shipment.id}
            self.attempt(undo, self.world.ship, who, to, *lines, **more)

    @rule(n=N, box=st.sampled_from(NAMES), picks=PICKS, ns=st.lists(N, max_size=2), undo=st.booleans())
    def pack(self, n: int, box: str, picks: Any, ns: list[int], undo: bool) -> None:
        who = self.holder(n)
        self.attempt(undo, self.world.pack, who, box, *self.goods(who, picks), inside=self.boxes(who, ns))

    @rule(n=N, picks=PICKS, ns=st.lists(N, max_size=1), undo=st.booleans())
    def unpack(self, n: int, picks: Any, ns: list[int], undo: bool) -> None:
        who = self.holder(n)
        for box in self.boxes(who, [n, n + 1])[:1]:
            lines, inside = self.goods(who, picks, box), self.boxes(who, ns)
            self.attempt(undo, self.world.unpack, who, box, *lines, inside=inside)

    @rule(n=N, picks=PICKS, outputs=st.integers(1, 2), undo=st.booleans())
    def transform(self, n: int, picks: Any, outputs: int, undo: bool) -> None:
        who = self.holder(n)
        inputs = dict(self.goods(who, picks))
        total = sum(inputs.values(), Decimal(0))
        share = (total / 4).quantize(Decimal("0.0001"))
        lots = [f"{len(self.world.events)}-{n}" for n in range(outputs)]
        if inputs and share:
            made = dict.fromkeys(lots, share)
            self.attempt(undo, self.world.transform, who, inputs, made, loss=total - share * outputs)

    @rule(
        who=WHO, how=st.sampled_from(["sell", "serve", "destroy", "expire"]), picks=PICKS, undo=st.booleans()
    )
    def take_out(self, who: str, how: str, picks: Any, undo: bool) -> None:
        self.attempt(undo, self.world.take_out, who, how, *self.goods(who, picks))

    @rule(n=N)
    def correct_something_older(self, n: int) -> None:
        events = [id for id, record in self.world.book.events.items() if not record.corrected]
        if events:
            chosen = events[-1 - n % len(events)]
            by = name_of(self.world.book.events[chosen].by)
            self.attempt(False, self.world.correct, by, chosen)

    @invariant()
    def nothing_is_lost_and_nothing_unexplained(self) -> None:
        totals: dict[str, Decimal] = {}
        for (batch, account), amount in self.world.book.accounts.items():
            totals[batch] = totals.get(batch, Decimal(0)) + amount
            assert account.kind is not AccountKind.UNEXPLAINED
        assert not any(totals.values())

    @invariant()
    def what_an_event_does_follows_from_the_book_alone(self) -> None:
        for event_id in list(self.world.events)[-1:]:
            told = Event.parse(self.world.events[event_id])
            by = self.world.book.events[event_id].by
            first, second = (interpret(told, self.world.book, by, entered=True) for _ in range(2))
            assert said(first) == said(second)


def said(outcome: Any) -> Any:
    """An outcome as values: problems compare by what they say."""
    fields = {name: value for name, value in vars(outcome).items() if name != "problems"}
    return fields, [(problem.code, problem.params()) for problem in outcome.problems]


def name_of(party: str) -> str:
    return party.rpartition("/")[2]


TestBooks = Books.TestCase
TestBooks.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
