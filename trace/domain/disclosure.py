"""What of an event anyone who scans may see: things, dates, places and parties; no amounts and no dealings.

Everything is named that may pass, and the rest is left out: an extension that this program does not know may
hold a price. The ``full`` compartment keeps the event whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trace.domain.mandates import ENTERED_BY

JSON = Any

_TEXTS = frozenset(
    {
        "type",
        "eventID",
        "eventTime",
        "eventTimeZoneOffset",
        "recordTime",
        "action",
        "bizStep",
        "disposition",
        "parentID",
        # Written to be read by everybody: what a test found, as a code and in words, what was done in a process.
        "trace:result",
        "trace:finding",
        "trace:process",
        # Whose user entered it, where that is not the party that says it (代录).
        ENTERED_BY,
    }
)
_TEXT_LISTS = frozenset({"epcList", "childEPCs", "inputEPCList", "outputEPCList"})
_PLACES = frozenset({"readPoint", "bizLocation"})
_CLASSES = frozenset({"quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"})
_PARTIES = {"sourceList": "source", "destinationList": "destination"}
_ERROR = frozenset({"declarationTime", "reason", ENTERED_BY})
# Fields of ILMD by their local names: they stand on the package too.
_ILMD = frozenset(
    {
        "lotNumber",
        "productionDate",
        "itemExpirationDate",
        "expirationDate",
        "bestBeforeDate",
        "sellByDate",
        "packagingDate",
        "harvestDateStart",
        "harvestDateEnd",
        "harvestStartDate",
        "harvestEndDate",
        "countryOfOrigin",
        "productionMethodForFishAndSeafoodCode",
    }
)
_BATCH = frozenset(
    {"batch", "product", "code", "lot", "produced", "expires", "origin", "commitment", "committed"}
)


def public_event(raw: Mapping[str, JSON]) -> dict[str, JSON]:
    """The redacted event. Never raises: what does not have the form it should have is left out too."""
    shown: dict[str, JSON] = _texts(raw, _TEXTS)
    for name, value in raw.items():
        if name in _TEXT_LISTS:
            shown[name] = [item for item in _list(value) if isinstance(item, str)]
        elif name in _PLACES:
            shown[name] = _texts(value, {"id"})
        elif name in _CLASSES:
            shown[name] = [_texts(item, {"epcClass"}) for item in _list(value)]
        elif name in _PARTIES:
            shown[name] = [_texts(item, {"type", _PARTIES[name]}) for item in _list(value)]
        elif name == "errorDeclaration":
            shown[name] = _texts(value, _ERROR)
        elif name == "ilmd":
            shown[name] = _ilmd(value)
    return {name: value for name, value in shown.items() if value}


def _ilmd(value: JSON) -> dict[str, JSON]:
    if not isinstance(value, Mapping):
        return {}
    fields = {
        name: item
        for name, item in value.items()
        if isinstance(item, str) and name.rpartition(":")[2].rpartition("/")[2] in _ILMD
    }
    batches = [_texts(item, _BATCH) for item in _list(value.get("trace:batches"))]
    return fields | ({"trace:batches": batches} if batches else {})


def _texts(value: JSON, names: frozenset[str] | set[str]) -> dict[str, JSON]:
    if not isinstance(value, Mapping):
        return {}
    return {name: item for name, item in value.items() if name in names and isinstance(item, str)}


def _list(value: JSON) -> list[JSON]:
    return list(value) if isinstance(value, list | tuple) else []
