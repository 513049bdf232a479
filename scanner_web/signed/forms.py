"""Reads a posted form into values of the domain; every wrong field is named in what it raises."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from flask import request

from trace.domain.refusals import Invalid
from trace.domain.units import Quantity, parse_amount
from trace.identifiers.scanning import EDGES
from trace.services.context import Context

LONGEST_CODE = 300
"""Characters of a code that a form takes."""


def text(name: str, *, longest: int = 200, needed: bool = False) -> str | None:
    """A line of text without spaces around; None where it is empty. Raises Invalid."""
    value = request.form.get(name, "").strip()
    if len(value) > longest or (needed and not value):
        raise Invalid(field=name, value=value[:40], expected=f"1 to {longest} characters")
    return value or None


def needed(name: str, *, longest: int = 200) -> str:
    """A line of text that must be there. Raises Invalid."""
    return text(name, longest=longest, needed=True) or ""


def read(text: str) -> str:
    """A scanned or typed code without what stands around it; the separators within GS1 codes are part of it."""
    return text.strip(EDGES)[:LONGEST_CODE]


def code(name: str) -> str:
    """A scanned or typed code that must be there. Raises Invalid."""
    value = read(request.form.get(name, ""))
    if not value:
        raise Invalid(field=name, value="", expected=f"1 to {LONGEST_CODE} characters")
    return value


def many(name: str) -> list[str]:
    """Every value of a repeated field, in order, the empty ones too."""
    return [value.strip() for value in request.form.getlist(name)]


def quantity(amount: str, unit: str) -> Quantity:
    """So much of a unit. Raises AmountMalformed, AmountNotPositive, UnknownUnit."""
    return Quantity.parse(request.form.get(amount, "").strip(), request.form.get(unit, "").strip())


def decimal(name: str) -> Decimal:
    """An amount, zero where the field is empty. Raises AmountMalformed."""
    value = request.form.get(name, "").strip()
    return parse_amount(value) if value else Decimal(0)


def day(name: str) -> date | None:
    """A date as browsers send it (ISO 8601). Raises Invalid."""
    value = request.form.get(name, "").strip()
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Invalid(field=name, value=value[:40], expected="YYYY-MM-DD") from None


OLDEST = timedelta(days=7)
"""How long an act may wait on a phone and still be entered for the moment when it was done."""


# Sent at once, or by a clock that runs ahead: the ledger's own time is better.
_AT_ONCE = timedelta(minutes=2)


def at(ctx: Context) -> datetime | None:
    """When the form was filled in, where a phone kept it until there was a network; None for now. Raises Invalid."""
    value = request.form.get("at", "").strip()
    if not value:
        return None
    now = ctx.clock()
    try:
        time = datetime.fromisoformat(value)
        if time.tzinfo is None or now - time > OLDEST:
            raise ValueError(value)
    except ValueError:
        expected = f"a time with its zone, after {(now - OLDEST).isoformat(timespec='minutes')}"
        raise Invalid(field="at", value=value[:40], expected=expected) from None
    return time if now - time > _AT_ONCE else None


def today(ctx: Context) -> date:
    """The date where the businesses are."""
    return ctx.local(ctx.clock()).date()
