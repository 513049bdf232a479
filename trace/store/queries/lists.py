"""Lists, page by page: parties, products, batches, what a party holds, and deliveries in both directions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select

from trace.domain.model import AccountKind, ShipmentState
from trace.domain.refusals import Invalid
from trace.store import projection_tables as t
from trace.store.book import chunks, entry_of
from trace.store.queries.cursors import page
from trace.store.queries.names import Names, batch_infos, infos_of_rows, party_info, product_info
from trace.store.queries.results import (
    BatchInfo,
    DeliveryInfo,
    DeliveryLine,
    Holding,
    Page,
    PartyInfo,
    ProductInfo,
)

LIMIT = 50


def parties(
    connection: Connection,
    ledger: str,
    *,
    role: str | None = None,
    claimed: bool = False,
    cursor: str | None = None,
    limit: int = LIMIT,
) -> Page[PartyInfo]:
    """Registered parties in order of entry; with ``claimed`` those that only captured documents speak of."""
    columns = t.parties.c
    statement = select(t.parties).where(columns.ledger == ledger, columns.registered.is_(not claimed))
    if role is not None:
        statement = statement.where(columns.role == role)
    return page(
        connection,
        statement,
        name="parties",
        keys=[(columns.index, False), (columns.uri, False)],
        cursor=cursor,
        limit=limit,
        make=lambda rows: [party_info(row) for row in rows],
    )


def products(
    connection: Connection,
    ledger: str,
    *,
    owner: str | None = None,
    cursor: str | None = None,
    limit: int = LIMIT,
) -> Page[ProductInfo]:
    """Registered products, those of one owner if given, in order of entry."""
    columns = t.products.c
    statement = select(t.products).where(columns.ledger == ledger, columns.registered.is_(True))
    if owner is not None:
        statement = statement.where(columns.owner == owner)
    return page(
        connection,
        statement,
        name="products",
        keys=[(columns.index, False), (columns.uri, False)],
        cursor=cursor,
        limit=limit,
        make=lambda rows: [product_info(row) for row in rows],
    )


def batches(
    connection: Connection,
    ledger: str,
    *,
    maker: str | None = None,
    product: str | None = None,
    lot: str | None = None,
    cursor: str | None = None,
    limit: int = LIMIT,
) -> Page[BatchInfo]:
    """Batches, the newest first; those of one maker, product or lot if given."""
    columns = t.batches.c
    statement = select(t.batches).where(columns.ledger == ledger)
    for column, wanted in ((columns.maker, maker), (columns.product, product), (columns.lot, lot)):
        if wanted is not None:
            statement = statement.where(column == wanted)
    return page(
        connection,
        statement,
        name="batches",
        keys=[(columns.index, True), (columns.uri, False)],
        cursor=cursor,
        limit=limit,
        make=lambda rows: list(infos_of_rows(connection, ledger, rows).values()),
    )


def holdings(
    connection: Connection, ledger: str, party: str, *, cursor: str | None = None, limit: int = LIMIT
) -> Page[Holding]:
    """What a party holds of each batch, in the order of the batches' URIs."""
    columns = t.balances.c
    held = and_(columns.ledger == ledger, columns.kind == AccountKind.HELD, columns.ref == party)

    def make(rows: Sequence[Row[Any]]) -> list[Holding]:
        uris = [row.batch for row in rows]
        infos = batch_infos(connection, ledger, uris)
        stopped = stopped_among(connection, ledger, uris)
        loose: dict[str, Decimal] = defaultdict(Decimal)
        packed: dict[str, dict[str, Decimal]] = defaultdict(dict)
        for part in chunks(uris):
            for row in connection.execute(select(t.balances).where(held, columns.batch.in_(part))):
                if row.container:
                    packed[row.batch][row.container] = row.amount
                else:
                    loose[row.batch] += row.amount
        return [
            Holding(
                info=infos[uri],
                amount=loose[uri] + sum(packed[uri].values(), Decimal(0)),
                packed=dict(sorted(packed[uri].items())),
                stopped=uri in stopped,
            )
            for uri in uris
        ]

    return page(
        connection,
        select(columns.batch).where(held).distinct(),
        name="holdings",
        keys=[(columns.batch, False)],
        cursor=cursor,
        limit=limit,
        make=make,
    )


def stopped_among(connection: Connection, ledger: str, uris: Collection[str]) -> set[str]:
    """Those of the batches that a hold reaches, on them or on what they were made from."""
    reached = (
        select(t.stops.c.batch)
        .where(t.stops.c.ledger == ledger, t.stops.c.released_index.is_(None))
        .cte("reached", recursive=True)
    )
    reached = reached.union(
        select(t.links.c.output).where(t.links.c.ledger == ledger, t.links.c.input == reached.c.batch)
    )
    found: set[str] = set()
    for part in chunks(sorted(uris)):
        found.update(connection.execute(select(reached.c.batch).where(reached.c.batch.in_(part))).scalars())
    return found


# -- deliveries ----------------------------------------------------------------------------------------------


def shipments(
    connection: Connection,
    ledger: str,
    party: str,
    *,
    direction: str = "in",
    state: str | None = None,
    cursor: str | None = None,
    limit: int = LIMIT,
) -> Page[DeliveryInfo]:
    """Deliveries to (``in``), from (``out``) or of (``both``) a party, the newest first. Raises Invalid."""
    columns = t.shipments.c
    sides: dict[str, ColumnElement[bool]] = {
        "in": columns.receiver == party,
        "out": columns.sender == party,
        "both": or_(columns.receiver == party, columns.sender == party),
    }
    if direction not in sides:
        raise Invalid(field="direction", value=direction, expected=" | ".join(sides))
    if state is not None and state not in set(ShipmentState):
        raise Invalid(field="state", value=state, expected=" | ".join(ShipmentState))
    statement = select(t.shipments).where(columns.ledger == ledger, sides[direction])
    if state is not None:
        statement = statement.where(columns.state == state)
    return page(
        connection,
        statement,
        name="shipments",
        keys=[(columns.index, True), (columns.id, False)],
        cursor=cursor,
        limit=limit,
        make=lambda rows: _deliveries(connection, ledger, rows),
    )


def arriving(
    connection: Connection, ledger: str, party: str, *, cursor: str | None = None, limit: int = LIMIT
) -> Page[DeliveryInfo]:
    """Deliveries that wait for a party to confirm them, the longest recorded first. Raises Invalid."""
    columns = t.shipments.c
    return page(
        connection,
        select(t.shipments)
        .where(columns.ledger == ledger, columns.receiver == party)
        .where(columns.state == ShipmentState.OPEN),
        name="arriving",
        keys=[(columns.index, False), (columns.id, False)],
        cursor=cursor,
        limit=limit,
        make=lambda rows: _deliveries(connection, ledger, rows),
    )


def find_shipment(connection: Connection, ledger: str, id: str) -> DeliveryInfo | None:
    """One delivery with its lines."""
    rows = connection.execute(
        select(t.shipments).where(t.shipments.c.ledger == ledger, t.shipments.c.id == id)
    ).all()
    found = _deliveries(connection, ledger, rows)
    return found[0] if found else None


def _deliveries(connection: Connection, ledger: str, rows: Sequence[Row[Any]]) -> list[DeliveryInfo]:
    postings = _postings_of(connection, ledger, [row.id for row in rows])
    infos = batch_infos(connection, ledger, {row.batch for several in postings.values() for row in several})
    names = Names(connection, ledger, (uri for row in rows for uri in (row.sender, row.receiver)))
    return [
        DeliveryInfo(
            shipment=row.id,
            sender=names.of(row.sender),
            receiver=names.of(row.receiver),
            event=row.event,
            shipped=row.shipped,
            state=ShipmentState(row.state),
            settled_by=row.settled_by,
            returns=row.returns,
            index=entry_of(row),
            settled_index=row.settled_index,
            lines=tuple(_lines(row, postings.get(row.id, ()), infos)),
        )
        for row in rows
    ]


def _postings_of(connection: Connection, ledger: str, ids: Sequence[str]) -> dict[str, list[Row[Any]]]:
    """By delivery: all postings of the events that moved something into it or out of it."""
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    touching = t.postings.alias("touching")
    for part in chunks(ids):
        moved = (
            select(touching.c.index, touching.c.ref.label("delivery"))
            .where(touching.c.ledger == ledger, touching.c.kind == AccountKind.TRANSIT)
            .where(touching.c.ref.in_(part))
            .distinct()
            .subquery()
        )
        for row in connection.execute(
            select(t.postings, moved.c.delivery)
            .join(moved, moved.c.index == t.postings.c.index)
            .where(t.postings.c.ledger == ledger)
            .order_by(t.postings.c.index, t.postings.c.n)
        ):
            found[row.delivery].append(row)
    return found


def _lines(
    shipment: Row[Any], postings: Sequence[Row[Any]], infos: dict[str, BatchInfo]
) -> Iterable[DeliveryLine]:
    shipped: dict[str, Decimal] = {}
    parts: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for row in postings:
        if entry_of(row) != entry_of(shipment):
            parts[row.batch, row.kind, row.ref] += row.amount
        elif row.kind == AccountKind.TRANSIT and row.ref == shipment.id:
            shipped[row.batch] = shipped.get(row.batch, Decimal(0)) + row.amount
    for batch, amount in shipped.items():
        yield DeliveryLine(
            info=infos[batch],
            shipped=amount,
            accepted=parts[batch, AccountKind.HELD, shipment.receiver],
            short=parts[batch, AccountKind.SHORT, shipment.id],
            rejected=parts[batch, AccountKind.HELD, shipment.sender],
        )
