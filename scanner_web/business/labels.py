"""Printing labels: of a batch, with a code for each piece, and rolls printed ahead."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode

from flask import Response, make_response, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from scanner_web import paths, words
from scanner_web.business import blueprint
from scanner_web.signed import forms, frame
from trace.domain.refusals import Invalid, Refusal
from trace.identifiers import InvalidIdentifier
from trace.render.labels import STOCKS, Adjustment, Printed, Stock, stock
from trace.services import labels, lists, serials
from trace.services.context import Done, Once
from trace.services.labels import Sheet

_SHEETS = tuple(one for one in STOCKS if not one.is_roll)
_ROLLS = tuple(one for one in STOCKS if one.is_roll)
_CERTIFIED = 60  # mm: narrower stock has no room for the certificate
_KEPT = "trace_labels"  # cookie with the print settings of this browser
_SETTINGS = ("stock", "right", "down", "wider", "taller")


@blueprint.get("/labels")
def label_choice() -> AnyResponse:
    """Which batch; with one, how its labels are printed and what they look like."""
    code = forms.read(request.args.get("batch", ""))
    ctx, actor = frame.context(), frame.actor()
    if not code:
        held = lists.holdings(ctx, actor.uri, limit=50, cursor=None)
        made = lists.batches(ctx, maker=actor.uri, product=None, lot=None, limit=20, cursor=None)
        known = {one.uri: one for one in (*made.items, *(lying.info for lying in held.items))}
        return frame.page("business/labels.html", batches=list(known.values()), path=paths.batch_path)
    return _labels_of(serials.batch_named(ctx, code))


def _labels_of(code: str, error: Refusal | InvalidIdentifier | None = None) -> Response:
    ctx, actor = frame.context(), frame.actor()
    issued = labels.bears_certificate(ctx, code)
    info, ranges = labels.issued(ctx, actor, code)
    settings = _settings()
    shown: Printed | None = None
    if error is None:
        try:
            shown = labels.print_batch(ctx, actor, code, _sheet(settings, count=1, skip=0))
        except (Refusal, InvalidIdentifier) as refusal:
            error = refusal
    return frame.page(
        "business/labels_of.html",
        200 if error is None else 422,
        info=info,
        code=info.batch.code or info.uri,
        sheets=_SHEETS,
        rolls=_ROLLS,
        settings=settings,
        certified=issued,
        certificate_fits=[one.name for one in STOCKS if min(one.size) >= _CERTIFIED],
        shown=shown,
        ranges=ranges,
        query=urlencode(settings, doseq=True),
        error=error,
        most=labels.MOST,
    )


@blueprint.get("/labels.pdf")
def labels_file() -> AnyResponse:
    """The labels as PDF; the browser keeps the settings for the next time."""
    ctx, actor = frame.context(), frame.actor()
    settings = _settings()
    first = request.args.get("first", "")
    if "roll" in request.args:
        printed = labels.print_roll(
            ctx, actor, request.args["roll"], _whole("first", first, 1), _sheet(settings)
        )
    else:
        code = serials.batch_named(ctx, forms.read(request.args.get("batch", "")))
        if first:
            printed = labels.print_serials(ctx, actor, code, _whole("first", first, 1), _sheet(settings))
        else:
            printed = labels.print_batch(ctx, actor, code, _sheet(settings))
    response = make_response(printed.pdf)
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = 'inline; filename="labels.pdf"'
    kept = urlencode({name: settings[name] for name in _SETTINGS})
    response.set_cookie(_KEPT, kept, max_age=365 * 86400, httponly=True, samesite="Lax", path="/desk")
    return response


@blueprint.post("/labels/serials")
def issue_serials() -> AnyResponse:
    """Make serial codes for a batch, then print them."""
    ctx, actor = frame.context(), frame.actor()
    code = forms.code("batch")

    def then(done: Done) -> str:
        count = min(done.result["last_number"] - done.result["first_number"] + 1, labels.MOST)
        return "/desk/labels/print?" + urlencode(
            {"batch": code, "first": done.result["first_number"], "count": count}
        )

    return frame.act(
        lambda once: serials.issue(
            ctx,
            actor,
            labels.issued(ctx, actor, code)[0].uri,
            _whole("count", request.form.get("count", ""), 1),
            once,
            cover="cover" in request.form,
        ),
        then=then,
        again=lambda refusal: _labels_of(code, refusal),
    )


@blueprint.get("/labels/print")
def print_page() -> AnyResponse:
    """Serials or a roll's labels: how they are printed, and the file."""
    return frame.page(
        "business/labels_print.html",
        sheets=_SHEETS,
        rolls=_ROLLS,
        settings=_settings(),
        of={name: request.args[name] for name in ("batch", "roll", "first") if name in request.args},
        most=labels.MOST,
    )


@blueprint.get("/labels/rolls")
def label_rolls() -> AnyResponse:
    """Labels printed ahead, and tying them to a batch."""
    return _rolls()


def _rolls(error: Refusal | InvalidIdentifier | None = None) -> Response:
    ctx, actor = frame.context(), frame.actor()
    held = lists.holdings(ctx, actor.uri, limit=50, cursor=None)
    return frame.page(
        "business/labels_rolls.html",
        200 if error is None else 422,
        rolls=labels.rolls(ctx, actor),
        held=[lying.info for lying in held.items],
        names={lying.info.uri: lying.info for lying in held.items},
        error=error,
        sent=request.form,
    )


@blueprint.post("/labels/rolls")
def new_roll() -> AnyResponse:
    """Make a roll of labels that stand for nothing yet."""
    ctx, actor = frame.context(), frame.actor()

    def then(done: Done) -> str:
        count = min(done.result["count"], labels.MOST)
        return "/desk/labels/print?" + urlencode({"roll": done.result["roll"], "first": 1, "count": count})

    return frame.act(
        lambda once: serials.roll(
            ctx, actor, _whole("count", request.form.get("count", ""), 1), once, cover="cover" in request.form
        ),
        then=then,
        again=_rolls,
    )


@blueprint.post("/labels/bind")
def bind_roll() -> AnyResponse:
    """Tie labels of a roll to a batch, for good."""
    ctx, actor = frame.context(), frame.actor()

    def work(once: Once | None) -> Done:
        batch = serials.batch_named(ctx, forms.code("batch"))
        first = forms.code("first")
        last = forms.read(request.form.get("last", "")) or first
        return serials.bind(ctx, actor, first, last, labels.issued(ctx, actor, batch)[0].uri, once)

    return frame.act(work, then=lambda done: f"/desk/entries/{done.index}", again=_rolls)


# -- settings ------------------------------------------------------------------------------------------------


def _settings() -> dict[str, str]:
    """What the address says, else what this browser used last, else the usual."""
    kept = _parsed(request.cookies.get(_KEPT, ""))
    usual = {"stock": STOCKS[0].name, "right": "0", "down": "0", "wider": "0", "taller": "0"}
    found = {name: request.args.get(name, kept.get(name, usual[name])).strip() for name in _SETTINGS}
    found["count"] = request.args.get("count", str(_stock_or_first(found["stock"]).per_page)).strip()
    found["skip"] = request.args.get("skip", "0").strip()
    if "certificate" in request.args:
        found["certificate"] = "1"
    return found


def _parsed(cookie: str) -> MultiDict[str, str]:
    pairs = [pair.split("=", 1) for pair in cookie[:300].split("&") if "=" in pair]
    return MultiDict((name, value) for name, value in pairs if name in _SETTINGS)


def _stock_or_first(name: str) -> Stock:
    """The stock of this name; the first where a browser kept one that there is no more."""
    return next((one for one in STOCKS if one.name == name), STOCKS[0])


def _sheet(settings: dict[str, str], *, count: int | None = None, skip: int | None = None) -> Sheet:
    """What is asked of the printer. Raises Invalid, StockUnfit."""
    adjusted = Adjustment(
        right=_millimetres("right", settings),
        down=_millimetres("down", settings),
        wider=_millimetres("wider", settings),
        taller=_millimetres("taller", settings),
        skip=_whole("skip", settings["skip"], 0) if skip is None else skip,
    )
    return Sheet(
        stock(settings["stock"]),
        adjusted,
        _whole("count", settings["count"], 1) if count is None else count,
        words.current().locale,
        certificate="certificate" in settings,
    )


def _whole(name: str, text: str, least: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 7) or int(text) < least:
        raise Invalid(field=name, value=text[:40], expected=f"a whole number from {least}")
    return int(text)


def _millimetres(name: str, settings: dict[str, str]) -> Decimal:
    try:
        return Decimal(settings[name] or "0")
    except InvalidOperation:
        raise Invalid(field=name, value=settings[name][:40], expected="millimetres") from None
