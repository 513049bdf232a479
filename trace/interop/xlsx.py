"""The parts of an XLSX file that hold what people wrote (ECMA-376 part 1, chapter 18), read as a stream.

No tree is built and nothing is believed: sizes are counted while they are unpacked, elements while they are read,
and a document type declaration is refused (defusedxml). Formulas are told as such and never evaluated.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from io import BytesIO
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import create_parser

from trace.interop.cells import (
    EPOCH_1900,
    EPOCH_1904,
    Cell,
    Grid,
    Kind,
    Limits,
    Sheet,
    SheetName,
    serial_day,
)
from trace.interop.sheet_errors import SheetDamaged, SheetFormUnknown, SheetUnpacksTooLarge

_CHUNK = 64 * 1024
_DEEPEST = 64
_LONGEST_TAG = 256 * 1024  # bytes without an event: a tag of more attributes than any program writes
_MOST_PARTS = 2000
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
# Part 1, 18.8.30: formats that every program knows by number; 27 to 36 and 50 to 58 are dates in East Asia.
_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
# What is literal in a format code: quoted, escaped, padded, or a colour or currency in brackets.
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_DATE_LETTERS = re.compile("[dmyhsDMYHS年月日]")


def open_book(data: bytes, limits: Limits) -> tuple[tuple[SheetName, ...], Callable[[int], Sheet]]:
    """The sheets' names, and how to read one. Raises SheetFormUnknown, SheetDamaged, SheetUnpacksTooLarge."""
    book = _Book(_Archive(data, limits), limits)
    return tuple(name for name, _ in book.sheets), book.sheet


# -- the archive ---------------------------------------------------------------------------------------------

Opened = Callable[[str, Mapping[str, str]], None]
Closed = Callable[[str, str], None]


class _Archive:
    """The ZIP file: its parts as streams of XML, all together no more than the limits."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self._limits = limits
        self._bytes = 0
        self._elements = 0
        self.heard = 0  # of those bytes, when the parser last said anything
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
            raise SheetDamaged(where="ZIP") from None
        names = self._zip.namelist()
        if len(names) > _MOST_PARTS or len(set(names)) != len(names):
            raise SheetDamaged(where="ZIP")
        self.names = frozenset(names)

    def parse(self, part: str, opened: Opened, closed: Closed) -> None:
        """Feed a part to the two functions: an element with its attributes, and its end with its own text."""
        parser = create_parser(forbid_dtd=True)
        parser.setContentHandler(_Handler(self, opened, closed))
        try:
            with self._zip.open(part) as stream:
                while chunk := stream.read(_CHUNK):
                    self._bytes += len(chunk)
                    self._within(self._bytes, self._limits.unpacked)
                    parser.feed(chunk)
                    if self._bytes - self.heard > _LONGEST_TAG:
                        raise SheetDamaged(where=part[:80])
            parser.close()
        except (
            *(KeyError, RuntimeError, NotImplementedError, EOFError, OSError, ValueError),
            *(zipfile.BadZipFile, zlib.error, SAXException, DefusedXmlException),
        ):
            raise SheetDamaged(where=part[:80]) from None

    def count(self, depth: int) -> None:
        """One more element, so deep."""
        self._elements += 1
        self.said()
        self._within(self._elements, self._limits.elements)
        if depth > _DEEPEST:
            raise SheetUnpacksTooLarge(limit=_DEEPEST)

    def said(self) -> None:
        """The parser got on."""
        self.heard = self._bytes

    def _within(self, number: int, limit: int) -> None:
        if number > limit:
            raise SheetUnpacksTooLarge(limit=limit)


class _Handler(ContentHandler):
    """Hands on elements by their local names, since files write their namespaces in different ways."""

    def __init__(self, archive: _Archive, opened: Opened, closed: Closed) -> None:
        super().__init__()
        self._archive = archive
        self._opened = opened
        self._closed = closed
        self._texts: list[list[str]] = []

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802
        self._texts.append([])
        self._archive.count(len(self._texts))
        self._opened(_local(name), {_local(key): value for key, value in attrs.items()})

    def characters(self, content: str) -> None:
        self._archive.said()
        if self._texts:
            self._texts[-1].append(content)

    def endElement(self, name: str) -> None:  # noqa: N802
        self._closed(_local(name), "".join(self._texts.pop()))


def _local(name: str) -> str:
    return name.rpartition(":")[2]


# -- the workbook --------------------------------------------------------------------------------------------


class _Book:
    """Sheets by name, and what they share: strings, date formats, and the day from which serials count."""

    def __init__(self, archive: _Archive, limits: Limits) -> None:
        self._archive = archive
        self._limits = limits
        self.epoch = EPOCH_1900
        self.sheets: list[tuple[SheetName, str]] = []
        main = next(iter(_relations(archive, "").get("officeDocument", {}).values()), "xl/workbook.xml")
        if main not in archive.names:
            raise SheetFormUnknown
        related = _relations(archive, main)
        self._read_sheets(main, related.get("worksheet", {}))
        if not self.sheets:
            raise SheetDamaged(where=main)
        self._strings_part = next(iter(related.get("sharedStrings", {}).values()), "")
        self._styles_part = next(iter(related.get("styles", {}).values()), "")
        self._shared: tuple[list[str], list[bool]] | None = None

    def _read_sheets(self, main: str, parts: Mapping[str, str]) -> None:
        def opened(name: str, attributes: Mapping[str, str]) -> None:
            if name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
                self.epoch = EPOCH_1904
            elif name == "sheet" and attributes.get("id") in parts:  # charts have sheets too
                hidden = attributes.get("state", "visible") != "visible"
                called = SheetName(attributes.get("name", ""), hidden)
                self.sheets.append((called, parts[attributes["id"]]))

        self._archive.parse(main, opened, _ignore)

    def sheet(self, position: int) -> Sheet:
        """One sheet. Raises SheetDamaged and the refusals of size."""
        if self._shared is None:
            self._shared = (
                _strings(self._archive, self._strings_part),
                _styles(self._archive, self._styles_part),
            )
        name, part = self.sheets[position]
        reading = _Reading(part, self.epoch, *self._shared, Grid(self._limits))
        self._archive.parse(part, reading.opened, reading.closed)
        reading.grid.merge(reading.merged, part)
        return Sheet(name.name, reading.grid.rows(), self.epoch, reading.hidden)


def _ignore(_name: str, _text: str) -> None:
    pass


def _relations(archive: _Archive, part: str) -> dict[str, dict[str, str]]:
    """What a part refers to (ECMA-376 part 2, 9.3): by kind, then by id, the other parts' names."""
    folder, name = posixpath.split(part)
    path = posixpath.join(folder, "_rels", f"{name}.rels")
    found: dict[str, dict[str, str]] = {}

    def opened(name: str, attributes: Mapping[str, str]) -> None:
        if name != "Relationship" or attributes.get("TargetMode") == "External":
            return
        target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", "")))
        kind = attributes.get("Type", "").rpartition("/")[2]
        found.setdefault(kind, {})[attributes.get("Id", "")] = target.lstrip("/")

    if path in archive.names:
        archive.parse(path, opened, _ignore)
    return found


def _strings(archive: _Archive, part: str) -> list[str]:
    """The shared strings; how a word is to be read aloud (``rPh``) is no part of it."""
    strings: list[str] = []
    texts = _Texts()

    def opened(name: str, _attributes: Mapping[str, str]) -> None:
        texts.opened(name)

    def closed(name: str, text: str) -> None:
        texts.closed(name, text)
        if name == "si":
            strings.append(texts.take().strip())

    if part:
        archive.parse(part, opened, closed)
    return strings


def _styles(archive: _Archive, part: str) -> list[bool]:
    """For each cell format whether it shows a date."""
    own: dict[str, str] = {}
    dates: list[bool] = []
    inside: list[str] = []

    def opened(name: str, attributes: Mapping[str, str]) -> None:
        inside.append(name)
        if name == "numFmt":
            own[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "xf" and "cellXfs" in inside:
            dates.append(_shows_date(attributes.get("numFmtId", "0"), own))

    def closed(_name: str, _text: str) -> None:
        inside.pop()

    if part:
        archive.parse(part, opened, closed)
    return dates


def _shows_date(id: str, own: Mapping[str, str]) -> bool:
    if id in own:
        return _DATE_LETTERS.search(_LITERAL.sub("", own[id])) is not None
    return id.isascii() and id.isdigit() and len(id) < 4 and int(id) in _DATE_FORMATS


class _Texts:
    """Gathers the runs of a rich text."""

    def __init__(self) -> None:
        self._runs: list[str] = []
        self._aloud = 0

    def opened(self, name: str) -> None:
        self._aloud += name == "rPh"

    def closed(self, name: str, text: str) -> None:
        if name == "rPh":
            self._aloud -= 1
        elif name == "t" and not self._aloud:
            self._runs.append(text)

    def take(self) -> str:
        text = "".join(self._runs)
        self._runs.clear()
        return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)  # part 1, 22.9.2.19


# -- one sheet -----------------------------------------------------------------------------------------------


@dataclass
class _Reading:
    """A sheet while it is read: where one is, and what the cell at hand holds so far."""

    part: str
    epoch: date
    strings: list[str]
    dates: list[bool]
    grid: Grid
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden: int = 0
    _row: int = 0
    _column: int = 0
    _cell: Mapping[str, str] = field(default_factory=dict)
    _value: str = ""
    _formula: str | None = None
    _texts: _Texts = field(default_factory=_Texts)

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        self._texts.opened(name)
        if name == "row":
            self._row = self._whole(attributes.get("r"), self._row + 1)
            self._column = 0
            self.hidden += attributes.get("hidden") in ("1", "true")
        elif name == "c":
            self._cell, self._value, self._formula = attributes, "", None
            self._row, self._column = self._place(attributes.get("r"))
        elif name == "mergeCell":
            first, _, last = attributes.get("ref", "").partition(":")
            (top, left), (bottom, right) = _reference(first), _reference(last or first)
            if top and bottom:
                self.merged.append((top, left, bottom, right))

    def closed(self, name: str, text: str) -> None:
        self._texts.closed(name, text)
        if name == "v":
            self._value = text.strip()
        elif name == "f":
            self._formula = text
        elif name == "c":
            kind, value = self._read(self._texts.take().strip())
            if value:
                self.grid.put(Cell(self._row, self._column, kind, value), self.part)

    def _place(self, reference: str | None) -> tuple[int, int]:
        if reference is None:
            return self._row, self._column + 1
        row, column = _reference(reference)
        if row == 0:
            raise SheetDamaged(where=f"{self.part} {reference[:20]}")
        return row, column

    def _whole(self, text: str | None, otherwise: int) -> int:
        if text is None:
            return otherwise
        if not (text.isascii() and text.isdigit() and len(text) < 8):
            raise SheetDamaged(where=f"{self.part} {text[:20]}")
        return int(text)

    def _read(self, inline: str) -> tuple[Kind, str]:
        kind, value = self._cell.get("t", "n"), self._value
        if self._formula is not None:
            return Kind.FORMULA, f"={self._formula}"
        if kind == "s":
            with suppress(IndexError):
                return Kind.TEXT, self.strings[self._whole(value, -1)]
            raise SheetDamaged(where=f"{self.part} {value[:20]}")
        if kind == "inlineStr":
            return Kind.TEXT, inline
        simple = {"str": Kind.TEXT, "b": Kind.TRUTH, "e": Kind.ERROR, "d": Kind.DATE}
        return (simple[kind], value) if kind in simple else self._number(value)

    def _number(self, value: str) -> tuple[Kind, str]:
        if not value or not _NUMBER.fullmatch(value):
            return (Kind.ERROR if value else Kind.NUMBER), value
        style = self._cell.get("s", "0")
        place = int(style) if style.isascii() and style.isdigit() and len(style) < 7 else 0
        if not (place < len(self.dates) and self.dates[place]):
            return Kind.NUMBER, value
        with suppress(InvalidOperation):
            moment = serial_day(Decimal(value), self.epoch)
            if moment is not None and Decimal(value) >= 1:
                whole = moment.time().isoformat() == "00:00:00"
                return Kind.DATE, (moment.date() if whole else moment).isoformat()
        return Kind.ERROR, value


def _reference(text: str) -> tuple[int, int]:
    """Row and column of ``B7``; zeros for what is none."""
    found = _REFERENCE.fullmatch(text.replace("$", ""))
    if found is None:
        return 0, 0
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]), column
