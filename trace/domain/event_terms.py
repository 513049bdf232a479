"""What an event is found by: the words, numbers and times in it, each under a name (EPCIS 2.0 section 8.2.7.1).

Names are the standard's field names. An extension field stands under ``{place}:{key}``: the place is ``field``
(the event itself), ``ilmd``, ``error``, ``readPoint``, ``bizLocation``, ``sensorElement``, ``sensorMetadata`` or
``sensorReport``, with ``.inner`` for what is nested deeper; the key stands for the field's full IRI, so that
prefixes do not matter (see ``field_key``). What anything at all exists under is a word under EXISTS.

Writer and query spell words by the same functions: ``indexable`` for texts and identifiers, ``Namespaces.word``
for words of a vocabulary.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from trace.domain.epcis import LONGEST_NAME, ClassQuantity, Event, short_word
from trace.identifiers import InvalidIdentifier, canonical

EXISTS = "exists"
READER = "reader"
EVENT_HASH = "eventHash"
ERROR = "errorDeclaration"
SENSORS = "sensorElementList"

EPCS = ("epc", "parentID", "inputEPC", "outputEPC")
CLASSES = ("epcClass", "inputEPCClass", "outputEPCClass")

RESOURCES: Mapping[str, tuple[str, ...]] = {
    "eventType": ("eventType",),
    "epc": (*EPCS, *CLASSES),
    "bizStep": ("bizStep",),
    "bizLocation": ("bizLocation",),
    "readPoint": ("readPoint",),
    "disposition": ("disposition",),
}
"""The resources that have a list of their own, and the names under which their values stand."""

# Prefixes that the GS1 context defines, so that a document need not (EPCIS 2.0 JSON-LD context).
PREFIXES: Mapping[str, str] = {
    "epcis": "https://ref.gs1.org/epcis/",
    "cbv": "https://ref.gs1.org/cbv/",
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "gs1": "https://gs1.org/voc/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dcterms": "http://purl.org/dc/terms/",
}
DEVICE = ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules")
SENSOR_URIS = ("microorganism", "chemicalSubstance", "uriValue", "coordinateReferenceSystem")
SENSOR_WORDS = ("type", "exception", "component")
SENSOR_NUMBERS = ("value", "minValue", "maxValue", "meanValue", "sDev", "percValue")
_GS1_WORD = re.compile(
    r"(?:gs1:|https?://(?:www\.)?gs1\.org/voc/"
    r"|(?:epcis:|https?://(?:ref|ns)\.gs1\.org/epcis/)|(?:cbv:|https?://(?:ref|ns)\.gs1\.org/cbv/)Comp-)([A-Za-z_]+)"
)
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,20}))?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_DEEPEST = 64


@dataclass
class Terms:
    """(name, value) of each word, number (a double) and time (aware) of an event."""

    words: set[tuple[str, str]] = field(default_factory=set)
    numbers: set[tuple[str, float]] = field(default_factory=set)
    times: set[tuple[str, datetime]] = field(default_factory=set)


@dataclass(frozen=True)
class Namespaces:
    """What the prefixes in force stand for."""

    prefixes: Mapping[str, str]

    @classmethod
    def of(cls, *contexts: object) -> Namespaces:
        """The prefixes of the GS1 context and of these ``@context`` values, later ones above earlier ones.

        Contexts named by a URL are not fetched: a prefix that only they declare stays as it is written.
        """
        known = dict(PREFIXES)
        for part in _flat(contexts):
            if isinstance(part, Mapping):
                known.update(_declared(part))
        return cls(known)

    def expand(self, name: str) -> str:
        """The full IRI of a compact one; anything else as it is (JSON-LD 1.1 section 5.2.3)."""
        prefix, colon, local = name.partition(":")
        if not colon or local.startswith("//") or prefix not in self.prefixes:
            return name
        namespace = self.prefixes[prefix]
        return f"{namespace}{local}" if namespace.endswith(("/", "#", ":")) else f"{namespace}#{local}"

    def word(self, value: str) -> str:
        """A word of a vocabulary: GS1's in its short form, another's as a full IRI."""
        return indexable(_short(value) or _short(self.expand(value)) or self.expand(value))

    def key(self, name: str) -> str:
        """``field_key`` of a field as it is written in the event or the query."""
        return field_key(self.expand(name))


def field_key(iri: str) -> str:
    """The name of an extension field, whichever of its full spellings it comes in.

    EPCIS 1.x joins namespace and name by ``#`` (``http://ns.example/#best``), JSON-LD joins nothing, and
    namespaces are declared with and without a last ``/``: all come out the same.

    >>> {field_key(f"http://ns.example/{name}") for name in ("best", "#best")}
    {'http://ns.example#best'}
    """
    for mark in "#/:":
        namespace, found, name = iri.rpartition(mark)
        if found and name:
            return bounded(f"{namespace.rstrip('#/:')}#{name}")
    return bounded(iri)


def indexable(value: str) -> str:
    """A text as the index holds it: an identifier canonical, and what is longer than a name by its SHA-256."""
    try:
        return bounded(canonical(value))
    except InvalidIdentifier:
        return bounded(value)


def moment(text: str) -> datetime | None:
    """The time that a text is (xsd:dateTimeStamp), in UTC, cut off at the microsecond; None for other text."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        return None
    fraction = f".{match[2][:6]:0<6}" if match[2] else ""
    try:
        time = datetime.fromisoformat(f"{match[1]}{fraction}{match[3]}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return time if 1 < time.year < 9999 else None


def number(text: str) -> float | None:
    """The number that a text is; None for other text, and beyond what a double holds."""
    return _double(float(text)) if _NUMBER.fullmatch(text) else None


def terms_of(event: Event, contexts: object, event_hash: str | None = None) -> Terms:
    """Everything that an event is found by, but its readers; pure.

    ``contexts`` are the ``@context`` values around the event (its own are in it), ``event_hash`` its CBV hash.
    """
    return _Collector(event, Namespaces.of(contexts, event.raw.get("@context", []))).collect(event_hash)


class _Collector:
    def __init__(self, event: Event, namespaces: Namespaces) -> None:
        self._event = event
        self._names = namespaces
        self._found = Terms()

    def collect(self, event_hash: str | None) -> Terms:
        event = self._event
        self._word("eventType", event.type)
        self._uri("eventID", event.event_id)
        if event_hash is not None:
            self._word(EVENT_HASH, event_hash)
        if event.action:
            self._word("action", event.action)
        for name, word in (("bizStep", event.biz_step), ("disposition", event.disposition)):
            if word is not None:
                self._word(name, self._names.word(word))
        for name in ("set", "unset"):
            for word in _texts(_get(event.raw, "persistentDisposition", name)):
                self._word(f"persistentDisposition.{name}", self._names.word(word))
        self._things()
        self._business()
        self._error()
        self._sensors()
        self._extensions("ilmd", event.ilmd)
        self._extensions("field", event.extensions)
        for place in ("readPoint", "bizLocation"):
            self._extensions(place, event.raw.get(place))
        return self._found

    # -- parts of an event -------------------------------------------------------------------------------

    def _things(self) -> None:
        event = self._event
        for name, uris in (
            ("epc", (*event.epcs, *event.child_epcs)),
            ("parentID", (event.parent,) if event.parent else ()),
            ("inputEPC", event.input_epcs),
            ("outputEPC", event.output_epcs),
            ("readPoint", (event.read_point,) if event.read_point else ()),
            ("bizLocation", (event.biz_location,) if event.biz_location else ()),
        ):
            for uri in uris:
                self._thing(name, uri)
        self._classes("epcClass", (*event.quantities, *event.child_quantities))
        self._classes("inputEPCClass", event.input_quantities)
        self._classes("outputEPCClass", event.output_quantities)

    def _classes(self, name: str, quantities: Iterable[ClassQuantity]) -> None:
        for quantity in quantities:
            self._thing(name, quantity.epc_class)
            if quantity.amount is not None:
                self._number("quantity", quantity.amount)
                if quantity.unit:
                    self._number(f"quantity:{bounded(quantity.unit)}", quantity.amount)

    def _business(self) -> None:
        event = self._event
        for name, pairs in (
            ("bizTransaction", event.transactions),
            ("source", event.sources),
            ("destination", event.destinations),
        ):
            for kind, uri in pairs:
                if kind:
                    self._thing(bounded(f"{name}.{self._names.word(kind)}"), uri)
        if event.transformation_id:
            self._uri("transformationID", event.transformation_id)

    def _error(self) -> None:
        error = self._event.error
        if error is None:
            return
        self._word(EXISTS, ERROR)
        self._found.times.add(("errorDeclarationTime", error.time))
        if error.reason:
            self._word("errorReason", self._names.word(error.reason))
        for id in error.corrective:
            self._uri("correctiveEventID", id)
        self._extensions("error", self._event.raw["errorDeclaration"])

    def _sensors(self) -> None:
        for element in _objects(self._event.raw.get(SENSORS)):
            self._word(EXISTS, SENSORS)
            self._extensions("sensorElement", element)
            metadata = element.get("sensorMetadata")
            if isinstance(metadata, Mapping):
                self._device("sensorMetadata", metadata)
                self._extensions("sensorMetadata", metadata)
            for report in _objects(element.get("sensorReport")):
                self._device("sensorReport", report)
                self._report(report)
                self._extensions("sensorReport", report)

    def _device(self, place: str, fields: Mapping[str, Any]) -> None:
        for name in DEVICE:
            for text in _texts(fields.get(name)):
                self._uri(f"{place}.{name}", text)
        for name in ("startTime", "endTime", "time"):
            for text in _texts(fields.get(name)):
                self._time(name, text)
                self._time(f"{place}.{name}", text)

    def _report(self, report: Mapping[str, Any]) -> None:
        for name in SENSOR_URIS:
            for text in _texts(report.get(name)):
                self._uri(name, text)
        for text in _texts(report.get("stringValue")):
            self._text("stringValue", text)
        for name in SENSOR_WORDS:
            for text in _texts(report.get(name)):
                self._word(name, self._names.word(text))
        for text in _texts(report.get("hexBinaryValue")):
            self._word("hexBinaryValue", bounded(text.upper()))
        if isinstance(truth := report.get("booleanValue"), bool):
            self._word("booleanValue", "true" if truth else "false")
        unit = report.get("uom")
        for name in SENSOR_NUMBERS:
            if isinstance(unit, str):
                self._number(bounded(f"{name}:{unit}"), report.get(name))
        self._number("percRank", report.get("percRank"))

    def _extensions(self, place: str, fields: object) -> None:
        """Fields with a namespace of one object, and under ``{place}.inner`` those nested in them."""
        if not isinstance(fields, Mapping):
            return
        for name, value in fields.items():
            if ":" in name:
                self._field(f"{place}:{self._names.key(name)}", value)
                self._nested(f"{place}.inner", value, 0)

    def _nested(self, place: str, value: object, depth: int) -> None:
        if depth == _DEEPEST:
            return
        if isinstance(value, Mapping):
            for name, inner in value.items():
                if ":" in name:
                    self._field(f"{place}:{self._names.key(name)}", inner)
                self._nested(place, inner, depth + 1)
        elif isinstance(value, list | tuple):
            for item in value:
                self._nested(place, item, depth + 1)

    def _field(self, name: str, value: object) -> None:
        self._word(EXISTS, name)
        for item in _flat([value]):
            self._value(name, item)

    def _value(self, name: str, value: object) -> None:
        if isinstance(value, Mapping):  # a typed value or a reference (JSON-LD 1.1 section 4.2.1)
            plain = value.get("@value", value.get("@id", value.get("id")))
            if not isinstance(plain, Mapping | list | tuple):
                self._value(name, plain)
        elif isinstance(value, bool):
            self._word(name, "true" if value else "false")
        elif isinstance(value, str):
            self._text(name, value)
            self._time(name, value)
            self._number(name, number(value))  # what came from XML has its numbers as texts
        else:
            self._number(name, value)

    # -- single terms ------------------------------------------------------------------------------------

    def _word(self, name: str, value: str) -> None:
        self._found.words.add((name, value))

    def _uri(self, name: str, value: str) -> None:
        """An identifier; one that is written with a prefix by its full IRI."""
        self._found.words.add((name, indexable(self._names.expand(value))))

    def _thing(self, name: str, value: str) -> None:
        """An identifier that the event has in canonical form already."""
        full = self._names.expand(value)
        self._found.words.add((name, bounded(value) if full is value else indexable(full)))

    def _text(self, name: str, value: str) -> None:
        self._found.words.add((name, indexable(value)))

    def _number(self, name: str, value: object) -> None:
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            found = _double(value)
            if found is not None:
                self._found.numbers.add((name, found))

    def _time(self, name: str, value: str) -> None:
        time = moment(value)
        if time is not None:
            self._found.times.add((name, time))


def _double(value: float | Decimal) -> float | None:
    try:
        found = float(value)
    except OverflowError:
        return None
    return found + 0.0 if math.isfinite(found) else None  # there is no -0


def bounded(text: str) -> str:
    """NUL, which PostgreSQL cannot hold, as U+FFFD; a text that no index row holds by its hash."""
    data = text.replace("\0", "\ufffd").encode(errors="replace")
    return data.decode() if len(data) <= LONGEST_NAME else f"sha256:{hashlib.sha256(data).hexdigest()}"


def _short(value: str) -> str | None:
    """The short form of a word of GS1's; None for any other text."""
    short = short_word(value)
    if short != value or ":" not in value:
        return short
    match = _GS1_WORD.fullmatch(value)
    return match[1] if match else None


def _declared(context: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for prefix, value in context.items():
        iri = value.get("@id") if isinstance(value, Mapping) else value
        if isinstance(iri, str) and not prefix.startswith("@"):
            yield prefix, iri


def _flat(value: object) -> Iterator[object]:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, list | tuple):
            stack.extend(reversed(item))
        else:
            yield item


def _texts(value: object) -> Iterator[str]:
    return (item for item in _flat(value) if isinstance(item, str))


def _objects(value: object) -> Iterator[Mapping[str, Any]]:
    return (item for item in _flat(value) if isinstance(item, Mapping))


def _get(value: object, *path: str) -> object:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
