"""A ledger out of a spreadsheet: tried first, with all that is wrong by its cell, then recorded as it was tried."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web import words
from scanner_web.business import blueprint, goods
from scanner_web.business.files import attached
from scanner_web.signed import frame, posting
from scanner_web.words import t
from trace import i18n
from trace.domain.refusals import Invalid, Refusal
from trace.domain.roles import Act
from trace.identifiers import InvalidIdentifier
from trace.render.sheets import XLSX
from trace.services import importing
from trace.services.context import Done, Once
from trace.services.importing import ImportRefused, LedgerKind

MOST_SHOWN = 100
"""Lines of a kind that the page lists; how many there are in all it says beside them."""


@blueprint.get("/import")
def import_page() -> AnyResponse:
    """The form to try a file with."""
    recorded = request.args.get("recorded", "")
    return _form(recorded=recorded if recorded.isdecimal() else "")


def _form(error: Refusal | InvalidIdentifier | None = None, **more: Any) -> AnyResponse:
    return frame.page(
        "business/import.html",
        may_import=goods.may(Act.REGISTER),
        kinds=[(str(kind), t(_title(kind))) for kind in LedgerKind],
        kind=request.values.get("kind", str(LedgerKind.GOODS_IN)),
        error=error,
        **more,
    )


def _title(kind: LedgerKind) -> str:
    return f"import_kind_{kind.replace('-', '_')}"


def _kind() -> LedgerKind:
    found = request.values.get("kind", "")
    if found not in set(LedgerKind):
        raise Invalid(field="kind", value=found[:20], expected=" | ".join(LedgerKind))
    return LedgerKind(found)


@blueprint.post("/import")
def import_file() -> AnyResponse:
    """Try a file; with what was tried, record it."""
    if "data" in request.form:
        return frame.act(_record, then=lambda done: f"/desk/import?recorded={done.index}", again=_refused)
    return posting.tried(_try, _form)


def _try() -> AnyResponse:
    sent = request.files.get("file")
    data = sent.stream.read() if sent else b""
    if not data:
        raise Invalid(field=t("import_file"), value="", expected=t("import_file_needed"))
    report = importing.try_ledger(frame.context(), frame.actor(), data, _kind())
    return _reported(report.to_json(), data)


def _record(once: Once | None) -> Done:
    try:
        data = base64.b64decode(request.form["data"], validate=True)
    except binascii.Error:
        raise Invalid(field="data", value="", expected="base64") from None
    return importing.import_ledger(frame.context(), frame.actor(), data, _kind(), once)


def _refused(refusal: Refusal | InvalidIdentifier) -> AnyResponse:
    """What was tried is not what stands there now: somebody recorded in between."""
    if isinstance(refusal, ImportRefused):
        return _reported(refusal.report.to_json(), b"")
    return _form(refusal)


def _reported(report: dict[str, Any], data: bytes) -> AnyResponse:
    told = importing.worded(frame.context(), report, words.current().locale)
    return frame.page(
        "business/import_report.html",
        report=told,
        kind=report["kind"],
        title=t(_title(LedgerKind(report["kind"]))),
        data=base64.b64encode(data).decode("ascii"),
        most=MOST_SHOWN,
        fresh=sum(len(one["rows"]) for one in told["entered"]),
    )


@blueprint.get("/import/<kind>.xlsx")
def import_template(kind: str) -> AnyResponse:
    """An empty ledger to be filled in."""
    if kind not in set(LedgerKind):
        return frame.go("/desk/import")
    ctx, locale = frame.context(), words.current().locale
    data = importing.template(LedgerKind(kind), locale, ctx.local(ctx.clock()))
    return attached(data, XLSX, f"{kind}.xlsx", f"{i18n.text(_title(LedgerKind(kind)), locale)}.xlsx")
