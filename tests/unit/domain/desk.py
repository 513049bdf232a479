"""A desk where foreign events are captured one after another, all handed in by the same importer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.unit.domain.memory_book import MemoryBook
from trace.domain.model import (
    REAL,
    Account,
    AccountKind,
    Outcome,
)

FARM, SHOP, OTHER = "urn:example:party:farm", "urn:example:party:shop", "urn:example:party:other"
LOT, LOT2 = "urn:example:lot:1", "urn:example:lot:2"
BOX, BOX2 = "https://id.gs1.org/00/395200000000000012", "https://id.gs1.org/00/395200000000000029"


class Desk:
    """Captures one event after another, all declared by the same importer."""

    def __init__(self) -> None:
        self.book = MemoryBook()
        self.count = 0

    def capture(self, type: str = "ObjectEvent", **fields: Any) -> Outcome:
        self.count += 1
        raw = {
            "type": type,
            "eventID": f"urn:example:event:{self.count}",
            "eventTime": f"2026-11-21T08:{self.count:02d}:00Z",
            "eventTimeZoneOffset": "+08:00",
            **fields,
        }
        outcome = self.book.capture(raw, FARM)
        for (_, account), amount in self.book.accounts.items():
            assert account.kind not in REAL or amount > 0
        for batch in {batch for batch, _ in self.book.accounts}:
            assert sum(amount for (of, _), amount in self.book.accounts.items() if of == batch) == 0
        return outcome

    def make(self, lot: str = LOT, amount: object = 100, **fields: Any) -> Outcome:
        return self.capture(action="ADD", bizStep="commissioning", quantityList=[some(lot, amount)], **fields)

    def pack(self, box: str, *lines: dict[str, Any], **fields: Any) -> Outcome:
        return self.capture(
            "AggregationEvent", action="ADD", parentID=box, childQuantityList=list(lines), **fields
        )

    def ship(self, *lines: dict[str, Any], to: str = SHOP, **fields: Any) -> Outcome:
        return self.capture(
            action="OBSERVE", bizStep="shipping", quantityList=list(lines), **between(FARM, to), **fields
        )

    def receive(self, *lines: dict[str, Any], by: str = SHOP, **fields: Any) -> Outcome:
        return self.capture(
            action="OBSERVE",
            bizStep="receiving",
            quantityList=list(lines),
            destinationList=[{"type": "owning_party", "destination": by}],
            **fields,
        )

    def holds(self, party: str, lot: str = LOT, box: str = "") -> Decimal:
        return self.book.accounts.get((lot, Account(AccountKind.HELD, party, box)), Decimal(0))


def some(lot: str, amount: object, uom: str | None = "KGM") -> dict[str, Any]:
    return {"epcClass": lot, "quantity": amount} | ({} if uom is None else {"uom": uom})


def between(sender: str, to: str) -> dict[str, Any]:
    return {
        "sourceList": [{"type": "owning_party", "source": sender}],
        "destinationList": [{"type": "owning_party", "destination": to}],
    }


def advice(*numbers: str) -> dict[str, Any]:
    return {"bizTransactionList": [{"type": "desadv", "bizTransaction": number} for number in numbers]}


def codes(outcome: Outcome) -> list[str]:
    return [problem.code for problem in outcome.problems]
