"""Everything that anybody can ask this service for: every page and file, and every address of the interface.

``Reader`` asks for all of it and keeps what came, as text, whatever it came as.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import product
from typing import Any
from urllib.parse import quote

import pypdfium2
from flask import Flask
from werkzeug.test import TestResponse

from tests.web.desk import Browser
from tests.web.test_every_page import PAGES
from tests.web.town import Town
from trace.services.reporting import FORMS

EPCIS_ALL = "/epcis/events?perPage=1000"
"""Every event that the reader may know of; the other addresses of the binding are parts of it."""


@dataclass
class Reader:
    """Somebody with a browser and perhaps an API key; what he was shown, by the address he asked for."""

    name: str
    browser: Browser | None
    token: str | None
    app: Flask
    shown: dict[str, str] = field(default_factory=dict)

    def look_everywhere(self, addresses: Iterable[str]) -> None:
        """Ask for all of it: pages in the session, the interface with the key."""
        client = self.app.test_client()
        for address in addresses:
            program = address.startswith(("/api/", "/epcis"))
            if program or self.browser is None:
                key = {"Authorization": f"Bearer {self.token}"} if self.token and program else {}
                answer = client.get(address, headers={"Accept-Language": "zh", **key})
            else:
                answer = self.browser.get(address)
            assert answer.status_code < 500, (self.name, address, answer.text)
            self.shown[address] = text_of(answer)

    def sees(self, words: str) -> list[str]:
        """Where he was shown these words; an address that he knew them by himself does not count."""
        spelt = (words, quote(words))
        return [
            address
            for address, text in self.shown.items()
            if not any(one in address for one in spelt) and any(one in text for one in spelt)
        ]


# -- what came, as text --------------------------------------------------------------------------------------


def text_of(answer: TestResponse) -> str:
    """The words in an answer, whatever it is: a page, JSON with bodies in it, a sheet, a PDF, a folder of them."""
    return _text(answer.data, answer.mimetype)


def _text(data: bytes, kind: str) -> str:
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as folder:
            return "\n".join(_text(folder.read(name), "") for name in folder.namelist())
    if data[:5] == b"%PDF-":
        with pypdfium2.PdfDocument(data) as document:
            return "\n".join(page.get_textpage().get_text_range() for page in document)
    if kind.startswith("image/jp"):
        return hashlib.sha256(data).hexdigest()  # as which photos are known
    text = data.decode("utf-8", "replace")
    if kind.endswith("json") or text[:1] == "{":
        try:
            return "\n".join(_strings(json.loads(text)))
        except ValueError:
            return text
    return text


def _strings(value: Any) -> Iterator[str]:
    """Every text and number in JSON, and what stands in those of them that are base64."""
    if isinstance(value, dict):
        for name, below in value.items():
            yield name
            yield from _strings(below)
    elif isinstance(value, list):
        for below in value:
            yield from _strings(below)
    else:
        yield str(value)
        if isinstance(value, str) and len(value) > 40:
            try:
                yield base64.b64decode(value, validate=True).decode("utf-8", "replace")
            except binascii.Error:
                return


# -- all there is --------------------------------------------------------------------------------------------


def pages(town: Town) -> Iterator[str]:
    """Every page of ``PAGES``, of each batch where it is of one."""
    names = asdict(town)
    for _, path in PAGES.values():
        for batch in (town.apples, town.juice) if "{apples}" in path else (town.apples,):
            yield path.format(**{**names, "apples": batch})


def files(town: Town, entries: Iterable[int], photo: str, maker: str) -> Iterator[str]:
    """What pages lead to and is none: entries, papers to print, sheets, evidence, photos."""
    for index in entries:
        yield f"/desk/entries/{index}"
        yield f"/desk/receive/{index}"
        yield f"/photos/{photo}?entry={index}"
    for form in FORMS:
        yield f"/desk/ledgers/{form}"
    yield "/desk/ledgers/goods-in.xlsx"
    yield "/desk/ledgers/sales.csv"
    yield f"/desk/labels.pdf?batch={town.apples}&count=1&first=1"
    for area in ("/p", "/inspect/party", "/operate/parties"):
        yield f"{area}/{maker}"
    for batch in (town.apples, town.juice):
        yield f"/desk/ship?batch={batch}"
        for what in ("all", "bundle", "report"):
            yield f"/inspect/batch/{batch}/evidence/{what}"
    for kind in ("recall", "certification", "master"):
        yield f"/facts/{kind}?of={town.apples}"


def interface(spec: Mapping[str, Any], known: Mapping[str, list[str]]) -> Iterator[str]:
    """Every GET of the interface as published, with each of the ``known`` values wherever it takes one.

    An address that takes something ``known`` has no values for fails: nobody would have tried it.
    """
    for path, operations in spec["paths"].items():
        if "get" not in operations:
            continue
        named = re.findall(r"\{(\w+)\}", path)
        assert set(named) <= set(known), f"{path}: with what is it to be asked for?"
        for values in product(*(known[name] for name in named)):
            filled = path
            for name, value in zip(named, values, strict=True):
                filled = filled.replace(f"{{{name}}}", quote(value, safe=""))
            yield filled
            for query in QUERIES.get(path, ()):
                yield f"{filled}?{query.format(**{name: quote(each[0], safe='') for name, each in known.items()})}"


QUERIES = {
    "/api/v1/batches": ("limit=200",),
    "/api/v1/batches/{batch}/bundle": ("full=true",),
    "/api/v1/batches/{batch}/serials": ("first=1&limit=2",),
    "/api/v1/batches/{batch}/trace": ("direction=back", "direction=forward"),
    "/api/v1/holdings": ("party={party}",),
    "/api/v1/shipments": ("party={party}&direction=both", "direction=both&state=settled"),
    "/api/v1/offers": ("party={party}",),
    "/api/v1/exports/{form}": (
        "batch={batch}&format=json",
        "party={party}&format=json&from=2026-11-01&to=2026-11-30",
        "format=json&from=2026-11-01&to=2026-11-30",
    ),
}
"""What else is asked for at an address, beside the address alone."""
