"""Printing labels: of a batch, with a code for each piece, and rolls printed ahead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode

from flask import Response, make_response, request
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from scanner_web import paths, words
from scanner_web.business import blueprint
from scanner_web.signed import forms, frame
from trace.domain.refusals import Invalid, NotYours, Refusal, UnknownBatch
from trace.identifiers import InvalidIdentifier
from trace.render.labels import (
    MOST,
    STOCKS,
    Adjustment,
    Label,
    Laid,
    Stock,
    few_enough,
    fitting,
    label_svg,
    lay_out,
    sheet_svg,
    stock,
)
from trace.services import labels, lists, serials, unit_labels
from trace.services.context import Done, Once
from trace.services.labels import Sheet

_SHEETS = tuple(one for one in STOCKS if not one.is_roll)
_ROLLS = tuple(one for one in STOCKS if one.is_roll)
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
    info, ranges = labels.issued(ctx, actor, code)
    look = _look(
        lambda: labels.batch_label(
            ctx, actor, code, words.current().locale, certificate="certificate" in request.args
        )
    )
    return frame.page(
        "business/labels_of.html",
        422 if error or look.error else 200,
        info=info,
        code=info.batch.code or info.uri,
        sheets=_SHEETS,
        rolls=_ROLLS,
        look=look,
        certified=labels.bears_certificate(ctx, code),
        ranges=ranges,
        error=error,
        most=MOST,
    )


@blueprint.get("/labels.pdf")
def labels_file() -> AnyResponse:
    """The labels as PDF; the browser keeps the settings for the next time."""
    ctx, actor = frame.context(), frame.actor()
    settings = _settings(STOCKS[0])
    first = request.args.get("first", "")
    if "unit" in request.args:
        printed = unit_labels.print_unit(ctx, actor, forms.read(request.args["unit"]), _sheet(settings))
    elif "roll" in request.args:
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
        count = min(done.result["last_number"] - done.result["first_number"] + 1, MOST)
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
    """Serials, a roll's labels or a logistic unit's: how they are printed, what the first looks like, and the file."""
    look = _look(_first_piece)
    return frame.page(
        "business/labels_print.html",
        422 if look.error else 200,
        sheets=_SHEETS,
        rolls=_ROLLS,
        look=look,
        of={name: request.args[name] for name in ("batch", "roll", "unit", "first") if name in request.args},
    )


def _first_piece() -> Label:
    """The first label that ``print_page`` is asked for."""
    ctx, actor, locale = frame.context(), frame.actor(), words.current().locale
    if "unit" in request.args:
        return unit_labels.unit_label(ctx, actor, forms.read(request.args["unit"]), locale)
    first = _whole("first", request.args.get("first", "1"), 1)
    if "roll" in request.args:
        return labels.roll_labels(ctx, actor, request.args["roll"], first, 1, locale)[0]
    code = serials.batch_named(ctx, forms.read(request.args.get("batch", "")))
    return labels.serial_labels(ctx, actor, code, first, 1, locale)[0]


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
        count = min(done.result["count"], MOST)
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


# -- how it will look ----------------------------------------------------------------------------------------


@dataclass
class Look:
    """What will be printed with these settings, as pictures, as far as it can be; else what is wrong."""

    settings: dict[str, str]
    laid: Laid | None = None
    label: Markup | None = None
    sheet: Markup | None = None
    pages: int = 0
    error: Refusal | InvalidIdentifier | None = None


def _look(make: Callable[[], Label]) -> Look:
    """The label that ``make`` gives, as the address and this browser's settings ask for it.

    Raises NotYours and UnknownBatch: of such a batch there is no label whatever is set.
    """
    look = Look(_settings(STOCKS[0]))
    try:
        label = make()
        look.settings = _settings(fitting(label))
        kind = stock(look.settings["stock"])
        look.laid = lay_out(label, kind)
        look.label = _picture(look.laid)
        asked = _sheet(look.settings)
        few_enough(asked.count)
        if not kind.is_roll:
            skip = asked.adjusted.skip
            look.pages = -(-(skip + asked.count) // kind.per_page)
            look.sheet = _page_picture(kind, skip, asked.count)
    except (NotYours, UnknownBatch):
        raise
    except (Refusal, InvalidIdentifier) as refusal:
        look.error = refusal
    return look


def _picture(laid: Laid) -> Markup:
    said = words.t("desk_labels_picture", texts=" · ".join(text.text for text in laid.texts))
    return Markup(label_svg(laid, alternative=said))  # noqa: S704 - made here, every text in it escaped


def _page_picture(kind: Stock, skip: int, count: int) -> Markup:
    there = min(count, kind.per_page - skip)
    said = words.t("desk_labels_page_picture", all=kind.per_page, skip=skip, count=there)
    drawn = sheet_svg(kind, skip=skip, count=count, alternative=said)
    return Markup(drawn)  # noqa: S704 - made here, every text in it escaped


# -- settings ------------------------------------------------------------------------------------------------


def _settings(usual: Stock) -> dict[str, str]:
    """What the address says, else what this browser used last, else the usual stock as it is."""
    kept = _parsed(request.cookies.get(_KEPT, ""))
    if not any(one.name == kept.get("stock") for one in STOCKS):
        kept["stock"] = usual.name
    found = {name: request.args.get(name, kept.get(name, "0")).strip() for name in _SETTINGS}
    chosen = next((one for one in STOCKS if one.name == found["stock"]), usual)
    found["count"] = request.args.get("count", str(chosen.per_page)).strip()
    found["skip"] = request.args.get("skip", "0").strip()
    if "certificate" in request.args:
        found["certificate"] = "1"
    return found


def _parsed(cookie: str) -> MultiDict[str, str]:
    pairs = [pair.split("=", 1) for pair in cookie[:300].split("&") if "=" in pair]
    return MultiDict((name, value) for name, value in pairs if name in _SETTINGS)


def _sheet(settings: dict[str, str]) -> Sheet:
    """What is asked of the printer. Raises Invalid, StockUnfit."""
    adjusted = Adjustment(
        right=_millimetres("right", settings),
        down=_millimetres("down", settings),
        wider=_millimetres("wider", settings),
        taller=_millimetres("taller", settings),
        skip=_whole("skip", settings["skip"], 0),
    )
    return Sheet(
        stock(settings["stock"]),
        adjusted,
        _whole("count", settings["count"], 1),
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
