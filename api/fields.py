"""Field types of the API: strict on the way in, honest in the published schema, worded by code.

Numbers of goods travel as decimal text, because a JSON number may lose digits on its way through a reader.
Character classes are spelled out and matched in full: ``\\d`` would accept digits of other scripts.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

import marshmallow as ma

from api.refusals import words
from trace.domain.refusals import Refusal
from trace.domain.units import parse_amount

AMOUNT_SCHEMA = {
    "type": "string",
    "pattern": "^(?:0|[1-9][0-9]{0,14})(?:\\.[0-9]{1,6})?$",
    "maxLength": 16,
}
DAY = "(?:19[7-9][0-9]|2[0-9]{3})-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
TIME = (
    DAY
    + "T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,6})?(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"
)

# Controls would break a log line or a label; marks that turn the reading direction can make a text lie.
CONTROLS = (
    r"\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069"  # as patterns write them
)
_CONTROL = re.compile(f"[{CONTROLS}]")
_ONE_LINE = rf"^[^{CONTROLS}]*[^\s{CONTROLS}][^{CONTROLS}]*$"


class _Worded:
    """Messages as codes of ``trace/i18n`` instead of English sentences."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "required": words("field_required"),
        "null": words("field_null"),
        "invalid": words("field_text"),
    }


class Shape(ma.Schema):
    """Base of every schema: a field that is not named in it is refused, and published as refused."""

    error_messages: ClassVar[dict[str, Any]] = {
        "unknown": words("field_unknown")[0],
        "type": words("field_object")[0],
    }

    class Meta:
        unknown = ma.RAISE


def _meta(description: str, example: Any, **schema: Any) -> dict[str, Any]:
    meta: dict[str, Any] = {"description": description, **schema}
    if example is not None:
        meta["examples"] = [example]
    return meta


class Text(_Worded, ma.fields.String):
    """One line of text, 1 to ``longest`` characters, without control or direction characters."""

    def __init__(
        self, description: str, *, longest: int = 200, pattern: str = "", example: Any = None, **kwargs: Any
    ) -> None:
        published = f"^{pattern}$" if pattern else _ONE_LINE
        meta = _meta(description, example, minLength=1, maxLength=longest, pattern=published)
        super().__init__(metadata=meta, **kwargs)
        self.longest = longest
        self.pattern = re.compile(pattern) if pattern else None

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if not text.strip():
            raise ma.ValidationError(words("field_empty"))
        if len(text) > self.longest:
            raise ma.ValidationError(words("field_long", longest=self.longest))
        if _CONTROL.search(text):
            raise ma.ValidationError(words("field_controls"))
        if self.pattern and not self.pattern.fullmatch(text):
            raise ma.ValidationError(words("field_form", pattern=self.pattern.pattern))
        return text


class Amount(_Worded, ma.fields.Field):
    """A decimal number as text; gives a Decimal. Above zero, or from zero on with ``zero``."""

    def __init__(self, description: str, *, zero: bool = False, example: str = "12.5", **kwargs: Any) -> None:
        super().__init__(metadata=_meta(description, example, **AMOUNT_SCHEMA), **kwargs)
        self.zero = zero

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        if not isinstance(value, str):
            raise ma.ValidationError(words("field_amount_text"))
        if self.zero and re.fullmatch("0(?:\\.0{1,6})?", value):
            return Decimal(0)
        return _amount(value)


def _amount(text: str) -> Decimal:
    try:
        return parse_amount(text)
    except Refusal as refusal:
        raise ma.ValidationError(words(refusal.code, **refusal.params())) from None


class Time(_Worded, ma.fields.Field):
    """An RFC 3339 time with its zone; gives an aware datetime that keeps the zone it was said in."""

    def __init__(self, description: str, **kwargs: Any) -> None:
        example = "2026-11-21T08:00:00+08:00"
        meta = _meta(description, example, type="string", format="date-time", pattern=f"^{TIME}$")
        super().__init__(metadata=meta, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        if not isinstance(value, str) or not re.fullmatch(TIME, value):
            raise ma.ValidationError(words("field_time"))
        try:
            return datetime.fromisoformat(value)
        except ValueError:  # 31 February, or a zone beyond +14:00
            raise ma.ValidationError(words("field_time")) from None


class Day(_Worded, ma.fields.Field):
    """A calendar day, ISO 8601; gives a date."""

    def __init__(self, description: str, *, example: str = "2026-11-20", **kwargs: Any) -> None:
        meta = _meta(description, example, type="string", format="date", pattern=f"^{DAY}$")
        super().__init__(metadata=meta, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        if not isinstance(value, str) or not re.fullmatch(DAY, value):
            raise ma.ValidationError(words("field_day"))
        try:
            return date.fromisoformat(value)
        except ValueError:  # 31 February
            raise ma.ValidationError(words("field_day")) from None


class Choice(_Worded, ma.fields.Field):
    """One of a few words; gives the enum's member, or the word itself for a plain list."""

    def __init__(self, description: str, choices: type[StrEnum] | tuple[str, ...], **kwargs: Any) -> None:
        self.members = {str(choice): choice for choice in choices}
        super().__init__(metadata=_meta(description, None, type="string", enum=list(self.members)), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or value not in self.members:
            raise ma.ValidationError(words("field_choice", choices=", ".join(self.members)))
        return self.members[value]


class YesNo(_Worded, ma.fields.Field):
    """``true`` or ``false`` in a body."""

    def __init__(self, description: str, **kwargs: Any) -> None:
        super().__init__(metadata={"description": description, "type": "boolean"}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ma.ValidationError(words("field_choice", choices="true, false"))
        return value


class Whole(_Worded, ma.fields.Field):
    """A whole number in a range: a JSON integer in a body, ASCII digits in a query."""

    def __init__(
        self, description: str, *, least: int, most: int, example: Any = None, **kwargs: Any
    ) -> None:
        meta = _meta(description, example, type="integer", minimum=least, maximum=most)
        super().__init__(metadata=meta, **kwargs)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, str) and re.fullmatch("0|[1-9][0-9]{0,8}", value):
            value = int(value)
        if type(value) is not int or not self.least <= value <= self.most:
            raise ma.ValidationError(words("field_whole", least=self.least, most=self.most))
        return value


class Switch(_Worded, ma.fields.Field):
    """``true`` or ``false`` in a query, spelled so."""

    def __init__(self, description: str, **kwargs: Any) -> None:
        super().__init__(metadata=_meta(description, None, type="boolean"), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if value not in ("true", "false"):
            raise ma.ValidationError(words("field_choice", choices="true, false"))
        return bool(value == "true")


class Many(_Worded, ma.fields.List):
    """A list of at most ``most`` things."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": words("field_list")}

    def __init__(self, of: Any, description: str, *, least: int = 0, most: int = 200, **kwargs: Any) -> None:
        meta: dict[str, Any] = {"description": description, "maxItems": most}
        if least:
            meta["minItems"] = least
        super().__init__(of, metadata=meta, **kwargs)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list) and not self.least <= len(value) <= self.most:
            raise ma.ValidationError(words("field_count", least=self.least, most=self.most))
        return super()._deserialize(value, attr, data, **kwargs)


class One(_Worded, ma.fields.Nested):
    """An object inside an object."""

    default_error_messages: ClassVar[dict[str, Any]] = {"type": words("field_object")}

    def __init__(self, of: Any, description: str = "", **kwargs: Any) -> None:
        super().__init__(of, metadata={"description": description} if description else {}, **kwargs)


class Pairs(_Worded, ma.fields.Field):
    """A JSON object from short names to decimal text; gives names to Decimals."""

    def __init__(self, description: str, *, example: Any = None, **kwargs: Any) -> None:
        meta = _meta(
            description,
            example,
            type="object",
            additionalProperties=AMOUNT_SCHEMA,
            maxProperties=20,
        )
        super().__init__(metadata=meta, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Decimal]:
        if not isinstance(value, dict):
            raise ma.ValidationError(words("field_object"))
        if len(value) > 20:
            raise ma.ValidationError(words("field_count", least=0, most=20))
        if any(not name or len(name) > 20 or _CONTROL.search(name) for name in value):
            raise ma.ValidationError(words("field_long", longest=20))
        if not all(isinstance(amount, str) for amount in value.values()):
            raise ma.ValidationError(words("field_amount_text"))
        return {name: _amount(amount) for name, amount in value.items()}
