"""Where an imported ledger is looked over: what its lines name, what is said of them, and what they are matched to.

Nothing is guessed: a line that may mean two deliveries, batches or businesses is refused with what tells them apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from typing import Generic, TypeVar

from trace.domain.commands import Outside, Receive, Register, Ship, TakeOut
from trace.domain.model import Party, Product
from trace.domain.refusals import Refusal
from trace.domain.units import Quantity, UnitTable
from trace.identifiers import InvalidIdentifier
from trace.interop.cells import column_name
from trace.interop.ledger_headings import SIDE_OF
from trace.interop.ledger_rows import Finding, LedgerFile, Line
from trace.services import parties
from trace.services.context import Actor, Context
from trace.services.parties import ProductDraft
from trace.store import queries
from trace.store.queries.called import parties_called, products_called
from trace.store.queries.results import BatchInfo, Page
from trace.store.unit_of_work import UnitOfWork

T = TypeVar("T")

Command = Register | Receive | Ship | TakeOut

_PAGE = 200


class LineRefused(Exception):
    """A line means nothing certain here; ``code`` and ``params`` as of a finding, ``key`` the column it lies in."""

    def __init__(self, code: str, key: str, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.key = key
        self.params = params


@dataclass(frozen=True)
class Planned:
    """One act and the lines that it is made of. ``verb`` is register, enter, receive, ship or sell.

    ``goods`` and ``who`` are names for people: of the products, and of the supplier or buyer. ``by_batch`` says which
    line speaks of which batch that is known already.
    """

    lines: tuple[Line, ...]
    verb: str
    command: Command
    goods: str
    who: str = ""
    by_batch: Mapping[str, Line] = field(default_factory=dict)


@dataclass
class Desk:
    """One pass over a ledger: where it looks things up, and where it says what it saw."""

    ctx: Context
    uow: UnitOfWork
    actor: Actor
    file: LedgerFile
    errors: list[Finding] = field(default_factory=list)
    notices: list[Finding] = field(default_factory=list)
    _products: dict[tuple[str, str], Product] = field(default_factory=dict)
    _coded: dict[str, Party | None] = field(default_factory=dict)
    _called: dict[str, list[Party]] | None = None
    _own: dict[str, list[Product]] | None = None

    # -- what is said ----------------------------------------------------------------------------------------

    def refuse(self, line: Line, code: str, key: str, params: dict[str, str]) -> None:
        """Note why a line cannot be recorded."""
        self.errors.append(self._finding(line, code, key, params))

    def notice(self, line: Line, code: str, key: str, **params: str) -> None:
        """Note what whoever brought the ledger should know."""
        self.notices.append(self._finding(line, code, key, params))

    def _finding(self, line: Line, code: str, key: str, params: dict[str, str]) -> Finding:
        heading = self.file.headings.get(key)
        if heading is None:
            return Finding(code, line.row, params=params)
        address = line.cells.get(key) or f"{column_name(heading.column)}{line.row}"  # where it should stand
        return Finding(code, line.row, address, heading.text[:64], params)

    def tried(self, line: Line, find: Callable[[], T]) -> T | None:
        """What ``find`` makes of a line; None where it is refused, which is noted."""
        try:
            return find()
        except LineRefused as refused:
            self.refuse(line, refused.code, refused.key, refused.params)
        except (Refusal, InvalidIdentifier) as refused:
            self.refuse(line, refused.code, column_of(refused), refused.params())
        return None

    # -- what is looked up -----------------------------------------------------------------------------------

    def moment(self, line: Line, earliest: datetime | None = None) -> datetime | None:
        """When it happened. A day without a time is its noon, or now if that is still to come.

        On the day of ``earliest`` it is not before that: a delivery arrives after it has left.
        """
        if line.when is None:
            return None
        stated = datetime.combine(line.when, line.clock or time(12), tzinfo=self.ctx.zone)
        if line.clock is not None:
            return stated
        now = self.ctx.local(self.uow.now)
        if stated > now and line.when == now.date():
            stated = now
        if earliest is not None and earliest > stated and self.ctx.local(earliest).date() == line.when:
            return earliest
        return stated

    def party(self, who: Outside) -> Party | None:
        """The registered party that a line names, by its code or its very name; None for one outside."""
        if who.code:
            if who.code not in self._coded:
                self._coded[who.code] = queries.find_party(self.uow.connection, self.ctx.ledger, who.code)
            return self._coded[who.code]
        if self._called is None:
            names = {line.who.name for line in self.file.lines if line.who}
            self._called = parties_called(self.uow.connection, self.ctx.ledger, names)
        found = self._called.get(who.name, [])
        if len(found) > 1:
            raise LineRefused("import_party_ambiguous", f"{SIDE_OF[self.file.kind]}_name", name=who.name)
        return found[0] if found else None

    def product(self, line: Line) -> Product:
        """The product of a line: by its GTIN, else the actor's own of that name; registered where there is none."""
        key = (line.gtin, "" if line.gtin else line.product)
        if key not in self._products:
            self._products[key] = self._find_product(line)
        product = self._products[key]
        if line.gtin and line.product and line.product != product.name:
            self.notice(line, "import_name_differs", "product", here=product.name, there=line.product)
        return product

    def _find_product(self, line: Line) -> Product:
        connection, ledger = self.uow.connection, self.ctx.ledger
        if line.gtin:
            found = queries.find_product(connection, ledger, line.gtin)
        else:
            if self._own is None:
                self._own = products_called(connection, ledger, self.actor.uri)
            own = self._own.get(line.product, [])
            if len(own) > 1:
                raise LineRefused("import_product_ambiguous", "product", name=line.product)
            found = own[0] if own else None
        if found is not None:
            return found
        if not line.product:
            raise LineRefused("import_product_unknown", "gtin" if line.gtin else "product")
        draft = ProductDraft(
            line.product, line.unit, gtin=line.gtin or None, shelf_days=line.shelf_days or None
        )
        made = parties.enter_product(self.ctx, self.uow, self.actor, draft).result["uri"]
        self.notice(line, "import_product_new", "product", name=line.product)
        product = queries.find_product(self.uow.connection, ledger, made)
        assert product is not None  # noqa: S101  # for the type checker: it was entered in this transaction
        return product

    def base(self, line: Line, info: BatchInfo, amount: Decimal) -> Decimal:
        """An amount of a line in the batch's own unit. Raises UnitNotDefined, ConversionInexact."""
        if not amount:
            return amount
        unit = info.batch.unit
        product = (
            queries.find_product(self.uow.connection, self.ctx.ledger, info.product.uri)
            if info.product
            else None
        )
        table = UnitTable(unit, {} if product is None or product.unit != unit else product.units)
        return table.to_base(Quantity(amount, line.unit))

    def every(self, read: Callable[..., Page[T]], *args: object, **named: object) -> Iterator[T]:
        """All items of a list, over its pages."""
        cursor: str | None = None
        while True:
            page = read(self.uow.connection, self.ctx.ledger, *args, cursor=cursor, limit=_PAGE, **named)
            yield from page.items
            if (cursor := page.next) is None:
                return


class Index(Generic[T]):
    """Things that are batches or parts of them, found by what a line says of its goods."""

    def __init__(self) -> None:
        self._by: dict[tuple[str, str], list[tuple[BatchInfo, T]]] = defaultdict(list)

    def add(self, info: BatchInfo, thing: T) -> None:
        """Put a thing where lines will look for it."""
        product = info.product
        names = {("code", info.uri), ("code", info.batch.code or info.uri)}
        if product is not None:
            names |= {("name", product.name), ("gtin", product.gtin or "")}
        for name in names:
            self._by[name].append((info, thing))

    def find(self, line: Line) -> list[tuple[BatchInfo, T]]:
        """All of which everything that the line says is true."""
        if line.trace_code:
            return list(self._by.get(("code", line.trace_code), ()))
        named = ("gtin", line.gtin) if line.gtin else ("name", line.product)
        produced = line.produced.isoformat() if line.produced else ""
        return [
            (info, thing)
            for info, thing in self._by.get(named, ())
            if line.lot in ("", info.batch.lot) and produced in ("", info.batch.produced)
        ]


def column_of(refusal: Refusal | InvalidIdentifier) -> str:
    """The column in which a refused line most likely is wrong; "" for the line as a whole."""
    if isinstance(refusal, InvalidIdentifier):
        return refusal.kind if refusal.kind in ("gtin", "lot") else ""
    if refusal.code == "invalid":
        named = refusal.params()["field"]
        return {"name": "product", "reason": "remark"}.get(named, named)
    return _COLUMNS.get(refusal.code, "")


_COLUMNS = {
    **dict.fromkeys(("not_enough", "goods_packed", "more_than_shipped", "not_settled_in_full"), "quantity"),
    **dict.fromkeys(("amount_too_fine", "amount_not_positive", "conversion_inexact"), "quantity"),
    **dict.fromkeys(("unknown_unit", "unclear_unit", "unit_not_defined"), "unit"),
    **dict.fromkeys(("batch_exists",), "lot"),
    **dict.fromkeys(("batch_stopped", "batch_expired", "unknown_product", "unknown_batch"), "product"),
    **dict.fromkeys(("already_settled", "not_the_receiver", "unknown_shipment"), "papers"),
}
