"""From the names that people and programs use to the URIs that the rules speak of.

Names never change their meaning, so they are looked up before the use case takes its turn.
"""

from __future__ import annotations

from collections.abc import Callable

from trace.identifiers import SSCC, canonical
from trace.services import look
from trace.services.context import Context


def batches(ctx: Context) -> Callable[[str], str]:
    """A function from a short code or URI to the batch's URI. It raises UnknownBatch."""
    return lambda name: look.find_batch(ctx, name).uri


def containers(names: list[str]) -> tuple[str, ...]:
    """Logistic units by SSCC or URI, as URIs. Raises InvalidIdentifier."""
    return tuple(container(name) for name in names)


def container(name: str) -> str:
    """One logistic unit by SSCC or URI, as a URI. Raises InvalidIdentifier."""
    return canonical(name) if ":" in name else SSCC.parse(name).uri
