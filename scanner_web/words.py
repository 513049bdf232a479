"""Words and numbers as a reader in one language expects them: dates, times, units, steps and flags."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask import Request, g, request

from scanner_web.model import BatchPage, Flag, PartyRef, Step
from trace.i18n import LOCALES, Locale, best, catalogs, text

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

# Which picture stands at a step; every other one gets the plain dot.
_PICTURES = {
    "grow": "commissioning creating_class_instance hatching farm_harvest collecting planting encoding",
    "fish": "fishing_event",
    "boat": "landing transshipment",
    "make": "transforming commingling assembling disassembling killing freezing processing repackaging",
    "truck": "shipping departing transporting consigning loading returning staging_outbound",
    "tray": "receiving arriving accepting unloading storing stocking holding",
    "box": "packing unpacking picking removing",
    "shop": "retail_selling",
    "bowl": "dispensing",
    "bin": "destroying expired decommissioning",
    "glass": "inspecting sampling sensor_reporting stock_taking cycle_counting",
}
_PICTURE_OF = {step: name for name, steps in _PICTURES.items() for step in steps.split()}


def locale_of(asked: Request) -> Locale:
    """The language to answer in: what the link says, else what the browser asks for."""
    wanted = asked.args.get("lang", "")
    for known in LOCALES:
        if wanted == known:
            return known
    return best(asked.headers.get("Accept-Language"))


def locale() -> Locale:
    """The language of the answer under way; chosen once for each request."""
    if "scanner_web_locale" not in g:
        g.scanner_web_locale = locale_of(request)
    chosen: Locale = g.scanner_web_locale
    return chosen


def t(code: str, /, **params: object) -> str:
    """Words by code in the reader's language."""
    return text(code, locale(), **params)


def known(code: str) -> bool:
    """Whether there are words for a code; what foreign documents say need not have any."""
    return code in catalogs()


def day(value: date) -> str:
    """A date in words: 2026年11月19日, 19 Nov 2026."""
    if locale() == "zh":
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def moment(value: datetime) -> str:
    """A date and time where it happened, with its zone."""
    return f"{day(value)} {value:%H:%M} {zone(value)}"


def zone(value: datetime) -> str:
    """The zone of a time as people write it: UTC+8, UTC+5:30, UTC."""
    minutes = int((value.utcoffset() or timedelta()).total_seconds()) // 60
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '-'}{hours}" + (f":{rest:02}" if rest else "")


def here(page: BatchPage, value: datetime) -> datetime:
    """A time in the zone of the journey's last step, so that one page speaks of one zone."""
    return value.astimezone(page.steps[-1].time.tzinfo) if page.steps else value


def days_left(page: BatchPage) -> str:
    """How long the goods may still be used, in words; empty where nothing is known."""
    left = page.days_left
    if left is None:
        return ""
    if left > 1:
        return t("page_days_left", days=left)
    if left >= 0:
        return t("page_day_left_tomorrow" if left else "page_day_left_today")
    return t("page_days_past", days=-left) if left < -1 else t("page_day_past")


def word_of(step: Step) -> str:
    """The short name under which a step has its words and its picture.

    A step of another vocabulary is known by the end of its URI: ``urn:gdst:bizStep:farmHarvest`` is
    ``farm_harvest``.
    """
    if step.type == "TransformationEvent" and step.step in ("", "commissioning", "creating_class_instance"):
        return "transforming"
    name = re.split(r"[:/#]|BizStep-", step.step)[-1]
    return _CAMEL.sub("_", name).lower() or "observed"


def picture(step: Step) -> str:
    """Name of the picture that stands at a step."""
    return _PICTURE_OF.get(word_of(step), "dot")


def title(step: Step) -> str:
    """What happened, in a few plain words."""
    word = word_of(step)
    if step.receiver is not None and word in ("shipping", "returning"):
        return t(f"step_{word}_to", receiver=step.receiver.name)
    if step.sender is not None and word == "receiving":
        return t("step_receiving_from", sender=step.sender.name)
    if known(f"step_{word}"):
        return t(f"step_{word}")
    return t("step_other", name=word.replace("_", " "))


def word_on(step: Step) -> tuple[str, str, str]:
    """Who declared a step and who confirmed it: how it stands (both, one), its picture, and the sentence."""
    own = "_own" if step.own_word else ""
    by = step.declared_by.name
    if step.confirmed is not None:
        time, other = moment(step.confirmed.time), step.confirmed.by.name
        return "both", "both", t(f"page_word_confirmed{own}", by=by, other=other, time=time)
    if step.confirms is not None:
        return "both", "both", t(f"page_word_confirms{own}", by=by, other=step.confirms.name)
    if step.copied:
        return "one", "paper", t("page_word_copied", by=by)
    if step.waiting and step.receiver is not None:
        return "one", "one", t(f"page_word_waiting{own}", by=by, other=step.receiver.name)
    return "one", "one", t(f"page_word_alone{own}", by=by)


def unit(code: str) -> str:
    """A unit's name where it has one."""
    return t(f"unit_{code}") if known(f"unit_{code}") else code


def flag(raised: Flag, names: Mapping[str, str]) -> str:
    """What does not add up, in a sentence with its numbers; ``names`` turns URIs into names."""
    params: dict[str, Any] = {name: names.get(value, value) for name, value in raised.params.items()}
    if "unit" in params:
        params["unit"] = unit(params["unit"])
    code = f"flag_{raised.code}"
    try:
        return t(code, **params)
    except KeyError:  # a flag without words of its own, or whose numbers are not for everybody
        return t("flag_other", code=raised.code)


def role(party: PartyRef | None) -> str:
    """What a party is in the chain; empty where only a foreign document names it."""
    return t(f"role_{party.role}") if party and party.role and known(f"role_{party.role}") else ""


def correction_reason(reason: str | None) -> str:
    """Why a record was declared wrong; a reason of another vocabulary is shown as it came."""
    name = (reason or "").rsplit(":", 1)[-1].rsplit("ER-", 1)[-1]
    return t(f"correction_{name}") if known(f"correction_{name}") else (reason or t("correction_none"))


def runs(numbers: tuple[int, ...]) -> str:
    """Numbers in short: 0, 4–6, 9. At most twelve runs, then an ellipsis."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    shown = [str(first) if first == last else f"{first}–{last}" for first, last in found[:12]]
    return ", ".join(shown) + (" …" if len(found) > 12 else "")
