"""What the lines of a ledger mean here: which act each is, on which goods, with which other party.

A plan only looks things up (and registers products that are new); the acts themselves are run by ``importing``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import partial

from trace.domain.commands import Line as Goods
from trace.domain.commands import NewBatch, Paper, Receive, Register, Settled, Ship, TakeOut
from trace.domain.model import Party, Product
from trace.domain.refusals import Refusal
from trace.domain.units import Quantity, plain
from trace.interop.ledger_headings import LedgerKind
from trace.interop.ledger_rows import Line
from trace.services.importing.desk import Desk, Index, LineRefused, Planned
from trace.store import queries
from trace.store.queries.results import BatchInfo, DeliveryInfo, DeliveryLine


def plan(desk: Desk, lines: Sequence[Line]) -> list[Planned]:
    """The acts that these lines stand for, in the order of their first lines; what is wrong is noted on the desk."""
    return sorted(_PLANS[desk.file.kind](desk, lines), key=lambda planned: planned.lines[0].row)


# -- what was made -------------------------------------------------------------------------------------------


def _made(desk: Desk, lines: Sequence[Line]) -> Iterator[Planned]:
    """Each lot of a product is one batch, in however many lines it stands."""
    batches: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in lines:
        # Without a lot every line is a batch of its own.
        batches[line.gtin or line.product, line.lot or f"\0{line.row}"].append(line)
    for several in batches.values():
        if (planned := desk.tried(several[0], partial(_batch, desk, several))) is not None:
            yield planned


def _batch(desk: Desk, lines: Sequence[Line]) -> Planned:
    first = lines[0]
    for line in lines[1:]:
        for key in ("unit", "produced", "expires"):
            if getattr(line, key) != getattr(first, key):
                raise LineRefused("import_lot_differs", key, lot=first.lot, row=str(line.row))
    product = desk.product(first)
    total = sum((line.quantity for line in lines), Decimal(0))
    command = Register(
        _new(first, product, Quantity(total, first.unit)),
        papers=_papers(lines),
        note=_note(lines),
        time=desk.moment(first),
    )
    return Planned(tuple(lines), "register", command, product.name)


def _new(line: Line, product: Product, quantity: Quantity) -> NewBatch:
    return NewBatch(
        uri="",
        product=product.uri,
        quantity=quantity,
        lot=line.lot or None,
        produced=line.produced,
        expires=line.expires,
        specification=line.specification or None,
    )


def _papers(lines: Iterable[Line], without: str = "") -> tuple[Paper, ...]:
    papers = dict.fromkeys(paper for line in lines for paper in line.papers)
    return tuple(paper for paper in papers if paper.number != without)


def _note(lines: Iterable[Line]) -> str | None:
    return "; ".join(dict.fromkeys(line.remark for line in lines if line.remark))[:1000] or None


# -- what came in --------------------------------------------------------------------------------------------


def _came_in(desk: Desk, lines: Sequence[Line]) -> Iterator[Planned]:
    """From a registered supplier a line of a delivery that is on its way; from another what the buyer says of it."""
    waiting = _Waiting(desk)
    for line in lines:
        if (planned := desk.tried(line, partial(_outside_or_delivered, desk, waiting, line))) is not None:
            yield planned
    yield from waiting.settled()


def _outside_or_delivered(desk: Desk, waiting: _Waiting, line: Line) -> Planned | None:
    assert line.who is not None  # noqa: S101  # for the type checker: a line without one is not read
    supplier = desk.party(line.who)
    if supplier is not None:
        waiting.match(line, supplier)
        return None
    if not line.quantity:
        desk.notice(line, "import_nothing_in", "quantity")
        return None
    if line.short or line.rejected:
        desk.notice(line, "import_short_outside", "quantity")
    product = desk.product(line)
    command = Register(
        _new(line, product, Quantity(line.quantity, line.unit)),
        papers=_papers([line]),
        supplier=line.who,
        note=line.remark or None,
        time=desk.moment(line),
    )
    return Planned((line,), "enter", command, product.name, line.who.name)


class _Waiting:
    """The deliveries on their way to the actor, and which line of the ledger settles which line of them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._from: dict[str, Index[tuple[DeliveryInfo, DeliveryLine]]] = defaultdict(Index)
        self._deliveries: dict[str, DeliveryInfo] = {}
        self._matched: dict[str, dict[str, Line]] = defaultdict(dict)
        for delivery in desk.every(queries.shipments, desk.actor.uri, direction="in", state="open"):
            self._deliveries[delivery.shipment] = delivery
            for part in delivery.lines:
                self._from[delivery.sender.uri].add(part.info, (delivery, part))

    def match(self, line: Line, supplier: Party) -> None:
        """Find the delivery's line that this one speaks of. Raises LineRefused."""
        found = [
            (delivery, part)
            for info, (delivery, part) in self._from[supplier.uri].find(line)
            if info.uri not in self._matched[delivery.shipment]
        ]
        if not found:
            raise LineRefused("import_no_delivery", "supplier_name", supplier=supplier.name)
        for narrower in (self._named_in_papers, self._of_that_amount):
            found = [one for one in found if narrower(line, *one)] or found
        if len({part.info.uri for _, part in found}) > 1:
            raise LineRefused("import_batch_ambiguous", "lot", lots=_lots(part.info for _, part in found))
        # Of deliveries that hold the same of the same batch, the one that left first came first.
        delivery, part = min(found, key=lambda one: (one[0].shipped, one[0].index))
        self._matched[delivery.shipment][part.info.uri] = line

    def settled(self) -> Iterator[Planned]:
        """An act for each delivery of which lines were found."""
        for shipment, matched in self._matched.items():
            lines = sorted(matched.values(), key=lambda line: line.row)
            if lines:
                receive = partial(self._receive, self._deliveries[shipment], matched, lines)
                if (planned := self._desk.tried(lines[0], receive)) is not None:
                    yield planned

    def _named_in_papers(self, line: Line, delivery: DeliveryInfo, _part: DeliveryLine) -> bool:
        return any(delivery.shipment == paper.number for paper in line.papers)

    def _of_that_amount(self, line: Line, _delivery: DeliveryInfo, part: DeliveryLine) -> bool:
        stated = line.quantity + line.short + line.rejected
        try:
            return self._desk.base(line, part.info, stated) == part.shipped
        except Refusal:
            return False

    def _receive(self, delivery: DeliveryInfo, matched: dict[str, Line], lines: Sequence[Line]) -> Planned:
        missing = [part for part in delivery.lines if part.info.uri not in matched]
        if missing and not self._desk.file.errors:  # else the line may be there, and wrong
            raise LineRefused("import_delivery_line_missing", "product", **_told(missing[0]))
        here = [part for part in delivery.lines if part not in missing]
        settled = [self._settled(part, matched[part.info.uri]) for part in here]
        shipped = [part.shipped for part in delivery.lines]
        whole = [part.accepted for part in settled] == shipped
        command = Receive(
            delivery.shipment,
            lines=() if whole else tuple(settled),
            papers=_papers(lines, without=delivery.shipment),
            note=_note(lines),
            time=self._desk.moment(lines[0], earliest=delivery.shipped),
        )
        sender = delivery.sender.name or delivery.sender.uri
        return Planned(tuple(lines), "receive", command, _names(part.info for part in here), sender, matched)

    def _settled(self, part: DeliveryLine, line: Line) -> Settled:
        accepted, short, rejected = (
            self._desk.base(line, part.info, amount) for amount in (line.quantity, line.short, line.rejected)
        )
        rest, unit = part.shipped - accepted - short - rejected, part.info.batch.unit
        if rest > 0 and not (line.short or line.rejected):
            short = rest
            self._desk.notice(line, "import_short_assumed", "quantity", short=plain(rest), unit=unit)
        return Settled(part.info.uri, unit, accepted, short, rejected, line.remark[:200] or None)


def _told(part: DeliveryLine) -> dict[str, str]:
    batch = part.info.batch
    lot = batch.lot or batch.code or batch.uri
    return {"product": _names([part.info]), "lot": lot, "shipped": plain(part.shipped), "unit": batch.unit}


def _names(infos: Iterable[BatchInfo]) -> str:
    return "、".join(dict.fromkeys(info.product.name if info.product else info.uri for info in infos))[:200]


def _lots(infos: Iterable[BatchInfo]) -> str:
    return "、".join(sorted({info.batch.lot or info.batch.code or info.uri for info in infos})[:5])


# -- what went out -------------------------------------------------------------------------------------------


def _went_out(desk: Desk, lines: Sequence[Line]) -> Iterator[Planned]:
    """To a registered buyer a delivery, one for each day and papers; to others a sale."""
    held: Index[BatchInfo] = Index()
    for holding in desk.every(queries.holdings, desk.actor.uri):
        held.add(holding.info, holding.info)
    deliveries: dict[tuple[object, ...], list[tuple[Line, BatchInfo, Party]]] = defaultdict(list)

    def find() -> Planned | None:
        info = _one_of(held, line)
        buyer = desk.party(line.who) if line.who else None
        if buyer is None:
            return _sale(desk, line, info)
        deliveries[buyer.uri, line.when, line.clock, line.papers].append((line, info, buyer))
        return None

    for line in lines:
        if (planned := desk.tried(line, find)) is not None:
            yield planned
    for several in deliveries.values():
        yield _delivery(desk, several)


def _one_of(held: Index[BatchInfo], line: Line) -> BatchInfo:
    found = [info for info, _ in held.find(line)]
    if not found:
        raise LineRefused("import_not_held", "trace_code" if line.trace_code else "product")
    if len(found) > 1:
        raise LineRefused("import_batch_ambiguous", "lot", lots=_lots(found))
    return found[0]


def _sale(desk: Desk, line: Line, info: BatchInfo) -> Planned:
    goods = (Goods(info.uri, Quantity(line.quantity, line.unit)),)
    command = TakeOut(
        "sell", goods, papers=line.papers, buyer=line.who, note=line.remark or None, time=desk.moment(line)
    )
    return Planned((line,), "sell", command, _names([info]), line.who.name if line.who else "")


def _delivery(desk: Desk, several: Sequence[tuple[Line, BatchInfo, Party]]) -> Planned:
    lines = tuple(line for line, _, _ in several)
    buyer = several[0][2]
    command = Ship(
        shipment="",
        to=buyer.uri,
        lines=tuple(Goods(info.uri, Quantity(line.quantity, line.unit)) for line, info, _ in several),
        papers=lines[0].papers,
        note=_note(lines),
        time=desk.moment(lines[0]),
    )
    by_batch = {info.uri: line for line, info, _ in several}
    return Planned(lines, "ship", command, _names(info for _, info, _ in several), buyer.name, by_batch)


_PLANS: dict[LedgerKind, Callable[[Desk, Sequence[Line]], Iterable[Planned]]] = {
    LedgerKind.PRODUCTION: _made,
    LedgerKind.GOODS_IN: _came_in,
    LedgerKind.SALES: _went_out,
}
