"""Events on their way out: one EPCISQueryDocument in which each event means what it meant when it was captured.

Source: EPCIS 2.0 section 10.2 (JSON-LD binding) and 12 (query results); JSON-LD 1.1 section 4.1 (contexts). Events
come from documents with contexts of their own. These become one where no event is read differently by it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from trace.interop.checks import Prefixes
from trace.interop.epc_format import EpcFormat, event_in_format

STANDARD_CONTEXT = "https://ref.gs1.org/standards/epcis/epcis-context.jsonld"
SIMPLE_QUERY = "SimpleEventQuery"
"""Name of a query that nobody gave a name (EPCIS 2.0 section 8.2.7.1)."""

Captured = tuple[Mapping[str, Any], Any]
"""An event and the context that stood beside it in its document."""


def returned(raw: Mapping[str, Any], event_id: str, wanted: EpcFormat = "Never_Translates") -> dict[str, Any]:
    """An event as it is given back: as it came, and with the id that the ledger knows it by."""
    event = event_in_format(raw, wanted)
    return event if "eventID" in event else {**event, "eventID": event_id}


def query_document(
    events: Sequence[Captured],
    *,
    name: str = SIMPLE_QUERY,
    created: datetime,
    subscription_id: str | None = None,
    id: str | None = None,
) -> dict[str, Any]:
    """The EPCISQueryDocument of these events, in their order. ``created`` is aware; ``id`` is the document's own."""
    context = _common(events)
    listed = [dict(event) for event, _ in events]
    if context is None:
        context = STANDARD_CONTEXT
        listed = [_with_context(event, own) for event, own in events]
    return {
        "@context": context,
        **({"id": id} if id else {}),
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": created.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "epcisBody": {
            "queryResults": {
                "queryName": name,
                **({"subscriptionID": subscription_id} if subscription_id else {}),
                "resultsBody": {"eventList": listed},
            }
        },
    }


def _with_context(event: Mapping[str, Any], outer: Any) -> dict[str, Any]:
    """The event with all that stood around it, so that it can be read alone."""
    parts = _listed(outer)
    if parts == [STANDARD_CONTEXT]:
        return dict(event)
    return {"@context": [*parts, *_listed(event.get("@context"))], **_without_context(event)}


def _common(events: Sequence[Captured]) -> Any:
    """One context for all events; None where it would change what one of them says."""
    contexts = [_listed(context) for _, context in events]
    if all(parts == contexts[0] for parts in contexts):
        # As it was written, for the reader who compares.
        return (events[0][1] if events else None) or STANDARD_CONTEXT
    read = [_read(parts) for parts in contexts]
    urls: dict[str, None] = {}
    terms: dict[str, Any] = {}
    for one in read:
        if one is None or read[0] is None or _foreign(one) != _foreign(read[0]):
            return None
        urls.update(dict.fromkeys(one[0]))
        for term, meaning in one[1].items():
            if terms.setdefault(term, meaning) != meaning:
                return None
    for (event, _), one in zip(events, read, strict=True):
        if one and _reads_differently(event, terms.keys() - one[1].keys()):
            return None
    return [*urls, *([terms] if terms else [])] or STANDARD_CONTEXT


Read = tuple[list[str], dict[str, Any]]


def _read(parts: Sequence[Any]) -> Read | None:
    """A context's addresses and the terms it defines; None where their order is not the usual one."""
    urls = [part for part in parts if isinstance(part, str)]
    if any(not isinstance(part, dict) for part in parts[len(urls) :]):
        return None
    terms: dict[str, Any] = {}
    for part in parts[len(urls) :]:
        terms.update(part)
    return urls, terms


def _foreign(read: Read) -> str:
    """What can give any word a meaning: contexts elsewhere, which are not fetched, and JSON-LD's keywords."""
    urls = [url for url in read[0] if Prefixes().also(url).remote]
    return json.dumps([urls, {name: value for name, value in read[1].items() if name.startswith("@")}])


def _reads_differently(event: Mapping[str, Any], strange: set[str]) -> bool:
    """Whether terms that the event did not know stand in it: as a word, or before a colon.

    Else a stranger who declares the prefix ``urn`` would give new identifiers to everybody's goods on the page.
    """
    return bool(strange) and any(
        text in strange or text.partition(":")[0] in strange for text in _texts(event)
    )


def _texts(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            yield from one
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def _without_context(event: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name != "@context"}


def _listed(context: Any) -> list[Any]:
    if context is None:
        return []
    return list(context) if isinstance(context, list) else [context]
