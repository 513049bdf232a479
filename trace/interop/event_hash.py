"""The event hash of CBV 2.0 (section 8.9): one name for an event, whoever computes it, however it is spelt.

The algorithm is the reference implementation's (``hash_reference``); events of the plain kind go a shorter way to
the same hash (``prehash``).
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trace.domain.refusals import Refusal
from trace.interop.checks import Prefixes
from trace.interop.errors import short
from trace.interop.hash_reference import reference_hash
from trace.interop.prehash import prehash

# The reference implementation replaces only prefixes that a document declares; those of the GS1 context mean
# the same without, so they are declared for it: an event has one hash, not two.
_GS1_PREFIXES = {
    "cbv": "https://ref.gs1.org/cbv/",
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "epcis": "https://ref.gs1.org/epcis/",
    "gs1": "https://gs1.org/voc/",
}
_TYPED = ("bizTransactionList", "sourceList", "destinationList")


@dataclass(eq=False)
class EventHashUnknown(Refusal):
    """The hash cannot be computed here; ``cause`` names the field whose meaning is unknown, or the error."""

    code = "event_hash_unknown"
    cause: str


def event_hash(event: Mapping[str, Any], context: object) -> str:
    """The CBV 2.0 event hash, ``ni:///sha-256;{64 hex}?ver=CBV2.0`` (RFC 6920).

    ``context`` is the ``@context`` in force around the event. eventID, recordTime and errorDeclaration do not
    count, as the standard says. Raises EventHashUnknown where a field's prefix is defined by a foreign
    context, which is not fetched, or where the event or its context is not of the right form.
    """
    own = dict(event)
    declared = [
        part for part in _listed(context) + _listed(own.pop("@context", [])) if isinstance(part, dict)
    ]
    prefixes = Prefixes().also(declared)
    for name in _names(own):
        if ":" in name and not prefixes.declare(name):
            raise EventHashUnknown(short(name))
    contexts = [_GS1_PREFIXES, *declared]
    try:
        if (text := _shortly(own, contexts)) is not None:
            return f"ni:///sha-256;{hashlib.sha256(text.encode()).hexdigest()}?ver=CBV2.0"
        return reference_hash(_type_first(copy.deepcopy(own)), contexts)
    except Exception as error:  # hostile input, and an algorithm that raises whatever it meets
        raise EventHashUnknown(type(error).__name__) from error


def _shortly(event: dict[str, Any], contexts: list[dict[str, Any]]) -> str | None:
    """The text to be hashed where event and contexts are plain: prefixes that are IRIs and redefine none."""
    namespaces: dict[str, str] = {}
    for part in contexts:
        for prefix, iri in part.items():
            if not isinstance(iri, str) or prefix.startswith("@") or namespaces.get(prefix, iri) != iri:
                return None
            namespaces[prefix] = iri
    return prehash(event, namespaces)


def _type_first(event: dict[str, Any]) -> dict[str, Any]:
    """The reference hashes these elements in the order in which they are written; the standard has the type first."""
    for name in _TYPED:
        event[name] = [
            {"type": element["type"], **element} if "type" in element else element
            for element in event.pop(name, [])
        ]
    return event


def _names(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _names(inner)
    elif isinstance(value, list):
        for item in value:
            yield from _names(item)


def _listed(context: object) -> list[object]:
    return list(context) if isinstance(context, list) else [context]
