"""The addresses: the first page, typing a code, and what each kind of code opens."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, current_app, request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web import answers, chain, code_page, paths, resolver, words
from scanner_web.answers import Unknown
from scanner_web.lookup import Lookup
from scanner_web.model import BatchPage, ProductPage
from scanner_web.words import t
from trace.domain.refusals import Refusal
from trace.identifiers import DigitalLink, InvalidIdentifier, ShortCode
from trace.identifiers.compression import decompress
from trace.identifiers.rules import KEYS

blueprint = Blueprint(
    "scanner_web",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/assets",
)
blueprint.context_processor(answers.template_words)
blueprint.after_request(answers.protect)

_LONGEST = 300
_NOT_HERE = {
    "00": "page_unknown_unit",
    "8003": "page_unknown_unit",
    "414": "page_unknown_party",
    "417": "page_unknown_party",
}


def _lookup() -> Lookup:
    return Lookup(current_app.extensions["trace"])


@blueprint.get("/")
def home() -> AnyResponse:
    """Find a code by typing; what this is; the demo's codes."""
    codes = _lookup().demo(current_app.extensions["scanner_web.demo"])
    return answers.page("home.html", {"codes": [code.shown() for code in codes]}, codes=codes)


@blueprint.get("/a/<path:code>")
@blueprint.get("/a")
def alias(code: str = "") -> AnyResponse:
    """A foreign code: to the page of what it stands for."""
    text = code or request.args.get("uri", "")
    known = _lookup().path(text) if text else None
    if known is None:
        return _unknown("unknown_code", "page_unknown_batch", text)
    return answers.go(known, 307)


@blueprint.get("/t/<code>")
@blueprint.get("/T/<code>")
def short(code: str) -> AnyResponse:
    """A batch by its short code, however it is spelt."""
    page = _lookup().batch(code)
    if page is None:
        known = _lookup().path(code)
        return answers.go(known) if known else answers.unknown(no_code(code), code)
    if (links := resolver.of_batch(page.uri)) is not None:
        return links
    if page.path != request.path:
        return answers.go(page.path)
    return resolver.linked(batch_page(page), page.path)


@blueprint.get("/b")
def foreign() -> AnyResponse:
    """A batch whose URI is of another kind, such as ``urn:gdst:...``."""
    uri = request.args.get("uri", "")
    page = _lookup().batch(uri) if uri else None
    if page is None:
        return _unknown("unknown_batch", "page_unknown_batch", uri)
    return batch_page(page)


_KEY = f"<any({', '.join(repr(key) for key in KEYS)}):key>"


@blueprint.route(f"/{_KEY}/<path:rest>", methods=["GET", "OPTIONS"])
def digital_link(key: str, rest: str) -> AnyResponse:
    """A GS1 Digital Link: it leads to its page, or to what was asked for.

    OPTIONS is answered here because its answer says where the linkset is, as every other one does.
    """
    path = paths.raw_path(request.environ)
    query = request.query_string.decode("latin-1")
    try:
        link = paths.link_of(path, query)
    except InvalidIdentifier as error:
        if (short := decompress(path)) is not None:
            return _resolved(short, compressed=True)
        if request.method == "OPTIONS":  # else a browser could not read the 400 that is to come
            return current_app.make_default_options_response()
        return answers.unknown(_misspelt(error, f"({key}){rest}"), status=400)
    return _resolved(link)


@blueprint.get(f"{paths.PAGE}/{_KEY}/<path:rest>")
def page(key: str, rest: str) -> AnyResponse:
    """The page of a product, batch, logistic unit, place, party or returnable asset."""
    path = paths.raw_path(request.environ, paths.PAGE)
    try:
        link = paths.link_of(path)
    except InvalidIdentifier as error:
        return answers.unknown(_misspelt(error, f"({key}){rest}"), status=400)
    canonical = link.uri.removeprefix(paths.GS1)
    if not paths.same(path, canonical):
        return answers.go(paths.PAGE + canonical, 301)
    return _shown(link)


def _resolved(link: DigitalLink, *, compressed: bool = False) -> AnyResponse:
    return resolver.resolve(link, lambda: _shown(link), compressed=compressed)


def _shown(link: DigitalLink) -> AnyResponse:
    return _product(link) if link.key == "01" else _thing(link)


@blueprint.get("/.well-known/gs1resolver")
def description() -> AnyResponse:
    """What this resolver supports."""
    return resolver.describe()


@blueprint.get("/facts/<any(recall, certification, master):kind>")
def facts(kind: str) -> AnyResponse:
    """Public facts about a thing, for programs."""
    try:
        return resolver.facts(kind)
    except InvalidIdentifier as error:
        return answers.unknown(_misspelt(error, request.args["of"]), status=400)


@blueprint.get("/p/<id>")
@blueprint.get("/p/<id>/place")
def party(id: str) -> AnyResponse:
    """A business without a GLN."""
    page = _lookup().place(request.path)
    if page is None:
        return _unknown("unknown_party", "page_unknown_party", id)
    return answers.page("place.html", page)


@blueprint.get("/g/<id>")
def product(id: str) -> AnyResponse:
    """A product without a GTIN."""
    page = _lookup().product(request.path)
    if page is None:
        return _unknown("unknown_product", "page_unknown_product", id)
    return answers.page("product.html", page)


@blueprint.get("/<here:path>")
def nothing(path: str) -> AnyResponse:
    """A compressed Digital Link; for any other address an honest page, never a blank one."""
    if (link := decompress(f"/{path}")) is not None:
        return _resolved(link, compressed=True)
    try:
        if paths.is_link(f"/{path}"):  # a key without a value before its qualifiers
            paths.link_of(paths.raw_path(request.environ))
    except InvalidIdentifier as error:
        return answers.unknown(_misspelt(error, path), status=400)
    return _unknown("unknown_code", "page_unknown_address", path)


def batch_page(page: BatchPage) -> AnyResponse:
    """The page of a batch, with what is known of the code that opened it."""
    page = page if page.seen else replace(page, seen=code_page.of_batch(page.uri))
    code = page.code or page.label or "batch"
    name = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in code)
    return answers.page(
        "batch.html",
        page,
        here=words.here,
        runs=words.runs,
        chain_picture=chain.picture,
        chain_lines=chain.lines,
        bundle=_lookup().bundle_path(page),
        every_link=paths.links_path(page.path),
        command=f"python -m trace verify --bundle {name}.json",
    )


def _product(link: DigitalLink) -> AnyResponse:
    """A batch where the code says which; else the product, and what of it is known."""
    lookup = _lookup()
    lot, serial = link.get("10"), link.get("21")
    if lot is not None:
        uri = DigitalLink.of("01", link.value, (("10", lot),)).uri
        if (page := lookup.batch(uri, serial)) is not None:
            return batch_page(page) if serial is None else _item(page, serial)
    known = lookup.product(f"{paths.GS1}/01/{link.value}")
    if known is None:
        why = t("page_unknown_gtin", gtin=link.value)
        return answers.unknown(Unknown("unknown_product", "page_unknown_title", why, _read(link)))
    if lot is not None or serial is not None:
        return answers.unknown(_known_product(link, known))
    return answers.page("product.html", known, every_link=paths.links_path(known.product.path))


def _item(page: BatchPage, serial: str) -> AnyResponse:
    try:
        seen = code_page.of_serial(page.uri, serial)
    except Refusal as refusal:
        return code_page.refused(refusal, page.path)
    return batch_page(replace(page, seen=seen))


def _known_product(link: DigitalLink, known: ProductPage) -> Unknown:
    lot = link.get("10")
    if lot is None:
        why = t("page_unknown_serial", serial=link.get("21"))
    else:
        why = t("page_unknown_lot", product=known.product.name, lot=lot)
    return Unknown("unknown_batch", "page_unknown_half", why, _read(link), known.product)


def _thing(link: DigitalLink) -> AnyResponse:
    lookup = _lookup()
    every = paths.links_path(paths.PAGE + link.uri.removeprefix(paths.GS1))
    if link.key in ("414", "417") and (place := lookup.place(link.uri)) is not None:
        return answers.page("place.html", place, every_link=every)
    if link.key in ("00", "8003") and (unit := lookup.unit(link.uri)) is not None:
        return answers.page("unit.html", unit, every_link=every)
    return _unknown("unknown_code", _NOT_HERE.get(link.key, "page_unknown_kind"), _read(link))


def _read(link: DigitalLink) -> str:
    """The code as it is printed for people: application identifiers in brackets."""
    return "".join(f"({ai}){value}" for ai, value in ((link.key, link.value), *link.qualifiers))


def _unknown(code: str, why: str, read: str) -> AnyResponse:
    return answers.unknown(Unknown(code, "page_unknown_title", t(why), read[:_LONGEST]))


def _misspelt(error: InvalidIdentifier, read: str) -> Unknown:
    return Unknown(error.code, "page_unknown_misspelt", t(error.code, **error.params()), read[:_LONGEST])


def no_code(read: str) -> Unknown:
    """A short code that is misspelt is told from one that is well-formed and not known here."""
    text = read.strip("/").rsplit("/", 1)[-1]
    try:
        ShortCode.parse(text)
    except InvalidIdentifier as error:
        if error.code == "short_code_check":
            return _misspelt(error, text)
    return Unknown("unknown_batch", "page_unknown_title", t("page_unknown_batch"), text[:_LONGEST])
