"""The threat model says which test shows each attack caught: the tests must be there."""

from __future__ import annotations

import re

import pytest

from tests.service.ledgers import ROOT

PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
ATTACKS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE[PAGE.index("| attack |") : PAGE.index("Tests are named")].strip().splitlines()[2:]
]
FILES = dict(re.findall(r"\b([A-Z]{1,2})(?: is)?\s+`(tests/[a-z_/]+\.py)`", PAGE))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda row: row[0])
def test_every_attack_names_tests_that_exist(attack: list[str]) -> None:
    named = re.findall(r"\b([A-Z]{1,2}) `([a-z_]+)`", attack[-1])
    assert named
    for letter, name in named:
        assert f"def test_{name}" in (ROOT / FILES[letter]).read_text(encoding="utf-8")
