"""What a business works with today: what lies with it and what stands against that, whom it deals with, what it made.

Each answer takes a number of queries that does not grow with what it finds.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Row,
    Subquery,
    and_,
    case,
    func,
    not_,
    select,
)

from trace.domain.model import AccountKind, Role, ShipmentState
from trace.store import projection_tables as t
from trace.store.book import chunks, entry_of
from trace.store.queries.clerks import clerks
from trace.store.queries.cursors import page
from trace.store.queries.names import Names, infos_of_rows, party_info, product_info
from trace.store.queries.results import BatchInfo, Named, Page, PartyInfo, ProductInfo
from trace.store.tables import checkpoints, statements

_NO_PARTNERS = (Role.OPERATOR, Role.INSPECTOR, Role.LABORATORY)
_LOOKS = ("inspecting", "sampling")  # CBV 2.0 section 7.1
_NEVER = "9999"  # behind every date


@dataclass(frozen=True)
class Standing:
    """A hold that is in force on a batch, or on ``batch``, which it was made from."""

    batch: str
    hold: str
    reason: str
    by: Named
    index: int
    cause: str | None = None


@dataclass(frozen=True)
class Stocked:
    """What a party holds of one batch: loose, and by the logistic unit in which it lies; ``stop`` is the first hold."""

    info: BatchInfo
    loose: Decimal
    packed: Mapping[str, Decimal] = field(default_factory=dict)
    stop: Standing | None = None

    @property
    def amount(self) -> Decimal:
        """All of it."""
        return self.loose + sum(self.packed.values(), Decimal(0))


@dataclass(frozen=True)
class Unit:
    """A logistic unit that is in no other one, and how much of each batch lies in it, however deep."""

    uri: str
    contents: Mapping[str, Decimal]


class Trouble(StrEnum):
    """What calls for care among the goods that lie with a party; one batch is of one kind at most."""

    STOPPED = "stopped"
    EXPIRED = "expired"
    EXPIRING = "expiring"


def stock(
    connection: Connection, ledger: str, party: str, *, most: int, cursor: str | None = None
) -> Page[Stocked]:
    """What a party holds, the most pressing first: what is stopped, then by its last day of use. Raises Invalid."""
    lying = _lying(ledger, party)
    return page(
        connection,
        select(lying),
        name="stock",
        keys=[(lying.c.free, False), (lying.c.last_day, False), (lying.c.index, True), (lying.c.uri, False)],
        cursor=cursor,
        limit=most,
        make=lambda rows: _stocked(connection, ledger, party, rows),
    )


def loose_stock(connection: Connection, ledger: str, party: str, *, most: int) -> tuple[Stocked, ...]:
    """What lies with a party in no logistic unit: what must be used first at the head, stopped goods last."""
    lying = _lying(ledger, party, t.balances.c.container == "")
    ordered = select(lying).order_by(lying.c.free.desc(), lying.c.last_day, lying.c.index, lying.c.uri)
    return _stocked(connection, ledger, party, connection.execute(ordered.limit(most)).all())


def loose_ones(
    connection: Connection, ledger: str, party: str, batches: Collection[str]
) -> tuple[Stocked, ...]:
    """Of these batches what lies with a party in no logistic unit, in the order of their URIs."""
    lying = _lying(ledger, party, t.balances.c.container == "")
    rows = [
        row
        for part in chunks(sorted(batches))
        for row in connection.execute(select(lying).where(lying.c.uri.in_(part)).order_by(lying.c.uri))
    ]
    return _stocked(connection, ledger, party, rows)


def troubled(
    connection: Connection, ledger: str, party: str, kind: Trouble, *, day: str, until: str, most: int
) -> tuple[int, tuple[Stocked, ...]]:
    """How many batches of a party call for care in this way, and the most pressing of them.

    Expired is what could be used until a day before ``day``, expiring what may be used until ``until`` at most
    (ISO 8601 dates); what is stopped is neither.
    """
    lying = _lying(ledger, party)
    past, soon = lying.c.last_day < day, lying.c.last_day <= until
    kinds = {
        Trouble.STOPPED: lying.c.free == 0,
        Trouble.EXPIRED: and_(lying.c.free == 1, past),
        Trouble.EXPIRING: and_(lying.c.free == 1, not_(past), soon),
    }
    wanted = select(lying).where(kinds[kind])
    count = connection.execute(select(func.count()).select_from(wanted.subquery())).scalar_one()
    ordered = wanted.order_by(lying.c.last_day, lying.c.index.desc(), lying.c.uri).limit(most)
    rows = connection.execute(ordered).all() if count else []
    return count, _stocked(connection, ledger, party, rows)


def _lying(ledger: str, party: str, *more: ColumnElement[bool]) -> Subquery:
    """The batches that a party holds, and what they are ordered by: ``free`` is 0 for those that a hold reaches."""
    held = select(t.balances.c.batch).where(_held(ledger, party), *more)
    stopped = t.batches.c.uri.in_(select(_reached(ledger).c.batch))
    return (
        select(
            t.batches,
            case((stopped, 0), else_=1).label("free"),
            func.coalesce(t.batches.c.expires, _NEVER).label("last_day"),
        )
        .where(t.batches.c.ledger == ledger, t.batches.c.uri.in_(held))
        .subquery()
    )


def _held(ledger: str, party: str) -> ColumnElement[bool]:
    columns = t.balances.c
    return and_(columns.ledger == ledger, columns.kind == AccountKind.HELD, columns.ref == party)


def _stocked(
    connection: Connection, ledger: str, party: str, rows: Sequence[Row[Any]]
) -> tuple[Stocked, ...]:
    if not rows:
        return ()
    uris = [row.uri for row in rows]
    infos, stops = infos_of_rows(connection, ledger, rows), standing(connection, ledger, uris)
    lying: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for part in chunks(uris):
        for row in connection.execute(
            select(t.balances).where(_held(ledger, party), t.balances.c.batch.in_(part))
        ):
            lying[row.batch][row.container] = row.amount
    return tuple(
        Stocked(
            info=infos[uri],
            loose=lying[uri].pop("", Decimal(0)),
            packed=dict(sorted(lying[uri].items())),
            stop=stops.get(uri),
        )
        for uri in uris
    )


def count_arriving(connection: Connection, ledger: str, party: str) -> int:
    """How many deliveries wait for a party to confirm them."""
    columns = t.shipments.c
    return connection.execute(
        select(func.count())
        .select_from(t.shipments)
        .where(columns.ledger == ledger, columns.receiver == party, columns.state == ShipmentState.OPEN)
    ).scalar_one()


def recorded_at(connection: Connection, ledger: str, indices: Collection[int]) -> dict[int, datetime]:
    """When the ledger recorded each of these events, by entry."""
    events = t.events.c
    return {
        row["index"]: row["recorded"]
        for part in chunks(sorted(indices))
        for row in connection.execute(
            select(events["index"], events.recorded).where(events.ledger == ledger, events["index"].in_(part))
        ).mappings()
    }


def standing(connection: Connection, ledger: str, batches: Collection[str]) -> dict[str, Standing]:
    """By batch, of those that a hold reaches: the one that was recorded first."""
    reached = _reached(ledger)
    found: dict[str, Standing] = {}
    rows = [
        row
        for part in chunks(sorted(batches))
        for row in connection.execute(
            select(reached, t.stops.c.reason, t.stops.c.cause, t.stops.c.by_party, t.stops.c.index)
            .join(t.stops, and_(t.stops.c.batch == reached.c.held, t.stops.c.hold == reached.c.hold))
            .where(t.stops.c.ledger == ledger, reached.c.batch.in_(part))
            .order_by(t.stops.c.index)
        )
    ]
    names = Names(connection, ledger, (row.by_party for row in rows))
    for row in rows:
        stop = Standing(row.held, row.hold, row.reason, names.of(row.by_party), entry_of(row), row.cause)
        found.setdefault(row.batch, stop)
    return found


def _reached(ledger: str) -> CTE:
    """Every batch that a hold reaches, with the hold and the batch that it was put on."""
    reached = (
        select(t.stops.c.batch, t.stops.c.batch.label("held"), t.stops.c.hold)
        .where(t.stops.c.ledger == ledger, t.stops.c.released_index.is_(None))
        .cte("reached", recursive=True)
    )
    return reached.union(
        select(t.links.c.output, reached.c.held, reached.c.hold).where(
            t.links.c.ledger == ledger, t.links.c.input == reached.c.batch
        )
    )


def units_at(
    connection: Connection, ledger: str, kind: AccountKind, refs: Collection[str]
) -> dict[str, list[Unit]]:
    """The outermost logistic units that a party holds, or that are on their way in deliveries, by party or delivery."""
    rows = [
        row
        for part in chunks(sorted(refs))
        for row in connection.execute(
            select(t.containers)
            .where(t.containers.c.ledger == ledger, t.containers.c.kind == kind, t.containers.c.ref.in_(part))
            .order_by(t.containers.c.uri)
        )
    ]
    parents = {row.uri: row.parent for row in rows}
    contents: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for part in chunks(sorted(parents)):
        for row in connection.execute(
            select(t.balances).where(t.balances.c.ledger == ledger, t.balances.c.container.in_(part))
        ):
            contents[_outermost(row.container, parents)][row.batch] += row.amount
    found: dict[str, list[Unit]] = defaultdict(list)
    for row in rows:
        if row.parent is None:
            found[row.ref].append(Unit(row.uri, dict(contents[row.uri])))
    return dict(found)


def _outermost(uri: str, parents: Mapping[str, str | None]) -> str:
    while (parent := parents.get(uri)) is not None:
        uri = parent
    return uri


# -- whom it deals with --------------------------------------------------------------------------------------


def partners(connection: Connection, ledger: str, party: str, *, most: int) -> tuple[PartyInfo, ...]:
    """The registered parties that a party sent goods to, the last one first."""
    newest = func.max(t.shipments.c.index).label("newest")
    rows = connection.execute(
        select(t.shipments.c.receiver, newest)
        .where(t.shipments.c.ledger == ledger, t.shipments.c.sender == party, t.shipments.c.returns.is_(None))
        .group_by(t.shipments.c.receiver)
        .order_by(newest.desc())
        .limit(most)
    ).all()
    return parties_at(connection, ledger, [row.receiver for row in rows])


def parties_at(connection: Connection, ledger: str, uris: Collection[str]) -> tuple[PartyInfo, ...]:
    """The registered businesses among these parties, in their order."""
    known = Names(connection, ledger, uris).parties
    found = (known.get(uri) for uri in uris)
    return tuple(
        info for info in found if info is not None and info.registered and info.role not in _NO_PARTNERS
    )


def parties_called(connection: Connection, ledger: str, text: str, *, most: int) -> tuple[PartyInfo, ...]:
    """Businesses with this in their names, in order of entry."""
    columns = t.parties.c
    rows = connection.execute(
        select(t.parties)
        .where(columns.ledger == ledger, columns.registered.is_(True), columns.role.not_in(_NO_PARTNERS))
        .where(columns.name.icontains(text, autoescape=True))
        .order_by(columns.index)
        .limit(most)
    )
    return tuple(party_info(row) for row in rows)


# -- what it made --------------------------------------------------------------------------------------------


def last_made(connection: Connection, ledger: str, party: str, *, most: int) -> tuple[BatchInfo, ...]:
    """The newest batch that a party registered of each product, the newest first; those taken back are left out."""
    newest = (
        select(func.max(t.batches.c.index))
        .join(t.events, and_(t.events.c.ledger == t.batches.c.ledger, t.events.c.index == t.batches.c.index))
        .where(t.batches.c.ledger == ledger, t.batches.c.maker == party, t.batches.c.product.is_not(None))
        .where(
            t.events.c.by_party == party, t.events.c.type == "ObjectEvent", t.events.c.corrected_by.is_(None)
        )
        .group_by(t.batches.c.product)
    )
    rows = connection.execute(
        select(t.batches)
        .where(t.batches.c.ledger == ledger, t.batches.c.index.in_(newest), t.batches.c.maker == party)
        .order_by(t.batches.c.index.desc())
        .limit(most)
    ).all()
    return tuple(infos_of_rows(connection, ledger, rows).values())


def products_of(connection: Connection, ledger: str, party: str, *, most: int) -> tuple[ProductInfo, ...]:
    """A party's own products, the newest first."""
    columns = t.products.c
    rows = connection.execute(
        select(t.products)
        .where(columns.ledger == ledger, columns.owner == party, columns.registered.is_(True))
        .order_by(columns.index.desc())
        .limit(most)
    )
    return tuple(product_info(row) for row in rows)


def product_clerks(connection: Connection, ledger: str, party: str, *, most: int) -> dict[str, Named]:
    """By URI, of a party's newest own products those that somebody else entered for it: who."""
    columns = t.products.c
    rows = connection.execute(
        select(columns.uri, columns.index)
        .where(columns.ledger == ledger, columns.owner == party, columns.registered.is_(True))
        .order_by(columns.index.desc())
        .limit(most)
    )
    uris = {index: uri for uri, index in rows}
    return {uris[index]: clerk for index, clerk in clerks(connection, ledger, uris.keys()).items()}


def packages(connection: Connection, ledger: str, products: Collection[str]) -> dict[str, dict[str, Decimal]]:
    """By product: the units besides its own that it comes in, and how many of its own each is."""
    columns = t.products.c
    return {
        uri: {unit: Decimal(factor) for unit, factor in json.loads(units).items()}
        for part in chunks(sorted(products))
        for uri, units in connection.execute(
            select(columns.uri, columns.units).where(columns.ledger == ledger, columns.uri.in_(part))
        )
    }


# -- what it recorded ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """What stands in the ledger at one entry: the kind of record, who says it, and when a checkpoint covered it.

    ``event`` is the event's id where it is one, ``corrects`` and ``corrected_by`` the entries that one declares wrong.
    """

    index: int
    kind: str
    by: Named
    signed: datetime | None
    event: str | None = None
    corrects: int | None = None
    corrected_by: int | None = None


def said_at(connection: Connection, ledger: str, index: int) -> Said | None:
    """The record at an entry; None where there is none."""
    row = connection.execute(
        select(
            statements.c.kind,
            statements.c.by_party,
            t.events.c.event_id,
            t.events.c.corrects,
            t.events.c.corrected_by,
        )
        .outerjoin(t.events, and_(t.events.c.ledger == ledger, t.events.c.index == statements.c.index))
        .where(statements.c.ledger == ledger, statements.c.index == index)
    ).first()
    if row is None:
        return None
    signed = connection.execute(
        select(checkpoints.c.signed_at)
        .where(checkpoints.c.ledger == ledger, checkpoints.c.size > index)
        .order_by(checkpoints.c.size)
        .limit(1)
    ).scalar()
    by = Names(connection, ledger, [row.by_party]).of(row.by_party)
    return Said(index, row.kind, by, signed, row.event_id, row.corrects, row.corrected_by)


def entries_of_batch(
    connection: Connection, ledger: str, batch: str, party: str, *, most: int
) -> Sequence[tuple[int, str, datetime, bool]]:
    """A party's own acts with a batch, the newest first: entry, business step, when, and whether it was taken back."""
    columns = t.events.c
    named = select(t.event_things.c.index).where(
        t.event_things.c.ledger == ledger, t.event_things.c.uri == batch
    )
    rows = connection.execute(
        select(columns.index, columns.biz_step, columns.event_time, columns.corrected_by)
        .where(columns.ledger == ledger, columns.by_party == party, columns.declares_error.is_(False))
        .where(columns.index.in_(named))
        .order_by(columns.index.desc())
        .limit(most)
    )
    return tuple((index, step or "", time, corrected is not None) for index, step, time, corrected in rows)


def sales_of(connection: Connection, ledger: str, party: str, *, most: int) -> Sequence[int]:
    """The entries at which a party last sold goods, the newest first; those taken back are left out."""
    columns = t.events.c
    return (
        connection.execute(
            select(columns.index)
            .where(columns.ledger == ledger, columns.by_party == party, columns.biz_step == "retail_selling")
            .where(columns.declares_error.is_(False), columns.corrected_by.is_(None))
            .order_by(columns.index.desc())
            .limit(most)
        )
        .scalars()
        .all()
    )


def looks_of(connection: Connection, ledger: str, party: str, *, most: int) -> Sequence[int]:
    """The entries at which a party last looked at goods without moving any, the newest first."""
    columns = t.events.c
    return (
        connection.execute(
            select(columns.index)
            .where(columns.ledger == ledger, columns.by_party == party, columns.action == "OBSERVE")
            .where(columns.biz_step.in_(_LOOKS), columns.declares_error.is_(False))
            .where(columns.corrected_by.is_(None))
            .order_by(columns.index.desc())
            .limit(most)
        )
        .scalars()
        .all()
    )
