"""What to call parties, places and products, looked up for many at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from trace.identifiers import split_batch_uri
from trace.store import projection_tables as t
from trace.store.book import batch_of, chunks, entry_of
from trace.store.master_data import class_candidates
from trace.store.queries.results import BatchInfo, Named, Place, ProductInfo


class Names:
    """The names of a set of parties; answers for anyone else with the bare URI."""

    def __init__(self, connection: Connection, ledger: str, uris: Iterable[str | None]) -> None:
        self._names: dict[str, str] = {}
        for part in chunks(sorted({uri for uri in uris if uri})):
            rows = connection.execute(
                select(t.parties.c.uri, t.parties.c.name).where(
                    t.parties.c.ledger == ledger, t.parties.c.uri.in_(part)
                )
            )
            self._names.update({row.uri: row.name for row in rows})

    def of(self, uri: str) -> Named:
        """The party with its name, if known."""
        return Named(uri, self._names.get(uri))

    def maybe(self, uri: str | None) -> Named | None:
        """The same, or None for no one."""
        return self.of(uri) if uri else None


def places(connection: Connection, ledger: str, uris: Iterable[str | None]) -> dict[str, Place]:
    """Every one of these places, named where the ledger knows a name."""
    wanted = sorted({uri for uri in uris if uri})
    found = {uri: Place(uri) for uri in wanted}
    for part in chunks(wanted):
        rows = connection.execute(
            select(t.locations).where(t.locations.c.ledger == ledger, t.locations.c.uri.in_(part))
        )
        found.update({row.uri: Place(row.uri, row.name, row.address, row.owner) for row in rows})
    return found


def batch_infos(connection: Connection, ledger: str, uris: Collection[str]) -> dict[str, BatchInfo]:
    """The recorded ones among these batches, each with its product and maker. A fixed number of queries."""
    rows: list[Row[Any]] = []
    for part in chunks(sorted(set(uris))):
        rows += connection.execute(
            select(t.batches).where(t.batches.c.ledger == ledger, t.batches.c.uri.in_(part))
        )
    return infos_of_rows(connection, ledger, rows)


def infos_of_rows(connection: Connection, ledger: str, rows: Collection[Row[Any]]) -> dict[str, BatchInfo]:
    """The same for rows of batches already read."""
    products = _products(connection, ledger, rows)
    names = Names(connection, ledger, (row.maker for row in rows))
    return {
        row.uri: BatchInfo(batch_of(row), entry_of(row), products.get(row.uri), names.maybe(row.maker))
        for row in rows
    }


def _products(connection: Connection, ledger: str, batches: Collection[Row[Any]]) -> dict[str, ProductInfo]:
    """By batch: its product by record, by GTIN, or by the longest class that its lot URN belongs to."""
    candidates = {row.uri: _candidates(row) for row in batches}
    wanted = sorted({one for several in candidates.values() for one in several})
    found: dict[str, ProductInfo] = {}
    columns = t.products.c
    for part in chunks(wanted):
        rows = connection.execute(
            select(t.products)
            .where(columns.ledger == ledger, or_(columns.uri.in_(part), columns.gtin.in_(part)))
            .order_by(columns.registered, columns.uri)  # the registered last, so that its word counts
        )
        for row in rows:
            info = product_info(row)
            found |= {row.gtin: info} if row.gtin else {}
            found[row.uri] = info
    chosen = {batch: [found[one] for one in several if one in found] for batch, several in candidates.items()}
    return {batch: infos[0] for batch, infos in chosen.items() if infos}


def _candidates(batch: Row[Any]) -> tuple[str, ...]:
    split = split_batch_uri(batch.uri)
    by_gtin = () if split is None else (f"https://id.gs1.org/01/{split[0]}", split[0])
    stated = (batch.product,) if batch.product else ()
    return (*stated, *by_gtin, *class_candidates(batch.uri))


def product_info(row: Row[Any]) -> ProductInfo:
    """A row of products as queries give it."""
    return ProductInfo(
        uri=row.uri,
        name=row.name,
        registered=row.registered,
        gtin=row.gtin,
        category=row.category,
        owner=row.owner,
        unit=row.unit,
        shelf_days=row.shelf_days,
    )
