"""Statements judged one after another as a ledger holds them: form, bodies, key, signature.

The same rules serve the whole ledger and a bundle, which shows some of its statements only.
"""

from __future__ import annotations

from collections.abc import Mapping

from . import signatures
from .errors import LedgerError
from .keys import KEY_KINDS, KeyBook
from .records import Body, Statement, digest
from .spelling import names_batch

PUBLIC = "public"


class ForeignLedger(LedgerError):
    """A statement was made for another ledger."""

    code = "foreign_ledger"


class Replayed(LedgerError):
    """A statement stands in the ledger twice: what was said once is counted again."""

    code = "replayed"


class SignatureWrong(LedgerError):
    """A statement's signature is not that of the key it names."""

    code = "signature_wrong"


class BodyRefused(LedgerError):
    """Root of what can be wrong with a disclosed body."""

    code = "body_refused"


class BodyWrong(BodyRefused):
    """A body's digest is not the one in the statement: the body was changed after it was signed."""

    code = "body_wrong"


class BodyUnknown(BodyRefused):
    """A body is shown for a compartment that the statement does not have."""

    code = "body_unknown"


class BodyMalformed(BodyRefused):
    """A body has the digest that was signed, but not the form of a body."""

    code = "body_malformed"


class StatementJudge:
    """Judges the statements of one ledger in the order of their indices, remembering keys and what was said.

    Memory grows by about 100 bytes a statement, which is what noticing a replay costs. `vkey`, where given,
    is the log key that entry 0 must name.
    """

    def __init__(self, ledger: str, vkey: str | None = None) -> None:
        self._ledger = ledger
        self._seen: set[bytes] = set()
        self.keys = KeyBook(ledger, vkey)

    def add(self, index: int, statement: bytes, bodies: Mapping[str, bytes]) -> Statement:
        """Judge one statement with those of its bodies that are at hand; return it parsed.

        Raises BodyRefused for its bodies and other LedgerErrors for itself, each with the index; see the
        parts below.
        """
        parsed = self.parse(index, statement)
        self.check_bodies(index, parsed, bodies)
        self.check_signature(index, parsed, self.keys.admit(index, parsed, key_data(parsed, bodies)))
        return parsed

    def parse(self, index: int, statement: bytes) -> Statement:
        """The statement parsed. Raises RecordMalformed, ForeignLedger, Replayed."""
        parsed = Statement.parse(statement)
        if parsed.ledger != self._ledger:
            raise ForeignLedger(index=index, expected=self._ledger, found=parsed.ledger)
        mark = bytes.fromhex(parsed.hash)
        if mark in self._seen:
            raise Replayed(index=index, id=parsed.id)
        self._seen.add(mark)
        return parsed

    @staticmethod
    def check_bodies(index: int, statement: Statement, bodies: Mapping[str, bytes]) -> None:
        """Compare the bodies at hand with the statement's digests. Raises BodyUnknown, BodyWrong."""
        for name, body in bodies.items():
            if name not in statement.digests:
                raise BodyUnknown(index=index, compartment=name)
            if digest(body) != statement.digests[name]:
                raise BodyWrong(index=index, compartment=name)

    @staticmethod
    def check_signature(index: int, statement: Statement, public_key: bytes) -> None:
        """Raise SignatureWrong unless the key, 32 raw bytes, signed the statement."""
        if not signatures.verify(public_key, statement.sig, statement.message):
            raise SignatureWrong(index=index, key=statement.key, party=statement.by)


def key_data(statement: Statement, bodies: Mapping[str, bytes]) -> object:
    """Data of a key record's public body; None for other kinds and for a missing or malformed body."""
    if statement.kind not in KEY_KINDS or PUBLIC not in bodies:
        return None
    try:
        return Body.parse(bodies[PUBLIC]).data
    except LedgerError:
        return None


def parse_body(index: int, compartment: str, body: bytes) -> Body:
    """Parse a body of the entry at `index`. Raises BodyMalformed, saying which."""
    try:
        return Body.parse(body)
    except LedgerError as why:
        raise BodyMalformed(index=index, compartment=compartment, why=why.code) from None


def mentions(value: object, batch: str) -> bool:
    """True when a JSON value is, or holds at any depth, a string that names this batch (keys do not count)."""
    level = [value]
    while level:
        below: list[object] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
            elif isinstance(item, str) and names_batch(item, batch):
                return True
        level = below
    return False
