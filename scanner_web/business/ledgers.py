"""The ledgers that the law asks a business to keep, filled by what it did: to read, to print, to take away."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from urllib.parse import urlencode

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web import words
from scanner_web.business import blueprint, picking
from scanner_web.business.files import attached
from scanner_web.signed import frame
from scanner_web.words import t
from trace.domain.refusals import Invalid
from trace.render.sheets import CSV, XLSX, csv_lines, xlsx
from trace.services import reporting
from trace.services.reporting import FORMS, Report, Selection

LEDGERS = ("goods-in", "produce-in", "sales", "produce-sales", "outgoing")
"""Forms of services.reporting that a business keeps for itself."""


@blueprint.get("/ledgers")
def ledgers() -> AnyResponse:
    """Which there are, for this month unless said."""
    first, last = _days()
    locale = words.current().locale
    return frame.page(
        "business/ledgers.html",
        forms=[(name, FORMS[name][0].title(locale), FORMS[name][0].laws) for name in LEDGERS],
        first=first,
        last=last,
        query=urlencode({"from": first.isoformat(), "to": last.isoformat()}),
    )


def _days() -> tuple[date, date]:
    """The days that are asked for; this month where none are. Raises Invalid."""
    today = picking.today()
    first = _day("from") or today.replace(day=1)
    return first, _day("to") or first.replace(day=monthrange(first.year, first.month)[1])


def _day(name: str) -> date | None:
    text = request.args.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(field=t(f"ledger_{name}"), value=text[:40], expected="YYYY-MM-DD") from None


@blueprint.get("/ledgers/<form>")
def ledger(form: str) -> AnyResponse:
    """One of them: as a page to read and print, or as a file where its name ends in .xlsx or .csv."""
    name, _, kind = form.partition(".")
    if name not in LEDGERS or kind not in ("", "xlsx", "csv"):
        return frame.go("/desk/ledgers")
    first, last = _days()
    chosen = Selection(start=first, end=last)
    report = reporting.report(frame.context(), frame.actor(), name, chosen)
    if kind == "":
        return _page(report, name, first, last)
    stem = f"{name}-{first}_{last}"
    if kind == "xlsx":
        data = xlsx(report.tables(), title=report.title, created=report.made)
        return attached(data, XLSX, f"{stem}.xlsx", f"{report.title}.xlsx")
    lines = b"".join(csv_lines(report.tables()[0]))
    return attached(lines, f"{CSV}; charset=utf-8; header=present", f"{stem}.csv", f"{report.title}.csv")


def _page(report: Report, name: str, first: date, last: date) -> AnyResponse:
    *sheets, notes = report.tables()
    return frame.page(
        "business/ledger.html",
        report=report,
        sheets=sheets,
        notes=notes,
        name=name,
        query=urlencode({"from": first.isoformat(), "to": last.isoformat()}),
        plain_value=_value,
    )


def _value(value: object) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)
