"""What every resource of the binding shares: who asks, in which form, page by page, and how it is refused.

``resource`` takes the methods of one address; a view is given a Call and the address's names, and returns what
``answer`` or ``empty`` make. Anything it raises is answered as a problem in the standard's words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, current_app, request
from flask.sansio.blueprints import BlueprintSetupState
from werkzeug.routing import RequestRedirect

from api import auth
from api.epcis import headers, problems
from api.plain import dumps
from api.refusals import TooLarge, UriTooLong, WrongMediaType
from trace.domain.refusals import Invalid
from trace.services.context import Actor, Context

PREFIX = "/epcis"
PER_PAGE = 30
MOST_PER_PAGE = 200
"""Whoever asks for more gets this many; the standard leaves the limit to the service."""
LONGEST_URI = 8192
"""Bytes of path and query together; the address of a next page, which is longer than what was asked, may have more."""

_PAGING = ("perPage", "nextPageToken")
_WHOLE = re.compile("[1-9][0-9]{0,8}")

blueprint = Blueprint("epcis", __name__, url_prefix=PREFIX)


@dataclass(frozen=True)
class Call:
    """What a view is given: the service, and who asks."""

    ctx: Context
    actor: Actor


View = Callable[..., Response]
Discovery = Callable[[], Mapping[str, str]]


@dataclass
class _Resource:
    """One address: its views by method, and what OPTIONS tells besides."""

    views: dict[str, View] = field(default_factory=dict)
    discoveries: list[Discovery] = field(default_factory=list)

    @property
    def methods(self) -> list[str]:
        return ["OPTIONS", *(["HEAD"] if "GET" in self.views else []), *self.views]

    def dispatch(self, **names: str) -> Response:
        """Answer one request. OPTIONS needs no key: a browser sends it without one."""
        _refuse_long()
        if request.method == "OPTIONS":
            auth.actor()
            headers.check()
            told = {"Allow": ", ".join(self.methods), **headers.discovery()}
            for discovery in self.discoveries:
                told |= discovery()
            return empty(204, told)
        call = Call(auth.context(), auth.signed_in())
        headers.check()
        return self.views["GET" if request.method == "HEAD" else request.method](call, **names)


_RESOURCES: dict[str, _Resource] = {}


def resource(
    rule: str,
    *,
    get: View | None = None,
    post: View | None = None,
    delete: View | None = None,
    discovery: Discovery | None = None,
) -> None:
    """Offer methods of an address; what several modules offer of one address is put together.

    OPTIONS tells the methods, versions and formats, and what ``discovery`` adds; never whether the thing exists.
    """
    found = _RESOURCES.setdefault(rule, _Resource())
    found.views |= {
        name: view for name, view in (("GET", get), ("POST", post), ("DELETE", delete)) if view is not None
    }
    if discovery is not None:
        found.discoveries.append(discovery)


@blueprint.record
def _offer(state: BlueprintSetupState) -> None:
    for rule, one in _RESOURCES.items():
        state.add_url_rule(
            rule,
            endpoint=rule,
            view_func=one.dispatch,
            methods=one.methods,
            provide_automatic_options=False,
            strict_slashes=False,
        )


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer, in the media type that the request prefers."""
    return _response(dumps(value), status, headers)


def empty(status: int, headers: Mapping[str, str] | None = None) -> Response:
    """An answer without a body."""
    response = Response(status=status, headers=dict(headers or {}))
    del response.headers["Content-Type"]
    return response


def _response(text: str, status: int, more: Mapping[str, str] | None) -> Response:
    response = Response(text, status=status, mimetype=headers.media_type())
    response.headers.update(more or {})
    response.vary.add("Accept")
    return response


# -- pages ---------------------------------------------------------------------------------------------------


def page(call: Call) -> tuple[int, str | None]:
    """How many to show, and from where on: perPage (30 unless said) and nextPageToken. Raises Invalid."""
    text = _once("perPage")
    if text is not None and not _WHOLE.fullmatch(text):
        raise Invalid(field="perPage", value=text[:40], expected="1, 2, 3 …")
    return min(int(text or PER_PAGE), MOST_PER_PAGE), _once("nextPageToken")


def next_link(token: str | None) -> dict[str, str]:
    """The Link header to the next page, an absolute address; none where this page is the last."""
    if token is None:
        return {}
    # What was asked is asked again, parameter by parameter.
    query = [(name, value) for name, value in request.args.items(multi=True) if name != "nextPageToken"]
    query.append(("nextPageToken", token))
    return {"Link": f'<{address(request.path.removeprefix(PREFIX))}?{urlencode(query)}>; rel="next"'}


def address(path: str) -> str:
    """The absolute address of a decoded path below ``/epcis``."""
    return f"{auth.context().base_url}{PREFIX}{quote(path, safe='/:@!$&()*+,;=')}"


def query_args() -> dict[str, str]:
    """The parameters of the query but those of paging, as they were sent. Raises Invalid for a repeated one."""
    return {name: _once(name) or "" for name in request.args if name not in _PAGING}


def only_paging() -> None:
    """Refuse parameters other than those of paging, where an address takes no others. Raises Invalid."""
    for name, value in query_args().items():
        raise Invalid(field=name[:80], value=value[:80], expected=" | ".join(_PAGING))


def no_query() -> None:
    """Refuse parameters where an address takes none. Raises Invalid."""
    for name, value in request.args.items():
        raise Invalid(field=name[:80], value=value[:80], expected="–")


def _once(name: str) -> str | None:
    """A parameter's value; one that is repeated is refused, since readers differ on which counts."""
    values = request.args.getlist(name)
    if len(values) > 1:
        raise Invalid(field=name[:80], value=values[1][:80], expected=f"{name[:80]}=a|b")
    return values[0] if values else None


# -- bodies --------------------------------------------------------------------------------------------------


def body(limit: int | None = None) -> bytes:
    """The request's body: JSON or JSON-LD, of at most ``limit`` bytes (the service's own limit unless given).

    A body that says it is longer is refused before it is read; one that does not say is read up to the limit.
    Raises WrongMediaType, TooLarge.
    """
    encoding = request.headers.get("Content-Encoding", "identity")
    charset = request.mimetype_params.get("charset", "utf-8")
    if request.mimetype not in headers.MEDIA or encoding != "identity" or charset.lower() != "utf-8":
        found = request.headers.get("Content-Type", "") if encoding == "identity" else encoding
        raise WrongMediaType(found=found[:80], expected=", ".join(headers.MEDIA))
    limit = current_app.config["LARGEST_BODY"] if limit is None else limit
    if (request.content_length or 0) > limit:
        raise TooLarge(limit=limit)
    # One more is read than is allowed: what is cut off would not be seen.
    request.max_content_length = limit + 1
    data = request.get_data()
    if len(data) > limit:
        raise TooLarge(limit=limit)
    return data


# -- around each request -------------------------------------------------------------------------------------


def _refuse_long() -> None:
    limit = LONGEST_URI * (4 if "nextPageToken" in request.args else 1)
    if len(request.path.encode()) + len(request.query_string) > limit:
        raise UriTooLong(limit=LONGEST_URI)


def _here() -> bool:
    return request.path == PREFIX or request.path.startswith(f"{PREFIX}/")


@blueprint.before_app_request
def _misrouted() -> Response | None:
    """An address or method that is not there is told in the standard's words too; no view of ours would hear."""
    error = request.routing_exception
    if error is None or not _here() or isinstance(error, RequestRedirect):
        return None
    return problems.failed(error)


@blueprint.after_app_request
def _finish(response: Response) -> Response:
    if _here():
        headers.describe(response)
        headers.open_to_all(response, response.headers.get("Allow"))
        response.headers.setdefault("Cache-Control", "no-store")
    return response


@blueprint.errorhandler(Exception)
def _failed(error: Exception) -> Response:
    return problems.failed(error)
