"""The Merkle tree of RFC 6962 section 2.1 (SHA-256): roots, proofs, and appends that cost O(log n).

Proofs are made over a *reader*: `reader(level, index)` gives the hash of the perfect subtree that covers the
leaves `index * 2**level` to `(index + 1) * 2**level - 1`. It is asked only for subtrees that are complete in
the tree meant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

from .errors import LedgerError

Reader = Callable[[int, int], bytes]

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()
"""Root of the tree without leaves (RFC 6962 section 2.1)."""


class ProofRefused(LedgerError):
    """An audit path has not the form that the leaf's index and the tree's size demand."""

    code = "proof_refused"


class OutOfRange(LedgerError):
    """A proof was asked for a leaf or a size that the tree does not have."""

    code = "out_of_range"


class FrontierMalformed(LedgerError):
    """Stored bytes are not those of a frontier."""

    code = "frontier_malformed"


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 || data): the hash of a leaf (RFC 6962 section 2.1)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right): the hash of an inner node (RFC 6962 section 2.1)."""
    return sha256(b"\x01" + left + right).digest()


def root(reader: Reader, size: int) -> bytes:
    """Root of the first `size` leaves. Raises OutOfRange for a negative size."""
    if size < 0:
        raise OutOfRange(index=0, size=size)
    return _range(reader, 0, size) if size else EMPTY_ROOT


def inclusion_proof(reader: Reader, index: int, size: int) -> list[bytes]:
    """Audit path of leaf `index` in the tree of `size` leaves, leaf side first (RFC 6962 section 2.1.1)."""
    if not 0 <= index < size:
        raise OutOfRange(index=index, size=size)
    start, end = 0, size
    path: list[bytes] = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range(reader, middle, end))
            end = middle
        else:
            path.append(_range(reader, start, middle))
            start = middle
    path.reverse()
    return path


def consistency_proof(reader: Reader, old: int, new: int) -> list[bytes]:
    """Proof that the tree of `old` leaves is the beginning of that of `new` (RFC 6962 section 2.1.2).

    It is empty where there is nothing to prove: from size 0 and from a size to itself.
    """
    if not 0 <= old <= new:
        raise OutOfRange(index=old, size=new)
    if old in (0, new):
        return []
    start, end = 0, new
    path: list[bytes] = []
    whole = True
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_range(reader, middle, end))
            end = middle
        else:
            path.append(_range(reader, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(_range(reader, start, end))
    path.reverse()
    return path


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """Root that an audit path leads to from a leaf hash (RFC 9162 section 2.1.3.2).

    Raises ProofRefused when the path's form does not fit the index and the size.
    """
    if not 0 <= index < size or any(len(value) != HASH_SIZE for value in (leaf, *proof)):
        raise ProofRefused(index=index, size=size)
    position, last = index, size - 1
    result = leaf
    for sibling in proof:
        if last == 0:
            raise ProofRefused(index=index, size=size)
        if position & 1 or position == last:
            result = node_hash(sibling, result)
            while position and not position & 1:
                position >>= 1
                last >>= 1
        else:
            result = node_hash(result, sibling)
        position >>= 1
        last >>= 1
    if last:
        raise ProofRefused(index=index, size=size)
    return result


def verify_inclusion(leaf: bytes, index: int, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """True when the leaf hash stands at `index` in the tree of `size` leaves with this root."""
    try:
        return root_from_inclusion(leaf, index, size, proof) == root
    except ProofRefused:
        return False


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """True when the first `old` leaves of the new tree are the old tree (RFC 9162 section 2.1.4.2).

    From size 0, and from a size to itself, the empty proof holds, as C2SP witnesses take it, if the roots do.
    """
    if not 0 <= old <= new or any(len(value) != HASH_SIZE for value in (old_root, new_root, *proof)):
        return False
    if old in (0, new):
        return not proof and old_root == (new_root if old else EMPTY_ROOT)
    # The proof leaves out the old root where the old tree is one perfect subtree: the verifier has it.
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    return _fold(old, new, path) == (old_root, new_root)


def _fold(old: int, new: int, path: list[bytes]) -> tuple[bytes, bytes] | None:
    """The two roots that a consistency path leads to, or None where its length does not fit."""
    if not path:
        return None
    position, last = old - 1, new - 1
    while position & 1:
        position >>= 1
        last >>= 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            return None
        if position & 1 or position == last:
            first = node_hash(sibling, first)
            second = node_hash(sibling, second)
            while position and not position & 1:
                position >>= 1
                last >>= 1
        else:
            second = node_hash(second, sibling)
        position >>= 1
        last >>= 1
    return None if last else (first, second)


class Frontier:
    """The right edge of a growing tree: the roots of its perfect subtrees, largest first.

    It is all one needs to append and to know the root; `to_bytes` is 8 bytes of size, big-endian, then the
    hashes.
    """

    __slots__ = ("_hashes", "size")

    def __init__(self) -> None:
        self.size = 0
        self._hashes: list[bytes] = []

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Append a leaf hash; return the perfect subtrees it completed, leaf first: (level, index, hash)."""
        index = self.size
        made = [(0, index, leaf)]
        hashes = self._hashes
        level = 0
        while index & 1:
            leaf = node_hash(hashes.pop(), leaf)
            index >>= 1
            level += 1
            made.append((level, index, leaf))
        hashes.append(leaf)
        self.size += 1
        return made

    def root(self) -> bytes:
        """Root of the leaves appended so far."""
        if not self._hashes:
            return EMPTY_ROOT
        result = self._hashes[-1]
        for left in reversed(self._hashes[:-1]):
            result = node_hash(left, result)
        return result

    def copy(self) -> Frontier:
        """A frontier of its own with the same leaves."""
        twin = Frontier()
        twin.size = self.size
        twin._hashes = list(self._hashes)
        return twin

    def to_bytes(self) -> bytes:
        """The bytes to keep; `from_bytes` reads them back."""
        return self.size.to_bytes(8, "big") + b"".join(self._hashes)

    @classmethod
    def from_bytes(cls, data: bytes) -> Frontier:
        """Read back `to_bytes`. Raises FrontierMalformed when the length does not fit the size it names."""
        size = int.from_bytes(data[:8], "big")
        if len(data) != 8 + HASH_SIZE * size.bit_count():
            raise FrontierMalformed(length=len(data))
        frontier = cls()
        frontier.size = size
        frontier._hashes = [data[at : at + HASH_SIZE] for at in range(8, len(data), HASH_SIZE)]
        return frontier


def _split(count: int) -> int:
    """The largest power of two below `count` (RFC 6962's k)."""
    return 1 << (count - 1).bit_length() - 1


def _range(reader: Reader, start: int, end: int) -> bytes:
    """Root of the leaves from `start` to `end`, a range that the tree's own splitting makes."""
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return reader(level, start >> level)
    middle = start + _split(count)
    return node_hash(_range(reader, start, middle), _range(reader, middle, end))
