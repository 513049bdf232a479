"""What the pages ask the service. Only what anybody may see is asked for: no actor stands behind a scan."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

from scanner_web import family, model, paths
from scanner_web.reading import Reader, batch_ref, zone_of
from trace.domain.model import Party
from trace.render.qr import qr_svg
from trace.services import offers, scan
from trace.services.context import Context


@dataclass(frozen=True)
class DemoCode:
    """A batch of the demo with the picture of its code."""

    name: str
    path: str
    url: str
    qr: Markup

    def shown(self) -> dict[str, str]:
        """For a program: without the picture."""
        return {"name": self.name, "path": self.path, "url": self.url}


@dataclass(frozen=True)
class Lookup:
    """Answers for one request."""

    ctx: Context

    def batch(self, code: str, serial: str | None = None) -> model.BatchPage | None:
        """A batch's page by short code, Digital Link or URI; None where the ledger has no such batch."""
        found = scan.batch(self.ctx, code)
        if found is None:
            return None
        return family.whole_page(Reader(found, self.ctx.base_url), self.ctx.clock(), serial)

    def path(self, code: str) -> str | None:
        """The path of a batch's page, by the same names."""
        uri = scan.find(self.ctx, code)
        return paths.batch_path(uri, self.ctx.base_url) if uri else None

    def bundle_path(self, page: model.BatchPage) -> str:
        """Where the batch's proof can be taken away."""
        label = f"?label={page.seen.label}" if page.seen and page.seen.label else ""
        return f"/api/v1/batches/{paths.segment(page.code or page.uri)}/bundle{label}"

    def product(self, uri: str) -> model.ProductPage | None:
        """A registered product by its URI, or by its path here, with its newest batches."""
        found = scan.product(self.ctx, self._uri(uri))
        if found is None:
            return None
        product = model.Product(
            name=found.product.name,
            uri=found.product.uri,
            gtin=found.product.gtin,
            category=found.product.category,
            owner=self._party(found.owner),
            path=paths.path_of(found.product.uri, self.ctx.base_url),
        )
        return model.ProductPage(product, self._batches(found.batches))

    def unit(self, uri: str) -> model.UnitPage | None:
        """A logistic unit, what lies in it and what happened to it; None where no record names it."""
        found = scan.unit(self.ctx, uri)
        if found is None:
            return None
        return model.UnitPage(
            sscc=paths.printed(uri),
            uri=uri,
            holder=self._party(found.holder),
            batches=self._batches(found.batches),
            units=tuple(self._ref(child.uri) for child in found.units),
            parent=self._ref(found.parent) if found.parent else None,
            steps=tuple(self._unit_step(step) for step in found.steps),
            goods=self._batches(found.goods),
        )

    def _unit_step(self, step: scan.UnitStep) -> model.UnitStep:
        path = paths.path_of(step.by.uri, self.ctx.base_url)
        by = model.PartyRef(step.by.name or step.by.uri, step.by.uri, path)
        time = step.time.astimezone(zone_of(step.offset))
        return model.UnitStep(
            step.index, step.type, step.biz_step or "", time, by, step.role == "child", step.flagged
        )

    def place(self, uri: str) -> model.PlacePage | None:
        """A place, or a party, by its URI or its path here; with the batches that began there."""
        wanted = self._uri(uri)
        found = scan.place(self.ctx, wanted)
        if found is None:
            return None
        return model.PlacePage(
            name=found.owner.name,
            uri=wanted,
            gln=found.owner.gln,
            owner=self._party(found.owner),
            address=found.owner.address,
            batches=self._batches(found.batches),
            licence=found.owner.licence,
            today=self._today(found.owner.uri),
        )

    def _today(self, party: str) -> model.Offer | None:
        """What a party has on offer today, where the businesses are."""
        found = offers.of_party(self.ctx, party, self.ctx.local(self.ctx.clock()).date())
        if found is None:
            return None
        return model.Offer(
            kind=str(found.kind),
            day=found.day,
            posted=self.ctx.local(found.posted),
            items=tuple(
                model.OfferedItem(
                    item.name,
                    str(item.meal) if item.meal else None,
                    tuple(
                        model.OfferedBatch(batch_ref(one.info, self.ctx.base_url), one.stopped, one.expired)
                        for one in item.batches
                    ),
                )
                for item in found.items
            ),
        )

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

    def _batches(self, infos: tuple[scan.BatchInfo, ...]) -> tuple[model.BatchRef, ...]:
        return tuple(batch_ref(info, self.ctx.base_url) for info in infos)

    def _party(self, party: Party | None) -> model.PartyRef | None:
        if party is None:
            return None
        return model.PartyRef(
            name=party.name,
            uri=party.uri,
            path=paths.path_of(party.uri, self.ctx.base_url),
            role=str(party.role),
            address=party.address,
        )

    def _ref(self, uri: str) -> model.Ref:
        return model.Ref(paths.printed(uri), uri, paths.path_of(uri, self.ctx.base_url))


@lru_cache(maxsize=64)
def _qr(url: str) -> Markup:
    """The code's picture; a short link in capitals fits a smaller one."""
    return Markup(qr_svg(url.upper() if "/t/" in url else url))  # noqa: S704 - made here, out of squares alone
