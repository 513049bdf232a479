"""A verdict that a person can read: numbered steps, each with its result and the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from . import words
from .errors import LedgerError

Result = Literal["holds", "fails", "skipped", "not_reached"]


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered step: the `code` of what it asks, its result, and for a result that needs one its reason.

    `reason` is a code of `words`, and `params` the values for its sentence.
    """

    number: int
    code: str
    result: Result
    reason: str | None = None
    params: dict[str, str] = field(default_factory=dict)

    def text(self, locale: str) -> str:
        """The step in words of `locale` (`zh` or `en`), one or two lines."""
        line = f"{self.number:2}. [{words.text(self.result, locale)}] {words.text(self.code, locale)}"
        if self.reason is None:
            return line
        return f"{line}\n      {words.text(self.reason, locale, **self.params)}"


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict: `ok` when no step failed. `pinned` tells whether the log key came from elsewhere than the
    file.

    `facts` are what was verified, in order, as (code of `words`, values); they are empty unless `ok`.
    """

    steps: tuple[Step, ...]
    pinned: bool
    facts: tuple[tuple[str, dict[str, str]], ...]

    @property
    def ok(self) -> bool:
        """Whether every step that was taken holds."""
        return self.failed_step is None

    @property
    def failed_step(self) -> Step | None:
        """The step that does not hold, which ended the verification; None when all hold."""
        return next((step for step in self.steps if step.result == "fails"), None)

    def text(self, locale: str = "en") -> str:
        """The whole report in words of `locale` (`zh` or `en`), ending in a newline."""
        lines = [step.text(locale) for step in self.steps]
        lines += [words.text(code, locale, **params) for code, params in self.facts]
        if not self.pinned:
            lines.append(words.text("key_from_file", locale))
        failed = self.failed_step
        if failed is None:
            lines.append(words.text("verdict_holds", locale))
        else:
            lines.append(words.text("verdict_fails", locale, step=str(failed.number)))
        return "\n".join(lines) + "\n"


class Steps:
    """Takes steps one after another; after the first failure the rest are only named."""

    def __init__(self, *codes: str) -> None:
        self._codes = iter(enumerate(codes, 1))
        self._steps: list[Step] = []
        self._failed = False

    @contextmanager
    def _taken(self, number: int, code: str) -> Iterator[None]:
        try:
            yield
        except LedgerError as why:
            self._failed = True
            self._steps.append(Step(number, code, "fails", why.code, why.params()))
        else:
            self._steps.append(Step(number, code, "holds"))

    def take(self, judge: Callable[[], None]) -> None:
        """Take the next step: it fails when `judge` raises a LedgerError."""
        number, code = next(self._codes)
        if self._failed:
            self._steps.append(Step(number, code, "not_reached"))
            return
        with self._taken(number, code):
            judge()

    def skip(self, reason: str) -> None:
        """Leave the next step out, saying why."""
        number, code = next(self._codes)
        self._steps.append(Step(number, code, "not_reached" if self._failed else "skipped", reason))

    def report(self, *, pinned: bool, facts: Callable[[], list[tuple[str, dict[str, str]]]]) -> Report:
        """Sum up; `facts` is asked only when all steps hold."""
        return Report(tuple(self._steps), pinned, () if self._failed else tuple(facts()))
