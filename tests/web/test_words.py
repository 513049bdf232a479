"""The words: complete, used, plain, and right in their numbers."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from scanner_web import model, words
from trace.domain import refusals
from trace.domain.model import Role
from trace.i18n import catalogs

ROOT = Path(__file__).parents[2]
PARTY = model.PartyRef("甲", "urn:a", role="producer")
LABORATORY = model.PartyRef("丙", "urn:c", role="laboratory")


def catalog(name: str) -> dict[str, dict[str, str]]:
    return tomllib.loads((ROOT / "trace/i18n" / name).read_text(encoding="utf-8"))


@pytest.fixture(params=["zh", "en"])
def lang(request: pytest.FixtureRequest) -> str:
    """Each language in turn."""
    return str(request.param)


def say(lang: str, what: str, *args: object) -> str:
    """One of the functions of words, in this language."""
    return str(getattr(words.Words(lang), what)(*args))  # type: ignore[arg-type]


def step(**fields: object) -> model.Step:
    base: dict[str, object] = {
        "index": 1,
        "event_id": "urn:uuid:1",
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "step": "shipping",
        "time": datetime(2026, 11, 19, 5, 10, tzinfo=timezone(timedelta(hours=8))),
        "recorded": datetime(2026, 11, 19, tzinfo=UTC),
        "place": None,
        "declared_by": PARTY,
    }
    return model.Step(**{**base, **fields})  # type: ignore[arg-type]


def test_language_of_a_request_is_settled_once() -> None:
    """What the address asks for goes before what the browser prefers."""
    english = {"Accept-Language": "en"}
    for address, headers, expected in (
        ("/?lang=zh", english, words.Words("zh", chosen=True)),
        ("/", english, words.Words("en")),
        ("/?lang=xx", {}, words.Words("zh")),
    ):
        with Flask("words").test_request_context(address, headers=headers):
            assert words.current() == expected
            assert words.current() is words.current()


def test_every_string_of_the_pages_is_used() -> None:
    """No dead words: a code that nothing names any more is found here."""
    sources = [*ROOT.glob("scanner_web/*.py"), *ROOT.glob("scanner_web/templates/*.html")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    unused = [
        code for code in catalog("pages.toml") if code not in text and code.removesuffix("_own") not in text
    ]
    assert unused == []


def test_every_string_that_a_template_names_exists() -> None:
    """A misspelt code would break a page in front of a reader."""
    for path in ROOT.glob("scanner_web/templates/*.html"):
        for code in re.findall(r'\bt\("([a-z_]+)"', path.read_text(encoding="utf-8")):
            assert code in catalogs(), f"{path.name}: {code}"


def test_no_template_sets_brackets_of_one_script_around_words_of_both() -> None:
    """A Chinese sentence does not go on in Latin brackets; what belongs to a name stands beside it."""
    paths = ROOT.glob("scanner_web/templates/**/*.html")
    assert [
        path.name for path in paths if re.search(r"\(\{\{|\}\}\)", path.read_text(encoding="utf-8"))
    ] == []


def test_english_is_english_and_chinese_is_chinese() -> None:
    """A translation left for later is found here; the language switch alone is in the other language."""
    han = re.compile("[\u4e00-\u9fff]")
    for name in ("pages.toml", "vocabulary.toml"):
        for code, entry in catalog(name).items():
            if not code.startswith("page_other_language"):
                assert not han.search(entry["en"]), code
                assert han.search(entry["zh"]), code


@pytest.mark.parametrize("role", sorted(Role))
def test_every_role_has_a_word(lang: str, role: Role) -> None:
    """Nobody is introduced by a code."""
    assert say(lang, "role", model.PartyRef("x", "urn:x", role=str(role)))


def test_party_without_a_role_is_not_given_one(lang: str) -> None:
    """Who is only named in a foreign document is introduced by name alone."""
    assert say(lang, "role", model.PartyRef("x", "urn:x")) == ""
    assert say(lang, "role", None) == ""


def test_flags_that_can_be_raised_on_captured_documents_have_words() -> None:
    """Every refusal that speaks of goods has a sentence for a shopper, with its numbers."""
    about_requests = {
        "unknown_party", "unknown_product", "unknown_batch", "not_held", "role_forbids", "rights_forbid",
        "future_time", "invalid", "idempotency_conflict", "duplicate",
    }  # fmt: skip
    codes = {cls.code for cls in vars(refusals).values() if isinstance(cls, type) and hasattr(cls, "code")}
    assert {code for code in codes - about_requests if f"flag_{code}" not in catalogs()} == set()


def test_flag_names_things_and_spells_units(lang: str) -> None:
    """URIs become names and KGM becomes kg."""
    raised = model.Flag(
        "not_enough", {"batch": "urn:b", "party": "urn:a", "asked": "12.5", "holds": "10", "unit": "KGM"}
    )
    said = say(lang, "flag", raised, {"urn:a": "面包坊", "urn:b": "面粉"})
    assert all(part in said for part in ("12.5", "10", "面包坊", "面粉"))
    assert "KGM" not in said


def test_flag_without_words_or_numbers_still_shows(lang: str) -> None:
    """A flag that this page has no sentence for is not swallowed."""
    assert "brand_new" in say(lang, "flag", model.Flag("brand_new", {}), {})
    assert "not_enough" in say(lang, "flag", model.Flag("not_enough", {}), {})


@pytest.mark.parametrize(
    ("left", "zh", "en"),
    [
        (5, "还有 5 天", "5 days left"),
        (1, "明天是最后一天", "tomorrow is the last day"),
        (0, "今天是最后一天", "today is the last day"),
        (-1, "昨天到期", "ended yesterday"),
        (-2, "2 天前到期", "ended 2 days ago"),
    ],
)
def test_days_left_in_words(left: int, zh: str, en: str) -> None:
    """The last day of use is a day of use; the day after is not."""
    page = batch_page(expires=date(2026, 11, 20) + timedelta(days=left))
    assert (say("zh", "days_left", page), say("en", "days_left", page)) == (zh, en)
    assert page.expired is (left < 0)


def test_nothing_is_said_of_an_unknown_date(lang: str) -> None:
    """No expiry known, none made up."""
    page = batch_page(expires=None)
    assert say(lang, "days_left", page) == ""
    assert not page.expired


LAB, OFFICE, MARKET, STALL = (
    model.PartyRef(role, f"urn:{role}", role=role) for role in ("laboratory", "inspector", "market", "stall")
)
FLOUR = model.BatchRef("面粉", "urn:flour")


@pytest.mark.parametrize(
    ("told", "failed"),
    [
        ([], False),
        ([(LAB, "bad")], True),
        ([(OFFICE, "bad")], True),
        ([(MARKET, "bad")], True),
        ([(PARTY, "bad")], True),
        ([(STALL, "bad")], False),
        ([(LAB, None)], False),
        ([(LAB, "waiting")], False),
        ([(LAB, "fine"), (MARKET, "bad")], True),
        ([(LAB, "bad"), (PARTY, "fine")], True),
        ([(LAB, "bad"), (MARKET, "fine")], True),
        ([(LAB, "bad"), (OFFICE, "fine")], False),
        ([(MARKET, "bad"), (MARKET, "fine")], False),
        ([(LAB, "bad"), (PARTY, "bad"), (PARTY, "fine")], True),
        ([(LAB, "bad"), (MARKET, "bad"), (MARKET, "fine")], True),
        ([(PARTY, "bad"), (MARKET, "bad"), (LAB, "fine")], False),
        ([(LAB, "bad", FLOUR), (LAB, "fine")], True),
        ([(LAB, "bad", FLOUR), (LAB, "fine", FLOUR)], False),
    ],
)
def test_a_failed_test_speaks_against_the_goods_until_they_pass_one(
    told: list[tuple[Any, ...]], failed: bool
) -> None:
    """A competitor's stall fails nothing, and the maker's own word does not undo a laboratory's."""
    steps = tuple(
        step(index=index, step="inspecting", declared_by=by, result=result, of=of[0] if of else None)
        for index, (by, result, *of) in enumerate(told)
    )
    page = batch_page(expires=None, maker=PARTY, steps=steps)
    assert (page.failed is not None) == failed
    assert page.tone == (model.Tone.STOP if failed else model.Tone.GOOD)
    undone = model.Correction(None, datetime(2026, 11, 19, tzinfo=UTC), PARTY)
    taken_back = tuple(replace(one, corrected=undone) for one in steps)
    assert replace(page, steps=taken_back).failed is None


def test_a_document_that_an_inspector_hands_in_is_not_his_word() -> None:
    """Who has evidence taken down, a forged one say, neither clears goods with it nor brings them into disrepute."""
    bad = step(index=1, step="inspecting", declared_by=LAB, result="bad")
    for told, failed in (("fine", True), ("bad", False)):
        copy = step(index=2, step="inspecting", declared_by=OFFICE, result=told, copied=True)
        steps = (bad, copy) if failed else (copy,)
        assert (batch_page(expires=None, maker=PARTY, steps=steps).failed is bad) == failed


def batch_page(**fields: object) -> model.BatchPage:
    base: dict[str, object] = {
        "uri": "urn:b", "path": "/b", "label": None, "code": None, "lot": None,
        "product": model.Product("鱼", "urn:p"), "maker": None, "origin": None, "produced": None,
        "expires": None, "today": date(2026, 11, 20), "stops": (), "steps": (), "proof": None,
    }  # fmt: skip
    return model.BatchPage(**{**base, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("minutes", "name"), [(480, "UTC+8"), (0, "UTC"), (-210, "UTC-3:30"), (345, "UTC+5:45")]
)
def test_zones_are_written_as_people_do(minutes: int, name: str) -> None:
    """Whole hours without minutes, the rest with them."""
    assert words.zone(datetime(2026, 1, 1, tzinfo=timezone(timedelta(minutes=minutes)))) == name


def test_moments_in_both_languages() -> None:
    """Date, time and zone in the reader's order."""
    time = datetime(2026, 11, 19, 5, 10, tzinfo=timezone(timedelta(hours=8)))
    assert say("zh", "moment", time) == "2026年11月19日 05:10 UTC+8"
    assert say("en", "moment", time) == "19 Nov 2026 05:10 UTC+8"


@pytest.mark.parametrize(("hours", "shown"), [(8, "05:10"), (9, "05:10 UTC+9"), (-5, "05:10 UTC-5")])
def test_a_time_of_the_readers_own_zone_is_told_without_it(lang: str, hours: int, shown: str) -> None:
    """Who lives where the goods are sold knows what time it is there; a time of another zone says of which."""
    time = datetime(2026, 11, 19, 5, 10, tzinfo=timezone(timedelta(hours=hours)))
    reader = words.Words(lang, home=ZoneInfo("Asia/Shanghai"))  # type: ignore[arg-type]
    assert reader.moment(time).endswith(f" {shown}")
    assert reader.moment(time).endswith("10") == (hours == 8)


@pytest.mark.parametrize(
    ("name", "set_as"),
    [
        ("蜜柚", ""),
        ("x" * 32, ""),
        ("柚" * 17, "long"),
        ("柚" * 40, "long"),
        ("柚" * 41, "longest"),
        ("柚" * 200, "longest"),
    ],
)
def test_a_long_name_is_a_smaller_heading(name: str, set_as: str) -> None:
    """A name of two hundred letters leaves room for the verdict below it."""
    assert words.Words.length(name) == set_as


@pytest.mark.parametrize(
    ("fields", "en"),
    [
        ({"step": "shipping"}, "Sent off"),
        ({"step": "shipping", "receiver": PARTY}, "Sent to 甲"),
        ({"step": "returning", "receiver": PARTY}, "Sent back to 甲"),
        ({"step": "receiving", "sender": PARTY}, "Received from 甲"),
        ({"step": "urn:gdst:bizStep:farmHarvest"}, "Harvested at the farm"),
        ({"step": "https://ref.gs1.org/cbv/BizStep-sensor_reporting"}, "Measured by an instrument"),
        ({"step": "commissioning", "type": "TransformationEvent"}, "Made from other batches"),
        ({"step": ""}, "A record was made"),
        ({"step": "inspecting"}, "Inspected"),
        ({"step": "inspecting", "declared_by": LABORATORY}, "Tested"),
        ({"step": "urn:x:steps#dancing"}, "Another step: dancing"),
    ],
)
def test_steps_in_plain_words(fields: dict[str, object], en: str) -> None:
    """No step is called by the name of a data type."""
    assert say("en", "title", step(**fields)) == en


OTHER = model.PartyRef("乙", "urn:b")
CONFIRMED = model.Confirmed(OTHER, datetime(2026, 11, 19, tzinfo=UTC))


@pytest.mark.parametrize(
    ("fields", "sign", "en"),
    [
        ({}, "one", "The word of 甲 alone"),
        ({"holder": PARTY}, "one", "Its own word"),
        ({"confirmed": CONFIRMED}, "both", "Declared by 甲, confirmed by 乙"),
        ({"confirmed": CONFIRMED, "holder": PARTY}, "both", "Confirmed by 乙"),
        ({"confirms": OTHER, "holder": PARTY}, "both", "The sender, 乙, says the same"),
        ({"waiting": True, "receiver": OTHER}, "wait", "Declared by 甲, not yet confirmed by 乙"),
        ({"waiting": True}, "one", "The word of 甲 alone"),
        ({"copied": True, "waiting": True, "receiver": OTHER}, "paper", "From a document handed in by 甲"),
    ],
)
def test_who_stands_behind_a_step_in_few_words(fields: dict[str, object], sign: str, en: str) -> None:
    """Nobody's word alone looks like two, and a copied document never like somebody's signature."""
    assert words.sign_of(step(**fields)) == sign
    assert say("en", "word_on", step(**fields)) == en


def test_legend_explains_the_signs_that_are_there(lang: str) -> None:
    """Each sign once, none that stands nowhere; a record taken back has none."""
    undone = model.Correction(None, datetime(2026, 11, 19, tzinfo=UTC), PARTY)
    steps = [step(), step(copied=True), step(), step(confirms=OTHER, corrected=undone)]
    assert [sign for sign, _, _ in words.Words(lang).signs(steps)] == ["one", "paper"]  # type: ignore[arg-type]


def test_name_with_markup_stays_text_in_a_link(lang: str) -> None:
    """A business named <b> and a path with a quote break out of no link."""
    link = say(lang, "name_of", model.Ref("<b>", "urn:x", '/p/"x'))
    assert link == '<a href="/p/&#34;x">&lt;b&gt;</a>'
    assert say(lang, "name_of", model.Ref("<b>", "urn:x")) == "&lt;b&gt;"


def test_every_picture_is_drawn() -> None:
    """A step's picture exists in the set of pictures."""
    drawn = (ROOT / "scanner_web/templates/icons.html").read_text(encoding="utf-8")
    for name in (*words._PICTURES, *words._SIGNS):
        assert f'name == "{name}"' in drawn
    assert words.picture(step(step="unheard_of")) == "dot"
    assert words.picture(step(step="shipping")) == "truck"


@pytest.mark.parametrize(
    ("reason", "en"),
    [
        ("did_not_occur", "it did not happen"),
        ("urn:epcglobal:cbv:er:incorrect_data", "it was written down wrongly"),
        ("https://ref.gs1.org/cbv/ER-did_not_occur", "it did not happen"),
        ("urn:x:spilt", "urn:x:spilt"),
        (None, "no reason was given"),
    ],
)
def test_reasons_of_corrections(reason: str | None, en: str) -> None:
    """CBV's reasons in words, others as they came."""
    assert say("en", "correction_reason", reason) == en


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((), ""),
        ((3,), "3"),
        ((0, 4, 5, 6, 9), "0, 4–6, 9"),
        (tuple(range(0, 40, 2)), "0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22 …"),
    ],
)
def test_entry_numbers_in_short(numbers: tuple[int, ...], text: str) -> None:
    """A long chain does not flood the page."""
    assert words.runs(numbers) == text


def test_units_without_a_name_keep_their_code(lang: str) -> None:
    """Better a code than a wrong word."""
    assert say(lang, "unit", "ZZ9") == "ZZ9"
