"""What stands on a label, in words that are ready: nothing is looked up and nothing translated while drawing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Certificate:
    """承诺达标合格证 in words: its ``title``, the sentence that promises, what is promised, each ground with
    whether its box is ticked, and the line of the one who signs."""

    title: str
    lead: str
    promises: tuple[str, ...]
    grounds_title: str
    grounds: tuple[tuple[str, bool], ...]
    signature: str


@dataclass(frozen=True)
class Label:
    """One label. ``url`` is what the QR code carries, ``code`` what a person types instead.

    ``lines`` are (word, value), the more important first: what does not fit is left out from the end. ``cover`` is a
    second code that is to be covered, with the words to print beside it.
    """

    url: str
    code: str
    title: str
    lines: tuple[tuple[str, str], ...] = ()
    cover: tuple[str, str] | None = None
    certificate: Certificate | None = None

    def texts(self) -> tuple[str, ...]:
        """Every text that is drawn."""
        words = [self.title, self.code, *(part for line in self.lines for part in line), *(self.cover or ())]
        if (paper := self.certificate) is not None:
            words += [paper.title, paper.lead, *paper.promises, paper.grounds_title, paper.signature]
            words += [ground for ground, _ in paper.grounds]
        return tuple(words)
