"""Forms for authorities, as files that a person opens: XLSX, CSV, JSON, and EPCIS documents."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from flask import Response

from api.area import Area, Call
from api.fields import Choice, Day, Shape, Text
from api.plain import json_response
from api.refusals import NotFound
from api.shapes import many, maybe, out
from trace import i18n
from trace.domain.refusals import Invalid
from trace.render.sheets import CSV, XLSX, csv_lines, xlsx
from trace.services import reporting
from trace.services.reporting import Report, Selection

area = Area("exports", "Forms that authorities ask for, filled from the ledger.")

EPCIS = "epcis"
JSONLD = "application/ld+json"


class ExportQuery(Shape):
    """What is selected, and how it is written. One of: a batch, a query, from and to."""

    batch = Text("A batch with its whole chain: short code, URI, or any spelling of its link.", longest=2000)
    query = Text("A query of the caller's own, by its name (`/epcis/queries`).", longest=200)
    from_ = Day("First day, where the service is.", data_key="from", example="2026-11-01")
    to = Day("Last day, included.", example="2026-11-30")
    party = Text(
        "Whose ledger: id, URI, GLN or 统一社会信用代码; left out: the caller's own. Another's is for inspectors.",
        longest=500,
    )
    format = Choice(
        "xlsx: a workbook; csv: one sheet of it; json: the same for programs. Left out: xlsx, of `epcis` json.",
        ("xlsx", "csv", "json"),
    )
    sheet = Text("Which sheet of a form with several, for csv; left out: the first.", longest=40)
    language = Choice("Language of headings and words; left out: the authority's own.", i18n.LOCALES)


class FormColumn(Shape):
    """A column of a form."""

    key = out("Name of the field in a row.")
    heading = out("Its heading.")
    kind = out("What it holds.", enum=["text", "number", "date"])
    law = maybe("The law that asks for it.")


class FormSheet(Shape):
    """A table of a form."""

    name = out("Name of the sheet.")
    title = out("What it is called.")
    columns = many(FormColumn, "Its columns, in order.")
    rows = out("Rows: numbers as decimal text, days in ISO 8601.", "array", items={"type": "object"})


class FormNote(Shape):
    """Something to know when reading a form."""

    about = out("What it is about.")
    note = out("What is to be known.")


class FormAnswer(Shape):
    """A filled form; `epcis` answers with an EPCIS document instead."""

    form = out("Name of the form.")
    title = out("What it is called.")
    laws = out("The law behind it.")
    ledger = out("Origin of the ledger.")
    size = out("How many of its entries the form was made from.", "integer")
    sheets = many(FormSheet, "Its tables.")
    notes = many(FormNote, "What must be known to read it: what the ledger leaves open, and why.")


_FILE = {"type": "string", "format": "binary"}


@area.read("/exports/<form>", FormAnswer, query=ExportQuery, refuses=(403, 404, 413, 422))
@area.response(200, {"type": "object"}, content_type=JSONLD)
@area.response(200, _FILE, content_type=CSV)
@area.response(200, _FILE, content_type=XLSX)
def export_form(call: Call, query: dict[str, Any], form: str) -> Response:
    """Fill a form: goods-in, produce-in, sales, produce-sales, outgoing, eu931, fsma204 or epcis

    Businesses get their own ledger, or the part of a batch's chain in which they took part; inspectors that of any
    party they name. A form is given whole: a selection of too many rows is refused.
    """
    assert call.actor is not None  # noqa: S101 - this address is not public
    chosen = Selection(
        batch=query.get("batch"),
        query=query.get("query"),
        start=query.get("from_"),
        end=query.get("to"),
        party=query.get("party"),
    )
    if form == EPCIS:
        _only(query, "json")
        found = reporting.epcis_document(call.ctx, call.actor, chosen)
        text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
        return _file(text.encode(), JSONLD, f"{EPCIS}-{_stem(chosen)}.jsonld", EPCIS)
    if form not in reporting.FORMS:
        raise NotFound(path=f"/api/v1/exports/{form}")
    wanted = query.get("format", "xlsx")
    report = reporting.report(call.ctx, call.actor, form, chosen, query.get("language"))
    if wanted == "json":
        return json_response(_plain(report))
    tables = report.tables()
    stem = f"{form}-{_stem(chosen)}"
    if wanted == "xlsx":
        data = xlsx(tables, title=report.title, created=report.made)
        return _file(data, XLSX, f"{stem}.xlsx", f"{report.title}.xlsx")
    at = _sheet(report, query.get("sheet"))
    lines = csv_lines(tables[at])
    return _file(lines, f"{CSV}; charset=utf-8; header=present", f"{stem}.csv", f"{report.title}.csv")


def _only(query: Mapping[str, Any], wanted: str) -> None:
    if query.get("format", wanted) != wanted:
        raise Invalid(field="format", value=query["format"], expected=wanted)


def _sheet(report: Report, name: str | None) -> int:
    names = [sheet.name for sheet in report.form.sheets]
    if name is None:
        return 0
    if name not in names:
        raise Invalid(field="sheet", value=name, expected=" | ".join(names))
    return names.index(name)


def _stem(chosen: Selection) -> str:
    """The selection in letters that every file system takes."""
    text = chosen.batch or chosen.query or f"{chosen.start}_{chosen.end}"
    return "".join(
        letter if (letter.isascii() and letter.isalnum()) or letter in "-_" else "-" for letter in text
    )[-60:]


def _file(data: bytes | Iterator[bytes], kind: str, plain: str, name: str) -> Response:
    """A file to keep: its name in ASCII, and in full for whoever reads RFC 6266 (section 4.3)."""
    response = Response(data, content_type=kind)
    full = quote(name.replace("/", "-"), safe="")
    response.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"
    return response


def _plain(report: Report) -> dict[str, Any]:
    locale = report.locale
    return {
        "form": report.form.name,
        "title": report.form.title(locale),
        "laws": report.form.laws,
        "ledger": report.ledger,
        "size": report.size,
        "sheets": [
            {
                "name": sheet.name,
                "title": sheet.title(locale),
                "columns": [
                    {
                        "key": column.key,
                        "heading": column.heading(locale),
                        "kind": column.kind,
                        "law": column.source or None,
                    }
                    for column in sheet.columns
                ],
                "rows": [
                    dict(zip(sheet.keys(), map(_value, sheet.values(row)), strict=True)) for row in rows
                ],
            }
            for sheet, rows in zip(report.form.sheets, report.rows, strict=True)
        ],
        "notes": [{"about": about, "note": note} for about, note in report.notes()],
    }


def _value(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
