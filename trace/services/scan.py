"""What a code opens, for anybody: no actor stands behind a scan, so no amounts and no papers are in it.

Each function is one transaction with a number of queries that does not grow with what it finds, and gives None
where the ledger has no such thing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import Connection

from trace.domain.mandates import ENTERED_BY
from trace.domain.model import Container, Party, Product
from trace.identifiers import DigitalLink
from trace.ledger import checkpoint
from trace.ledger.note import Verifier
from trace.ledger.records import Entry
from trace.services.context import Context
from trace.store import queries
from trace.store.book import StoreBook
from trace.store.queries.names import Names
from trace.store.queries.results import (
    BatchInfo,
    BatchView,
    Named,
    Place,
    Step,
    StopInfo,
)
from trace.store.queries.units import UnitStep, unit_steps

MOST = 50
"""Batches that the page of a product or of a place lists."""

_PLACE, _PARTY = "414", "417"


@dataclass(frozen=True)
class Signed:
    """The newest checkpoint: the tree's size and 32-byte root, the log, the time of the last entry in it."""

    size: int
    root: bytes
    origin: str
    until: datetime | None


@dataclass(frozen=True)
class BatchScan:
    """A batch's chain without amounts, and the events as everybody may see them, by entry.

    These are the chain's own, and those by which any of them was taken back. ``clerks`` are whom the ledger knows of
    the parties that entered any of them for another, by URI.
    """

    view: BatchView
    events: Mapping[int, Mapping[str, Any]]
    signed: Signed | None
    clerks: Mapping[str, Named] = field(default_factory=dict)

    def making(self, batch: str) -> Step | None:
        """The record that tells what a batch is: the first that made it, or the next after that was taken back.

        First in the ledger: the time that a document states is its author's, and anybody may name another's batch.
        """
        return self._making.get(batch)

    @cached_property
    def _making(self) -> Mapping[str, Step]:
        found: dict[str, Step] = {}
        for step in sorted(self.view.steps, key=lambda one: one.index):
            for batch in _made(step):
                before = found.get(batch)
                undone = before.corrected_by if before else None
                if before is None or (undone is not None and undone < step.index):
                    found[batch] = step
        return found

    def told(self, batch: str) -> Mapping[str, str]:
        """What that record says of the batch beyond its dates, as far as everybody may see it."""
        step = self.making(batch)
        ilmd = self.events.get(step.index, {}).get("ilmd") if step and step.corrected_by is None else None
        listed = ilmd.get("trace:batches") if isinstance(ilmd, Mapping) else None
        for one in listed if isinstance(listed, list) else ():
            if isinstance(one, Mapping) and one.get("batch") == batch:
                return {name: value for name, value in one.items() if isinstance(value, str)}
        return {}


@dataclass(frozen=True)
class ProductScan:
    """A registered product, whose it is, and its newest batches."""

    product: Product
    owner: Party | None
    batches: tuple[BatchInfo, ...]


@dataclass(frozen=True)
class UnitScan:
    """A logistic unit: who has it, the batches that lie in it, the units packed in it, what it is packed in.

    ``steps`` are the newest that nobody took back, ``goods`` the batches that were in it at any of them that adds up,
    and are no more. An emptied unit has nothing but these.
    """

    uri: str
    holder: Party | None
    batches: tuple[BatchInfo, ...]
    units: tuple[Container, ...]
    parent: str | None
    steps: tuple[UnitStep, ...]
    goods: tuple[BatchInfo, ...]


@dataclass(frozen=True)
class PlaceScan:
    """A party, found by itself or by a place of its own, and the newest batches that it made."""

    owner: Party
    batches: tuple[BatchInfo, ...]


def batch(ctx: Context, code: str) -> BatchScan | None:
    """A batch by URI, short code, or any spelling of its Digital Link."""

    def read(connection: Connection) -> BatchScan | None:
        found = queries.find_batch(connection, ctx.ledger, code)
        view = queries.batch_view(connection, ctx.ledger, found.uri, amounts=False) if found else None
        if view is None:
            return None
        wanted = {
            index for step in view.steps for index in (step.index, step.corrected_by) if index is not None
        }
        events = _events(connection, ctx.ledger, wanted)
        return BatchScan(view, events, _signed(ctx, connection), _clerks(connection, ctx.ledger, events))

    return ctx.sequencer.read(read)


def find(ctx: Context, code: str) -> str | None:
    """The URI of a batch by URI, short code or any spelling of its Digital Link; else of the batch or product that
    it stands for as a foreign code."""

    def read(connection: Connection) -> str | None:
        found = queries.find_batch(connection, ctx.ledger, code)
        if found is not None:
            return found.uri
        named = queries.alias(connection, ctx.ledger, code)
        return named.target if named else None

    return ctx.sequencer.read(read)


def product(ctx: Context, uri: str) -> ProductScan | None:
    """A product by its URI."""

    def read(connection: Connection) -> ProductScan | None:
        found = queries.find_product(connection, ctx.ledger, uri)
        if found is None:
            return None
        listed = queries.batches(connection, ctx.ledger, product=found.uri, limit=MOST)
        owner = StoreBook(connection, ctx.ledger).party(found.owner)
        return ProductScan(found, owner, listed.items)

    return ctx.sequencer.read(read)


def unit(ctx: Context, uri: str) -> UnitScan | None:
    """A logistic unit by its URI, full or emptied; None where no record names it."""

    def read(connection: Connection) -> UnitScan | None:
        book = StoreBook(connection, ctx.ledger)
        found, steps = book.container(uri), unit_steps(connection, ctx.ledger, uri)
        if found is None and steps is None:
            return None
        lying = book.contents(uri)
        told = {name for step in steps or () if not step.flagged for name in step.goods}
        infos = queries.batch_infos(connection, ctx.ledger, {*lying, *told})
        known = sorted(infos)
        return UnitScan(
            uri=uri,
            holder=book.party(found.place.ref) if found else None,
            batches=tuple(infos[name] for name in known if name in lying),
            units=book.children(uri),
            parent=found.parent if found else None,
            steps=steps or (),
            goods=tuple(infos[name] for name in known if name not in lying),
        )

    return ctx.sequencer.read(read)


def place(ctx: Context, uri: str) -> PlaceScan | None:
    """A place or a party by its URI; a place is its owner's."""

    def read(connection: Connection) -> PlaceScan | None:
        book = StoreBook(connection, ctx.ledger)
        owner = party_at(book, uri)
        if owner is None:
            return None
        made = queries.batches(connection, ctx.ledger, maker=owner.uri, limit=MOST)
        return PlaceScan(owner, made.items)

    return ctx.sequencer.read(read)


def party_at(book: StoreBook, uri: str) -> Party | None:
    """The party of a URI: itself, or whose place it is."""
    owner = book.party(_party_of(uri))
    if owner is None and (owned := book.owner_of(uri)) is not None:
        owner = book.party(owned)
    return owner


def _party_of(uri: str) -> str:
    """The party whose own place this is: its GLN under the key for parties, or ``{base}/p/{id}/place``."""
    if uri.startswith(f"https://id.gs1.org/{_PLACE}/"):
        link = DigitalLink.parse(uri)
        return uri if link.qualifiers else DigitalLink.of(_PARTY, link.value).uri
    return uri.removesuffix("/place")


def _events(connection: Connection, ledger: str, indices: Collection[int]) -> dict[int, Mapping[str, Any]]:
    """The public events, out of the very bytes that the ledger vouches for; an erased body has none.

    Whether they are the bytes that were hashed is for ``verify`` to say, not for every scan.
    """
    bodies = queries.bodies_of(connection, ledger, indices, "public")
    told = {index: json.loads(body)["data"].get("event") for index, body in bodies}
    return {index: event for index, event in told.items() if isinstance(event, dict)}


def _clerks(connection: Connection, ledger: str, events: Mapping[int, Mapping[str, Any]]) -> dict[str, Named]:
    """Who entered events for another party; asked for only where anybody did."""
    uris = {uri for event in events.values() if isinstance(uri := event.get(ENTERED_BY), str)}
    names = Names(connection, ledger, uris) if uris else None
    return {} if names is None else {uri: names.of(uri) for uri in sorted(uris)}


def _signed(ctx: Context, connection: Connection) -> Signed | None:
    newest = queries.newest_checkpoint(connection, ctx.ledger)
    if newest is None:
        return None
    note, last = newest
    return _opened(note, last, ctx.publisher.verifier)


def _made(step: Step) -> Collection[str]:
    """The batches that a record says have come to be."""
    if step.declares_error:
        return ()
    if step.type == "ObjectEvent":
        return step.batches if step.action == "ADD" else ()
    return [thing.uri for thing in step.things if thing.role == "output"]


@lru_cache(maxsize=16)  # every page of some seconds shows the same one
def _opened(note: str, last: bytes | None, verifier: Verifier) -> Signed:
    """The checkpoint, its signature verified."""
    tree = checkpoint.open(note, verifier)
    until = None if last is None else datetime.fromisoformat(Entry.parse(last).time).astimezone(UTC)
    return Signed(tree.size, tree.root, tree.origin, until)


__all__ = [
    "MOST",
    "BatchInfo",
    "BatchScan",
    "BatchView",
    "Named",
    "Place",
    "PlaceScan",
    "ProductScan",
    "Signed",
    "Step",
    "StopInfo",
    "UnitScan",
    "UnitStep",
    "batch",
    "find",
    "place",
    "product",
    "unit",
]
