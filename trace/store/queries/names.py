"""What to call parties and products, looked up for many at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, Select, Table, bindparam, or_, select

from trace.identifiers import split_batch_uri
from trace.store import projection_tables as t
from trace.store.book import batch_of, chunks, entry_of
from trace.store.master_data import class_candidates
from trace.store.queries.results import BatchInfo, Named, PartyInfo, ProductInfo


class Names:
    """What is known of a set of parties; answers for anyone else with the bare URI."""

    def __init__(self, connection: Connection, ledger: str, uris: Iterable[str | None]) -> None:
        self.parties: dict[str, PartyInfo] = {}
        for part in chunks(sorted({uri for uri in uris if uri})):
            rows = connection.execute(_PARTIES, {"ledger": ledger, "uris": part})
            self.parties.update({row.uri: party_info(row) for row in rows})

    def of(self, uri: str) -> Named:
        """The party with its name, if known."""
        known = self.parties.get(uri)
        return Named(uri, known.name if known else None)

    def maybe(self, uri: str | None) -> Named | None:
        """The same, or None for no one."""
        return self.of(uri) if uri else None


def batch_infos(connection: Connection, ledger: str, uris: Collection[str]) -> dict[str, BatchInfo]:
    """The recorded ones among these batches, each with its product and maker. A fixed number of queries."""
    rows: list[Row[Any]] = []
    for part in chunks(sorted(set(uris))):
        rows += connection.execute(_BATCHES, {"ledger": ledger, "uris": part})
    return infos_of_rows(connection, ledger, rows)


def infos_of_rows(
    connection: Connection, ledger: str, rows: Collection[Row[Any]], names: Names | None = None
) -> dict[str, BatchInfo]:
    """The same for rows of batches already read; ``names`` where the makers are known already."""
    products = _products(connection, ledger, rows)
    known = names or Names(connection, ledger, (row.maker for row in rows))
    return {
        row.uri: BatchInfo(batch_of(row), entry_of(row), products.get(row.uri), known.maybe(row.maker))
        for row in rows
    }


def _products(connection: Connection, ledger: str, batches: Collection[Row[Any]]) -> dict[str, ProductInfo]:
    """By batch: its product by record, by GTIN, or by the longest class that its lot URN belongs to."""
    candidates = {row.uri: _candidates(row) for row in batches}
    wanted = sorted({one for several in candidates.values() for one in several})
    found: dict[str, ProductInfo] = {}
    for part in chunks(wanted):
        for row in connection.execute(_PRODUCTS, {"ledger": ledger, "uris": part}):
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


def party_info(row: Row[Any]) -> PartyInfo:
    """A row of parties as queries give it."""
    return PartyInfo(
        uri=row.uri,
        name=row.name,
        registered=row.registered,
        index=entry_of(row),
        id=row.id,
        role=row.role,
        gln=row.gln,
        uscc=row.uscc,
        licence=row.licence,
        region=row.region,
        address=row.address,
        location=row.location,
    )


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


# -- what is asked, built once; ``ledger`` and ``uris`` are bound -----------------------------------------------


def _among(table: Table, *names: str) -> Select[Any]:
    wanted: BindParameter[Any] = bindparam("uris", expanding=True)
    return select(table).where(
        table.c.ledger == bindparam("ledger"), or_(*(table.c[name].in_(wanted) for name in names))
    )


_PARTIES = _among(t.parties, "uri")
_BATCHES = _among(t.batches, "uri")
_PRODUCTS = _among(t.products, "uri", "gtin").order_by(
    t.products.c.registered,
    t.products.c.uri,  # the registered last, so that its word counts
)
