"""Registering a batch: again as yesterday in two taps, or a new one; the product too, where it is the first of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.business import blueprint
from scanner_web.business.goods import may, read_code
from scanner_web.signed import forms, frame
from trace.domain.commands import Basis, Commitment, NewBatch, Outside, Paper, Register
from trace.domain.model import Role
from trace.domain.refusals import Invalid, Refusal, UnknownProduct
from trace.domain.roles import Act
from trace.domain.units import plain
from trace.identifiers import InvalidIdentifier, split_batch_uri
from trace.services import custody, handy
from trace.services.context import Done, Once
from trace.services.handy import Again
from trace.services.parties import ProductDraft

UNITS = ("KGM", "XCS", "XBG", "XBX", "XBK", "XBO", "H87", "HEA", "PTN", "LTR")
"""Units offered for a new product; 斤 is none of them (see ``domain.units``)."""

NEW = "new"
_PAPERS = (1, 2)


@blueprint.get("/register")
def register() -> AnyResponse:
    """Yesterday's batches to register again, the products to choose from; or the form for one of them."""
    ctx, actor = frame.context(), frame.actor()
    past = handy.again(ctx, actor)
    products = handy.products(ctx, actor)
    values = _from_code(request.args.get("code", "")) | _bought(request.args)
    if again := request.args.get("again"):
        found = next((one for one in past if again in (one.info.uri, one.info.batch.code)), None)
        if found is not None and found.info.product is not None:
            return _form(found.info.product.uri, values | _as_before(found), basis=found.basis)
    product = request.args.get("product", "")
    if product or not (products or past):
        return _form(product or NEW, values)
    if not may(Act.REGISTER):
        past = ()
    return frame.page("business/register.html", past=past, products=products, values=values)


@blueprint.post("/register")
def registered() -> AnyResponse:
    """Record the batch, and the product where it is new."""
    ctx, actor = frame.context(), frame.actor()

    def work(key: Once | None) -> Done:
        command = _command()
        if request.form.get("product", NEW) == NEW:
            return handy.register_new(ctx, actor, _product(), command, key)
        return custody.register(ctx, actor, command, key)

    def again(refusal: Refusal | InvalidIdentifier) -> AnyResponse:
        return _form(request.form.get("product", NEW), request.form.to_dict(), refusal)

    return frame.act(work, then=lambda done: f"/desk/entries/{done.index}", again=again)


def _form(
    name: str,
    values: Mapping[str, Any],
    error: Refusal | InvalidIdentifier | None = None,
    basis: Iterable[str] = (),
) -> AnyResponse:
    product = None if name == NEW else handy.find_product(frame.context(), name)
    if name != NEW and product is None:
        raise UnknownProduct(product=name)
    units = UNITS if product is None else (product.unit, *sorted(product.units))
    today = forms.today(frame.context())
    shelf = None if product is None else product.shelf_days
    shown = {"produced": "" if values.get("bought") else today.isoformat(), "unit": units[0], **values}
    return frame.page(
        "business/register_form.html",
        error=error,
        product=product,
        units=units,
        values=shown,
        basis=request.form.getlist("basis") or list(basis),
        use_by=_use_by(shown["produced"], shelf),
        commits=frame.actor().party.role is Role.PRODUCER,
        bases=list(Basis),
        self_entry=int(frame.context().clocks.self_entry.total_seconds()) // 3600,
    )


def _use_by(produced: str, shelf_days: int | None) -> date | None:
    """The last day of use as the service will reckon it, to show beforehand."""
    try:
        return None if shelf_days is None else date.fromisoformat(produced) + timedelta(days=shelf_days)
    except (ValueError, OverflowError):
        return None


def _as_before(past: Again) -> dict[str, Any]:
    """Yesterday's values: amount, unit, origin, specification and supplier; never its lot or its dates."""
    supplier = {f"supplier-{name}": value for name, value in past.supplier.items()}
    return {
        "amount": plain(past.amount),
        "unit": past.unit,
        "origin": past.origin or "",
        "specification": past.specification or "",
        **supplier,
        **({"bought": "1"} if supplier else {}),
    }


def _bought(args: Mapping[str, str]) -> dict[str, str]:
    return {"bought": "1"} if args.get("bought") else {}


def _from_code(text: str) -> dict[str, str]:
    """What the code on goods from outside says of them: the maker's lot, where it is a GS1 code."""
    if not text:
        return {}
    try:
        split = split_batch_uri(read_code(text))
    except InvalidIdentifier:
        split = None
    return {"code": forms.read(text)[:200], **({"lot": split[1]} if split else {})}


# -- what the form says --------------------------------------------------------------------------------------


def _command() -> Register:
    batch = NewBatch(
        uri="",
        product=request.form.get("product", ""),
        quantity=forms.quantity("amount", "unit"),
        lot=forms.text("lot", longest=20),
        produced=forms.day("produced"),
        expires=forms.day("expires"),
        origin=forms.text("origin"),
        specification=forms.text("specification"),
        commitment=_commitment(),
    )
    return Register(
        batch,
        papers=papers(),
        supplier=_supplier(),
        note=forms.text("note", longest=500),
        time=_arrived() or forms.at(frame.context()),
    )


def _product() -> ProductDraft:
    days = forms.text("shelf_days", longest=5)
    if days is not None and not (days.isascii() and days.isdigit()):
        raise Invalid(field="shelf_days", value=days, expected="1 to 36500")
    return ProductDraft(
        name=forms.text("name") or "",
        unit=request.form.get("unit", ""),
        units={},
        gtin=forms.text("gtin", longest=14),
        shelf_days=int(days) if days else None,
        category=forms.text("category"),
    )


def _commitment() -> Commitment | None:
    chosen = request.form.getlist("basis")
    if not chosen:
        return None
    if not set(chosen) <= set(Basis):
        raise Invalid(field="basis", value=chosen[0][:40], expected=" | ".join(Basis))
    return Commitment(tuple(Basis(one) for one in chosen))


def papers() -> tuple[Paper, ...]:
    """The papers that the rows of a form name; a row without a number names none."""
    rows = ((request.form.get(f"paper-type-{n}", ""), forms.text(f"paper-number-{n}")) for n in _PAPERS)
    return tuple(Paper(kind[:40], number) for kind, number in rows if kind and number)


def _supplier() -> Outside | None:
    """Who sold goods that come from outside, where the form says so. Raises SupplierNotNamed."""
    if not request.form.get("bought"):
        return None
    name = forms.text("supplier-name")
    if name is None:
        raise handy.SupplierNotNamed()
    return Outside(
        name=name,
        code=forms.text("supplier-code", longest=40),
        licence=forms.text("supplier-licence", longest=40),
        address=forms.text("supplier-address"),
        contact=forms.text("supplier-contact", longest=80),
    )


def _arrived() -> datetime | None:
    """When goods from outside arrived, in the zone of the businesses; now, where it is not said."""
    value = request.form.get("arrived", "").strip()
    if not value or not request.form.get("bought"):
        return None
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        raise Invalid(field="arrived", value=value[:40], expected="YYYY-MM-DDThh:mm") from None
    return time if time.tzinfo else time.replace(tzinfo=frame.context().zone)
