"""How the demo is told: a business does something at a time, through the same services as everybody.

Every act carries an idempotency key that counts up, so that a demo which was cut off half-way goes on where it
stopped, and one that is complete is only read back.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from importlib import resources
from typing import Any

from trace.domain.commands import (
    Line,
    NewBatch,
    Observe,
    Pack,
    Paper,
    Receive,
    Register,
    Settled,
    Ship,
    TakeOut,
    Transform,
    Unpack,
)
from trace.domain.model import Role
from trace.domain.refusals import UnknownParty
from trace.domain.units import Quantity
from trace.services import custody, parties
from trace.services.context import Actor, Context, Done, Once
from trace.services.parties import PartyDraft, ProductDraft

CHINA = timezone(timedelta(hours=8))


def catalog(name: str) -> dict[str, dict[str, Any]]:
    """One of the demo's TOML tables, by id."""
    return tomllib.loads(resources.files("trace.demo").joinpath(name).read_text(encoding="utf-8"))


@dataclass
class Story:
    """The businesses and products of the demo, and the acts they do. ``today`` is the day it is told on."""

    ctx: Context
    today: date
    progress: Callable[[], None]
    actors: dict[str, Actor] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)
    """The latest batch of each product, by the product's id."""
    acts: int = 0

    def at(self, days_ago: int, clock: str) -> datetime:
        """So many days before today, at a time of day in China."""
        hours, minutes = clock.split(":")
        return datetime.combine(
            self.today - timedelta(days=days_ago), time(int(hours), int(minutes)), tzinfo=CHINA
        )

    # -- the cast ------------------------------------------------------------------------------------------

    def cast(self) -> None:
        """Register every business and product that is not there yet."""
        operator = parties.operator(self.ctx)
        for id, row in catalog("parties.toml").items():
            try:
                party = parties.find_party(self.ctx, id)
            except UnknownParty:
                draft = PartyDraft(id=id, **{**row, "role": Role(row["role"])})
                parties.register_party(self.ctx, operator, draft)
                party = parties.find_party(self.ctx, id)
            self.actors[id] = Actor(party)
            self.progress()
        for id, row in catalog("products.toml").items():
            fields = {name: value for name, value in row.items() if name not in ("owner", "units")}
            units = {unit: Decimal(factor) for unit, factor in row.get("units", {}).items()}
            owner = self.actors[row["owner"]]
            parties.register_product(
                self.ctx, owner, ProductDraft(id=id, units=units, **fields), self.once(f"product {id}")
            )
            self.progress()

    # -- acts ----------------------------------------------------------------------------------------------

    def register(self, who: str, product: str, amount: str, when: datetime, **more: Any) -> str:
        """A batch comes into being; its URI."""
        step = more.pop("step", "commissioning")
        papers, note, supplier = more.pop("papers", ()), more.pop("note", None), more.pop("supplier", None)
        draft = NewBatch(uri="", product=product, quantity=_quantity(amount), produced=when.date(), **more)
        command = Register(draft, step, _papers(papers), supplier, note, when)
        (self.made[product],) = self._batches(self.do(custody.register, who, command))
        return self.made[product]

    def send(self, route: str, lines: list[tuple[str, str]], left: datetime, **more: Any) -> str:
        """``route`` is "A>B": A ships to B, who has not confirmed it yet; the delivery's URI."""
        who, to = route.split(">")
        command = Ship(
            shipment="",
            to=to,
            lines=_lines(lines),
            containers=tuple(more.pop("containers", ())),
            papers=_papers(more.pop("papers", ())),
            time=left,
            **more,
        )
        return str(self.do(custody.ship, who, command).result["shipment"])

    def deliver(
        self, route: str, lines: list[tuple[str, str]], left: datetime, arrived: datetime, **more: Any
    ) -> None:
        """``route`` is "A>B": A ships, B confirms what arrived (in full unless ``settled`` says otherwise)."""
        settled: tuple[Settled, ...] = more.pop("settled", ())
        received = more.pop("received", None)
        shipment = self.send(route, lines, left, **more)
        to = route.split(">")[1]
        self.do(custody.receive, to, Receive(shipment, lines=settled, note=received, time=arrived))

    def observe(self, who: str, batches: list[str], when: datetime, finding: str, **more: Any) -> None:
        """A test, a gate check, a sample kept: nothing moves."""
        command = Observe(
            step=more.get("step", "inspecting"),
            batches=tuple(batches),
            papers=_papers(more.get("papers", ())),
            finding=finding,
            time=when,
            result=more.get("result"),
        )
        self.do(custody.observe, who, command)

    def transform(
        self,
        who: str,
        inputs: list[tuple[str, str]],
        outputs: list[dict[str, Any]],
        when: datetime,
        **more: Any,
    ) -> list[str]:
        """Inputs become new batches; their URIs."""
        made = tuple(
            NewBatch(uri="", quantity=_quantity(out.pop("amount")), produced=when.date(), **out)
            for out in outputs
        )
        loss = more.pop("loss", None)
        command = Transform(
            inputs=_lines(inputs),
            outputs=made,
            loss=_quantity(loss) if loss else None,
            papers=_papers(more.pop("papers", ())),
            time=when,
            **more,
        )
        uris = self._batches(self.do(custody.transform, who, command))
        self.made |= zip((batch.product for batch in made), uris, strict=True)
        return uris

    def pack(self, who: str, container: str, when: datetime, **more: Any) -> None:
        """Goods or smaller units go into a logistic unit."""
        lines, inner = more.get("lines", []), more.get("containers", [])
        self.do(custody.pack, who, Pack(container, _lines(lines), tuple(inner), when))

    def unpack(self, who: str, container: str, when: datetime) -> None:
        """Everything comes out of a logistic unit."""
        self.do(custody.unpack, who, Unpack(container, time=when))

    def take_out(
        self, who: str | Actor, how: str, lines: list[tuple[str, str]], when: datetime, **more: Any
    ) -> None:
        """Goods are sold, served or destroyed; an actor may be somebody who enters for another (代录)."""
        self.do(custody.take_out, who, TakeOut(how, _lines(lines), time=when, **more))

    def do(self, act: Callable[..., Done], who: str | Actor, *said: Any, **more: Any) -> Done:
        """Anything that a service does for an actor under an idempotency key."""
        self.acts += 1
        actor = self.actors[who] if isinstance(who, str) else who
        done = act(self.ctx, actor, *said, self.once(f"act {self.acts}"), **more)
        self.progress()
        return done

    def once(self, name: str) -> Once:
        """The idempotency key of one thing that is done."""
        return Once(f"demo/{name}", hashlib.sha256(name.encode()).hexdigest())

    @staticmethod
    def _batches(done: Done) -> list[str]:
        return [batch["uri"] for batch in done.result["batches"]]


def _quantity(text: str) -> Quantity:
    amount, unit = text.split()
    return Quantity.parse(amount, unit)


def _lines(lines: list[tuple[str, str]]) -> tuple[Line, ...]:
    return tuple(Line(batch, _quantity(amount)) for batch, amount in lines)


def _papers(papers: object) -> tuple[Paper, ...]:
    return tuple(Paper(type, number) for type, number in papers)  # type: ignore[attr-defined]
