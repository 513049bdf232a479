"""Master data of a captured document, read leniently: as evidence it is neither trusted nor refused.

EPCIS 2.0 (section 9.4, JSON binding of EPCISMasterData): ``vocabularyList`` of vocabularies, each with a
``type`` and a ``vocabularyElementList`` of ``{"id", "attributes": [{"id", "attribute"}], "children"}``. In
the field attributes are also nested as objects or put beside ``id``; all of these come out the same here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trace.identifiers import InvalidIdentifier, canonical

_STRUCTURE = frozenset({"id", "type", "attributes", "children", "isA"})
_LOCATIONS = frozenset({"location", "businesslocation", "readpoint", "site"})
_PARTIES = frozenset({"party", "owningparty", "sourcedest"})
_CLASSES = frozenset({"epcclass", "product", "tradeitem"})
_ADDRESS = ("streetAddressOne", "streetAddressTwo", "streetAddress", "city", "state", "countryCode")


@dataclass(frozen=True)
class Element:
    """One vocabulary element; ``type`` is location, party, class or the foreign word, ``uri`` canonical."""

    type: str
    uri: str
    attributes: Mapping[str, str]  # by short name (``name``, ``owning_party``), plain values alone
    data: Any  # the element as it came

    @property
    def name(self) -> str | None:
        """What to call it."""
        return _first(self.attributes, "name", "descriptionShort", "productName", "vesselName")

    @property
    def owner(self) -> str | None:
        """Whose it is: the owning party, else who gave the information."""
        uri = _first(self.attributes, "owning_party", "possessing_party", "informationProvider")
        return None if uri is None else lenient(uri)

    @property
    def address(self) -> str | None:
        """Street, city, state and country in one line."""
        return ", ".join(self.attributes[part] for part in _ADDRESS if self.attributes.get(part)) or None


def elements(header: Any) -> Iterator[Element]:
    """Every vocabulary element of a document's header, in the document's order."""
    master = _at(header, "epcisHeader", "epcisMasterData")
    if master is None:
        master = _at(header, "epcisMasterData")
    for vocabulary in _list(master, "vocabularyList", "vocabulary"):
        kind = _kind(vocabulary.get("type"))
        for element in _list(vocabulary, "vocabularyElementList", "vocabularyElement"):
            uri = element.get("id")
            if isinstance(uri, str) and uri:
                yield Element(kind, lenient(uri), dict(_attributes(element)), element)


def lenient(uri: str) -> str:
    """The canonical URI, or the text as it is where it is a malformed identifier."""
    try:
        return canonical(uri)
    except InvalidIdentifier:
        return uri


def class_candidates(batch: str) -> tuple[str, ...]:
    """The class URIs that a lot-level URN may belong to, longest first.

    GDST 1.1 URNs: lot class ``urn:gdst:x:product:lot:class:P.LOT`` belongs to product class
    ``urn:gdst:x:product:class:P``; both P and LOT may hold dots, so every dot is tried.
    """
    head, mark, tail = batch.partition(":lot:class:")
    if not mark:
        return ()
    parts = tail.split(".")
    return tuple(f"{head}:class:{'.'.join(parts[:n])}" for n in range(len(parts), 0, -1))


def _kind(type_: object) -> str:
    word = _short(str(type_ or "")).replace("_", "").lower()
    if word in _LOCATIONS:
        return "location"
    if word in _PARTIES:
        return "party"
    return "class" if word in _CLASSES else word


def _attributes(element: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in element.items():
        if name not in _STRUCTURE:
            yield from _plain(name, value)
    yield from _values(element.get("attributes"))


def _values(attributes: Any) -> Iterator[tuple[str, str]]:
    if isinstance(attributes, Mapping):
        for name, value in attributes.items():
            yield from _plain(name, value)
    elif isinstance(attributes, list):
        for item in attributes:
            if not isinstance(item, Mapping):
                continue
            name = item.get("id")
            if isinstance(name, str) and "attribute" in item:
                yield from _plain(name, item["attribute"])
            else:
                yield from _values(item)


def _plain(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield _short(name), value
    elif isinstance(value, Mapping) and isinstance(value.get("@value", value.get("#text")), str):
        yield _short(name), value.get("@value", value.get("#text"))
    elif isinstance(value, Mapping | list):
        yield from _values(value)


def _short(name: str) -> str:
    return name.rsplit("#", 1)[-1].rsplit("/", 1)[-1].rsplit(":", 1)[-1]


def _first(attributes: Mapping[str, str], *names: str) -> str | None:
    return next((attributes[name] for name in names if attributes.get(name)), None)


def _at(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _list(holder: Any, name: str, inner: str) -> list[Mapping[str, Any]]:
    found = _at(holder, name)
    if isinstance(found, Mapping):
        found = found.get(inner, found)
    if isinstance(found, Mapping):
        found = [found]
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []
