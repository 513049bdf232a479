"""What an event is found by does not depend on how it was spelled, and fits into every index."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shared_data import shared
from trace.domain.epcis import LONGEST_NAME, Event
from trace.domain.event_terms import EXISTS, Namespaces, Terms, field_key, indexable, moment, number, terms_of
from trace.identifiers import InvalidIdentifier, canonical

CONTEXT = ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld", {"ex": "http://ns.example/"}]


def terms(context: object = CONTEXT, **fields: Any) -> Terms:
    """Terms of an ObjectEvent with these fields."""
    raw = {
        "type": "ObjectEvent",
        "eventID": "urn:uuid:1",
        "eventTime": "2026-10-01T08:00:00+08:00",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        **fields,
    }
    return terms_of(Event.parse(raw), context)


def named(found: Terms, name: str) -> set[str]:
    return {value for known, value in found.words if known == name}


@pytest.mark.parametrize(
    ("urn", "link"),
    [
        ("urn:epc:id:sgtin:4012345.012345.7", "https://shop.example/x/01/4012345123456/21/7?a=b"),
        ("urn:epc:id:sscc:4012345.0000000333", "https://id.gs1.org/00/040123450000003338"),
        ("urn:epc:id:sgln:4012345.00011.0", "https://id.gs1.org/414/4012345000115"),
    ],
)
def test_an_epc_and_a_digital_link_of_the_same_thing_are_the_same_term(urn: str, link: str) -> None:
    place = [terms(epcList=[uri], readPoint={"id": uri}, bizLocation={"id": uri}) for uri in (urn, link)]
    assert place[0].words == place[1].words
    assert named(place[0], "epc") == {canonical(link)}


@pytest.mark.parametrize(
    "spelled",
    [
        "shipping",
        "cbv:BizStep-shipping",
        "https://ref.gs1.org/cbv/BizStep-shipping",
        "urn:epcglobal:cbv:bizstep:shipping",
    ],
)
def test_a_word_of_the_standard_is_one_word_in_all_its_spellings(spelled: str) -> None:
    assert named(terms(bizStep=spelled), "bizStep") == {"shipping"}


def test_ones_own_word_and_identifier_are_found_by_their_full_iri() -> None:
    found = terms(bizStep="ex:smoking", readPoint={"id": "ex:shed"})
    assert named(found, "bizStep") == {"http://ns.example/smoking"}
    assert named(found, "readPoint") == {"http://ns.example/shed"}


@pytest.mark.parametrize(
    ("context", "name"),
    [
        ({"ex": "http://ns.example/"}, "ex:best"),
        ({"x": {"@id": "http://ns.example/"}}, "x:best"),
        ({"x": "http://ns.example"}, "x:best"),
        ({"x": "http://ns.example/#"}, "x:best"),
        ([{"x": "http://elsewhere.example/"}, {"x": "http://ns.example/"}], "x:best"),
        ([], "http://ns.example/best"),
        ([], "http://ns.example/#best"),
    ],
)
def test_an_extension_field_is_the_same_whatever_its_prefix(context: object, name: str) -> None:
    found = terms(context, **{name: "before May"})
    assert ("field:http://ns.example#best", "before May") in found.words
    assert (EXISTS, "field:http://ns.example#best") in found.words


def test_fields_within_fields_are_found_as_inner_ones_and_not_as_outer_ones() -> None:
    found = terms(ilmd={"ex:a": [{"ex:b": {"ex:c": 3, "plain": {"ex:d": "deep"}}}]}, action="ADD")
    assert named(found, EXISTS) == {
        "ilmd:http://ns.example#a",
        *(f"ilmd.inner:http://ns.example#{name}" for name in "bcd"),
    }
    assert ("ilmd.inner:http://ns.example#c", 3.0) in found.numbers


def test_numbers_and_times_are_compared_as_such_even_where_they_came_as_text() -> None:
    """What was once XML has its numbers in quotes, as GS1's own examples do."""
    found = terms(**{"ex:n": "12.50", "ex:t": {"@value": "2026-10-01T00:00:00.5Z"}, "ex:lot": "007"})
    assert {number for name, number in found.numbers if name == "field:http://ns.example#n"} == {12.5}
    assert found.times == {("field:http://ns.example#t", moment("2026-10-01T08:00:00.500000+08:00"))}
    assert named(found, "field:http://ns.example#lot") == {"007"}


def test_a_page_of_prose_is_found_by_its_hash_and_no_name_outgrows_an_index() -> None:
    prose, name = "长" * 2000, "ex:" + "n" * 3000
    found = terms(
        **{
            "ex:text": prose,
            name: 1,
            "bizTransactionList": [{"type": f"ex:{'t' * 3000}", "bizTransaction": "urn:x:1"}],
        }
    )
    assert ("field:http://ns.example#text", indexable(prose)) in found.words
    for known, value in found.words:
        assert len(known.encode()) <= LONGEST_NAME + 20
        assert len(value.encode()) <= LONGEST_NAME + 20


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["ex:a", "b", "id", "@value", "@type", "http://x/#y", "ex:"])
            | st.text(max_size=4),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ("ex:f", "sensorElementList", "persistentDisposition", "@context", "certificationInfo", "ilmd"),
            JSON,
        ),
    ).map(
        lambda fields: (
            {**fields, "ilmd": fields["ilmd"]}
            if isinstance(fields.get("ilmd"), dict)
            else {k: v for k, v in fields.items() if k != "ilmd"}
        )
    ),
    JSON,
)
def test_whatever_stands_in_a_captured_event_it_can_be_indexed(fields: dict[str, Any], context: Any) -> None:
    """Evidence is not turned away because an index cannot hold it."""
    found = terms([context], **fields)
    for name, value in found.words:
        assert "\0" not in name + value
        (name + value).encode()
    assert all(abs(value) < float("inf") for _, value in found.numbers)
    assert all(time.tzinfo is not None for _, time in found.times)


@given(st.text(max_size=30) | st.from_regex(r"[a-z]{1,4}:[a-z/#:]{0,9}", fullmatch=True))
def test_spelling_a_term_again_changes_nothing(text: str) -> None:
    assert indexable(indexable(text)) == indexable(text)
    assert field_key(field_key(text)) == field_key(text) or ":" in text
    names = Namespaces.of(CONTEXT)
    assert names.word(names.word(text)) == names.word(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_itself_in_every_spelling(value: float) -> None:
    assert number(repr(value)) == value
    assert moment(repr(value)) is None


@pytest.mark.parametrize("text", ["", "1_0", "+", "١", "NaN", "Infinity", "1e999", "0x1", " 1", "1 "])
def test_what_is_no_plain_number_is_text(text: str) -> None:
    assert number(text) is None


@pytest.mark.parametrize(
    "text", ["2026-10-01", "2026-10-01T00:00:00", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00"]
)
def test_what_is_no_moment_is_text(text: str) -> None:
    assert moment(text) is None


def test_every_event_of_the_reference_data_is_found_by_its_things_and_its_fields() -> None:
    documents = [
        *shared("epcis", "examples").glob("*"),
        *shared("epcis", "fsma204").glob("*.jsonld"),
        *shared("chains").glob("*"),
    ]
    seen = 0
    for path in documents:
        document = json.loads(path.read_text())
        body = document.get("epcisBody", {})
        whole = body.get("queryResults", {}).get("resultsBody", body)
        for raw in whole.get("eventList", []) or [document]:
            found = terms_of(Event.parse(raw), document.get("@context"))
            things = [*raw.get("epcList", []), *raw.get("childEPCs", [])]
            assert named(found, "epc") == {_lenient(uri) for uri in things}
            fields = {name for name in raw if ":" in name}
            assert len({name for name in named(found, EXISTS) if name.startswith("field:")}) == len(fields)
            seen += 1
    assert seen > 40


def _lenient(uri: str) -> str:
    try:
        return canonical(uri)
    except InvalidIdentifier:
        return uri
