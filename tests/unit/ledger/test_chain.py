"""The chain: the first bad entry is named, with the reason, and a walk can be taken up again."""

from __future__ import annotations

import pytest

from trace.ledger import chain, records
from trace.ledger.chain import Chain

from .build import Book, sample


def pairs(book: Book) -> list[tuple[bytes, bytes | None]]:
    return [(item.entry, item.statement) for item in book.items]


def test_a_good_chain_holds_and_ends_at_the_last_leaf() -> None:
    book = sample(6)
    walk = Chain()
    verdict = chain.verify(pairs(book), walk)
    assert verdict == chain.Verdict(9)
    assert verdict.ok
    assert (walk.size, walk.prev) == (9, book.leaves[-1].hex())


def test_an_empty_ledger_holds() -> None:
    assert chain.verify([]) == chain.Verdict(0)
    assert (Chain().prev, Chain().time) == (records.FIRST_PREV, None)


def test_a_walk_is_resumed_where_it_was_left() -> None:
    book = sample(6)
    first, second = Chain(), Chain()
    for entry, statement in pairs(book)[:4]:
        assert first.add(entry, statement) == book.leaves[first.size - 1]
    second = Chain(first.size, first.prev, first.time)
    assert chain.verify(pairs(book)[4:], second).size == 9


def test_a_resumed_walk_goes_back_to_no_earlier_time() -> None:
    book = sample(2)
    entry, _ = pairs(book)[4]
    walk = Chain(4, book.leaves[3].hex(), "2030-01-01T00:00:00.000Z")
    with pytest.raises(chain.EntryTimeBackwards):
        walk.add(entry)
    with pytest.raises(records.RecordMalformed):
        Chain(4, book.leaves[3].hex(), "yesterday")


def test_an_entry_is_judged_without_its_statement_where_that_was_erased() -> None:
    book = sample(2)
    assert chain.verify([(entry, None) for entry, _ in pairs(book)]).ok


def test_a_refused_entry_leaves_the_walk_where_it_was() -> None:
    book = sample(2)
    walk = Chain()
    walk.add(*pairs(book)[0])
    before = (walk.size, walk.prev, walk.time)
    for entry, statement in (pairs(book)[2], (pairs(book)[1][0], b"other"), (b"{}", None)):
        with pytest.raises(chain.LedgerError):
            walk.add(entry, statement)
        assert (walk.size, walk.prev, walk.time) == before


def test_every_changed_byte_of_every_entry_breaks_the_chain_there_or_at_the_next() -> None:
    book = sample(3)
    good = pairs(book)
    head = book.leaves[-1].hex()
    for index, (entry, statement) in enumerate(good):
        for at in range(len(entry)):
            changed = entry[:at] + bytes([entry[at] ^ 1]) + entry[at + 1 :]
            walk = Chain()
            verdict = chain.verify([*good[:index], (changed, statement), *good[index + 1 :]], walk)
            if index + 1 < len(good):
                assert verdict.index in (index, index + 1)
            else:  # nothing follows the last entry: the checkpoint's root is what catches it
                assert verdict.index == index or walk.prev != head
