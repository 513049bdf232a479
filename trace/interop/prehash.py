"""The text whose SHA-256 is an event's CBV 2.0 hash (section 8.9), for the events that most events are.

The reference implementation expands each document as JSON-LD first, which takes two milliseconds an event; that
is too long for something that is done while the ledger's head is held. What is here covers events without sensor
data and without structures that the reference treats by their names, and says None for any other. A twin test
holds both against each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from trace.interop.hash_reference import canonical_time, canonical_value, terms
from trace.interop.words import BIZ_STEP, DISPOSITION, SOURCE_DESTINATION, TRANSACTION, Vocabulary

_CBV = "https://ref.gs1.org/cbv/"
_EPC_LISTS = {"epcList", "inputEPCList", "outputEPCList", "childEPCs"}
_QUANTITY_LISTS = {"quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"}
_PLACES = {"readPoint", "bizLocation"}
_PAIRS = {
    "bizTransactionList": ("bizTransaction", TRANSACTION, "BTT"),
    "sourceList": ("source", SOURCE_DESTINATION, "SDT"),
    "destinationList": ("destination", SOURCE_DESTINATION, "SDT"),
}
_SCALARS = {
    "eventTime",
    "eventTimeZoneOffset",
    "parentID",
    "action",
    "transformationID",
    "bizStep",
    "disposition",
}
_SILENT = {"type", "eventID", "recordTime", "errorDeclaration"}
_PLAIN = _EPC_LISTS | _QUANTITY_LISTS | _PLACES | set(_PAIRS) | _SCALARS | _SILENT | {"ilmd"}
_ORDER = (
    *("eventTime", "eventTimeZoneOffset", "parentID", "epcList", "inputEPCList", "childEPCs", "quantityList"),
    *("childQuantityList", "inputQuantityList", "outputEPCList", "outputQuantityList", "action"),
    *("transformationID", "bizStep", "disposition", "readPoint", "bizLocation"),
)
_REMEMBERED = 200  # characters: names of goods, places and parties come again, long texts do not
_QUANTITY = ("epcClass", "quantity", "uom")


class _Unusual(Exception):
    """Something that only the reference implementation knows how to treat."""


def prehash(event: Mapping[str, Any], namespaces: Mapping[str, Any]) -> str | None:
    """The text to be hashed, or None where the event is not of the plain kind.

    ``event`` is without its ``@context``; ``namespaces`` are the IRIs of the prefixes that
    are declared around it.
    """
    try:
        return _Plain(event, namespaces).text()
    except _Unusual:
        return None


class _Plain:
    def __init__(self, event: Mapping[str, Any], namespaces: Mapping[str, Any]) -> None:
        self._event = event
        self._namespaces = namespaces
        self._words = self._bare_words()

    def text(self) -> str:
        if not isinstance(self._event["type"], str):
            raise _Unusual
        ordered = "".join(self._ordered(name) for name in _ORDER if name in self._event)
        rest: list[str] = []
        for name, value in self._event.items():
            if name in _PAIRS:
                rest += self._pairs(name, value)
            elif name == "ilmd" or name not in _PLAIN:
                rest += self._extension(name, value)
        return f"eventType={_scalar(self._event['type'])}{ordered}{''.join(sorted(rest))}"

    def _bare_words(self) -> frozenset[str]:
        """The CBV words of this event as web URIs: each stands for its bare form wherever that occurs in it."""
        found = set()
        for name, vocabulary, stem in (
            ("bizStep", BIZ_STEP, "BizStep"),
            ("disposition", DISPOSITION, "Disp"),
        ):
            if name in self._event:
                found.add(_word(self._event[name], vocabulary, stem))
        for name, (_, vocabulary, stem) in _PAIRS.items():
            for element in _listed(self._event.get(name, [])):
                if isinstance(element, Mapping) and "type" in element:
                    found.add(_word(element["type"], vocabulary, stem))
        return frozenset(found)

    def _ordered(self, name: str) -> str:
        value = self._event[name]
        if name in _EPC_LISTS:
            return self._list(name, [self._named("epc", epc) for epc in _listed(value)])
        if name in _QUANTITY_LISTS:
            return self._list(name, [self._quantity(element) for element in _listed(value)])
        if name in _PLACES:
            if not isinstance(value, Mapping) or set(value) != {"id"}:
                raise _Unusual
            return self._list(name, [self._named("id", value["id"])])
        if name == "eventTime":
            return f"{name}={canonical_time(_scalar(value))}"
        return self._named(name, value)

    @staticmethod
    def _list(name: str, elements: list[str]) -> str:
        return name + "".join(sorted(elements)) if any(elements) else ""

    def _quantity(self, element: object) -> str:
        if not isinstance(element, Mapping) or not set(element) <= set(_QUANTITY):
            raise _Unusual
        inner = "".join(self._named(name, element[name]) for name in _QUANTITY if name in element)
        return f"quantityElement{inner}" if inner else ""

    def _named(self, name: str, value: object) -> str:
        text = self._value(value)
        return f"{name}={text}" if text else ""

    def _pairs(self, name: str, value: object) -> list[str]:
        """Type and thing of each element, in this order however the sender wrote them."""
        thing = _PAIRS[name][0]
        found = []
        for element in _listed(value):
            if not isinstance(element, Mapping) or set(element) - {"type"} != {thing}:
                raise _Unusual
            parts = [part for part in ("type", thing) if part in element]
            found.append("".join(self._rest(part, element[part]) for part in parts))
        return [name + "".join(sorted(found))] if found else []

    def _extension(self, name: str, value: object) -> list[str]:
        """What the sender added, under full names; a list is its name repeated."""
        key = self._key(name)
        if isinstance(value, list):
            return [part for element in value for part in self._single(key, element)]
        return self._single(key, value)

    def _single(self, key: str, value: object) -> list[str]:
        if isinstance(value, Mapping):
            inner = [part for name, below in value.items() for part in self._extension(name, below)]
            return [key + "".join(sorted(inner))]
        return [self._rest(key, value)]

    def _rest(self, name: str, value: object) -> str:
        """An element outside the standard's order, which is named even where it is empty."""
        return f"{name}={self._value(value)}" if _scalar(value) else name

    def _key(self, name: str) -> str:
        prefix, separator, local = name.partition(":")
        if name == "ilmd":
            return name
        # The reference restructures by some names wherever they occur, and reads others as JSON-LD does.
        if local.endswith("List") or prefix in ("rdfs", "comment") or prefix.startswith(("@", "#")):
            raise _Unusual
        if separator:
            namespace = self._namespaces.get(prefix)
            if namespace is None:
                raise _Unusual
            return f"{{{namespace}}}{local}"
        if name in terms() or name.endswith(("List", "Quantity", "EPC", "EPCs")):
            raise _Unusual
        return name

    def _value(self, value: object) -> str:
        text = _scalar(value)
        meant = [word for word in self._words if word.endswith((f"-{text}", f"/{text}"))]
        if isinstance(value, str) and len(meant) == 1:
            text = meant[0]
        elif isinstance(value, str):
            prefix, separator, local = value.partition(":")
            namespace = self._namespaces.get(prefix) if separator else None
            text = text if namespace is None else f"{namespace}{local}".strip()
        return _canonical(text)


def _word(value: object, vocabulary: Vocabulary, stem: str) -> str:
    if not isinstance(value, str) or value not in vocabulary.words:
        raise _Unusual
    return f"{_CBV}{stem}-{value}"


def _scalar(value: object) -> str:
    """A value as text. Raises _Unusual for what is no text or number, and for URIs of GS1's own vocabularies."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise _Unusual
    text = str(value).strip()
    if "ref.gs1.org/cbv" in text or "gs1.org/voc" in text or text.startswith(("cbv:", "gs1:")):
        raise _Unusual
    return text


def _listed(value: object) -> list[object]:
    if not isinstance(value, list):
        raise _Unusual
    return value


def _canonical(text: str) -> str:
    return _remembered_value(text) if len(text) < _REMEMBERED else canonical_value(text)


_remembered_value = lru_cache(maxsize=8192)(canonical_value)
