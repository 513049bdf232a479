"""Who entered a record for whoever says it (代录), where it is a record that is no event."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from trace.domain.mandates import ENTERED_BY
from trace.ledger import canonical as jcs
from trace.store.queries.names import Names
from trace.store.queries.records import bodies_of
from trace.store.queries.results import Named


def clerks(connection: Connection, ledger: str, indices: Collection[int]) -> dict[int, Named]:
    """By entry, of those that somebody else entered: who."""
    stated: dict[int, str] = {}
    for index, body in bodies_of(connection, ledger, indices, "public"):
        data = jcs.decode(body)["data"]
        if isinstance(data, dict) and isinstance(clerk := data.get(ENTERED_BY), str):
            stated[index] = clerk
    names = Names(connection, ledger, stated.values())
    return {index: names.of(clerk) for index, clerk in stated.items()}
