"""The event hash of CBV 2.0 (section 8.9): one name for an event, whoever computes it, however it is spelt.

The algorithm is the reference implementation's, epcis-event-hash-generator. That is made to run as a command,
so it is held here: it may not reach the network, change sys.path, speak to the root logger, drop a failing
event in silence, or carry the namespaces of one document into the next.
"""

from __future__ import annotations

import copy
import importlib.resources
import json
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from threading import Lock
from types import SimpleNamespace
from typing import Any

from trace.domain.refusals import Refusal
from trace.interop.checks import Prefixes
from trace.interop.errors import short

_PACKAGE = "epcis_event_hash_generator"
_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
_CONTEXT_FILE = "e532647e8eb371379b8b0e8602d8981c8566bc60f7351f22c76a5bc865962008.jsonld"
# The reference implementation replaces only prefixes that a document declares; those of the GS1 context mean
# the same without, so they are declared for it: an event has one hash, not two.
_GS1_PREFIXES = {
    "cbv": "https://ref.gs1.org/cbv/",
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "epcis": "https://ref.gs1.org/epcis/",
    "gs1": "https://gs1.org/voc/",
}
_one_at_a_time = Lock()  # the algorithm keeps its namespaces in a module


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
    own = copy.deepcopy(dict(event))
    declared = [
        part for part in _listed(context) + _listed(own.pop("@context", [])) if isinstance(part, dict)
    ]
    prefixes = Prefixes().also(declared)
    for name in _names(own):
        if ":" in name and not prefixes.declare(name):
            raise EventHashUnknown(short(name))
    document = {"@context": [_CONTEXT, _GS1_PREFIXES, *declared], "epcisBody": {"eventList": [own]}}
    with _one_at_a_time:
        try:
            (found,) = _algorithm()(document)
        except Exception as error:  # hostile input, and an algorithm that raises whatever it meets
            raise EventHashUnknown(type(error).__name__) from error
    return found


@cache
def _algorithm() -> Callable[[dict[str, Any]], list[str]]:
    before = list(sys.path)
    from epcis_event_hash_generator import dl_normaliser, hash_generator, json_to_py  # noqa: PLC0415

    sys.path[:] = before
    for module in (dl_normaliser, hash_generator, json_to_py):
        module.logging = logging.getLogger(_PACKAGE)
    # A third of its time goes into pictures for a log that nobody reads, and into copies of what is ours alone.
    json_to_py.json = SimpleNamespace(dumps=lambda *_, **__: "")
    hash_generator.copy = SimpleNamespace(deepcopy=lambda value: value)
    json_to_py.jsonld.set_document_loader(_bundled)

    def hashes(document: dict[str, Any]) -> list[str]:
        json_to_py._namespaces.clear()
        events = json_to_py.event_list_from_epcis_document_json(document)
        found: list[str] = hash_generator.epcis_hashes_from_events(events)
        return found

    return hashes


def _bundled(url: str, _options: object) -> dict[str, Any]:
    if url != _CONTEXT:
        raise ValueError(url)
    text = importlib.resources.files(_PACKAGE).joinpath(_CONTEXT_FILE).read_text("utf-8")
    # "static" lets the JSON-LD processor keep what it made of the context.
    return {"contextUrl": None, "documentUrl": url, "document": json.loads(text), "tag": "static"}


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
