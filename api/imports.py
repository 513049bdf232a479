"""Ledgers that businesses keep in spreadsheets, taken in whole or not at all."""

from __future__ import annotations

from functools import wraps
from typing import Any
from urllib.parse import quote

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from api import area as framing
from api import auth, problems
from api.area import IDEMPOTENCY_KEY, Area, Call, Write, receipt_of
from api.fields import Choice, Shape
from api.plain import json_response
from api.refusals import WrongMediaType
from api.shapes import Written, many, maybe, one, out
from trace import i18n
from trace.interop.cells import Limits
from trace.interop.sheet_errors import SheetTooLarge
from trace.render.sheets import CSV, XLSX
from trace.services import importing
from trace.services.importing import LedgerKind

area = Area("imports", "Ledgers from spreadsheets: each line becomes an act, all of them or none.")

FORM = "multipart/form-data"
_LIMIT = Limits().size
_WRAPPING = 64 * 1024  # bytes that a form may have around its file
LARGEST = _LIMIT + _WRAPPING
"""Bytes of a request that brings a ledger."""


class FindingShape(Shape):
    """Something to be said of a cell, of a row, or of the file."""

    code = out("Stable code, as of problems.")
    row = out("Row in the sheet; 0: the file as a whole.", "integer")
    cell = out("Address of the cell, such as B7; empty for a row or the file.")
    heading = out("Heading of its column, as the file has it.")
    params = out(
        "Numbers and names that the message holds.", "object", additionalProperties={"type": "string"}
    )
    message = out("The same in words.")


class EnteredShape(Shape):
    """One act that lines became, or would become."""

    rows = out("Rows that it is made of.", "array", items={"type": "integer"})
    verb = out("What it is.", enum=["register", "enter", "receive", "ship", "sell"])
    goods = out("What of.")
    quantity = out("How much, row by row, with its unit.", "array", items={"type": "string"})
    who = out("Supplier or buyer; empty where there is none.")
    batches = out("Codes of the new batches.", "array", items={"type": "string"})
    index = maybe("Index of its entry; null in a dry run.", "integer")
    event_id = maybe("Id of its event; null in a dry run.")


class KnownShape(Shape):
    """A row that the ledger holds already; nothing of it is recorded again, nor changed."""

    row = out("Row in the sheet.", "integer")
    index = out("Index of the entry that holds it.", "integer")
    event_id = maybe("Id of its event.")


class CountsShape(Shape):
    """How many findings of each kind there are; no more than 500 of a kind are listed."""

    errors = out("Errors.", "integer")
    repairs = out("Repairs.", "integer")
    notices = out("Notices.", "integer")


class ImportReport(Shape):
    """What a ledger brings, line by line."""

    kind = out("Which ledger it is.", enum=list(LedgerKind))
    sha256 = out("SHA-256 of the file.")
    sheet = out("Name of the sheet that was read.")
    dry_run = out("Whether nothing was recorded, since that was only tried.", "boolean")
    ok = out("Whether nothing in it is wrong.", "boolean")
    rows = out("Lines in it.", "integer")
    entered = many(EnteredShape, "What its lines became, or would become.")
    known = many(KnownShape, "Lines that the ledger holds already.")
    counts = one(CountsShape, "How many findings there are in all.")
    errors = many(FindingShape, "What is wrong; with any, nothing is recorded.")
    repairs = many(FindingShape, "What was mended in reading.")
    notices = many(FindingShape, "What should be known besides.")


class ImportedAnswer(ImportReport, Written):
    """A ledger that is recorded; the entry is that of its last line."""


class ImportQuery(Shape):
    """How a ledger is taken."""

    dry_run = Choice(
        "Whether it is only tried.",
        ("true", "false"),
        load_default="false",
    )


class TemplateQuery(Shape):
    """How the template is written."""

    language = Choice("Language of headings and notes; left out: the reader's own.", i18n.LOCALES)


_BINARY = {"type": "string", "format": "binary"}
_FILE = {
    "required": True,
    "description": "The ledger, of at most 5 MB and 1,000 lines. What it is, is told by its content.",
    "content": {
        CSV: {"schema": {"type": "string"}},
        XLSX: {"schema": _BINARY},
        FORM: {"schema": {"type": "object", "properties": {"file": _BINARY}, "required": ["file"]}},
    },
}
_DRY_RUN = {
    "name": "dry_run",
    "in": "query",
    "required": False,
    "description": "`true`: everything is checked, the rules included, and nothing is recorded.",
    "schema": {"type": "string", "enum": ["true", "false"], "default": "false"},
}
_KIND = "<any(" + ", ".join(f'"{kind}"' for kind in LedgerKind) + "):kind>"


def import_ledger(query: dict[str, Any], call: Write, data: bytes, kind: LedgerKind) -> Response:
    """Import a ledger from a spreadsheet: production, goods-in or sales

    All lines are recorded, or none. Lines that were imported before are recognised and not recorded twice; the same
    file sent again gets its first answer. With dry_run the answer says what would happen.
    """
    language = problems.locale()
    if query["dry_run"] == "true":
        report = importing.try_ledger(call.ctx, call.actor, data, kind)
        return _answer(importing.worded(call.ctx, report.to_json(), language), 200, language)
    done = importing.import_ledger(call.ctx, call.actor, data, kind, call.once)
    told = importing.worded(call.ctx, done.result, language)
    entry = {"index": done.index, "time": done.time, "event_id": done.event_id, "receipt": receipt_of(done)}
    response = _answer({**told, **entry}, 201, language)
    response.headers["Location"] = receipt_of(done)
    if done.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def _answer(value: dict[str, Any], status: int, language: str) -> Response:
    response = json_response(value, status)
    response.headers["Content-Language"] = language
    response.vary.add("Accept-Language")
    return response


def _sent() -> bytes:
    """The file, alone or as the one part of a form. Raises WrongMediaType, SheetTooLarge."""
    request.max_content_length = LARGEST
    encoding = request.headers.get("Content-Encoding", "identity")
    if encoding != "identity" or request.mimetype not in (CSV, XLSX, FORM):
        found = request.headers.get("Content-Type", "") if encoding == "identity" else encoding
        raise WrongMediaType(found=found[:80], expected=", ".join((CSV, XLSX, FORM)))
    try:
        if request.mimetype != FORM:
            data = request.get_data()
        else:
            files = list(request.files.items(multi=True))
            if [name for name, _ in files] != ["file"] or request.form:
                raise WrongMediaType(found=FORM, expected=f"{FORM}: file")
            data = files[0][1].read()
    except RequestEntityTooLarge:
        raise SheetTooLarge(limit=_LIMIT) from None
    if len(data) > _LIMIT:
        raise SheetTooLarge(limit=_LIMIT)
    return data


def _entry() -> Any:
    """Puts the operation together as ``Area.write`` does, for a body that is a file."""
    handler = area.arguments(ImportQuery, location="query")(
        wraps(import_ledger)(lambda call, data, kind, query: import_ledger(query, call, data, kind))
    )
    handler = area.response(200, ImportReport, description="A dry run's report.")(handler)
    handler = area.alt_response(201, schema=ImportedAnswer, description="Recorded.")(handler)
    statuses = {400, 401, 403, 404, 409, 413, 415, 422, 500, 503}
    described: dict[str, Any] = {"parameters": [_DRY_RUN, IDEMPOTENCY_KEY], "requestBody": _FILE}
    handler = area._documented(handler, statuses, auth.REQUIRED, **described)

    @wraps(handler)
    def entry(kind: str) -> Any:
        who = auth.signed_in()
        data = _sent()
        return handler(Write(auth.context(), who, framing.once(data)), data, LedgerKind(kind))

    return entry


area.add_url_rule(f"/imports/{_KIND}", view_func=_entry(), methods=["POST"])


@area.read(
    f"/imports/{_KIND}/template.xlsx",
    _BINARY,
    query=TemplateQuery,
    public=True,
    refuses=(404,),
    content_type=XLSX,
    description="A workbook to be filled in.",
)
def get_import_template(call: Call, query: dict[str, Any], kind: str) -> Response:
    """Get an empty ledger to be filled in: its headings, a line as an example, and notes"""
    language = query.get("language") or problems.locale()
    data = importing.template(LedgerKind(kind), language, call.ctx.local(call.ctx.clock()))
    title = i18n.text(f"import_kind_{kind.replace('-', '_')}", language)
    response = Response(data, content_type=XLSX)
    name = quote(f"{title}.xlsx", safe="")
    response.headers["Content-Disposition"] = f"attachment; filename=\"{kind}.xlsx\"; filename*=UTF-8''{name}"
    response.headers["Content-Language"] = language
    response.vary.add("Accept-Language")
    return response
