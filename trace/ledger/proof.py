"""C2SP tlog-proof@v1: an inclusion proof with its checkpoint, as text that stands on its own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import merkle
from .errors import LedgerError
from .signatures import b64decode, b64encode

_HEAD = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile("index (0|[1-9][0-9]{0,18})")


class ProofMalformed(LedgerError):
    """Text that is not a tlog-proof."""

    code = "proof_malformed"


@dataclass(frozen=True, slots=True)
class Proof:
    """Where an entry stands (`index`), its audit path (32-byte hashes, leaf side first), and the checkpoint's
    note.

    The note is not verified here. `extra` is the proof's opaque data, which no one signs.
    """

    index: int
    path: tuple[bytes, ...]
    note: str
    extra: bytes | None = None

    def to_text(self) -> str:
        """The proof's text."""
        lines = [_HEAD]
        if self.extra is not None:
            lines.append(f"extra {b64encode(self.extra)}")
        lines += [f"index {self.index}", *map(b64encode, self.path), "", self.note]
        return "\n".join(lines)

    @classmethod
    def parse(cls, text: str) -> Proof:
        """Parse a proof; raises ProofMalformed for whatever `to_text` would not write back."""
        head, _, note = text.partition("\n\n")
        first, *lines = head.split("\n")
        if first != _HEAD or not note:
            raise ProofMalformed(what="first line")
        try:
            extra = (
                b64decode(lines.pop(0).removeprefix("extra "))
                if head.startswith(f"{_HEAD}\nextra ")
                else None
            )
            index = _INDEX.fullmatch(lines[0]) if lines else None
            path = tuple(b64decode(line) for line in lines[1:])
        except LedgerError:
            raise ProofMalformed(what="base64") from None
        if index is None or any(len(value) != merkle.HASH_SIZE for value in path):
            raise ProofMalformed(what="index or path")
        return cls(int(index[1]), path, note, extra)
