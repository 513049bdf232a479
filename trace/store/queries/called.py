"""Parties and products by what people call them, where a ledger kept by hand names no number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import Connection, select

from trace.domain.model import Party, Product
from trace.store import projection_tables as t
from trace.store.book import chunks, party_of, product_of


def parties_called(connection: Connection, ledger: str, names: Collection[str]) -> dict[str, list[Party]]:
    """The registered parties of exactly these names, in order of entry."""
    columns = t.parties.c
    found: dict[str, list[Party]] = defaultdict(list)
    for part in chunks(sorted(names)):
        rows = connection.execute(
            select(t.parties)
            .where(columns.ledger == ledger, columns.registered.is_(True), columns.name.in_(part))
            .order_by(columns.index, columns.uri)
        )
        for row in rows:
            found[row.name].append(party_of(row))
    return found


def products_called(connection: Connection, ledger: str, owner: str) -> dict[str, list[Product]]:
    """The products that a party registered, by their names, in order of entry."""
    columns = t.products.c
    found: dict[str, list[Product]] = defaultdict(list)
    rows = connection.execute(
        select(t.products)
        .where(columns.ledger == ledger, columns.registered.is_(True), columns.owner == owner)
        .order_by(columns.index, columns.uri)
    )
    for row in rows:
        if (product := product_of(row)) is not None:
            found[product.name].append(product)
    return found
