"""What stands on the labels of a batch: its code, what everybody may see of it, and its 承诺达标合格证.

Printing records nothing. The code of a batch is its own for life, so a second print is the same label; serials and
pre-printed rolls are issued as records of their own (``serials``), and printed from the numbers issued.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from trace.domain.commands import Basis
from trace.domain.model import AccountKind, Batch
from trace.domain.refusals import NotYours, UnknownBatch
from trace.domain.serials import SerialNotIssued, shown
from trace.domain.units import plain
from trace.i18n import Locale, catalogs, text
from trace.render.labels import (
    Adjustment,
    Certificate,
    Label,
    Printed,
    Stock,
    few_enough,
    labels_pdf,
)
from trace.services import lists, look, scan, serials
from trace.services.acts import page_address
from trace.services.context import Actor, Context
from trace.services.serials import SerialCode
from trace.store import queries
from trace.store.queries import BatchInfo, label_ranges
from trace.store.queries import serials as serial_ranges
from trace.store.queries.label_ranges import Issued, RollInfo
from trace.store.queries.reports import contacts

MOST_ROOM = 120
"""Letters of one value: what is longer is for the page, not for a label."""

_PROMISES = ("label_promise_forbidden", "label_promise_residues", "label_promise_truth")


@dataclass(frozen=True)
class Sheet:
    """What the printer is asked for: the same label ``count`` times on this stock, in this language."""

    stock: Stock
    adjusted: Adjustment
    count: int
    locale: Locale
    certificate: bool = False


def print_batch(ctx: Context, actor: Actor, code: str, sheet: Sheet) -> Printed:
    """Labels of a batch. For whoever made it or holds some of it.

    Raises UnknownBatch, NotYours, and what ``labels_pdf`` raises.
    """
    label = batch_label(ctx, actor, code, sheet.locale, certificate=sheet.certificate)
    return labels_pdf([label] * sheet.count, sheet.stock, sheet.adjusted, title=f"{label.title} {label.code}")


def batch_label(ctx: Context, actor: Actor, code: str, locale: Locale, *, certificate: bool = False) -> Label:
    """One label of a batch, with the certificate where it is asked for and the batch bears one."""
    found = scan.batch(ctx, code)
    if found is None:
        raise UnknownBatch(batch=code)
    info = found.view.info
    _require_own(ctx, actor, info.batch)
    told = found.told(info.uri)
    batch = info.batch
    names = [
        ("label_made", batch.produced),
        ("label_use_by", batch.expires),
        ("label_lot", batch.lot),
        ("label_origin", told.get("origin")),
        ("label_maker", info.maker.name if info.maker else None),
    ]
    maker = found.view.parties.get(batch.maker or "")
    paper = None
    if certificate and told.get("commitment"):
        paper = _certificate(told["commitment"], locale)
        if maker is not None and batch.maker == actor.uri:
            names += [
                ("label_amount", _amount(ctx, actor, batch, locale)),
                ("label_contact", _contact(ctx, maker)),
            ]
        names.append(("label_issued", told.get("committed")))
    lines = [(text(word, locale), value[:MOST_ROOM]) for word, value in names if value]
    return Label(
        url=printed_link(ctx, batch),
        code=batch.code or batch.lot or "",
        title=(info.product.name if info.product else batch.lot or "")[:MOST_ROOM],
        lines=tuple(lines),
        certificate=paper,
    )


def printed_link(ctx: Context, batch: Batch) -> str:
    """What the QR code of a batch carries: capitals where the address is ours alone, for a smaller code."""
    address = page_address(ctx, batch.uri)
    return address.upper() if address.startswith(f"{ctx.base_url}/t/") else address


def bears_certificate(ctx: Context, code: str) -> date | None:
    """The day a batch's 承诺达标合格证 was issued; None where it bears none. Raises UnknownBatch."""
    found = scan.batch(ctx, code)
    if found is None:
        raise UnknownBatch(batch=code)
    issued = found.told(found.view.info.uri).get("committed")
    try:
        return date.fromisoformat(issued) if issued else None
    except ValueError:  # of a document: there it may be anything
        return None


def _require_own(ctx: Context, actor: Actor, batch: Batch) -> None:
    if batch.maker != actor.uri and not lists.holders(ctx, actor, batch.uri)[1]:
        raise NotYours(what=batch.uri, owner=batch.maker or "", party=actor.uri)


def _certificate(basis: str, locale: Locale) -> Certificate:
    given = set(basis.split())
    return Certificate(
        title=text("label_certificate", locale),
        lead=text("label_promise", locale),
        promises=tuple(text(code, locale) for code in _PROMISES),
        grounds_title=text("label_grounds", locale),
        grounds=tuple((text(f"label_ground_{one}", locale), str(one) in given) for one in Basis),
        signature=text("label_signature", locale),
    )


def _amount(ctx: Context, actor: Actor, batch: Batch, locale: Locale) -> str | None:
    """How much was made, for its maker's own certificate."""
    made = -look.mass_balance(ctx, actor, batch.uri).total(AccountKind.MADE)
    unit = text(f"unit_{batch.unit}", locale) if f"unit_{batch.unit}" in catalogs() else batch.unit
    return f"{plain(made)} {unit}" if made > 0 else None


def _contact(ctx: Context, maker: queries.PartyInfo) -> str | None:
    def read(connection: Connection) -> str | None:
        found = contacts(connection, ctx.ledger, [maker]).get(maker.uri)
        return found.phone or found.person if found else None

    return ctx.sequencer.read(read)


# -- a code for each piece -----------------------------------------------------------------------------------

MOST_ROLLS = 50
"""Rolls that a party is shown: its newest."""


def issued(ctx: Context, actor: Actor, code: str) -> tuple[BatchInfo, tuple[Issued, ...]]:
    """A batch and the serials that the actor issued for it. Raises UnknownBatch."""
    info = look.find_batch(ctx, code)
    ranges = ctx.sequencer.read(
        lambda connection: label_ranges.issued(connection, ctx.ledger, info.uri, actor.uri)
    )
    return info, ranges


def rolls(ctx: Context, actor: Actor) -> tuple[RollInfo, ...]:
    """The actor's own rolls, the newest first."""
    return ctx.sequencer.read(
        lambda connection: label_ranges.rolls(connection, ctx.ledger, actor.uri, MOST_ROLLS)
    )


def print_serials(ctx: Context, actor: Actor, code: str, first: int, sheet: Sheet) -> Printed:
    """Labels of a batch with serials from number ``first`` on, out of one range that the actor issued.

    Raises what ``serial_labels`` and ``labels_pdf`` raise.
    """
    labels = serial_labels(ctx, actor, code, first, sheet.count, sheet.locale)
    return labels_pdf(labels, sheet.stock, sheet.adjusted, title=labels[0].title)


def serial_labels(
    ctx: Context, actor: Actor, code: str, first: int, count: int, locale: Locale
) -> list[Label]:
    """The labels of ``print_serials``. Raises UnknownBatch, NotYours, SerialNotIssued, TooManyLabels."""
    few_enough(count)
    base = batch_label(ctx, actor, code, locale)
    info, ranges = issued(ctx, actor, code)
    if not any(one.first <= first and first + count - 1 <= one.last for one in ranges):
        raise SerialNotIssued(serial=f"{first}–{first + count - 1}" if count > 1 else str(first))
    return [_piece(ctx, base, one, locale) for one in serials.printed(ctx, info.uri, first, count)]


def print_roll(ctx: Context, actor: Actor, roll: str, first: int, sheet: Sheet) -> Printed:
    """Labels of a roll printed ahead, from number ``first`` on; the actor's own.

    Raises what ``roll_labels`` and ``labels_pdf`` raise.
    """
    labels = roll_labels(ctx, actor, roll, first, sheet.count, sheet.locale)
    return labels_pdf(labels, sheet.stock, sheet.adjusted, title=roll)


def roll_labels(ctx: Context, actor: Actor, roll: str, first: int, count: int, locale: Locale) -> list[Label]:
    """The labels of ``print_roll``. Raises NotYours, SerialNotIssued, TooManyLabels."""
    few_enough(count)
    known = ctx.sequencer.read(lambda connection: serial_ranges.roll(connection, ctx.ledger, roll))
    if known is None:
        raise SerialNotIssued(serial=roll)
    if known.by != actor.uri:
        raise NotYours(what=roll, owner=known.by, party=actor.uri)
    base = Label("", "", actor.party.name)
    return [_piece(ctx, base, one, locale) for one in serials.printed_roll(ctx, roll, first, count)]


def _piece(ctx: Context, base: Label, code: SerialCode, locale: Locale) -> Label:
    """The label of one piece: as its batch's, under a code of its own."""
    ours = code.url.startswith((f"{ctx.base_url}/t/", f"{ctx.base_url}/s/"))
    return replace(
        base,
        url=code.url.upper() if ours else code.url,
        code=shown(code.serial),
        cover=(text("label_cover", locale), code.cover) if code.cover else None,
    )
