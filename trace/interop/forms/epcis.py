"""An EPCIS 2.0 document of chosen events with the master data of whom and what they name (EPCIS 2.0 section 9.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trace.interop.query_document import Captured, query_document

_ATTRIBUTE = "urn:epcglobal:cbv:mda#"
VOCABULARIES = {
    "party": "urn:epcglobal:epcis:vtype:Party",
    "location": "urn:epcglobal:epcis:vtype:Location",
    "class": "urn:epcglobal:epcis:vtype:EPCClass",
}


@dataclass(frozen=True)
class Described:
    """A party, location or class by its URI, with attributes of the CBV (2.0 section 10) by their short names."""

    kind: str
    uri: str
    attributes: Mapping[str, str | None]


def document(
    events: Sequence[Captured], described: Iterable[Described], *, created: datetime
) -> dict[str, Any]:
    """The EPCISDocument of these events, in their order, under contexts by which each means what it meant."""
    found = query_document(events, created=created)
    master = _master_data(described)
    return {
        "@context": found["@context"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": found["creationDate"],
        **({"epcisHeader": {"epcisMasterData": {"vocabularyList": master}}} if master else {}),
        "epcisBody": {"eventList": found["epcisBody"]["queryResults"]["resultsBody"]["eventList"]},
    }


def _master_data(described: Iterable[Described]) -> list[dict[str, Any]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for one in described:
        attributes = [
            {"id": f"{_ATTRIBUTE}{name}", "attribute": value}
            for name, value in one.attributes.items()
            if value
        ]
        if attributes:
            found.setdefault(one.kind, []).append({"id": one.uri, "attributes": attributes})
    return [
        {"type": VOCABULARIES[kind], "vocabularyElementList": elements}
        for kind, elements in sorted(found.items())
    ]
