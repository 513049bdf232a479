"""Bodies, statements and entries: one spelling each, and the fast parser admits what the slow one does."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trace.ledger import canonical, records
from trace.ledger.records import Body, Entry, RecordMalformed, Statement

from .build import LEDGER, private_key, raw

TIME = "2026-11-21T08:00:00.000Z"
ENTRY = Entry.create(index=7, prev="ab" * 32, time=TIME, statement="cd" * 32)


def make(**changed: Any) -> Statement:
    fields: dict[str, Any] = {
        "kind": "epcis.event/1",
        "by": "https://id.gs1.org/417/6901234000016",
        "ledger": LEDGER,
        "id": "0193",
        "digests": {"public": "ab" * 32},
        "key": private_key("farm"),
    }
    return Statement.create(**{**fields, **changed})


def slow_entry(data: bytes) -> Entry | None:
    """The twin of Entry.parse: the general JSON reader and one rule after another."""
    try:
        fields = canonical.decode(data)
        if set(fields) != {"index", "prev", "statement", "time", "v"} or type(fields["v"]) is not int:
            return None
        good = (
            fields["v"] == 1
            and type(fields["index"]) is int
            and 0 <= fields["index"] < 2**53
            and all(re.fullmatch("[0-9a-f]{64}", fields[name]) for name in ("prev", "statement"))
            and datetime.strptime(fields["time"], "%Y-%m-%dT%H:%M:%S.%f%z").tzinfo == UTC
            and re.fullmatch(r"[0-9-]{10}T[0-9:]{8}\.[0-9]{3}Z", fields["time"])
        )
    except (canonical.LedgerError, TypeError, ValueError):
        return None
    leaf = sha256(b"\0" + data).digest()
    entry = Entry(fields["index"], fields["prev"], fields["time"], fields["statement"], data, leaf)
    return entry if good else None


def fast_entry(data: bytes) -> Entry | None:
    try:
        return Entry.parse(data)
    except RecordMalformed:
        return None


hexes = st.one_of(st.binary(min_size=32, max_size=32).map(bytes.hex), st.just("AB" * 32), st.just("ab" * 31))
times = st.one_of(
    st.datetimes(timezones=st.just(UTC)).map(records.format_time),
    st.sampled_from(
        [
            "0000-01-01T00:00:00.000Z",
            "2026-02-29T00:00:00.000Z",
            "2026-11-21T08:00:00.000+00:00",
            "2026-11-21T08:00:00Z",
            "2026-11-21T08:00:60.000Z",
            "2026-11-21T24:00:00.000Z",
            TIME + " ",
        ]
    ),
)
indices = st.one_of(st.integers(0, 2**53 - 1), st.sampled_from([-1, 2**53, 1.5, True, "1", None, 10**16]))


@given(indices, hexes, times, hexes, st.sampled_from([1, 2, True, "1"]), st.booleans())
@example(0, "00" * 32, TIME, "00" * 32, 1, False)
def test_the_fast_reader_of_entries_admits_exactly_what_the_slow_one_does(
    index: Any, prev: str, time: str, statement: str, version: Any, spaced: bool
) -> None:
    fields = {"index": index, "prev": prev, "statement": statement, "time": time, "v": version}
    data = json.dumps(fields, separators=(", ", ":") if spaced else (",", ":")).encode()
    assert fast_entry(data) == slow_entry(data)


@given(st.integers(0, len(ENTRY.encoded) - 1), st.integers(0, 255))
def test_the_two_readers_agree_on_every_damaged_entry(at: int, byte: int) -> None:
    data = bytearray(ENTRY.encoded)
    data[at] = byte
    assert fast_entry(bytes(data)) == slow_entry(bytes(data))
    assert fast_entry(ENTRY.encoded[:at]) is None


def test_an_entry_is_the_rfc_8785_bytes_of_its_fields() -> None:
    fields = {"index": 7, "prev": "ab" * 32, "statement": "cd" * 32, "time": TIME, "v": 1}
    assert ENTRY.encoded == canonical.encode(fields)
    assert ENTRY.leaf == sha256(b"\x00" + ENTRY.encoded).digest()


@pytest.mark.parametrize(
    "changed",
    [
        {"index": -1},
        {"index": 2**53},
        {"prev": "AB" * 32},
        {"prev": 'ab"' + "a" * 61},
        {"statement": ""},
        {"time": "2026-11-21T08:00:00Z"},
        {"time": "2026-02-30T08:00:00.000Z"},
    ],
)
def test_a_wrong_entry_cannot_be_made(changed: dict[str, Any]) -> None:
    with pytest.raises(RecordMalformed):
        Entry.create(**{"index": 7, "prev": "ab" * 32, "time": TIME, "statement": "cd" * 32, **changed})


def test_times_are_written_in_utc_and_cut_to_the_millisecond() -> None:
    moment = datetime(2026, 11, 21, 16, 0, 0, 123_999, timezone(timedelta(hours=8)))
    assert records.format_time(moment) == "2026-11-21T08:00:00.123Z"
    assert records.format_time(datetime(33, 1, 1, tzinfo=UTC)) == "0033-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    "time", ["", "2026-11-21", "２026-11-21T08:00:00.000Z", TIME + "\n", "2026-13-01T00:00:00.000Z"]
)
def test_a_time_in_another_form_is_refused(time: str) -> None:
    with pytest.raises(RecordMalformed):
        records.check_time(time)


def test_a_statement_reads_back_and_verifies_under_its_key_alone() -> None:
    statement = make()
    again = Statement.parse(statement.encoded)
    assert again == statement
    assert statement.hash == sha256(statement.encoded).hexdigest()
    assert again.verify(raw("farm"))
    assert not again.verify(raw("shop"))


def test_the_signed_bytes_are_the_context_and_the_statement_without_its_signature() -> None:
    statement = make(by="陈家农场", id='quote " and \\')
    fields = canonical.decode(statement.encoded)
    fields.pop("sig")
    assert statement.message == b"trace/statement/v1\n" + canonical.encode(fields)


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "epcis.event"},
        {"kind": "epcis.event/01"},
        {"kind": "Epcis.event/1"},
        {"kind": "event/1"},
        {"by": ""},
        {"by": "two\nlines"},
        {"by": " padded"},
        {"by": "x" * 2049},
        {"id": "tab\there"},
        {"ledger": ""},
        {"digests": {}},
        {"digests": {f"c{number}": "ab" * 32 for number in range(9)}},
        {"digests": {"Public": "ab" * 32}},
        {"digests": {"public": "AB" * 32}},
        {"digests": {"public": 5}},
        {"digests": {"x" * 33: "ab" * 32}},
    ],
)
def test_a_wrong_statement_cannot_be_made(changed: dict[str, Any]) -> None:
    with pytest.raises(RecordMalformed):
        make(**changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"v": 2},
        {"v": True},
        {"sig": "AAAA"},
        {"sig": None},
        {"sig": "!" * 88},
        {"key": "ab"},
        {"digests": []},
        {"by": None},
        {"extra": 1},
        {"sig": ...},
    ],
)
def test_a_wrong_statement_is_not_read(changed: dict[str, Any]) -> None:
    fields = {**canonical.decode(make().encoded), **changed}
    data = canonical.encode({name: value for name, value in fields.items() if value is not ...})
    with pytest.raises(RecordMalformed):
        Statement.parse(data)


@pytest.mark.parametrize("data", [b"[]", b"1", b'"x"', b"{}"])
def test_json_that_is_no_record_is_refused(data: bytes) -> None:
    for parse in (Statement.parse, Body.parse):
        with pytest.raises(RecordMalformed):
            parse(data)


TEXTS = st.one_of(
    st.text('ab "\\/é陈\U0001f600\x7f\u0000', min_size=0, max_size=6),
    st.sampled_from(["x" * 2048, "x" * 2049]),
)
DIGESTS = st.one_of(
    st.dictionaries(st.sampled_from(["public", "full", "people", "Public", "a_1", "é"]), st.just("ab" * 32)),
    st.just({f"c{number}": "ab" * 32 for number in range(9)}),
)


@given(
    TEXTS, DIGESTS, TEXTS, st.sampled_from(["epcis.event/1", "x", "e.e/0", "a.b/10000"]), TEXTS, st.booleans()
)
@example("by", {"public": "ab" * 32}, "id", "epcis.event/1", "ledger", False)
@example("x" * 2049, {"public": "ab" * 32}, "id", "epcis.event/1", "ledger", False)
@example("by", {f"c{number}": "ab" * 32 for number in range(9)}, "id", "epcis.event/1", "ledger", False)
@example("by", {"public": "ab" * 32, "full": "ab" * 32}, "id", "epcis.event/1", "ledger", True)
def test_the_fast_reader_of_statements_admits_nothing_that_the_slow_one_does_not(
    by: str, digests: dict[str, str], id: str, kind: str, ledger: str, unsorted: bool
) -> None:
    fields = {**canonical.decode(make().encoded), "by": by, "id": id, "kind": kind, "ledger": ledger}
    fields["digests"] = {"placeholder": 1}
    listed = json.dumps(dict(sorted(digests.items(), reverse=unsorted)), separators=(",", ":"))
    data = canonical.encode(fields).replace(b'{"placeholder":1}', listed.encode())
    agree_on_statement(data)


@given(st.integers(0, len(make().encoded) - 1), st.integers(0, 255))
def test_the_two_readers_agree_on_every_damaged_statement(at: int, byte: int) -> None:
    data = bytearray(make().encoded)
    data[at] = byte
    agree_on_statement(bytes(data))
    agree_on_statement(make().encoded[:at])


def test_a_compartment_listed_twice_is_refused() -> None:
    digest = b'"public":"' + b"ab" * 32 + b'"'
    data = make().encoded.replace(digest, digest + b"," + digest)
    agree_on_statement(data)
    with pytest.raises(canonical.DuplicateKey):
        Statement.parse(data)


def agree_on_statement(data: bytes) -> None:
    """Statement.parse, which tries a pattern first, and the general way alone come to the same."""
    try:
        slow = Statement._from_fields(records._object("statement", data, records._STATEMENT_FIELDS), data)
    except canonical.LedgerError:
        with pytest.raises(canonical.LedgerError):
            Statement.parse(data)
    else:
        assert Statement.parse(data) == slow


@given(st.integers(0, len(make().encoded) - 1), st.integers(1, 255))
def test_no_byte_of_a_statement_can_change_unnoticed(at: int, flip: int) -> None:
    data = bytearray(make().encoded)
    data[at] ^= flip
    try:
        statement = Statement.parse(bytes(data))
    except canonical.LedgerError:
        return
    assert not statement.verify(raw("farm"))


def test_a_body_reads_back_and_its_digest_is_that_of_its_bytes() -> None:
    data = {"quantity": 12.5, "名称": "大黄鱼", "nested": [None, True]}
    encoded = records.make_body(data, bytes(range(16)))
    body = Body.parse(encoded)
    assert (body.data, body.salt) == (data, "000102030405060708090a0b0c0d0e0f")
    assert body.digest == records.digest(encoded) == sha256(encoded).hexdigest()
    assert encoded == canonical.encode({"data": data, "salt": body.salt})


def test_the_same_content_under_another_salt_has_another_digest() -> None:
    one, two = (records.make_body({"phone": "13800000000"}, salt * 16) for salt in (b"a", b"b"))
    assert records.digest(one) != records.digest(two)


@pytest.mark.parametrize("salt", [b"", bytes(15), bytes(17)])
def test_a_short_salt_is_refused(salt: bytes) -> None:
    with pytest.raises(RecordMalformed):
        records.make_body({}, salt)


@pytest.mark.parametrize("salt", ["", "AB" * 16, "ab" * 15, 5, None])
def test_a_body_with_a_wrong_salt_is_not_read(salt: object) -> None:
    with pytest.raises(RecordMalformed):
        Body.parse(canonical.encode({"data": 1, "salt": salt}))
