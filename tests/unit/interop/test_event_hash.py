"""The event hash of CBV 2.0, held in-process: one hash for one event, and no way out of the process."""

from __future__ import annotations

import logging
import re
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trace.interop.event_hash import EventHashUnknown, event_hash

GS1 = "https://ref.gs1.org/standards/epcis/epcis-context.jsonld"
EVENT: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2026-07-22T06:45:00+08:00",
    "eventTimeZoneOffset": "+08:00",
    "action": "OBSERVE",
    "bizStep": "shipping",
    "disposition": "in_transit",
    "epcList": ["urn:epc:id:sgtin:4012345.011111.9876", "urn:epc:id:sgtin:4012345.011111.5432"],
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00005.0"},
}


@settings(deadline=None)
@given(st.permutations(sorted(EVENT)), st.permutations(EVENT["epcList"]))
def test_the_order_of_fields_and_of_items_does_not_change_the_name_of_an_event(
    names: list[str], epcs: list[str]
) -> None:
    respelled = {name: EVENT[name] for name in names} | {"epcList": epcs}
    assert event_hash(respelled, GS1) == event_hash(EVENT, [GS1])


@pytest.mark.parametrize(
    "changes",
    [
        {"eventID": "urn:uuid:404d95fc-9457-4a51-bd6a-0bba133845a8"},
        {"recordTime": "2026-07-23T00:00:00Z"},
        {"errorDeclaration": {"declarationTime": "2026-07-23T00:00:00Z"}},
        {"eventTime": "2026-07-21T22:45:00.000Z"},
        {"bizStep": "https://ref.gs1.org/cbv/BizStep-shipping"},
        {"readPoint": {"id": "https://id.gs1.org/414/4012345000054"}},
    ],
)
def test_another_spelling_of_the_same_event_has_the_same_name(changes: dict[str, Any]) -> None:
    assert event_hash({**EVENT, **changes}, GS1) == event_hash(EVENT, GS1)


@pytest.mark.parametrize(
    "changes",
    [
        {"eventTime": "2026-07-22T06:45:01+08:00"},
        {"action": "ADD"},
        {"bizStep": "receiving"},
        {"epcList": EVENT["epcList"][:1]},
        {"cbvmda:informationProvider": "urn:x:1"},
    ],
)
def test_another_event_has_another_name(changes: dict[str, Any]) -> None:
    found = event_hash({**EVENT, **changes}, GS1)
    assert re.fullmatch(r"ni:///sha-256;[0-9a-f]{64}\?ver=CBV2\.0", found)
    assert found != event_hash(EVENT, GS1)


def test_an_extension_counts_by_its_namespace_and_not_by_the_prefix_chosen_for_it() -> None:
    one = event_hash({**EVENT, "a:colour": "red"}, [GS1, {"a": "https://example.org/"}])
    two = event_hash({**EVENT, "b:colour": "red", "@context": {"b": "https://example.org/"}}, GS1)
    other = event_hash({**EVENT, "a:colour": "red"}, [GS1, {"a": "https://example.com/"}])
    assert one == two != other


def test_a_prefix_of_gs1_means_the_same_declared_or_not() -> None:
    event = {**EVENT, "cbvmda:lotNumber": "A1"}
    assert event_hash(event, GS1) == event_hash(event, [GS1, {"cbvmda": "urn:epcglobal:cbv:mda:"}])


def test_the_namespaces_of_one_document_do_not_reach_the_next() -> None:
    event_hash({**EVENT, "a:colour": "red"}, {"a": "https://example.org/"})
    with pytest.raises(EventHashUnknown) as caught:
        event_hash({**EVENT, "a:colour": "red"}, GS1)
    assert caught.value.params() == {"cause": "a:colour"}


def test_a_prefix_that_only_a_foreign_context_defines_is_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("the network was reached for")

    monkeypatch.setattr(socket, "getaddrinfo", refused)
    foreign = "https://context.example/epcis.jsonld"
    assert event_hash(EVENT, [GS1, foreign]) == event_hash(EVENT, GS1)
    for event in (
        {**EVENT, "ex:list": [{"ex:inner": 1}]},
        {**EVENT, "cbvmda:list": {"@context": foreign, "colour": 1}},
    ):
        with pytest.raises(EventHashUnknown):
            event_hash(event, [GS1, foreign])


@pytest.mark.parametrize(
    ("event", "context"),
    [
        ({**EVENT, "type": 5}, GS1),
        ({**EVENT, "bizTransactionList": [{}]}, GS1),
        (EVENT, {"a": {"@id": "https://example.org/"}}),
        (EVENT, {"gs1": "https://example.org/"}),
        (EVENT, {"@version": 7}),
    ],
)
def test_what_the_algorithm_cannot_digest_is_a_typed_refusal_and_not_a_missing_hash(
    event: dict[str, Any], context: Any
) -> None:
    with pytest.raises(EventHashUnknown):
        event_hash(event, context)


def test_the_event_is_left_as_it_was() -> None:
    event = {**EVENT, "@context": [GS1]}
    before = repr(event)
    event_hash(event, [])
    assert repr(event) == before


def test_threads_do_not_disturb_each_other() -> None:
    def name(number: int) -> str:
        return event_hash({**EVENT, "a:n": "x"}, {"a": f"https://example.org/{number % 2}/"})

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(name, range(40)))
    assert found == [name(number) for number in range(40)]
    assert len(set(found)) == 2


def test_the_reference_implementation_leaves_the_import_path_and_the_root_logger_alone() -> None:
    code = (
        "import sys, logging; before = list(sys.path)\n"
        "from trace.interop.event_hash import event_hash\n"
        f"event_hash({EVENT!r}, [])\n"
        "assert sys.path == before, sys.path\n"
        "assert logging.getLogger().handlers == []\n"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_hashing_says_nothing_in_the_log_at_info(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="root"):
        event_hash(EVENT, GS1)
    assert [record for record in caplog.records if record.name == "root"] == []
