"""What a page says of the very code that opened it: whether it is good, how often it was looked at, and whether
something speaks for copies."""

from __future__ import annotations

import hashlib
import ipaddress
import re

from flask import current_app, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web import answers, paths, told
from scanner_web.answers import Unknown
from scanner_web.model import CodeSeen
from scanner_web.words import t
from trace.domain.refusals import Refusal
from trace.domain.serials import shown
from trace.services import serials, sightings
from trace.services.context import Context
from trace.services.serials import Code

_MACHINES = re.compile("bot|crawl|spider|slurp|preview|monitor|curl|wget|python-|java/|go-http", re.I)


def of_batch(uri: str, serial: str | None = None) -> CodeSeen:
    """What is known of a batch's code, this look at it counted; with a serial that is not ours to judge."""
    _count(uri)
    seen = sightings.scanned(_ctx(), uri)
    return CodeSeen(seen.count, seen.first, serial)


def of_serial(batch_uri: str, serial: str) -> CodeSeen:
    """What is known of a serial of a batch, this look counted.

    Raises SerialMisspelt, SerialForged, SerialNotIssued, where the batch's serials come from here.
    """
    if not serials.has_serials(_ctx(), batch_uri):
        return of_batch(batch_uri, serial)
    return of_code(serials.of_batch(_ctx(), batch_uri, serial))


def of_code(code: Code, *, place: tuple[float, float] | None = None, look: bool = True) -> CodeSeen:
    """What is known of a serial that is good, its place noted where one is given.

    ``look``: this opens the page. It is counted, but for a page that says what came of a form: that is the same look.
    """
    said = told.read(_ctx(), code.uri, request.args.get(told.QUERY, "")) if look else None
    if look and said is None:
        _count(code.uri)
    seen = sightings.scanned(_ctx(), code.uri, place, code=code)
    return CodeSeen(
        count=seen.count,
        first=seen.first,
        serial=shown(code.serial),
        label=code.serial if code.roll else None,
        genuine=True,
        path=path_of(code),
        cover=code.cover,
        clone=seen.clone,
        cleared=seen.cleared,
        told=place is not None or (said is not None and said.uncovered is None),
        uncovered=said.uncovered if said else None,
        asked=said.at if said else None,
    )


def path_of(code: Code) -> str:
    """Where a serial's page is."""
    if code.uri.startswith(f"{paths.GS1}/"):
        return paths.PAGE + code.uri.removeprefix(paths.GS1)
    return code.uri.removeprefix(_ctx().base_url)


def refused(refusal: Refusal, batch_path: str | None = None) -> AnyResponse:
    """The honest page for a serial that is made up, misread or not in use yet; problem+json for a program."""
    kind = {"serial_misspelt": "misspelt", "serial_unbound": "unbound"}.get(refusal.code, "forged")
    if answers.preferred() == "text/html":
        told = {part: t(f"code_refused_{kind}{part and '_'}{part}") for part in ("", "text", "do")}
        values = {"kind": kind, "told": told, "serial": refusal.params()["serial"], "batch_path": batch_path}
        return make_response(render_template("code_refused.html", **values), 404)
    why = t(refusal.code, **refusal.params())
    return answers.unknown(Unknown(refusal.code, f"code_refused_{kind}", why, request.path))


# -- counting ----------------------------------------------------------------------------------------------------


def _ctx() -> Context:
    found: Context = current_app.extensions["trace"]
    return found


def _count(uri: str) -> None:
    if _is_look():
        sightings.looked(_ctx(), uri, _client())


def _is_look() -> bool:
    """Whether a person opens a page: no program, no machine that fetches everything, nothing fetched in advance."""
    agent = request.headers.get("User-Agent", "")
    early = "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))
    is_page = request.method == "GET" and answers.preferred() == "text/html"
    return is_page and bool(agent) and not early and not _MACHINES.search(agent)


def _client() -> str:
    """A coarse key of who looks: the network (/24, /48) and the browser. It is hashed and forgotten, see ``tally``."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
        network = str(ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False))
    except ValueError:  # a socket has no address
        network = ""
    agent = hashlib.sha256(request.headers.get("User-Agent", "").encode()).hexdigest()
    return f"{network} {agent}"
