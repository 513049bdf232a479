"""What the pages ask the service. Only what anybody may see is asked for: no actor stands behind a scan."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from markupsafe import Markup
from sqlalchemy import Connection

from scanner_web import model, paths
from scanner_web.reading import Reader, Sources
from trace.domain.model import Party
from trace.domain.refusals import UnknownBatch
from trace.identifiers import DigitalLink
from trace.ledger import checkpoint
from trace.ledger.records import Body, Entry, Statement
from trace.render.qr import qr_svg
from trace.services import look
from trace.services.context import Context
from trace.store import queries
from trace.store.book import StoreBook
from trace.store.log import LogReader
from trace.store.queries import BatchInfo, BatchView, Named

_MOST = 50  # batches listed on one page


@dataclass(frozen=True)
class DemoCode:
    """A batch of the demo with the picture of its code."""

    name: str
    path: str
    url: str
    qr: Markup
    label: str | None = None

    def shown(self) -> dict[str, str]:
        """For a program: without the picture."""
        return {"name": self.name, "path": self.path, "url": self.url}


@dataclass(frozen=True)
class Lookup:
    """Answers for one request."""

    ctx: Context

    def batch(self, code: str, serial: str | None = None) -> model.BatchPage | None:
        """A batch's page by short code, Digital Link or URI; None where the ledger has no such batch."""
        try:
            view = look.batch_page(self.ctx, code)
        except UnknownBatch:
            return None

        def read(connection: Connection) -> model.BatchPage:
            source = _Source(self.ctx, connection)
            reader = Reader(view, Sources(self.ctx.base_url, source.party, source.public, source.recorded))
            return reader.page(self.ctx.clock(), source.proof(view), serial)

        return self.ctx.sequencer.read(read)

    def bundle_path(self, page: model.BatchPage) -> str:
        """Where the batch's proof can be taken away."""
        return f"/api/v1/batches/{paths.segment(page.code or page.uri)}/bundle"

    def product(self, uri: str) -> model.ProductPage | None:
        """A registered product by its URI, or by its path here, with its newest batches."""
        wanted = self._uri(uri)

        def read(connection: Connection) -> model.ProductPage | None:
            found = queries.find_product(connection, self.ctx.ledger, wanted)
            if found is None:
                return None
            owner = _Source(self.ctx, connection).party(found.owner)
            product = model.Product(
                name=found.name,
                uri=found.uri,
                gtin=found.gtin,
                category=found.category,
                owner=self._party(owner) if owner else None,
                path=paths.path_of(found.uri, self.ctx.base_url),
            )
            listed = queries.batches(connection, self.ctx.ledger, product=found.uri, limit=_MOST)
            return model.ProductPage(product, tuple(self._batch(info) for info in listed.items))

        return self.ctx.sequencer.read(read)

    def unit(self, uri: str) -> model.UnitPage | None:
        """A logistic unit and what lies in it; None where no record packs it."""

        def read(connection: Connection) -> model.UnitPage | None:
            book = StoreBook(connection, self.ctx.ledger)
            found = book.container(uri)
            if found is None:
                return None
            holder = _Source(self.ctx, connection).party(found.place.ref)
            infos = [
                look_up
                for batch in book.contents(uri)
                if (look_up := queries.batch_view(connection, self.ctx.ledger, batch)) is not None
            ]
            return model.UnitPage(
                sscc=paths.printed(uri),
                uri=uri,
                holder=self._party(holder) if holder else None,
                batches=tuple(self._batch(view.info) for view in infos),
                units=tuple(self._ref(child.uri) for child in book.children(uri)),
                parent=self._ref(found.parent) if found.parent else None,
            )

        return self.ctx.sequencer.read(read)

    def place(self, uri: str) -> model.PlacePage | None:
        """A place, or a party, by its URI or its path here; with the batches that began there."""
        wanted = self._uri(uri)

        def read(connection: Connection) -> model.PlacePage | None:
            source = _Source(self.ctx, connection)
            owner = source.party(_party_uri(wanted))
            if owner is None:
                owned = StoreBook(connection, self.ctx.ledger).owner_of(wanted)
                owner = source.party(owned) if owned else None
            if owner is None:
                return None
            made = queries.batches(connection, self.ctx.ledger, maker=owner.uri, limit=_MOST)
            return model.PlacePage(
                name=owner.name,
                uri=wanted,
                gln=owner.gln,
                owner=self._party(owner),
                address=owner.address,
                batches=tuple(self._batch(info) for info in made.items),
            )

        return self.ctx.sequencer.read(read)

    def demo(self, file: Path | None) -> tuple[DemoCode, ...]:
        """The demo's codes as pictures; none where there is no demo."""
        if file is None or not file.exists():
            return ()
        codes = json.loads(file.read_text(encoding="utf-8"))["codes"]
        return tuple(
            DemoCode(
                code["title"], paths.batch_path(code["uri"], self.ctx.base_url), code["url"], _qr(code["url"])
            )
            for code in codes
        )

    def _uri(self, uri: str) -> str:
        return f"{self.ctx.base_url}{uri}" if uri.startswith("/") else uri

    def _batch(self, info: BatchInfo) -> model.BatchRef:
        return model.BatchRef(
            name=info.product.name if info.product else (info.batch.lot or info.uri),
            uri=info.uri,
            path=paths.batch_path(info.uri, self.ctx.base_url),
            label=info.batch.lot or info.batch.code,
        )

    def _party(self, party: Party) -> model.PartyRef:
        return model.PartyRef(
            name=party.name,
            uri=party.uri,
            path=paths.path_of(party.uri, self.ctx.base_url),
            role=str(party.role),
            address=party.address,
        )

    def _ref(self, uri: str) -> model.Ref:
        return model.Ref(paths.printed(uri), uri, paths.path_of(uri, self.ctx.base_url))


@dataclass(frozen=True)
class _Source:
    """Single facts out of one transaction."""

    ctx: Context
    connection: Connection

    def party(self, uri: str) -> Party | None:
        return queries.find_party(self.connection, self.ctx.ledger, uri)

    def public(self, index: int) -> Mapping[str, Any] | None:
        """The event as everybody may see it, out of the very bytes that the ledger vouches for."""
        body = self._log.record(index).bodies.get("public")
        event = Body.parse(body).data.get("event") if body else None
        return event if isinstance(event, dict) else None

    def recorded(self, index: int) -> tuple[Named, datetime] | None:
        record = self._log.record(index)
        by = Statement.parse(record.statement).by
        known = self.party(by)
        return Named(by, known.name if known else None), self._time(record.entry)

    def proof(self, view: BatchView) -> model.Proof | None:
        """The newest signed checkpoint, and up to which moment it vouches."""
        note = self._log.checkpoint()
        if note is None:
            return None
        signed = checkpoint.open(note, self.ctx.publisher.verifier)
        until = self._time(self._log.entry(signed.size - 1)) if signed.size else None
        return model.Proof(
            size=signed.size,
            root=signed.root.hex(),
            signed_until=until,
            origin=signed.origin,
            entries=tuple(sorted(step.index for step in view.steps)),
        )

    @property
    def _log(self) -> LogReader:
        return LogReader(self.connection, self.ctx.ledger)

    def _time(self, entry: bytes) -> datetime:
        return datetime.fromisoformat(Entry.parse(entry).time).astimezone(UTC)


def _party_uri(uri: str) -> str:
    """The party whose own place this is: its GLN under the key for parties, or ``{base}/p/{id}/place``."""
    if uri.startswith(f"{paths.GS1}/414/"):
        link = DigitalLink.parse(uri)
        return uri if link.qualifiers else DigitalLink.of("417", link.value).uri
    return uri.removesuffix("/place")


@lru_cache(maxsize=64)
def _qr(url: str) -> Markup:
    """The code's picture; a short link in capitals fits a smaller one."""
    return Markup(qr_svg(url.upper() if "/t/" in url else url))  # noqa: S704 - made here, out of squares alone
