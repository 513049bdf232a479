"""Records of a chain as an inspector reads them: who, to whom, how much of what became of it, on which papers, and
whether it came in time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from trace.domain import causes
from trace.domain.clocks import Running
from trace.domain.model import AccountKind, Shipment, ShipmentState
from trace.domain.papers import number_of
from trace.services.context import Context
from trace.store.book import exact_sum
from trace.store.queries.attention import flags_of
from trace.store.queries.dossier import Mark, marks
from trace.store.queries.names import batch_infos
from trace.store.queries.reports import Act, Around, around
from trace.store.queries.results import Flag, Named

# Accounts that an amount can come from or go to, by what is said of it.
_GONE = {
    AccountKind.USED: "used",
    AccountKind.SOLD: "sold",
    AccountKind.SERVED: "served",
    AccountKind.DESTROYED: "destroyed",
    AccountKind.EXPIRED: "expired",
    AccountKind.SHORT: "short",
}


_NOTES = ("process", "note", "reason", "vehicle")

WORDS = ("made", "unexplained", "sent", "accepted", "short", "rejected", *_GONE.values())
"""What can become of an amount, in the order in which it is told."""


@dataclass(frozen=True)
class Amount:
    """So much of a batch, in its base unit, and what became of it in a record: one of WORDS."""

    batch: str
    what: str
    amount: Decimal
    unit: str


@dataclass(frozen=True)
class Row:
    """One record of a chain. ``clock`` ran for its confirmation or entry; ``open``: nobody has confirmed it yet.

    ``result`` is what a look found (``causes.RESULT``), ``finding`` its words. ``remarks`` are notes and reasons as
    they were written, ``photos`` the SHA-256 of each picture of what was refused.
    """

    index: int
    event_id: str
    type: str
    step: str
    time: datetime
    recorded: datetime
    holder: Named
    by: Named
    sender: Named | None
    receiver: Named | None
    amounts: tuple[Amount, ...]
    papers: tuple[tuple[str, str], ...]
    flags: tuple[Flag, ...]
    clock: Running | None
    open: bool
    corrected: bool
    copied: bool
    finding: str | None
    result: str | None
    remarks: tuple[str, ...]
    photos: tuple[str, ...]
    batches: tuple[str, ...]

    @property
    def late(self) -> bool:
        """Whether it was, or still is, confirmed or entered too late."""
        return self.clock is not None and self.clock.late


class Desk:
    """Makes rows of acts, with all that is known around them."""

    def __init__(self, ctx: Context, connection: Connection, acts: Sequence[Act], now: datetime) -> None:
        indices = [act.index for act in acts]
        self._clocks = ctx.clocks
        self._now = now
        self._acts = acts
        self.around: Around = around(connection, ctx.ledger, acts)
        self._marks = marks(connection, ctx.ledger, {*indices, *(act.opened or act.index for act in acts)})
        self._flags = flags_of(connection, ctx.ledger, indices)
        named = {posting.batch for act in acts for posting in act.postings}
        self._infos = batch_infos(connection, ctx.ledger, named)

    def rows(self) -> list[Row]:
        """Every act as a row but those that only declare another one wrong, in the order of when they happened."""
        return [self._row(act) for act in self._acts if not self._marks[act.index].declares_error]

    def _row(self, act: Act) -> Row:
        mark, delivery = self._marks[act.index], act.delivery
        waiting = act.opens is not None and delivery is not None and delivery.state is ShipmentState.OPEN
        event = act.event
        finding = event.extension("finding") if event else None
        return Row(
            index=act.index,
            event_id=act.event_id,
            type=act.type,
            step=step_word(act.step, mark.disposition),
            time=act.time,
            recorded=mark.recorded,
            holder=self._named(act.holder),
            by=self._named(act.by),
            sender=self._named(delivery.sender) if delivery and act.settles else None,
            receiver=self._named(delivery.receiver) if delivery and act.opens else None,
            amounts=tuple(self._amounts(act)),
            papers=self._papers(act),
            flags=self._flags.get(act.index, ()),
            clock=self._clock(act, mark, delivery, waiting),
            open=waiting,
            corrected=mark.corrected_by is not None,
            copied=mark.document is not None,
            finding=finding if isinstance(finding, str) else None,
            result=causes.result(event.extension("result")) if event else None,
            remarks=tuple(_remarks(act)),
            photos=tuple(one for line in _settled(act) for one in _texts(line.get("photos"))),
            batches=tuple(
                sorted({posting.batch for posting in act.postings} | set(event.classes if event else ()))
            ),
        )

    def _named(self, uri: str) -> Named:
        known = self.around.parties.get(uri)
        return Named(uri, known.name if known else None)

    def _papers(self, act: Act) -> tuple[tuple[str, str], ...]:
        """Kind and number of each paper; the delivery's own number is the ledger's and not a paper's."""
        own = {act.opens, act.settles}
        pairs = act.event.transactions if act.event else ()
        return tuple((kind, number_of(uri)) for kind, uri in pairs if uri not in own)

    def _clock(self, act: Act, mark: Mark, delivery: Shipment | None, waiting: bool) -> Running | None:
        """A buyer's clock begins when goods leave, but not before the ledger heard of it."""
        if act.settles is not None and delivery is not None and act.opened is not None:
            told = self._marks.get(act.opened)
            began = max(delivery.shipped, told.recorded) if told else delivery.shipped
            return self._clocks.confirming(began, mark.recorded)
        if waiting:
            return self._clocks.confirming(max(act.time, mark.recorded), self._now)
        if act.event is not None and isinstance(act.event.extension("supplier"), Mapping):
            return self._clocks.entering(act.time, mark.recorded)
        return None

    def _amounts(self, act: Act) -> Iterable[Amount]:
        for batch in sorted({posting.batch for posting in act.postings}):
            info = self._infos.get(batch)
            unit = info.batch.unit if info else ""
            for what, amount in sorted(_told(act, batch), key=lambda told: WORDS.index(told[0])):
                yield Amount(batch, what, amount, unit)


def _remarks(act: Act) -> Iterable[str]:
    """What was written beside the amounts: the process, a note, a reason, and why goods were short or rejected."""
    if act.event is not None:
        yield from (text for name in _NOTES if isinstance(text := act.event.extension(name), str))
    yield from (text for line in _settled(act) if isinstance(text := line.get("reason"), str))


def _settled(act: Act) -> list[Mapping[str, Any]]:
    lines = act.event.extension("settlement") if act.event else None
    return [line for line in lines if isinstance(line, Mapping)] if isinstance(lines, list | tuple) else []


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []


def _told(act: Act, batch: str) -> Iterable[tuple[str, Decimal]]:
    """What became of a batch in an act, out of what it booked."""
    sums: dict[tuple[AccountKind, str], Decimal] = {}
    for posting in act.postings:
        if posting.batch == batch:
            key = (posting.account.kind, posting.account.ref)
            sums[key] = exact_sum((sums.get(key, Decimal(0)), posting.amount))
    delivery = act.delivery
    for (kind, ref), amount in sorted(sums.items()):
        if kind is AccountKind.MADE and amount:
            yield "made", -amount
        elif kind is AccountKind.UNEXPLAINED and amount:
            yield "unexplained", -amount
        elif kind is AccountKind.TRANSIT and amount > 0:
            yield "sent", amount
        elif kind in _GONE and amount:
            yield _GONE[kind], amount
        elif kind is AccountKind.HELD and amount > 0 and not _comes_up(sums):
            settled = act.settles is not None and delivery is not None
            yield ("rejected" if settled and delivery and ref == delivery.sender else "accepted"), amount


def _comes_up(sums: Mapping[tuple[AccountKind, str], Decimal]) -> bool:
    """Whether goods came into being in the act: then that says how much is held."""
    return any(kind in (AccountKind.MADE, AccountKind.UNEXPLAINED) for kind, _ in sums)


def step_word(step: str | None, disposition: str | None) -> str:
    """The business step, told apart where EPCIS leaves it to the disposition (CBV 2.0, 7.1 and 7.2)."""
    told = {("shipping", "returned"): "returning", ("destroying", "expired"): "expired"}
    return told.get((step or "", disposition or ""), step or "")
