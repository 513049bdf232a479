"""The records by which a batch's page calls people, places and products by their names."""

from __future__ import annotations

import json
from collections.abc import Collection

from sqlalchemy import Connection, select

from trace.domain.mandates import ENTERED_BY
from trace.store import projection_tables as t
from trace.store.book import chunks
from trace.store.queries.chain import batch_view
from trace.store.queries.names import Names
from trace.store.queries.records import bodies_of
from trace.store.tables import statements


def naming_indices(connection: Connection, ledger: str, batch: str) -> tuple[int, ...]:
    """The newest record of each registered party, place and product that a batch's chain names, clerks among them, of
    who lifted a hold, by which it is seen that he may, and the receipts that its page shows as confirmations; empty if
    the batch is unknown.

    What only a captured document describes has no record that everybody may see, and is not among them.
    """
    view = batch_view(connection, ledger, batch, amounts=False)
    if view is None:
        return ()
    others = _clerks(connection, ledger, [step.index for step in view.steps])
    lifted = [stop.released_index for stop in view.stops if stop.released_index is not None]
    others |= _signers(connection, ledger, lifted)
    people = (*view.parties.values(), *Names(connection, ledger, others).parties.values())
    found = {party.index for party in people if party.registered}
    settled = (step.delivery.confirmed_index for step in view.steps if step.delivery)
    found |= {index for index in settled if index is not None}
    places = {step.place.uri for step in view.steps if step.place}
    products = {info.product.uri for info in view.family.values() if info.product}
    for table, uris in ((t.locations, places), (t.products, products)):
        for part in chunks(sorted(uris)):
            chosen = select(table.c.index).where(table.c.ledger == ledger, table.c.uri.in_(part))
            found.update(connection.execute(chosen.where(table.c.registered)).scalars())
    return tuple(sorted(found))


def _signers(connection: Connection, ledger: str, indices: Collection[int]) -> set[str]:
    """Whose statements stand in these entries."""
    columns = statements.c
    asked = select(columns.by_party).where(columns.ledger == ledger, columns.index.in_(sorted(indices)))
    return set(connection.execute(asked).scalars()) if indices else set()


def _clerks(connection: Connection, ledger: str, indices: Collection[int]) -> set[str]:
    """Who entered any of these events for another party."""
    events = (
        json.loads(body)["data"].get("event") for _, body in bodies_of(connection, ledger, indices, "public")
    )
    named = {event.get(ENTERED_BY) for event in events if isinstance(event, dict)}
    return {uri for uri in named if isinstance(uri, str)}
