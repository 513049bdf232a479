"""Forms that the law asks for: which columns each has, which law asks for which, and rows of the right type.

Nothing here reads the ledger or writes a file: services fill the rows, ``render`` writes them down. Words of
headings and titles are in ``trace/i18n/forms.toml`` under ``column_{key}`` and ``form_{name}``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from trace import i18n
from trace.domain.refusals import Refusal
from trace.i18n import Locale

Value = str | Decimal | date | int | None
"""What a cell holds; None where the ledger does not know."""


@dataclass(eq=False)
class FormTooLong(Refusal):
    """The selection fills more than ``most`` rows; a ledger of the law is given whole or not at all."""

    code = "form_too_long"
    most: int


class Kind(StrEnum):
    """What a column holds. Codes and numbers of papers are text: a leading zero belongs to them."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"


@dataclass(frozen=True)
class Column:
    """A column; ``key`` is the row's field. ``source`` is the law that asks for it, "" where none does."""

    key: str
    kind: Kind = Kind.TEXT
    source: str = ""

    def heading(self, locale: Locale) -> str:
        """The heading in a reader's language."""
        return i18n.text(f"column_{self.key}", locale)


@dataclass(frozen=True)
class Gap:
    """Columns that the ledger cannot always fill; ``code`` names the words that say why."""

    code: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """One table of a form: its columns in order, and the class of its rows, which has a field for each."""

    name: str
    columns: tuple[Column, ...]
    row: type[Any]

    def title(self, locale: Locale) -> str:
        """What the sheet is called."""
        return i18n.text(f"form_{self.name.replace('-', '_')}", locale)

    def values(self, row: Any) -> tuple[Value, ...]:
        """A row's cells, in the order of the columns."""
        return tuple(getattr(row, column.key) for column in self.columns)

    def keys(self) -> tuple[str, ...]:
        """The columns' keys, in order."""
        return tuple(column.key for column in self.columns)


@dataclass(frozen=True)
class Form:
    """A form: its sheets, the one that matters first, and what the ledger leaves open in them.

    ``laws`` names the law as it is cited, ``language`` the one that its authority reads.
    """

    name: str
    laws: str
    language: Locale
    sheets: tuple[Sheet, ...]
    gaps: tuple[Gap, ...] = ()

    @property
    def main(self) -> Sheet:
        """The sheet that matters."""
        return self.sheets[0]

    def title(self, locale: Locale) -> str:
        """What the form is called."""
        return i18n.text(f"form_{self.name.replace('-', '_')}", locale)


def chosen(columns: Collection[Column], keys: Collection[str], source: str) -> tuple[Column, ...]:
    """Those of the columns with these keys, as another law asks for them (``source``, where any did)."""
    return tuple(
        Column(column.key, column.kind, source if column.source else "")
        for column in columns
        if column.key in keys
    )
