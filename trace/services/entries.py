"""One entry as a business sees it that has a part in it: what was recorded, when, and what it did to its stock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from trace.domain import causes
from trace.domain.mandates import ENTERED_BY
from trace.domain.model import AccountKind
from trace.domain.papers import number_of
from trace.domain.refusals import Refusal
from trace.ledger import canonical as jcs
from trace.ledger.records import Entry
from trace.services.context import Actor, Context
from trace.store import queries
from trace.store.log import LogReader
from trace.store.queries import BatchInfo, DeliveryInfo, Named, desk
from trace.store.queries.desk import Said
from trace.store.queries.names import Names
from trace.store.queries.reports import Act, acts_at

JSON = Any
_UNITS = "https://id.gs1.org/00/"


@dataclass(eq=False)
class UnknownEntry(Refusal):
    """There is no such entry, or the asker has no part in it; which of the two is not said."""

    code = "unknown_entry"
    index: int


@dataclass(eq=False)
class CorrectionUnclear(Refusal):
    """A record is to be taken back, and it is not said why, or not confirmed."""

    code = "correction_unclear"


@dataclass(frozen=True)
class Settlement:
    """How one batch of a delivery was settled, as its receiver wrote it: amounts in ``unit``, pictures by SHA-256."""

    batch: str
    unit: str
    accepted: str
    short: str
    rejected: str
    reason: str | None
    photos: tuple[str, ...]


@dataclass(frozen=True)
class EntryView:
    """A record of one's own, or of one's own goods. ``time`` is the ledger's.

    ``moved`` is what it did to the asker's own stock, by batch; ``delivery`` the one that it opens or settles, where
    the asker is a side of it. ``event`` is the event as it was entered, empty for other kinds of records.
    """

    said: Said
    time: datetime
    own: bool
    step: str
    happened: datetime | None
    event: Mapping[str, JSON]
    moved: Mapping[str, Decimal]
    batches: Mapping[str, BatchInfo]
    delivery: DeliveryInfo | None
    settled: tuple[Settlement, ...]
    entered_by: Named | None
    public: Mapping[str, JSON]
    papers: tuple[tuple[str, str], ...] = ()  # kind and number of each

    @property
    def index(self) -> int:
        """Its number in the ledger."""
        return self.said.index

    @property
    def observed(self) -> bool:
        """Whether goods were looked at and none moved."""
        return self.event.get("action") == "OBSERVE" and self.delivery is None and not self.moved

    @property
    def finding(self) -> str | None:
        """What was found then, in the words of whoever looked."""
        found = self.event.get("trace:finding")
        return found if self.observed and isinstance(found, str) else None

    @property
    def result(self) -> str | None:
        """The same as a code (``causes.RESULT``), where it was said by one."""
        return causes.result(self.event.get("trace:result")) if self.observed else None

    @property
    def unit(self) -> str | None:
        """The logistic unit (URI) into which or out of which goods came."""
        parent = self.event.get("parentID")
        return parent if isinstance(parent, str) and parent.startswith(_UNITS) else None

    @property
    def returns(self) -> bool:
        """Whether goods go back with it."""
        return self.delivery is not None and self.delivery.returns is not None

    @property
    def may_correct(self) -> bool:
        """Whether it is one's own event and still stands."""
        return (
            self.own
            and self.said.event is not None
            and self.said.corrects is None
            and self.said.corrected_by is None
        )


def entry(ctx: Context, actor: Actor, index: int) -> EntryView:
    """An entry that the actor recorded, or whose goods he has to do with. Raises UnknownEntry."""

    def read(connection: Connection) -> EntryView | None:
        said = desk.said_at(connection, ctx.ledger, index)
        if said is None:
            return None
        own = said.by.uri == actor.uri
        if not (own or actor.sees_all or queries.takes_part(connection, ctx.ledger, actor.uri, [index])):
            return None
        return _view(ctx, connection, actor, said, own)

    view = ctx.sequencer.read(read)
    if view is None:
        raise UnknownEntry(index=index)
    return view


def _view(ctx: Context, connection: Connection, actor: Actor, said: Said, own: bool) -> EntryView:
    record = LogReader(connection, ctx.ledger).record(said.index)
    acts = acts_at(connection, ctx.ledger, [said.index], corrected=True)
    act = acts[0] if acts else None
    raw: Mapping[str, JSON] = act.body.get("event", {}) if act else {}
    delivery = _delivery(connection, ctx.ledger, actor, act)
    moved = act.booked(AccountKind.HELD, actor.uri) if act else {}
    named = {*moved, *(act.event.classes if act and act.event else ())}
    batches = queries.batch_infos(connection, ctx.ledger, named)
    public = {} if act else _public(record.bodies.get("public"))
    entered_by = _entered_by(raw, public)
    return EntryView(
        said=said,
        time=datetime.fromisoformat(Entry.parse(record.entry).time),
        own=own,
        step=(act.step or "") if act else "",
        happened=act.time if act else None,
        event=raw,
        moved=moved,
        batches=batches,
        delivery=delivery,
        settled=_settled(raw),
        entered_by=Names(connection, ctx.ledger, [entered_by]).maybe(entered_by),
        papers=tuple((kind, number_of(uri)) for kind, uri in act.event.transactions)
        if act and act.event
        else (),
        public=public,
    )


def _entered_by(event: Mapping[str, JSON], public: Mapping[str, JSON]) -> str | None:
    """Who entered it for whoever says it; of a correction, who entered that. A foreign document may hold anything."""
    declared = event.get("errorDeclaration")
    said = declared if isinstance(declared, Mapping) else event
    stated = said.get(ENTERED_BY) or public.get(ENTERED_BY) or public.get("enteredBy")
    return stated if isinstance(stated, str) else None


def _public(body: bytes | None) -> Mapping[str, JSON]:
    data = None if body is None else jcs.decode(body)["data"]
    return data if isinstance(data, dict) else {}


def _delivery(connection: Connection, ledger: str, actor: Actor, act: Act | None) -> DeliveryInfo | None:
    id = (act.opens or act.settles) if act else None
    found = queries.find_shipment(connection, ledger, id) if id else None
    if found is None or not (actor.sees_all or actor.uri in (found.sender.uri, found.receiver.uri)):
        return None
    return found


def _settled(raw: Mapping[str, JSON]) -> tuple[Settlement, ...]:
    """What stands under ``trace:settlement``; a foreign document may hold anything there."""
    lines = raw.get("trace:settlement")
    return tuple(
        Settlement(
            batch=str(line["batch"]),
            unit=str(line.get("uom") or ""),
            accepted=str(line.get("accepted") or "0"),
            short=str(line.get("short") or "0"),
            rejected=str(line.get("rejected") or "0"),
            reason=str(line["reason"]) if line.get("reason") else None,
            photos=tuple(one for one in line.get("photos") or () if isinstance(one, str)),
        )
        for line in (lines if isinstance(lines, list) else ())
        if isinstance(line, Mapping) and "batch" in line
    )
