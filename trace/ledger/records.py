"""What the ledger is made of: bodies, the statements that name their digests, the entries that order
statements.

Every one is RFC 8785 bytes, kept as those bytes; `parse` accepts exactly what `create` writes.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from . import canonical, merkle, signatures
from .errors import LedgerError
from .signatures import b64decode, b64encode

FIRST_PREV = "0" * 64
"""`prev` of the entry with index 0."""

STATEMENT_CONTEXT = b"trace/statement/v1\n"
"""Stands before a statement's bytes when signed, so that no other document's signature can serve here."""

SALT_SIZE = 16
MOST_COMPARTMENTS = 8
_SIGNATURE_FIELD = len(',"sig":"') + 88 + len('","v":1}')
_LONGEST = 2048

_COMPARTMENT = re.compile("[a-z][a-z0-9_]{0,31}")
_HEX64 = re.compile("[0-9a-f]{64}")
_HEX32 = re.compile("[0-9a-f]{32}")
_KIND = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+/[1-9][0-9]{0,3}")
_LINE = re.compile("[^\x00-\x20\x7f]+(?: [^\x00-\x20\x7f]+)*")
_ENTRY = re.compile(
    rb'\{"index":(0|[1-9][0-9]{0,15}),"prev":"([0-9a-f]{64})","statement":"([0-9a-f]{64})",'
    rb'"time":"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z)","v":1\}'
)
# Printable ASCII that JSON writes as it is. Of the signature's last digit four bits are padding, and zero.
_PLAIN = rb"([!#-\[\]-~]++(?: [!#-\[\]-~]++)*+)"
_DIGEST = rb'"[a-z][a-z0-9_]{0,31}":"[0-9a-f]{64}"'
_STATEMENT = re.compile(
    rb'\{"by":"%b","digests":\{(%b(?:,%b)*)\},"id":"%b","key":"([0-9a-f]{64})","kind":"(%b)","ledger":"%b",'
    rb'"sig":"([A-Za-z0-9+/]{85}[AQgw]==)","v":1\}'
    % (_PLAIN, _DIGEST, _DIGEST, _PLAIN, _KIND.pattern.encode(), _PLAIN)
)
_TIME = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z")


class RecordMalformed(LedgerError):
    """A body, statement or entry is not in the ledger's format; `record` and `field` say where."""

    code = "record_malformed"


def make_body(data: object, salt: bytes) -> bytes:
    """RFC 8785 bytes of a body: the data beside 16 random bytes, so that its digest gives nothing away."""
    if len(salt) != SALT_SIZE:
        raise RecordMalformed(record="body", field="salt")
    return canonical.encode({"data": data, "salt": salt.hex()})


def digest(body: bytes) -> str:
    """SHA-256 of a body's (or any) bytes, 64 lower hex digits."""
    return sha256(body).hexdigest()


def key_id(public_key_raw: bytes) -> str:
    """Id of a party's key: SHA-256 of its 32 raw bytes, 64 lower hex digits."""
    return sha256(public_key_raw).hexdigest()


def format_time(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, cut and not rounded, so that no entry is dated after its writing."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat("T", "milliseconds") + "Z"


@dataclass(frozen=True, slots=True)
class Body:
    """One compartment of a record: any JSON as `data`, the salt in hex, the bytes and their digest."""

    data: Any
    salt: str
    encoded: bytes
    digest: str

    @classmethod
    def parse(cls, data: bytes) -> Body:
        """Parse a body's bytes. Raises RecordMalformed or what `canonical.decode` raises."""
        fields = _object("body", data, {"data", "salt"})
        _check("body", "salt", fields["salt"], _HEX32)
        return cls(fields["data"], fields["salt"], data, digest(data))


@dataclass(frozen=True, slots=True)
class Statement:
    """What a party (`by`, a URI) says in a `ledger`: the `kind` of record, and the idempotency `id`.

    `digests` maps a compartment to its body's digest, `key` is the id of the signing key, `sig` the 64-byte
    signature. `encoded` are the RFC 8785 bytes and `hash` their SHA-256 in hex. That the signature verifies
    is for `verify`.
    """

    kind: str
    by: str
    ledger: str
    id: str
    digests: Mapping[str, str]
    key: str
    sig: bytes
    encoded: bytes
    hash: str

    @classmethod
    def create(
        cls, *, kind: str, by: str, ledger: str, id: str, digests: Mapping[str, str], key: Ed25519PrivateKey
    ) -> Statement:
        """Build and sign a statement. Raises RecordMalformed."""
        fields: dict[str, Any] = {
            "by": by,
            "digests": dict(digests),
            "id": id,
            "key": key_id(signatures.public_bytes(key)),
            "kind": kind,
            "ledger": ledger,
            "v": 1,
        }
        signature = key.sign(STATEMENT_CONTEXT + canonical.encode(fields))
        return cls._from_fields({**fields, "sig": b64encode(signature)})

    @classmethod
    def parse(cls, data: bytes) -> Statement:
        """Parse a statement's bytes. Raises RecordMalformed or what `canonical.decode` raises."""
        fast = _scan_statement(data)
        return cls(*fast) if fast else cls._from_fields(_object("statement", data, _STATEMENT_FIELDS), data)

    @classmethod
    def _from_fields(cls, fields: dict[str, Any], encoded: bytes | None = None) -> Statement:
        for name in ("by", "id", "ledger"):
            _check("statement", name, fields[name], _LINE)
        _check("statement", "kind", fields["kind"], _KIND)
        _check("statement", "key", fields["key"], _HEX64)
        digests = fields["digests"]
        if not isinstance(digests, dict) or not 1 <= len(digests) <= MOST_COMPARTMENTS:
            raise RecordMalformed(record="statement", field="digests")
        for compartment, value in digests.items():
            _check("statement", "digests", compartment, _COMPARTMENT)
            _check("statement", "digests", value, _HEX64)
        if type(fields["v"]) is not int or fields["v"] != 1:
            raise RecordMalformed(record="statement", field="v")
        data = canonical.encode(fields) if encoded is None else encoded
        return cls(
            fields["kind"],
            fields["by"],
            fields["ledger"],
            fields["id"],
            digests,
            fields["key"],
            _signature(fields["sig"]),
            data,
            digest(data),
        )

    @property
    def message(self) -> bytes:
        """The bytes that are signed: the context, then the RFC 8785 bytes without `sig`."""
        # "sig" and "v" sort last and have fixed lengths, so that cutting is the same as encoding anew.
        return STATEMENT_CONTEXT + self.encoded[:-_SIGNATURE_FIELD] + b',"v":1}'

    def verify(self, public_key: bytes) -> bool:
        """True when the 32-byte key is the one named and the signature is its own."""
        return key_id(public_key) == self.key and signatures.verify(public_key, self.sig, self.message)


@dataclass(frozen=True, slots=True)
class Entry:
    """One place in the ledger: `index`, `prev` (leaf hash of the entry before, hex), `time`, `statement`
    (its hash).

    `encoded` are the RFC 8785 bytes, `leaf` is SHA-256(0x00 || encoded): the Merkle leaf and the next
    entry's `prev`.
    """

    index: int
    prev: str
    time: str
    statement: str
    encoded: bytes
    leaf: bytes

    @classmethod
    def create(cls, *, index: int, prev: str, time: str, statement: str) -> Entry:
        """Build an entry; `time` is as `format_time` writes it. Raises RecordMalformed."""
        text = f'{{"index":{index:d},"prev":"{prev}","statement":"{statement}","time":"{time}","v":1}}'
        return cls.parse(text.encode())

    @classmethod
    def parse(cls, data: bytes) -> Entry:
        """Parse an entry's bytes. Raises RecordMalformed."""
        index, prev, statement, time = scan_entry(data)
        return cls(index, prev.decode(), time.decode(), statement.decode(), data, merkle.leaf_hash(data))


def scan_entry(data: bytes) -> tuple[int, bytes, bytes, bytes]:
    """(index, prev, statement, time) of an entry, the last three still bytes: the fast way through a ledger.

    The pattern admits the RFC 8785 spelling alone, since every field's is fixed. Raises RecordMalformed.
    """
    match = _ENTRY.fullmatch(data)
    if match is None:
        raise RecordMalformed(record="entry", field="form")
    number, prev, statement, time = match.groups()
    index = int(number)
    if index >= 2**53:
        raise RecordMalformed(record="entry", field="index")
    try:
        datetime.fromisoformat(time.decode())
    except ValueError:
        raise RecordMalformed(record="entry", field="time") from None
    return index, prev, statement, time


def check_time(time: str) -> None:
    """Raise RecordMalformed unless the text is a moment as `format_time` writes it (no leap seconds)."""
    try:
        if _TIME.fullmatch(time) is None:
            raise ValueError(time)
        datetime.fromisoformat(time)
    except ValueError:
        raise RecordMalformed(record="entry", field="time") from None


def _scan_statement(data: bytes) -> tuple[str, str, str, str, dict[str, str], str, bytes, bytes, str] | None:
    """A statement's fields, where its texts are plain ASCII; None leaves it, good or bad, to the slow way."""
    match = _STATEMENT.fullmatch(data)
    if match is None:
        return None
    by, listed, id, key, kind, ledger, sig = match.groups()
    digests = {item[1:-68].decode(): item[-65:-1].decode() for item in listed.split(b",")}
    names = [*digests]
    if len(names) > MOST_COMPARTMENTS or len(names) != listed.count(b",") + 1 or names != sorted(names):
        return None
    if max(len(by), len(id), len(ledger), len(kind)) > _LONGEST:
        return None
    texts = kind.decode(), by.decode(), ledger.decode(), id.decode()
    return *texts, digests, key.decode(), a2b_base64(sig), data, digest(data)


_STATEMENT_FIELDS = {"by", "digests", "id", "key", "kind", "ledger", "sig", "v"}


def _object(record: str, data: bytes, names: set[str]) -> dict[str, Any]:
    fields = canonical.decode(data)
    if not isinstance(fields, dict):
        raise RecordMalformed(record=record, field="form")
    wrong = sorted(fields.keys() ^ names)
    if wrong:
        raise RecordMalformed(record=record, field=wrong[0])
    return fields


def _check(record: str, field: str, value: object, form: re.Pattern[str]) -> None:
    if not isinstance(value, str) or len(value) > _LONGEST or form.fullmatch(value) is None:
        raise RecordMalformed(record=record, field=field)


def _signature(text: object) -> bytes:
    try:
        value = b64decode(text) if isinstance(text, str) else b""
    except LedgerError:
        value = b""
    if len(value) != signatures.SIGNATURE_SIZE:
        raise RecordMalformed(record="statement", field="sig")
    return value
