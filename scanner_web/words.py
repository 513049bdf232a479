"""Words and numbers as a reader in one language expects them: dates, times, units, steps and flags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple, Protocol
from unicodedata import east_asian_width

from flask import Request, current_app, g, get_template_attribute, request
from markupsafe import Markup, escape

from scanner_web.model import BatchPage, Flag, PartyRef, Ref, Step, UnitStep
from trace.i18n import LOCALES, Locale, best, catalogs, text
from trace.services import naming
from trace.services.naming import Caused
from trace.services.values import Cleared

LANGUAGE = "trace_lang"
"""Cookie with the language that was chosen on a page behind the sign-in; pages for everybody set none."""

HTML_LANG = {"zh": "zh-Hans", "en": "en"}

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SEPARATORS = re.compile(r"[:/#]|BizStep-")
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

# Who stands behind a step: its picture, and what the legend says of it.
_SIGNS = {
    "both": ("page_sign_both", "page_sign_both_text"),
    "wait": ("page_sign_wait", "page_sign_wait_text"),
    "one": ("page_sign_one", "page_sign_one_text"),
    "paper": ("page_sign_paper", "page_sign_paper_text"),
}

_INNER = {"packing": "page_unit_packing", "unpacking": "page_unit_unpacking"}


def chosen_locale(asked: Request) -> Locale | None:
    """The language that the address asks for; None where the browser decides."""
    wanted = asked.args.get("lang", "")
    return next((known for known in LOCALES if wanted == known), None)


def current() -> Words:
    """The words for the answer under way; chosen once for each request."""
    if "scanner_web_words" not in g:
        chosen = chosen_locale(request)
        kept = next((known for known in LOCALES if request.cookies.get(LANGUAGE) == known), None)
        locale = chosen or kept or best(request.headers.get("Accept-Language"))
        ctx = current_app.extensions.get("trace")
        g.scanner_web_words = _words(locale, chosen is not None, ctx.zone if ctx else None)
    found: Words = g.scanner_web_words
    return found


def t(code: str, /, **params: object) -> str:
    """Words by code in the reader's language."""
    return current().t(code, **params)


def known(code: str) -> bool:
    """Whether there are words for a code; what foreign documents say need not have any."""
    return code in catalogs()


class Found(Protocol):
    """Whatever says what a look found: as a code of ``causes.RESULT``, and in somebody's own words."""

    @property
    def result(self) -> str | None: ...

    @property
    def finding(self) -> str | None: ...


class Told(NamedTuple):
    """A step in words: its picture and sign by their names, when, what happened, and who stands behind it."""

    step: Step
    picture: str
    sign: str
    when: str
    title: str
    word: str


@dataclass(frozen=True)
class Words:
    """One language. ``chosen``: the address asks for it, so that every link from the page does too.

    ``home`` is the zone of the service's businesses: readers live in it, and times of it are not told with its name.
    """

    locale: Locale
    chosen: bool = False
    home: tzinfo | None = None

    def t(self, code: str, /, **params: object) -> str:
        """Words by code."""
        return text(code, self.locale, **params) if params else _plain(code, self.locale)

    # -- links and pictures --------------------------------------------------------------------------------

    def link(self, path: str) -> str:
        """A path here, keeping the language that was chosen; nothing is kept on the reader's device."""
        return f"{path}{'&' if '?' in path else '?'}lang={self.locale}" if self.chosen else path

    def name_of(self, ref: Ref) -> Markup:
        """A name, as a link where the thing has a page here."""
        name = escape(ref.name)
        if ref.path is None:
            return name
        return Markup(f'<a href="{escape(self.link(ref.path))}">{name}</a>')  # noqa: S704 - both are escaped

    def icon(self, name: str) -> Markup:
        """A small picture; always beside words, so hidden from readers of the page."""
        return _icon(name)

    @staticmethod
    def length(name: str) -> str:
        """How a name is set as a heading: empty as every other, ``long`` smaller, ``longest`` cut to some lines.

        What is cut stands whole further down.
        """
        columns = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in name)
        return "longest" if columns > 80 else "long" if columns > 32 else ""

    # -- dates and times -----------------------------------------------------------------------------------

    def day(self, value: date) -> str:
        """A date in words: 2026年11月19日, 19 Nov 2026."""
        if self.locale == "zh":
            return f"{value.year}年{value.month}月{value.day}日"
        return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"

    def moment(self, value: datetime) -> str:
        """A date and time where it happened, with its zone where that is not the reader's own."""
        at_home = self.home is not None and value.utcoffset() == value.astimezone(self.home).utcoffset()
        return self.local(value) if at_home else f"{self.local(value)} {zone(value)}"

    def local(self, value: datetime) -> str:
        """A date and time as people say it to each other where it is."""
        return f"{self.day(value)} {value.hour:02}:{value.minute:02}"

    def days_left(self, page: BatchPage) -> str:
        """How long the goods may still be used; empty where nothing is known."""
        left = page.days_left
        if left is None:
            return ""
        if left > 1:
            return self.t("page_days_left", days=left)
        if left >= 0:
            return self.t("page_day_left_tomorrow" if left else "page_day_left_today")
        return self.t("page_days_past", days=-left) if left < -1 else self.t("page_day_past")

    # -- steps ---------------------------------------------------------------------------------------------

    def journey(self, steps: Iterable[Step]) -> list[Told]:
        """Every step in words; told here, because a template's own calls cost several times as much."""
        return [
            Told(
                step,
                picture(step),
                sign_of(step),
                self.moment(step.time),
                self.title(step),
                self.word_on(step),
            )
            for step in steps
        ]

    def title(self, step: Step) -> str:
        """What happened, in a few plain words."""
        word = word_of(step)
        if step.receiver is not None and word in ("shipping", "returning"):
            return self.t(f"step_{word}_to", receiver=step.receiver.name)
        if step.sender is not None and word == "receiving":
            return self.t("step_receiving_from", sender=step.sender.name)
        return self._done("testing" if word == "inspecting" and step.by_laboratory else word)

    def unit_step(self, step: UnitStep) -> str:
        """What happened to a logistic unit; into a larger one it goes in other words than goods go into it."""
        word = _word(step.type, step.step)
        return self.t(_INNER[word]) if step.inner and word in _INNER else self._done(word)

    def _done(self, word: str) -> str:
        if known(f"step_{word}"):
            return self.t(f"step_{word}")
        return self.t("step_other", name=word.replace("_", " "))

    def word_on(self, step: Step) -> str:
        """Who declared a step and who confirmed it, in a few words; the sign beside them says the rest."""
        own = "_own" if step.own_word else ""
        by, sign = step.declared_by.name, sign_of(step)
        if sign == "paper":
            return self.t("page_word_copied", by=by)
        if step.confirmed is not None:
            return self.t(f"page_word_confirmed{own}", by=by, other=step.confirmed.by.name)
        if step.confirms is not None:
            return self.t(f"page_word_confirms{own}", by=by, other=step.confirms.name)
        if step.waiting and step.receiver is not None:
            return self.t(f"page_word_waiting{own}", by=by, other=step.receiver.name)
        return self.t(f"page_word_alone{own}", by=by)

    def signs(self, steps: Iterable[Step]) -> list[tuple[str, str, str]]:
        """The legend: of each sign that stands on the page its picture, its name and what it means."""
        shown = {sign_of(step) for step in steps if step.corrected is None}
        return [
            (sign, self.t(name), self.t(means)) for sign, (name, means) in _SIGNS.items() if sign in shown
        ]

    def correction_reason(self, reason: str | None) -> str:
        """Why a record was declared wrong; a reason of another vocabulary is shown as it came."""
        name = (reason or "").rsplit(":", 1)[-1].rsplit("ER-", 1)[-1]
        if known(f"correction_{name}"):
            return self.t(f"correction_{name}")
        return reason or self.t("correction_none")

    def why(self, stop: Caused) -> str:
        """Why goods are stopped: the cause in the reader's language, and what was added as it was written."""
        return naming.why(stop, self.locale)

    def found(self, one: Found) -> str:
        """What a look found, in the same way."""
        return naming.told("result", one.result, one.finding, self.locale)

    def result(self, step: Step) -> str:
        """The result of a look in a few words; empty where it was written in own words alone."""
        return naming.cause_words("result", step.result, self.locale)

    def cleared(self, one: Cleared) -> str:
        """Why a warning of copies is settled."""
        return naming.told("clear", one.cause, one.reason, self.locale)

    # -- parties, units and flags ----------------------------------------------------------------------------

    def role(self, party: PartyRef | None) -> str:
        """What a party is in the chain; empty where only a foreign document names it."""
        return self.t(f"role_{party.role}") if party and party.role and known(f"role_{party.role}") else ""

    def unit(self, code: str) -> str:
        """A unit's name where it has one."""
        return self.t(f"unit_{code}") if known(f"unit_{code}") else code

    def flag(self, raised: Flag, names: Mapping[str, str]) -> str:
        """What does not add up, in a sentence with its numbers; ``names`` turns URIs into names."""
        params: dict[str, Any] = {name: names.get(value, value) for name, value in raised.params.items()}
        if "unit" in params:
            params["unit"] = self.unit(params["unit"])
        try:
            return text(f"flag_{raised.code}", self.locale, **naming.with_reason(params, self.locale))
        except KeyError:  # a flag without words of its own, or whose numbers are not for everybody
            return self.t("flag_other", code=raised.code)


@lru_cache(maxsize=100)
def _words(locale: Locale, chosen: bool, home: tzinfo | None) -> Words:
    return Words(locale, chosen, home)


@lru_cache(maxsize=2000)  # more than there are words
def _plain(code: str, locale: Locale) -> str:
    return text(code, locale)


@lru_cache(maxsize=100)
def _icon(name: str) -> Markup:
    return Markup(get_template_attribute("icons.html", "icon")(name))  # noqa: S704 - a template's own output


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


def word_of(step: Step) -> str:
    """The short name under which a step has its words and its picture.

    A step of another vocabulary is known by the end of its URI: ``urn:gdst:bizStep:farmHarvest`` is
    ``farm_harvest``.
    """
    return _word(step.type, step.step)


@lru_cache(maxsize=500)
def _word(type: str, step: str) -> str:
    if type == "TransformationEvent" and step in ("", "commissioning", "creating_class_instance"):
        return "transforming"
    return _CAMEL.sub("_", _SEPARATORS.split(step)[-1]).lower() or "observed"


def picture(step: Step) -> str:
    """Name of the picture that stands at a step."""
    return _PICTURE_OF.get(word_of(step), "dot")


def sign_of(step: Step) -> str:
    """Name of the sign for who stands behind a step: both sides, one that waits, one alone, or a document."""
    if step.confirmed is not None or step.confirms is not None:
        return "both"
    if step.copied:
        return "paper"
    return "wait" if step.waiting and step.receiver is not None else "one"


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
