"""Where a line of text may be broken; and lines for pictures, broken to a width that no font is asked for."""

from __future__ import annotations

MOST_LINES = 3

_OPENING = "（《〈「『【〔“‘"
_CLOSING = "）》〉」』】〕”’，。、；：？！…"


def pieces(text: str, after: str = " ") -> list[str]:
    """The text in parts of which none may be broken: a line ends before or after a wide character, and behind one of
    ``after`` between others.

    No line begins with a mark that closes and none ends with one that opens (GB/T 15834, section 5.1).
    """
    found: list[str] = []
    for letter in text:
        last = found[-1][-1] if found else ""
        one_word = not (_wide(letter) or _wide(last) or last in after)
        if found and (letter == " " or letter in _CLOSING or last in _OPENING or one_word):
            found[-1] += letter
        else:
            found.append(letter)
    return found


def wrapped(text: str, ems: float) -> list[str]:
    """The text in at most three lines of so many ems; Latin words are kept whole where they fit, an ellipsis
    ends what is cut off."""
    lines: list[str] = []
    line, used = "", 0.0
    for whole in pieces(" ".join(text.split()), " -/·"):
        word, size = whole, _ems(whole)
        if line and used + _ems(word.rstrip()) > ems:
            lines.append(line.rstrip())
            line, used = "", 0.0
        while size > ems and len(word) > 1:  # a word that is wider than a line
            fits = _fitting(word, ems)
            lines.append(word[:fits])
            word = word[fits:]
            size = _ems(word)
        line, used = line + word, used + size
    if line.strip():
        lines.append(line.rstrip())
    if len(lines) > MOST_LINES:
        last = lines[MOST_LINES - 1]
        lines = [*lines[: MOST_LINES - 1], last[: _fitting(last, ems - 1)] + "…"]
    return lines


def _fitting(word: str, ems: float) -> int:
    """How many letters of a word fit, at least one."""
    used = 0.0
    for at, letter in enumerate(word):
        used += _em(letter)
        if used > ems:
            return max(at, 1)
    return len(word)


def _ems(text: str) -> float:
    return sum(map(_em, text))


def _em(letter: str) -> float:
    """The width of a letter, on the safe side for the fonts of phones."""
    if _wide(letter) or letter in "mwMW@%…":
        return 1.0
    return 0.78 if letter.isupper() else 0.62


def _wide(letter: str) -> bool:
    return letter >= "\u2e80"
