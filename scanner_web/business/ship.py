"""Shipping: to whom, the last partner first; what, from what lies here; and the delivery note's code for the driver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.business import blueprint, picking
from scanner_web.business.goods import is_meant, keys, read_code
from scanner_web.business.register import papers
from scanner_web.signed import forms, frame
from trace.domain.commands import Line, Ship
from trace.domain.refusals import Refusal
from trace.domain.units import Quantity
from trace.identifiers import InvalidIdentifier
from trace.services import custody, handy
from trace.services.context import Done, Once
from trace.services.handy import Stocked, Unit
from trace.services.values import BatchInfo, PartyInfo


@blueprint.get("/ship")
def ship() -> AnyResponse:
    """The form; ``to`` and ``batch`` in the address choose beforehand."""
    return _form(request.args)


@blueprint.post("/ship/find")
def find() -> AnyResponse:
    """The form as it is filled in, with the partners that were looked for and the goods that were scanned."""
    return _form(request.form)


@blueprint.post("/ship")
def shipped() -> AnyResponse:
    """Record the delivery."""
    ctx, actor = frame.context(), frame.actor()

    def work(key: Once | None) -> Done:
        return custody.ship(ctx, actor, _command(), key)

    return frame.act(
        work,
        then=lambda done: f"/desk/entries/{done.index}",
        again=lambda refusal: _form(request.form, refusal),
    )


def _command() -> Ship:
    """What the form says. Raises PartnerNotChosen, GoodsNotChosen."""
    to = request.form.get("to", "")
    if not to:
        raise handy.PartnerNotChosen()
    lines = tuple(
        Line(
            uri,
            Quantity.parse(
                request.form.get(f"amount:{uri}", "").strip(), request.form.get(f"unit:{uri}", "")
            ),
        )
        for uri in request.form.getlist("take")
    )
    containers = tuple(request.form.getlist("box"))
    if not lines and not containers:
        raise handy.GoodsNotChosen()
    return Ship(
        shipment="",
        to=to,
        lines=lines,
        containers=containers,
        carrier=forms.text("carrier"),
        vehicle=forms.text("vehicle", longest=40),
        papers=papers(),
        note=forms.text("note", longest=500),
        time=forms.at(frame.context()),
    )


def _form(said: MultiDict[str, str], error: Refusal | InvalidIdentifier | None = None) -> AnyResponse:
    ctx, actor = frame.context(), frame.actor()
    here = _here(said)
    taken, missed = _taken(here, said)
    lines = sorted(here.loose, key=lambda one: (one.info.uri not in taken, picking.expired(one)))
    looked_for = forms.read(said.get("find", ""))[:200]
    found = handy.find_partners(ctx, actor, _read(looked_for)) if looked_for else ()
    return frame.page(
        "business/ship.html",
        error=error,
        values=said,
        partners=_partners(said.get("to", ""), found),
        chosen={said.get("to", "")} if len(found) != 1 else {found[0].id},
        looked_for=looked_for,
        nobody=bool(looked_for and not found),
        lines=lines,
        cut=picking.is_cut(lines),
        most=handy.MOST_LOOSE,
        units=here.units,
        named=here.named,
        taken=taken,
        missed=missed,
        keys=keys(one.info for one in lines),
        packages=handy.packages(ctx, (one.info for one in lines)),
    )


def _partners(chosen: str, found: tuple[PartyInfo, ...]) -> list[PartyInfo]:
    """Whom to offer: who was looked for, who is chosen already, and the recent ones; each once."""
    ctx, actor = frame.context(), frame.actor()
    offered = {one.uri: one for one in (*found, *handy.partners(ctx, actor))}
    if chosen and all(chosen not in (one.uri, one.id) for one in offered.values()):
        offered |= {one.uri: one for one in handy.find_partners(ctx, actor, chosen)[:1]}
    return list(offered.values())


@dataclass(frozen=True)
class Here:
    """What may leave: batches that lie loose, stopped ones last; logistic units, and the batches in them by URI."""

    loose: tuple[Stocked, ...]
    units: tuple[Unit, ...]
    named: Mapping[str, BatchInfo]


def _here(said: Mapping[str, Any]) -> Here:
    """What is listed, and of a very large stock what was named besides."""
    ctx, actor = frame.context(), frame.actor()
    loose = handy.loose(ctx, actor)
    if picking.is_cut(loose):
        known = {one.info.uri for one in loose}
        codes = [_read(code) for code in _scanned(said) for code in (code, *code.split(" "))]
        asked = handy.loose_ones(ctx, actor, {*codes, *request.values.getlist("take")} - known)
        loose = (*asked, *(one for one in loose if one not in asked))
    return Here(loose, *handy.units(ctx, actor))


def _scanned(said: Mapping[str, Any]) -> list[str]:
    """The codes of goods in the address, and those that were scanned now."""
    return [code for code in map(forms.read, (*request.args.getlist("batch"), said.get("scan", ""))) if code]


def _taken(stock: Here, said: Mapping[str, Any]) -> tuple[frozenset[str], list[str]]:
    """Batches and logistic units that are chosen: ticked before, named in the address, or scanned now.

    With them the scanned codes that name nothing that lies here.
    """
    chosen = {*request.values.getlist("take"), *request.values.getlist("box")}
    missed = []
    for code in _scanned(said):
        found = _named(stock, code)
        for part in () if found else code.split(" "):  # several, or one with spaces in it
            several = _named(stock, part)
            found += several
            missed += [] if several or not part else [part]
        chosen.update(found)
    return frozenset(chosen), missed


def _named(stock: Here, code: str) -> list[str]:
    """The batches and logistic units here that a scanned code names."""
    read = _read(code)
    found = [one.info.uri for one in stock.loose if is_meant(one.info, read)]
    return found + [unit.uri for unit in stock.units if unit.uri == read]


def _read(code: str) -> str:
    try:
        return read_code(code)
    except InvalidIdentifier:
        return code
