"""Where a batch came from and where it went: across transformations, deliveries and packing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import CTE, Connection, Row, Select, and_, bindparam, select

from trace.domain.model import REAL, Account, AccountKind, Batch, ShipmentState
from trace.store import projection_tables as t
from trace.store.book import account_of, batch_of, chunks, entry_of
from trace.store.book_statements import ANCESTRY, DESCENT
from trace.store.queries.names import Names, batch_infos
from trace.store.queries.results import (
    BalanceLine,
    BatchInfo,
    Edge,
    Lying,
    MassBalance,
    Movement,
    Node,
    Packing,
    Trace,
)
from trace.store.tables import Name

DEPTH = 50
"""Transformations that a trace follows unless told otherwise."""

_HANDS = (AccountKind.HELD.value, AccountKind.TRANSIT.value)


def trace_back(connection: Connection, ledger: str, batch: str, depth: int = DEPTH) -> Trace | None:
    """Everything the batch was made from, at most ``depth`` transformations back; None if it is unknown."""
    return _trace(connection, {"ledger": ledger, "batch": batch}, _BACK, depth)


def trace_forward(connection: Connection, ledger: str, batch: str, depth: int = DEPTH) -> Trace | None:
    """Everything made from the batch, at most ``depth`` transformations on; None if it is unknown."""
    return _trace(connection, {"ledger": ledger, "batch": batch}, _FORWARD, depth)


def who_holds(connection: Connection, ledger: str, batch: str) -> tuple[Lying, ...]:
    """Where the batch lies now: with whom, in which delivery, in which logistic unit."""
    infos = batch_infos(connection, ledger, [batch])
    columns = t.balances.c
    rows = connection.execute(
        select(t.balances)
        .where(columns.ledger == ledger, columns.batch == batch, columns.kind.in_(_HANDS))
        .order_by(columns.kind, columns.ref, columns.container)
    ).all()
    names = Names(connection, ledger, (row.ref for row in rows))
    return tuple(_lying(row, infos[batch].batch, names) for row in rows)


def mass_balance(connection: Connection, ledger: str, batch: str) -> MassBalance | None:
    """Every account of the batch, logistic units looked through; None if the batch is unknown."""
    row = connection.execute(
        select(t.batches).where(t.batches.c.ledger == ledger, t.batches.c.uri == batch)
    ).first()
    if row is None:
        return None
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    columns = t.balances.c
    for line in connection.execute(
        select(t.balances).where(columns.ledger == ledger, columns.batch == batch)
    ):
        sums[line.kind, line.ref] += line.amount
    names = Names(connection, ledger, (ref for _, ref in sums))
    return MassBalance(
        batch_of(row),
        tuple(
            BalanceLine(AccountKind(kind), names.of(ref), amount)
            for (kind, ref), amount in sorted(sums.items())
            if amount
        ),
    )


# -- tracing -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Asked:
    """The questions of a trace in one direction; ``ledger`` and ``batch`` are bound."""

    back: bool
    links: Select[Any]
    postings: Select[Any]
    balances: Select[Any]


def _asked(closure: CTE, *, back: bool) -> _Asked:
    members = select(closure.c.batch)
    links, postings, balances = t.links.c, t.postings.c, t.balances.c
    ledger = bindparam("ledger", type_=Name)
    by_event = and_(t.events.c.ledger == postings.ledger, t.events.c.index == postings.index)
    stands = and_(t.events.c.corrected_by.is_(None), t.events.c.declares_error.is_(False))
    return _Asked(
        back=back,
        links=select(t.links, t.events.c.event_id, t.events.c.holder, t.events.c.event_time)
        .join(t.events, and_(t.events.c.ledger == links.ledger, t.events.c.index == links.index))
        .where(links.ledger == ledger, (links.output if back else links.input).in_(members))
        .order_by(links.index, links.n),
        # Between hands alone; what was declared wrong, and its undoing, moved nothing.
        postings=select(t.postings, t.events.c.type)
        .join(t.events, by_event)
        .where(postings.ledger == ledger, postings.batch.in_(members), postings.kind.in_(_HANDS), stands)
        .order_by(postings.index, postings.n),
        balances=select(t.balances)
        .where(balances.ledger == ledger, balances.batch.in_(members))
        .order_by(balances.batch, balances.kind, balances.ref, balances.container),
    )


_BACK = _asked(ANCESTRY, back=True)
_FORWARD = _asked(DESCENT, back=False)


def _trace(connection: Connection, named: Mapping[str, str], asked: _Asked, depth: int) -> Trace | None:
    batch, ledger = named["batch"], named["ledger"]
    links = connection.execute(asked.links, named).all()
    depths, truncated = _depths(batch, links, depth, back=asked.back)
    infos = batch_infos(connection, ledger, depths)
    if batch not in infos:
        return None
    kept = [row for row in links if row.input in depths and row.output in depths]
    postings = [row for row in connection.execute(asked.postings, named) if row.batch in depths]
    balances: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(asked.balances, named):
        balances[row.batch].append(row)
    shipments = _shipments(connection, ledger, postings)
    names = Names(connection, ledger, _parties(kept, postings, balances, shipments))
    nodes = sorted((distance, uri) for uri, distance in depths.items() if uri in infos)
    units = {uri: info.batch for uri, info in infos.items()}
    return Trace(
        root=batch,
        nodes=tuple(_node(infos[uri], distance, balances.get(uri, ()), names) for distance, uri in nodes),
        edges=tuple(_edge(row, names) for row in kept),
        movements=tuple(_movements(postings, units, shipments, names)),
        packings=tuple(_packings(postings, units)),
        truncated=truncated,
    )


def _depths(batch: str, links: Iterable[Row[Any]], most: int, *, back: bool) -> tuple[dict[str, int], bool]:
    """How many transformations each batch is away, and whether more lie beyond; circles end by themselves."""
    next_of: dict[str, set[str]] = defaultdict(set)
    for row in links:
        start, end = (row.output, row.input) if back else (row.input, row.output)
        next_of[start].add(end)
    depths = {batch: 0}
    edge = {batch}
    for distance in range(1, most + 1):
        edge = {end for start in edge for end in next_of[start]} - depths.keys()
        depths.update(dict.fromkeys(edge, distance))
    beyond = {end for start in edge for end in next_of[start]} - depths.keys()
    return depths, bool(beyond)


def _shipments(connection: Connection, ledger: str, postings: Iterable[Row[Any]]) -> dict[str, Row[Any]]:
    opened = {row.ref for row in postings if row.kind == AccountKind.TRANSIT}
    found: dict[str, Row[Any]] = {}
    for part in chunks(sorted(opened)):
        rows = connection.execute(
            select(t.shipments).where(t.shipments.c.ledger == ledger, t.shipments.c.id.in_(part))
        )
        found.update({row.id: row for row in rows})
    return found


def _parties(
    links: Iterable[Row[Any]],
    postings: Iterable[Row[Any]],
    balances: Mapping[str, Iterable[Row[Any]]],
    shipments: Mapping[str, Row[Any]],
) -> set[str]:
    held = {row.ref for row in postings if row.kind == AccountKind.HELD}
    lying = {row.ref for rows in balances.values() for row in rows}
    sides = {uri for row in shipments.values() for uri in (row.sender, row.receiver)}
    return held | lying | sides | {row.holder for row in links}


def _node(info: BatchInfo, depth: int, rows: Iterable[Row[Any]], names: Names) -> Node:
    origins = (AccountKind.MADE, AccountKind.UNEXPLAINED)
    rows = list(rows)
    return Node(
        info=info,
        depth=depth,
        made=-sum((row.amount for row in rows if row.kind in origins), Decimal(0)),
        lying=tuple(_lying(row, info.batch, names) for row in rows if row.kind in REAL),
    )


def _lying(row: Row[Any], batch: Batch, names: Names) -> Lying:
    account: Account = account_of(row)
    return Lying(
        batch=batch.uri,
        kind=account.kind,
        where=names.of(account.ref),
        container=account.container or None,
        amount=row.amount,
        unit=batch.unit,
    )


def _edge(row: Row[Any], names: Names) -> Edge:
    return Edge(
        input=row.input,
        output=row.output,
        used=row.used,
        made=row.made,
        event=row.event_id,
        index=entry_of(row),
        by=names.of(row.holder),
        time=row.event_time,
    )


def _movements(
    postings: Iterable[Row[Any]],
    batches: Mapping[str, Batch],
    shipments: Mapping[str, Row[Any]],
    names: Names,
) -> Iterable[Movement]:
    """Deliveries as they left, and goods that went from hand to hand in one event without a delivery."""
    changes: dict[tuple[int, str], dict[tuple[str, str], Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in postings:
        changes[entry_of(row), row.batch][row.kind, row.ref] += row.amount
    for (index, batch), change in sorted(changes.items()):
        unit = batches[batch].unit
        for (kind, ref), amount in sorted(change.items()):
            shipment = shipments.get(ref) if kind == AccountKind.TRANSIT and amount > 0 else None
            if shipment is not None:
                yield Movement(
                    batch=batch,
                    sender=names.of(shipment.sender),
                    receiver=names.of(shipment.receiver),
                    amount=amount,
                    unit=unit,
                    index=index,
                    shipment=ref,
                    state=ShipmentState(shipment.state),
                )
        for sender, receiver, amount in _from_hand_to_hand(change):
            yield Movement(batch, names.of(sender), names.of(receiver), amount, unit, index)


def _from_hand_to_hand(change: Mapping[tuple[str, str], Decimal]) -> Iterable[tuple[str, str, Decimal]]:
    if any(kind == AccountKind.TRANSIT and amount for (kind, _), amount in change.items()):
        return
    given = [(ref, -amount) for (_, ref), amount in sorted(change.items(), reverse=True) if amount < 0]
    taken = [(ref, amount) for (_, ref), amount in sorted(change.items()) if amount > 0]
    for receiver, wanted in taken:
        rest = wanted
        while rest and given:
            sender, offered = given.pop()
            part = min(rest, offered)
            yield sender, receiver, part
            rest -= part
            if offered > part:
                given.append((sender, offered - part))


def _packings(postings: Iterable[Row[Any]], batches: Mapping[str, Batch]) -> Iterable[Packing]:
    for row in postings:
        if row.type == "AggregationEvent" and row.container and row.amount > 0:
            yield Packing(row.batch, row.container, row.amount, batches[row.batch].unit, entry_of(row))
