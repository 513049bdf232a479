"""Inputs become new batches: cut, cooked, frozen, packed anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.business import blueprint, goods, picking
from scanner_web.signed import forms, frame
from scanner_web.words import t
from trace.domain.commands import NewBatch, Transform
from trace.domain.refusals import BalanceOpen, Invalid, Refusal, UnknownProduct
from trace.domain.roles import Act
from trace.domain.units import Quantity, plain
from trace.identifiers import InvalidIdentifier
from trace.services import custody, handy, recipes
from trace.services.context import Done, Once
from trace.services.handy import Stocked
from trace.services.recipes import Recipe

ROWS = 4
"""Products that one entry can make."""


@dataclass(frozen=True)
class Row:
    """One product that comes out, as it stands in the form; ``last`` says in words how much it was last time."""

    product: str = ""
    amount: str = ""
    lot: str = ""
    expires: str = ""
    last: str = ""


@blueprint.get("/process")
def process() -> AnyResponse:
    """The form; ``again`` names the entry whose recipe it begins with, the last one unless said."""
    return _form()


def _form(error: Refusal | InvalidIdentifier | None = None) -> AnyResponse:
    ctx, actor = frame.context(), frame.actor()
    known, stock = recipes.recent(ctx, actor), picking.loose_stock()
    wanted = request.values.get("again", "")
    recipe = next((one for one in known if str(one.index) == wanted), None)
    if recipe is None and wanted != "none":
        recipe = next(iter(known), None)
    return frame.page(
        "business/process.html",
        may_process=goods.may(Act.TRANSFORM),
        recipes=known,
        recipe=recipe,
        choices=picking.choices(stock, ticked=_inputs(recipe, stock)),
        rows=_rows(recipe),
        products=handy.products(ctx, actor),
        process=request.form.get("process", recipe.process or "" if recipe else ""),
        loss=_loss_shown(error),
        error=error,
    )


def _inputs(recipe: Recipe | None, stock: Iterable[Stocked]) -> Mapping[str, Decimal | None]:
    """What of the stock the recipe would take: what must be used first, as much as last time, or all there is."""
    found: dict[str, Decimal | None] = {}
    for part in recipe.inputs if recipe else ():
        left = part.amount
        for held in stock:
            same = held.info.product is not None and held.info.product.uri == part.product
            if left > 0 and same and not picking.why_barred(held):
                found[held.info.uri] = min(left, held.loose)
                left -= held.loose
    return found


def _rows(recipe: Recipe | None) -> list[Row]:
    sent = [request.form.getlist(name) for name in ("product", "amount", "lot", "expires")]
    if request.method == "POST":
        rows = [Row(*fields) for fields in zip(*sent, strict=False)]
    else:
        rows = [
            Row(part.product, last=t("process_last", amount=goods.amount(part.amount, part.unit)))
            for part in (recipe.outputs if recipe else ())
        ]
    return [*rows, *[Row()] * ROWS][:ROWS]


def _loss_shown(error: object) -> str:
    """What was sent; where it does not add up, what would close it."""
    if isinstance(error, BalanceOpen) and (missing := error.inputs - error.outputs) >= 0:
        return plain(missing)
    return request.form.get("loss", "")


@blueprint.post("/process")
def transform() -> AnyResponse:
    """Record it."""
    return frame.act(_transform, then=lambda done: f"/desk/entries/{done.index}", again=_form)


def _transform(once: Once | None) -> Done:
    ctx = frame.context()
    inputs = picking.lines(picking.loose_stock())
    if not inputs:
        raise Invalid(field=t("process_inputs"), value="", expected=t("process_inputs_needed"))
    lost = request.form.get("loss", "").strip()
    command = Transform(
        inputs=inputs,
        outputs=tuple(_output(*row) for row in _sent()),
        loss=Quantity.parse(lost, inputs[0].quantity.unit) if lost.strip("0.") else None,
        process=forms.text("process", longest=60),
        time=forms.at(ctx),
    )
    return custody.transform(ctx, frame.actor(), command, once)


def _sent() -> list[tuple[str, str, str, str]]:
    """The rows that say something."""
    columns = [forms.many(name)[:ROWS] for name in ("product", "amount", "lot", "expires")]
    rows = [row for row in zip(*columns, strict=True) if row[1] or row[2]]
    if not rows:
        raise Invalid(field=t("process_outputs"), value="", expected=t("process_outputs_needed"))
    return rows


def _output(product: str, amount: str, lot: str, expires: str) -> NewBatch:
    made = handy.find_product(frame.context(), product)
    if made is None:
        raise UnknownProduct(product=product)
    return NewBatch(
        uri="",
        product=made.uri,
        quantity=Quantity.parse(amount, made.unit),
        lot=lot[:60] or None,
        expires=_day(expires),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(field=t("process_expires"), value=text[:40], expected="YYYY-MM-DD") from None
