"""``/problems/{code}``: what a problem's code means, for whoever follows its ``type``."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, request
from markupsafe import escape

from api.plain import json_response
from api.problems import STATUS, locale
from api.refusals import NotFound
from trace import i18n

blueprint = Blueprint("problems", __name__)

_PAGE = """<!doctype html>
<html lang="{lang}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{code}</title><h1>{title}</h1><p><code>{code}</code> (HTTP {status})</p><p>{words}</p></html>
"""


@blueprint.get("/problems/<code>")
def explain(code: str) -> Response:
    """The status and the words of a code; a person gets a page, a program JSON."""
    status = _statuses().get(code)
    if status is None:
        raise NotFound(path=request.path)
    language = locale()
    # Words with their placeholders: the numbers stand in the problem itself.
    words = i18n.catalogs()[code]
    answer = {"code": code, "status": status, "title": i18n.text(f"problem_{status}", language)}
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
        page = _PAGE.format(
            lang=language, words=escape(words[language]), **{k: escape(v) for k, v in answer.items()}
        )
        response = Response(page, mimetype="text/html")
    else:
        response = json_response({**answer, "words": dict(words)})
    response.vary.update(["Accept", "Accept-Language"])
    response.headers["Content-Language"] = language
    return response


@cache
def _statuses() -> dict[str, int]:
    """Every code that a problem can have. Identifiers have many in one class: their catalog lists them."""
    catalog = Path(i18n.__file__).with_name("identifiers.toml").read_text(encoding="utf-8")
    return dict.fromkeys(tomllib.loads(catalog), 422) | {
        kind.code: status for kind, status in STATUS.items() if hasattr(kind, "code")
    }
