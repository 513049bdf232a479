"""What a query should find, told by reading every event from front to back: slow, plain, and made without the index.

Identifiers are compared in canonical form, patterns on EPCs spelled out, everything else as it stands.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.service.event_samples import EX, OTHER, PREFIXES, PRODUCT, VOCABULARY
from trace.identifiers import DigitalLink, canonical
from trace.identifiers.epc import write_epc
from trace.identifiers.rules import InvalidIdentifier


@dataclass(frozen=True)
class Seen:
    """One event of the ledger as it was captured."""

    index: int
    raw: Mapping[str, Any]
    recorded: datetime
    event_id: str

    @property
    def time(self) -> datetime:
        return moment(self.raw["eventTime"])


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def canon(uri: str) -> str:
    try:
        return canonical(uri)
    except InvalidIdentifier:
        return uri


def short(word: str) -> str:
    """A word of GS1's without what stands before it."""
    if not word.startswith(
        ("urn:epcglobal:cbv:", "https://ref.gs1.org/cbv/", "cbv:", "gs1:", "https://gs1.org/voc/")
    ):
        return word
    return word.rsplit("/", 1)[-1].rsplit(":", 1)[-1].rsplit("-", 1)[-1]


def key(name: str, prefixes: Mapping[str, str]) -> tuple[str, str]:
    """Namespace without its last mark, and local name."""
    prefix, _, local = name.partition(":")
    if prefix in prefixes:
        return prefixes[prefix].rstrip("/#"), local
    namespace, _, local = name.rpartition("#") if "#" in name else name.rpartition("/")
    return namespace.rstrip("/#"), local


def listed(value: Any) -> list[Any]:
    return [] if value is None else list(value) if isinstance(value, list) else [value]


# -- fields --------------------------------------------------------------------------------------------------


def fields(raw: Mapping[str, Any], scope: str, wanted: str) -> list[Any]:
    """Every value of an extension field in one place of an event."""
    prefixes = {"a": EX, "b": OTHER}
    inner = scope.startswith("INNER_")
    found: list[Any] = []
    for place in _places(raw, scope.removeprefix("INNER_")):
        for name, value in place.items():
            if ":" not in name:
                continue
            if inner:
                found += [item for own, item in _nested(value) if key(own, prefixes) == key(wanted, PREFIXES)]
            elif key(name, prefixes) == key(wanted, PREFIXES):
                found += listed(value)
    return found


def _places(raw: Mapping[str, Any], scope: str) -> list[Mapping[str, Any]]:
    sensors = listed(raw.get("sensorElementList"))
    return {
        "": [raw],
        "ILMD_": listed(raw.get("ilmd")),
        "ERROR_DECLARATION_": listed(raw.get("errorDeclaration")),
        "readPoint_": listed(raw.get("readPoint")),
        "bizLocation_": listed(raw.get("bizLocation")),
        "SENSORELEMENT_": sensors,
        "SENSORMETADATA_": [one["sensorMetadata"] for one in sensors if "sensorMetadata" in one],
        "SENSORREPORT_": [report for one in sensors for report in one["sensorReport"]],
    }[scope]


def _nested(value: Any) -> Iterator[tuple[str, Any]]:
    for item in listed(value):
        if isinstance(item, dict):
            for name, inner in item.items():
                if ":" in name:
                    for one in listed(inner):
                        yield name, one
                yield from _nested(inner)


def as_number(value: Any) -> float | None:
    try:
        return None if isinstance(value, bool | dict) else float(value)
    except ValueError:
        return None


def as_time(value: Any) -> datetime | None:
    try:
        found = moment(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


# -- things --------------------------------------------------------------------------------------------------

_EPCS = {
    "epc": ("epcList", "childEPCs"),
    "parentID": ("parentID",),
    "inputEPC": ("inputEPCList",),
    "outputEPC": ("outputEPCList",),
}
_CLASSES = {
    "epcClass": ("quantityList", "childQuantityList"),
    "inputEPCClass": ("inputQuantityList",),
    "outputEPCClass": ("outputQuantityList",),
}
_LISTS = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")


def things(raw: Mapping[str, Any], what: str) -> list[str]:
    if what == "anyEPC":
        return [uri for name in _EPCS for uri in things(raw, name)]
    if what == "anyEPCClass":
        return [uri for name in _CLASSES for uri in things(raw, name)]
    if what in _EPCS:
        return [uri for name in _EPCS[what] for uri in listed(raw.get(name))]
    return [one["epcClass"] for name in _CLASSES[what] for one in listed(raw.get(name))]


def matched(uri: str, asked: str, what: str) -> bool:
    """A pattern is compared with the EPC spelled as one, field by field."""
    if "*" not in asked or (what.endswith("Class") and asked == PRODUCT):
        return canon(uri) == canon(asked)
    if asked.startswith("https:"):
        return fnmatch.fnmatchcase(canon(uri), asked)
    if not uri.startswith("urn:"):
        uri = write_epc(DigitalLink.parse(uri), 7) or uri
    if what.endswith("Class") and ":idpat:sgtin:" in asked:
        uri = uri.replace(":class:lgtin:", ":id:sgtin:")  # the lots of a company's classes are of the company
    return fnmatch.fnmatchcase(uri.replace("idpat", "id"), asked.replace("idpat", "id"))


# -- parameters ----------------------------------------------------------------------------------------------


def inside(place: str) -> set[str]:
    """A place and those in it, by VOCABULARY."""
    found, wait = set(), [canon(place)]
    while wait:
        if (one := wait.pop()) not in found:
            found.add(one)
            wait += [
                canon(child)
                for element in VOCABULARY
                if canon(element["id"]) == one
                for child in element["children"]
            ]
    return found


def _within(seen: Seen, name: str, values: list[str]) -> bool:
    places = {place for value in values for place in inside(value)}
    at = canon(seen.raw.get(name, {}).get("id", ""))
    return at in places or any(at.startswith(f"{place}/254/") for place in places)


def _texts(*path: str) -> Callable[[Mapping[str, Any]], list[str]]:
    def read(raw: Mapping[str, Any]) -> list[str]:
        level: list[Any] = [raw]
        for name in path:
            level = [item for one in level if isinstance(one, dict) for item in listed(one.get(name))]
        return [short(canon(text)) for text in level if isinstance(text, str)]

    return read


_SENSOR = ("sensorElementList", "sensorReport")
_META = ("sensorElementList", "sensorMetadata")
_TEXTS = {
    "eventType": _texts("type"),
    "EQ_action": _texts("action"),
    "EQ_bizStep": _texts("bizStep"),
    "EQ_disposition": _texts("disposition"),
    "EQ_persistentDisposition_set": _texts("persistentDisposition", "set"),
    "EQ_persistentDisposition_unset": _texts("persistentDisposition", "unset"),
    "EQ_readPoint": _texts("readPoint", "id"),
    "EQ_bizLocation": _texts("bizLocation", "id"),
    "EQ_transformationID": _texts("transformationID"),
    "EQ_errorReason": _texts("errorDeclaration", "reason"),
    "EQ_correctiveEventID": _texts("errorDeclaration", "correctiveEventIDs"),
    "EQ_type": _texts(*_SENSOR, "type"),
    "EQ_component": _texts(*_SENSOR, "component"),
    "EQ_microorganism": _texts(*_SENSOR, "microorganism"),
    "EQ_chemicalSubstance": _texts(*_SENSOR, "chemicalSubstance"),
    "EQ_stringValue": _texts(*_SENSOR, "stringValue"),
    "EQ_uriValue": _texts(*_SENSOR, "uriValue"),
    "EQ_hexBinaryValue": _texts(*_SENSOR, "hexBinaryValue"),
    "EQ_bizRules": _texts(*_META, "bizRules"),
    "EQ_SENSORMETADATA_deviceID": _texts(*_META, "deviceID"),
    "EQ_SENSORREPORT_deviceID": _texts(*_SENSOR, "deviceID"),
    "EQ_SENSORREPORT_rawData": _texts(*_SENSOR, "rawData"),
}
_TIMES = {
    "eventTime": _texts("eventTime"),
    "errorDeclarationTime": _texts("errorDeclaration", "declarationTime"),
    "startTime": _texts(*_META, "startTime"),
    "endTime": _texts(*_META, "endTime"),
    "SENSORMETADATA_time": _texts(*_META, "time"),
    "SENSORREPORT_time": _texts(*_SENSOR, "time"),
}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "EQ": lambda a, b: a == b,
    "GT": lambda a, b: a > b,
    "GE": lambda a, b: a >= b,
    "LT": lambda a, b: a < b,
    "LE": lambda a, b: a <= b,
}
_SCOPES = (
    "ILMD_",
    "ERROR_DECLARATION_",
    "SENSORELEMENT_",
    "SENSORMETADATA_",
    "SENSORREPORT_",
    "readPoint_",
    "bizLocation_",
)


def matches(seen: Seen, query: Mapping[str, Any]) -> bool:
    """Whether an event meets every parameter; those of order and number are none."""
    return all(_meets(seen, name, value) for name, value in query.items())


def _meets(seen: Seen, name: str, value: Any) -> bool:
    raw, values = seen.raw, value.split("|") if isinstance(value, str) else listed(value)
    how, _, rest = name.partition("_")
    if name in _TEXTS:
        return bool({short(canon(one)) for one in values} & set(_TEXTS[name](raw)))
    if name in _OWN:
        return _OWN[name](seen, value, values)
    if rest in _TIMES:
        return any(_COMPARE[how](moment(one), moment(value)) for one in _TIMES[rest](raw))
    if how == "MATCH":
        return any(matched(uri, one, rest) for uri in things(raw, rest) for one in values)
    if how == "WD":
        return _within(seen, rest, values)
    if rest in ("recordTime", "time"):
        return _timed(seen, how, rest, value)
    return _extension(seen, how, rest, value, values) if ":" in rest else _typed(raw, how, rest, values)


_OWN: Mapping[str, Callable[[Seen, Any, list[Any]], bool]] = {
    "EQ_eventID": lambda seen, value, values: seen.event_id in values,
    "EQ_deviceID": lambda seen, value, values: (
        _meets(seen, "EQ_SENSORMETADATA_deviceID", value) or _meets(seen, "EQ_SENSORREPORT_deviceID", value)
    ),
    "EQ_booleanValue": lambda seen, value, values: any(
        one["booleanValue"] is (value == "true")
        for one in _places(seen.raw, "SENSORREPORT_")
        if "booleanValue" in one
    ),
    "EXISTS_errorDeclaration": lambda seen, value, values: "errorDeclaration" in seen.raw,
    "EXISTS_sensorElementList": lambda seen, value, values: "sensorElementList" in seen.raw,
    "EQ_bizTransaction_urn:epcglobal:cbv:btt:inv": lambda seen, value, values: _typed(
        seen.raw, "EQ", "bizTransaction_inv", values
    ),
}


def _timed(seen: Seen, how: str, what: str, value: str) -> bool:
    if what == "recordTime":
        return _COMPARE[how](seen.recorded, moment(value))
    return any(_meets(seen, f"{how}_{place}_time", value) for place in ("SENSORMETADATA", "SENSORREPORT"))


def _extension(seen: Seen, how: str, rest: str, value: Any, values: list[Any]) -> bool:
    inner = "INNER_" if rest.startswith("INNER_") else ""
    rest = rest.removeprefix("INNER_")
    scope = next((one for one in _SCOPES if rest.startswith(one)), "")
    name = rest.removeprefix(scope)
    found = fields(seen.raw, inner + scope, name)
    if how == "EXISTS":
        return bool(found)
    if how == "EQ":
        return any(_same(one, asked) for one in found for asked in values)
    read = as_number if as_number(value) is not None else as_time
    return any(_COMPARE[how](one, read(value)) for one in map(read, found) if one is not None)


def _same(found: Any, asked: Any) -> bool:
    if isinstance(found, bool):
        return asked == ("true" if found else "false")
    if isinstance(found, dict):
        return False
    for read in (as_number, as_time):
        if read(asked) is not None and read(found) == read(asked):
            return True
    return isinstance(found, str) and isinstance(asked, str) and canon(found) == canon(asked)


def _typed(raw: Mapping[str, Any], how: str, rest: str, values: list[Any]) -> bool:
    what, _, kind = rest.partition("_")
    for lists, field in (
        ("bizTransactionList", "bizTransaction"),
        ("sourceList", "source"),
        ("destinationList", "destination"),
    ):
        if what == field:
            return any(
                short(one["type"]) == short(kind) and canon(one[field]) in {canon(asked) for asked in values}
                for one in listed(raw.get(lists))
                if "type" in one
            )
    if what == "quantity":
        amounts: Iterable[Any] = (
            one["quantity"]
            for name in _LISTS
            for one in listed(raw.get(name))
            if "quantity" in one and kind in ("", one.get("uom"))
        )
    else:
        reports = _places(raw, "SENSORREPORT_")
        amounts = (one[what] for one in reports if what in one and (not kind or one.get("uom") == kind))
    return any(_COMPARE[how](float(one), float(asked)) for one in amounts for asked in values)
