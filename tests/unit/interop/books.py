"""Spreadsheets as other programs write them, and as attackers do."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl


def book_of(rows: Sequence[Sequence[Any]], *, merge: Sequence[str] = (), title: str = "Sheet") -> bytes:
    """An XLSX of one sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for area in merge:
        sheet.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv_of(rows: Sequence[Sequence[Any]], delimiter: str = ",") -> str:
    """The same as CSV."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def parts_of(data: bytes) -> dict[str, bytes]:
    """The parts of an XLSX by their names."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(data: bytes, parts: Mapping[str, bytes]) -> bytes:
    """The same archive with these parts in place of its own."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**parts_of(data), **parts}.items():
            archive.writestr(name, content)
    return out.getvalue()
