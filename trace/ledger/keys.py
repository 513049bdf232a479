"""Whose key it was: the keys that a ledger's own statements open, register and revoke.

Entry 0 opens the ledger and names the operator and its key. From then on a key speaks for a party after a
`key.registered/1` at a lower index and until a `key.revoked/1` at a lower index; either is said by the
operator or by the party itself. A key once revoked never speaks for that party again.
"""

from __future__ import annotations

from typing import Any

from . import note, signatures
from .errors import LedgerError
from .records import Statement, key_id
from .signatures import b64decode

OPENED = "ledger.opened/1"
REGISTERED = "key.registered/1"
REVOKED = "key.revoked/1"
KEY_KINDS = frozenset({OPENED, REGISTERED, REVOKED})
"""Kinds whose public body must be at hand, since it decides who may speak."""

CUSTODIES = frozenset({"operator", "party"})


class NotOpened(LedgerError):
    """Entry 0, and it alone, must open the ledger: name it, its log key, its operator and his key."""

    code = "not_opened"


class KeyRecordMalformed(LedgerError):
    """The public body of a key record lacks a field or holds one of another form."""

    code = "key_record_malformed"


class KeyUnknown(LedgerError):
    """No statement before this one registered the key for the party that the statement names."""

    code = "key_unknown"


class KeyRevoked(LedgerError):
    """The key had been revoked before this statement was entered."""

    code = "key_revoked"


class KeyNotEntitled(LedgerError):
    """A party registers or revokes another's key, which only the operator may."""

    code = "key_not_entitled"


class KeyBook:
    """The keys of one ledger, its statements read in order; `vkey`, where given, must be the one named."""

    def __init__(self, ledger: str, vkey: str | None = None) -> None:
        self._ledger = ledger
        self._vkey = vkey
        self._keys: dict[tuple[str, str], bytes] = {}
        self._revoked: set[tuple[str, str]] = set()
        self.operator: str | None = None

    def admit(self, index: int, statement: Statement, public: object) -> bytes:
        """Return the 32-byte key that must have signed the statement at `index`, and learn what it says of
        keys.

        `public` is the data of the public body; only key records need it. Indices ascend. Raises NotOpened,
        KeyUnknown, KeyRevoked, KeyNotEntitled, KeyRecordMalformed.
        """
        if index == 0:
            return self._open(statement, public)
        if statement.kind == OPENED:
            raise NotOpened(index=index)
        name = (statement.by, statement.key)
        if name not in self._keys:
            raise KeyUnknown(index=index, key=statement.key, party=statement.by)
        if name in self._revoked:
            raise KeyRevoked(index=index, key=statement.key, party=statement.by)
        if statement.kind == REGISTERED:
            self._register(index, statement, public)
        elif statement.kind == REVOKED:
            self._revoke(index, statement, public)
        return self._keys[name]

    def _open(self, statement: Statement, public: object) -> bytes:
        fields = _fields(0, public, "key", "ledger", "operator", "vkey")
        raw = _key(0, fields["key"])
        try:
            verifier = note.log_verifier(fields["vkey"])
        except LedgerError:
            raise KeyRecordMalformed(index=0, field="vkey") from None
        good = (
            statement.kind == OPENED
            and statement.by == fields["operator"]
            and statement.key == key_id(raw)
            and fields["ledger"] == verifier.name == self._ledger
            and self._vkey in (None, fields["vkey"])
        )
        if not good:
            raise NotOpened(index=0)
        self.operator = statement.by
        self._keys[statement.by, statement.key] = raw
        return raw

    def _register(self, index: int, statement: Statement, public: object) -> None:
        fields = _fields(index, public, "custody", "key", "party")
        if fields["custody"] not in CUSTODIES:
            raise KeyRecordMalformed(index=index, field="custody")
        raw = _key(index, fields["key"])
        self._check_entitled(index, statement, fields["party"])
        self._keys[fields["party"], key_id(raw)] = raw

    def _revoke(self, index: int, statement: Statement, public: object) -> None:
        fields = _fields(index, public, "keyId", "party", "reason")
        self._check_entitled(index, statement, fields["party"])
        name = (fields["party"], fields["keyId"])
        if name not in self._keys:
            raise KeyUnknown(index=index, key=name[1], party=name[0])
        self._revoked.add(name)

    def _check_entitled(self, index: int, statement: Statement, party: str) -> None:
        if statement.by not in (self.operator, party):
            raise KeyNotEntitled(index=index, by=statement.by, party=party)


def _fields(index: int, public: object, *names: str) -> dict[str, Any]:
    if not isinstance(public, dict):
        raise KeyRecordMalformed(index=index, field="public")
    for name in names:
        if not isinstance(public.get(name), str):
            raise KeyRecordMalformed(index=index, field=name)
    return public


def _key(index: int, text: str) -> bytes:
    try:
        raw = b64decode(text)
        signatures.check_public_key(raw)
    except LedgerError:
        raise KeyRecordMalformed(index=index, field="key") from None
    return raw
