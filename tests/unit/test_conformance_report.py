"""The conformance page says what the tests show, and no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance_report import Area, Statement, areas, page, unshown

HOLDS = Statement("a-1", "8.2", "SHALL", "Answers a | b")
LACKS = Statement("a-2", "8.3", "MAY", "Speaks XML", "JSON alone is offered")
AREA = Area("A", "a standard", (HOLDS, LACKS))


def test_a_statement_that_no_test_shows_is_named() -> None:
    assert unshown([AREA], {}) == ["a-1"]
    assert unshown([AREA], {"a-1": ["test_a::it_does"]}) == []


def test_the_page_says_what_does_not_hold_and_why() -> None:
    made = page([AREA], {"a-1": {"test_a::it_does"}})
    assert "| A | 1 | 1 |" in made
    assert "| a-2 | 8.3 | MAY | Speaks XML | **no**: JSON alone is offered | — |" in made
    assert "Answers a \\| b | yes | `test_a::it_does` |" in made


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ("holds = false", "a reason"),
        ('why = "because"', "a reason"),
        ('level = "MUST"', "level"),
    ],
)
def test_a_statement_that_is_not_whole_is_refused(tmp_path: Path, lines: str, wrong: str) -> None:
    level = "" if "level" in lines else 'level = "MAY"\n'
    (tmp_path / "a.toml").write_text(
        f'title = "A"\nsource = "s"\n[[statement]]\nid = "a"\nsection = "1"\ntext = "t"\n{level}{lines}\n'
    )
    with pytest.raises(ValueError, match=wrong):
        areas(tmp_path)


def test_every_statement_here_is_whole() -> None:
    assert all(area.statements for area in areas())
