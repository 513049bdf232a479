"""What a holder can take away: receipts of single entries and bundles of a batch's whole chain."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import Connection

from trace.domain.refusals import Invalid, UnknownBatch
from trace.ledger import bundle, checkpoint
from trace.services import serials
from trace.services.context import Actor, Context
from trace.store import queries
from trace.store.log import LogReader
from trace.store.queries.serials import label_indices

PUBLIC = frozenset({"public"})
FULL = frozenset({"public", "full", "hash"})


def receipt(ctx: Context, index: int, actor: Actor | None = None) -> bytes:
    """Entry, inclusion proof and checkpoint of one record, with the bodies the asker may see. Raises Invalid."""
    note = ctx.publisher.publish()

    def read(connection: Connection) -> bytes:
        log = LogReader(connection, ctx.ledger)
        size = checkpoint.open(note, ctx.publisher.verifier).size
        if not 0 <= index < size:
            raise Invalid(field="index", value=str(index), expected=f"0 to {size - 1}")
        shown = FULL if _may_see_full(ctx, connection, actor, [index]) else PUBLIC
        return bundle.make_receipt(_item(log, index, shown), note, log.hashes)

    return ctx.sequencer.read(read)


def batch_bundle(
    ctx: Context,
    code: str,
    *,
    full: bool = False,
    label: str | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> bytes:
    """A batch's whole chain, as one file that the offline verifier judges. Raises UnknownBatch.

    ``label`` is a pre-printed label: the records by which its roll was made, and the label came to stand for whatever
    it stands for, are in the file too. Raises for it as ``serials.of_roll`` does.
    ``full`` discloses the compartment with quantities and papers; callers decide who may ask for it. The chain
    is the batch's own events and those of all it was made from, the holds on any of these and their releases, the
    records by which its people, places and products have their names, the entry that opened the ledger, and the
    records of the keys that signed any of them.
    """
    named = None if label is None else serials.of_roll(ctx, label)
    note = ctx.publisher.publish()

    def read(connection: Connection) -> bytes:
        found = queries.find_batch(connection, ctx.ledger, code)
        if found is None:
            raise UnknownBatch(batch=code)
        log = LogReader(connection, ctx.ledger)
        size = checkpoint.open(note, ctx.publisher.verifier).size
        chain = {
            *queries.events_of_batch_indices(connection, ctx.ledger, found.uri),
            *queries.naming_indices(connection, ctx.ledger, found.uri),
        }
        if named is not None:
            chain |= {*label_indices(connection, ctx.ledger, named.series.name, named.number)}
        wanted = sorted(i for i in {0, *chain, *_key_records(connection, ctx.ledger, chain)} if i < size)
        items = []
        for number, index in enumerate(wanted):
            items.append(_item(log, index, FULL if full else PUBLIC))
            progress(number + 1, len(wanted))
        return bundle.make_bundle(
            batch=found.uri, note=note, vkey=ctx.publisher.vkey, items=items, reader=log.hashes
        )

    return ctx.sequencer.read(read)


def _item(log: LogReader, index: int, shown: frozenset[str]) -> bundle.Item:
    stored = log.record(index)
    bodies = {name: body for name, body in stored.bodies.items() if name in shown}
    return bundle.Item(entry=stored.entry, statement=stored.statement, bodies=bodies)


def _key_records(connection: Connection, ledger: str, indices: Iterable[int]) -> set[int]:
    """Indices of the records of the keys that signed these entries, and of those that signed these, and so on."""
    found: set[int] = set()
    fresh = set(indices)
    while fresh:
        fresh = set(queries.key_record_indices(connection, ledger, sorted(fresh))) - found
        found |= fresh
    return found


def _may_see_full(ctx: Context, connection: Connection, actor: Actor | None, indices: list[int]) -> bool:
    if actor is None:
        return False
    return actor.sees_all or queries.takes_part(connection, ctx.ledger, actor.uri, indices)
