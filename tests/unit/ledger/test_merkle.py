"""The tree: every proof that is made holds, and no other does. The twin is RFC 6962's own recursion."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.ledger import merkle


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, over leaf hashes."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = naive_split(len(leaves))
    return sha256(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


def naive_split(count: int) -> int:
    """The largest power of two smaller than `count`."""
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def naive_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962 section 2.1.1."""
    if len(leaves) == 1:
        return []
    split = naive_split(len(leaves))
    if index < split:
        return [*naive_path(index, leaves[:split]), naive_root(leaves[split:])]
    return [*naive_path(index - split, leaves[split:]), naive_root(leaves[:split])]


def naive_consistency(old: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962 section 2.1.2."""
    if old == len(leaves):
        return [] if whole else [naive_root(leaves)]
    split = naive_split(len(leaves))
    if old <= split:
        return [*naive_consistency(old, leaves[:split], whole), naive_root(leaves[split:])]
    return [*naive_consistency(old - split, leaves[split:], False), naive_root(leaves[:split])]


def leaves_of(size: int) -> list[bytes]:
    return [merkle.leaf_hash(b"%d" % number) for number in range(size)]


def reader_of(leaves: list[bytes]) -> merkle.Reader:
    def read(level: int, index: int) -> bytes:
        part = leaves[index << level : (index + 1) << level]
        assert len(part) == 1 << level, "asked for a subtree that is not complete"
        return naive_root(part)

    return read


sizes = st.integers(1, 70)


@given(sizes, st.data())
def test_every_inclusion_proof_is_rfc_6962s_and_holds(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaves = leaves_of(size)
    path = merkle.inclusion_proof(reader_of(leaves), index, size)
    assert path == naive_path(index, leaves)
    assert merkle.verify_inclusion(leaves[index], index, size, naive_root(leaves), path)


@given(sizes, st.data())
def test_every_consistency_proof_is_rfc_6962s_and_holds(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    leaves = leaves_of(size)
    path = merkle.consistency_proof(reader_of(leaves), old, size)
    assert path == naive_consistency(old, leaves)
    assert merkle.verify_consistency(old, size, naive_root(leaves[:old]), naive_root(leaves), path)


@given(sizes, st.data())
def test_an_inclusion_proof_holds_for_no_other_leaf_place_or_length(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaves = leaves_of(size)
    root = naive_root(leaves)
    path = naive_path(index, leaves)
    assert not merkle.verify_inclusion(merkle.leaf_hash(b"other"), index, size, root, path)
    assert not merkle.verify_inclusion(leaves[index], index, size, root, [*path, root])
    assert not merkle.verify_inclusion(leaves[index], index, size, root, [root, *path])
    assert not merkle.verify_inclusion(leaves[index], index, size, sha256(root).digest(), path)
    assert not merkle.verify_inclusion(leaves[index], size, size, root, path)
    assert not merkle.verify_inclusion(leaves[index], -1, size, root, path)
    for other in set(range(size)) - {index}:
        assert not merkle.verify_inclusion(leaves[index], other, size, root, path)
    if path:
        assert not merkle.verify_inclusion(leaves[index], index, size, root, path[:-1])
        assert not merkle.verify_inclusion(leaves[index], index, size, root, [*path[:-1], path[-1][:-1]])


@given(sizes, sizes, st.data())
def test_a_rewritten_beginning_has_no_consistency_proof(old: int, more: int, data: st.DataObject) -> None:
    leaves = leaves_of(old + more)
    changed = data.draw(st.integers(0, old - 1))
    forged = [*leaves[:changed], merkle.leaf_hash(b"forged"), *leaves[changed + 1 :]]
    path = merkle.consistency_proof(reader_of(forged), old, old + more)
    assert not merkle.verify_consistency(old, old + more, naive_root(leaves[:old]), naive_root(forged), path)


@given(sizes, sizes)
def test_a_consistency_proof_of_another_length_or_size_is_refused(old: int, more: int) -> None:
    leaves = leaves_of(old + more)
    before, after = naive_root(leaves[:old]), naive_root(leaves)
    path = naive_consistency(old, leaves)
    assert not merkle.verify_consistency(old, old + more, before, after, [*path, after])
    assert not merkle.verify_consistency(old, old + more, before, after, path[:-1])
    assert not merkle.verify_consistency(old, old + more, before, after, [])
    assert not merkle.verify_consistency(old + more, old, after, before, path)
    assert not merkle.verify_consistency(old, old + more, before[:-1], after, path)


def test_from_nothing_and_from_itself_only_the_empty_proof_holds() -> None:
    leaves = leaves_of(5)
    root = naive_root(leaves)
    read = reader_of(leaves)
    assert merkle.consistency_proof(read, 0, 5) == merkle.consistency_proof(read, 5, 5) == []
    assert merkle.verify_consistency(0, 5, merkle.EMPTY_ROOT, root, [])
    assert merkle.verify_consistency(5, 5, root, root, [])
    assert not merkle.verify_consistency(0, 5, root, root, [])
    assert not merkle.verify_consistency(5, 5, root, merkle.EMPTY_ROOT, [])
    assert not merkle.verify_consistency(5, 5, root, root, [root])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5), (6, 5)])
def test_a_proof_for_a_leaf_that_is_not_there_is_not_made(index: int, size: int) -> None:
    with pytest.raises(merkle.OutOfRange):
        merkle.inclusion_proof(reader_of(leaves_of(5)), index, size)


@pytest.mark.parametrize(("old", "new"), [(-1, 5), (6, 5)])
def test_a_consistency_proof_backwards_is_not_made(old: int, new: int) -> None:
    with pytest.raises(merkle.OutOfRange):
        merkle.consistency_proof(reader_of(leaves_of(5)), old, new)


def test_a_negative_size_has_no_root() -> None:
    with pytest.raises(merkle.OutOfRange):
        merkle.root(reader_of([]), -1)


@given(st.integers(0, 70))
def test_appending_one_by_one_comes_to_the_same_root(size: int) -> None:
    leaves = leaves_of(size)
    frontier = merkle.Frontier()
    nodes = {}
    for number, leaf in enumerate(leaves):
        assert frontier.root() == naive_root(leaves[:number])
        for level, index, value in frontier.append(leaf):
            nodes[level, index] = value
    assert frontier.root() == merkle.root(reader_of(leaves), size) == naive_root(leaves)
    assert frontier.size == size
    # The nodes handed out are exactly the perfect subtrees, so that storing them is enough for every proof.
    assert nodes == {
        (level, index): naive_root(leaves[index << level : (index + 1) << level])
        for level in range(7)
        for index in range(size >> level)
    }


@given(st.integers(0, 40), st.integers(0, 10))
def test_a_frontier_put_away_and_taken_up_again_goes_on_the_same(size: int, more: int) -> None:
    leaves = leaves_of(size + more)
    frontier = merkle.Frontier()
    for leaf in leaves[:size]:
        frontier.append(leaf)
    copy = frontier.copy()
    again = merkle.Frontier.from_bytes(frontier.to_bytes())
    for leaf in leaves[size:]:
        again.append(leaf)
    assert again.root() == naive_root(leaves)
    assert copy.to_bytes() == frontier.to_bytes()
    assert copy.root() == naive_root(leaves[:size])


@pytest.mark.parametrize(
    "data", [b"", bytes(7), bytes(9), (1).to_bytes(8, "big"), (2).to_bytes(8, "big") + bytes(64)]
)
def test_a_damaged_frontier_is_refused_on_restart(data: bytes) -> None:
    with pytest.raises(merkle.FrontierMalformed):
        merkle.Frontier.from_bytes(data)
