"""What a business has to do now: goods to confirm before the clock ends, stopped goods, and what expires."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from trace.domain.clocks import Running
from trace.domain.model import AccountKind
from trace.services.context import Actor, Context
from trace.store import queries
from trace.store.queries import BatchInfo, DeliveryInfo, Page, desk
from trace.store.queries.desk import Standing, Stocked, Trouble, Unit

SOON = timedelta(days=3)
"""So long before its last day of use a batch is shown as expiring."""

MOST_SHOWN = 5
"""Batches of each kind of trouble that are given with their names; of all of them only how many there are."""

DELIVERIES_PAGE = 50


@dataclass(frozen=True)
class Arrival:
    """A delivery that waits to be confirmed: its clock, the logistic units in it, and what of it is stopped."""

    delivery: DeliveryInfo
    clock: Running
    units: tuple[Unit, ...]
    stops: Mapping[str, Standing]


@dataclass(frozen=True)
class Today:
    """What waits: the most pressing of each kind, and in ``counts`` how many there are in all.

    ``begun``: the business has a product, or had goods in its hands.
    """

    arrivals: tuple[Arrival, ...]
    stopped: tuple[Stocked, ...]
    expired: tuple[Stocked, ...]
    expiring: tuple[Stocked, ...]
    counts: Counts
    begun: bool

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.arrivals or self.stopped or self.expired or self.expiring)


@dataclass(frozen=True)
class Counts:
    """How many deliveries wait, and how many batches call for care."""

    arrivals: int
    stopped: int
    expired: int
    expiring: int


def today(ctx: Context, actor: Actor) -> Today:
    """All that waits for a business; in one transaction, with a number of queries that does not grow."""
    day = ctx.local(ctx.clock()).date()

    def read(connection: Connection) -> Today:
        arriving = _arrivals(ctx, connection, actor.uri, None, MOST_SHOWN).items
        waiting = desk.count_arriving(connection, ctx.ledger, actor.uri) if arriving else 0
        until = (day + SOON).isoformat()
        troubled = {
            kind: desk.troubled(
                connection,
                ctx.ledger,
                actor.uri,
                kind,
                day=day.isoformat(),
                until=until,
                most=MOST_SHOWN,
            )
            for kind in Trouble
        }
        return Today(
            arrivals=arriving,
            **{str(kind): batches for kind, (_, batches) in troubled.items()},
            counts=Counts(waiting, **{str(kind): count for kind, (count, _) in troubled.items()}),
            begun=bool(arriving or _begun(ctx, connection, actor.uri)),
        )

    return ctx.sequencer.read(read)


def arrivals(ctx: Context, actor: Actor, cursor: str | None = None) -> Page[Arrival]:
    """Deliveries on their way to a business, the longest recorded first. Raises Invalid for a wrong cursor."""
    return ctx.sequencer.read(
        lambda connection: _arrivals(ctx, connection, actor.uri, cursor, DELIVERIES_PAGE)
    )


def arrival(ctx: Context, actor: Actor, wanted: Callable[[Arrival], bool]) -> Arrival | None:
    """The first delivery that waits for the actor and is the wanted one, however many wait before it."""
    cursor = None
    while True:
        waiting = arrivals(ctx, actor, cursor)
        found = next(filter(wanted, waiting.items), None)
        if found is not None or waiting.next is None:
            return found
        cursor = waiting.next


def days_left(info: BatchInfo, day: date) -> int | None:
    """Days until a batch's last day of use; None where none is known: a foreign document may put anything there."""
    try:
        return (date.fromisoformat((info.batch.expires or "")[:10]) - day).days
    except ValueError:
        return None


def is_past(info: BatchInfo, day: date) -> bool:
    """Whether a batch's last day of use is over."""
    left = days_left(info, day)
    return left is not None and left < 0


def _arrivals(
    ctx: Context, connection: Connection, party: str, cursor: str | None, limit: int
) -> Page[Arrival]:
    found = queries.arriving(connection, ctx.ledger, party, cursor=cursor, limit=limit)
    open_ones = found.items
    units = desk.units_at(connection, ctx.ledger, AccountKind.TRANSIT, [one.shipment for one in open_ones])
    stops = desk.standing(connection, ctx.ledger, {line.info.uri for one in open_ones for line in one.lines})
    told = desk.recorded_at(connection, ctx.ledger, {one.index for one in open_ones})
    now = ctx.clock()

    def clock(one: DeliveryInfo) -> Running:
        """It runs from when the receiver could know of the delivery, as an inspector counts it too."""
        return ctx.clocks.confirming(max(one.shipped, told.get(one.index, one.shipped)), now)

    made = (Arrival(one, clock(one), tuple(units.get(one.shipment, ())), stops) for one in open_ones)
    return Page(tuple(made), found.next)


def _begun(ctx: Context, connection: Connection, party: str) -> bool:
    return bool(
        desk.products_of(connection, ctx.ledger, party, most=1)
        or queries.shipments(connection, ctx.ledger, party, direction="both", limit=1).items
        or queries.holdings(connection, ctx.ledger, party, limit=1).items
    )
