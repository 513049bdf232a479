"""The shape of EPCIS 2.0 events in their JSON binding, and what makes sense together in each kind of event.

Sources: EPCIS 2.0 section 7.4 (the five event types), section 10 (JSON / JSON-LD binding) with its schema,
CBV 2.0 section 7 (vocabularies). Where text and schema differ, the wider reading is taken: a document is
evidence.
"""

from __future__ import annotations

from typing import Any

from trace.interop import words
from trace.interop.checks import (
    Check,
    Checker,
    amount,
    anything,
    context,
    hexadecimal,
    is_uri,
    items,
    number,
    offset,
    one_of,
    record,
    text,
    time,
    truth,
    unit,
    uri,
    word,
)
from trace.interop.errors import FieldForm, FieldMissing, FieldNotAllowed, Path, WordUnknown

EVENT_TYPES = (
    "ObjectEvent",
    "AggregationEvent",
    "AssociationEvent",
    "TransactionEvent",
    "TransformationEvent",
)


def _uri_or_uris(checker: Checker, value: object, path: Path) -> None:
    (_URIS if isinstance(value, list) else uri)(checker, value, path)


def _disposition_change(checker: Checker, value: object, path: Path) -> None:
    _PERSISTENT(checker, value, path)
    if isinstance(value, dict) and not ("set" in value or "unset" in value):
        checker.add(FieldMissing, (*path, "set"), "", "set | unset")


_URIS = items(uri)
_EPCS = items(uri, distinct=True)
_WHERE = record({"id": uri}, required=("id",))
_QUANTITIES = items(record({"epcClass": uri, "quantity": amount, "uom": unit}, required=("epcClass",)))
_DISPOSITIONS = items(word(words.DISPOSITION), least=1)
_PERSISTENT = record({"set": _DISPOSITIONS, "unset": _DISPOSITIONS})
_TRANSACTION = record({"type": word(words.TRANSACTION), "bizTransaction": uri}, required=("bizTransaction",))
_PARTY_TYPE = word(words.SOURCE_DESTINATION)
_SOURCE = record({"type": _PARTY_TYPE, "source": uri}, required=("type", "source"))
_DESTINATION = record({"type": _PARTY_TYPE, "destination": uri}, required=("type", "destination"))
_ERROR = record(
    {"declarationTime": time, "reason": word(words.ERROR_REASON), "correctiveEventIDs": _URIS},
    required=("declarationTime",),
)
_DEVICE: dict[str, Check] = dict.fromkeys(
    ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules"), uri
)
_METADATA = record({**_DEVICE, **dict.fromkeys(("time", "startTime", "endTime"), time)})
_REPORT = record(
    {
        **_DEVICE,
        **dict.fromkeys(("microorganism", "chemicalSubstance", "coordinateReferenceSystem", "uriValue"), uri),
        **dict.fromkeys(
            ("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"), number
        ),
        "type": word(words.MEASUREMENT),
        "exception": word(words.ALERT),
        "component": word(words.COMPONENT),
        "time": time,
        "stringValue": text,
        "booleanValue": truth,
        "hexBinaryValue": hexadecimal,
        "uom": text,
    },
    required=("type",),
)
_SENSOR = record({"sensorMetadata": _METADATA, "sensorReport": items(_REPORT)}, required=("sensorReport",))

_COMMON: dict[str, Check] = {
    "@context": context,
    "type": anything,
    "eventTime": time,
    "recordTime": time,
    "eventTimeZoneOffset": offset,
    "eventID": uri,
    "certificationInfo": _uri_or_uris,
    "errorDeclaration": _ERROR,
}
_BUSINESS: dict[str, Check] = {
    "bizStep": word(words.BIZ_STEP),
    "disposition": word(words.DISPOSITION),
    "persistentDisposition": _disposition_change,
    "readPoint": _WHERE,
    "bizLocation": _WHERE,
    "bizTransactionList": items(_TRANSACTION),
    "sourceList": items(_SOURCE),
    "destinationList": items(_DESTINATION),
    "sensorElementList": items(_SENSOR),
}
_ACTION: dict[str, Check] = {"action": one_of("OBSERVE", "ADD", "DELETE")}
_ILMD: dict[str, Check] = {"ilmd": record({})}
_CHILDREN: dict[str, Check] = {"parentID": uri, "childEPCs": _URIS, "childQuantityList": _QUANTITIES}
_OWN: dict[str, dict[str, Check]] = {
    "ObjectEvent": {**_ACTION, **_ILMD, "epcList": _EPCS, "quantityList": _QUANTITIES},
    "AggregationEvent": {**_ACTION, **_CHILDREN},
    "AssociationEvent": {**_ACTION, **_CHILDREN},
    "TransactionEvent": {
        **_ACTION,
        "parentID": uri,
        "epcList": _URIS,
        "quantityList": _QUANTITIES,
        "bizTransactionList": items(_TRANSACTION, least=1),
    },
    "TransformationEvent": {
        **_ILMD,
        "inputEPCList": _EPCS,
        "outputEPCList": _EPCS,
        "inputQuantityList": _QUANTITIES,
        "outputQuantityList": _QUANTITIES,
        "transformationID": uri,
    },
}
_FIELDS = {kind: {**_COMMON, **_BUSINESS, **own} for kind, own in _OWN.items()}
_REQUIRED = {
    kind: ("eventTime", "eventTimeZoneOffset", *(("action",) if "action" in own else ()))
    for kind, own in _OWN.items()
}


def check_event(checker: Checker, event: object, path: Path) -> None:
    """Note everything that is wrong with one event's shape or sense; ``path`` is where it stands.

    An event type of somebody's own (a prefixed name or URI; EPCIS 2.0 section 7.4, schema's Extended-Event)
    is looked at only in the fields that all events share.
    """
    if not isinstance(event, dict):
        checker.add(FieldForm, path, event, "object")
        return
    outer = checker.prefixes
    checker.prefixes = outer.also(event["@context"]) if "@context" in event else outer
    kind = event.get("type")
    if kind in EVENT_TYPES:
        record(_FIELDS[kind], _REQUIRED[kind])(checker, event, path)
        _SENSE[kind](checker, event, path)
    elif "type" not in event:
        checker.add(FieldMissing, (*path, "type"), "", " | ".join(EVENT_TYPES))
    elif isinstance(kind, str) and is_uri(kind) and checker.prefixes.declare(kind):
        own = {name: anything for name in event if ":" not in name}
        record({**own, **_COMMON}, ("eventTime", "eventTimeZoneOffset"))(checker, event, path)
    else:
        checker.add(WordUnknown, (*path, "type"), kind, " | ".join(EVENT_TYPES))
    checker.prefixes = outer


def _object(checker: Checker, event: dict[str, Any], path: Path) -> None:
    seen = event.get("sensorElementList") and "readPoint" in event
    if not ("epcList" in event or event.get("quantityList") or seen):
        expected = "epcList | quantityList | sensorElementList + readPoint"
        checker.add(FieldMissing, (*path, "epcList"), "", expected)
    if "ilmd" in event and event.get("action") != "ADD":
        checker.add(FieldNotAllowed, (*path, "ilmd"), event.get("action"), "action ADD")


def _aggregation(checker: Checker, event: dict[str, Any], path: Path) -> None:
    deleted = event.get("action") == "DELETE"  # of all children, where none is named
    if not (deleted or event.get("childEPCs") or event.get("childQuantityList")):
        checker.add(FieldMissing, (*path, "childEPCs"), "", "childEPCs | childQuantityList")
    if "parentID" not in event and event.get("action") != "OBSERVE":
        checker.add(FieldMissing, (*path, "parentID"), "", "parentID")


def _association(checker: Checker, event: dict[str, Any], path: Path) -> None:
    _aggregation(checker, event, path)
    if "parentID" not in event and event.get("action") == "OBSERVE":
        checker.add(FieldMissing, (*path, "parentID"), "", "parentID")


def _transaction(checker: Checker, event: dict[str, Any], path: Path) -> None:
    checker.required(event, ("bizTransactionList",), path)
    if not ("epcList" in event or event.get("quantityList") or event.get("action") == "DELETE"):
        checker.add(FieldMissing, (*path, "epcList"), "", "epcList | quantityList")


def _transformation(checker: Checker, event: dict[str, Any], path: Path) -> None:
    inputs = event.get("inputEPCList") or event.get("inputQuantityList")
    outputs = event.get("outputEPCList") or event.get("outputQuantityList")
    if "transformationID" in event and (inputs or outputs):
        return  # one of several events that describe the transformation together
    if not inputs:
        checker.add(FieldMissing, (*path, "inputQuantityList"), "", "inputEPCList | inputQuantityList")
    if not outputs:
        checker.add(FieldMissing, (*path, "outputQuantityList"), "", "outputEPCList | outputQuantityList")


_SENSE = {
    "ObjectEvent": _object,
    "AggregationEvent": _aggregation,
    "AssociationEvent": _association,
    "TransactionEvent": _transaction,
    "TransformationEvent": _transformation,
}
