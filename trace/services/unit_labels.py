"""What stands on the label of a logistic unit: its SSCC, whose it is, and what lies in it."""

from __future__ import annotations

from sqlalchemy import Connection

from trace.domain.model import AccountKind
from trace.domain.refusals import UnknownContainer
from trace.domain.units import plain
from trace.i18n import Locale, catalogs, text
from trace.identifiers import SSCC
from trace.render.labels import Label, Printed, labels_pdf
from trace.services.acts import page_address
from trace.services.context import Actor, Context
from trace.services.labels import Sheet
from trace.store import queries
from trace.store.queries import BatchInfo, desk
from trace.store.queries.desk import Unit

MOST_LINES = 6
"""Batches that are named on a label; of further ones only how many there are."""


def unit_label(ctx: Context, actor: Actor, unit: str, locale: Locale) -> Label:
    """The label of an outermost unit (URI) that lies with the actor. Raises UnknownContainer, InvalidIdentifier."""
    number = SSCC.parse(unit)

    def read(connection: Connection) -> tuple[Unit, dict[str, BatchInfo]] | None:
        lying = desk.units_at(connection, ctx.ledger, AccountKind.HELD, [actor.uri]).get(actor.uri, ())
        found = next((one for one in lying if one.uri == number.uri), None)
        if found is None:
            return None
        return found, queries.batch_infos(connection, ctx.ledger, found.contents.keys())

    found = ctx.sequencer.read(read)
    if found is None:
        raise UnknownContainer(container=number.uri)
    lying, infos = found
    contents = [
        (_called(infos[uri]), f"{plain(amount)} {_unit(infos[uri].batch.unit, locale)}")
        for uri, amount in lying.contents.items()
    ]
    lines = contents[:MOST_LINES]
    if len(contents) > MOST_LINES:
        lines.append(("", text("unit_label_more", locale, count=len(contents) - MOST_LINES)))
    return Label(
        url=page_address(ctx, number.uri),
        code=spaced(number.value),
        title=actor.party.name,
        lines=tuple(lines),
    )


def print_unit(ctx: Context, actor: Actor, unit: str, sheet: Sheet) -> Printed:
    """Labels of a unit, each the same. Raises what ``unit_label`` and ``labels_pdf`` raise."""
    label = unit_label(ctx, actor, unit, sheet.locale)
    return labels_pdf([label] * sheet.count, sheet.stock, sheet.adjusted, title=label.code)


def spaced(sscc: str) -> str:
    """An SSCC as people read it aloud.

    >>> spaced("040123450000003338")
    '0 4012345000000333 8'
    """
    return f"{sscc[0]} {sscc[1:17]} {sscc[17]}"


def _called(info: BatchInfo) -> str:
    named = [info.product.name if info.product else None, info.batch.lot or info.batch.code]
    return " ".join(part for part in named if part) or info.uri


def _unit(unit: str, locale: Locale) -> str:
    return text(f"unit_{unit}", locale) if f"unit_{unit}" in catalogs() else unit
