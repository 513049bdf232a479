"""EPCIS 2.0 documents in JSON-LD (EPCIS 2.0 section 10): read strictly, kept whole, written back the same.

A document that is read is of the right shape; whether what it claims is possible is for the rules to say.
Contexts are never fetched, and nothing is normalised: the events are the sender's own objects.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trace.interop import checks
from trace.interop.checks import Checker, Prefixes, items, parse_time, record, text, uri
from trace.interop.errors import (
    DocumentError,
    DocumentNotEpcis,
    DocumentNotJson,
    DocumentTooDeep,
    DocumentTooLarge,
    FieldForm,
    Path,
    found_text,
    path_text,
)
from trace.interop.event_shape import EVENT_TYPES, check_event
from trace.ledger.canonical import TooDeep, strict_loads
from trace.ledger.errors import LedgerError

DOCUMENT = "EPCISDocument"
QUERY_DOCUMENT = "EPCISQueryDocument"
BARE_EVENT = "event"

_EVENT_LISTS: Mapping[str, tuple[str, ...]] = {
    DOCUMENT: ("epcisBody", "eventList"),
    QUERY_DOCUMENT: ("epcisBody", "queryResults", "resultsBody", "eventList"),
}
_VERSION_2 = re.compile(r"2(?:\.[0-9]+)*")


@dataclass(frozen=True)
class Limits:
    """How much is read at once: bytes of the file, levels of nesting, events, bytes of one, values of any kind in all.

    Work grows with the values: one event that names 80,000 batches costs as much as 80,000 events. An event counts
    with the context around it, as it is kept and given back.
    """

    size: int = 8 * 1024 * 1024
    depth: int = 64
    events: int = 10_000
    event: int = 1024 * 1024

    @property
    def values(self) -> int:
        """Room for events of fifty values each, and for a long list in a few of them."""
        return max(20_000, 50 * self.events)

    @property
    def contexts(self) -> int:
        """Bytes of the document's context, counted once for every event: each is kept with it."""
        return 4 * self.size


@dataclass(frozen=True)
class Document:
    """A document from outside, whole; `to_json` puts it together again.

    ``kind`` is EPCISDocument, EPCISQueryDocument or "event" (a bare event). ``context`` is its ``@context``
    as it came, ``header`` the ``epcisHeader`` (None: it has none), ``rest`` everything but the event list
    (empty for a bare event). ``events`` stand in the sender's order; ``order`` lists their positions by
    eventTime, equal times in the sender's order. ``sha256`` is the hex digest of the bytes as received.
    """

    kind: str
    context: Any
    header: dict[str, Any] | None
    events: tuple[dict[str, Any], ...]
    order: tuple[int, ...]
    creation_date: str | None
    sha256: str
    rest: dict[str, Any]

    def context_of(self, position: int) -> list[Any]:
        """The contexts in force for one event, outermost first: the document's, then the event's own."""
        own = self.events[position].get("@context", [])
        outer = [] if self.kind == BARE_EVENT else self.context
        return [*_listed(outer), *_listed(own)]

    def vocabularies(self) -> list[dict[str, Any]]:
        """Master data: the vocabularies of the header, or of a query's results."""
        if self.kind == QUERY_DOCUMENT:
            results: dict[str, Any] = self.rest["epcisBody"]["queryResults"]["resultsBody"]
            return list(results.get("vocabularyList", []))
        master = (self.header or {}).get("epcisMasterData", {})
        return list(master.get("vocabularyList", []))


def read_document(data: bytes, limits: Limits | None = None) -> Document:
    """Read an EPCISDocument, an EPCISQueryDocument or a bare event.

    Raises a DocumentError: what is wrong first, with its JSONPath, and in ``others`` what else is wrong.
    """
    opened = _open(data, limits or Limits())
    for position, event in enumerate(opened.events):
        if opened.checker.full:
            break
        check_event(opened.checker, event, event_path(opened.kind, position))
    if (error := _first(opened.checker)) is not None:
        raise error
    return _document(data, opened, range(len(opened.events)))


def read_each(data: bytes, limits: Limits | None = None) -> tuple[Document, dict[int, DocumentError]]:
    """Read a document whose events are judged one by one: the faults of an event, by its position, refuse it alone.

    ``order`` of the document lists the good events. Raises a DocumentError for what is wrong around the events.
    """
    opened = _open(data, limits or Limits())
    if (error := _first(opened.checker)) is not None:
        raise error
    refused: dict[int, DocumentError] = {}
    for position, event in enumerate(opened.events):
        alone = Checker(opened.checker.prefixes)
        check_event(alone, event, event_path(opened.kind, position))
        if (error := _first(alone)) is not None:
            refused[position] = error
    return _document(data, opened, [n for n in range(len(opened.events)) if n not in refused]), refused


def event_path(kind: str, position: int) -> Path:
    """Where an event stands in a document of this kind."""
    return (*_EVENT_LISTS[kind], position) if kind in _EVENT_LISTS else ()


def event_time(event: Mapping[str, Any]) -> datetime:
    """When an event that was read happened, aware; digits beyond the microsecond are cut off."""
    return parse_time(event["eventTime"])


def to_json(document: Document) -> dict[str, Any]:
    """The JSON value of the document as it was received: same fields, same values, same order of events."""
    if document.kind == BARE_EVENT:
        return copy.deepcopy(document.events[0])
    whole = copy.deepcopy(document.rest)
    *way, last = _EVENT_LISTS[document.kind]
    inner = whole
    for name in way:
        inner = inner[name]
    inner[last] = [copy.deepcopy(event) for event in document.events]
    return whole


@dataclass(frozen=True)
class _Opened:
    """A document whose envelope was looked at; its events were not."""

    content: dict[str, Any]
    kind: str
    checker: Checker
    events: list[Any]


def _open(data: bytes, limits: Limits) -> _Opened:
    content = _load(data, limits)
    kind = _kind(content)
    checker = Checker()
    if "@context" in content:
        checker.prefixes = Prefixes().also(content["@context"])
    checker.required(content, ("@context",), ())
    events: list[Any] = [content] if kind == BARE_EVENT else _document_events(checker, content, kind)
    if len(events) > limits.events:
        place = path_text(_EVENT_LISTS.get(kind, ()))
        raise DocumentTooLarge(place, f"{len(events)} events", f"<= {limits.events} events")
    if len(data) > limits.event or kind != BARE_EVENT:
        _refuse_heavy(content, kind, events, limits)
    return _Opened(content, kind, checker, events)


def _refuse_heavy(content: dict[str, Any], kind: str, events: list[Any], limits: Limits) -> None:
    around = 0 if kind == BARE_EVENT else _bytes(content.get("@context"))
    if around * len(events) > limits.contexts:
        found = f"{around} bytes * {len(events)} events"
        raise DocumentTooLarge(path_text(("@context",)), found, f"<= {limits.contexts} bytes")
    for position, event in enumerate(events):
        size = around + _bytes(event)
        if size > limits.event:
            place = path_text(event_path(kind, position))
            raise DocumentTooLarge(place, f"{size} bytes", f"<= {limits.event} bytes")


def _bytes(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode())


def _document(data: bytes, opened: _Opened, positions: Iterable[int]) -> Document:
    content, kind, events = opened.content, opened.kind, opened.events
    return Document(
        kind=kind,
        context=content["@context"],
        header=None if kind == BARE_EVENT else content.get("epcisHeader"),
        events=tuple(events),
        order=tuple(sorted(positions, key=lambda position: event_time(events[position]))),
        creation_date=None if kind == BARE_EVENT else content.get("creationDate"),
        sha256=hashlib.sha256(data).hexdigest(),
        rest={} if kind == BARE_EVENT else _without(content, _EVENT_LISTS[kind]),
    )


def _load(data: bytes, limits: Limits) -> dict[str, Any]:
    if len(data) > limits.size:
        raise DocumentTooLarge("$", f"{len(data)} bytes", f"<= {limits.size} bytes")
    try:
        content = strict_loads(data.removeprefix(b"\xef\xbb\xbf"))  # some editors leave a byte order mark
    except TooDeep as error:
        raise DocumentTooDeep("$", "", f"<= {limits.depth}") from error
    except LedgerError as error:
        raise DocumentNotJson("$", found_text(str(error)), "JSON (RFC 8259)") from error
    _refuse_deep(content, limits)
    if not isinstance(content, dict):
        raise DocumentNotEpcis("$", found_text(content), "object")
    return content


def _refuse_deep(content: object, limits: Limits) -> None:
    level, values = [content], 1
    for _ in range(limits.depth + 1):
        below: list[object] = []
        for value in level:
            if isinstance(value, dict):
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
        values += len(below)
        if values > limits.values:
            raise DocumentTooLarge("$", f"> {limits.values} values", f"<= {limits.values} values")
        if not below:
            return
        level = below
    raise DocumentTooDeep("$", f"> {limits.depth}", f"<= {limits.depth}")


def _kind(content: dict[str, Any]) -> str:
    kind = content.get("type")
    if kind in (DOCUMENT, QUERY_DOCUMENT):
        return str(kind)
    if kind in EVENT_TYPES or "eventTime" in content:
        return BARE_EVENT
    expected = " | ".join((DOCUMENT, QUERY_DOCUMENT, *EVENT_TYPES))
    raise DocumentNotEpcis("$.type", found_text(kind) if "type" in content else "", expected)


def _document_events(checker: Checker, content: dict[str, Any], kind: str) -> list[Any]:
    """Check everything around the events and return them; none where there is no list of them."""
    _SHAPES[kind](checker, content, ())
    inner: Any = content
    for name in _EVENT_LISTS[kind]:
        inner = inner.get(name) if isinstance(inner, dict) else None
    return inner if isinstance(inner, list) else []


def _first(checker: Checker) -> DocumentError | None:
    """The first problem, with the others in it."""
    if not checker.problems:
        return None
    first = checker.problems[0]
    first.others = tuple(checker.problems[1:])
    return first


def _without(content: dict[str, Any], way: tuple[str, ...]) -> dict[str, Any]:
    name, *deeper = way
    if not deeper:
        return {key: value for key, value in content.items() if key != name}
    return {**content, name: _without(content[name], tuple(deeper))}


def _listed(context: Any) -> list[Any]:
    return list(context) if isinstance(context, list) else [context]


def _version(checker: Checker, value: object, path: Path) -> None:
    if not isinstance(value, str) or not _VERSION_2.fullmatch(value):
        checker.add(FieldForm, path, value, "2.x")


_ATTRIBUTE = record({"id": uri, "attribute": checks.anything}, required=("id",))
_ELEMENT = record({"id": uri, "attributes": items(_ATTRIBUTE), "children": items(uri)}, required=("id",))
_VOCABULARIES = items(record({"type": uri, "vocabularyElementList": items(_ELEMENT)}, required=("type",)))
_HEADER = record({"epcisMasterData": record({"vocabularyList": _VOCABULARIES})})
_EVENTS = items(checks.anything)  # each event is looked at with its own context
_RESULTS = record({"eventList": _EVENTS, "vocabularyList": _VOCABULARIES}, required=("eventList",))
_QUERY = record(
    {"queryName": text, "subscriptionID": text, "resultsBody": _RESULTS},
    required=("queryName", "resultsBody"),
)
_ENVELOPE: dict[str, checks.Check] = {
    "@context": checks.context,
    "id": uri,
    "type": checks.anything,
    "schemaVersion": _version,
    "creationDate": checks.time,
}
_SHAPES = {
    DOCUMENT: record(
        {
            **_ENVELOPE,
            **dict.fromkeys(("instanceIdentifier", "sender", "receiver"), text),
            "epcisHeader": _HEADER,
            "epcisBody": record({"eventList": _EVENTS}, required=("eventList",)),
        },
        required=("schemaVersion", "creationDate", "epcisBody"),
    ),
    QUERY_DOCUMENT: record(
        {**_ENVELOPE, "epcisBody": record({"queryResults": _QUERY}, required=("queryResults",))},
        required=("epcisBody",),
    ),
}
