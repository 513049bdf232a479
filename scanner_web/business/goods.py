"""Goods on the pages of a business: what to call a batch, where its page is, by what codes it is scanned."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

from flask import current_app
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from scanner_web import words
from scanner_web.business import blueprint
from scanner_web.signed import forms, frame
from scanner_web.signed.posting import when
from trace.domain.clocks import Running
from trace.domain.roles import Act, allows
from trace.domain.units import plain
from trace.identifiers import InvalidIdentifier, ShortCode
from trace.services import aliases, serials
from trace.services import today as day
from trace.services.context import Rights
from trace.services.values import BatchInfo

SOON_HOURS = 6
"""From so many hours before its end on, a clock is shown as pressing."""


def called(info: BatchInfo) -> str:
    """The product's name, else what is printed on the batch."""
    return info.product.name if info.product else printed(info)


def printed(info: BatchInfo) -> str:
    """What tells the batch from others of its product: its lot, else its code."""
    return info.batch.lot or info.batch.code or info.uri


def batch_path(info: BatchInfo) -> str:
    """The batch's page within the business."""
    return (
        f"/desk/batches/{info.batch.code}"
        if info.batch.code
        else "/desk/batches?" + urlencode({"uri": info.uri})
    )


def name_of(info: BatchInfo) -> str:
    """How a form names the batch: its short code where it has one."""
    return info.batch.code or info.uri


def public_path(uri: str) -> str:
    """The batch's page for everybody, by the code that is printed on it."""
    base = frame.context().base_url
    own = uri.removeprefix("https://id.gs1.org").removeprefix(base)
    return own if own.startswith("/") else f"/b?uri={quote(uri, safe='')}"


def amount(value: Decimal, unit: str) -> str:
    """An amount as people say it: 20 kg."""
    return f"{plain(value)} {words.current().unit(unit)}"


def keys(infos: Iterable[BatchInfo]) -> dict[str, list[str]]:
    """By what scanned texts a phone without a network knows each batch again (see ``static/js/desk/codes.js``):
    the paths of its own codes, and the foreign codes that stand for it, percent-encoded.
    """
    found = {info.uri: _paths(info) for info in infos}
    for uri, foreign in aliases.naming(frame.context(), found.keys()).items():
        found[uri] += [quote(alias, safe="") for alias in foreign]
    return found


def _paths(info: BatchInfo) -> list[str]:
    own = info.uri.removeprefix("https://id.gs1.org").removeprefix(frame.context().base_url)
    short = f"/t/{info.batch.code}" if info.batch.code else own
    return list(dict.fromkeys((own, short)))


def read_code(text: str) -> str:
    """A scanned or typed text as the ledger knows it; a short code that is misspelt stays as it is.

    A label that was printed ahead stands for the batch it was tied to. Raises what ``serials.of_roll`` raises.
    """
    return serials.batch_named(frame.context(), text)


def is_meant(info: BatchInfo, code: str) -> bool:
    """Whether a text that was read names the batch."""
    if code in (info.uri, info.batch.lot):
        return True
    try:
        short = ShortCode.parse(code.rsplit("/", 1)[-1]).value
    except InvalidIdentifier:
        return False
    return short == info.batch.code


def hours(running: Running) -> str:
    """A clock in words."""
    return words.t("desk_hours_late" if running.late else "desk_hours_left", hours=running.hours)


def urgency(running: Running) -> str:
    """How a clock looks: stop when late, warn when pressing."""
    return "stop" if running.late else "warn" if running.hours <= SOON_HOURS else ""


def left(info: BatchInfo) -> str:
    """How long a batch may still be used, in words; empty where nothing is known."""
    days = day.days_left(info, forms.today(frame.context()))
    if days is None:
        return ""
    if days < 0:
        return words.t("desk_left_past", days=-days)
    if days > 1:
        return words.t("desk_left_days", days=days)
    return words.t("desk_left_tomorrow" if days else "desk_left_today")


def day_of(text: str) -> str:
    """A date of a batch in the reader's words; as it is where it is none."""
    try:
        return words.current().day(date.fromisoformat(text))
    except ValueError:
        return text


def may(*acts: Act) -> bool:
    """Whether whoever is signed in may do one of these: by the role of his business and by his own rights."""
    me = frame.me()
    return me.user.rights is not Rights.READER and any(allows(me.actor.party.role, act) for act in acts)


def owns() -> bool:
    """Whether an owner of the business is signed in, for his own business."""
    me = frame.me()
    return me.user.rights is Rights.OWNER and me.actor.entered_by is None


def is_here(path: str) -> bool:
    """Whether the area has such a page: nobody is led to one that this service does without."""
    try:
        endpoint, _ = current_app.url_map.bind("").match(path, "GET")
    except (RequestRedirect, HTTPException):
        return False
    return str(endpoint).startswith(f"{blueprint.name}.")


@blueprint.context_processor
def shared() -> dict[str, Any]:
    """What every template of the area may use."""
    return {
        "called": called,
        "printed": printed,
        "batch_path": batch_path,
        "form_name": name_of,
        "public_path": public_path,
        "amount": amount,
        "plain": plain,
        "hours": hours,
        "urgency": urgency,
        "left": left,
        "day_of": day_of,
        "when": when,
        "is_here": is_here,
        "may": lambda *acts: may(*(Act(act) for act in acts)),
        "reader": frame.me().user.rights is Rights.READER,
        "today": lambda: frame.context().local(frame.context().clock()).date(),
        "local": lambda time: frame.context().local(time),
    }
