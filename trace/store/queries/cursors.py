"""Keyset cursors: a page goes on after the last row seen, however many rows were added meanwhile."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, or_

from trace.domain.refusals import Invalid
from trace.store.queries.results import Page

MOST = 200
"""Rows of one page at most; who asks for more gets this many."""

T = TypeVar("T")
Key = tuple[ColumnElement[Any], bool]  # column, and whether it runs backwards


def page(
    connection: Connection,
    statement: Select[Any],
    *,
    name: str,
    keys: Sequence[Key],
    cursor: str | None,
    limit: int,
    make: Callable[[Sequence[Row[Any]]], Sequence[T]],
) -> Page[T]:
    """One page of ``statement`` in the order of ``keys``, which name a row; ``make`` makes the items.

    The key columns must be selected under their own names. Raises Invalid for a cursor of another list.
    """
    limit = max(1, min(limit, MOST))
    if cursor is not None:
        statement = statement.where(_after(keys, decode(name, cursor, len(keys))))
    ordered = statement.order_by(*(column.desc() if down else column for column, down in keys))
    rows = connection.execute(ordered.limit(limit + 1)).all()
    shown = rows[:limit]
    more = encode(name, [shown[-1]._mapping[column] for column, _ in keys]) if len(rows) > limit else None
    return Page(tuple(make(shown)), more)


def encode(name: str, values: Sequence[Any]) -> str:
    """The cursor that stands after a row with these key values, in the list called ``name``."""
    text = json.dumps([name, *values], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode("ascii").rstrip("=")


def decode(name: str, cursor: str, count: int) -> list[Any]:
    """The key values of a cursor. Raises Invalid."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        values = None
    if (
        not isinstance(values, list)
        or len(values) != count + 1
        or values[0] != name
        or not all(_text(value) or _whole(value) for value in values)
    ):
        raise Invalid(field="cursor", value=cursor[:40], expected="the `next` of a page of this list")
    return values[1:]


def _text(value: object) -> bool:
    """Whether a value is a text that a database takes: without NUL and halves of characters."""
    return isinstance(value, str) and not re.search("[\0\ud800-\udfff]", value)


def _whole(value: object) -> bool:
    return type(value) is int and abs(value) < 2**63


def _after(keys: Sequence[Key], values: Sequence[Any]) -> ColumnElement[bool]:
    for (column, _), value in zip(keys, values, strict=True):
        if isinstance(value, str) != (column.type.python_type is str):
            raise Invalid(field="cursor", value=str(value)[:40], expected="the `next` of a page of this list")
    alternatives = []
    for depth, (column, down) in enumerate(keys):
        same = [known == value for (known, _), value in zip(keys[:depth], values, strict=False)]
        alternatives.append(and_(*same, column < values[depth] if down else column > values[depth]))
    return or_(*alternatives)
