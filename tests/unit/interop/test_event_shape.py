"""The shape of each kind of EPCIS 2.0 event: what the standard allows is read, what it forbids is named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trace.interop import words
from trace.interop.checks import LONGEST_URI, Checker
from trace.interop.errors import (
    DocumentError,
    FieldForm,
    FieldMissing,
    FieldNotAllowed,
    FieldUnknown,
    PrefixUnknown,
    WordUnknown,
)
from trace.interop.event_shape import check_event

LOT = "https://id.gs1.org/01/09521141012345/10/A1"
ITEM = "urn:epc:id:sgtin:0614141.107346.2017"
CASE = "urn:epc:id:sscc:0614141.1234567890"
SOME = [{"epcClass": LOT, "quantity": 2}]
WHEN = {"eventTime": "2026-07-22T06:45:00+08:00", "eventTimeZoneOffset": "+08:00"}
OBJECT = {"type": "ObjectEvent", **WHEN, "action": "OBSERVE", "epcList": [ITEM]}
ADDED = {**OBJECT, "action": "ADD"}
AGGREGATION = {"type": "AggregationEvent", **WHEN, "action": "ADD", "parentID": CASE, "childEPCs": [ITEM]}
ASSOCIATION = {**AGGREGATION, "type": "AssociationEvent"}
ORDER = [{"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:4012345000009:1"}]
TRANSACTION = {**OBJECT, "type": "TransactionEvent", "bizTransactionList": ORDER}
TRANSFORMATION = {
    "type": "TransformationEvent",
    **WHEN,
    "inputQuantityList": SOME,
    "outputEPCList": [ITEM],
}
REPORT = {"type": "Temperature", "value": 4.5, "uom": "CEL"}

Json = dict[str, Any]


def problems(event: Any) -> list[DocumentError]:
    """All that is wrong with an event standing at the root."""
    checker = Checker()
    check_event(checker, event, ())
    return checker.problems


def sensed(**report: Any) -> Json:
    """An observation with one sensor report."""
    return {**OBJECT, "sensorElementList": [{"sensorReport": [{**REPORT, **report}]}]}


def without(event: Json, *names: str) -> Json:
    """The event less some fields."""
    return {name: value for name, value in event.items() if name not in names}


RIGHT = {
    "an object observed": OBJECT,
    "an object with instance/lot master data when it is added": {**ADDED, "ilmd": {"cbvmda:lotNumber": "A1"}},
    "classes without quantity": {**without(OBJECT, "epcList"), "quantityList": [{"epcClass": LOT}]},
    "nothing of something": {**OBJECT, "quantityList": [{"epcClass": LOT, "quantity": 0, "uom": "KGM"}]},
    "an empty list of instances beside classes": {**OBJECT, "epcList": [], "quantityList": SOME},
    "a sensor at a place, of no object": {
        **without(sensed(), "epcList"),
        "readPoint": {"id": "geo:26.08,119.3"},
    },
    "an aggregation": AGGREGATION,
    "an aggregation seen, its parent unknown": {**without(AGGREGATION, "parentID"), "action": "OBSERVE"},
    "everything taken out of a container": {**without(AGGREGATION, "childEPCs"), "action": "DELETE"},
    "an association": ASSOCIATION,
    "a transaction": TRANSACTION,
    "a transaction ended for all its objects": {**without(TRANSACTION, "epcList"), "action": "DELETE"},
    "a transformation": TRANSFORMATION,
    "half a transformation that another event completes": {
        **without(TRANSFORMATION, "outputEPCList"),
        "transformationID": "transform-1-22-2022-17:24",
    },
    "a foreign business step": {**OBJECT, "bizStep": "urn:gdst:bizStep:landing"},
    "a compact foreign step": {**OBJECT, "bizStep": "my_ns:smoking"},
    "a step by its web URI": {**OBJECT, "bizStep": "https://ref.gs1.org/cbv/BizStep-shipping"},
    "a step by its EPCIS 1.x URN": {**OBJECT, "bizStep": "urn:epcglobal:cbv:bizstep:shipping"},
    "a step as a compact name": {**OBJECT, "bizStep": "cbv:BizStep-shipping"},
    "a comment": {**OBJECT, "_comment": ["seen in the field"]},
    "master data of GS1": {**OBJECT, "cbvmda:informationProvider": "urn:x:1", "gs1:netWeight": 1},
    "an extension by absolute URI": {**OBJECT, "https://example.org/colour": "red", "urn:x:colour": "red"},
    "an extension that the event itself declares": {**OBJECT, "@context": {"ex": "https://x.cn/"}, "ex:a": 1},
    "an extension under a foreign context": {**OBJECT, "@context": ["https://x.cn/c.jsonld"], "ex:a": 1},
    "certification, one": {**OBJECT, "certificationInfo": "https://example.org/c1"},
    "certification, many": {**OBJECT, "certificationInfo": ["https://example.org/c1", "https://x.cn/c2"]},
    "a lasting disposition": {**OBJECT, "persistentDisposition": {"set": ["recalled"], "unset": ["active"]}},
    "who owned and who owns": {
        **OBJECT,
        "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:4012345.00225"}],
        "destinationList": [{"type": "cbv:SDT-owning_party", "destination": "urn:gdst:x:party:1"}],
    },
    "a transaction of no known type": {**OBJECT, "bizTransactionList": [{"bizTransaction": "urn:x:1"}]},
    "a correction": {
        **OBJECT,
        "errorDeclaration": {
            "declarationTime": "2026-07-23T06:45:00Z",
            "reason": "incorrect_data",
            "correctiveEventIDs": ["urn:uuid:404d95fc-9457-4a51-bd6a-0bba133845a8"],
        },
    },
    "a report of every kind of value": sensed(
        component="x",
        exception="ALARM_CONDITION",
        booleanValue=True,
        stringValue="",
        hexBinaryValue="f0F0",
        uriValue="urn:x:1",
        time="2026-07-22T06:45:00Z",
    ),
    "sensor metadata": {
        **OBJECT,
        "sensorElementList": [
            {"sensorMetadata": {"time": "2026-07-22T06:45:00Z", "deviceID": "urn:x:1"}, "sensorReport": []}
        ],
    },
    "a measurement of somebody's own": sensed(type="example:ripeness"),
    "an event type of somebody's own": {
        "type": "gs1:Something",
        **WHEN,
        "anything": 1,
        "cbvmda:field": {"free": True},
    },
    "the zones at the ends of the world": {**OBJECT, "eventTimeZoneOffset": "-14:00"},
}

WRONG: dict[str, tuple[Any, type[DocumentError], str]] = {
    "no event at all": ("event", FieldForm, "$"),
    "an event without a type": (without(OBJECT, "type"), FieldMissing, "$.type"),
    "a type that nobody defined": ({**OBJECT, "type": "ObjectEventInvalid"}, WordUnknown, "$.type"),
    "a type under an undeclared prefix": ({**OBJECT, "type": "ex:Event"}, WordUnknown, "$.type"),
    "a type that is a list": ({**OBJECT, "type": ["ObjectEvent"]}, WordUnknown, "$.type"),
    "an own type without a time": ({"type": "gs1:Something"}, FieldMissing, "$.eventTime"),
    "no time": (without(OBJECT, "eventTime"), FieldMissing, "$.eventTime"),
    "no zone": (without(OBJECT, "eventTimeZoneOffset"), FieldMissing, "$.eventTimeZoneOffset"),
    "a zone beyond the world": (
        {**OBJECT, "eventTimeZoneOffset": "+14:01"},
        FieldForm,
        "$.eventTimeZoneOffset",
    ),
    "a zone as a number": ({**OBJECT, "eventTimeZoneOffset": 8}, FieldForm, "$.eventTimeZoneOffset"),
    "a time as a number": ({**OBJECT, "eventTime": 1784673900}, FieldForm, "$.eventTime"),
    "no action": (without(OBJECT, "action"), FieldMissing, "$.action"),
    "an action that is none": ({**OBJECT, "action": "CREATE"}, FieldForm, "$.action"),
    "an action that is a list": ({**OBJECT, "action": ["ADD"]}, FieldForm, "$.action"),
    "an action on a transformation": ({**TRANSFORMATION, "action": "ADD"}, FieldUnknown, "$.action"),
    "an object event about nothing": (without(OBJECT, "epcList"), FieldMissing, "$.epcList"),
    "a sensor nowhere, of no object": (without(sensed(), "epcList"), FieldMissing, "$.epcList"),
    "the same instance twice": ({**OBJECT, "epcList": [ITEM, ITEM]}, FieldForm, "$.epcList"),
    "an instance that is no URI": ({**OBJECT, "epcList": ["4711"]}, FieldForm, "$.epcList[0]"),
    "an instance that is a number": ({**OBJECT, "epcList": [4711]}, FieldForm, "$.epcList"),
    "instances that are no list": ({**OBJECT, "epcList": ITEM}, FieldForm, "$.epcList"),
    "an identifier too long to index": (
        {**OBJECT, "epcList": ["urn:x:" + "鱼" * LONGEST_URI]},
        FieldForm,
        "$.epcList[0]",
    ),
    "an identifier with a NUL in it": ({**OBJECT, "epcList": ["urn:x:\x00"]}, FieldForm, "$.epcList[0]"),
    "a quantity in words": (
        {**OBJECT, "quantityList": [{"epcClass": LOT, "quantity": "twenty"}]},
        FieldForm,
        "$.quantityList[0].quantity",
    ),
    "less than nothing": (
        {**OBJECT, "quantityList": [{"epcClass": LOT, "quantity": -1}]},
        FieldForm,
        "$.quantityList[0].quantity",
    ),
    "a quantity of true": (
        {**OBJECT, "quantityList": [{"epcClass": LOT, "quantity": True}]},
        FieldForm,
        "$.quantityList[0].quantity",
    ),
    "a quantity of nothing named": (
        {**OBJECT, "quantityList": [{"quantity": 1}]},
        FieldMissing,
        "$.quantityList[0].epcClass",
    ),
    "a unit in lower case": (
        {**OBJECT, "quantityList": [{"epcClass": LOT, "quantity": 1, "uom": "kg"}]},
        FieldForm,
        "$.quantityList[0].uom",
    ),
    "a unit that is a number": (
        {**OBJECT, "quantityList": [{"epcClass": LOT, "quantity": 1, "uom": 1}]},
        FieldForm,
        "$.quantityList[0].uom",
    ),
    "master data of a lot merely observed": (
        {**OBJECT, "ilmd": {"cbvmda:lotNumber": "A1"}},
        FieldNotAllowed,
        "$.ilmd",
    ),
    "master data of a lot in an aggregation": ({**AGGREGATION, "ilmd": {}}, FieldUnknown, "$.ilmd"),
    "master data without a namespace": (
        {**ADDED, "ilmd": {"materialType": "soil"}},
        FieldUnknown,
        "$.ilmd.materialType",
    ),
    "master data that is a list": ({**ADDED, "ilmd": []}, FieldForm, "$.ilmd"),
    "packing without a container": (without(AGGREGATION, "parentID"), FieldMissing, "$.parentID"),
    "packing nothing": ({**AGGREGATION, "childEPCs": []}, FieldMissing, "$.childEPCs"),
    "an association seen without its parent": (
        {**without(ASSOCIATION, "parentID"), "action": "OBSERVE"},
        FieldMissing,
        "$.parentID",
    ),
    "an association without its parent": (without(ASSOCIATION, "parentID"), FieldMissing, "$.parentID"),
    "a transaction event without transactions": (
        without(TRANSACTION, "bizTransactionList"),
        FieldMissing,
        "$.bizTransactionList",
    ),
    "a transaction event with none listed": (
        {**TRANSACTION, "bizTransactionList": []},
        FieldForm,
        "$.bizTransactionList",
    ),
    "a transaction about nothing": (without(TRANSACTION, "epcList"), FieldMissing, "$.epcList"),
    "a transaction without its number": (
        {**OBJECT, "bizTransactionList": [{"type": "po"}]},
        FieldMissing,
        "$.bizTransactionList[0].bizTransaction",
    ),
    "something out of nothing": (
        without(TRANSFORMATION, "inputQuantityList"),
        FieldMissing,
        "$.inputQuantityList",
    ),
    "nothing out of something": (
        without(TRANSFORMATION, "outputEPCList"),
        FieldMissing,
        "$.outputQuantityList",
    ),
    "a business step that CBV does not know": (
        {**OBJECT, "bizStep": "transforming"},
        WordUnknown,
        "$.bizStep",
    ),
    "such a step as GS1's own web URI": (
        {**OBJECT, "bizStep": "https://ref.gs1.org/cbv/BizStep-transforming"},
        WordUnknown,
        "$.bizStep",
    ),
    "a step with a blank": ({**OBJECT, "bizStep": "urn:x:a b"}, FieldForm, "$.bizStep"),
    "a step that is a number": ({**OBJECT, "bizStep": 1}, WordUnknown, "$.bizStep"),
    "a disposition that CBV does not know": (
        {**OBJECT, "disposition": "in_transport"},
        WordUnknown,
        "$.disposition",
    ),
    "a lasting disposition neither set nor unset": (
        {**OBJECT, "persistentDisposition": {}},
        FieldMissing,
        "$.persistentDisposition.set",
    ),
    "a lasting disposition that is a word": (
        {**OBJECT, "persistentDisposition": "recalled"},
        FieldForm,
        "$.persistentDisposition",
    ),
    "a source of unknown type": (
        {**OBJECT, "sourceList": [{"type": "place", "source": "urn:epc:id:sgln:952012.345678.0"}]},
        WordUnknown,
        "$.sourceList[0].type",
    ),
    "a destination of no type": (
        {**OBJECT, "destinationList": [{"destination": "urn:x:1"}]},
        FieldMissing,
        "$.destinationList[0].type",
    ),
    "a place without its name": ({**OBJECT, "readPoint": {}}, FieldMissing, "$.readPoint.id"),
    "a place as bare text": ({**OBJECT, "bizLocation": "urn:x:1"}, FieldForm, "$.bizLocation"),
    "a correction without its time": (
        {**OBJECT, "errorDeclaration": {"reason": "did_not_occur"}},
        FieldMissing,
        "$.errorDeclaration.declarationTime",
    ),
    "a correction for a reason unknown": (
        {**OBJECT, "errorDeclaration": {"declarationTime": WHEN["eventTime"], "reason": "oops"}},
        WordUnknown,
        "$.errorDeclaration.reason",
    ),
    "a field that nobody defined": ({**OBJECT, "colour": "red"}, FieldUnknown, "$.colour"),
    "a prefix that nobody declared": ({**OBJECT, "ex:colour": "red"}, PrefixUnknown, '$["ex:colour"]'),
    "a prefix without a name": ({**OBJECT, "cbvmda:": "red"}, FieldUnknown, '$["cbvmda:"]'),
    "a certificate that is no URI": (
        {**OBJECT, "certificationInfo": ["no uri"]},
        FieldForm,
        "$.certificationInfo[0]",
    ),
    "a context that is a number": ({**OBJECT, "@context": 5}, FieldForm, '$["@context"]'),
    "a measurement that GS1 does not know": (
        sensed(type="Ripeness"),
        WordUnknown,
        "$.sensorElementList[0].sensorReport[0].type",
    ),
    "a measured value in quotes": (
        sensed(value="4.5"),
        FieldForm,
        "$.sensorElementList[0].sensorReport[0].value",
    ),
    "a truth in quotes": (
        sensed(booleanValue="true"),
        FieldForm,
        "$.sensorElementList[0].sensorReport[0].booleanValue",
    ),
    "half a byte": (
        sensed(hexBinaryValue="f0f"),
        FieldForm,
        "$.sensorElementList[0].sensorReport[0].hexBinaryValue",
    ),
    "text that is none": (
        sensed(stringValue=1),
        FieldForm,
        "$.sensorElementList[0].sensorReport[0].stringValue",
    ),
}


@pytest.mark.parametrize("sentence", RIGHT)
def test_the_standard_allows(sentence: str) -> None:
    assert [str(problem) for problem in problems(RIGHT[sentence])] == []


@pytest.mark.parametrize("sentence", WRONG)
def test_the_standard_forbids_and_the_place_is_named(sentence: str) -> None:
    event, kind, path = WRONG[sentence]
    first = problems(event)[0]
    assert (type(first), first.path) == (kind, path)


@pytest.mark.parametrize(
    "vocabulary",
    [words.BIZ_STEP, words.DISPOSITION, words.COMPONENT, words.MEASUREMENT],
    ids=lambda v: v.name,
)
def test_a_word_is_the_same_word_bare_and_as_any_uri_of_gs1(vocabulary: words.Vocabulary) -> None:
    for word in vocabulary.words:
        assert vocabulary.knows(word)
        for stem in vocabulary.stems:
            assert vocabulary.knows(stem + word)
            assert not vocabulary.knows(stem + word + "x")


def test_an_events_own_context_does_not_declare_prefixes_for_its_neighbours() -> None:
    checker = Checker()
    check_event(checker, {**OBJECT, "@context": {"ex": "https://x.cn/"}, "ex:a": 1}, (0,))
    check_event(checker, {**OBJECT, "ex:a": 1}, (1,))
    assert [problem.path for problem in checker.problems] == ['$[1]["ex:a"]']


leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=6)
FIELDS = sorted({name for event in RIGHT.values() for name in event} | {"epcList", "ilmd", "@context"})


@settings(deadline=None)
@given(
    st.sampled_from([OBJECT, AGGREGATION, ASSOCIATION, TRANSACTION, TRANSFORMATION]),
    st.dictionaries(st.sampled_from(FIELDS), values, max_size=4),
)
def test_whatever_stands_in_a_field_the_answer_is_a_list_of_faults_that_can_be_printed(
    event: Json, changes: Json
) -> None:
    for problem in problems({**event, **changes}):
        assert problem.path.startswith("$")
        assert problem.params().keys() == {"path", "found", "expected"}
        assert json.dumps(problem.params())
        assert str(problem).startswith(problem.code)
