"""What a query should find, told by reading every event from front to back: slow, plain, and made without the index.

Each sample holds what some parameter asks about; ``parameters`` are questions that sense can be made of over them.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trace.identifiers import DigitalLink, canonical
from trace.identifiers.epc import write_epc
from trace.identifiers.rules import InvalidIdentifier

EX, OTHER = "http://ns.example/", "https://other.example/epcis"
PREFIXES = {"ex": EX, "other": OTHER}
CONTEXT = ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld", {"a": EX, "b": {"@id": OTHER}}]

ITEM = "urn:epc:id:sgtin:4012345.012345.{}"
LOT = "urn:epc:class:lgtin:4012345.012345.{}"
PRODUCT = "urn:epc:idpat:sgtin:4012345.012345.*"
CASE = "urn:epc:id:sscc:4012345.1234567890"
SITE = "urn:epc:id:sgln:4012345.00011.0"
DOOR = "https://id.gs1.org/414/4012345000115/254/door"
YARD, SHED = "urn:example:yard", "urn:example:shed"
CRATE = "urn:epc:id:grai:4012345.66666.{}"
VOCABULARY = [{"id": SITE, "children": [YARD]}, {"id": YARD, "children": [SHED, SITE]}]


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


# -- samples -------------------------------------------------------------------------------------------------


def _event(minute: int, **more: Any) -> dict[str, Any]:
    own = {"eventTime": f"2026-10-01T08:{minute:02}:00.000+08:00", "eventTimeZoneOffset": "+08:00"}
    return {"type": "ObjectEvent", **own, **more}


SAMPLES: list[dict[str, Any]] = [
    _event(
        5,
        eventID="urn:uuid:00000000-0000-4000-8000-000000000001",
        action="ADD",
        bizStep="commissioning",
        disposition="active",
        persistentDisposition={
            "set": ["completeness_verified"],
            "unset": ["https://ref.gs1.org/cbv/Disp-damaged"],
        },
        epcList=[ITEM.format(1), "https://farm.example/01/04012345123456/21/2"],
        quantityList=[
            {"epcClass": LOT.format("A"), "quantity": 12.5, "uom": "KGM"},
            {"epcClass": PRODUCT, "quantity": 3},
        ],
        readPoint={"id": SITE, "a:dock": {"a:number": 7}},
        bizLocation={"id": DOOR, "a:floor": "2"},
        ilmd={
            "a:best": "2026-12-24T00:00:00Z",
            "a:grade": "first",
            "b:maker": {"a:name": "Li", "b:size": [1, 2.5]},
        },
        **{"a:note": "fresh", "a:count": 4, "b:flag": True},
    ),
    _event(
        9,
        eventID="urn:uuid:00000000-0000-4000-8000-000000000002",
        action="OBSERVE",
        bizStep="https://ref.gs1.org/cbv/BizStep-shipping",
        disposition="urn:epcglobal:cbv:disp:in_transit",
        quantityList=[{"epcClass": "https://id.gs1.org/01/04012345123456/10/A", "quantity": 5, "uom": "KGM"}],
        readPoint={"id": "https://id.gs1.org/414/4012345000115"},
        bizLocation={"id": SHED},
        bizTransactionList=[
            {"type": "po", "bizTransaction": "urn:example:po:1"},
            {"bizTransaction": "urn:example:x"},
        ],
        sourceList=[{"type": "owning_party", "source": "urn:epc:id:pgln:4012345.00000"}],
        destinationList=[{"type": "cbv:SDT-owning_party", "destination": "urn:example:shop"}],
        **{"a:note": ["fresh", "cold"], "a:count": "11", "b:when": "2026-10-02T00:00:00+08:00"},
    ),
    _event(
        2,
        type="AggregationEvent",
        eventID="urn:uuid:00000000-0000-4000-8000-000000000003",
        action="ADD",
        bizStep="packing",
        parentID=CASE,
        childEPCs=[ITEM.format(1), CRATE.format(3)],
        childQuantityList=[{"epcClass": LOT.format("B"), "quantity": 0, "uom": "GRM"}],
        readPoint={"id": YARD},
        bizLocation={"id": YARD},
        **{"a:count": 4.0, "b:deep": [{"a:note": "nested"}, {"b:more": {"a:count": 5}}]},
    ),
    _event(
        30,
        type="TransformationEvent",
        eventID="urn:uuid:00000000-0000-4000-8000-000000000004",
        bizStep="urn:example:step:smoking",
        transformationID="urn:example:smoke:1",
        inputEPCList=[ITEM.format(1)],
        inputQuantityList=[{"epcClass": LOT.format("A"), "quantity": 2.5, "uom": "KGM"}],
        outputEPCList=["https://id.gs1.org/00/140123452345678902"],
        outputQuantityList=[{"epcClass": LOT.format("C"), "quantity": 2, "uom": "KGM"}],
        ilmd={"a:grade": "second", "b:maker": {"a:name": "Wu"}},
    ),
    _event(
        31,
        type="TransactionEvent",
        eventID="urn:uuid:00000000-0000-4000-8000-000000000005",
        action="DELETE",
        parentID="https://id.gs1.org/8003/04012345666663crate",
        epcList=[CRATE.format(3)],
        bizTransactionList=[
            {"type": "po", "bizTransaction": "urn:example:po:1"},
            {"type": "inv", "bizTransaction": "urn:example:inv:1"},
        ],
    ),
    _event(
        32,
        type="AssociationEvent",
        eventID="urn:uuid:00000000-0000-4000-8000-000000000006",
        action="ADD",
        parentID=SITE,
        childEPCs=["urn:epc:id:giai:4012345.sensor7"],
        readPoint={"id": "urn:epc:id:sgln:4012345.00012.0"},
        **{"a:note": "cold"},
    ),
    _event(
        40,
        eventID="urn:uuid:00000000-0000-4000-8000-000000000007",
        action="OBSERVE",
        bizStep="sensor_reporting",
        epcList=[CASE],
        sensorElementList=[
            {
                "sensorMetadata": {
                    "time": "2026-10-01T00:40:00Z",
                    "startTime": "2026-10-01T00:00:00Z",
                    "endTime": "2026-10-01T00:40:00Z",
                    "deviceID": "urn:epc:id:giai:4012345.sensor7",
                    "bizRules": "urn:example:rules:1",
                    "a:note": "metadata",
                },
                "sensorReport": [
                    {
                        "type": "Temperature",
                        "value": 4.5,
                        "minValue": 2,
                        "maxValue": 8.25,
                        "meanValue": 4,
                        "uom": "CEL",
                    },
                    {
                        "type": "gs1:Length",
                        "value": -3,
                        "sDev": 0.5,
                        "uom": "MTR",
                        "component": "cbv:Comp-x",
                        "a:note": "report",
                    },
                    {
                        "type": "Volume",
                        "percRank": 50,
                        "percValue": 12,
                        "uom": "LTR",
                        "time": "2026-10-01T00:20:00Z",
                    },
                ],
                "b:extra": {"a:count": 9},
            }
        ],
    ),
    _event(
        41,
        eventID="urn:uuid:00000000-0000-4000-8000-000000000008",
        action="OBSERVE",
        bizStep="sensor_reporting",
        readPoint={"id": DOOR},
        epcList=[],
        sensorElementList=[
            {
                "sensorReport": [
                    {
                        "type": "Count",
                        "microorganism": "https://bugs.example/1",
                        "stringValue": "few",
                        "deviceID": "urn:example:d2",
                    },
                    {
                        "type": "Mass",
                        "chemicalSubstance": "urn:example:salt",
                        "booleanValue": False,
                        "hexBinaryValue": "F0A1",
                    },
                    {
                        "type": "Mass",
                        "uriValue": "https://id.gs1.org/8004/4012345sensor7",
                        "rawData": "urn:example:raw",
                    },
                ]
            }
        ],
    ),
    _event(
        9,
        eventID="urn:uuid:00000000-0000-4000-8000-000000000002",
        action="OBSERVE",
        bizStep="shipping",
        epcList=[ITEM.format(9)],
        errorDeclaration={
            "declarationTime": "2026-10-03T00:00:00Z",
            "reason": "incorrect_data",
            "correctiveEventIDs": ["urn:uuid:00000000-0000-4000-8000-000000000004"],
            "a:note": "typing",
        },
    ),
    _event(
        5,
        eventID="urn:uuid:00000000-0000-4000-8000-00000000000a",
        action="OBSERVE",
        bizStep="storing",
        readPoint={"id": SHED},
        quantityList=[{"epcClass": "https://id.gs1.org/01/04099999000005/10/Z", "quantity": 5, "uom": "KGM"}],
        **{"a:note": "fresh", "a:count": -1, "b:when": "2026-10-01T16:00:00Z"},
    ),
]

PARAMETERS: list[tuple[str, Any]] = [
    ("eventType", "ObjectEvent"),
    ("eventType", "AggregationEvent|TransformationEvent"),
    ("GE_eventTime", "2026-10-01T00:09:00Z"),
    ("LT_eventTime", "2026-10-01T08:09:00+08:00"),
    ("GE_recordTime", "2026-11-01T08:13:00Z"),
    ("LT_recordTime", "2026-11-01T08:15:00Z"),
    ("EQ_action", "ADD|DELETE"),
    ("EQ_bizStep", "shipping"),
    ("EQ_bizStep", "cbv:BizStep-packing|urn:example:step:smoking"),
    ("EQ_disposition", "in_transit|active"),
    ("EQ_persistentDisposition_set", "completeness_verified"),
    ("EQ_persistentDisposition_unset", "damaged"),
    ("EQ_readPoint", "urn:epc:id:sgln:4012345.00011.0"),
    ("WD_readPoint", SITE),
    ("WD_readPoint", YARD),
    ("EQ_bizLocation", DOOR),
    ("WD_bizLocation", "https://id.gs1.org/414/4012345000115"),
    ("EQ_bizTransaction_po", "urn:example:po:1"),
    ("EQ_bizTransaction_urn:epcglobal:cbv:btt:inv", "urn:example:inv:1|urn:example:po:1"),
    ("EQ_source_owning_party", "https://id.gs1.org/417/4012345000009"),
    ("EQ_destination_owning_party", "urn:example:shop"),
    ("EQ_transformationID", "urn:example:smoke:1"),
    ("EQ_eventID", "urn:uuid:00000000-0000-4000-8000-000000000002"),
    ("MATCH_epc", ITEM.format(1)),
    ("MATCH_epc", "https://id.gs1.org/01/04012345123456/21/2|urn:epc:idpat:giai:4012345.*"),
    ("MATCH_epc", PRODUCT),
    ("MATCH_epc", "urn:epc:idpat:grai:4012345.66666.*"),
    ("MATCH_parentID", "urn:epc:idpat:sscc:4012345.*"),
    ("MATCH_parentID", "urn:epc:idpat:sgln:*.*.*|urn:epc:idpat:grai:4012345.*.*"),
    ("MATCH_inputEPC", "https://id.gs1.org/01/04012345123456/21/*"),
    ("MATCH_outputEPC", "urn:epc:idpat:sscc:*.*"),
    ("MATCH_anyEPC", "urn:epc:idpat:sgtin:4012345.*.*"),
    ("MATCH_anyEPC", CASE),
    ("MATCH_epcClass", PRODUCT),
    ("MATCH_epcClass", "urn:epc:class:lgtin:4012345.012345.*"),
    ("MATCH_inputEPCClass", LOT.format("A")),
    ("MATCH_outputEPCClass", "urn:epc:class:lgtin:*.*.*"),
    ("MATCH_anyEPCClass", "https://id.gs1.org/01/04012345123456/10/A"),
    ("MATCH_anyEPCClass", "urn:epc:idpat:sgtin:4012345.*.*"),
    ("EQ_quantity", "5|12.5"),
    ("GT_quantity", 2.5),
    ("GE_quantity", "2.5"),
    ("LT_quantity", 2.5),
    ("LE_quantity_KGM", 5),
    ("EQ_quantity_KGM", [5, 2]),
    ("EXISTS_errorDeclaration", "true"),
    ("GE_errorDeclarationTime", "2026-10-03T00:00:00Z"),
    ("LT_errorDeclarationTime", "2026-10-03T00:00:00Z"),
    ("EQ_errorReason", "incorrect_data"),
    ("EQ_correctiveEventID", "urn:uuid:00000000-0000-4000-8000-000000000004"),
    ("EXISTS_sensorElementList", None),
    ("GE_startTime", "2026-10-01T00:00:00Z"),
    ("LT_endTime", "2026-10-01T00:40:00Z"),
    ("GE_time", "2026-10-01T00:30:00Z"),
    ("LT_SENSORREPORT_time", "2026-10-01T00:30:00Z"),
    ("GE_SENSORMETADATA_time", "2026-10-01T00:30:00Z"),
    ("EQ_type", "Temperature|https://gs1.org/voc/Mass"),
    ("EQ_component", "x"),
    ("EQ_deviceID", "https://id.gs1.org/8004/4012345sensor7|urn:example:d2"),
    ("EQ_SENSORMETADATA_deviceID", "urn:epc:id:giai:4012345.sensor7"),
    ("EQ_SENSORREPORT_rawData", "urn:example:raw"),
    ("EQ_bizRules", "urn:example:rules:1"),
    ("EQ_microorganism", "https://bugs.example/1"),
    ("EQ_chemicalSubstance", "urn:example:salt"),
    ("EQ_stringValue", "few"),
    ("EQ_booleanValue", "false"),
    ("EQ_hexBinaryValue", "F0A1"),
    ("EQ_uriValue", "urn:epc:id:giai:4012345.sensor7"),
    ("GE_value_CEL", 4.5),
    ("LT_value_MTR", 0),
    ("EQ_minValue_CEL", "2"),
    ("GT_maxValue_CEL", 8.25),
    ("LE_meanValue_CEL", 4),
    ("GE_sDev_MTR", 0.25),
    ("GE_percRank", 50),
    ("EQ_percValue_LTR", 12),
    ("EQ_ex:note", "fresh"),
    ("EQ_http://ns.example/#note", "cold|typing"),
    ("EQ_other:flag", "true"),
    ("EQ_ex:count", ["4", "11"]),
    ("GE_ex:count", 4),
    ("LT_http://ns.example/count", 4),
    ("GT_other:when", "2026-10-01T15:00:00Z"),
    ("LE_other:when", "2026-10-01T16:00:00Z"),
    ("EXISTS_ex:count", ""),
    ("EQ_INNER_ex:note", "nested"),
    ("GE_INNER_ex:count", 5),
    ("EXISTS_INNER_https://other.example/epcis#more", None),
    ("EQ_ILMD_ex:grade", "first|second"),
    ("GE_ILMD_ex:best", "2026-12-24T00:00:00Z"),
    ("EXISTS_ILMD_other:maker", "true"),
    ("EQ_INNER_ILMD_ex:name", "Wu"),
    ("GT_INNER_ILMD_other:size", 2),
    ("EQ_ERROR_DECLARATION_ex:note", "typing"),
    ("EXISTS_ERROR_DECLARATION_ex:note", None),
    ("EQ_SENSORMETADATA_ex:note", "metadata"),
    ("EQ_SENSORREPORT_ex:note", "report"),
    ("EXISTS_SENSORELEMENT_other:extra", None),
    ("GE_INNER_SENSORELEMENT_ex:count", 9),
    ("EQ_bizLocation_ex:floor", "2"),
    ("EQ_INNER_readPoint_ex:number", 7),
    ("EXISTS_readPoint_ex:dock", None),
]
