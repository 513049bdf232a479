"""C2SP signed notes: a text, and under it signature lines that each name their key.

`open_note` gives a `Verified`, the only way to a note's text: what nobody trusted has signed is never
returned. Signature types: 0x01 Ed25519 (signed-note), 0x04 timestamped cosignature/v1 (tlog-cosignature;
verified, not made).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from . import signatures
from .errors import LedgerError
from .signatures import b64decode, b64encode

ED25519 = 0x01
COSIGNATURE = 0x04

_MOST_SIGNATURES = 100
_MARK = "— "
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f]")
_KEY_TEXT = re.compile(r"([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)", re.DOTALL)
_SECRET_MARK = "PRIVATE+KEY+"  # noqa: S105 - the mark, not a key


class NoteMalformed(LedgerError):
    """The bytes do not have the form of a signed note."""

    code = "note_malformed"


class NoteKeyMalformed(LedgerError):
    """A verifier or signer key is not in its C2SP text form, or its id is not its name's and key's."""

    code = "note_key_malformed"


class NoteUnsigned(LedgerError):
    """No key that we trust has signed the note."""

    code = "note_unsigned"


class NoteSignatureInvalid(LedgerError):
    """A signature line names a key that we trust, and is not that key's signature over the text."""

    code = "note_signature_invalid"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: the key's name, its 4-byte id, and the signature's bytes after the id."""

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self) -> str:
        """The line as it stands in the note, without its newline."""
        return f"{_MARK}{self.name} {b64encode(self.key_id + self.value)}"


@dataclass(frozen=True, slots=True)
class Verified:
    """A note's text and who signed it: `by` are the signatures that verified, `unknown` other keys'."""

    text: str
    by: tuple[Signature, ...]
    unknown: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Verifier:
    """A key to check notes with: `algorithm` is the C2SP signature type, `public` the 32 raw bytes."""

    name: str
    public: bytes
    algorithm: int = ED25519

    def __post_init__(self) -> None:
        _check_name(self.name)
        if self.algorithm not in (ED25519, COSIGNATURE):
            raise NoteKeyMalformed(key=self.name)
        signatures.check_public_key(self.public)

    @classmethod
    def from_text(cls, vkey: str) -> Verifier:
        """Parse a verifier key, `name+hex id+base64(type || key)`. Raises NoteKeyMalformed, WeakKey."""
        name, key_id, algorithm, public = _parse_key(vkey)
        verifier = cls(name, public, algorithm)
        if verifier.key_id != key_id:
            raise NoteKeyMalformed(key=vkey)
        return verifier

    @property
    def key_id(self) -> bytes:
        """First four bytes of SHA-256(name || newline || type || key)."""
        return _key_id(self.name, self.algorithm, self.public)

    def to_text(self) -> str:
        """The verifier key's text form."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(bytes([self.algorithm]) + self.public)}"

    def verify(self, text: str, signature: Signature) -> bool:
        """True when the signature's bytes are this key's over the note text."""
        value, message = signature.value, text.encode()
        if self.algorithm == COSIGNATURE:
            time = int.from_bytes(value[:8], "big")
            if time >= 2**63:
                return False
            value, message = value[8:], f"cosignature/v1\ntime {time}\n".encode() + message
        return signatures.verify(self.public, value, message)


class Signer:
    """An Ed25519 key with its name, which signs notes."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        self.verifier = Verifier(name, signatures.public_bytes(key))
        self._key = key

    @classmethod
    def generate(cls, name: str) -> Signer:
        """A new key from the system's randomness."""
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def from_text(cls, skey: str) -> Signer:
        """Parse `PRIVATE+KEY+name+hex id+base64(0x01 || seed)`. Raises NoteKeyMalformed, showing no key."""
        if not skey.startswith(_SECRET_MARK):
            raise NoteKeyMalformed(key="PRIVATE+KEY")
        try:
            name, key_id, algorithm, seed = _parse_key(skey.removeprefix(_SECRET_MARK))
        except NoteKeyMalformed:
            raise NoteKeyMalformed(key="PRIVATE+KEY") from None
        signer = cls(name, Ed25519PrivateKey.from_private_bytes(seed))
        if algorithm != ED25519 or signer.verifier.key_id != key_id:
            raise NoteKeyMalformed(key="PRIVATE+KEY")
        return signer

    @property
    def name(self) -> str:
        """The key's name."""
        return self.verifier.name

    def to_text(self) -> str:
        """The secret text form, which `from_text` reads."""
        seed = b64encode(bytes([ED25519]) + self._key.private_bytes_raw())
        return f"{_SECRET_MARK}{self.name}+{self.verifier.key_id.hex()}+{seed}"

    def sign(self, text: str) -> Signature:
        """Sign a note's text, which ends in a newline."""
        return Signature(self.name, self.verifier.key_id, self._key.sign(text.encode()))

    def __repr__(self) -> str:
        return f"Signer({self.verifier.to_text()!r})"


def log_verifier(vkey: str) -> Verifier:
    """Parse the key of a log of ours, whose signature type is 0x01. Raises NoteKeyMalformed, WeakKey."""
    verifier = Verifier.from_text(vkey)
    if verifier.algorithm != ED25519:
        raise NoteKeyMalformed(key=vkey)
    return verifier


def vkey_text(signer: Signer) -> str:
    """The verifier key, in text, of what this signer signs."""
    return signer.verifier.to_text()


def sign_note(text: str, *signers: Signer) -> str:
    """The note: the text, an empty line, a line for each signer. Raises NoteMalformed for an unfit text."""
    note = format_note(text, [signer.sign(text) for signer in signers])
    parse_unverified(note)
    return note


def format_note(text: str, by: Iterable[Signature]) -> str:
    """Put a text and signatures together as a note."""
    return text + "\n" + "".join(f"{signature.line}\n" for signature in by)


def open_note(note: str | bytes, verifiers: Iterable[Verifier]) -> Verified:
    """Return the text of a note that at least one of the verifiers' keys has signed.

    Raises NoteMalformed, NoteSignatureInvalid (a line of a known key does not verify), NoteUnsigned (no
    known key).
    """
    text, lines = parse_unverified(note)
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    by: list[Signature] = []
    unknown: list[Signature] = []
    for signature in lines:
        verifier = known.get((signature.name, signature.key_id))
        if verifier is None:
            unknown.append(signature)
        elif verifier.verify(text, signature):
            by.append(signature)
        else:
            raise NoteSignatureInvalid(name=signature.name)
    if not by:
        raise NoteUnsigned(names=", ".join(signature.name for signature in lines))
    return Verified(text, tuple(by), tuple(unknown))


def parse_unverified(note: str | bytes) -> tuple[str, list[Signature]]:
    """Split a note into its text and its signature lines, checking form alone: nothing here is to be
    believed yet.

    Raises NoteMalformed for whatever `format_note` would not write back to the same bytes.
    """
    if isinstance(note, bytes):
        try:
            note = note.decode()
        except UnicodeDecodeError:
            raise NoteMalformed(what="utf-8") from None
    if _CONTROLS.search(note):
        raise NoteMalformed(what="control character")
    head, blank, tail = note.rpartition("\n\n")
    if not blank:
        raise NoteMalformed(what="blank line")
    *lines, end = tail.split("\n")
    if end or not lines or len(lines) > _MOST_SIGNATURES:
        raise NoteMalformed(what="signature lines")
    return head + "\n", [_parse_line(line) for line in lines]


def _parse_line(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_MARK).partition(" ")
    try:
        value = b64decode(encoded)
        _check_name(name)
    except LedgerError:
        raise NoteMalformed(what=line) from None
    if not line.startswith(_MARK) or not space or len(value) < 5:
        raise NoteMalformed(what=line)
    return Signature(name, value[:4], value[4:])


def _parse_key(text: str) -> tuple[str, bytes, int, bytes]:
    match = _KEY_TEXT.fullmatch(text)
    if match is None:
        raise NoteKeyMalformed(key=text)
    try:
        material = b64decode(match[3])
    except LedgerError:
        raise NoteKeyMalformed(key=text) from None
    if len(material) != 1 + signatures.KEY_SIZE:
        raise NoteKeyMalformed(key=text)
    return match[1], bytes.fromhex(match[2]), material[0], material[1:]


def _check_name(name: str) -> None:
    if not name or "+" in name or any(character.isspace() for character in name) or _CONTROLS.search(name):
        raise NoteKeyMalformed(key=name)


def _key_id(name: str, algorithm: int, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + bytes([algorithm]) + public).digest()[:4]
