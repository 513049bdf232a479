"""What people call the parties and goods that a refusal or a flag names by their URIs."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from trace.services.context import Context
from trace.store.queries.names import Names, batch_infos
from trace.store.queries.results import BatchInfo


def in_words(ctx: Context, params: Mapping[str, str]) -> dict[str, str]:
    """The same parameters, with every URI of a known party or batch replaced by its name; for sentences alone.

    A batch is called by its product and the lot or code that is printed on it. Programs get the URIs.
    """
    uris = sorted({value for value in params.values() if ":" in value})
    if not uris:
        return dict(params)

    def read(connection: Connection) -> dict[str, str]:
        parties = Names(connection, ctx.ledger, uris).parties
        batches = batch_infos(connection, ctx.ledger, uris)
        return {uri: party.name for uri, party in parties.items()} | {
            uri: _called(info) for uri, info in batches.items()
        }

    names = ctx.sequencer.read(read)
    return {name: names.get(value, value) for name, value in params.items()}


def _called(info: BatchInfo) -> str:
    printed = info.batch.lot or info.batch.code or info.uri
    return f"{info.product.name} {printed}" if info.product else printed
