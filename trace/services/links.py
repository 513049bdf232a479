"""What a Digital Link names here, from the finest to the key, and the plain facts that its links lead to.

Only what anybody may see: no actor stands behind a scan, so there are no amounts and no papers in any of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from trace.domain import causes
from trace.identifiers import DigitalLink, canonical
from trace.identifiers.digital_link import CANONICAL_HOST
from trace.services import scan
from trace.services.context import Context
from trace.store import queries
from trace.store.book import StoreBook

Facts = dict[str, Any]


class Kind(StrEnum):
    """What a link can name."""

    BATCH = "batch"
    PRODUCT = "product"
    UNIT = "unit"
    PLACE = "place"


@dataclass(frozen=True)
class Level:
    """Something that a link names: ``uri`` with all that the link says of it, ``of`` as the ledger knows it.

    The two differ for an item, which is known as one of its batch, and for a variant of a product.
    """

    uri: str
    kind: Kind
    of: str
    name: str


def levels(ctx: Context, uri: str) -> tuple[Level, ...]:
    """What the ledger knows of a thing, the finest first, up to its key; empty where it knows nothing.

    ``uri`` is canonical: a Digital Link, or the URI of a batch without a GTIN.
    """

    def read(connection: Connection) -> tuple[Level, ...]:
        link = _link(uri)
        if link is None:
            return _batch_levels(connection, ctx.ledger, uri)
        if link.key == "01":
            return _trade_item(connection, ctx.ledger, link)
        return _thing(StoreBook(connection, ctx.ledger), link)

    return ctx.sequencer.read(read)


def _link(uri: str) -> DigitalLink | None:
    return DigitalLink.parse(uri) if uri.startswith(f"https://{CANONICAL_HOST}/") else None


def _batch_levels(connection: Connection, ledger: str, uri: str) -> tuple[Level, ...]:
    found = queries.find_batch(connection, ledger, uri)
    if found is None:
        return ()
    info = queries.batch_infos(connection, ledger, [found.uri])[found.uri]
    words = [info.product.name if info.product else None, found.lot or found.code]
    batch = Level(found.uri, Kind.BATCH, found.uri, " ".join(filter(None, words)) or found.uri)
    product = info.product if info.product and info.product.registered else None
    return (batch, Level(product.uri, Kind.PRODUCT, product.uri, product.name)) if product else (batch,)


def _trade_item(connection: Connection, ledger: str, link: DigitalLink) -> tuple[Level, ...]:
    """The item, its batch, the variant and the product, as far as each is known.

    A serial without a batch names nothing here: the ledger goes by batches.
    """
    gtin, lot = DigitalLink.of("01", link.value), link.get("10")
    product = queries.find_product(connection, ledger, gtin.uri)
    batch = None
    if lot is not None:
        named = DigitalLink.of("01", link.value, (("10", lot),)).uri
        batch = queries.find_batch(connection, ledger, named)
    found: list[Level] = []
    for count in range(len(link.qualifiers), -1, -1):
        part = DigitalLink.of("01", link.value, link.qualifiers[:count])
        names = {name for name, _ in part.qualifiers}
        if "10" in names and batch is not None:
            told = " ".join(value for name, value in part.qualifiers if name in ("10", "21"))
            found.append(
                Level(part.uri, Kind.BATCH, batch.uri, f"{product.name if product else link.value} {told}")
            )
        elif names <= {"22"} and product is not None:
            found.append(Level(part.uri, Kind.PRODUCT, product.uri, product.name))
    return tuple(found)


def _thing(book: StoreBook, link: DigitalLink) -> tuple[Level, ...]:
    """A logistic unit or returnable asset; a place and what is above it."""
    if link.key in ("00", "8003"):
        known = book.container(link.uri)
        return (Level(link.uri, Kind.UNIT, link.uri, link.value),) if known else ()
    if link.key not in ("414", "417"):
        return ()
    parts = dict.fromkeys((link, DigitalLink.of(link.key, link.value)))
    owners = ((part.uri, scan.party_at(book, part.uri)) for part in parts)
    return tuple(Level(uri, Kind.PLACE, uri, owner.name) for uri, owner in owners if owner is not None)


# -- facts -----------------------------------------------------------------------------------------------------


def recall_status(ctx: Context, uri: str) -> Facts | None:
    """Whether a batch, or anything it was made from, is stopped now: since when, by whom and why.

    ``status`` is stopped, expired or no_stop_recorded; that nobody has stopped a batch does not say that it is good.
    """
    found = scan.batch(ctx, uri)
    if found is None:
        return None
    batch = found.view.info.batch
    stops = [stop for stop in found.view.stops if stop.in_force]
    expired = _expired(batch.expires, ctx.local(ctx.clock()).date())
    return {
        "uri": batch.uri,
        "status": "stopped" if stops else "expired" if expired else "no_stop_recorded",
        "stops": [
            {
                "batch": stop.stop.batch,
                "inherited": stop.inherited,
                "cause": stop.stop.cause,
                "reason": stop.stop.reason,
                "by": {"uri": stop.by.uri, "name": stop.by.name},
                "since": _time(stop.recorded),
                "entry": stop.index,
            }
            for stop in stops
        ],
        "expires": batch.expires,
        "asOf": _time(ctx.clock()),
    }


def _expired(expires: str | None, today: date) -> bool:
    try:
        return expires is not None and date.fromisoformat(expires[:10]) < today
    except ValueError:  # a foreign document may put anything there
        return False


def certification(ctx: Context, uri: str) -> Facts | None:
    """The licences of the businesses behind a batch, product or place, and what tests found, as far as public."""
    if (found := scan.batch(ctx, uri)) is not None:
        people = [party for party in found.view.parties.values() if party.registered]
        return {"uri": found.view.info.uri, "licences": _licences(people), "tests": _tests(found)}
    if (product := scan.product(ctx, uri)) is not None:
        return {"uri": product.product.uri, "licences": _licences([product.owner]), "tests": []}
    if (place := scan.place(ctx, uri)) is not None:
        return {"uri": uri, "licences": _licences([place.owner]), "tests": []}
    return None


def _licences(people: list[Any]) -> list[Facts]:
    return [
        {"holder": {"uri": party.uri, "name": party.name}, "licence": party.licence, "uscc": party.uscc}
        for party in people
        if party is not None and (party.licence or party.uscc)
    ]


def _tests(found: scan.BatchScan) -> list[Facts]:
    """What was found by looking at the goods, records that were taken back left out."""
    tests = []
    for step in found.view.steps:
        event = found.events.get(step.index, {})
        finding, result = event.get("trace:finding"), causes.result(event.get("trace:result"))
        if (finding or result) is None or step.corrected_by is not None or step.declares_error:
            continue
        by = found.view.parties.get(step.declared_by.uri)
        said = {"uri": step.declared_by.uri, "name": step.declared_by.name, "role": by.role if by else None}
        told = {"result": result, "finding": finding, "by": said}
        told |= {"time": _time(step.time), "entry": step.index}
        tests.append({"batch": step.batches[0] if step.batches else None, **told})
    return tests


def master_data(ctx: Context, uri: str) -> Facts | None:
    """What a batch, product or place is, by the records of whoever registered it."""
    if (found := scan.batch(ctx, uri)) is not None:
        info = found.view.info
        batch = {name: getattr(info.batch, name) for name in ("uri", "code", "lot", "produced", "expires")}
        product = scan.product(ctx, info.product.uri) if info.product else None
        maker = found.view.parties.get(info.maker.uri) if info.maker else None
        return {"type": "batch", **batch, "product": _product(product), "maker": _party(maker)}
    if (product := scan.product(ctx, uri)) is not None:
        return {"type": "product", **(_product(product) or {}), "owner": _party(product.owner)}
    if (place := scan.place(ctx, uri)) is not None:
        return {"type": "place", "uri": uri, "party": _party(place.owner)}
    return None


def _product(found: scan.ProductScan | None) -> Facts | None:
    if found is None:
        return None
    shown = ("uri", "name", "gtin", "category", "unit", "shelf_days")
    return {name: getattr(found.product, name) for name in shown}


def _party(party: Any) -> Facts | None:
    if party is None:
        return None
    shown = ("uri", "name", "role", "gln", "uscc", "licence", "region", "address", "location")
    return {name: getattr(party, name) for name in shown}


def subject(ctx: Context, text: str) -> str:
    """The URI that facts are asked of: canonical, a foreign code as what it stands for. Raises InvalidIdentifier."""
    uri = canonical(text.strip())
    return scan.find(ctx, uri) or uri


def _time(value: datetime) -> str:
    return value.isoformat(timespec="seconds")


__all__ = [
    "Kind",
    "Level",
    "certification",
    "levels",
    "master_data",
    "recall_status",
    "subject",
]
