"""What a business has to do now: goods to confirm before the clock ends, stopped goods, and what expires."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from trace.domain.clocks import Running
from trace.domain.model import AccountKind, ShipmentState
from trace.domain.refusals import UnknownShipment
from trace.services.context import Actor, Context
from trace.store import queries
from trace.store.queries import BatchInfo, DeliveryInfo, desk
from trace.store.queries.desk import Standing, Stocked, Unit

SOON = timedelta(days=3)
"""So long before its last day of use a batch is shown as expiring."""

MOST_DELIVERIES = 200
MOST_BATCHES = 200


@dataclass(frozen=True)
class Arrival:
    """A delivery that waits to be confirmed: its clock, the logistic units in it, and what of it is stopped."""

    delivery: DeliveryInfo
    clock: Running
    units: tuple[Unit, ...]
    stops: Mapping[str, Standing]


@dataclass(frozen=True)
class Today:
    """What waits, the most pressing first. ``begun``: the business has a product, or had goods in its hands."""

    arrivals: tuple[Arrival, ...]
    stopped: tuple[Stocked, ...]
    expired: tuple[Stocked, ...]
    expiring: tuple[Stocked, ...]
    begun: bool

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.arrivals or self.stopped or self.expired or self.expiring)


def today(ctx: Context, actor: Actor) -> Today:
    """All that waits for a business; in one transaction, with a number of queries that does not grow."""
    day = ctx.local(ctx.clock()).date()

    def read(connection: Connection) -> Today:
        arriving = _arrivals(ctx, connection, actor.uri)
        until = (day + SOON).isoformat()
        watched = desk.stock(connection, ctx.ledger, actor.uri, most=MOST_BATCHES, until=until)
        stopped = tuple(one for one in watched if one.stop is not None)
        free = sorted(
            (one for one in watched if one.stop is None), key=lambda one: one.info.batch.expires or ""
        )
        return Today(
            arrivals=arriving,
            stopped=stopped,
            expired=tuple(one for one in free if is_past(one.info, day)),
            expiring=tuple(one for one in free if not is_past(one.info, day)),
            begun=bool(arriving or watched or _begun(ctx, connection, actor.uri)),
        )

    return ctx.sequencer.read(read)


def arrivals(ctx: Context, actor: Actor) -> tuple[Arrival, ...]:
    """Deliveries on their way to a business, the one whose clock ends first at the head."""
    return ctx.sequencer.read(lambda connection: _arrivals(ctx, connection, actor.uri))


def arrival(ctx: Context, actor: Actor, index: int) -> Arrival:
    """The delivery that left with an entry and waits for the actor to confirm it. Raises UnknownShipment."""
    found = next((one for one in arrivals(ctx, actor) if one.delivery.index == index), None)
    if found is None:
        raise UnknownShipment(shipment=str(index))
    return found


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


def _arrivals(ctx: Context, connection: Connection, party: str) -> tuple[Arrival, ...]:
    open_ones = queries.shipments(
        connection, ctx.ledger, party, direction="in", state=ShipmentState.OPEN, limit=MOST_DELIVERIES
    ).items
    units = desk.units_at(connection, ctx.ledger, AccountKind.TRANSIT, [one.shipment for one in open_ones])
    stops = desk.standing(connection, ctx.ledger, {line.info.uri for one in open_ones for line in one.lines})
    told = desk.recorded_at(connection, ctx.ledger, {one.index for one in open_ones})
    now = ctx.clock()

    def clock(one: DeliveryInfo) -> Running:
        """It runs from when the receiver could know of the delivery, as an inspector counts it too."""
        return ctx.clocks.confirming(max(one.shipped, told.get(one.index, one.shipped)), now)

    return tuple(
        Arrival(one, clock(one), tuple(units.get(one.shipment, ())), stops)
        for one in sorted(open_ones, key=lambda one: (one.shipped, one.index))
    )


def _begun(ctx: Context, connection: Connection, party: str) -> bool:
    return bool(
        desk.products_of(connection, ctx.ledger, party, most=1)
        or queries.shipments(connection, ctx.ledger, party, direction="both", limit=1).items
        or queries.holdings(connection, ctx.ledger, party, limit=1).items
    )
