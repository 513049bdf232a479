"""One area of the API: a blueprint whose every operation is read, answered and documented in the same way.

``read`` and ``write`` take what differs (address, schemas, refusals) and leave to a view function only the
translation between the wire and one use case. Whoever asks is known before the body is read.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, ClassVar
from urllib.parse import urlencode

import marshmallow as ma
from flask import Request, Response, current_app, request
from flask_smorest import Blueprint
from webargs.flaskparser import FlaskParser

from api import auth
from api.plain import json_response
from api.refusals import FieldError, TooLarge, Words, WrongMediaType, WrongShape
from trace.ledger import canonical
from trace.ledger.errors import LedgerError
from trace.services.context import Actor, Context, Done, Once

JSON = "application/json"
PREFIX = "/api/v1"

_KEY = re.compile("[\x21-\x7e](?:[\x20-\x7e]{0,126}[\x21-\x7e])?")


@dataclass(frozen=True)
class Call:
    """What a reading view is given. ``actor`` is None where anyone may ask and no key was sent."""

    ctx: Context
    actor: Actor | None


@dataclass(frozen=True)
class Write:
    """What a writing view is given. ``once`` goes to the use case, which answers a repetition."""

    ctx: Context
    actor: Actor
    once: Once | None


class StrictParser(FlaskParser):
    """Reads JSON that has one meaning, and names every wrong field by its path."""

    DEFAULT_VALIDATION_STATUS = 400
    DEFAULT_UNKNOWN_BY_LOCATION: ClassVar[dict[str, str | None]] = {
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": ma.RAISE,
    }

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        """The body's value. Raises WrongMediaType, WrongShape."""
        return strict_json(body_of(JSON))

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        """The query's parameters; one that is repeated is refused, since readers differ on which counts."""
        repeated = [name for name in req.args if len(req.args.getlist(name)) > 1]
        if repeated:
            raise _wrong([FieldError("query", name, Words("field_repeated")) for name in repeated])
        return super().load_querystring(req, schema)

    def handle_error(self, error: ma.ValidationError, *args: Any, **kwargs: Any) -> Any:
        """Turn marshmallow's tree of messages into a list."""
        raise _wrong(
            [
                FieldError("body" if location == "json" else location, path, found)
                for location, tree in error.messages_dict.items()
                for path, found in _leaves(tree, "" if location == "json" else None)
            ]
        )


def _wrong(errors: Sequence[FieldError]) -> WrongShape:
    return WrongShape(count=len(errors), errors=tuple(errors))


def _leaves(tree: Any, path: str | None) -> list[tuple[str, Words]]:
    if isinstance(tree, Mapping):
        found = []
        for name, below in tree.items():
            # A message about the object itself stands under this name.
            step = "" if name == "_schema" else str(name).replace("~", "~0").replace("/", "~1")
            deeper = step if path is None else f"{path}/{step}" if step else path
            found += _leaves(below, deeper)
        return found
    return [(path or "", message) for message in tree]


def body_of(*accepted: str) -> bytes:
    """The request's body, if it is of an accepted media type and not compressed. Raises WrongMediaType.

    Reading stops at the largest body allowed (413), whether its length was announced or not.
    """
    encoding = request.headers.get("Content-Encoding", "identity")
    charset = request.mimetype_params.get("charset", "utf-8")
    if request.mimetype not in accepted or encoding != "identity" or charset.lower() != "utf-8":
        found = request.headers.get("Content-Type", "") if encoding == "identity" else encoding
        raise WrongMediaType(found=found[:80], expected=", ".join(accepted))
    return _body()


def _body() -> bytes:
    """The whole body. Raises TooLarge."""
    data = request.get_data()
    limit = current_app.config["LARGEST_BODY"]
    if len(data) > limit:
        raise TooLarge(limit=limit)
    return data


def strict_json(data: bytes) -> Any:
    """The value of JSON that two readers understand alike. Raises WrongShape."""
    try:
        return canonical.strict_loads(data)
    except LedgerError as error:
        found = Words(f"json_{error.code}", tuple(error.params().items()))
        raise _wrong([FieldError("body", "", found)]) from None


def once(content: bytes | None = None) -> Once | None:
    """The request's idempotency key with the digest of all that makes it this request. Raises WrongShape.

    ``content`` is what was sent, where the body is but its wrapping.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        problem = Words("header_invalid", (("name", "Idempotency-Key"),))
        raise _wrong([FieldError("header", "Idempotency-Key", problem)])
    digest = hashlib.sha256(f"{request.method}\n{request.path}\n".encode())
    digest.update(_body() if content is None else content)
    return Once(key, digest.hexdigest())


class Area(Blueprint):
    """A part of the API, served under ``/api/v1``."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, name: str, description: str) -> None:
        super().__init__(name, f"api.{name}", url_prefix=PREFIX, description=description)

    def read(
        self,
        rule: str,
        answer: Any,
        *,
        query: type[ma.Schema] | None = None,
        public: bool = False,
        refuses: Sequence[int] = (),
        content_type: str | None = None,
        description: str | None = None,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a GET. The view gets a Call, the query's values (given a schema) and the path's names."""

        def decorator(view: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(view)
            def handler(*args: Any, **names: Any) -> Response:
                # The parser puts what it read behind the arguments it was given.
                result = view(*args, **names)
                return result if isinstance(result, Response) else json_response(result)

            if query is not None:
                handler = self.arguments(query, location="query")(handler)
            handler = self.response(200, answer, content_type=content_type, description=description)(handler)
            security = auth.OPTIONAL if public else auth.REQUIRED
            statuses = {400, 401, 500, 503, *refuses}
            handler = self._documented(handler, statuses, security)

            @wraps(handler)
            def entry(**names: Any) -> Any:
                who = auth.actor() if public else auth.signed_in()
                if query is None:
                    self._no_query()
                return handler(Call(auth.context(), who), **names)

            self.add_url_rule(rule, view_func=entry, methods=["GET"])
            return view

        return decorator

    def write(
        self,
        rule: str,
        body: type[ma.Schema] | None,
        answer: Any,
        *,
        refuses: Sequence[int] = (403, 404, 409, 422),
        location: Callable[[Done], str] | None = None,
        example: Mapping[str, Any] | None = None,
        content: Mapping[str, Any] | None = None,
        secret: str | None = None,
    ) -> Callable[[Callable[..., Done]], Callable[..., Done]]:
        """Register a POST that records something. The view gets a Write, the body and the path's names.

        A view without a schema reads the body itself; ``content`` then describes it. What a view returns is
        answered with 201, the receipt's address as ``Location`` unless another is given, and a header that
        says so where the answer is a repeated one. ``secret`` names the field that shows Done's secret.
        """

        def decorator(view: Callable[..., Done]) -> Callable[..., Done]:
            @wraps(view)
            def handler(call: Write, *args: Any, **names: Any) -> Response:
                done = view(call, *args, **names)
                shown = {} if secret is None else {secret: done.secret}
                return _written(call, done, location(done) if location else receipt_of(done), shown)

            if body is not None:
                handler = self.arguments(body, example=example)(handler)
            handler = self.response(201, answer, headers=_WRITE_HEADERS)(handler)
            handler = self._documented(
                handler,
                {400, 401, 413, 415, 500, 503, *refuses},
                auth.REQUIRED,
                parameters=[IDEMPOTENCY_KEY],
                **({"requestBody": content} if content else {}),
            )

            @wraps(handler)
            def entry(**names: Any) -> Any:
                who = auth.signed_in()
                self._no_query()
                key = once()
                return handler(Write(auth.context(), who, key), **names)

            self.add_url_rule(rule, view_func=entry, methods=["POST"])
            return view

        return decorator

    def act(
        self, method: str, rule: str, status: int, body: type[ma.Schema] | None, answer: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register what changes something outside the ledger. The view gets a Call, as in ``read``.

        It takes no idempotency key: its answer may be a secret, which is not kept to be given twice.
        """

        def decorator(view: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(view)
            def handler(*args: Any, **names: Any) -> Response:
                result = view(*args, **names)
                return json_response(result, status) if result is not None else Response(status=status)

            if body is not None:
                handler = self.arguments(body)(handler)
            handler = self.response(status, answer)(handler)
            statuses = {400, 401, 403, 404, 500, 503} | ({413, 415} if body is not None else set())
            handler = self._documented(handler, statuses, auth.REQUIRED)

            @wraps(handler)
            def entry(**names: Any) -> Any:
                who = auth.signed_in()
                self._no_query()
                if "Idempotency-Key" in request.headers:
                    raise _wrong([FieldError("header", "Idempotency-Key", Words("field_unknown"))])
                return handler(Call(auth.context(), who), **names)

            self.add_url_rule(rule, view_func=entry, methods=[method])
            return view

        return decorator

    def _documented(
        self, handler: Callable[..., Any], statuses: set[int], security: Any, **extra: Any
    ) -> Callable[..., Any]:
        for status in sorted(statuses):
            handler = self.alt_response(status, response=f"PROBLEM_{status}")(handler)
        return self.doc(security=security, operationId=handler.__name__, **extra)(handler)

    @staticmethod
    def _no_query() -> None:
        if request.args:
            raise _wrong([FieldError("query", name, Words("field_unknown")) for name in request.args])


IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any text of your own; the same key with the same request is answered once more with the "
    "first answer, and with another request is refused (409).",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]([ -~]{0,126}[!-~])?$"},
}

_WRITE_HEADERS = {
    "Location": {"description": "Address of what was recorded.", "schema": {"type": "string"}},
    "Idempotency-Replayed": {
        "description": "`true` where this is the first answer, given again.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}


def receipt_of(done: Done) -> str:
    """Address of the receipt of the entry that holds it."""
    return f"{PREFIX}/entries/{done.index}/receipt"


def _written(call: Write, done: Done, location: str, more: Mapping[str, Any]) -> Response:
    answer = {
        "index": done.index,
        "time": done.time,
        "event_id": done.event_id,
        **done.result,
        **more,
        "receipt": receipt_of(done),
    }
    response = json_response(answer, 201)
    response.headers["Location"] = location
    if done.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def page_response(page: Any, values: Mapping[str, Any], shape: Callable[[Any], Any]) -> Response:
    """One page of a list: ``items`` and the cursor of the ``next`` page, which a Link header carries too."""
    response = json_response({"items": [shape(item) for item in page.items], "next": page.next})
    if page.next is not None:
        query = {name: value for name, value in values.items() if value is not None} | {"cursor": page.next}
        response.headers["Link"] = f'<{request.path}?{urlencode(query)}>; rel="next"'
    return response
