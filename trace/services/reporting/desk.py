"""What rows of the forms are written with: names, days, units, papers and goods, out of what is known around acts.

Amounts are what the ledger booked, in the batch's own unit; only where an act books nothing are they what the
event says. Who may not read an act in full never gets here with it (see ``reporting``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

from trace import i18n
from trace.domain.model import AccountKind, Role
from trace.domain.refusals import Refusal
from trace.domain.units import plain, unit_code
from trace.i18n import Locale
from trace.identifiers import split_batch_uri
from trace.store.queries.reports import Act, Around
from trace.store.queries.results import BatchInfo

# Who registers goods without having made them: what such a party enters first, it bought.
_TRADERS = frozenset(
    {Role.MARKET, Role.WHOLESALER, Role.RETAILER, Role.STALL, Role.CANTEEN, Role.IMPORTER, Role.CARRIER}
)
_SHORT_NUMBERS = ("urn:x-trace:paper:", "urn:epcglobal:cbv:bt:")


@dataclass(frozen=True)
class Desk:
    """What rows are written with. ``viewer`` is who asks, None for one who may read everything.

    ``keeper`` is whose ledger is written, None for that of every party; ``only`` the batches that are asked for, None
    for all. ``despatches`` are the acts that opened the deliveries, by their entries.
    """

    around: Around
    zone: tzinfo
    locale: Locale
    viewer: str | None = None
    keeper: str | None = None
    only: frozenset[str] | None = None
    despatches: Mapping[int, Act] = field(default_factory=dict)

    # -- words ---------------------------------------------------------------------------------------------

    def day(self, act: Act) -> date:
        """The date of an act where the service's businesses are."""
        return act.time.astimezone(self.zone).date()

    def day_there(self, act: Act) -> date:
        """The day of an act on the clock of the place where it happened, where the event says so."""
        return act.event.local_date if act.event else self.day(act)

    def unit(self, code: str | None) -> str | None:
        """A unit as people write it; one that has no name here as it was written."""
        return i18n.text(f"unit_{code}", self.locale) if f"unit_{code}" in i18n.catalogs() else code

    def unit_back(self, code: str | None) -> str | None:
        """The same, where a ledger that is read in again means the same by it; else the code."""
        name = self.unit(code)
        try:
            return name if name is None or unit_code(name) == code else code
        except Refusal:
            return code

    def name(self, uri: str | None) -> str | None:
        """What a party is called; its URI where nobody has said."""
        known = self.around.parties.get(uri or "")
        return known.name if known else uri or None

    def contact(self, party: str | None) -> str | None:
        """The person and number that a party registered."""
        return str(self.around.contacts.get(party or "", "")) or None

    def papers(self, acts: Iterable[Act]) -> str | None:
        """The papers of some acts in words, each once."""
        found = [self.paper(kind, uri) for act in acts for kind, uri in self.numbers(act)]
        return ("；" if self.locale == "zh" else "; ").join(dict.fromkeys(found)) or None

    def paper(self, kind: str, number: str) -> str:
        """One paper in words: its kind and number."""
        return f"{self.paper_kind(kind)} {number}".strip()

    def paper_kind(self, kind: str) -> str:
        """The name of a kind of paper; a kind of somebody's own is called what he calls it."""
        own = unquote(kind.rpartition(":")[2]) if kind.startswith(_SHORT_NUMBERS[0]) else kind
        code = f"paper_{own}"
        return i18n.text(code, self.locale) if code in i18n.catalogs() else own

    def numbers(self, act: Act) -> list[tuple[str, str]]:
        """Kind and number of each paper of an act, the numbers as they were printed."""
        event = act.event
        return [] if event is None else [(kind, _number(uri)) for kind, uri in event.transactions]

    # -- goods ---------------------------------------------------------------------------------------------

    def readable(self, act: Act | None) -> Act | None:
        """The act, if whoever asks may read it in full."""
        return act if act is not None and (self.viewer is None or self.viewer in act.readers) else None

    def info(self, batch: str) -> BatchInfo | None:
        """What is known of a batch."""
        return self.around.batches.get(batch)

    def product(self, batch: str) -> str | None:
        """What goods are called, where their product is known."""
        info = self.info(batch)
        return info.product.name if info and info.product else None

    def lot(self, batch: str) -> str | None:
        """The lot number as printed."""
        info, split = self.info(batch), split_batch_uri(batch)
        return (info.batch.lot if info else None) or (split[1] if split else None)

    def gtin(self, batch: str) -> str | None:
        """The GTIN, 14 digits."""
        info, split = self.info(batch), split_batch_uri(batch)
        return split[0] if split else info.product.gtin if info and info.product else None

    def packaging(self, batch: str) -> str | None:
        """How many base units the product's packages hold, as it was registered."""
        info = self.info(batch)
        if info is None or info.product is None or info.product.unit is None:
            return None
        factors = self.around.packages.get(info.product.uri, {})
        base = self.unit(info.product.unit)
        parts = [f"1 {self.unit(unit)} = {plain(factor)} {base}" for unit, factor in sorted(factors.items())]
        return "; ".join(parts) or None

    def specification(self, batch: str) -> str | None:
        """规格: as it was entered with the batch, else the product's packaging."""
        made = self.readable(self.around.made.get(batch))
        ilmd = (made.event.ilmd if made and made.event else None) or {}
        described = ilmd.get("trace:batches")
        for one in described if isinstance(described, list) else ():
            if isinstance(one, Mapping) and one.get("batch") == batch and one.get("specification"):
                return str(one["specification"])
        return self.packaging(batch)

    def goods(self, act: Act, batch: str, amount: Decimal | None, keeper: str) -> dict[str, Any]:
        """What every line of the Chinese ledgers says of the goods."""
        info = self.info(batch)
        known = info.batch if info else None
        produced = _date(known.produced) if known else None
        expires = _date(known.expires) if known else None
        days = info.product.shelf_days if info and info.product else None
        return {
            "keeper": self.name(keeper) or keeper,
            "product": self.product(batch) or batch,
            "specification": self.specification(batch),
            "gtin": self.gtin(batch),
            "quantity": amount,
            "unit": self.unit_back(known.unit if known else None),
            "produced": produced,
            "lot": self.lot(batch),
            "shelf_days": (expires - produced).days if produced and expires else days,
            "expires": expires,
            "trace_code": (known.code if known else None) or batch,
            "record": act.event_id,
        }

    def wanted(self, keeper: str, batch: str) -> bool:
        """Whether a line of this keeper and batch was asked for."""
        return self.keeper in (None, keeper) and (self.only is None or batch in self.only)

    def remark(self, *codes: str | None) -> str | None:
        """Remarks in words."""
        return "；".join(i18n.text(f"remark_{code}", self.locale) for code in codes if code) or None

    def bought(self, act: Act | None) -> bool:
        """Whether goods came into the ledger by being bought outside it, and not by being made.

        So it is where a supplier is named, and where whoever registers them is a trader and no maker.
        """
        if act is None or act.type != "ObjectEvent" or not act.booked(AccountKind.MADE):
            return False
        party = self.around.parties.get(act.holder)
        trader = party is not None and party.role in _TRADERS
        return trader or outside(act, "supplier") is not None


def outside(act: Act, side: str) -> Mapping[str, Any] | None:
    """The business outside the system that an act names as its supplier or buyer."""
    stated = act.event.extension(side) if act.event else None
    return stated if isinstance(stated, Mapping) and isinstance(stated.get("name"), str) else None


def _number(uri: str) -> str:
    """A paper's number as printed, out of the URI that EPCIS makes of it (CBV 2.0 section 8.5.2)."""
    if uri.startswith(_SHORT_NUMBERS):
        return unquote(uri.rpartition(":")[2])
    return uri


def _date(text: str | None) -> date | None:
    """A day as batches carry it; captured ones may carry anything."""
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None
