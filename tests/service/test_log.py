"""Reading the log: tiles and proofs lead to the same root as the sequencer's own edge, at every size."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, insert

from tests.databases import Database
from tests.service.ledgers import ORIGIN, appending, fill, open_sequencer, say, utc_now
from trace.ledger import merkle, tiles
from trace.store import log as module
from trace.store.engine import reading, writing
from trace.store.log import LogReader, NotInLog
from trace.store.tables import checkpoints, heads, subtrees

SIZE = 520


@pytest.fixture
def grown(database: Database) -> Database:
    """A ledger of two full tiles and a bit, grown in jobs of different sizes."""
    sequencer = open_sequencer(database.engine)
    fill(sequencer, 200, "a")
    fill(sequencer, SIZE - 201, "b")
    sequencer.submit(appending("last"))
    return database


def _over(database: Database, read: Callable[[LogReader], None]) -> None:
    with reading(database.engine) as connection:
        read(LogReader(connection, ORIGIN))


def _fetcher(log: LogReader) -> Callable[[str], bytes]:
    """What an HTTP client does: paths in, bytes out."""

    def fetch(path: str) -> bytes:
        tile = tiles.Tile.parse(path)
        if tile.level is None:
            return log.entries_tile(tile.index, tile.width)
        return log.tile(tile.level, tile.index, tile.width)

    return fetch


def test_a_program_that_knows_only_the_tile_paths_finds_the_same_root_at_every_size(grown: Database) -> None:
    def read(log: LogReader) -> None:
        fetch, frontier = _fetcher(log), merkle.Frontier()
        leaves = [record.leaf for record in log.stream()]
        assert len(leaves) == SIZE
        for size in range(SIZE + 1):
            assert tiles.root_from_tiles(fetch, size) == frontier.root()
            assert merkle.root(log.hashes, size) == frontier.root()
            if size < SIZE:
                frontier.append(leaves[size])
        assert log.head().root == frontier.root()

    _over(grown, read)


def test_the_entry_bundles_hold_every_entry_and_their_hashes_are_the_leaves(grown: Database) -> None:
    def read(log: LogReader) -> None:
        entries = [entry for at in range(2) for entry in tiles.decode_entries(log.entries_tile(at), 256)]
        entries += tiles.decode_entries(log.entries_tile(2, SIZE - 512), SIZE - 512)
        assert entries == [record.entry for record in log.stream()]
        assert b"".join(merkle.leaf_hash(entry) for entry in entries[:256]) == log.tile(0, 0)
        assert entries[519] == log.entry(519)

    _over(grown, read)


def test_proofs_made_from_the_tables_hold(grown: Database) -> None:
    def read(log: LogReader) -> None:
        roots = {size: merkle.root(log.hashes, size) for size in (1, 7, 256, 257, 512, 519, SIZE)}
        for size, root in roots.items():
            for index in {0, size // 2, size - 1}:
                proof = merkle.inclusion_proof(log.hashes, index, size)
                assert merkle.verify_inclusion(merkle.leaf_hash(log.entry(index)), index, size, root, proof)
            for old in (1, 7, 256, 512):
                if old <= size:
                    proof = merkle.consistency_proof(log.hashes, old, size)
                    assert merkle.verify_consistency(old, size, roots[old], root, proof)

    _over(grown, read)


def test_what_the_log_does_not_have_is_not_made_up(grown: Database) -> None:
    asks: list[Callable[[LogReader], object]] = [
        lambda log: log.entry(SIZE),
        lambda log: log.entry(-1),
        lambda log: log.record(SIZE),
        lambda log: log.tile(0, 2, SIZE - 511),
        lambda log: log.tile(0, 3, 1),
        lambda log: log.tile(0, 0, 0),
        lambda log: log.tile(0, 0, 257),
        lambda log: log.tile(0, -1, 1),
        lambda log: log.tile(1, 0, 3),
        lambda log: log.tile(2, 0, 1),
        lambda log: log.entries_tile(2),
        lambda log: log.hashes(0, SIZE),
        lambda log: log.hashes(8, 2),
        lambda log: log.hashes(16, 0),
        lambda log: log.hashes(9, 1),
    ]

    def read(log: LogReader) -> None:
        for ask in asks:
            with pytest.raises(NotInLog):
                ask(log)

    _over(grown, read)


def test_the_65536th_entry_completes_a_tile_of_tiles(database: Database) -> None:
    """Level 2 of tlog-tiles; the ledger before it is only pretended, by its edge."""
    frontier = merkle.Frontier()
    for number in range(65_535):
        frontier.append(number.to_bytes(32, "big"))
    row = {"ledger": ORIGIN, "size": 65_535, "last_leaf": bytes(32), "frontier": frontier.to_bytes()}
    with writing(database.engine) as connection:
        connection.execute(insert(heads).values(row))
    appended = open_sequencer(database.engine).submit(appending("last of many"))
    frontier.append(appended.entry.leaf)

    def read(log: LogReader) -> None:
        assert log.tile(2, 0, 1) == frontier.root() == log.head().root == log.hashes(16, 0)

    _over(database, read)
    with reading(database.engine) as connection:
        rows = connection.execute(subtrees.select()).all()
    assert sorted((level, index) for _, level, index, _ in rows) == [(1, 255), (2, 0)]


def test_records_stream_whole_from_any_index_in_chunks(
    grown: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK", 100)

    def read(log: LogReader) -> None:
        for first in (0, 1, 99, 100, 101, 519, 520):
            assert [record.index for record in log.stream(first)] == list(range(first, SIZE))
        statement, bodies = say("last")
        record = log.record(519)
        assert (record.statement, record.bodies) == (statement.encoded, bodies)
        assert list(log.stream(519)) == [record]

    _over(grown, read)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_tables_that_were_tampered_with_are_shown_as_they_are(grown: Database) -> None:
    """The verifier must see a missing statement and a gap, and not be spared them by a join."""
    with writing(grown.engine) as connection:
        for table, index in (("statements", 3), ("entries", 300)):
            connection.exec_driver_sql(f"DROP TRIGGER {table}_refuse_delete")
            connection.exec_driver_sql(f'DELETE FROM {table} WHERE "index" = {index}')

    def read(log: LogReader) -> None:
        found = {record.index: record for record in log.stream()}
        assert found.keys() == set(range(SIZE)) - {300}
        assert found[3].statement == b""
        for ask in (lambda: log.tile(0, 1), lambda: log.hashes(3, 300 // 8), lambda: log.entries_tile(1)):
            with pytest.raises(NotInLog):
                ask()

    _over(grown, read)


def test_an_empty_ledger_has_the_empty_root_and_nothing_else(database: Database) -> None:
    def read(log: LogReader) -> None:
        head = log.head()
        assert (head.size, head.root, head.last_time) == (0, merkle.EMPTY_ROOT, None)
        assert list(log.stream()) == []
        assert log.checkpoint() is None
        assert log.checkpoints() == []

    _over(database, read)


def test_checkpoints_are_given_by_size_and_the_newest_first_asked(database: Database) -> None:
    def keep(connection: Connection, ledger: str, size: int) -> None:
        row = {"ledger": ledger, "size": size, "note": f"{ledger} {size}", "signed_at": utc_now()}
        connection.execute(insert(checkpoints).values(row))

    with writing(database.engine) as connection:
        for size in (9, 10, 2):
            keep(connection, ORIGIN, size)
        keep(connection, "example.test/other", 99)

    def read(log: LogReader) -> None:
        assert log.checkpoint() == f"{ORIGIN} 10"
        assert log.checkpoint(9) == f"{ORIGIN} 9"
        assert log.checkpoint(3) is None
        assert log.checkpoints() == [f"{ORIGIN} {size}" for size in (2, 9, 10)]

    _over(database, read)
