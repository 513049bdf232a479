"""EPCIS events come out in one normal form, however they were written; what is no event is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.domain.epcis import ClassQuantity, Event, amount, local_date, local_value, parse_body, short_word
from trace.domain.refusals import Invalid
from trace.ledger.records import make_body

LEAST = {
    "type": "ObjectEvent",
    "eventID": "urn:uuid:1",
    "eventTime": "2026-11-21T08:00:00Z",
    "eventTimeZoneOffset": "+08:00",
}


def parse(**fields: Any) -> Event:
    return Event.parse({**LEAST, **fields})


def test_an_lgtin_and_its_digital_link_are_the_same_batch() -> None:
    urn = parse(quantityList=[{"epcClass": "urn:epc:class:lgtin:4012345.012345.998877"}])
    link = parse(quantityList=[{"epcClass": "https://shop.example/01/04012345123456/10/998877"}])
    assert urn.quantities == link.quantities
    assert urn.quantities[0].epc_class == "https://id.gs1.org/01/04012345123456/10/998877"


def test_everything_the_rules_read_is_there() -> None:
    event = parse(
        recordTime="2026-11-21T08:00:01.5Z",
        action="OBSERVE",
        bizStep="https://ref.gs1.org/cbv/BizStep-shipping",
        disposition="urn:epcglobal:cbv:disp:in_transit",
        readPoint={"id": "urn:epc:id:sgln:0614141.07346.1234"},
        bizLocation={"id": "geo:1,2"},
        epcList=["urn:epc:id:sscc:0614141.1234567890"],
        quantityList=[{"epcClass": "urn:l:1", "quantity": 12.50, "uom": "KGM"}, {"epcClass": "urn:l:2"}],
        sourceList=[{"type": "cbv:SDT-owning_party", "source": "urn:p:1"}],
        destinationList=[{"type": "urn:epcglobal:cbv:sdt:location", "destination": "urn:p:2"}],
        bizTransactionList=[{"bizTransaction": "urn:t:1"}, {"type": "po", "bizTransaction": "urn:t:2"}],
        transformationID="t-1",
        ilmd={"cbvmda:lotNumber": "L"},
        errorDeclaration={
            "declarationTime": "2026-11-22T00:00:00+08:00",
            "reason": "https://ref.gs1.org/cbv/ER-did_not_occur",
            "correctiveEventIDs": ["urn:uuid:2"],
        },
        **{"gdst:productOwner": "urn:p:9"},
    )
    assert (event.action, event.biz_step, event.disposition) == ("OBSERVE", "shipping", "in_transit")
    assert event.record_time == datetime(2026, 11, 21, 8, 0, 1, 500000, UTC)
    assert event.read_point == "https://id.gs1.org/414/0614141073467/254/1234"
    assert event.epcs == ("https://id.gs1.org/00/106141412345678908",)
    assert event.quantities[0] == ClassQuantity("urn:l:1", Decimal("12.5"), "KGM")
    assert event.quantities[1] == ClassQuantity("urn:l:2", None, None)
    assert event.classes == ("urn:l:1", "urn:l:2")
    assert event.sources == (("owning_party", "urn:p:1"),)
    assert event.destinations == (("location", "urn:p:2"),)
    assert event.transactions == (("", "urn:t:1"), ("po", "urn:t:2"))
    assert event.error is not None
    assert (event.error.reason, event.error.corrective) == ("did_not_occur", ("urn:uuid:2",))
    assert event.error.time == datetime(2026, 11, 21, 16, tzinfo=UTC)
    assert event.extension("productOwner") == "urn:p:9"
    assert (event.extension("none"), event.transformation_id) == (None, "t-1")


def test_a_key_with_a_wrong_check_digit_is_kept_as_written_and_named() -> None:
    event = parse(quantityList=[{"epcClass": "https://id.gs1.org/01/09520000000012/10/A"}])
    assert event.quantities[0].epc_class == "https://id.gs1.org/01/09520000000012/10/A"
    assert [invalid.field for invalid in event.malformed] == ["quantityList[0].epcClass"]


@pytest.mark.parametrize(
    ("written", "short"),
    [
        ("shipping", "shipping"),
        ("cbv:BizStep-shipping", "shipping"),
        ("http://ns.gs1.org/cbv/BizStep-retail_selling", "retail_selling"),
        ("urn:epcglobal:cbv:bizstep:shipping", "shipping"),
        ("urn:gdst:bizStep:landing", "urn:gdst:bizStep:landing"),
        ("https://evil.example/cbv/BizStep-shipping", "https://evil.example/cbv/BizStep-shipping"),
        ("urn:epcglobal:cbv:bizstep:shipping\n", "urn:epcglobal:cbv:bizstep:shipping\n"),
    ],
)
def test_words_of_the_cbv_are_short_and_others_stay(written: str, short: str) -> None:
    assert short_word(written) == short


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", "QuantityEvent"),
        ("type", None),
        ("action", "CREATE"),
        ("eventTime", "2026-11-21T08:00:00"),
        ("eventTime", "2026-11-21 08:00:00Z"),
        ("eventTime", "2026-02-30T08:00:00Z"),
        ("eventTime", "0001-01-01T00:00:00Z"),
        ("eventTime", "9999-12-31T23:59:59-14:00"),
        ("eventTime", "２０26-11-21T08:00:00Z"),
        ("eventTime", None),
        ("eventTimeZoneOffset", "+8:00"),
        ("eventTimeZoneOffset", "+14:30"),
        ("eventTimeZoneOffset", "Z"),
        ("epcList", "urn:e:1"),
        ("epcList", [7]),
        ("quantityList", [["x"]]),
        ("quantityList", [{"quantity": 1}]),
        ("quantityList", [{"epcClass": "urn:l:1", "quantity": "12"}]),
        ("quantityList", [{"epcClass": "urn:l:1", "quantity": True}]),
        ("quantityList", [{"epcClass": "urn:l:1", "quantity": -1}]),
        ("quantityList", [{"epcClass": "urn:l:1", "quantity": 10**15}]),
        ("quantityList", [{"epcClass": "urn:l:1", "quantity": float("nan")}]),
        ("quantityList", [{"epcClass": "urn:l:1", "quantity": 1, "uom": ""}]),
        ("readPoint", "urn:x"),
        ("readPoint", {}),
        ("sourceList", [{"type": "owning_party"}]),
        ("ilmd", []),
        ("errorDeclaration", {}),
        ("errorDeclaration", {"declarationTime": "2026-11-21T08:00:00Z", "correctiveEventIDs": "x"}),
    ],
)
def test_what_is_no_event_is_refused_with_the_field_named(field: str, value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        Event.parse({key: item for key, item in {**LEAST, field: value}.items() if item is not None})
    assert refused.value.field.startswith(field)
    assert refused.value.expected


def test_an_event_must_be_an_object() -> None:
    with pytest.raises(Invalid):
        Event.parse(["ObjectEvent"])


def test_more_digits_of_a_second_than_we_keep_are_cut_off() -> None:
    assert parse(eventTime="2021-02-03T11:10:00.1234567+00:00").time.microsecond == 123456


def test_the_date_is_the_one_at_the_place() -> None:
    assert parse(eventTime="2026-11-21T17:00:00Z").local_date.isoformat() == "2026-11-22"
    assert local_date(datetime(2026, 11, 21, 2, tzinfo=UTC), "-05:30").isoformat() == "2026-11-20"


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (10000.0, "10000"),
        (Decimal("1E+4"), "10000"),
        (0, "0"),
        (0.0, "0"),
        (0.1 + 0.2, "0.3"),
        (Decimal("200.50"), "200.5"),
        (999_999_999_999_999, "999999999999999"),
    ],
)
def test_amounts_are_exact_and_plain(value: Any, plain: str) -> None:
    assert str(amount(value, "quantity")) == plain


@given(st.decimals(0, 10**9, places=6))
def test_a_number_is_the_same_amount_by_whichever_type_it_came(number: Decimal) -> None:
    exact = amount(number, "q")
    assert amount(float(number), "q") == exact == number
    assert amount(json.loads(json.dumps(float(number)), parse_float=Decimal), "q") == exact


def test_an_event_without_an_id_is_known_again_by_its_content() -> None:
    def told(quantity: Any, **more: Any) -> str:
        raw = {**LEAST, "quantityList": [{"epcClass": "urn:l:1", "quantity": quantity}], **more}
        del raw["eventID"]
        return Event.parse(raw).event_id

    assert told(10) == told(10.0) == told(Decimal("10.00")) == told(10, recordTime="2026-11-21T08:00:00Z")
    assert told(10) != told(11)
    assert told(10, ilmd={"a": [True]}) != told(10, ilmd={"a": [1]})
    assert told(10).startswith("urn:x-trace:event:")


def test_an_id_that_was_assigned_stands_in_for_a_missing_one_alone() -> None:
    data = {
        "event": {key: value for key, value in LEAST.items() if key != "eventID"},
        "eventID": "urn:uuid:9",
    }
    assert Event.of_body(data).event_id == "urn:uuid:9"
    assert Event.of_body({"event": LEAST, "eventID": "urn:uuid:9"}).event_id == "urn:uuid:1"


def test_a_body_gives_its_fractions_back_exactly() -> None:
    body = make_body({"event": {"quantity": 0.1, "count": 3}}, bytes(16))
    assert parse_body(body) == {"event": {"quantity": Decimal("0.1"), "count": 3}}


def test_a_field_is_found_behind_any_prefix() -> None:
    fields = {"cbvmda:lotNumber": 1, "https://ref.gs1.org/voc/bestBeforeDate": 2, "urn:x#harvest": 3}
    assert [local_value(fields, name) for name in ("lotNumber", "bestBeforeDate", "harvest")] == [1, 2, 3]
    assert local_value(fields, "Number") is None
    assert local_value(None, "lotNumber") is None
