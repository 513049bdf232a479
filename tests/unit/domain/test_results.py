"""Whose word on goods counts: the rule of failed tests against a naive twin."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from trace.domain.results import Result, failed

ROLES = {
    "lab": "laboratory",
    "office": "inspector",
    "market": "market",
    "maker": "producer",
    "stall": "stall",
}
SAID = st.lists(
    st.tuples(
        st.sampled_from(("apples", "juice")),
        st.sampled_from(sorted(ROLES)),
        st.sampled_from(("bad", "fine", "waiting", None)),
    ),
    max_size=12,
)


def results(said: list[tuple[str, str, str | None]]) -> list[Result]:
    return [
        Result(index, batch, by, ROLES[by], by == "maker", result)
        for index, (batch, by, result) in enumerate(said)
    ]


def stands(said: list[Result], one: Result) -> bool:
    """The same in plain words, for one result at a time."""
    if one.result != "bad" or one.by == "stall":
        return False
    later = [other for other in said if other.index > one.index and other.batch == one.batch]
    cleared = any(
        other.result == "fine" and (other.by == one.by or other.by in ("lab", "office")) for other in later
    )
    again = any(other.result == "bad" and other.by == one.by for other in later)
    return not cleared and not again  # said again, it stands as it was said last


@given(SAID)
def test_the_rule_is_what_it_says_in_plain_words(said: list[tuple[str, str, str | None]]) -> None:
    """Whoever says what, in whatever order."""
    told = results(said)
    assert failed(told) == [one.index for one in told if stands(told, one)]


def test_a_document_that_was_handed_in_is_not_his_word_who_handed_it_in() -> None:
    """It has no role to speak in."""
    assert failed([Result(1, "apples", "office", None, False, "bad")]) == []
    bad = Result(1, "apples", "lab", "laboratory", False, "bad")
    assert failed([bad, Result(2, "apples", "office", None, False, "fine")]) == [1]
