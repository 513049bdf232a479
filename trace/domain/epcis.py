"""One EPCIS 2.0 event as the rules read it: a frozen view over its JSON object, in normal form.

Sources: GS1 EPCIS 2.0 section 7.4 (events and their fields) and its JSON binding, section 9; GS1 CBV 2.0
sections 7 (words) and 8 (identifiers). Identifiers come out canonical, words of the CBV in their short form;
``raw`` keeps the event as it came.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, localcontext
from typing import Any, TypeVar

from trace.domain.refusals import Invalid
from trace.identifiers import InvalidIdentifier, canonical

T = TypeVar("T")

TYPES = frozenset(
    {"ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent"}
)
ACTIONS = frozenset({"ADD", "OBSERVE", "DELETE"})

# Balances are kept to this many places; a finer captured number is an artefact of binary floats.
PLACES = 12
_FINEST = Decimal(1).scaleb(-PLACES)
_LARGEST = Decimal(10) ** 15

_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,20}))?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_OFFSET = re.compile(r"([+-])(0[0-9]|1[0-4]):([0-5][0-9])")
_CBV = re.compile(
    r"(?:(?:cbv:|https?://(?:ref|ns)\.gs1\.org/cbv/)(?:BizStep|Disp|SDT|BTT|ER)-"
    r"|urn:epcglobal:cbv:(?:bizstep|disp|sdt|btt|er):)([a-z_]+)"
)
_FIELDS = frozenset(
    """
    type eventID eventTime eventTimeZoneOffset recordTime action bizStep disposition persistentDisposition
    readPoint bizLocation epcList quantityList parentID childEPCs childQuantityList inputEPCList
    inputQuantityList outputEPCList outputQuantityList sourceList destinationList bizTransactionList
    transformationID ilmd errorDeclaration sensorElementList certificationInfo @context
    """.split()  # noqa: SIM905  # a list of names reads better as words
)


LONGEST_NAME = (
    1024  # bytes of UTF-8; names are indexed, and the smallest index row of the databases is 2.7 kB
)


@dataclass(frozen=True)
class ClassQuantity:
    """So much of a class of things (EPCIS QuantityElement); no ``unit``: a count of single things."""

    epc_class: str
    amount: Decimal | None
    unit: str | None


@dataclass(frozen=True)
class ErrorDeclaration:
    """This event declares an earlier one, of the same id, to have been wrong (EPCIS section 7.4.1.3)."""

    time: datetime
    reason: str | None
    corrective: tuple[str, ...]


@dataclass(frozen=True)
class Event:
    """One event. ``time`` is in UTC and ``offset`` is the place's own; empty tuples where a list is absent.

    ``sources`` and ``destinations`` are pairs (type, URI), ``transactions`` too, with "" for no type.
    ``malformed`` holds what means to be a GS1 key and is not a valid one, kept as it was written.
    """

    type: str
    event_id: str
    time: datetime
    offset: str
    raw: Mapping[str, Any]
    record_time: datetime | None = None
    action: str | None = None
    biz_step: str | None = None
    disposition: str | None = None
    read_point: str | None = None
    biz_location: str | None = None
    epcs: tuple[str, ...] = ()
    quantities: tuple[ClassQuantity, ...] = ()
    parent: str | None = None
    child_epcs: tuple[str, ...] = ()
    child_quantities: tuple[ClassQuantity, ...] = ()
    input_epcs: tuple[str, ...] = ()
    input_quantities: tuple[ClassQuantity, ...] = ()
    output_epcs: tuple[str, ...] = ()
    output_quantities: tuple[ClassQuantity, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    destinations: tuple[tuple[str, str], ...] = ()
    transactions: tuple[tuple[str, str], ...] = ()
    transformation_id: str | None = None
    ilmd: Mapping[str, Any] | None = None
    error: ErrorDeclaration | None = None
    extensions: Mapping[str, Any] | None = None
    malformed: tuple[Invalid, ...] = ()

    @classmethod
    def parse(cls, obj: object, event_id: str | None = None) -> Event:
        """Read one event object; ``event_id`` is the one assigned to it where it brought none of its own.

        An event with neither gets an id made from its content, so that the same event captured twice is known
        again. Numbers may be int, Decimal or float. Raises Invalid, naming the field.
        """
        reader = _Reader(_object(obj, "event"))
        raw = reader.raw
        kind = reader.word("type")
        if kind not in TYPES:
            raise Invalid(field="type", value=str(kind), expected=" | ".join(sorted(TYPES)))
        action = reader.text("action")
        if action is not None and action not in ACTIONS:
            raise Invalid(field="action", value=action, expected="ADD | OBSERVE | DELETE")
        return cls(
            type=kind,
            event_id=reader.text("eventID") or event_id or _content_id(raw),
            time=_time(raw.get("eventTime"), "eventTime"),
            offset=_offset(raw.get("eventTimeZoneOffset")),
            record_time=reader.optional("recordTime", _time),
            action=action,
            biz_step=reader.word("bizStep"),
            disposition=reader.word("disposition"),
            read_point=reader.place("readPoint"),
            biz_location=reader.place("bizLocation"),
            epcs=reader.uris("epcList"),
            quantities=reader.quantities("quantityList"),
            parent=reader.uri("parentID"),
            child_epcs=reader.uris("childEPCs"),
            child_quantities=reader.quantities("childQuantityList"),
            input_epcs=reader.uris("inputEPCList"),
            input_quantities=reader.quantities("inputQuantityList"),
            output_epcs=reader.uris("outputEPCList"),
            output_quantities=reader.quantities("outputQuantityList"),
            sources=reader.pairs("sourceList", "source"),
            destinations=reader.pairs("destinationList", "destination"),
            transactions=reader.pairs("bizTransactionList", "bizTransaction"),
            transformation_id=reader.text("transformationID"),
            ilmd=reader.optional("ilmd", _object),
            error=reader.optional("errorDeclaration", _error),
            extensions={key: value for key, value in raw.items() if key not in _FIELDS} or None,
            raw=raw,
            malformed=tuple(reader.malformed),
        )

    @classmethod
    def of_body(cls, data: Mapping[str, Any]) -> Event:
        """The event in the data of an ``epcis.event/1`` statement's ``full`` body (see ``parse_body``)."""
        return cls.parse(data.get("event"), data.get("eventID"))

    @property
    def local_date(self) -> date:
        """The date at the event's own place."""
        return local_date(self.time, self.offset)

    @property
    def classes(self) -> tuple[str, ...]:
        """Every class of things the event names, each once, in order."""
        lists = (self.quantities, self.child_quantities, self.input_quantities, self.output_quantities)
        return tuple(dict.fromkeys(quantity.epc_class for quantities in lists for quantity in quantities))

    def extension(self, name: str) -> Any:
        """The value of an extension field by its local name, whatever prefix stands for its namespace."""
        return local_value(self.extensions, name)


def parse_body(body: bytes) -> Any:
    """The ``data`` of a statement's body, with its fractions as exact Decimals."""
    return json.loads(body, parse_float=Decimal)["data"]


def local_date(time: datetime, offset: str) -> date:
    """The calendar date of a moment at an offset such as ``+08:00``."""
    hours, minutes = int(offset[1:3]), int(offset[4:6])
    delta = timedelta(hours=hours, minutes=minutes)
    return time.astimezone(timezone(-delta if offset[0] == "-" else delta)).date()


def local_value(fields: Mapping[str, Any] | None, name: str) -> Any:
    """The first value whose key is ``name`` behind any prefix (``cbvmda:``) or namespace; None if absent."""
    for key, value in (fields or {}).items():
        if re.split(r"[:#/]", key)[-1] == name:
            return value
    return None


def name_of(value: object) -> str | None:
    """A text that can serve as a name (a lot, a code, a party); None for anything else, and for one too long.

    A foreign document may put a page of prose there. It is kept whole in the record, but nothing is looked up by it.
    """
    return (
        value if isinstance(value, str) and 0 < len(value.encode(errors="replace")) <= LONGEST_NAME else None
    )


def short_word(value: str) -> str:
    """A CBV word without the namespace it was written with; any other text as it is.

    >>> short_word("https://ref.gs1.org/cbv/BizStep-shipping"), short_word("urn:gdst:bizStep:landing")
    ('shipping', 'urn:gdst:bizStep:landing')
    """
    match = _CBV.fullmatch(value)
    return match[1] if match else value


def amount(value: object, field: str) -> Decimal:
    """An amount as captured, exact to PLACES, without trailing zeros. Raises Invalid."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise Invalid(field=field, value=_shown(value), expected="a number")
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite() or number < 0 or number >= _LARGEST:
        raise Invalid(field=field, value=_shown(value), expected="0 <= number < 10^15")
    with localcontext(prec=40):
        if number.as_tuple().exponent < -PLACES:  # type: ignore[operator]  # finite: the exponent is a number
            number = number.quantize(_FINEST)
        number = number.normalize()
        return number if number.as_tuple().exponent <= 0 else number.quantize(Decimal(1))  # type: ignore[operator]


class _Reader:
    """Reads fields of one event object and gathers identifiers that are not what they mean to be."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw
        self.malformed: list[Invalid] = []

    def optional(self, field: str, read: Callable[[Any, str], T]) -> T | None:
        value = self.raw.get(field)
        return None if value is None else read(value, field)

    def text(self, field: str) -> str | None:
        return self.optional(field, _text)

    def word(self, field: str) -> str | None:
        value = self.text(field)
        return None if value is None else short_word(value)

    def uri(self, field: str) -> str | None:
        return self.optional(field, self._canonical)

    def uris(self, field: str) -> tuple[str, ...]:
        return tuple(self._canonical(value, path) for path, value in _items(self.raw.get(field), field))

    def place(self, field: str) -> str | None:
        value = self.raw.get(field)
        if value is None:
            return None
        place = _object(value, field)
        return self._canonical(place.get("id"), f"{field}.id")

    def quantities(self, field: str) -> tuple[ClassQuantity, ...]:
        return tuple(
            self._quantity(_object(value, path), path) for path, value in _items(self.raw.get(field), field)
        )

    def pairs(self, field: str, name: str) -> tuple[tuple[str, str], ...]:
        found = []
        for path, value in _items(self.raw.get(field), field):
            item = _object(value, path)
            kind = item.get("type")
            word = "" if kind is None else short_word(_text(kind, f"{path}.type"))
            found.append((word, self._canonical(item.get(name), f"{path}.{name}")))
        return tuple(found)

    def _quantity(self, item: Mapping[str, Any], path: str) -> ClassQuantity:
        number, unit = item.get("quantity"), item.get("uom")
        return ClassQuantity(
            self._canonical(item.get("epcClass"), f"{path}.epcClass"),
            None if number is None else amount(number, f"{path}.quantity"),
            None if unit is None else _text(unit, f"{path}.uom"),
        )

    def _canonical(self, value: object, path: str) -> str:
        uri = _text(value, path)
        try:
            return canonical(uri)
        except InvalidIdentifier as error:
            self.malformed.append(Invalid(field=path, value=uri, expected=str(error.expected)))
            return uri


def _items(value: object, field: str) -> Iterable[tuple[str, Any]]:
    """The members of a list, each with its path; none where the list is absent."""
    if value is None:
        return
    if not isinstance(value, list | tuple):
        raise Invalid(field=field, value=_shown(value), expected="a list")
    for n, item in enumerate(value):
        yield f"{field}[{n}]", item


def _object(value: object, field: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Invalid(field=field, value=_shown(value), expected="an object")
    return value


def _text(value: object, field: str) -> str:
    if not isinstance(value, str) or not value:
        raise Invalid(field=field, value=_shown(value), expected="text")
    return value


def _time(value: object, field: str) -> datetime:
    """A moment with its zone (xsd:dateTimeStamp), in UTC; fractions beyond microseconds are cut off."""
    text = _text(value, field)
    expected = "YYYY-MM-DDThh:mm:ss+hh:mm"
    match = _TIME.fullmatch(text)
    if match is None:
        raise Invalid(field=field, value=text, expected=expected)
    fraction = f".{match[2][:6]:0<6}" if match[2] else ""
    try:
        time = datetime.fromisoformat(f"{match[1]}{fraction}{match[3]}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(field=field, value=text, expected=expected) from None
    if not 1 < time.year < 9999:  # so that it has a date at every offset
        raise Invalid(field=field, value=text, expected=expected)
    return time


def _offset(value: object) -> str:
    text = _text(value, "eventTimeZoneOffset")
    match = _OFFSET.fullmatch(text)
    if match is None or (match[2] == "14" and match[3] != "00"):
        raise Invalid(field="eventTimeZoneOffset", value=text, expected="+hh:mm | -hh:mm")
    return text


def _error(value: object, field: str) -> ErrorDeclaration:
    item = _object(value, field)
    reason = item.get("reason")
    ids = _items(item.get("correctiveEventIDs"), f"{field}.correctiveEventIDs")
    return ErrorDeclaration(
        time=_time(item.get("declarationTime"), f"{field}.declarationTime"),
        reason=None if reason is None else short_word(_text(reason, f"{field}.reason")),
        corrective=tuple(_text(one, path) for path, one in ids),
    )


def _content_id(raw: Mapping[str, Any]) -> str:
    spelled = json.dumps(_spelled(raw), sort_keys=True, separators=(",", ":"))
    return f"urn:x-trace:event:{hashlib.sha256(spelled.encode()).hexdigest()}"


def _spelled(value: Any) -> Any:
    """The same tree with every number as its plain digits, whichever type carried it."""
    if isinstance(value, Mapping):
        return {key: _spelled(item) for key, item in value.items() if key != "recordTime"}
    if isinstance(value, list | tuple):
        return [_spelled(item) for item in value]
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        return {"number": str(number.normalize())}
    return value


def _shown(value: object) -> str:
    return str(value)[:100]
