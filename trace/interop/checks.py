"""The parts from which the shape of an EPCIS event is put together: one small check for each form of value.

A check looks at one value and notes what is wrong with it; it never raises, so that one reading shows several
faults.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from trace.interop.errors import (
    DocumentError,
    FieldForm,
    FieldMissing,
    FieldUnknown,
    Path,
    PrefixUnknown,
    WordUnknown,
    found_text,
    path_text,
    short,
)
from trace.interop.words import Vocabulary

MOST_PROBLEMS = 20
"""So many problems of one document are told; the rest would only repeat them."""

LONGEST_URI = 1024
"""Bytes of UTF-8. Identifiers are indexed by the store, and PostgreSQL's index rows end below 2,700 bytes."""

# An underscore stands in no URI scheme, but in the prefixes of the compact form (JSON-LD 1.1 section 5.1.1).
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+._\-]*:[^\s\x00-\x20\x7f<>\"{}|\\^`]+")
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,12})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_OFFSET = re.compile(r"[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)")
_UOM = re.compile(r"[A-Z0-9]{2,3}")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})*")
_YEARS = range(1900, 9999)  # converting to UTC must not leave the calendar

_CONTEXT_PREFIXES = frozenset({"epcis", "cbv", "cbvmda", "gs1", "rdfs", "owl", "xsd", "dcterms"})
_GS1_CONTEXTS = ("https://ref.gs1.org/", "http://ref.gs1.org/", "https://gs1.github.io/")


@dataclass(frozen=True)
class Prefixes:
    """The namespaces that field names may use: those of the GS1 context and those that ``@context`` declares.

    A context named by a foreign URL is never fetched; since it may declare any prefix, any is accepted then.
    """

    declared: frozenset[str] = _CONTEXT_PREFIXES
    remote: bool = False

    def also(self, context: object) -> Prefixes:
        """These prefixes and those of one more ``@context`` (a URL, an object, or a list of both)."""
        declared, remote = set(self.declared), self.remote
        for part in context if isinstance(context, list) else [context]:
            if isinstance(part, dict):
                declared.update(part)
            elif isinstance(part, str):
                remote = remote or not part.startswith(_GS1_CONTEXTS)
        return Prefixes(frozenset(declared), remote)

    def declare(self, name: str) -> bool:
        """Whether an extension's name has a meaning: a declared prefix, or an absolute http(s) URI or URN."""
        if self.remote or name.partition(":")[0] in self.declared:
            return True
        return name.startswith(("http://", "https://", "urn:"))


@dataclass
class Checker:
    """Collects what is wrong with one document, in the order in which it is met."""

    prefixes: Prefixes = Prefixes()
    problems: list[DocumentError] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Whether enough problems were seen to stop looking."""
        return len(self.problems) >= MOST_PROBLEMS

    def add(self, kind: type[DocumentError], path: Path, found: object, expected: str) -> None:
        """Note one problem, unless there are enough of them."""
        if not self.full:
            self.problems.append(kind(path_text(path), found_text(found), expected))

    def names(self, value: Mapping[str, object], known: Collection[str], path: Path) -> None:
        """Every field is known, or an extension with a namespace, or a ``_comment``."""
        for name in value:
            if name in known or name.startswith("_comment"):
                continue
            if not _URI.fullmatch(name):
                self.add(FieldUnknown, (*path, name), name, "EPCIS 2.0 | prefix:name")
            elif not self.prefixes.declare(name):
                self.add(PrefixUnknown, (*path, name), short(name.partition(":")[0]), "@context")

    def required(self, value: Mapping[str, object], names: Collection[str], path: Path) -> None:
        """Each of these fields is there."""
        for name in names:
            if name not in value:
                self.add(FieldMissing, (*path, name), "", name)


Check = Callable[[Checker, object, Path], None]


def is_uri(value: object) -> bool:
    """Whether a value is an absolute URI or IRI (RFC 3986, 3987) of a length that the store can index."""
    return isinstance(value, str) and bool(_URI.fullmatch(value)) and len(value.encode()) <= LONGEST_URI


def parse_time(value: str) -> datetime:
    """The instant of an xsd:dateTimeStamp, aware, cut off at the microsecond; ValueError if it is none."""
    if not _TIME.fullmatch(value):
        raise ValueError(value)
    time = datetime.fromisoformat(value)
    if time.year not in _YEARS:
        raise ValueError(value)
    return time


def anything(checker: Checker, value: object, path: Path) -> None:
    """Carried as it is."""


def uri(checker: Checker, value: object, path: Path) -> None:
    """An absolute URI."""
    if not is_uri(value):
        checker.add(FieldForm, path, value, f"URI (<= {LONGEST_URI} bytes)")


def text(checker: Checker, value: object, path: Path) -> None:
    """A string."""
    if not isinstance(value, str):
        checker.add(FieldForm, path, value, "string")


def context(checker: Checker, value: object, path: Path) -> None:
    """A JSON-LD context: a URI, an object, or an array of both; what an object says is taken as it is."""
    for position, part in enumerate(value) if isinstance(value, list) else [(None, value)]:
        if not isinstance(part, dict) and not is_uri(part):
            checker.add(FieldForm, path if position is None else (*path, position), part, "URI | object")


def truth(checker: Checker, value: object, path: Path) -> None:
    """true or false."""
    if not isinstance(value, bool):
        checker.add(FieldForm, path, value, "true | false")


def number(checker: Checker, value: object, path: Path) -> None:
    """A JSON number; a number in quotes is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        checker.add(FieldForm, path, value, "number")


def amount(checker: Checker, value: object, path: Path) -> None:
    """A quantity of goods: a number, zero or more (EPCIS 2.0 section 7.3.3.3, QuantityElement)."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        checker.add(FieldForm, path, value, "number >= 0")


def hexadecimal(checker: Checker, value: object, path: Path) -> None:
    """Bytes as pairs of hexadecimal digits."""
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        checker.add(FieldForm, path, value, "hexBinary")


def unit(checker: Checker, value: object, path: Path) -> None:
    """Form of a UN/ECE Recommendation 20 code; whether such a unit exists is for the rules to say."""
    if not isinstance(value, str) or not _UOM.fullmatch(value):
        checker.add(FieldForm, path, value, "UN/ECE Rec 20 [A-Z0-9]{2,3}")


def time(checker: Checker, value: object, path: Path) -> None:
    """A date and time with its zone (EPCIS 2.0 section 7.4.1: xsd:dateTimeStamp)."""
    try:
        parse_time(value if isinstance(value, str) else "")
    except ValueError:
        checker.add(FieldForm, path, value, "YYYY-MM-DDThh:mm:ss(.sss)(Z|+hh:mm)")


def offset(checker: Checker, value: object, path: Path) -> None:
    """The zone in which the event happened, -14:00 to +14:00 (EPCIS 2.0 section 7.4.1)."""
    if not isinstance(value, str) or not _OFFSET.fullmatch(value):
        checker.add(FieldForm, path, value, "+hh:mm | -hh:mm")


def one_of(*values: str) -> Check:
    """One of a few words that may not be extended."""

    def check(checker: Checker, value: object, path: Path) -> None:
        if value not in values:
            checker.add(FieldForm, path, value, " | ".join(values))

    return check


def word(vocabulary: Vocabulary) -> Check:
    """A word of a CBV vocabulary, bare or as GS1's URI of it, or a URI of somebody else's own word."""

    def check(checker: Checker, value: object, path: Path) -> None:
        known = vocabulary.knows(value) if isinstance(value, str) else False
        if known is None:
            uri(checker, value, path)
        elif not known:
            checker.add(WordUnknown, path, value, vocabulary.name)

    return check


def items(check: Check, *, least: int = 0, distinct: bool = False) -> Check:
    """An array whose items all pass ``check``."""

    def check_items(checker: Checker, value: object, path: Path) -> None:
        if not isinstance(value, list):
            checker.add(FieldForm, path, value, "array")
            return
        if len(value) < least:
            checker.add(FieldForm, path, value, f"array (>= {least})")
        if distinct and len({found for found in value if isinstance(found, str)}) < len(value):
            checker.add(FieldForm, path, value, "array (distinct URI)")
        for position, item in enumerate(value):
            check(checker, item, (*path, position))

    return check_items


def record(fields: Mapping[str, Check], required: Collection[str] = ()) -> Check:
    """An object with these fields, of which some are required, and extensions with a namespace."""

    def check(checker: Checker, value: object, path: Path) -> None:
        if not isinstance(value, dict):
            checker.add(FieldForm, path, value, "object")
            return
        checker.required(value, required, path)
        checker.names(value, fields, path)
        for name, inner in fields.items():
            if name in value:
                inner(checker, value[name], (*path, name))

    return check
