"""The OpenAPI 3.1 document: what is common to all operations."""

from __future__ import annotations

from functools import cached_property
from http import HTTPStatus
from typing import Any

import marshmallow as ma
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls
from flask import Response, json
from flask_smorest import Api

from api import auth, problems
from api.shapes import out

DESCRIPTION = """
Businesses register batches and hand them on; every act becomes an EPCIS 2.0 event in a transparency log that
anyone can check (`/log`, C2SP tlog-tiles).

Amounts are decimal text, times RFC 3339 with a zone, fields that are not described are refused. A request
that fails leaves nothing behind. Send an `Idempotency-Key` with every POST: after a broken connection the
same request with the same key tells what became of it. Problems are RFC 9457 `application/problem+json` with
a stable `code`; `Accept-Language` (zh, en) chooses the language of their words.
"""


class FieldProblem(ma.Schema):
    """One wrong field."""

    where = ma.fields.Raw(data_key="in", metadata={"description": "body, query or header.", "type": "string"})
    path = out("JSON Pointer into the body, a JSONPath into a document, or a parameter's name.")
    code = out("Stable code of what is wrong with it.")
    message = out("The same in words.")


class Problem(ma.Schema):
    """RFC 9457 problem; the refusal's own numbers are further members."""

    type = out("Address of the page that explains the code.", format="uri")
    title = out("What kind of problem it is, by its status.")
    status = out("HTTP status.", "integer")
    detail = out("What was refused and why, in the reader's language.")
    instance = out("The address that was asked.")
    code = out("Stable code, for programs.")
    errors = ma.fields.List(
        ma.fields.Nested(FieldProblem), metadata={"description": "Each wrong field, where fields are wrong."}
    )

    class Meta:
        unknown = ma.INCLUDE


OPTIONS = {
    "API_TITLE": "Trace",
    "API_VERSION": "1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/api/v1",
    "OPENAPI_JSON_PATH": "openapi.json",
}


class TraceApi(Api):
    """Publishes problems as what they are, and answers none itself."""

    ERROR_SCHEMA = Problem
    # Each status that an operation can answer is named; none is left to a default.
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Problems are answered by ``api.problems``, for every address alike."""

    def _register_pagination_header(self) -> None:
        """Pages carry their cursor in the body and in ``Link``."""

    @cached_property
    def _published(self) -> str:
        """The document, written once: no area is added after the first request."""
        return json.dumps(self.spec.to_dict(), sort_keys=False)

    def _openapi_json(self) -> Response:
        return Response(self._published, mimetype="application/json")


def _name(schema: Any) -> str:
    """A schema's published name: what it describes, without our ending."""
    return resolve_schema_cls(schema).__name__.removesuffix("Shape")


def make(app: Any, base_url: str) -> TraceApi:
    """The API's documentation, to which the areas add their operations."""
    api = TraceApi()
    api.init_app(
        app,
        spec_kwargs={
            "marshmallow_plugin": MarshmallowPlugin(schema_name_resolver=_name),
            "info": {
                "description": DESCRIPTION.strip(),
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            },
            "servers": [{"url": base_url}],
        },
    )
    for name, scheme in auth.SCHEMES.items():
        api.spec.components.security_scheme(name, scheme)
    for status in sorted(set(problems.STATUS.values())):
        response: dict[str, Any] = {
            "description": HTTPStatus(status).phrase,
            "content": {problems.MEDIA_TYPE: {"schema": Problem}},
        }
        if status == 401:
            response["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
        api.spec.components.response(f"PROBLEM_{status}", response)
    return api
