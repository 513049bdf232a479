"""The resolver: a Digital Link leads to its page, or to what was asked for (GS1-Conformant resolver standard 1.2).

The views decide what a code is; here it is decided where it leads, and in which form that is said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web import answers, paths, resolver_links, words
from scanner_web.answers import Unknown
from scanner_web.resolver_links import DEFAULT, EPCIS, VARIANTS, VOCABULARY, Link
from scanner_web.words import t
from trace.identifiers import DigitalLink
from trace.services import links
from trace.services.context import Context
from trace.services.links import Level

CONTEXT = "https://ref.gs1.org/standards/resolver/linkset-context"
"""GS1's JSON-LD context of linksets."""

_HTML, _JSON = "text/html", "application/json"
_LINKSET, _LD = "application/linkset+json", "application/ld+json"
_LISTS = ("linkset", "all")


def resolve(
    link: DigitalLink, unknown: Callable[[], AnyResponse], *, compressed: bool = False
) -> AnyResponse:
    """The answer to a Digital Link. Where the very thing is not known, ``unknown`` says so and what of it is."""
    path = link.uri.removeprefix(paths.GS1)
    if request.method == "OPTIONS":
        return linked(current_app.make_default_options_response(), path, same_as=compressed)
    levels = links.levels(_ctx(), link.uri)
    if not levels:
        return unknown()
    known = levels[0].uri == link.uri
    response = (
        _listed(levels)
        or _asked(levels, None if known else unknown)
        or (_default(levels, paths.PAGE + path) if known else unknown())
    )
    return linked(response, path, same_as=compressed)


def of_batch(uri: str) -> AnyResponse | None:
    """The answer about a batch without a GTIN where a program asks for links; None where the page is meant."""
    if not (request.args.get("linkType") or _wants_linkset()):
        return None
    levels = links.levels(_ctx(), uri)
    response = _listed(levels) or _asked(levels)
    return response and linked(response, paths.batch_path(uri, _ctx().base_url))


def linked(response: AnyResponse, path: str, *, same_as: bool = False) -> AnyResponse:
    """With the Link header: where the linkset is, and what a compressed link stands for.

    It is one header, since there are clients that keep the last of several, GS1's test suite among them.
    """
    own = _ctx().base_url + path
    linkset = resolver_links.with_query(own, "linkType=linkset")
    told = [*response.headers.getlist("Link"), f'<{linkset}>; rel="linkset"; type="{_LINKSET}"']
    told += [f'<{own}>; rel="owl:sameAs"'] if same_as else []
    response.headers["Link"] = ", ".join(told)
    return response


def describe() -> AnyResponse:
    """The resolver description file (section 3 of the standard)."""
    return _json(
        {
            "name": "Trace",
            "resolverRoot": _ctx().base_url,
            "supportedPrimaryKeys": sorted(paths.PAGES),
            "supportedLinkType": [{"namespace": VOCABULARY, "prefix": "gs1:"}],
            "linkTypeDefaultCanBeLinkset": False,
            "jsonLdContextLocation": CONTEXT,
        }
    )


def facts(kind: str) -> AnyResponse:
    """Public facts about a thing, fresh at each request."""
    found = _FACTS[kind](_ctx(), links.subject(_ctx(), request.args.get("of", "")))
    if found is None:
        return answers.unknown(Unknown("unknown_code", "page_unknown_title", t("page_unknown_batch")))
    return _json(found)


_FACTS = {"recall": links.recall_status, "certification": links.certification, "master": links.master_data}


# -- which answer ----------------------------------------------------------------------------------------------


def _ctx() -> Context:
    found: Context = current_app.extensions["trace"]
    return found


def _wants_linkset() -> bool:
    return request.accept_mimetypes.best_match([_HTML, _JSON, _LINKSET]) == _LINKSET


def _listed(levels: tuple[Level, ...]) -> AnyResponse | None:
    """The linkset, where it is asked for: never a redirect."""
    asked = request.args.get("linkType")
    if not (_wants_linkset() if asked is None else asked in _LISTS):
        return None
    locale = words.current().locale
    body = resolver_links.linkset(levels, _ctx().base_url, locale)
    form = request.accept_mimetypes.best_match([_LINKSET, _JSON, _LD, _HTML], default=_LINKSET)
    if form == _HTML:
        return make_response(render_template("links.html", levels=_shown(levels)))
    if form == _LD:
        body = {"@context": CONTEXT, **body}
    response = _json(body, form)
    if form != _LD:
        response.headers.add("Link", f'<{CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"; type="{_LD}"')
    return response


def _shown(levels: tuple[Level, ...]) -> list[tuple[Level, list[Link]]]:
    """For a page: of each thing what a person can open."""
    base = _ctx().base_url
    told = ((level, resolver_links.links_of(level, base)) for level in levels)
    return [(level, [link for link in found if link.rel not in (DEFAULT, VARIANTS)]) for level, found in told]


def _asked(levels: tuple[Level, ...], unknown: Callable[[], AnyResponse] | None = None) -> AnyResponse | None:
    """Where a link type is asked for: a redirect to it, 404 where there is none.

    ``unknown`` is the answer then, where the very thing is not known and nobody may read that it is.
    """
    asked = request.args.get("linkType")
    if asked is None:
        return None
    base, locale, accept = _ctx().base_url, words.current().locale, request.accept_mimetypes
    rel = resolver_links.rel_of(asked)
    link = resolver_links.choose(levels, rel, base, accept, locale) if rel else None
    if link is None:
        return unknown() if unknown else answers.unknown(_no_such_link(levels[0], asked))
    if link.rel == EPCIS and accept.best_match([_HTML, _JSON]) == _JSON:
        return _json(resolver_links.authorised(link, base, locale))
    return _go(link)


def _no_such_link(level: Level, asked: str) -> Unknown:
    """That a code has no link of a type, with the way to what it has."""
    page = resolver_links.links_of(level, _ctx().base_url)[0]
    every = paths.links_path(page.path)
    leads = ((page.title, page.path), *((("page_links", every),) if every else ()))
    why = t("page_unknown_link_why")
    return Unknown("unknown_link_type", "page_unknown_link", why, asked[:100], leads=leads)


def _default(levels: tuple[Level, ...], page: str) -> AnyResponse:
    """The default link, ``page``, or the form of it that a request prefers."""
    accept, locale = request.accept_mimetypes, words.current().locale
    link = resolver_links.choose(levels, VARIANTS, _ctx().base_url, accept, locale)
    if link is None or link.type == _HTML or not accept.quality(link.type):
        return _go(Link(DEFAULT, page, ""))
    return _go(Link(VARIANTS, resolver_links.with_query(page, "as=json"), ""))


def _go(link: Link) -> AnyResponse:
    """A redirect that keeps the method and, where the link wants it, takes the query along.

    Who came by another name than the service's own is not sent away from it.
    """
    target = link.path
    if link.forwards:
        there = {item.partition("=")[0] for item in target.partition("?")[2].split("&")} | {"linkType"}
        items = request.query_string.decode("latin-1").split("&")
        kept = [item for item in items if item and item.partition("=")[0] not in there]
        target = resolver_links.with_query(target, "&".join(kept))
    own = request.host == urlsplit(_ctx().base_url).netloc  # the scheme may be a proxy's
    return redirect(f"{_ctx().base_url}{target}" if own else target, 307)


def _json(body: Any, media: str = _JSON) -> AnyResponse:
    response = make_response(current_app.json.dumps(body, ensure_ascii=False))
    response.mimetype = media
    return response


__all__ = ["describe", "facts", "linked", "of_batch", "resolve"]
