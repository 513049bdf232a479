"""What an inspector should look at first, everywhere, in his area, or of one party."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from trace.domain.clocks import Running
from trace.domain.model import ShipmentState
from trace.domain.refusals import UnknownParty
from trace.services import registry
from trace.services.context import Actor, Context
from trace.services.inspection import require_sight
from trace.store import queries
from trace.store.log import LogReader
from trace.store.queries import attention as stored
from trace.store.queries.attention import Expired, Flagged, Held, OpenDelivery
from trace.store.queries.complaints import ComplaintRow, complaints_of
from trace.store.queries.dossier import known_party, marks
from trace.store.queries.failed import Failed, failed_tests
from trace.store.queries.names import batch_infos
from trace.store.queries.reports import Contact, contacts
from trace.store.queries.results import BatchInfo, DeliveryInfo, Holding, Page, PartyInfo

MOST = 20
"""Rows of each list on the first page."""
FEW = 5
"""Open complaints on the first page; all of them have a page of their own."""


@dataclass(frozen=True)
class Waiting:
    """A delivery that nobody has confirmed in time, and its clock."""

    delivery: OpenDelivery
    clock: Running


@dataclass(frozen=True)
class Attention:
    """What stands out, as of ``now`` at ``size`` entries; ``areas`` are beginnings of regions' codes, if any."""

    now: datetime
    size: int
    areas: tuple[str, ...]
    holds: tuple[Held, ...]
    failed: tuple[Failed, ...]
    flagged: tuple[Flagged, ...]
    waiting: tuple[Waiting, ...]
    expired: tuple[Expired, ...]
    reported: tuple[ComplaintRow, ...]
    reported_batches: Mapping[str, BatchInfo]

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to look at."""
        return not (
            self.holds or self.failed or self.flagged or self.waiting or self.expired or self.reported
        )


@dataclass(frozen=True)
class Dealt:
    """A delivery of a party, and the clock of its confirmation; None where it was taken back."""

    delivery: DeliveryInfo
    clock: Running | None

    @property
    def open(self) -> bool:
        """Whether nobody has confirmed it."""
        return self.delivery.state is ShipmentState.OPEN


@dataclass(frozen=True)
class PartyFile:
    """A party as of ``now``: what it holds and made, its newest deliveries, what does not add up, and what consumers
    reported about goods that it made or had.
    """

    party: PartyInfo
    contact: Contact | None
    now: datetime
    size: int
    holdings: Page[Holding]
    made: tuple[BatchInfo, ...]
    deliveries: Page[Dealt]
    flagged: tuple[Flagged, ...]
    reported: tuple[ComplaintRow, ...]

    @property
    def late(self) -> tuple[Dealt, ...]:
        """Deliveries to this party that it confirmed too late, or should have confirmed by now."""
        return tuple(
            one
            for one in self.deliveries.items
            if one.clock is not None and one.clock.late and one.delivery.receiver.uri == self.party.uri
        )


def area_of(region: str | None) -> str | None:
    """How the codes of all that lies in a region begin (GB/T 2260: province, prefecture, county in pairs of digits).

    >>> area_of("350600"), area_of("350602"), area_of(None)
    ('3506', '350602', None)
    """
    code = region or ""
    while code.endswith("00"):
        code = code[:-2]
    return code or None


def own_areas(ctx: Context, actor: Actor) -> tuple[str, ...]:
    """The codes of the areas that the operator gave an inspector, else of his own region; none: everywhere."""
    given = registry.areas_of(ctx, actor.uri)
    return given or ((actor.party.region,) if actor.party.region else ())


def overview(ctx: Context, actor: Actor, *, areas: Sequence[str] = (), limit: int = MOST) -> Attention:
    """What stands out in these areas, given by their codes, or everywhere. Raises RoleForbids."""
    require_sight(actor)
    now = ctx.clock()
    within = tuple(begins for code in areas if (begins := area_of(code)) is not None)

    def read(connection: Connection) -> Attention:
        late = stored.unconfirmed(
            connection, ctx.ledger, before=now - ctx.clocks.confirm, areas=within, limit=limit
        )
        reported = complaints_of(connection, ctx.ledger, None, open_only=True, limit=FEW)
        return Attention(
            reported=reported,
            reported_batches=batch_infos(connection, ctx.ledger, [one.batch for one in reported]),
            now=now,
            size=LogReader(connection, ctx.ledger).head().size,
            areas=within,
            holds=stored.holds_in_force(connection, ctx.ledger, mine=actor.uri, limit=limit),
            failed=failed_tests(connection, ctx.ledger, limit=limit),
            flagged=stored.flagged(connection, ctx.ledger, areas=within, limit=limit),
            waiting=tuple(
                Waiting(one, ctx.clocks.confirming(max(one.shipped, one.recorded), now)) for one in late
            ),
            expired=stored.expired_held(
                connection, ctx.ledger, today=_today(ctx, now), areas=within, limit=limit
            ),
        )

    return ctx.sequencer.read(read)


def party(
    ctx: Context,
    actor: Actor,
    name: str,
    *,
    holdings: str | None = None,
    deliveries: str | None = None,
    limit: int = MOST,
) -> PartyFile:
    """All about a party, by id, URI or number; ``holdings`` and ``deliveries`` are cursors.

    Raises UnknownParty, Invalid, RoleForbids.
    """
    require_sight(actor)
    now = ctx.clock()

    def read(connection: Connection) -> PartyFile:
        known = known_party(connection, ctx.ledger, name)
        if known is None:
            raise UnknownParty(party=name)
        shipped = queries.shipments(
            connection, ctx.ledger, known.uri, direction="both", cursor=deliveries, limit=limit
        )
        return PartyFile(
            party=known,
            contact=contacts(connection, ctx.ledger, [known]).get(known.uri),
            now=now,
            size=LogReader(connection, ctx.ledger).head().size,
            holdings=queries.holdings(connection, ctx.ledger, known.uri, cursor=holdings, limit=limit),
            made=queries.batches(connection, ctx.ledger, maker=known.uri, limit=limit).items,
            deliveries=Page(_dealt(ctx, connection, shipped, now), shipped.next),
            flagged=stored.flagged(connection, ctx.ledger, party=known.uri, limit=limit),
            reported=complaints_of(connection, ctx.ledger, known.uri, limit=limit),
        )

    return ctx.sequencer.read(read)


def _dealt(
    ctx: Context, connection: Connection, page: Page[DeliveryInfo], now: datetime
) -> tuple[Dealt, ...]:
    entries = {index for one in page.items for index in (one.index, one.settled_index) if index is not None}
    told = marks(connection, ctx.ledger, entries)
    dealt = []
    for one in page.items:
        clock = None
        if one.state is not ShipmentState.VOID:
            began = max(one.shipped, told[one.index].recorded) if one.index in told else one.shipped
            settled = told.get(one.settled_index) if one.settled_index is not None else None
            clock = ctx.clocks.confirming(began, settled.recorded if settled else now)
        dealt.append(Dealt(one, clock))
    return tuple(dealt)


def _today(ctx: Context, now: datetime) -> date:
    return ctx.local(now).date()
