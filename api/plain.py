"""Plain JSON of what use cases return: amounts as decimal text, times in RFC 3339 with their zone."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from flask import Response

from trace.domain.units import plain as amount


def time(value: datetime) -> str:
    """UTC with milliseconds, as the ledger writes its own times."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"


def _default(value: Any) -> Any:
    if isinstance(value, Decimal):
        return amount(value)
    if isinstance(value, datetime):
        return time(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def dumps(value: Any) -> str:
    """JSON text of plain values, decimals and times. Raises TypeError for anything else."""
    return json.dumps(value, ensure_ascii=False, default=_default)


def json_response(value: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(dumps(value), status=status, mimetype="application/json")
