"""A query is understood as the standard means it, or refused by the name of what is wrong with it."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shared_data import shared
from trace.domain import event_query as q
from trace.domain.event_query import (
    Among,
    Beginning,
    Either,
    Number,
    QueryParameterInvalid,
    QueryParameterUnknown,
)
from trace.domain.refusals import Refusal
from trace.i18n import LOCALES, text
from trace.interop.event_query import MOST_PARAMETERS, MOST_PATTERNS, MOST_VALUES, parse_query

PREFIXES = {"ex": "http://ns.example/"}


def only(name: str, value: Any, **more: Any) -> q.Condition:
    """The one condition of a parameter."""
    (condition,) = parse_query({name: value, **more}, PREFIXES).conditions
    return condition


# -- what is refused -----------------------------------------------------------------------------------------


@pytest.mark.conforms("query-unknown")
@pytest.mark.parametrize(
    "name",
    [
        "GE_eventDate",
        "EQ_bizstep",
        "GT_eventTime",
        "EQ_ex",
        "MATCH_thing",
        "",
        "EQ_",
        "perPage",
        "HASATTR_ex:field",
        "HASATTR_bizLocation",
        "EQ_ATTR_bizLocation_ex:name",
        "EQ_bizTransaction_pp",
        "EQ_source_",
        "EQ_value_cel",
        "EQ_value",
        "queryName",
    ],
)
def test_a_parameter_that_is_not_answered_is_refused_by_its_name(name: str) -> None:
    """Passed over it would widen the result, and the asker would take silence for an answer."""
    with pytest.raises(QueryParameterUnknown) as refused:
        parse_query({"eventType": "ObjectEvent", name: "x"}, PREFIXES)
    assert refused.value.parameter == name


@pytest.mark.conforms("query-value")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("eventType", "ObjectEventInvalid"),
        ("eventType", []),
        ("eventType", ""),
        ("eventType", "ObjectEvent||AggregationEvent"),
        ("eventType", {"a": 1}),
        ("eventType", [["ObjectEvent"]]),
        ("GE_eventTime", "not-a-date"),
        ("GE_eventTime", "2026-01-01T00:00:00"),
        ("GE_eventTime", "2026-01-01T00:00:00 08:00"),
        ("LT_recordTime", 5),
        ("EQ_action", "SHIPPED"),
        ("EQ_bizStep", "shiping"),
        ("EQ_bizStep", "urn:epcglobal:cbv:bizstep:shiping"),
        ("EQ_bizStep", "unknown:word"),
        ("EQ_errorReason", "typing"),
        ("EQ_type", "Heat"),
        ("EQ_readPoint", "Quay"),
        ("EQ_quantity", "many"),
        ("GT_quantity", "5|6"),
        ("GT_quantity", True),
        ("GT_quantity", None),
        ("GT_quantity", "1e999"),
        ("GE_value_CEL", ""),
        ("EQ_hexBinaryValue", "F0A"),
        ("EQ_booleanValue", "yes"),
        ("EXISTS_errorDeclaration", "maybe"),
        ("EXISTS_ex:f", 0),
        ("GE_ex:f", "text"),
        ("EQ_ex:f", {}),
        ("EQ_nobody:f", "1"),
        ("orderBy", "bizStep"),
        ("orderBy", "nobody:f"),
        ("orderBy", 5),
        ("maxEventCount", "0"),
        ("maxEventCount", "1.5"),
        ("maxEventCount", True),
        ("maxEventCount", "-1"),
        ("MATCH_epc", "urn:epc:id:sgtin:*.1.2"),
        ("MATCH_epc", "urn:epc:idpat:sgtin:4012345.*.7"),
        ("MATCH_epc", "urn:epc:idpat:sgtin:40123*.*.*"),
        ("MATCH_epc", "urn:epc:idpat:sgtin:4012345.[1-5].*"),
        ("MATCH_epc", "urn:epc:idpat:sgtin:4012345.1.*"),
        ("MATCH_epc", "urn:epc:idpat:sgtin:abcdefg.*.*"),
        ("MATCH_epc", "urn:epc:idpat:sgtin:*.*.*.*"),
        ("MATCH_epc", "https://id.gs1.org/01/*"),
        ("MATCH_epc", "https://id.gs1.org/01/04012345123457/21/*"),
        ("MATCH_epc", "*"),
    ],
    ids=str,
)
def test_a_value_of_the_wrong_form_is_refused_with_the_form_it_should_have(name: str, value: Any) -> None:
    with pytest.raises(QueryParameterInvalid) as refused:
        parse_query({name: value}, PREFIXES)
    assert refused.value.parameter == name
    assert refused.value.expected


@pytest.mark.conforms("query-limits")
@pytest.mark.parametrize(
    "params",
    [
        {"eventCountLimit": 5},
        {"eventCountLimit": 5, "maxEventCount": 5, "orderBy": "eventTime"},
        {"orderDirection": "SIDEWAYS", "orderBy": "eventTime"},
    ],
    ids=str,
)
def test_limits_and_orders_that_contradict_each_other_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(QueryParameterInvalid):
        parse_query(params, PREFIXES)


def test_a_query_of_too_many_parts_is_refused_before_it_costs_anything() -> None:
    for params in (
        {"EQ_readPoint": "|".join(f"urn:x:{n}" for n in range(MOST_VALUES + 1))},
        {"MATCH_epc": "|".join(f"urn:epc:idpat:gid:{n}.*" for n in range(MOST_PATTERNS + 1))},
        {f"EQ_ex:f{n}": "x" for n in range(MOST_PARAMETERS + 1)},
    ):
        with pytest.raises(QueryParameterInvalid):
            parse_query(params, PREFIXES)


@pytest.mark.parametrize("name", ["Query_with_invalid_values.json", "Query_with_unknown_parameter.json"])
def test_the_invalid_queries_of_the_reference_data_are_refused(name: str) -> None:
    with pytest.raises((QueryParameterInvalid, QueryParameterUnknown)):
        parse_query(json.loads(shared("epcis", "invalid", name).read_text()), {})


KINDS = [q.QueryParameterUnknown, q.QueryParameterInvalid, q.QueryTooLarge, q.PageTokenInvalid]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
@pytest.mark.parametrize("locale", LOCALES)
def test_every_refusal_of_a_query_says_all_its_numbers_in_both_languages(
    kind: type[Refusal], locale: Any
) -> None:
    refusal = kind(*(f"value-{n}" for n, _ in enumerate(fields(kind))))
    assert all(value in text(refusal.code, locale, **refusal.params()) for value in refusal.params().values())


# -- what is understood --------------------------------------------------------------------------------------


@pytest.mark.conforms("query-known")
def test_every_parameter_that_the_standards_openapi_names_is_understood() -> None:
    document = json.loads(shared("epcis", "openapi.json").read_text())
    listed = document["paths"]["/events"]["get"]["parameters"]
    names = [one["$ref"].rsplit("/", 1)[-1] for one in listed]
    known = document["components"]["parameters"]
    queried = [
        name for name in names if known[name]["in"] == "query" and name not in ("PerPage", "NextPageToken")
    ]
    assert len(queried) > 50
    for name in queried:
        assert parse_query({name: _sample(name), "orderBy": "eventTime"}, {}) != parse_query(
            {"orderBy": "eventTime"}, {}
        ) or name in (
            "orderBy",
            "orderDirection",
        )


def _sample(name: str) -> str:
    fixed = {
        "eventType": "ObjectEvent",
        "EQ_action": "ADD",
        "EQ_bizStep": "shipping",
        "EQ_errorReason": "did_not_occur",
        "EQ_type": "Temperature",
        "EQ_hexBinaryValue": "F0",
        "EQ_booleanValue": "true",
        "EXISTS_errorDeclaration": "true",
        "orderBy": "eventTime",
        "orderDirection": "DESC",
        "eventCountLimit": "5",
        "maxEventCount": "5",
    }
    if name in fixed:
        return fixed[name]
    if name.endswith("quantity"):
        return "5"
    if name.lower().endswith("time"):
        return "2026-10-01T00:00:00Z"
    return "active" if "isposition" in name else "urn:example:x"


@pytest.mark.conforms("query-lists")
def test_the_members_of_a_list_are_alternatives_and_parameters_are_not() -> None:
    found = parse_query({"EQ_bizStep": "shipping|receiving", "EQ_disposition": ["active"]}, {})
    assert found.conditions == (
        Among((("bizStep", "shipping"), ("bizStep", "receiving"))),
        Among((("disposition", "active"),)),
    )


def test_a_json_list_is_taken_as_it_is() -> None:
    """A text may hold the mark that divides a list in a URL."""
    assert only("EQ_stringValue", ["a|b"]) == Among((("stringValue", "a|b"),))
    assert only("EQ_stringValue", "a|b") == Among((("stringValue", "a"), ("stringValue", "b")))


@pytest.mark.conforms("query-prefixes")
@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("EQ_ex:best", {}),
        ("EQ_http://ns.example/#best", {}),
        ("EQ_http://ns.example/best", {}),
        ("EQ_own:best", {"@context": [{"own": "http://ns.example/"}]}),
    ],
)
def test_a_field_is_named_by_a_prefix_or_by_its_full_iri(name: str, more: dict[str, Any]) -> None:
    assert only(name, "soon", **more) == Among((("field:http://ns.example#best", "soon"),))


@pytest.mark.conforms("query-patterns")
@pytest.mark.parametrize(
    ("value", "condition"),
    [
        (
            "urn:epc:idpat:sgtin:4012345.012345.*",
            Beginning(("epc",), ("https://id.gs1.org/01/04012345123456/",), "/21/"),
        ),
        (
            "https://id.gs1.org/01/4012345123456/21/*",
            Beginning(("epc",), ("https://id.gs1.org/01/04012345123456/",), "/21/"),
        ),
        (
            "urn:epc:class:lgtin:4012345.012345.*",
            Beginning(("epc",), ("https://id.gs1.org/01/04012345123456/",), "/10/"),
        ),
        (
            "urn:epc:idpat:sgln:4012345.00011.*",
            Beginning(("epc",), ("https://id.gs1.org/414/4012345000115",)),
        ),
        (
            "urn:epc:idpat:grai:4012345.66666.*",
            Beginning(("epc",), ("https://id.gs1.org/8003/04012345666663",)),
        ),
        ("urn:epc:idpat:giai:4012345.*", Beginning(("epc",), ("https://id.gs1.org/8004/4012345",))),
        ("urn:epc:idpat:gdti:4012345.*.*", Beginning(("epc",), ("https://id.gs1.org/253/4012345",))),
        ("urn:epc:idpat:gid:12.34.*", Beginning(("epc",), ("urn:epc:id:gid:12.34.",))),
        ("urn:epc:idpat:sscc:*.*", Beginning(("epc",), ("https://id.gs1.org/00/",))),
    ],
)
def test_a_pattern_is_what_the_links_of_its_things_begin_with(value: str, condition: Beginning) -> None:
    assert only("MATCH_epc", value) == condition


def test_a_companys_pattern_finds_its_trade_items_whatever_their_first_digit() -> None:
    found = only("MATCH_anyEPCClass", "urn:epc:idpat:sgtin:4012345.*.*|urn:example:bulk")
    assert isinstance(found, Either)
    exact, pattern = found.parts
    assert exact == Among(
        tuple((name, "urn:example:bulk") for name in ("epcClass", "inputEPCClass", "outputEPCClass"))
    )
    assert isinstance(pattern, Beginning)
    assert pattern.prefixes == tuple(f"https://id.gs1.org/01/{digit}4012345" for digit in range(10))


def test_a_class_is_found_by_its_pattern_and_by_its_link_alike() -> None:
    assert only("MATCH_epcClass", "urn:epc:idpat:sgtin:4012345.012345.*") == only(
        "MATCH_epcClass", "https://id.gs1.org/01/4012345123456"
    )


def test_bounds_count_or_do_not_count_as_the_parameter_says() -> None:
    assert only("GT_quantity", "5") == Number("quantity", low=5, low_open=True)
    assert only("GE_quantity", 5) == Number("quantity", low=5)
    assert only("LT_quantity_KGM", 5.5) == Number("quantity:KGM", high=5.5, high_open=True)
    assert only("LE_quantity_KGM", 5.5) == Number("quantity:KGM", high=5.5)


def test_what_exists_is_asked_for_only_by_a_parameter_that_is_true() -> None:
    for value in (None, "", "true", True, 1):
        assert only("EXISTS_ex:f", value) == q.Present("field:http://ns.example#f")
    for value in ("false", False):
        assert parse_query({"EXISTS_ex:f": value}, PREFIXES).conditions == ()


_KNOWN = """
    eventType MATCH_anyEPC EQ_ex:f GE_ILMD_ex:f EXISTS_INNER_ex:f GE_eventTime EQ_quantity_KGM WD_readPoint
    EQ_bizTransaction_po orderBy eventCountLimit @context EQ_type EQ_booleanValue
"""
_NAMES = st.sampled_from(_KNOWN.split()) | st.text(max_size=20)
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.from_regex(r"urn:epc:idpat:[a-z]{3,5}:[0-9.*]{1,20}", fullmatch=True),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)


@given(st.dictionaries(_NAMES, _VALUES, max_size=4))
def test_anything_at_all_is_understood_or_refused(params: dict[str, Any]) -> None:
    """No input of anybody's is an error of ours."""
    try:
        parse_query(params, PREFIXES)
    except Refusal as refusal:
        assert isinstance(refusal, QueryParameterInvalid | QueryParameterUnknown)  # noqa: PT017
