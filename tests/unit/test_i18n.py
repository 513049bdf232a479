"""Words: complete in both languages, chosen by what the reader asked for."""

from __future__ import annotations

import doctest
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace import i18n

_HAN = "[\u3001\u3002\u3400-\u9fff，：；！？（）“”]"


def catalog(folder: Path, **files: str) -> Path:
    for name, content in files.items():
        (folder / f"{name}.toml").write_text(content, encoding="utf-8")
    return folder


def entry(code: str, zh: str, en: str) -> str:
    return f"[{code}]\nzh = '''{zh}'''\nen = '''{en}'''\n"


def test_every_word_of_the_project_is_there_in_both_languages() -> None:
    """A reader never meets an empty message; all catalogs are checked as they are shipped."""
    assert len(i18n.load(Path(i18n.__file__).parent)) == len(i18n.catalogs()) > 50


def test_chinese_is_set_with_chinese_marks() -> None:
    """A comma of the Latin script between two Chinese words, or a gap, looks like a machine wrote it.

    What stands in plain quotes is said to programs as it is; one entry lists the marks themselves.
    """
    latin = re.compile(rf"{_HAN} *[,;:!?()]|[,;:!?()] *{_HAN}|{_HAN} +{_HAN}")
    wrong = {
        code: found[0]
        for code, entry in i18n.catalogs().items()
        if (found := latin.search(re.sub('"[^"]*"', "x", entry["zh"]))) and code != "lot_characters"
    }
    assert wrong == {}


def test_the_examples_in_the_documentation_are_true() -> None:
    result = doctest.testmod(i18n)
    assert (result.failed, result.attempted) == (0, 2)


def test_an_amount_is_written_in_plain_digits() -> None:
    """Nobody should read that he asked for 1.2E+2 kilograms."""
    words = i18n.text("amount_not_positive", "en", value=Decimal("1.2E+2"))
    assert "120" in words
    assert "E" not in words


def test_parameters_that_look_like_placeholders_are_shown_as_they_are() -> None:
    """What a stranger typed is text, never a template."""
    assert "{value.__class__}" in i18n.text("amount_malformed", "en", value="{value.__class__}")


def test_parameters_may_have_any_name() -> None:
    assert i18n.text("identifier_empty", "en", code="x", locale="y") == "The identifier is empty."


@pytest.mark.parametrize(("code", "locale"), [("no_such_code", "en"), ("identifier_empty", "fr")])
def test_unknown_words_are_an_error_of_the_program(code: str, locale: i18n.Locale) -> None:
    with pytest.raises(KeyError):
        i18n.text(code, locale)


def test_a_missing_parameter_is_an_error_of_the_program() -> None:
    with pytest.raises(KeyError):
        i18n.text("gtin_length", "zh", expected="14")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("[a]\nen = 'x'\n", "needs exactly zh and en"),
        ("[a]\nen = 'x'\nzh = 'y'\nfr = 'z'\n", "needs exactly zh and en"),
        ("a = 'x'\n", "needs exactly zh and en"),
        (entry("a", "", "x"), "words must be text"),
        ("[a]\nen = 1\nzh = 'x'\n", "words must be text"),
        (entry("a", "{n}", "none"), "placeholders differ: \\['n'\\]"),
        (entry("a", "{n.__class__}", "{n.__class__}"), "not a plain placeholder"),
        (entry("a", "{n!r}", "{n!r}"), "not a plain placeholder"),
        (entry("a", "{n:>99}", "{n:>99}"), "not a plain placeholder"),
        (entry("a", "{}", "{}"), "not a plain placeholder"),
        (entry("a", "{n", "{n"), "a.toml: a: "),
        ("[a", "a.toml: "),
        (entry("a", "x", "x") * 2, "a.toml: "),
    ],
)
def test_an_incomplete_catalog_stops_the_program_and_not_the_reader(
    tmp_path: Path, content: str, reason: str
) -> None:
    with pytest.raises(i18n.CatalogError, match=reason):
        i18n.load(catalog(tmp_path, a=content))


def test_one_code_in_two_files_is_refused(tmp_path: Path) -> None:
    """Which of the two a reader saw would depend on the names of the files."""
    both = catalog(tmp_path, a=entry("x", "a", "a"), b=entry("x", "b", "b"))
    with pytest.raises(i18n.CatalogError, match=r"x is in a\.toml and in b\.toml"):
        i18n.load(both)


def test_a_catalog_that_is_no_utf8_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"[a]\nzh = '\xff'\n")
    with pytest.raises(i18n.CatalogError, match=r"a\.toml"):
        i18n.load(tmp_path)


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        (None, "zh"),
        ("", "zh"),
        ("en", "en"),
        ("EN-us", "en"),
        ("zh-Hant-TW", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.4", "en"),
        ("zh;q=0.4, en ; q=0.9", "en"),
        ("en;q=0.5,zh;q=0.5", "en"),
        ("zh;q=0.5,en;q=0.5", "zh"),
        ("fr,de;q=0.9", "zh"),
        ("fr,en;q=0.1", "en"),
        ("*", "zh"),
        ("en;q=0.5,*;q=0.1", "en"),
        ("en;q=0.5,*", "zh"),
        ("zh;q=0", "en"),
        ("zh;q=0,*", "en"),
        ("zh;q=0,en;q=0", "zh"),
        ("*;q=0", "zh"),
        ("en;q=2", "zh"),
        ("en;q=nan", "zh"),
        ("en;level=1", "zh"),
        (";;,=,en", "en"),
        ("zh;q=0.1,zh-CN;q=1,en;q=0.5", "zh"),
    ],
)
def test_the_reader_gets_the_language_asked_for(header: str | None, locale: str) -> None:
    assert i18n.best(header) == locale


@given(st.text(max_size=200) | st.text("enzhq=0.;,*- ", max_size=200))
def test_no_header_whatever_breaks_the_choice(header: str) -> None:
    assert i18n.best(header) in i18n.LOCALES
    assert i18n.best(header + ",en" * 1000) in i18n.LOCALES
