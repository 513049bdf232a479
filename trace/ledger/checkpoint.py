"""C2SP tlog-checkpoint: a signed note that says how many leaves a log has and what its root is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import merkle, note
from .errors import LedgerError
from .signatures import b64decode, b64encode

_SIZE = re.compile("0|[1-9][0-9]{0,18}")


class CheckpointMalformed(LedgerError):
    """A note's text is not that of a checkpoint."""

    code = "checkpoint_malformed"


class OriginMismatch(LedgerError):
    """A checkpoint names another log than the key that signs it; ours always carry one name."""

    code = "origin_mismatch"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's head: its origin, its number of leaves, its 32-byte RFC 6962 root, and extension lines."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The note text: one line each, every line ended by a newline."""
        return "\n".join((self.origin, str(self.size), b64encode(self.root), *self.extensions)) + "\n"

    @classmethod
    def from_note(cls, verified: note.Verified) -> Checkpoint:
        """Parse the text of a note that has been verified. Raises CheckpointMalformed."""
        return _parse(verified.text)


def sign(checkpoint: Checkpoint, signer: note.Signer) -> str:
    """Return the checkpoint as a note signed by the log's key, whose name must be the origin."""
    if checkpoint.origin != signer.name:
        raise OriginMismatch(origin=checkpoint.origin, name=signer.name)
    if _parse(checkpoint.text) != checkpoint:
        raise CheckpointMalformed(what="checkpoint")
    return note.sign_note(checkpoint.text, signer)


def open(text: str | bytes, verifier: note.Verifier) -> Checkpoint:
    """Return the checkpoint of a note signed by this log key; other keys' signatures are ignored (C2SP).

    Raises what `note.open_note` raises, CheckpointMalformed, OriginMismatch.
    """
    checkpoint = Checkpoint.from_note(note.open_note(text, [verifier]))
    if checkpoint.origin != verifier.name:
        raise OriginMismatch(origin=checkpoint.origin, name=verifier.name)
    return checkpoint


def parse_unverified(text: str | bytes) -> Checkpoint:
    """What a note claims as a checkpoint, its signatures unread: for one's own notes, never to judge by."""
    return _parse(note.parse_unverified(text)[0])


def _parse(text: str) -> Checkpoint:
    *lines, end = text.split("\n")
    if end or len(lines) < 3 or not all(lines):
        raise CheckpointMalformed(what="lines")
    origin, size, root, *extensions = lines
    if _SIZE.fullmatch(size) is None or int(size) >= 2**63:
        raise CheckpointMalformed(what=size)
    try:
        value = b64decode(root)
    except LedgerError:
        raise CheckpointMalformed(what=root) from None
    if len(value) != merkle.HASH_SIZE or (size == "0" and value != merkle.EMPTY_ROOT):
        raise CheckpointMalformed(what=root)
    return Checkpoint(origin, int(size), value, tuple(extensions))
