"""The parameters of an EPCIS query, from a URL or a JSON body, as conditions on what events are found by.

Source: EPCIS 2.0 section 8.2.7.1 (SimpleEventQuery) and the schema of its JSON form. What is not answered here is
refused by name; nothing is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from trace.domain import event_terms as terms
from trace.domain.event_query import (
    EVENT_TIME,
    RECORD_TIME,
    Among,
    Beginning,
    Condition,
    Descending,
    Either,
    EventQuery,
    Number,
    Present,
    QueryParameterInvalid,
    QueryParameterUnknown,
    Time,
)
from trace.domain.event_terms import Namespaces, bounded, indexable
from trace.identifiers import InvalidIdentifier
from trace.interop import words
from trace.interop.epc_patterns import NoPattern, matching
from trace.interop.errors import short
from trace.interop.event_shape import EVENT_TYPES
from trace.interop.words import Vocabulary

MOST_VALUES = 100
"""So many values may stand in one parameter, and so many parameters in one query."""
MOST_PARAMETERS = 60
MOST_PATTERNS = 10
"""Values with a ``*`` in one parameter: each becomes up to 40 searches of the index."""

JSON = Any
_INSTANT = timedelta(microseconds=1)
_COMPARE = ("EQ", "GT", "GE", "LT", "LE")

_SCOPES = {
    "": "field",
    "ILMD_": "ilmd",
    "ERROR_DECLARATION_": "error",
    "SENSORELEMENT_": "sensorElement",
    "SENSORMETADATA_": "sensorMetadata",
    "SENSORREPORT_": "sensorReport",
    "readPoint_": "readPoint",
    "bizLocation_": "bizLocation",
}
_EXTENSION = re.compile(
    r"(EQ|GT|GE|LT|LE|EXISTS)_(INNER_)?"
    r"(ILMD_|ERROR_DECLARATION_|SENSORELEMENT_|SENSORMETADATA_|SENSORREPORT_|readPoint_|bizLocation_)?"
    r"([^:\s]+:\S+)"
)
_TYPED = re.compile(r"EQ_(bizTransaction|source|destination)_(\S+)")
_MEASURE = re.compile(
    r"(EQ|GT|GE|LT|LE)_(quantity|value|minValue|maxValue|meanValue|sDev|percValue)_([A-Z0-9]{2,4})"
)
_PLAIN = re.compile(r"(EQ|GT|GE|LT|LE)_(quantity|percRank)")
_TYPES = {"bizTransaction": words.TRANSACTION, "source": words.SOURCE_DESTINATION}
_MATCH = {
    "MATCH_epc": (("epc",), False),
    "MATCH_parentID": (("parentID",), False),
    "MATCH_inputEPC": (("inputEPC",), False),
    "MATCH_outputEPC": (("outputEPC",), False),
    "MATCH_anyEPC": (terms.EPCS, False),
    "MATCH_epcClass": (("epcClass",), True),
    "MATCH_inputEPCClass": (("inputEPCClass",), True),
    "MATCH_outputEPCClass": (("outputEPCClass",), True),
    "MATCH_anyEPCClass": (terms.CLASSES, True),
}
_TIMES = {
    "eventTime": EVENT_TIME,
    "recordTime": RECORD_TIME,
    "errorDeclarationTime": "errorDeclarationTime",
    "errorDeclaration_Time": "errorDeclarationTime",  # as the schema of the JSON form spells it
    "time": "time",
    "startTime": "startTime",
    "endTime": "endTime",
    "SENSORMETADATA_time": "sensorMetadata.time",
    "SENSORREPORT_time": "sensorReport.time",
}
_DEVICE = {
    **{f"EQ_{name}": (f"sensorMetadata.{name}", f"sensorReport.{name}") for name in terms.DEVICE},
    **{f"EQ_SENSORMETADATA_{name}": (f"sensorMetadata.{name}",) for name in terms.DEVICE},
    **{f"EQ_SENSORREPORT_{name}": (f"sensorReport.{name}",) for name in terms.DEVICE},
}
_WORDS: Mapping[str, tuple[str, Vocabulary]] = {
    "EQ_bizStep": ("bizStep", words.BIZ_STEP),
    "EQ_disposition": ("disposition", words.DISPOSITION),
    "EQ_persistentDisposition_set": ("persistentDisposition.set", words.DISPOSITION),
    "EQ_persistentDisposition_unset": ("persistentDisposition.unset", words.DISPOSITION),
    "EQ_errorReason": ("errorReason", words.ERROR_REASON),
    "EQ_type": ("type", words.MEASUREMENT),
    "EQ_component": ("component", words.COMPONENT),
}
_URIS: Mapping[str, tuple[str, ...]] = {
    "EQ_readPoint": ("readPoint",),
    "EQ_bizLocation": ("bizLocation",),
    "EQ_transformationID": ("transformationID",),
    "EQ_eventID": ("eventID",),
    "EQ_correctiveEventID": ("correctiveEventID",),
    "EQ_microorganism": ("microorganism",),
    "EQ_chemicalSubstance": ("chemicalSubstance",),
    "EQ_uriValue": ("uriValue",),
    **_DEVICE,
}
_ORDER = ("orderBy", "orderDirection", "eventCountLimit", "maxEventCount")


def parse_query(params: Mapping[str, JSON], prefixes: Mapping[str, str]) -> EventQuery:
    """The query that these parameters ask.

    A text holds a list's members with ``|`` between them, as in a URL; a JSON list is taken as it is. A compact
    name is read by ``prefixes`` and by the query's own ``@context``. Raises QueryParameterUnknown,
    QueryParameterInvalid.
    """
    if len(params) > MOST_PARAMETERS:
        raise QueryParameterInvalid("", str(len(params)), f"<= {MOST_PARAMETERS}")
    reader = _Reader(Namespaces.of(dict(prefixes), params.get("@context", [])))
    conditions: list[Condition] = []
    for name, value in params.items():
        if name not in _ORDER and name != "@context":
            conditions += reader.conditions(_Parameter(name, value))
    return reader.ordered(
        {name: _Parameter(name, params[name]) for name in _ORDER if name in params}, conditions
    )


@dataclass(frozen=True)
class _Parameter:
    """One parameter as it was sent; every reading of it raises QueryParameterInvalid."""

    name: str
    value: JSON

    def wrong(self, found: object, expected: str) -> QueryParameterInvalid:
        return QueryParameterInvalid(short(self.name), short(str(found)), expected)

    def texts(self) -> tuple[str, ...]:
        """The members of a list of texts."""
        found = self.value.split("|") if isinstance(self.value, str) else self.value
        if not isinstance(found, list | tuple) or not found:
            raise self.wrong(found, "a | b | …")
        if len(found) > MOST_VALUES:
            raise self.wrong(len(found), f"<= {MOST_VALUES}")
        for one in found:
            if not isinstance(one, str) or not one:
                raise self.wrong(one, "text")
        return tuple(dict.fromkeys(found))

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.wrong(self.value, "text")
        return self.value

    def time(self) -> datetime:
        found = terms.moment(self.value) if isinstance(self.value, str) else None
        if found is None:
            raise self.wrong(self.value, "YYYY-MM-DDThh:mm:ss(Z | +hh:mm)")
        return found

    def number(self, value: JSON = None) -> float:
        value = self.value if value is None else value
        found = terms.number(
            value if isinstance(value, str) else "" if isinstance(value, bool) else str(value)
        )
        if found is None:
            raise self.wrong(value, "1.5")
        return found

    def numbers(self) -> tuple[float, ...]:
        if isinstance(self.value, list):
            if not 0 < len(self.value) <= MOST_VALUES:
                raise self.wrong(len(self.value), f"1–{MOST_VALUES}")
            return tuple(self.number(one) for one in self.value)
        if isinstance(self.value, str):
            return tuple(self.number(one) for one in self.texts())
        return (self.number(),)

    def count(self) -> int:
        text = self.value if isinstance(self.value, str) else str(self.value)
        if isinstance(self.value, bool) or not re.fullmatch("[1-9][0-9]{0,8}", text):
            raise self.wrong(self.value, "1, 2, 3 …")
        return int(text)

    def truth(self) -> bool:
        if isinstance(self.value, bool) or self.value in ("true", "false"):
            return self.value in (True, "true")
        raise self.wrong(self.value, "true | false")

    def given(self) -> bool:
        """Whether an EXISTS_ parameter asks for anything: it has no value, or true."""
        if self.value is None or self.value == "":
            return True
        if self.value in (1, "1") and self.value is not True:
            return True
        return self.truth()


class _Reader:
    def __init__(self, names: Namespaces) -> None:
        self._names = names

    def conditions(self, parameter: _Parameter) -> Iterator[Condition]:
        """What one parameter asks; nothing where it is an EXISTS_ that asks nothing."""
        for read in (self._fixed, self._timed, self._measured, self._by_type, self._extension):
            found = read(parameter)
            if found is not None:
                yield from found
                return
        raise QueryParameterUnknown(short(parameter.name))

    def _fixed(self, asked: _Parameter) -> Sequence[Condition] | None:
        name = asked.name
        if name in _MATCH:
            fields, classes = _MATCH[name]
            patterns = sum("*" in one for one in asked.texts())
            if patterns > MOST_PATTERNS:
                raise asked.wrong(f"{patterns} *", f"<= {MOST_PATTERNS} *")
            return (_either([self._match(asked, fields, one, classes) for one in asked.texts()]),)
        if name in _URIS:
            return (_among(_URIS[name], [self._uri(asked, one) for one in asked.texts()]),)
        if name in _WORDS:
            field, vocabulary = _WORDS[name]
            return (_among((field,), [self._word(asked, one, vocabulary) for one in asked.texts()]),)
        read = _OTHERS.get(name)
        return None if read is None else read(self, asked)

    def _types(self, asked: _Parameter) -> Sequence[Condition]:
        vocabulary = Vocabulary("eventType", frozenset(EVENT_TYPES), ("epcis:", "https://ref.gs1.org/epcis/"))
        return (_among(("eventType",), [self._word(asked, one, vocabulary) for one in asked.texts()]),)

    def _actions(self, asked: _Parameter) -> Sequence[Condition]:
        for one in asked.texts():
            if one not in ("ADD", "OBSERVE", "DELETE"):
                raise asked.wrong(one, "ADD | OBSERVE | DELETE")
        return (_among(("action",), asked.texts()),)

    def _places(self, asked: _Parameter) -> Sequence[Condition]:
        name = asked.name.removeprefix("WD_")
        return (Descending(name, tuple(self._uri(asked, one) for one in asked.texts())),)

    def _strings(self, asked: _Parameter) -> Sequence[Condition]:
        return (_among(("stringValue",), [indexable(one) for one in asked.texts()]),)

    def _bytes(self, asked: _Parameter) -> Sequence[Condition]:
        for one in asked.texts():
            if not re.fullmatch("(?:[0-9A-Fa-f]{2})+", one):
                raise asked.wrong(one, "hexBinary")
        return (_among(("hexBinaryValue",), [bounded(one.upper()) for one in asked.texts()]),)

    def _truth(self, asked: _Parameter) -> Sequence[Condition]:
        return (_among(("booleanValue",), ["true" if asked.truth() else "false"]),)

    def _present(self, asked: _Parameter) -> Sequence[Condition]:
        return (Present(asked.name.removeprefix("EXISTS_")),) if asked.given() else ()

    def _timed(self, asked: _Parameter) -> Sequence[Condition] | None:
        how, _, field = asked.name.partition("_")
        if how not in ("GE", "LT") or field not in _TIMES:
            return None
        time = asked.time()
        bounds = {"since": time} if how == "GE" else {"until": time}
        return (Time(_TIMES[field], **bounds),)

    def _measured(self, asked: _Parameter) -> Sequence[Condition] | None:
        if match := _MEASURE.fullmatch(asked.name):
            return (_numbers(f"{match[2]}:{match[3]}", match[1], asked),)
        if match := _PLAIN.fullmatch(asked.name):
            return (_numbers(match[2], match[1], asked),)
        return None

    def _by_type(self, asked: _Parameter) -> Sequence[Condition] | None:
        match = _TYPED.fullmatch(asked.name)
        if match is None:
            return None
        vocabulary = _TYPES.get(match[1], words.SOURCE_DESTINATION)
        if vocabulary.knows(match[2]) is False:
            raise QueryParameterUnknown(short(asked.name))
        field = bounded(f"{match[1]}.{self._known(asked, match[2])}")
        return (_among((field,), [self._uri(asked, one) for one in asked.texts()]),)

    def _extension(self, asked: _Parameter) -> Sequence[Condition] | None:
        match = _EXTENSION.fullmatch(asked.name)
        if match is None or asked.name.startswith("EQ_ATTR_"):
            return None
        how, inner, scope, name = match.groups()
        place = _SCOPES[scope or ""] + (".inner" if inner else "")
        field = f"{place}:{self._field(asked, name)}"
        if how == "EXISTS":
            return (Present(field),) if asked.given() else ()
        if how == "EQ":
            return (_equal(field, asked),)
        if isinstance(asked.value, str) and (time := terms.moment(asked.value)) is not None:
            return (_time(field, how, time),)
        return (_numbers(field, how, asked),)

    # -- values ------------------------------------------------------------------------------------------

    def _match(
        self, asked: _Parameter, fields: Sequence[str], value: str, classes: bool
    ) -> Among | Beginning:
        try:
            return matching(fields, self._absolute(asked, value), classes=classes)
        except (NoPattern, InvalidIdentifier) as error:
            raise asked.wrong(value, "URI | urn:epc:idpat:…*") from error

    def _uri(self, asked: _Parameter, value: str) -> str:
        return indexable(self._absolute(asked, value))

    def _absolute(self, asked: _Parameter, value: str) -> str:
        if ":" not in value:
            raise asked.wrong(value, "URI")
        return self._names.expand(value)

    def _word(self, asked: _Parameter, value: str, vocabulary: Vocabulary) -> str:
        if vocabulary.knows(value) is False:
            raise asked.wrong(value, vocabulary.name)
        return self._known(asked, value)

    def _known(self, asked: _Parameter, value: str) -> str:
        """A word whose prefix, if it has one, has a meaning."""
        self._refuse_prefix(asked, value)
        return self._names.word(value)

    def _field(self, asked: _Parameter, name: str) -> str:
        self._refuse_prefix(asked, name)
        return self._names.key(name)

    def _refuse_prefix(self, asked: _Parameter, name: str) -> None:
        prefix, colon, _ = name.partition(":")
        if colon and prefix not in self._names.prefixes and prefix.lower() not in ("http", "https", "urn"):
            raise asked.wrong(f"{prefix}:", "GS1-Extensions | @context")

    # -- order and limits --------------------------------------------------------------------------------

    def ordered(self, asked: Mapping[str, _Parameter], conditions: Sequence[Condition]) -> EventQuery:
        """The query in its order and within its limits."""
        order = self._order(asked["orderBy"]) if "orderBy" in asked else None
        direction = asked.get("orderDirection")
        if direction is not None and direction.value not in ("ASC", "DESC"):
            raise direction.wrong(direction.value, "ASC | DESC")
        limit, most = (
            asked[name].count() if name in asked else None for name in ("eventCountLimit", "maxEventCount")
        )
        if limit is not None and (most is not None or order is None):
            also = (
                "eventCountLimit={0}&orderBy=eventTime"
                if order is None
                else "eventCountLimit={0} | maxEventCount={0}"
            )
            expected = also.format(limit)
            raise asked["eventCountLimit"].wrong(limit, expected)
        descending = direction is None or direction.value == "DESC"
        return EventQuery(tuple(conditions), order, descending, limit, most)

    def _order(self, asked: _Parameter) -> str:
        name = asked.text()
        if name in (EVENT_TIME, RECORD_TIME):
            return name
        if ":" not in name:
            raise asked.wrong(name, "eventTime | recordTime | prefix:name")
        return f"field:{self._field(asked, name)}"


_OTHERS: Mapping[str, Callable[[_Reader, _Parameter], Sequence[Condition]]] = {
    "eventType": _Reader._types,
    "EQ_action": _Reader._actions,
    "WD_readPoint": _Reader._places,
    "WD_bizLocation": _Reader._places,
    "EQ_stringValue": _Reader._strings,
    "EQ_hexBinaryValue": _Reader._bytes,
    "EQ_booleanValue": _Reader._truth,
    f"EXISTS_{terms.ERROR}": _Reader._present,
    f"EXISTS_{terms.SENSORS}": _Reader._present,
}


def _among(names: Sequence[str], values: Sequence[str]) -> Among:
    return Among(tuple((name, value) for name in names for value in values))


def _either(parts: Sequence[Among | Beginning | Number | Time]) -> Condition:
    """One condition for several: single terms together, the others beside them."""
    exact = tuple(term for part in parts if isinstance(part, Among) for term in part.terms)
    found: list[Among | Beginning | Number | Time] = [Among(exact)] if exact else []
    found += [part for part in parts if not isinstance(part, Among)]
    return found[0] if len(found) == 1 else Either(tuple(found))


def _numbers(field: str, how: str, asked: _Parameter) -> Condition:
    if how == "EQ":
        return _either([Number(field, one, one) for one in asked.numbers()])
    return _number(field, how, asked.number())


def _number(field: str, how: str, value: float) -> Number:
    if how in ("GT", "GE"):
        return Number(field, low=value, low_open=how == "GT")
    return Number(field, high=value, high_open=how == "LT")


def _time(field: str, how: str, time: datetime) -> Time:
    """Times are kept to the microsecond, so that after one is the next."""
    if how in ("GT", "GE"):
        return Time(field, since=time + _INSTANT if how == "GT" else time)
    return Time(field, until=time + _INSTANT if how == "LE" else time)


def _equal(field: str, asked: _Parameter) -> Condition:
    """A field's value is one of these: as a text, and where the text is a number or a time, as that too."""
    if not isinstance(asked.value, str | list):
        return _numbers(field, "EQ", asked)
    parts: list[Among | Beginning | Number | Time] = []
    for one in asked.texts():
        parts.append(Among(((field, indexable(one)),)))
        if (number := terms.number(one)) is not None:
            parts.append(Number(field, number, number))
        if (time := terms.moment(one)) is not None:
            parts.append(Time(field, time, time + _INSTANT))
    return _either(parts)
