"""The root of every refusal of the ledger: a stable code and the values that explain it."""

from __future__ import annotations

from typing import ClassVar

_LONGEST = 120


class LedgerError(ValueError):
    """Something is not as the ledger's format demands.

    `code` is stable and names the refusal in the catalogue of words; `params()` gives the values for its
    sentence.
    """

    code: ClassVar[str] = "ledger_error"

    def __init__(self, **params: object) -> None:
        self._params = {name: _short(str(value)) for name, value in params.items()}
        detail = ", ".join(f"{name}={value}" for name, value in self._params.items())
        super().__init__(f"{self.code}: {detail}" if detail else self.code)

    def params(self) -> dict[str, str]:
        """Values for the sentence, as text; each at most 120 characters, since input may be hostile."""
        return dict(self._params)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
