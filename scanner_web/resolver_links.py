"""Which links lead on from a thing, as the GS1 Web vocabulary names them, and which of them a request is for.

Source: GS1-Conformant resolver standard 1.2, sections 2.5 (links and their attributes) and 2.6 (which is chosen).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from werkzeug.datastructures import MIMEAccept

from scanner_web import paths
from trace.i18n import Locale, text
from trace.services.links import Kind, Level

VOCABULARY = "https://ref.gs1.org/voc/"
DEFAULT, VARIANTS, EPCIS = "defaultLink", "defaultLinkMulti", "epcis"

_HTML, _JSON = "text/html", "application/json"
_TYPE = re.compile(r"(?:gs1:|https?://(?:(?:ref|www)\.)?gs1\.org/voc/)([A-Za-z]+)")
_ITEM = re.compile("/21/[^/]+$")


@dataclass(frozen=True)
class Link:
    """A target here. ``rel`` is the link type's name in the vocabulary, ``title`` the code of its words.

    ``forwards``: whether the query of a request goes along to it.
    """

    rel: str
    path: str
    title: str
    type: str = ""
    languages: tuple[str, ...] = ()
    forwards: bool = True

    def described(self, base_url: str, locale: Locale) -> dict[str, Any]:
        """The link as a target object of RFC 9264."""
        target: dict[str, Any] = {"href": base_url + self.path, "title": text(self.title, locale)}
        target |= {"type": self.type} if self.type else {}
        target |= {"hreflang": list(self.languages)} if self.languages else {}
        return target | ({} if self.forwards else {"fwqs": False})


def links_of(level: Level, base_url: str) -> tuple[Link, ...]:
    """Everything that leads on from a thing; the first is its default link."""
    page = paths.batch_path(level.uri, base_url)
    data = with_query(page, "as=json")
    title, shows = _SHOWS[level.kind]
    both = ("zh", "en")
    return (
        Link(DEFAULT, page, title),
        Link(VARIANTS, page, title, _HTML, both),
        Link(VARIANTS, data, "link_data", _JSON),
        Link(shows, page, title, _HTML, both),
        Link(shows, data, "link_data", _JSON),
        *(
            Link("pip", with_query(page, f"lang={language}"), f"link_page_{language}", _HTML, (language,))
            for language in both
            if level.kind in (Kind.BATCH, Kind.PRODUCT)
        ),
        *_events(level),
        *_facts(level),
    )


# What a thing's page is called, and the type of link that says what the page shows.
_SHOWS = {
    Kind.BATCH: ("link_page_batch", "traceability"),
    Kind.PRODUCT: ("link_page_product", "traceability"),
    Kind.UNIT: ("link_page_unit", "traceability"),
    Kind.PLACE: ("link_page_place", "locationInfo"),
}


def _events(level: Level) -> Iterable[Link]:
    """The events that name a batch, an item or a unit; who may read which of them is for /epcis to say."""
    if level.kind is Kind.BATCH:
        name = "MATCH_anyEPC" if _ITEM.search(level.uri) else "MATCH_anyEPCClass"
    elif level.kind is Kind.UNIT:
        name = "MATCH_anyEPC"
    else:
        return
    yield Link(
        EPCIS, f"/epcis/events?{name}={quote(level.uri, safe='')}", "link_epcis", _JSON, forwards=False
    )


def _facts(level: Level) -> Iterable[Link]:
    of = quote(level.of, safe="")
    if level.kind is Kind.BATCH:
        yield Link("recallStatus", f"/facts/recall?of={of}", "link_recall", _JSON)
    if level.kind is not Kind.UNIT:
        yield Link("certificationInfo", f"/facts/certification?of={of}", "link_certification", _JSON)
        yield Link("masterData", f"/facts/master?of={of}", "link_master", _JSON)


def linkset(levels: Sequence[Level], base_url: str, locale: Locale) -> dict[str, Any]:
    """The linkset of a thing and of all above it (RFC 9264, section 4.2). Titles are in the reader's language."""
    contexts = []
    for level in levels:
        context: dict[str, Any] = {"anchor": anchor(level, base_url), "itemDescription": level.name}
        for link in links_of(level, base_url):
            context.setdefault(VOCABULARY + link.rel, []).append(link.described(base_url, locale))
        contexts.append(context)
    return {"linkset": contexts}


def anchor(level: Level, base_url: str) -> str:
    """The thing's own link at this resolver, never compressed."""
    return level.uri.replace(f"{paths.GS1}/", f"{base_url}/", 1)


def rel_of(asked: str) -> str | None:
    """The name of a link type, however its namespace is spelt; None for one of another vocabulary."""
    found = _TYPE.fullmatch(asked)
    return found[1] if found else None


def choose(
    levels: Sequence[Level], rel: str, base_url: str, accept: MIMEAccept, locale: Locale
) -> Link | None:
    """The link of this type that fits a request best, on the finest level that has one of it.

    Language counts before media type; of those that fit alike the first.
    """
    for level in levels:
        fitting = [link for link in links_of(level, base_url) if link.rel == rel]
        if fitting:
            return max(fitting, key=lambda link: (_speaks(link, locale), _quality(link, accept)))
    return None


def _speaks(link: Link, locale: Locale) -> bool:
    return not link.languages or locale in link.languages


def _quality(link: Link, accept: MIMEAccept) -> float:
    return float(accept.quality(link.type)) if link.type and accept else 1.0


def with_query(path: str, query: str) -> str:
    """A path with a query, or with more of it."""
    return f"{path}{'&' if '?' in path else '?'}{query}" if query else path


def authorised(link: Link, base_url: str, locale: Locale) -> list[Mapping[str, Any]]:
    """How GDST clients are told where to ask for events: the interface, and that it needs a key (GDST 1.2)."""
    told = {"linkType": f"gs1:{link.rel}", "link": f"{base_url}/epcis", "title": text(link.title, locale)}
    return [{**told, "type": link.type, "authRequired": True}]
