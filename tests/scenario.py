"""A small world for tests of the service: a few businesses, their goods, and what they do, said in sentences.

The clock moves only when told and randomness counts up, so that a run is the same every time; everything else
is real. Amounts are text: "120 KGM".
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import Engine, func, select

from trace import bootstrap
from trace.config import Config
from trace.domain.commands import (
    Correct,
    Line,
    NewBatch,
    Pack,
    Receive,
    Register,
    Settled,
    Ship,
    TakeOut,
    Transform,
    Unpack,
)
from trace.domain.model import Role
from trace.domain.refusals import Refusal
from trace.domain.units import Quantity
from trace.ledger import checkpoint
from trace.services import audit, custody, parties
from trace.services.context import Actor, Context, Done, Once
from trace.services.parties import PartyDraft, ProductDraft
from trace.store import queries
from trace.store.engine import reading
from trace.store.log import LogReader, Record
from trace.store.tables import entries, metadata

R = TypeVar("R", bound=Refusal)

BASE_URL = "https://trace.example"
ORIGIN = "trace.example/ledger"
MORNING = datetime(2026, 11, 2, 0, 30, tzinfo=UTC)
PALLET = "https://id.gs1.org/00/095200000000000011"
CRATE = "https://id.gs1.org/00/095200000000000028"
GTIN = "09520000000011"

CAST = {
    "farm": Role.PRODUCER,
    "plant": Role.PROCESSOR,
    "market": Role.WHOLESALER,
    "stall": Role.STALL,
    "canteen": Role.CANTEEN,
    "carrier": Role.CARRIER,
    "laboratory": Role.LABORATORY,
    "inspector": Role.INSPECTOR,
}


class Clock:
    """Tells the time it was set to."""

    def __init__(self, start: datetime = MORNING) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


class Counting:
    """Bytes that look random and are the same in every run."""

    def __init__(self, seed: str = "scenario") -> None:
        self._seed = seed
        self._count = itertools.count()

    def __call__(self, size: int) -> bytes:
        stream = hashlib.shake_256(f"{self._seed} {next(self._count)}".encode())
        return stream.digest(size)


def config(var: Path, url: str, **more: str) -> Config:
    """Settings of a service in a test; checkpoints are signed when a test asks for one."""
    return Config.from_environment(environment(var, url, **more))


def environment(var: Path, url: str, **more: str) -> dict[str, str]:
    """The same, as a process would be given it."""
    return {
        "TRACE_VAR": str(var),
        "TRACE_DATABASE_URL": url,
        "TRACE_BASE_URL": BASE_URL,
        "TRACE_ORIGIN": ORIGIN,
        "TRACE_CHECKPOINT_SECONDS": "3600",
        **more,
    }


@contextmanager
def opened(
    var: Path,
    url: str,
    *,
    create: bool = True,
    clock: Callable[[], datetime] = bootstrap.now,
    random: Callable[[int], bytes] | None = None,
) -> Iterator[Context]:
    """A service as the program would start it, its connections closed at the end."""
    more: dict[str, Any] = {} if random is None else {"random": random}
    ctx = bootstrap.build(config(var, url), create=create, clock=clock, **more)
    try:
        yield ctx
    finally:
        ctx.sequencer.engine.dispose()


@dataclass
class World:
    """The cast, and what they can be told to do. ``attacked``: the ledger is no longer meant to hold."""

    ctx: Context
    clock: Clock
    var: Path
    url: str
    actors: dict[str, Actor] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    products: dict[str, str] = field(default_factory=dict)
    attacked: bool = False

    @property
    def engine(self) -> Engine:
        return self.ctx.sequencer.engine

    def __getitem__(self, name: str) -> Actor:
        return self.actors[name]

    # -- the cast ----------------------------------------------------------------------------------------

    def cast(self) -> World:
        """Register everybody, and three products of the farm and the plant."""
        operator = parties.operator(self.ctx)
        for name, role in CAST.items():
            done = parties.register_party(self.ctx, operator, PartyDraft(name=name, role=role, id=name))
            self.tokens[name] = done.secret or ""
            self.actors[name] = Actor(parties.find_party(self.ctx, name))
        self.actors["operator"] = operator
        self.product("farm", "apples", "KGM", units={"CS": "10"}, shelf_days=30)
        self.product("farm", "milk", "KGM", gtin=GTIN)
        self.product("plant", "juice", "LTR")
        self.product("plant", "slices", "KGM")
        return self

    def product(self, who: str, name: str, unit: str, **more: Any) -> str:
        units = {other: Decimal(factor) for other, factor in more.pop("units", {}).items()}
        draft = ProductDraft(name=name, unit=unit, units=units, id=name, **more)
        self.products[name] = parties.register_product(self.ctx, self[who], draft).result["uri"]
        return self.products[name]

    # -- acts --------------------------------------------------------------------------------------------

    def register(
        self,
        who: str,
        amount: str,
        product: str = "apples",
        *,
        time: datetime | None = None,
        key: Once | None = None,
        **more: Any,
    ) -> str:
        """A batch comes into being; its URI."""
        draft = new(self.products[product], amount, **more)
        done = custody.register(self.ctx, self[who], Register(draft, time=time), key)
        return str(done.result["batches"][0]["uri"])

    def ship(self, who: str, to: str, *lines: tuple[str, str], key: Once | None = None, **more: Any) -> str:
        """Goods leave; the delivery's URI."""
        return str(self.shipping(who, to, *lines, key=key, **more).result["shipment"])

    def shipping(
        self, who: str, to: str, *lines: tuple[str, str], key: Once | None = None, **more: Any
    ) -> Done:
        containers = tuple(more.pop("containers", ()))
        command = Ship(shipment="", to=self[to].uri, lines=quantities(lines), containers=containers, **more)
        return custody.ship(self.ctx, self[who], command, key)

    def receive(self, who: str, shipment: str, *settled: Settled, **more: Any) -> Done:
        """In full, or as ``settled`` says."""
        return custody.receive(self.ctx, self[who], Receive(shipment, lines=settled, **more))

    def deliver(self, who: str, to: str, *lines: tuple[str, str], **more: Any) -> str:
        """Ship and receive in full; the delivery's URI."""
        shipment = self.ship(who, to, *lines, **more)
        self.receive(to, shipment)
        return shipment

    def pack(self, who: str, container: str, *lines: tuple[str, str], containers: Iterable[str] = ()) -> Done:
        return custody.pack(self.ctx, self[who], Pack(container, quantities(lines), tuple(containers)))

    def unpack(self, who: str, container: str, *lines: tuple[str, str]) -> Done:
        return custody.unpack(self.ctx, self[who], Unpack(container, quantities(lines)))

    def transform(
        self, who: str, inputs: Iterable[tuple[str, str]], *outputs: NewBatch, loss: str | None = None
    ) -> list[str]:
        """Inputs become new batches; their URIs."""
        lost = quantity(loss) if loss else None
        done = custody.transform(self.ctx, self[who], Transform(quantities(inputs), outputs, loss=lost))
        return [batch["uri"] for batch in done.result["batches"]]

    def take_out(self, who: str, how: str, *lines: tuple[str, str], **more: Any) -> Done:
        return custody.take_out(self.ctx, self[who], TakeOut(how, quantities(lines), **more))

    def correct(self, who: str, event_id: str | None, reason: str = "incorrect_data") -> Done:
        assert event_id is not None
        return custody.correct(self.ctx, self[who], Correct(event_id, reason))

    # -- what can be seen --------------------------------------------------------------------------------

    def holds(self, who: str, batch: str) -> Decimal:
        """How much of a batch lies in a party's hands, packed or not."""
        return sum(
            (
                lying.amount
                for lying in self.ctx.sequencer.read(
                    lambda connection: queries.who_holds(connection, self.ctx.ledger, batch)
                )
                if lying.kind == "held" and lying.where.uri == self[who].uri
            ),
            Decimal(0),
        )

    def balance(self, batch: str) -> dict[str, Decimal]:
        """The sum on each kind of account of a batch."""
        found = self.ctx.sequencer.read(
            lambda connection: queries.mass_balance(connection, self.ctx.ledger, batch)
        )
        assert found is not None
        return {line.kind: found.total(line.kind) for line in found.lines}

    def size(self) -> int:
        """How many entries are in the ledger, counted in its table."""
        return self.ctx.sequencer.read(
            lambda connection: connection.execute(select(func.count()).select_from(entries)).scalar_one()
        )

    def head(self) -> tuple[int, bytes]:
        """Size and root as the head's row has them."""
        head = self.ctx.sequencer.read(lambda connection: LogReader(connection, self.ctx.ledger).head())
        return head.size, head.root

    def record(self, index: int) -> Record:
        """One entry with its statement and bodies."""
        return self.ctx.sequencer.read(
            lambda connection: LogReader(connection, self.ctx.ledger).record(index)
        )

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table, to show that nothing changed."""
        with reading(self.engine) as connection:
            return {
                table.name: [
                    tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))
                ]
                for table in metadata.sorted_tables
            }

    @contextmanager
    def refuses(self, kind: type[R], **numbers: object) -> Iterator[None]:
        """The act inside is refused for this reason, with these numbers, and leaves no trace in any table."""
        before = self.tables()
        with pytest.raises(kind) as caught:
            yield
        assert type(caught.value) is kind
        assert {name: getattr(caught.value, name) for name in numbers} == numbers
        assert self.tables() == before

    def verify(
        self, remembered: checkpoint.Checkpoint | None = None, *, everything: bool = True
    ) -> audit.Audit:
        return audit.verify(self.ctx, remembered=remembered, everything=everything)


@contextmanager
def world(var: Path, url: str) -> Iterator[World]:
    """The world with its cast registered; at the end the whole ledger must verify, unless it was attacked."""
    clock = Clock()
    with opened(var, url, clock=clock, random=Counting()) as ctx:
        yield from _verified(World(ctx, clock, var, url).cast())


@contextmanager
def copied(prepared: World, var: Path, url: str) -> Iterator[World]:
    """The same of a ledger that is a copy of a prepared one."""
    clock = Clock()
    with opened(var, url, create=False, clock=clock, random=Counting("copy")) as ctx:
        known = {name: dict(getattr(prepared, name)) for name in ("actors", "tokens", "products")}
        yield from _verified(World(ctx, clock, var, url, **known))


def _verified(made: World) -> Iterator[World]:
    yield made
    if not made.attacked:
        # Rebuilding aside takes as long as many a test. What it judges is the same code over the same records on
        # either database, so here SQLite speaks for both; test_rebuild compares the tables of PostgreSQL too.
        verdict = made.verify(everything=made.engine.dialect.name == "sqlite")
        assert verdict.ok, verdict.failed


def quantity(text: str) -> Quantity:
    """ "120 KGM" as a quantity."""
    amount, unit = text.split()
    return Quantity.parse(amount, unit)


def quantities(lines: Iterable[tuple[str, str]]) -> tuple[Line, ...]:
    """(batch, "120 KGM") as lines."""
    return tuple(Line(batch, quantity(text)) for batch, text in lines)


def new(product: str, amount: str, **more: Any) -> NewBatch:
    """A batch to be made of a product."""
    return NewBatch(uri="", product=product, quantity=quantity(amount), **more)
