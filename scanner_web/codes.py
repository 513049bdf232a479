"""Addresses of serial codes: ``/t/{code}/{serial}``, ``/s/{serial}``, and what is asked on their pages.

A serial of a batch with a GTIN is a Digital Link (``views.digital_link``) and has its page below ``/page``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flask import current_app, request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web import answers, code_page, paths, told, views
from scanner_web.lookup import Lookup
from scanner_web.model import CodeSeen
from scanner_web.views import blueprint
from scanner_web.words import t
from trace.domain.refusals import Invalid, Refusal, UnknownBatch
from trace.domain.serials import CoverPaused, NoCover
from trace.identifiers import InvalidIdentifier
from trace.services import serials, sightings
from trace.services.context import Context
from trace.services.serials import Code
from trace.services.sightings import Uncovered

_LONGEST = 100  # typed characters that are looked at


@blueprint.get("/t/<code>/<serial>")
@blueprint.get("/T/<code>/<serial>")
def item(code: str, serial: str) -> AnyResponse:
    """One carton or item of a batch, by the batch's short code and its serial."""
    page = Lookup(_ctx()).batch(code)
    if page is None:
        return answers.unknown(views.no_code(code), code)
    return _opened(lambda: serials.of_batch(_ctx(), page.uri, serial), page.path)


@blueprint.get("/s/<serial>")
@blueprint.get("/S/<serial>")
def label(serial: str) -> AnyResponse:
    """A pre-printed label: the page of the batch that it stands for."""
    return _opened(lambda: serials.of_roll(_ctx(), serial))


# -- what is asked on the page of a serial -------------------------------------------------------------------------


@blueprint.route("/t/<path:rest>/<any(seen, cover):what>", methods=["GET", "POST"])
@blueprint.route("/s/<path:rest>/<any(seen, cover):what>", methods=["GET", "POST"])
@blueprint.route(f"{paths.PAGE}/01/<path:rest>/<any(seen, cover):what>", methods=["GET", "POST"])
def asked(rest: str, what: str) -> AnyResponse:
    """The place where somebody has it in hand, or the code under the scratch layer; both lead to the page again."""
    here = _here(f"/{what}")
    if request.method == "GET":  # somebody changes the language, or comes back
        page = paths.PAGE if request.path.startswith(f"{paths.PAGE}/") else ""
        return answers.go(page + here)
    try:
        code = serials.find(_ctx(), _ctx().base_url + here)
    except (UnknownBatch, InvalidIdentifier):
        return answers.unknown(views.no_code(rest))
    except Refusal as refusal:
        return code_page.refused(refusal)
    return _ASKED[what](code)


def _seen(code: Code) -> AnyResponse:
    try:
        seen = code_page.of_code(code, place=_place(), look=False)
    except Invalid:
        return _refused(code, t("code_seen_place"), 422)
    return _done(code, seen, None)


def _cover(code: Code) -> AnyResponse:
    try:
        found = sightings.uncover(_ctx(), code, request.form.get("cover", "")[:_LONGEST])
    except (CoverPaused, NoCover) as refusal:
        status = 429 if isinstance(refusal, CoverPaused) else 404
        return _refused(code, t(refusal.code, **refusal.params()), status)
    return _done(code, code_page.of_code(code, look=False), found)


def _done(code: Code, seen: CodeSeen, found: Uncovered | None) -> AnyResponse:
    """For a person the page's address with what came of it, so that loading it again sends nothing again."""
    if answers.preferred() != "text/html":
        return answers.page("", replace(seen, uncovered=found))
    return answers.go(f"{code_page.path_of(code)}?{told.signed(_ctx(), code.uri, found)}", 303)


def _refused(code: Code, problem: str, status: int) -> AnyResponse:
    seen = replace(code_page.of_code(code, look=False), problem=problem)
    if answers.preferred() != "text/html":
        return answers.page("", seen, status)
    response = _shown(seen, code)
    response.status_code = status
    return response


_ASKED: dict[str, Callable[[Code], AnyResponse]] = {"seen": _seen, "cover": _cover}


def _opened(find: Callable[[], Code], batch_path: str | None = None) -> AnyResponse:
    try:
        code = find()
    except Refusal as refusal:
        return code_page.refused(refusal, batch_path)
    if (path := code_page.path_of(code)) != request.path:
        return answers.go(path)
    return _shown(code_page.of_code(code), code)


def _shown(seen: CodeSeen, code: Code) -> AnyResponse:
    page = Lookup(_ctx()).batch(code.batch, code.serial)
    if page is None:  # a batch does not go away
        return answers.unknown(views.no_code(code.serial))
    return views.batch_page(replace(page, seen=seen))


# -- inside ----------------------------------------------------------------------------------------------------


def _ctx() -> Context:
    found: Context = current_app.extensions["trace"]
    return found


def _here(ending: str) -> str:
    """The path of the code that a form stands under, as it was sent: a lot may have a slash of its own."""
    sent = {name: request.environ.get(name, "") for name in ("REQUEST_URI", "RAW_URI", "PATH_INFO")}
    cut = {name: value.partition("?")[0].removesuffix(ending) for name, value in sent.items()}
    return paths.raw_path({**request.environ, **cut}, paths.PAGE)


def _place() -> tuple[float, float]:
    """Degrees north and east as they were sent. Raises Invalid."""
    try:
        sent = request.get_json(silent=True) if request.is_json else request.form
        return float(sent["latitude"]), float(sent["longitude"])  # type: ignore[index]
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
        raise Invalid(field="place", value="", expected="latitude, longitude") from None
