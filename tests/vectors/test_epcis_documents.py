"""Documents that nobody on this project wrote: good ones are read whole, bad ones refused where they are bad.

Sources: GS1's EPCIS 2.0 examples and schema, OpenEPCIS' invalid and FSMA 204 documents, GDST chains of
opentraceability, event hashes of epcis-event-hash-generator (the reference data's README lists licences).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.shared_data import shared
from trace.interop import words
from trace.interop.epcis import Document, event_time, read_document, to_json
from trace.interop.errors import DocumentError, DocumentNotEpcis
from trace.interop.event_hash import event_hash


def good() -> Iterator[Path]:
    """Every document that must be read."""
    for folder in (("chains",), ("epcis", "fsma204"), ("epcis", "examples"), ("event-hash",)):
        yield from sorted(shared(*folder).glob("*.jsonld"))


def read(*parts: str) -> Document:
    """One document of the reference data."""
    return read_document(shared(*parts).read_bytes())


def test_every_good_document_is_read_and_nothing_of_it_is_lost() -> None:
    kinds = set()
    for path in good():
        data = path.read_bytes()
        document = read_document(data)
        assert to_json(document) == json.loads(data), path.name
        assert document.sha256 == hashlib.sha256(data).hexdigest()
        assert sorted(document.order) == list(range(len(document.events)))
        kinds.add(document.kind)
    assert kinds == {"EPCISDocument", "EPCISQueryDocument"}


def test_each_event_of_a_good_document_is_good_by_itself() -> None:
    for path in good():
        document = read_document(path.read_bytes())
        for position, event in enumerate(document.events):
            alone = {**event, "@context": document.context_of(position)}
            assert read_document(json.dumps(alone).encode()).events == (alone,), path.name


def test_the_seafood_chain_has_seventeen_events_its_master_data_and_is_put_in_order_of_time() -> None:
    document = read("chains", "gdst_data_withmasterdata.jsonld")
    assert len(document.events) == 17
    found = [event_time(document.events[position]) for position in document.order]
    assert found == sorted(found)
    assert list(document.order) != sorted(document.order)
    assert {vocabulary["type"] for vocabulary in document.vocabularies()} == {
        "urn:epcglobal:epcis:vtype:epcclass",
        "urn:epcglobal:epcis:vtype:location",
        "urn:epcglobal:epcis:vtype:party",
    }
    taken = [
        item["quantity"]
        for event in document.events
        for item in event.get("inputQuantityList", [])
        if item["epcClass"].endswith("fisherman01.tunau.v1-0122-2022")
    ]
    assert taken == [10000.0]


INVALID = {
    "Combination_of_multiple_invalid_fields.json": [
        "$.epcisBody.eventList[0].bizStep",
        "$.epcisBody.eventList[1].disposition",
        "$.epcisBody.eventList[2].sourceList[0].type",
        "$.epcisBody.eventList[3].ilmd.materialType",
        "$.epcisBody.eventList[4].eventTime",
        "$.epcisBody.eventList[4].action",
    ],
    "ObjectEvent_with_ilmd_field_without_namespace.json": ["$.epcisBody.eventList[0].ilmd.materialType"],
    "ObjectEvent_with_invalid_action.json": ["$.epcisBody.eventList[0].action"],
    "ObjectEvent_with_non_standard_bizStep_in_second_event.json": ["$.epcisBody.eventList[1].bizStep"],
    "ObjectEvent_with_quantity_as_text.json": ["$.epcisBody.eventList[0].quantityList[0].quantity"],
    "ObjectEvent_without_action_and_eventTime.json": [
        "$.epcisBody.eventList[0].eventTime",
        "$.epcisBody.eventList[0].eventTimeZoneOffset",
        "$.epcisBody.eventList[0].action",
    ],
    "QueryDocument_with_invalid_action.json": ["$.epcisBody.queryResults.resultsBody.eventList[0].action"],
    "QueryDocument_with_invalid_eventType.json": ["$.epcisBody.queryResults.resultsBody.eventList[0].type"],
}


@pytest.mark.parametrize("name", INVALID)
def test_every_fault_of_a_bad_document_is_named_with_its_place(name: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read("epcis", "invalid", name)
    assert [fault.path for fault in (caught.value, *caught.value.others)] == INVALID[name]


def test_no_bad_document_of_the_reference_data_is_read() -> None:
    for path in sorted(shared("epcis", "invalid").iterdir()):
        if path.name in INVALID:
            continue
        with pytest.raises(DocumentNotEpcis):  # queries, which are no documents
            read_document(path.read_bytes())


def enumerated(schema: Any, name: str) -> set[str]:
    """The bare words that GS1's schema lists for one kind of value."""
    found: set[str] = set()
    for part in schema["definitions"][name]["anyOf"]:
        found.update(part.get("enum", ()))
    return found


def test_the_vocabularies_are_those_of_gs1s_own_schema() -> None:
    schema = json.loads(shared("epcis", "EPCIS-JSON-Schema.json").read_bytes())
    for name, vocabulary in {
        "bizStep": words.BIZ_STEP,
        "disposition": words.DISPOSITION,
        "bizTransaction-type": words.TRANSACTION,
        "source-dest-type": words.SOURCE_DESTINATION,
        "error-reason": words.ERROR_REASON,
        "component": words.COMPONENT,
        "measurementType": words.MEASUREMENT,
        "sensorAlertType": words.ALERT,
    }.items():
        assert vocabulary.words == enumerated(schema, name), name


def test_every_event_has_the_hash_that_the_reference_implementation_published_for_it() -> None:
    compared = 0
    for path in sorted(shared("event-hash").glob("*.jsonld")):
        document = read_document(path.read_bytes())
        ignored = document.rest.get("repository-x:ignoreFields", ())  # an option of that command, not of CBV
        published = path.with_suffix(".hashes").read_text("utf-8").split()
        for position, (event, expected) in enumerate(zip(document.events, published, strict=True)):
            counted = {name: value for name, value in event.items() if name not in ignored}
            assert event_hash(counted, document.context_of(position)) == expected, (path.name, position)
            compared += 1
    assert compared == 25
