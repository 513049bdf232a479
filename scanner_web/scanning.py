"""/scan: a code by camera, by photo or typed, and where it leads. No other public page may run WebAssembly."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web import answers, paths
from scanner_web.answers import Unknown
from scanner_web.lookup import Lookup
from scanner_web.words import t
from trace.identifiers import GTIN, SSCC, InvalidIdentifier, ShortCode, scanned
from trace.identifiers.rules import GTIN_LENGTHS
from trace.identifiers.scanning import FNC1
from trace.services import serials
from trace.services.context import Context

CSP = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_LONGEST = 300

blueprint = Blueprint("scanning", __name__)
blueprint.context_processor(answers.template_words)


@blueprint.after_request
def allow_camera(response: Response) -> Response:
    """The page's own policy, in the place of the one that every public page has."""
    response.headers["Content-Security-Policy"] = CSP
    response.headers["Permissions-Policy"] = "camera=(self), microphone=()"
    return response


blueprint.after_request(answers.protect)  # the last one is the first that is asked


@blueprint.get("/scan")
def scan() -> AnyResponse:
    """Camera, photo and field; with a code, the page that it opens."""
    text = request.args.get("code", "").strip(" \t\r\n")
    if not text:
        return answers.page("scan.html", {})
    if len(text) > _LONGEST:
        return answers.unknown(Unknown("unknown_code", "page_unknown_title", t("page_unknown_long"), ""))
    path = _path(text)
    return path if isinstance(path, Response) else answers.go(path)


def _path(text: str) -> str | Response:
    """The page of what a text stands for: a label made here, somebody's own code as it is, what it can be read as."""
    ctx: Context = current_app.extensions["trace"]
    lookup = Lookup(ctx)
    if (label := serials.label(ctx, text)) is not None:
        return f"/s/{label}"
    if (known := lookup.path(text)) is not None:
        return known
    try:
        uri = scanned(text, ctx.base_url, item=True)
    except InvalidIdentifier as error:
        return _unknown(text, error)
    return _leads(uri, ctx.base_url) or lookup.path(uri) or _unknown(text, _misread(uri))


def _leads(uri: str, base_url: str) -> str | None:
    """The path of a URI that says by itself where its page is, known or not; short links also of other hosts."""
    if uri.startswith(f"{paths.GS1}/"):
        return paths.PAGE + uri.removeprefix(paths.GS1)
    if uri.startswith(f"{base_url}/"):
        path = uri.removeprefix(base_url)
        return path if path.startswith(("/t/", "/s/", "/p/", "/g/", "/d/")) else None
    path = "/" + uri.partition("://")[2].partition("/")[2]
    return path.partition("?")[0] if path.lower().startswith("/t/") else None


def _misread(text: str) -> InvalidIdentifier | None:
    """What is wrong with a text that is almost a number or a code."""
    readers = []
    if text.isascii() and text.isdigit():
        readers = [GTIN.parse] * (len(text) in GTIN_LENGTHS) + [SSCC.parse] * (len(text) == 18)
    try:
        for read in readers:
            read(text)
        ShortCode.parse("".join(text.split()))
    except InvalidIdentifier as error:
        return error if readers or error.code == "short_code_check" else None
    return None


def _unknown(text: str, error: InvalidIdentifier | None) -> Response:
    shown = text.replace(FNC1, " ").strip()
    if error is None:
        missing = Unknown("unknown_batch", "page_unknown_title", t("page_unknown_batch"), shown)
    else:
        missing = Unknown(error.code, "page_unknown_misspelt", t(error.code, **error.params()), shown)
    return answers.unknown(missing, shown)
