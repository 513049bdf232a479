"""Why a document from outside is not read: one class for each reason, with the place where it went wrong."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from trace.domain.refusals import Refusal

Path = tuple[str | int, ...]
"""The way to a value inside a document: object keys and list positions, outermost first."""

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LONGEST = 80


@dataclass(eq=False)
class DocumentError(Refusal):
    """The document is refused at ``path`` (RFC 9535, JSONPath): ``found`` is there, ``expected`` should be.

    ``expected`` names a form, a list of allowed values joined by `` | ``, or a CBV vocabulary; it holds no
    sentence. ``others`` are further problems seen in the same reading, at most
    ``trace.interop.checks.MOST_PROBLEMS`` in all.
    """

    path: str
    found: str
    expected: str
    others: tuple[DocumentError, ...] = ()

    def params(self) -> dict[str, str]:
        """Place, what was found and what was expected; the others have their own."""
        return {"path": self.path, "found": self.found, "expected": self.expected}


class DocumentNotJson(DocumentError):
    """The bytes are not JSON with one meaning: bad syntax, duplicate keys, NaN, an inexact number."""

    code = "document_not_json"


class DocumentTooLarge(DocumentError):
    """The document has more bytes or more events than are read at once."""

    code = "document_too_large"


class DocumentTooDeep(DocumentError):
    """Arrays and objects of the document nest too deep."""

    code = "document_too_deep"


class DocumentNotEpcis(DocumentError):
    """JSON, but neither an EPCIS document nor an EPCIS event."""

    code = "document_not_epcis"


class FieldMissing(DocumentError):
    """A field that the standard requires is not there."""

    code = "document_field_missing"


class FieldUnknown(DocumentError):
    """A field that the standard does not know and that has no namespace."""

    code = "document_field_unknown"


class PrefixUnknown(DocumentError):
    """An extension field whose prefix no ``@context`` of the document declares."""

    code = "document_prefix_unknown"


class FieldForm(DocumentError):
    """A field does not have the form that the standard gives it."""

    code = "document_field_form"


class FieldNotAllowed(DocumentError):
    """A field of the standard that may not stand in this event."""

    code = "document_field_not_allowed"


class WordUnknown(DocumentError):
    """A word that is neither in the CBV 2.0 vocabulary named by ``expected`` nor a URI of somebody's own."""

    code = "document_word_unknown"


def path_text(path: Path) -> str:
    """The JSONPath of a way (RFC 9535): ``$.epcisBody.eventList[2]["gdst:productOwner"]``."""
    return "$" + "".join(_segment(step) for step in path)


def found_text(value: object) -> str:
    """What was found, short enough to print whatever its sender put there."""
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list):
        return "array"
    return short(value if isinstance(value, str) else json.dumps(value))


def short(text: str) -> str:
    """At most 80 characters of a text."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _segment(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    step = short(step)
    return f".{step}" if _PLAIN_KEY.fullmatch(step) else f"[{json.dumps(step, ensure_ascii=False)}]"
