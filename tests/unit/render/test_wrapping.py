"""Where a line of text may be broken, as a reader of Chinese expects it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.render.wrapping import pieces

TEXTS = st.text(st.sampled_from("蜜柚果（）《》“”，。aB7 -·é"), max_size=30)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("蜜柚次果（加工用）", ["蜜", "柚", "次", "果", "（加", "工", "用）"]),
        ("生产者：PX-07 果园", ["生", "产", "者：", "PX-07 ", "果", "园"]),
        ("“红肉”，甜", ["“红", "肉”，", "甜"]),
        ("Crème fraîche 20 千克", ["Crème ", "fraîche ", "20 ", "千", "克"]),
        ("", []),
    ],
)
def test_marks_stay_with_their_words(text: str, parts: list[str]) -> None:
    """A bracket alone at the end or beginning of a line is a misprint."""
    assert pieces(text) == parts


def test_names_of_batches_may_break_at_their_hyphens_where_that_is_wanted() -> None:
    """On a picture with narrow boxes; on a label they stay whole."""
    assert pieces("20261122-XE7C", " -") == ["20261122-", "XE7C"]
    assert pieces("20261122-XE7C") == ["20261122-XE7C"]


@given(TEXTS)
def test_nothing_is_lost_and_no_line_begins_or_ends_with_the_wrong_mark(text: str) -> None:
    """Whatever is written."""
    found = pieces(text)
    assert "".join(found) == text
    assert all(part[0] not in "）》”，。" for part in found[1:])
    assert all(part[-1] not in "（《“" for part in found[:-1])
