"""The records by which a batch's page calls people, places and products by their names."""

from __future__ import annotations

from sqlalchemy import Connection, select

from trace.store import projection_tables as t
from trace.store.book import chunks
from trace.store.queries.chain import batch_view


def naming_indices(connection: Connection, ledger: str, batch: str) -> tuple[int, ...]:
    """The newest record of each registered party, place and product that a batch's chain names, and the receipts that
    its page shows as confirmations; empty if the batch is unknown.

    What only a captured document describes has no record that everybody may see, and is not among them.
    """
    view = batch_view(connection, ledger, batch, amounts=False)
    if view is None:
        return ()
    found = {party.index for party in view.parties.values() if party.registered}
    settled = (step.delivery.confirmed_index for step in view.steps if step.delivery)
    found |= {index for index in settled if index is not None}
    places = {step.place.uri for step in view.steps if step.place}
    products = {info.product.uri for info in view.family.values() if info.product}
    for table, uris in ((t.locations, places), (t.products, products)):
        for part in chunks(sorted(uris)):
            chosen = select(table.c.index).where(table.c.ledger == ledger, table.c.uri.in_(part))
            found.update(connection.execute(chosen.where(table.c.registered)).scalars())
    return tuple(sorted(found))
