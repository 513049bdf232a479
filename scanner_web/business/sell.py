"""Goods leave the chain: sold, served, or written off."""

from __future__ import annotations

from dataclasses import replace

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.business import blueprint, goods, picking
from scanner_web.signed import forms, frame
from scanner_web.words import t
from trace.domain.commands import Outside, Paper, TakeOut
from trace.domain.offers import Meal
from trace.domain.refusals import Invalid, Refusal
from trace.domain.roles import Act
from trace.identifiers import InvalidIdentifier, UnifiedSocialCreditCode
from trace.services import custody, handy
from trace.services.context import Done, Once

WAYS = {"sell": Act.SELL, "serve": Act.SERVE, "destroy": Act.DESTROY}
REASONS = ("spoilt", "expired", "damaged", "stopped", "sample", "other")
"""Why goods are written off; ``expired`` is an act of its own."""


@blueprint.get("/sell")
def sell() -> AnyResponse:
    """What is sold, served or written off, out of stock."""
    return _form()


def _way() -> str:
    """What this business does with its goods; what it asked for, where it may."""
    wanted = request.values.get("how", "")
    may = _ways()
    return wanted if wanted in may else next(iter(may), "destroy")


def _ways() -> list[str]:
    """A canteen serves before it does anything else with its goods."""
    may = [way for way, act in WAYS.items() if goods.may(act)]
    return sorted(may, key=lambda way: way != "serve") if frame.actor().party.role == "canteen" else may


def _form(error: Refusal | InvalidIdentifier | None = None) -> AnyResponse:
    way = _way()
    stock = picking.loose_stock()
    return frame.page(
        "business/sell.html",
        way=way,
        ways=_ways(),
        choices=picking.choices(stock, free_only=way != "destroy"),
        reasons=[(reason, t(f"sell_reason_{reason}")) for reason in REASONS],
        buyers=handy.buyers(frame.context(), frame.actor()) if way == "sell" else (),
        meals=[("", t("sell_no_meal")), *((str(meal), t(f"meal_{meal}")) for meal in Meal)],
        error=error,
    )


@blueprint.post("/sell")
def take_out() -> AnyResponse:
    """Record it."""
    return frame.act(_take_out, then=_shown, again=_form)


def _shown(done: Done) -> str:
    return f"/desk/entries/{done.index}"


def _take_out(once: Once | None) -> Done:
    way = request.form.get("how", "")
    if way not in WAYS:
        raise Invalid(field="how", value=way[:20], expected=" | ".join(WAYS))
    command = {"sell": _sale, "serve": _serving, "destroy": _writing_off}[way]()
    ctx = frame.context()
    return custody.take_out(ctx, frame.actor(), replace(command, time=forms.at(ctx)), once)


def _sale() -> TakeOut:
    invoice = forms.text("invoice", longest=60)
    papers = (Paper("inv", invoice),) if invoice else ()
    return TakeOut("sell", picking.lines(picking.loose_stock()), papers, buyer=_buyer())


def _buyer() -> Outside | None:
    """A buyer outside this ledger: a wholesaler's books must name him, a stall's need not.

    Written down now, or one of the former ones. Raises UnknownBuyer, Invalid.
    """
    name = forms.text("buyer", longest=100)
    again = request.form.get("to", "")
    if name is None and again:
        if not (again.isascii() and again.isdigit() and len(again) < 16):
            raise handy.UnknownBuyer()
        return handy.buyer(frame.context(), frame.actor(), int(again))
    code = forms.text("buyer_code", longest=18)
    address, contact = forms.text("buyer_address"), forms.text("buyer_contact", longest=100)
    if name is None:
        if code or address or contact:
            raise Invalid(field="buyer", value="", expected=t("sell_buyer"))
        return None
    checked = UnifiedSocialCreditCode.parse(code).value if code else None
    return Outside(name, checked, address=address, contact=contact)


def _serving() -> TakeOut:
    dish, meal = forms.text("dish", longest=60), request.form.get("meal", "")
    if meal and meal not in set(Meal):
        raise Invalid(field="meal", value=meal[:20], expected=" | ".join(Meal))
    note = " · ".join(part for part in (t(f"meal_{meal}") if meal else "", dish) if part)
    return TakeOut("serve", picking.lines(picking.loose_stock()), note=note or None)


def _writing_off() -> TakeOut:
    reason = request.form.get("reason", "")
    if reason not in REASONS:
        raise Invalid(field="reason", value=reason[:20], expected=t("sell_reason"))
    if not request.form.get("sure"):
        raise Invalid(field="sure", value="", expected=t("sell_sure"))
    how = "expire" if reason == "expired" else "destroy"
    said = t(f"sell_reason_{reason}")
    return TakeOut(
        how, picking.lines(picking.loose_stock()), reason=said, note=forms.text("witness", longest=200)
    )
