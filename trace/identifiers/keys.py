"""The GS1 keys that the ledger speaks of, all of one shape.

Each has ``parse`` (its plain form, a Digital Link, or a ``urn:epc``), ``value`` (canonical plain form),
``uri`` (canonical Digital Link) and ``urn`` (None where the length of the company prefix is unknown). Two are
equal when they name the same thing, however they were written.

Source: GS1 General Specifications, section 3; GS1 EPC Tag Data Standard 2.0, section 6.3 and 7.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Self

from trace.identifiers.digital_link import DigitalLink
from trace.identifiers.epc import parse_epc, write_epc
from trace.identifiers.rules import InvalidIdentifier


@dataclass(frozen=True)
class Gs1Id:
    """A GS1 key, with the one qualifier that belongs to its kind where it has one."""

    link: DigitalLink
    prefix_length: int | None = field(default=None, compare=False, repr=False)

    kind: ClassVar[str]
    key: ClassVar[str]
    qualifier: ClassVar[str] = ""
    optional: ClassVar[bool] = False  # whether the qualifier may be missing

    def __post_init__(self) -> None:
        names = tuple(name for name, _ in self.link.qualifiers)
        fits = names == ((self.qualifier,) if self.qualifier else ()) or (self.optional and not names)
        if self.link.key != self.key or not fits:
            found = "/".join((self.link.key, *names))
            expected = "/".join((self.key, *filter(None, [self.qualifier])))
            raise InvalidIdentifier("identifier_other", self.kind, self.link.uri, expected, found)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the plain form, a Digital Link or a ``urn:epc``. Raises InvalidIdentifier."""
        if text[:8].lower() == "urn:epc:":
            read = parse_epc(f"urn:epc:{text[8:]}")
            if read is None:
                raise InvalidIdentifier("identifier_other", cls.kind, text, cls.key, text)
            return cls(*read)
        if "://" in text:
            return cls(DigitalLink.parse(text))
        return cls(DigitalLink.of(*cls._plain(text)))

    @classmethod
    def _plain(cls, text: str) -> tuple[str, str, tuple[tuple[str, str], ...]]:
        """Key, value and qualifiers of the plain form: digits, or bracketed element strings."""
        bracketed = f"({cls.key})"
        if not text.startswith(bracketed):
            return cls.key, text, ()
        value, separator, rest = text.removeprefix(bracketed).partition(f"({cls.qualifier})")
        return cls.key, value, ((cls.qualifier, rest),) if separator else ()

    @property
    def number(self) -> str:
        """The key alone, without its qualifier."""
        return self.link.value

    @property
    def value(self) -> str:
        """Digits alone for a bare key; ``(01)04012345123456(10)998877`` where a qualifier follows."""
        if not self.link.qualifiers:
            return self.link.value
        (ai, text), *_ = self.link.qualifiers
        return f"({self.link.key}){self.link.value}({ai}){text}"

    @property
    def uri(self) -> str:
        """The canonical Digital Link URI."""
        return self.link.uri

    @property
    def urn(self) -> str | None:
        """The ``urn:epc`` form, or None where the company prefix is not known."""
        return write_epc(self.link, self.prefix_length)

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class GTIN(Gs1Id):
    """Global Trade Item Number: a product. Written as 8, 12, 13 or 14 digits, kept as 14.

    >>> GTIN.parse("4012345123456").uri
    'https://id.gs1.org/01/04012345123456'
    >>> GTIN.parse("urn:epc:idpat:sgtin:4012345.012345.*").value
    '04012345123456'
    >>> GTIN.parse("4012345123457")
    Traceback (most recent call last):
    trace.identifiers.rules.InvalidIdentifier: gtin_check_digit: ... expected='6', found='7'
    """

    kind = "gtin"
    key = "01"


@dataclass(frozen=True)
class LGTIN(Gs1Id):
    """GTIN and lot: a batch.

    >>> LGTIN.parse("urn:epc:class:lgtin:4012345.012345.998877").uri
    'https://id.gs1.org/01/04012345123456/10/998877'
    >>> LGTIN.of("4012345123456", "998877").value
    '(01)04012345123456(10)998877'
    """

    kind = "lgtin"
    key = "01"
    qualifier = "10"

    @classmethod
    def of(cls, gtin: str, lot: str) -> Self:
        """From its two parts. Raises InvalidIdentifier."""
        return cls(DigitalLink.of("01", gtin, (("10", lot),)))

    @property
    def lot(self) -> str:
        """The batch or lot number."""
        return self.link.qualifiers[0][1]


@dataclass(frozen=True)
class SGTIN(Gs1Id):
    """GTIN and serial: one item.

    >>> SGTIN.parse("https://id.gs1.org/01/09521141012345/21/2017").value
    '(01)09521141012345(21)2017'
    """

    kind = "sgtin"
    key = "01"
    qualifier = "21"

    @classmethod
    def of(cls, gtin: str, serial: str) -> Self:
        """From its two parts. Raises InvalidIdentifier."""
        return cls(DigitalLink.of("01", gtin, (("21", serial),)))

    @property
    def serial(self) -> str:
        """The serial number."""
        return self.link.qualifiers[0][1]


@dataclass(frozen=True)
class SSCC(Gs1Id):
    """Serial Shipping Container Code: a logistic unit, 18 digits.

    >>> SSCC.parse("urn:epc:id:sscc:4012345.0000000333").value
    '040123450000003338'
    """

    kind = "sscc"
    key = "00"


@dataclass(frozen=True)
class GLN(Gs1Id):
    """Global Location Number of a place, 13 digits.

    >>> GLN.parse("4012345000115").uri
    'https://id.gs1.org/414/4012345000115'
    """

    kind = "gln"
    key = "414"

    @property
    def party_uri(self) -> str:
        """The Digital Link of the party that has this number (417), not of a place."""
        return DigitalLink("417", self.number).uri


@dataclass(frozen=True)
class SGLN(Gs1Id):
    """Location Number with an optional extension: a place within a place.

    >>> SGLN.parse("urn:epc:id:sgln:4012345.00011.987").uri
    'https://id.gs1.org/414/4012345000115/254/987'
    >>> SGLN.parse("urn:epc:id:sgln:4012345.00011.0").uri
    'https://id.gs1.org/414/4012345000115'
    """

    kind = "sgln"
    key = "414"
    qualifier = "254"
    optional = True

    @property
    def extension(self) -> str | None:
        """The extension component, None for the whole place."""
        return self.link.get("254")


@dataclass(frozen=True)
class PGLN(Gs1Id):
    """Global Location Number of a party, 13 digits.

    >>> PGLN.parse("urn:epc:id:pgln:4012345.00000").uri
    'https://id.gs1.org/417/4012345000009'
    """

    kind = "pgln"
    key = "417"


@dataclass(frozen=True)
class GRAI(Gs1Id):
    """Global Returnable Asset Identifier: a crate or pallet type (14 digits), with a serial one of them.

    >>> GRAI.parse("urn:epc:id:grai:4012345.66666.87").value
    '0401234566666387'
    """

    kind = "grai"
    key = "8003"
