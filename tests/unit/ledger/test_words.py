"""Every refusal of the ledger has words in both languages, and they use the values it really carries."""

from __future__ import annotations

import string

import pytest

from trace.ledger import verify, words
from trace.ledger.errors import LedgerError

from . import test_attacks, test_bundle  # the modules whose import brings every refusal into being


def all_errors(root: type[LedgerError] = LedgerError) -> list[type[LedgerError]]:
    return [each for child in root.__subclasses__() for each in (child, *all_errors(child))]


ERRORS = [error for error in all_errors() if error.__module__.startswith("trace.ledger")]


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_refusal_has_words_and_a_code_of_its_own() -> None:
    assert (test_attacks, test_bundle) is not None
    codes = [error.code for error in ERRORS]
    assert len(codes) == len(set(codes)) > 30
    assert set(codes) <= words.CODES


def test_every_step_has_words() -> None:
    assert {*verify.BUNDLE_STEPS, *verify.RECEIPT_STEPS} <= words.CODES


@pytest.mark.parametrize("code", sorted(words.CODES))
def test_both_languages_say_the_same_values(code: str) -> None:
    english, chinese = words._WORDS[code]
    assert fields(english) == fields(chinese)
    assert any("\u4e00" <= character <= "\u9fff" for character in chinese)
    assert english.isascii() or "“" in english


def test_an_unknown_code_is_an_error_of_ours() -> None:
    with pytest.raises(KeyError):
        words.text("unheard", "en")


def test_hostile_values_are_cut_before_they_are_shown() -> None:
    class Refused(LedgerError):
        code = "refused"

    refusal = Refused(value="x" * 5000)
    assert len(refusal.params()["value"]) == 120
    assert str(refusal).startswith("refused: value=xxx")
    assert str(Refused()) == "refused"
