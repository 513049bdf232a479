"""Goods go into cases and onto pallets (SSCC), and come out again."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.business import blueprint, goods, picking
from scanner_web.signed import forms, frame
from scanner_web.words import t
from trace.domain.commands import Pack, Unpack
from trace.domain.refusals import Invalid, Refusal
from trace.domain.roles import Act
from trace.identifiers import SSCC, InvalidIdentifier
from trace.services import custody, handy, logistic_units
from trace.services.context import Done, Once


@blueprint.get("/pack")
def pack() -> AnyResponse:
    """The form, and every unit that lies with the business with what is in it."""
    return _form()


def _form(error: Refusal | InvalidIdentifier | None = None) -> AnyResponse:
    units, infos = handy.units(frame.context(), frame.actor())
    return frame.page(
        "business/pack.html",
        may_pack=goods.may(Act.PACK),
        choices=picking.choices(picking.loose_stock()),
        units=[
            (
                unit.uri,
                unit.uri.rpartition("/")[2],
                [(infos[uri], amount) for uri, amount in unit.contents.items()],
            )
            for unit in units
        ],
        unit=request.values.get("unit", ""),
        numbers=logistic_units.prefix_of(frame.context(), frame.actor()) is not None,
        may_number=goods.owns(),
        inner=request.form.getlist("inner"),
        error=error,
    )


@blueprint.post("/pack")
def pack_goods() -> AnyResponse:
    """Record what goes into a unit."""
    return frame.act(_pack, then=_shown, again=_form)


def _shown(done: Done) -> str:
    """The record; with the number that the unit was given, so that a phone can tell it without opening that."""
    given = done.result.get("unit")
    return f"/desk/entries/{done.index}" + (f"?unit={given}" if given else "")


def _pack(once: Once | None) -> Done:
    code = forms.read(request.form.get("unit", ""))
    lines = picking.lines(picking.loose_stock())
    inner = tuple(_unit(text) for text in request.form.getlist("inner"))
    if not lines and not inner:
        raise Invalid(field=t("pack_lines"), value="", expected=t("process_inputs_needed"))
    ctx, actor = frame.context(), frame.actor()
    command = Pack(_unit(code) if code else "", lines, inner, forms.at(ctx))
    return (custody.pack if code else logistic_units.pack_new)(ctx, actor, command, once)


def _unit(text: str) -> str:
    """The URI of a logistic unit, however its code was scanned. Raises InvalidIdentifier."""
    return SSCC.parse(goods.read_code(text)).uri


@blueprint.post("/unpack")
def unpack() -> AnyResponse:
    """Record that everything came out of a unit."""

    def work(once: Once | None) -> Done:
        return custody.unpack(
            frame.context(),
            frame.actor(),
            Unpack(_unit(forms.code("unit")), time=forms.at(frame.context())),
            once,
        )

    return frame.act(work, then=_shown, again=_form)
