"""What an import did, or would do: line by line, with all that was wrong, mended, known already, or left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from trace.domain.refusals import Refusal
from trace.interop.ledger_rows import Finding

JSON = Any

MOST_FINDINGS = 500
"""Findings of one kind that a report lists; how many there are in all it says beside them."""


@dataclass(frozen=True)
class Entered:
    """One act: the rows it is made of, and what is recorded for them. In a dry run there is no entry.

    ``verb`` is register, enter, receive, ship or sell; ``goods`` and ``who`` are names, ``quantity`` as in the rows.
    """

    rows: tuple[int, ...]
    verb: str
    goods: str
    quantity: tuple[str, ...]
    who: str = ""
    batches: tuple[str, ...] = ()
    index: int | None = None
    event_id: str | None = None


@dataclass(frozen=True)
class Known:
    """A row that the ledger holds already, and the entry where."""

    row: int
    index: int
    event_id: str | None


@dataclass(frozen=True)
class Report:
    """The outcome of one file. ``sha256`` is that of its bytes, ``rows`` the lines that were read."""

    kind: str
    sha256: str
    sheet: str
    dry_run: bool
    rows: int
    entered: tuple[Entered, ...] = ()
    known: tuple[Known, ...] = ()
    errors: tuple[Finding, ...] = ()
    repairs: tuple[Finding, ...] = ()
    notices: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing in it is wrong."""
        return not self.errors

    def taken_back(self) -> Report:
        """The same without the entries and codes that there were until all of it was taken back."""
        entered = tuple(replace(one, batches=(), index=None, event_id=None) for one in self.entered)
        return replace(self, entered=entered)

    def to_json(self) -> dict[str, JSON]:
        """Plain values; findings without their words, which depend on the reader."""
        return {
            "kind": self.kind,
            "sha256": self.sha256,
            "sheet": self.sheet,
            "dry_run": self.dry_run,
            "ok": self.ok,
            "rows": self.rows,
            "entered": [_plain(one) for one in self.entered],
            "known": [_plain(one) for one in self.known],
            "counts": {name: len(getattr(self, name)) for name in ("errors", "repairs", "notices")},
            **{name: _findings(getattr(self, name)) for name in ("errors", "repairs", "notices")},
        }


def _findings(findings: Iterable[Finding]) -> list[dict[str, JSON]]:
    return [{**vars(one), "params": dict(one.params)} for one in list(findings)[:MOST_FINDINGS]]


def _plain(one: object) -> dict[str, JSON]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(one).items()}


@dataclass(eq=False)
class ImportRefused(Refusal):
    """The ledger has lines that cannot be recorded, so none of them was; the report says which and why."""

    code = "import_refused"
    count: int
    report: Report = field(repr=False)

    def params(self) -> dict[str, str]:
        """The number of errors; they themselves are listed beside."""
        return {"count": str(self.count)}
