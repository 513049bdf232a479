"""The words of the proof: each is said by the script, and each thing that the script finds has a sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.web.test_words import catalog

ROOT = Path(__file__).parents[3]
SCRIPTS = "\n".join(
    file.read_text(encoding="utf-8") for file in (ROOT / "scanner_web/static/js/proof").glob("*.js")
)
TEMPLATES = "\n".join(
    (ROOT / "scanner_web/templates" / name).read_text(encoding="utf-8")
    for name in ("proof.html", "proved.html")
)
WORDS = catalog("proof.toml")

# Reasons by which the file is no proof at all: one sentence with the code serves them.
OF_THE_FORM = {
    "base64_refused", "bundle_malformed", "checkpoint_malformed", "lone_surrogate", "not_canonical", "not_json",
    "not_utf8", "note_key_malformed", "note_malformed", "record_malformed", "tile_malformed", "too_deep", "weak_key",
}  # fmt: skip


def test_every_refusal_of_the_script_has_a_sentence() -> None:
    """Nobody is told a bare code but where the file itself is no proof."""
    refused = set(re.findall(r'new (?:Fault|Unable|Stuck)\("([a-z0-9_]+)"', SCRIPTS))
    assert refused >= OF_THE_FORM
    assert {code for code in refused - OF_THE_FORM if f"js_proof_{code}" not in WORDS} == set()


def test_every_difference_of_the_page_has_a_sentence() -> None:
    """What step 7 finds, and what it could not compare, is called by its name."""
    found = set(re.findall(r'#fault\(\s*"([a-z_]+)"', SCRIPTS)) | {"name_differs", "differs", "text"}
    assert len(found) > 8
    assert {code for code in found if f"js_proof_shown_{code}" not in WORDS} == set()
    compared = set(re.findall(r'(?:#note|#equal|#differs|#moment)\(\s*"([a-z_]+)"', SCRIPTS))
    assert len(compared) > 12
    assert {what for what in compared if f"js_proof_what_{what}" not in WORDS} == set()


def test_every_word_is_said() -> None:
    """No dead words: a code that the script puts together ends in a step, a state or the name of what is compared."""
    made = re.compile(r"js_proof_(?:done|means)_[1-7]|js_proof_state_(?:holds|fails|unsure)")
    for code in WORDS:
        if code.startswith("js_proof_"):
            last = code.removeprefix("js_proof_").removeprefix("what_").removeprefix("shown_")
            assert made.fullmatch(code) or re.search(rf"\b(?:js_proof_)?{last}s?\b", SCRIPTS), code
        else:
            assert f'"{code}"' in TEMPLATES, code


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_each_language_is_itself(lang: str) -> None:
    """A translation left for later is found here."""
    han = re.compile("[\u4e00-\u9fff]")
    for code, entry in WORDS.items():
        assert bool(han.search(entry[lang])) is (lang == "zh"), code
