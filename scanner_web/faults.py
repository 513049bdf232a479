"""The page for what went wrong on our side: it asks the store for nothing, because that may be what failed.

A script gets the same as problem+json with a status of 500 or more, upon which a phone keeps what it wanted to send.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, current_app, g, make_response, request
from werkzeug.exceptions import HTTPException

from scanner_web import answers, words
from trace.services.checkpoints import LedgerForked
from trace.services.keys import KeysUnusable
from trace.services.values import LedgerStopped, NotRecorded, StoreUnavailable

BUSY = (LedgerStopped, NotRecorded, StoreUnavailable, LedgerForked, KeysUnusable)
"""The service cannot record or read now; another time it may."""

_AGAIN = 30  # seconds after which a machine may try again


def init(blueprint: Blueprint) -> None:
    """Answer every failure of a blueprint's pages."""
    for kind in (*BUSY, Exception):
        blueprint.register_error_handler(kind, failed)


def failed(error: Exception) -> Response:
    """What a failure comes to: a page for a person, a problem for a program."""
    status, code = _said(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        g.fault = getattr(error, "original_exception", None) or error
    number = g.get("request_id", "")
    why = words.t(f"fault_{code}", request=number) if code else words.t(f"problem_{status}")
    wanted = request.accept_mimetypes.best_match(["text/html", "application/json"])
    if wanted == "application/json":
        problem = {"type": f"/problems/{code}", "title": words.t(f"problem_{status}"), "status": status}
        response = make_response(current_app.json.dumps({**problem, "detail": why, "code": code}), status)
        response.mimetype = "application/problem+json"
    else:
        page = current_app.jinja_env.get_template("fault.html")
        values = {
            **answers.template_words(),
            "request": request,
            "why": why,
            "posted": request.method != "GET",
        }
        response = make_response(page.render(**values), status)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(_AGAIN)
    return response


def _said(error: Exception) -> tuple[int, str]:
    if isinstance(error, BUSY):
        return HTTPStatus.SERVICE_UNAVAILABLE, "unavailable"
    if isinstance(error, HTTPException) and (error.code or 500) < HTTPStatus.INTERNAL_SERVER_ERROR:
        return error.code or HTTPStatus.BAD_REQUEST, ""
    return HTTPStatus.INTERNAL_SERVER_ERROR, "internal"
