"""Why a spreadsheet is not read at all: one class for each reason. ``ledger_rows`` tells what is wrong in a cell."""

from __future__ import annotations

from dataclasses import dataclass

from trace.domain.refusals import Refusal


@dataclass(eq=False)
class SheetFormUnknown(Refusal):
    """Neither XLSX nor CSV: an old or protected workbook, another kind of archive, a picture."""

    code = "sheet_form_unknown"


@dataclass(eq=False)
class SheetDamaged(Refusal):
    """The file is cut off, or contradicts its own form; ``where`` is a part of the archive, or a line."""

    code = "sheet_damaged"
    where: str


@dataclass(eq=False)
class SheetTooLarge(Refusal):
    """The file has more than ``limit`` bytes."""

    code = "sheet_too_large"
    limit: int


@dataclass(eq=False)
class SheetUnpacksTooLarge(Refusal):
    """Unpacked, the file would be larger than any ledger is: ``limit`` bytes or elements."""

    code = "sheet_unpacks_too_large"
    limit: int


@dataclass(eq=False)
class SheetTooLong(Refusal):
    """A sheet has more than ``limit`` rows."""

    code = "sheet_too_long"
    limit: int


@dataclass(eq=False)
class SheetTooWide(Refusal):
    """A sheet has more than ``limit`` columns."""

    code = "sheet_too_wide"
    limit: int


@dataclass(eq=False)
class HeadingsMissing(Refusal):
    """No visible sheet has a row with these headings."""

    code = "sheet_headings_missing"
    headings: tuple[str, ...]
