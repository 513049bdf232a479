"""The reference implementation of the CBV 2.0 event hash, made to behave inside a service.

epcis-event-hash-generator is made to run as a command: it must not reach the network, change sys.path, speak to the
root logger, drop a failing event in silence, or carry the namespaces of one document into the next.
"""

from __future__ import annotations

import importlib.resources
import json
import logging
import sys
from collections.abc import Iterator
from functools import cache
from threading import Lock
from types import ModuleType, SimpleNamespace
from typing import Any

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"

_PACKAGE = "epcis_event_hash_generator"
_CONTEXT_FILE = "e532647e8eb371379b8b0e8602d8981c8566bc60f7351f22c76a5bc865962008.jsonld"
_one_at_a_time = Lock()  # the algorithm keeps its namespaces in a module


def reference_hash(event: dict[str, Any], contexts: list[Any]) -> str:
    """The hash of one event under these contexts; raises whatever the algorithm raises."""
    document = {"@context": [CONTEXT, *contexts], "epcisBody": {"eventList": [event]}}
    with _one_at_a_time:
        generator, reader = _modules()
        reader._namespaces.clear()
        events = reader.event_list_from_epcis_document_json(document)
        (found,) = generator.epcis_hashes_from_events(events)
    return str(found)


def canonical_value(text: str) -> str:
    """A value as the standard normalises it: numbers without spare zeros, GS1 keys as Digital Links."""
    return str(_modules()[0]._canonize_value(text))


def canonical_time(text: str) -> str:
    """A time in UTC with milliseconds."""
    return str(_modules()[0]._fix_time_stamp_format(text))


@cache
def terms() -> frozenset[str]:
    """The names that the EPCIS context gives a meaning to, wherever in an event they stand."""
    return frozenset(_keys(_bundled(CONTEXT, None)["document"]))


def _keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, below in value.items():
            yield name
            yield from _keys(below)
    elif isinstance(value, list):
        for below in value:
            yield from _keys(below)


@cache
def _modules() -> tuple[ModuleType, ModuleType]:
    before = list(sys.path)
    from epcis_event_hash_generator import dl_normaliser, hash_generator, json_to_py  # noqa: PLC0415

    sys.path[:] = before
    for module in (dl_normaliser, hash_generator, json_to_py):
        module.logging = logging.getLogger(_PACKAGE)
    # A third of its time goes into pictures for a log that nobody reads, and into copies of what is ours alone.
    json_to_py.json = SimpleNamespace(dumps=lambda *_, **__: "")
    hash_generator.copy = SimpleNamespace(deepcopy=lambda value: value)
    json_to_py.jsonld.set_document_loader(_bundled)
    return hash_generator, json_to_py


def _bundled(url: str, _options: object) -> dict[str, Any]:
    if url != CONTEXT:
        raise ValueError(url)
    text = importlib.resources.files(_PACKAGE).joinpath(_CONTEXT_FILE).read_text("utf-8")
    # "static" lets the JSON-LD processor keep what it made of the context.
    return {"contextUrl": None, "documentUrl": url, "document": json.loads(text), "tag": "static"}
