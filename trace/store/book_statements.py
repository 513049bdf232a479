"""The questions of ``book``, built once: building a statement costs more than asking it.

Each takes ``ledger`` and what its name says as bound parameters.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, ColumnElement, FromClause, and_, bindparam, or_, select

from trace.domain.model import AccountKind, ShipmentState
from trace.store import projection_tables as t
from trace.store.tables import Name

BATCH = bindparam("batch", type_=Name)


def _here(table: FromClause) -> ColumnElement[bool]:
    return table.c.ledger == bindparam("ledger")


def _is(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    return column == bindparam(name)


def closure(found: ColumnElement[Any], known: ColumnElement[Any], name: str) -> CTE:
    """The bound ``batch`` and all that links lead to from it, as a CTE with one column, ``batch``.

    UNION, not UNION ALL: a circle in a captured document ends the search instead of the process.
    """
    base = select(BATCH.label("batch")).cte(name, recursive=True)
    return base.union(select(found).where(_here(t.links), known == base.c.batch))


ANCESTRY = closure(t.links.c.input, t.links.c.output, "ancestry")
"""The batch and every batch it was made from."""

DESCENT = closure(t.links.c.output, t.links.c.input, "descent")
"""The batch and every batch made from it."""

_real = or_(t.balances.c.kind == AccountKind.HELD.value, t.balances.c.kind == AccountKind.TRANSIT.value)

PARTY = select(t.parties).where(
    _here(t.parties), _is(t.parties.c.uri, "uri"), t.parties.c.registered.is_(True)
)

OWNER = select(t.locations.c.owner).where(_here(t.locations), _is(t.locations.c.uri, "uri"))
OWNER_BY = OWNER.where(or_(t.locations.c.registered.is_(True), _is(t.locations.c.by_party, "by")))

PRODUCT_BY_RECORD = (
    select(t.products)
    .join(t.batches, and_(t.batches.c.ledger == t.products.c.ledger, t.batches.c.product == t.products.c.uri))
    .where(_here(t.batches), _is(t.batches.c.uri, "batch"))
)

PRODUCT_BY_GTIN = (
    select(t.products)
    .where(_here(t.products), _is(t.products.c.gtin, "gtin"))
    .order_by(t.products.c.registered.desc(), t.products.c.uri)
    .limit(1)
)

BATCH_BY_URI = select(t.batches).where(_here(t.batches), _is(t.batches.c.uri, "uri"))

BALANCES = (
    select(t.balances)
    .where(_here(t.balances), _is(t.balances.c.batch, "batch"), _real)
    .order_by(t.balances.c.kind, t.balances.c.ref, t.balances.c.container)
)

BALANCES_OF = BALANCES.where(_is(t.balances.c.ref, "ref"))

CONTENTS = (
    select(t.balances.c.batch, t.balances.c.amount)
    .where(_here(t.balances), _is(t.balances.c.container, "container"), _real)
    .order_by(t.balances.c.batch, t.balances.c.kind, t.balances.c.ref)
)

CONTAINER = select(t.containers).where(_here(t.containers), _is(t.containers.c.uri, "uri"))

CHILDREN = (
    select(t.containers)
    .where(_here(t.containers), _is(t.containers.c.parent, "container"))
    .order_by(t.containers.c.uri)
)

SHIPMENT = select(t.shipments).where(_here(t.shipments), _is(t.shipments.c.id, "id"))

OPEN_SHIPMENTS = (
    select(t.shipments)
    .where(_here(t.shipments), t.shipments.c.state == ShipmentState.OPEN.value)
    .where(
        t.shipments.c.id.in_(
            select(t.balances.c.ref)
            .where(_here(t.balances), _is(t.balances.c.batch, "batch"))
            .where(t.balances.c.kind == AccountKind.TRANSIT.value)
        )
    )
    .order_by(t.shipments.c.shipped, t.shipments.c.index, t.shipments.c.id)
)

_moved = t.postings.alias("moved")

# A delivery may be received in parts: every event that moved something out of it counts.
ACCEPTED = (
    select(t.postings.c.amount)
    .where(_here(t.postings), _is(t.postings.c.batch, "batch"))
    .where(t.postings.c.kind == AccountKind.HELD.value, _is(t.postings.c.ref, "receiver"))
    .where(
        t.postings.c.index.in_(
            select(_moved.c.index)
            .where(_here(_moved), _moved.c.kind == AccountKind.TRANSIT.value)
            .where(_is(_moved.c.ref, "shipment"), _moved.c.index != bindparam("opened"))
        )
    )
)

SENT_BACK = (
    select(t.postings.c.amount)
    .where(_here(t.postings), _is(t.postings.c.batch, "batch"))
    .where(t.postings.c.kind == AccountKind.TRANSIT.value)
    .where(
        t.postings.c.index.in_(
            select(t.shipments.c.index)
            .where(_here(t.shipments), _is(t.shipments.c.returns, "shipment"))
            .where(t.shipments.c.state != ShipmentState.VOID.value)
        )
    )
)

_in_force = and_(_here(t.stops), t.stops.c.released_index.is_(None))

ANY_STOP = select(t.stops.c.batch).where(_in_force).limit(1)

STOPS = (
    select(t.stops).where(_in_force, t.stops.c.batch.in_(select(ANCESTRY.c.batch))).order_by(t.stops.c.index)
)

EVENT = (
    select(t.events)
    .where(_here(t.events), _is(t.events.c.event_id, "event_id"), t.events.c.declares_error.is_(False))
    .order_by(t.events.c.index)
    .limit(1)
)

MADE_BY = (
    select(t.batches.c.uri)
    .where(_here(t.batches), _is(t.batches.c.made, "event_id"))
    .order_by(t.batches.c.uri)
)

POSTINGS = (
    select(t.postings).where(_here(t.postings), _is(t.postings.c.index, "index")).order_by(t.postings.c.n)
)

CONTAINERS_BEFORE = (
    select(t.containers_before)
    .where(_here(t.containers_before), _is(t.containers_before.c.index, "index"))
    .order_by(t.containers_before.c.n)
)
