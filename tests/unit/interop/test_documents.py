"""Documents from outside: read strictly, kept whole, written back the same."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trace.interop.checks import MOST_PROBLEMS, parse_time
from trace.interop.epcis import Limits, event_time, read_document, to_json
from trace.interop.errors import (
    DocumentError,
    DocumentNotEpcis,
    DocumentNotJson,
    DocumentTooDeep,
    DocumentTooLarge,
    FieldForm,
    FieldMissing,
    FieldUnknown,
    PrefixUnknown,
    WordUnknown,
)
from trace.ledger import canonical

GS1 = "https://ref.gs1.org/standards/epcis/epcis-context.jsonld"
LOT = "https://id.gs1.org/01/09521141012345/10/A1"


def an_event(**fields: Any) -> dict[str, Any]:
    """An ObjectEvent that is right."""
    return {
        "type": "ObjectEvent",
        "eventTime": "2026-07-22T06:45:00+08:00",
        "eventTimeZoneOffset": "+08:00",
        "action": "ADD",
        "bizStep": "commissioning",
        "quantityList": [{"epcClass": LOT, "quantity": 12.5, "uom": "KGM"}],
        **fields,
    }


def a_document(*events: Any, **fields: Any) -> dict[str, Any]:
    """An EPCISDocument that is right around its events."""
    return {
        "@context": [GS1],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-07-22T10:30:00Z",
        "epcisBody": {"eventList": list(events)},
        **fields,
    }


def a_query_document(*events: Any, **results: Any) -> dict[str, Any]:
    """An EPCISQueryDocument that is right around its events."""
    body = {"queryName": "", "resultsBody": {"eventList": list(events), **results}}
    return {"@context": GS1, "type": "EPCISQueryDocument", "epcisBody": {"queryResults": body}}


def read(value: Any, limits: Limits | None = None) -> Any:
    """Read a JSON value as if it had come as a file."""
    return read_document(json.dumps(value).encode(), limits)


def refusal(value: Any) -> DocumentError:
    """Why a JSON value is not read."""
    with pytest.raises(DocumentError) as caught:
        read(value)
    return caught.value


extensions = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
times = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
events = st.builds(
    lambda time, anything, lot: an_event(
        **{"eventTime": time.isoformat(), "ex:field": anything, "_comment": lot, "ilmd": {"cbvmda:lot": lot}}
    ),
    times,
    extensions,
    st.text(),
)


@settings(deadline=None)
@given(
    st.lists(events, max_size=4),
    extensions,
    st.sampled_from(["EPCISDocument", "EPCISQueryDocument", "event"]),
)
def test_nothing_of_a_document_is_lost_whatever_its_extensions_hold(
    found: list[dict[str, Any]], extra: Any, kind: str
) -> None:
    context = [GS1, {"ex": "https://example.org/ns/"}]
    if kind == "EPCISDocument":
        original = {**a_document(*found), "@context": context, "ex:extra": extra}
    elif kind == "EPCISQueryDocument":
        original = {**a_query_document(*found), "@context": context, "ex:extra": extra}
    else:
        original = {**an_event(), "@context": context, "ex:extra": extra}
        found = [original]
    data = json.dumps(original, ensure_ascii=False).encode()
    document = read_document(data)
    assert to_json(document) == json.loads(data)
    assert list(document.events) == found
    assert document.kind == kind
    assert canonical.decode(canonical.encode(to_json(document))) == original  # and all of it can be hashed
    assert document.sha256 == hashlib.sha256(data).hexdigest()


@settings(deadline=None)
@given(st.lists(times, max_size=12))
def test_events_are_ordered_by_the_instant_they_happened_and_equal_ones_stay_in_the_senders_order(
    found: list[datetime],
) -> None:
    document = read(a_document(*(an_event(eventTime=time.isoformat()) for time in found)))
    assert list(document.order) == sorted(range(len(found)), key=lambda position: (found[position], position))
    assert [event_time(event) for event in document.events] == found


def test_the_order_follows_the_instant_and_not_the_clock_on_the_wall() -> None:
    document = read(
        a_document(
            an_event(eventTime="2026-07-22T08:00:00+08:00"), an_event(eventTime="2026-07-22T07:00:00+09:00")
        )
    )
    assert document.order == (1, 0)


def test_changing_what_was_written_back_does_not_change_the_document() -> None:
    document = read(a_document(an_event()))
    written = to_json(document)
    written["epcisBody"]["eventList"][0]["quantityList"][0]["quantity"] = 0
    written["schemaVersion"] = "3"
    assert document.events[0] == an_event()
    assert document.rest["schemaVersion"] == "2.0"


def test_a_document_shows_its_parts_as_they_came() -> None:
    header = {"epcisMasterData": {"vocabularyList": [{"type": "urn:epcglobal:epcis:vtype:Location"}]}}
    document = read(a_document(an_event(), epcisHeader=header, sender="甲"))
    assert document.header == header
    assert document.context == [GS1]
    assert document.creation_date == "2026-07-22T10:30:00Z"
    assert document.rest == {**a_document(sender="甲", epcisHeader=header), "epcisBody": {}}
    assert document.vocabularies() == header["epcisMasterData"]["vocabularyList"]


def test_master_data_is_found_in_the_header_or_in_the_results_of_a_query() -> None:
    places = [{"type": "urn:epcglobal:epcis:vtype:Location", "vocabularyElementList": [{"id": "urn:x:1"}]}]
    assert read(a_query_document(vocabularyList=places)).vocabularies() == places
    assert read(a_query_document()).vocabularies() == []
    assert read(a_document()).vocabularies() == []
    assert read(a_document(epcisHeader={"epcisMasterData": {}})).vocabularies() == []


def test_an_event_is_understood_by_the_contexts_around_it_and_its_own() -> None:
    own = {"ex": "https://example.org/"}
    document = read({**a_document(an_event(), an_event(**{"@context": own})), "@context": GS1})
    assert document.context_of(0) == [GS1]
    assert document.context_of(1) == [GS1, own]
    assert read({**an_event(), "@context": [GS1, own]}).context_of(0) == [GS1, own]


def test_a_byte_order_mark_is_no_reason_to_refuse_and_counts_in_the_digest() -> None:
    data = b"\xef\xbb\xbf" + json.dumps(a_document(an_event())).encode()
    document = read_document(data)
    assert len(document.events) == 1
    assert document.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"<epcis/>", "not_json"),
        (b'{"type":"EPCISDocument","type":"EPCISQueryDocument"}', "duplicate_key"),
        (b'{"quantity":NaN}', "number_refused"),
        (b'{"quantity":1e999}', "number_refused"),
        (b'{"quantity":0.1234567890123456789}', "number_refused"),
        (b'{"id":"\\ud800"}', "lone_surrogate"),
        (b'{"id":"\xff"}', "not_utf8"),
    ],
)
def test_what_two_readers_could_read_differently_is_refused(data: bytes, hint: str) -> None:
    with pytest.raises(DocumentNotJson) as caught:
        read_document(data)
    assert hint in caught.value.found
    assert caught.value.path == "$"
    assert caught.value.__cause__ is not None


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_however_hostile_end_in_anything_but_a_typed_refusal(data: bytes) -> None:
    with pytest.raises(DocumentError):
        read_document(data)


@settings(deadline=None)
@given(
    extensions,
    st.sampled_from(["@context", "type", "epcisBody", "epcisHeader", "schemaVersion", "creationDate"]),
)
def test_no_value_in_the_place_of_another_ends_in_anything_but_a_typed_refusal(value: Any, name: str) -> None:
    original = {**a_document(an_event()), name: value}
    with suppress(DocumentError):
        assert to_json(read(original)) == original


def test_ten_megabytes_are_refused_before_they_are_parsed() -> None:
    with pytest.raises(DocumentTooLarge) as caught:
        read_document(b"[" * 10_000_000)
    assert caught.value.params() == {"path": "$", "found": "10000000 bytes", "expected": "<= 8388608 bytes"}


def test_more_events_than_fit_in_one_reading_are_refused() -> None:
    limits = Limits(events=1)
    assert len(read(a_document(an_event()), limits).events) == 1
    with pytest.raises(DocumentTooLarge) as caught:
        read(a_document(an_event(), an_event()), limits)
    assert (caught.value.path, caught.value.found) == ("$.epcisBody.eventList", "2 events")


@pytest.mark.parametrize("levels", [65, 500, 100_000])
def test_nesting_that_would_exhaust_a_reader_is_refused(levels: int) -> None:
    with pytest.raises(DocumentTooDeep):
        read_document(b'{"a":' * levels + b"1" + b"}" * levels)


def test_nesting_is_allowed_up_to_the_limit() -> None:
    def nested(levels: int) -> dict[str, Any]:
        value: Any = []
        for _ in range(levels):
            value = [value]
        return {**an_event(), "@context": GS1, "cbvmda:deep": value}

    read(nested(62), Limits(depth=64))
    with pytest.raises(DocumentTooDeep) as caught:
        read(nested(64), Limits(depth=64))
    assert caught.value.params() == {"path": "$", "found": "> 64", "expected": "<= 64"}


@pytest.mark.parametrize(
    "value", [[], "text", 1, None, {}, {"type": "Invoice"}, {"type": ["EPCISDocument"]}, {"type": {}}]
)
def test_json_that_is_no_epcis_is_called_that(value: Any) -> None:
    assert isinstance(refusal(value), DocumentNotEpcis)


@pytest.mark.parametrize("name", ["@context", "schemaVersion", "creationDate", "epcisBody"])
def test_a_document_without_a_required_part_names_the_part(name: str) -> None:
    document = a_document(an_event())
    del document[name]
    refused = refusal(document)
    assert isinstance(refused, FieldMissing)
    assert refused.expected == name
    assert refused.path == ('$["@context"]' if name == "@context" else f"$.{name}")


def test_a_bare_event_needs_a_context_since_no_document_gives_it_one() -> None:
    assert isinstance(refusal(an_event()), FieldMissing)
    assert read({**an_event(), "@context": GS1}).kind == "event"


@pytest.mark.parametrize(
    ("fields", "kind", "path"),
    [
        ({"schemaVersion": "1.2"}, FieldForm, "$.schemaVersion"),
        ({"schemaVersion": 2.0}, FieldForm, "$.schemaVersion"),
        ({"creationDate": "2026-07-22"}, FieldForm, "$.creationDate"),
        ({"creationDate": None}, FieldForm, "$.creationDate"),
        ({"id": "no uri"}, FieldForm, "$.id"),
        ({"sender": 1}, FieldForm, "$.sender"),
        ({"remark": "x"}, FieldUnknown, "$.remark"),
        ({"ext:remark": "x"}, PrefixUnknown, '$["ext:remark"]'),
        ({"@context": 1}, FieldForm, '$["@context"]'),
        ({"@context": [GS1, 1]}, FieldForm, '$["@context"][1]'),
        ({"@context": "epcis"}, FieldForm, '$["@context"]'),
        ({"epcisBody": []}, FieldForm, "$.epcisBody"),
        ({"epcisBody": {}}, FieldMissing, "$.epcisBody.eventList"),
        ({"epcisBody": {"eventList": {}}}, FieldForm, "$.epcisBody.eventList"),
        ({"epcisBody": {"eventList": [1]}}, FieldForm, "$.epcisBody.eventList[0]"),
        ({"epcisBody": {"eventList": [{}]}}, FieldMissing, "$.epcisBody.eventList[0].type"),
        ({"epcisHeader": []}, FieldForm, "$.epcisHeader"),
        ({"epcisHeader": {"epcisMasterData": 1}}, FieldForm, "$.epcisHeader.epcisMasterData"),
        (
            {"epcisHeader": {"epcisMasterData": {"vocabularyList": [{}]}}},
            FieldMissing,
            "$.epcisHeader.epcisMasterData.vocabularyList[0].type",
        ),
    ],
)
def test_a_fault_around_the_events_is_named_with_its_place(
    fields: dict[str, Any], kind: type[DocumentError], path: str
) -> None:
    refused = refusal(a_document(an_event(), **fields) if "epcisBody" not in fields else a_document(**fields))
    assert type(refused) is kind
    assert refused.path == path


def test_a_query_result_without_its_event_list_is_refused() -> None:
    document = a_query_document()
    del document["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert refusal(document).path == "$.epcisBody.queryResults.resultsBody.eventList"


def test_one_reading_shows_several_faults_in_the_order_of_the_document() -> None:
    refused = refusal(a_document(an_event(action="CREATE"), an_event(), an_event(bizStep="transforming")))
    assert refused.path == "$.epcisBody.eventList[0].action"
    assert [other.path for other in refused.others] == ["$.epcisBody.eventList[2].bizStep"]
    assert isinstance(refused.others[0], WordUnknown)


def test_a_document_of_nothing_but_faults_does_not_answer_with_a_book() -> None:
    refused = refusal(a_document(*[{"type": "Nonsense"}] * 1000))
    assert 1 + len(refused.others) == MOST_PROBLEMS
    refused = refusal(a_document(an_event(**{f"field{number}": 1 for number in range(1000)})))
    assert 1 + len(refused.others) == MOST_PROBLEMS


def test_what_a_stranger_wrote_is_shortened_before_it_is_shown() -> None:
    refused = refusal(a_document(an_event(**{"x" * 5000: 1, "bizStep": "y" * 5000})))
    assert all(len(text) < 200 for each in (refused, *refused.others) for text in each.params().values())


def test_a_field_name_full_of_quotes_and_breaks_stays_one_line_of_the_path() -> None:
    refused = refusal(a_document(an_event(**{'a"\n]b': 1})))
    assert refused.path == '$.epcisBody.eventList[0]["a\\"\\n]b"]'


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-07-22T06:45:00Z", datetime(2026, 7, 22, 6, 45, tzinfo=UTC)),
        ("2026-07-22T06:45:00.5+08:00", datetime(2026, 7, 21, 22, 45, 0, 500_000, UTC)),
        ("2021-12-01T11:09:40.7930001+00:00", datetime(2021, 12, 1, 11, 9, 40, 793_000, UTC)),
    ],
)
def test_times_of_the_field_are_read_with_any_number_of_decimals(written: str, instant: datetime) -> None:
    assert parse_time(written) == instant


@pytest.mark.parametrize(
    "written",
    [
        "",
        "2026-07-22",
        "2026-07-22T06:45:00",
        "2026-07-22 06:45:00Z",
        "2026-07-22t06:45:00z",
        "2026-07-22T06:45Z",
        "2026-02-30T06:45:00Z",
        "2026-07-22T25:00:00Z",
        "2026-07-22T06:45:00+25:00",
        "2026-07-22T06:45:00Z\n",
        "٢٠٢٦-07-22T06:45:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "22-07-2026",
    ],
)
def test_a_time_that_names_no_instant_is_refused(written: str) -> None:
    assert refusal(a_document(an_event(eventTime=written))).path == "$.epcisBody.eventList[0].eventTime"
