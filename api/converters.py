"""What may stand in an address: names that may be whole URIs, and indices."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_smorest import Api
from werkzeug.routing import BaseConverter

# No controls: a database refuses some of them, and a log line must not break.
_SIGN = r"[^/\x00-\x1f\x7f]"


class Name(BaseConverter):
    """A code, an id or a URI, whose slashes come percent-encoded; servers hand them on as slashes."""

    regex = rf"{_SIGN}{{1,300}}|[A-Za-z][A-Za-z0-9+.-]{{0,20}}:(?:{_SIGN}|/){{1,2000}}?"
    part_isolating = False


class Index(BaseConverter):
    """The index of an entry, in ASCII digits without zeros in front."""

    regex = "0|[1-9][0-9]{0,14}"

    def to_python(self, value: str) -> int:
        """The number."""
        return int(value)


def init_app(app: Flask) -> None:
    """Make them known to the routes."""
    app.url_map.converters.update(name=Name, entry=Index)


def describe(api: Api) -> None:
    """Publish their forms."""
    api.register_converter(Name, _name_schema)
    api.register_converter(Index, _index_schema)


def _name_schema(converter: Name) -> dict[str, Any]:
    return {
        "type": "string",
        "minLength": 1,
        "maxLength": 300,
        "description": "A short code or id, or a percent-encoded URI.",
    }


def _index_schema(converter: Index) -> dict[str, Any]:
    return {"type": "integer", "minimum": 0, "maximum": 999999999999999}
