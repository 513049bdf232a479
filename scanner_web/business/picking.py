"""Choosing goods out of one's own stock: a list to tick, each with an amount; all of it unless one says less.

The fields are ``batch``, once for each ticked line, and ``amount:<name>``; a name is a batch's short code or its URI.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sized
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from flask import request

from scanner_web import words
from scanner_web.business import blueprint, goods
from scanner_web.signed import forms, frame
from trace.domain.commands import Line
from trace.domain.refusals import Invalid, NotEnough
from trace.domain.units import Quantity, plain
from trace.services import handy, look
from trace.services.handy import Stocked

MOST_LINES = 100


@dataclass(frozen=True)
class Choice:
    """A line of the list. ``barred`` says in words why it cannot be ticked; ``keys`` by what scans it is known."""

    held: Stocked
    name: str
    ticked: bool
    amount: str
    barred: str = ""
    known: tuple[str, ...] = ()

    @property
    def keys(self) -> str:
        """For the page's script."""
        return " ".join(key for key in (*self.known, self.held.info.batch.lot or "") if " " not in key)


def today() -> date:
    """The date where the businesses are."""
    return forms.today(frame.context())


def expired(held: Stocked) -> bool:
    """Whether its last day of use is past."""
    return held.info.batch.expires is not None and held.info.batch.expires < today().isoformat()


def loose_stock() -> tuple[Stocked, ...]:
    """What lies loose with whoever is signed in: what must be used first stands first, what was named before all.

    Of a very large stock only so much is listed (see ``is_cut``), and what was scanned, typed or ticked besides.
    """
    ctx, actor = frame.context(), frame.actor()
    listed = handy.loose(ctx, actor)
    if not is_cut(listed):
        return listed
    known = {goods.name_of(one.info) for one in listed}
    named = [goods.read_code(code) for code in request.args.getlist("code") if code]
    named += [name for name in request.form.getlist("batch") if name not in known]
    return (*handy.loose_ones(ctx, actor, named[:MOST_LINES]), *listed)


def is_cut(stock: Sized) -> bool:
    """Whether more lies there than a page lists: the rest is found by its codes."""
    return len(stock) >= handy.MOST_LOOSE


def choices(
    stock: Iterable[Stocked],
    *,
    ticked: Mapping[str, Decimal | None] | None = None,
    free_only: bool = True,
) -> list[Choice]:
    """The list, as it was sent where a form comes back; else with ``ticked`` (by URI; None: all of it) ticked.

    What is ticked stands first. With ``free_only`` nothing that is stopped or past its day can be ticked, and such
    goods stand last.
    """
    codes = [code for code in request.args.getlist("code") if code]
    asked = {goods.read_code(code) for code in codes[:MOST_LINES]}
    held = list(stock)
    known = goods.keys(one.info for one in held)
    chosen = [_choice(one, ticked or {}, asked, free_only) for one in held]
    chosen.sort(key=lambda choice: (not choice.ticked, bool(choice.barred)))
    return [replace(choice, known=tuple(known[choice.held.info.uri])) for choice in chosen]


def _choice(
    held: Stocked, ticked: Mapping[str, Decimal | None], asked: Collection[str], free_only: bool
) -> Choice:
    name, uri = goods.name_of(held.info), held.info.uri
    barred = why_barred(held) if free_only else ""
    if request.method == "POST":
        on = name in request.form.getlist("batch")
        return Choice(held, name, on and not barred, request.form.get(f"amount:{name}", ""), barred)
    amount = ticked.get(uri)
    on = uri in ticked or any(goods.is_meant(held.info, code) for code in asked)
    return Choice(held, name, on and not barred, plain(held.loose if amount is None else amount), barred)


def why_barred(held: Stocked) -> str:
    """Why goods must not go on to people, in words; empty where nothing stands against it."""
    if held.stop is not None:
        return words.t("pick_stopped", reason=words.current().why(held.stop))
    return words.t("pick_expired", day=goods.day_of(held.info.batch.expires or "")) if expired(held) else ""


def lines(stock: Iterable[Stocked]) -> tuple[Line, ...]:
    """What was ticked, with its amounts. Raises Invalid, AmountMalformed and its kin, UnknownBatch, NotEnough."""
    held = {goods.name_of(one.info): one for one in stock}
    names = list(dict.fromkeys(forms.many("batch")))
    if len(names) > MOST_LINES:
        raise Invalid(field="batch", value=str(len(names)), expected=f"at most {MOST_LINES}")
    return tuple(_line(name, held.get(name)) for name in names)


def _line(name: str, held: Stocked | None) -> Line:
    info = held.info if held else look.find_batch(frame.context(), name)
    written = request.form.get(f"amount:{name}", "").strip()
    if not written and (held is None or held.loose <= 0):
        zero = Decimal(0)
        raise NotEnough(info.uri, frame.actor().uri, asked=zero, holds=zero, unit=info.batch.unit)
    amount = written or plain(held.loose if held else Decimal(0))
    return Line(info.uri, Quantity.parse(amount, info.batch.unit))


@blueprint.context_processor
def shared() -> dict[str, object]:
    """How much the lists of the area's templates hold at most."""
    most = {"products_most": handy.MOST_PRODUCTS, "entries_most": handy.MOST_ENTRIES}
    return {"pick_is_cut": is_cut, "pick_most": handy.MOST_LOOSE, **most}
