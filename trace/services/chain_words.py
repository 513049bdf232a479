"""A chain's records in words, for a page and for a printed report alike: what happened, how much, on which papers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from urllib.parse import unquote

from trace import i18n
from trace.domain.clocks import Running
from trace.domain.units import plain
from trace.i18n import Locale
from trace.services import naming
from trace.services.chain_rows import Amount, Row
from trace.services.naming import Caused
from trace.store.queries.results import BatchInfo, Flag, Named, PartyInfo

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_OWN_PAPER = "urn:x-trace:paper:"


@dataclass(frozen=True)
class ChainWords:
    """Words of one language, times of one zone; ``names`` are what to call URIs."""

    locale: Locale
    zone: tzinfo
    names: Mapping[str, str] = field(default_factory=dict)

    def t(self, code: str, /, **params: object) -> str:
        """Words by code."""
        return i18n.text(code, self.locale, **params)

    # -- names ---------------------------------------------------------------------------------------------

    def name(self, named: Named | None) -> str:
        """What a party is called; its URI where nobody has said."""
        return "" if named is None else named.name or self.names.get(named.uri) or named.uri

    def product(self, info: BatchInfo) -> str:
        """What goods are called; what is printed on them where nobody described the product."""
        return info.product.name if info.product else (info.batch.lot or info.batch.code or info.uri)

    def batch(self, info: BatchInfo) -> str:
        """Goods with the lot or code that is printed on them."""
        label = info.batch.lot or info.batch.code
        name = self.product(info)
        return name if label is None or label == name else f"{name} {label}"

    def batch_of(self, uri: str) -> str:
        """The same by URI."""
        return self.names.get(uri, uri)

    def role(self, role: str | None) -> str:
        """What a party is in the chain."""
        return self._known(f"role_{role}", "")

    # -- times and numbers ---------------------------------------------------------------------------------

    def moment(self, time: datetime) -> str:
        """A date and time where the service's businesses are."""
        return time.astimezone(self.zone).strftime("%Y-%m-%d %H:%M")

    def quantity(self, amount: object, unit: str) -> str:
        """An amount in plain digits with its unit's name."""
        return f"{plain(amount)} {self._known(f'unit_{unit}', unit)}"  # type: ignore[arg-type]

    def amounts(self, row: Row, *, of: str | None = None) -> list[str]:
        """What became of how much in a record; which batch it was is said where it is not ``of``."""
        return [self.amount(one, of=of) for one in row.amounts]

    def amount(self, one: Amount, *, of: str | None = None) -> str:
        """The same of one amount."""
        said = self.t(f"inspect_what_{one.what}", amount=self.quantity(one.amount, one.unit))
        return said if one.batch == of else f"{said} ({self.batch_of(one.batch)})"

    # -- records -------------------------------------------------------------------------------------------

    def title(self, row: Row) -> str:
        """What happened, in a few plain words."""
        word = self._step(row.type, row.step)
        if row.receiver is not None and word in ("shipping", "returning"):
            return self.t(f"step_{word}_to", receiver=self.name(row.receiver))
        if row.sender is not None and word == "receiving":
            return self.t("step_receiving_from", sender=self.name(row.sender))
        if word == "inspecting" and any(kind == "testres" for kind, _ in row.papers):
            return self.t("step_testing")
        return self.step(row.type, row.step)

    def step(self, type: str, step: str | None) -> str:
        """The name of a business step."""
        word = self._step(type, step or "")
        return self._known(f"step_{word}", "") or self.t("step_other", name=word.replace("_", " "))

    @staticmethod
    def _step(type: str, step: str) -> str:
        if type == "TransformationEvent" and step in ("", "commissioning", "creating_class_instance"):
            return "transforming"
        return _CAMEL.sub("_", re.split(r"[:/#]|BizStep-", step)[-1]).lower() or "observed"

    def who(self, row: Row) -> str:
        """Who did it, and who wrote it down where that is somebody else."""
        if row.by.uri == row.holder.uri:
            return self.name(row.holder)
        return self.t("inspect_written_by", holder=self.name(row.holder), by=self.name(row.by))

    def why(self, stop: Caused) -> str:
        """Why goods are stopped."""
        return naming.why(stop, self.locale)

    def found(self, row: Row) -> str:
        """What a look found; empty where the record is none of a look."""
        return naming.told("result", row.result, row.finding, self.locale)

    def papers(self, row: Row) -> list[str]:
        """The papers of a record, each with its number."""
        return [self.paper(kind, number) for kind, number in row.papers]

    def paper(self, kind: str, number: str) -> str:
        """One paper: its kind and number; a kind of somebody's own is called what he calls it."""
        own = unquote(kind.rpartition(":")[2]) if kind.startswith(_OWN_PAPER) else kind
        return f"{self._known(f'paper_{own}', own)} {number}".strip()

    def flags(self, row: Row) -> list[str]:
        """What does not add up in a record, in sentences."""
        return [self.flag(one) for one in row.flags]

    def flag(self, raised: Flag) -> str:
        """One of them, with its numbers."""
        params = {name: self.names.get(value, value) for name, value in raised.params.items()}
        try:
            return self.t(f"flag_{raised.code}", **naming.with_reason(params, self.locale))
        except KeyError:  # a flag without words of its own, or whose numbers are not there
            return self.t("flag_other", code=raised.code)

    def clock(self, row: Row) -> str:
        """How late a record came, or how long there is still; empty where no clock ran or it came in time."""
        if row.clock is None or not (row.open or row.clock.late):
            return ""
        return self.running(row.clock, open=row.open, entered=row.sender is None and row.receiver is None)

    def running(self, clock: Running, *, open: bool, entered: bool = False) -> str:
        """A clock in words: of a delivery that waits (``open``), of one confirmed late, of goods ``entered`` late."""
        if entered:
            return self.t("inspect_entered_late", hours=clock.hours)
        if not open:
            return self.t("inspect_confirmed_late", hours=clock.hours)
        return self.t("inspect_overdue" if clock.late else "inspect_waiting", hours=clock.hours)

    def _known(self, code: str, otherwise: str) -> str:
        return self.t(code) if code in i18n.catalogs() else otherwise


def names_of(batches: Iterable[BatchInfo], parties: Iterable[PartyInfo], words: ChainWords) -> dict[str, str]:
    """What to call these by their URIs."""
    return {info.uri: words.batch(info) for info in batches} | {party.uri: party.name for party in parties}
