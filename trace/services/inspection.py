"""What inspectors see of a batch: its chain both ways with the amount at every hand, papers, lateness, flags, and
who has it now. Whoever may see everything may ask; to anybody else nothing of it is given.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection

from trace.domain import results
from trace.domain.model import AccountKind, ShipmentState
from trace.domain.refusals import RoleForbids, UnknownBatch
from trace.domain.serials import SerialForged, SerialMisspelt, SerialNotIssued, SerialUnbound
from trace.identifiers import InvalidIdentifier
from trace.identifiers.scanning import EDGES
from trace.services import serials
from trace.services.chain_rows import Desk, Row
from trace.services.context import Actor, Context
from trace.store import queries
from trace.store.log import LogReader
from trace.store.queries.dossier import Reported, complaints_about, events_of, known_parties
from trace.store.queries.reports import Contact, acts_at
from trace.store.queries.results import (
    BatchInfo,
    Lying,
    MassBalance,
    Named,
    Node,
    PartyInfo,
    StopInfo,
    Trace,
)

MOST = 400
"""Records of what was made from a batch that its dossier tells one by one."""

MOST_REPORTED = 20
"""Complaints that a dossier names."""

_CAME = (AccountKind.MADE, AccountKind.UNEXPLAINED)
_WENT = (
    AccountKind.USED,
    AccountKind.SOLD,
    AccountKind.SERVED,
    AccountKind.DESTROYED,
    AccountKind.EXPIRED,
    AccountKind.SHORT,
)
_LIES = (AccountKind.HELD, AccountKind.TRANSIT)


@dataclass(frozen=True)
class Has:
    """Of one batch: how much a party received, still holds, and is to receive."""

    info: BatchInfo
    received: Decimal
    holds: Decimal
    coming: Decimal


@dataclass(frozen=True)
class Call:
    """A party that was sent the batch, or something made from it, and whom to call there."""

    party: Named
    known: PartyInfo | None
    contact: Contact | None
    goods: tuple[Has, ...]

    @property
    def state(self) -> str:
        """``has`` some of it now, some is ``coming``, or it is ``gone`` from there."""
        if any(one.holds for one in self.goods):
            return "has"
        return "coming" if any(one.coming for one in self.goods) else "gone"


@dataclass(frozen=True)
class Balance:
    """Where a batch came from, what became of it and where it lies, in its base unit; (what, amount) pairs.

    It ``closes`` where all that went or lies was made, and nothing appeared that nobody made.
    """

    came: tuple[tuple[str, Decimal], ...]
    went: tuple[tuple[str, Decimal], ...]
    lies: tuple[tuple[str, Decimal], ...]

    @property
    def sums(self) -> tuple[Decimal, Decimal, Decimal]:
        """All that came, went, and lies somewhere."""
        zero = Decimal(0)
        came, went, lies = (
            sum((amount for _, amount in side), zero) for side in (self.came, self.went, self.lies)
        )
        return came, went, lies

    @property
    def unexplained(self) -> Decimal:
        """How much appeared that nobody made."""
        return dict(self.came).get("unexplained", Decimal(0))

    @property
    def closes(self) -> bool:
        """Whether it adds up."""
        came, went, lies = self.sums
        return came == went + lies and not self.unexplained


@dataclass(frozen=True)
class Dossier:
    """Everything about a batch, as of ``now``: ``back`` and ``forward`` lead along what it was made from and went into.

    ``own`` are the batch's own records, ``before`` those of what it was made from, ``after`` of what was made from it.
    """

    info: BatchInfo
    now: datetime
    today: date
    size: int
    stops: tuple[StopInfo, ...]
    accounts: MassBalance
    back: Trace
    forward: Trace
    before: tuple[Row, ...]
    own: tuple[Row, ...]
    after: tuple[Row, ...]
    cut: bool
    batches: Mapping[str, BatchInfo]
    parties: Mapping[str, PartyInfo]
    contacts: Mapping[str, Contact]
    calls: tuple[Call, ...]
    reported: tuple[Reported, ...]

    @property
    def sources(self) -> tuple[Node, ...]:
        """The batches that it was made from."""
        return self.back.nodes[1:]

    @property
    def products(self) -> tuple[Node, ...]:
        """The batches that were made from it."""
        return self.forward.nodes[1:]

    @property
    def balance(self) -> Balance:
        """What was made, received and lost of it, summed."""

        def side(kinds: Sequence[AccountKind], sign: int) -> tuple[tuple[str, Decimal], ...]:
            totals = [(str(kind), sign * self.accounts.total(kind)) for kind in kinds]
            return tuple((kind, amount) for kind, amount in totals if amount)

        return Balance(side(_CAME, -1), side(_WENT, 1), side(_LIES, 1))

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every record, in the order of what led to what."""
        return (*self.before, *self.own, *self.after)

    @property
    def in_force(self) -> tuple[StopInfo, ...]:
        """Holds that stop it now."""
        return tuple(stop for stop in self.stops if stop.in_force)

    @property
    def flagged(self) -> tuple[Row, ...]:
        """Records that do not add up and stand."""
        return tuple(row for row in self.rows if row.flags and not row.corrected)

    @property
    def late(self) -> tuple[Row, ...]:
        """Records that came too late."""
        return tuple(row for row in self.rows if row.late and not row.corrected)

    @property
    def failed(self) -> tuple[Row, ...]:
        """Looks that stand and found the goods, or what they were made from, bad: of whoever's word counts."""
        looks = {row.index: row for row in (*self.before, *self.own) if row.result and not row.corrected}
        own = {self.info.uri, *(node.info.uri for node in self.sources)}
        standing = results.failed(
            results.Result(
                index=row.index,
                batch=batch,
                by=row.by.uri,
                role=None if row.copied or row.by.uri not in self.parties else self.parties[row.by.uri].role,
                made=self.info.maker is not None and row.by.uri == self.info.maker.uri,
                result=row.result,
            )
            for row in looks.values()
            for batch in row.batches
            if batch in own
        )
        return tuple(looks[index] for index in dict.fromkeys(standing))

    @property
    def nothing_wrong(self) -> bool:
        """Whether there is nothing that an inspector must look into."""
        return not (self.in_force or self.expired or self.failed or self.flagged or self.late)

    @property
    def expired(self) -> bool:
        """Whether its last day of use lies behind."""
        last = self.info.batch.expires
        return last is not None and last[:10] < self.today.isoformat()

    @property
    def lying(self) -> tuple[Lying, ...]:
        """Where the batch itself lies now."""
        return self.forward.nodes[0].lying if self.forward.nodes else ()


@dataclass(frozen=True)
class Reach:
    """What a hold on a batch stops: batches made from it, and who holds any of them or is sent some."""

    info: BatchInfo
    batches: tuple[BatchInfo, ...]
    holders: tuple[Named, ...]
    deliveries: int


def require_sight(actor: Actor) -> None:
    """Raise RoleForbids unless the actor may see every party's records."""
    if not actor.sees_all:
        raise RoleForbids(party=actor.party.name, role=str(actor.party.role), act="inspect")


def name_of(ctx: Context, text: str) -> str:
    """The URI or code that a scanned or typed text stands for; the text itself where it is neither."""
    try:
        return serials.batch_named(ctx, text)
    except (InvalidIdentifier, SerialMisspelt, SerialForged, SerialNotIssued, SerialUnbound):
        return text.strip(EDGES)


def find(ctx: Context, text: str) -> str | None:
    """The URI of the batch that a code or any text from a scanner names; None where there is none."""
    name = name_of(ctx, text)

    def read(connection: Connection) -> str | None:
        for one in dict.fromkeys((name, text.strip(EDGES))):
            if (found := queries.find_batch(connection, ctx.ledger, one)) is not None:
                return found.uri
            named = queries.alias(connection, ctx.ledger, one)
            if named and (found := queries.find_batch(connection, ctx.ledger, named.target)) is not None:
                return found.uri
        return None

    return ctx.sequencer.read(read)


def dossier(ctx: Context, actor: Actor, code: str) -> Dossier:
    """Everything about a batch. Raises UnknownBatch, RoleForbids."""
    require_sight(actor)
    now = ctx.clock()
    made = ctx.sequencer.read(lambda connection: _dossier(ctx, connection, code, now))
    if made is None:
        raise UnknownBatch(batch=code)
    return made


def _dossier(ctx: Context, connection: Connection, code: str, now: datetime) -> Dossier | None:
    found = queries.find_batch(connection, ctx.ledger, code)
    if found is None:
        return None
    view = queries.batch_view(connection, ctx.ledger, found.uri)
    back = queries.trace_back(connection, ctx.ledger, found.uri)
    forward = queries.trace_forward(connection, ctx.ledger, found.uri)
    balance = queries.mass_balance(connection, ctx.ledger, found.uri)
    if view is None or back is None or forward is None or balance is None:
        return None
    later = {node.info.uri for node in forward.nodes} - {found.uri}
    beyond = events_of(connection, ctx.ledger, later, MOST + 1)
    wanted = {step.index for step in view.steps} | set(beyond[:MOST])
    desk = Desk(ctx, connection, acts_at(connection, ctx.ledger, wanted, corrected=True), now)
    before, own, after = _parted(desk.rows(), found.uri, later)
    sides = [side.uri for one in (*back.movements, *forward.movements) for side in (one.sender, one.receiver)]
    parties = {**desk.around.parties, **known_parties(connection, ctx.ledger, sides)}
    return Dossier(
        info=view.info,
        now=now,
        today=ctx.local(now).date(),
        size=LogReader(connection, ctx.ledger).head().size,
        stops=view.stops,
        accounts=balance,
        back=back,
        forward=forward,
        before=before,
        own=own,
        after=after,
        cut=len(beyond) > MOST,
        batches={
            **desk.around.batches,  # what was made or packed beside it
            **view.family,
            **{node.info.uri: node.info for node in (*back.nodes, *forward.nodes)},
        },
        parties=parties,
        contacts=desk.around.contacts,
        calls=tuple(_calls(forward, parties, desk.around.contacts)),
        reported=complaints_about(connection, ctx.ledger, {found.uri, *later}, MOST_REPORTED),
    )


def _parted(
    rows: Sequence[Row], batch: str, later: Collection[str]
) -> tuple[tuple[Row, ...], tuple[Row, ...], tuple[Row, ...]]:
    """The records of what a batch was made from, its own, and those of what was made from it."""
    own = [row for row in rows if batch in row.batches]
    others = [row for row in rows if batch not in row.batches]
    after = [row for row in others if set(later) & set(row.batches)]
    before = [row for row in others if not set(later) & set(row.batches)]
    return tuple(before), tuple(own), tuple(after)


def reach(ctx: Context, actor: Actor, code: str) -> Reach:
    """What a hold on the batch would stop. Raises UnknownBatch, RoleForbids."""
    require_sight(actor)

    def read(connection: Connection) -> Reach | None:
        found = queries.find_batch(connection, ctx.ledger, code)
        forward = queries.trace_forward(connection, ctx.ledger, found.uri) if found else None
        if forward is None:
            return None
        lying = [one for node in forward.nodes for one in node.lying]
        held = {one.where.uri: one.where for one in lying if one.kind is AccountKind.HELD}
        coming = {one.where.uri for one in lying if one.kind is AccountKind.TRANSIT}
        receivers = {
            move.receiver.uri: move.receiver for move in forward.movements if move.shipment in coming
        }
        holders = {**receivers, **held}
        return Reach(
            info=forward.nodes[0].info,
            batches=tuple(node.info for node in forward.nodes[1:]),
            holders=tuple(holders[uri] for uri in sorted(holders)),
            deliveries=len(coming),
        )

    made = ctx.sequencer.read(read)
    if made is None:
        raise UnknownBatch(batch=code)
    return made


# -- whom to call --------------------------------------------------------------------------------------------


def _calls(
    forward: Trace, parties: Mapping[str, PartyInfo], contacts: Mapping[str, Contact]
) -> Iterable[Call]:
    """Every party that was sent some of it: who has some now first, then where some is coming, then the others."""
    names: dict[str, Named] = {}
    received, coming, holds = _Tally(names), _Tally(names), _Tally(names)
    for move in forward.movements:
        if move.state is not ShipmentState.VOID:
            side = coming if move.state is ShipmentState.OPEN else received
            side.add(move.receiver, move.batch, move.amount or Decimal(0))
    for node in forward.nodes:
        for one in node.lying:
            if one.kind is AccountKind.HELD:
                holds.add(one.where, node.info.uri, one.amount)
    calls = []
    for uri, named in names.items():
        goods = [
            Has(node.info, received.of(key), holds.of(key), coming.of(key))
            for node in forward.nodes
            if (key := (uri, node.info.uri)) in received.sums.keys() | coming.sums.keys() | holds.sums.keys()
        ]
        calls.append(Call(named, parties.get(uri), contacts.get(uri), tuple(goods)))
    order = ("has", "coming", "gone")
    return sorted(calls, key=lambda call: (order.index(call.state), call.party.name or call.party.uri))


@dataclass
class _Tally:
    """Amounts by party and batch; ``names`` gathers whom it speaks of."""

    names: dict[str, Named]
    sums: dict[tuple[str, str], Decimal] = field(default_factory=dict)

    def add(self, party: Named, batch: str, amount: Decimal) -> None:
        self.names[party.uri] = party
        key = (party.uri, batch)
        self.sums[key] = self.sums.get(key, Decimal(0)) + amount

    def of(self, key: tuple[str, str]) -> Decimal:
        return self.sums.get(key, Decimal(0))
