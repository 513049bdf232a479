"""Lines of text for pictures: broken to a width that no font is asked for, on the safe side."""

from __future__ import annotations

MOST_LINES = 3


def wrapped(text: str, ems: float) -> list[str]:
    """The text in at most three lines of so many ems; Latin words are kept whole where they fit, an ellipsis
    ends what is cut off."""
    lines: list[str] = []
    line, used = "", 0.0
    for whole in _words(" ".join(text.split())):
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


def _words(text: str) -> list[str]:
    """Where a line may break: after a space, and around every wide character."""
    words, word = [], ""
    for letter in text:
        if _wide(letter):
            words += [word, letter] if word else [letter]
            word = ""
        else:
            word += letter
            if letter in " -/·":
                words.append(word)
                word = ""
    return [*words, word] if word else words


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
