"""Events of many senders stand in one document, and each says what it said when it was captured."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shared_data import shared
from trace.interop.epcis import read_document
from trace.interop.event_hash import event_hash
from trace.interop.query_document import STANDARD_CONTEXT, query_document, returned

NOW = datetime(2026, 11, 21, 8, tzinfo=timezone(timedelta(hours=8)))
OTHER = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
A, B = {"a": "http://a.example/"}, {"b": "http://b.example/"}


def made(*events: tuple[dict[str, Any], Any]) -> tuple[Any, list[dict[str, Any]]]:
    document = query_document(events, created=NOW)
    return document["@context"], document["epcisBody"]["queryResults"]["resultsBody"]["eventList"]


def test_a_result_says_which_query_made_it_and_when() -> None:
    document = query_document([], name="mine", created=NOW, subscription_id="s-1", id="urn:uuid:1")
    assert document == {
        "@context": STANDARD_CONTEXT,
        "id": "urn:uuid:1",
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-21T00:00:00.000Z",
        "epcisBody": {
            "queryResults": {
                "queryName": "mine",
                "subscriptionID": "s-1",
                "resultsBody": {"eventList": []},
            }
        },
    }


def test_an_event_that_came_without_an_id_can_be_asked_for_again() -> None:
    assert returned({"type": "ObjectEvent"}, "ni:///sha-256;00") == {
        "type": "ObjectEvent",
        "eventID": "ni:///sha-256;00",
    }
    assert returned({"eventID": "urn:uuid:1"}, "urn:uuid:1") == {"eventID": "urn:uuid:1"}


@pytest.mark.parametrize(
    "context", [OTHER, [OTHER], [OTHER, A], {"a": 1}, [A, OTHER, "https://a.example/ctx"]]
)
def test_a_context_that_all_events_share_comes_back_as_it_was_written(context: Any) -> None:
    assert made(({"a:x": 1}, context), ({"a:x": 2}, context)) == (context, [{"a:x": 1}, {"a:x": 2}])


def test_contexts_that_do_not_contradict_each_other_become_one() -> None:
    context, events = made(({"a:x": 1}, [OTHER, A]), ({"b:y": 2}, [STANDARD_CONTEXT, B]), ({}, OTHER))
    assert context == [OTHER, STANDARD_CONTEXT, {**A, **B}]
    assert events == [{"a:x": 1}, {"b:y": 2}, {}]


APART = {
    "one prefix for two namespaces": ([OTHER, {"a": "http://z.example/"}], {"b:y": 2}),
    "a context elsewhere, which may define anything": ([OTHER, "https://z.example/ctx"], {"b:y": 2}),
    "a vocabulary for every word": ([OTHER, {"@vocab": "http://z.example/"}], {"b:y": 2}),
    "terms before the standard's": ([{"z": "http://z.example/"}, OTHER], {"b:y": 2}),
}


@pytest.mark.parametrize("name", APART)
def test_contexts_that_cannot_be_one_stay_with_their_events(name: str) -> None:
    other, event = APART[name]
    context, events = made(({"a:x": 1}, [OTHER, A]), (event, other))
    assert context == STANDARD_CONTEXT
    assert events == [{"@context": [OTHER, A], "a:x": 1}, {"@context": other, **event}]


def test_an_event_under_the_standard_context_needs_none_of_its_own() -> None:
    _, events = made(({"x": 1}, STANDARD_CONTEXT), ({}, ["https://z.example/ctx"]))
    assert events == [{"x": 1}, {"@context": ["https://z.example/ctx"]}]


def test_a_context_inside_an_event_comes_after_the_one_around_it() -> None:
    _, events = made(({"@context": B, "b:y": 1}, [OTHER, A]), ({}, ["https://z.example/ctx"]))
    assert events[0] == {"@context": [OTHER, A, B], "b:y": 1}


@pytest.mark.parametrize("term", ["urn", "ex", "shipping", "epcList"])
def test_a_strangers_terms_give_no_new_meaning_to_another_partys_event(term: str) -> None:
    """An attacker who declares ``urn`` as a prefix must not rename everybody's goods on the same page."""
    victim = {"epcList": ["urn:epc:id:gid:1.2.3"], "bizStep": "shipping", "ilmd": {"ex:deep": [{"ex:er": 1}]}}
    hostile = [OTHER, {term: "http://evil.example/"}]
    context, events = made((victim, OTHER), ({"type": "ObjectEvent"}, hostile))
    assert context == STANDARD_CONTEXT
    assert events[0] == {"@context": [OTHER], **victim}


CONTEXTS = st.lists(
    st.sampled_from([OTHER, STANDARD_CONTEXT, "https://z.example/ctx"])
    | st.dictionaries(
        st.sampled_from(["a", "b", "urn", "@vocab"]),
        st.sampled_from(["http://a.example/", "http://b.example/"]),
    ),
    max_size=3,
)
EVENTS = st.dictionaries(st.sampled_from(["a:x", "b:y", "epcList"]), st.sampled_from([1, "urn:x:1", "b"]))


@given(st.lists(st.tuples(EVENTS, CONTEXTS), max_size=4))
def test_every_term_an_event_uses_means_what_its_own_context_says(events: list[tuple[Any, Any]]) -> None:
    """A naive reader, who looks words up in the contexts around them, reads the same as before."""
    outer, listed = made(*events)
    for (event, context), shown in zip(events, listed, strict=True):
        around = [*_listed(outer), *_listed(shown.get("@context", []))]
        for text in _words(event):
            assert _meaning(text, around) == _meaning(text, context)
        if any(part == "https://z.example/ctx" for part in around):
            assert "https://z.example/ctx" in context


def _listed(context: Any) -> list[Any]:
    return context if isinstance(context, list) else [context]


def _words(event: dict[str, Any]) -> list[str]:
    texts = [*event, *(value for value in event.values() if isinstance(value, str))]
    return [*texts, *(text.partition(":")[0] for text in texts)]


def _meaning(word: str, parts: list[Any]) -> tuple[Any, Any]:
    known: dict[str, Any] = {}
    for part in parts:
        known |= part if isinstance(part, dict) else {}
    return known.get(word), known.get("@vocab")


def test_all_examples_on_one_page_keep_their_hashes_and_the_page_can_be_captured_again() -> None:
    events: list[tuple[dict[str, Any], Any]] = []
    hashes: list[str] = []
    for path in sorted(shared("epcis", "examples").glob("*.jsonld")):
        document = read_document(path.read_bytes())
        for position, event in enumerate(document.events):
            hashes.append(event_hash(event, document.context_of(position)))
            events.append((event, document.context))
    page = query_document(events, created=NOW.astimezone(UTC))
    results = page["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert [event_hash(event, page["@context"]) for event in results] == hashes
    for (before, _), after in zip(events, results, strict=True):
        assert {**after, "@context": None} == {**before, "@context": None}
