"""The hash chain, read from its beginning: each entry in its place, naming the one before and its statement.

`Chain.add` is what a verification of the whole ledger does for every entry, so it is kept to one pattern
match and the hashes that the format demands.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from .errors import LedgerError
from .records import FIRST_PREV, check_time, scan_entry


class EntryIndexWrong(LedgerError):
    """An entry is not the next one: something was left out, put in or moved."""

    code = "entry_index_wrong"


class EntryPrevWrong(LedgerError):
    """An entry does not name the entry before it: one of the two was changed after it was written."""

    code = "entry_prev_wrong"


class EntryTimeBackwards(LedgerError):
    """An entry is dated before the one that precedes it."""

    code = "entry_time_backwards"


class EntryStatementWrong(LedgerError):
    """A statement's bytes are not those whose hash the entry names."""

    code = "entry_statement_wrong"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`size` entries hold; the one at `index`, where there is one, is the first that does not, and `why`."""

    size: int
    index: int | None = None
    why: LedgerError | None = None

    @property
    def ok(self) -> bool:
        """Whether every entry held."""
        return self.why is None


class Chain:
    """A walk along the chain. `size` entries were good; `prev` is the last one's leaf hash and `time` its
    time.

    A walk is resumed by giving these three back. An entry that is refused leaves the walk where it was.
    """

    __slots__ = ("_prev", "_time", "size")

    def __init__(self, size: int = 0, prev: str = FIRST_PREV, time: str | None = None) -> None:
        if time is not None:
            check_time(time)
        self.size = size
        self._prev = prev.encode()
        self._time = b"" if time is None else time.encode()

    @property
    def prev(self) -> str:
        """Leaf hash of the last good entry in hex, which the next one must name."""
        return self._prev.decode()

    @property
    def time(self) -> str | None:
        """Time of the last good entry; None before the first."""
        return self._time.decode() or None

    def add(self, entry: bytes, statement: bytes | None = None) -> bytes:
        """Judge the next entry, and the statement it names where that is at hand; return the leaf hash, 32
        bytes.

        Raises RecordMalformed, EntryIndexWrong, EntryPrevWrong, EntryTimeBackwards, EntryStatementWrong.
        """
        index, prev, named, time = scan_entry(entry)
        if index != self.size:
            raise EntryIndexWrong(index=self.size, found=index)
        if prev != self._prev:
            raise EntryPrevWrong(index=index, expected=self.prev, found=prev.decode())
        if time < self._time:  # one fixed form, so that bytes sort as moments do
            raise EntryTimeBackwards(index=index, before=self.time, found=time.decode())
        if statement is not None and sha256(statement).hexdigest().encode() != named:
            raise EntryStatementWrong(index=index, expected=named.decode())
        leaf = sha256(b"\x00" + entry)
        self.size = index + 1
        self._prev = leaf.hexdigest().encode()
        self._time = time
        return leaf.digest()


def verify(pairs: Iterable[tuple[bytes, bytes | None]], chain: Chain | None = None) -> Verdict:
    """Walk over (entry, its statement or None) and say which is the first bad index and why."""
    walk = Chain() if chain is None else chain
    for entry, statement in pairs:
        try:
            walk.add(entry, statement)
        except LedgerError as why:
            return Verdict(walk.size, walk.size, why)
    return Verdict(walk.size)
