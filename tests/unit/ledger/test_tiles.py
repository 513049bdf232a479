"""A log as static files: a program that knows only C2SP tlog-tiles recomputes the root at any size."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from trace.ledger import merkle, tiles
from trace.ledger.tiles import Tile


class Files:
    """A log's files, made from its entries as the specification defines them."""

    def __init__(self, entries: list[bytes], size: int) -> None:
        nodes: dict[tuple[int, int], bytes] = {}
        frontier = merkle.Frontier()
        for entry in entries[:size]:
            for level, index, value in frontier.append(merkle.leaf_hash(entry)):
                nodes[level, index] = value
        self.root = frontier.root()
        self.size = size
        self.files: dict[str, bytes] = {}
        for tile in tiles.tiles_of(size):
            if tile.level is None:
                start = tile.index * 256
                self.files[tile.path] = tiles.encode_entries(entries[start : start + tile.width])
            else:
                reader = lambda level, index: nodes[level, index]  # noqa: E731
                self.files[tile.path] = tiles.tile_bytes(reader, tile.level, tile.index, tile.width)

    def fetch(self, path: str) -> bytes:
        return self.files[path]


ENTRIES = [b"entry %d" % number for number in range(66_000)]


@settings(max_examples=30)
@given(st.integers(0, 1500))
@example(0)
@example(255)
@example(256)
@example(257)
@example(511)
@example(512)
@example(65_536)
@example(65_537)
def test_the_root_is_recomputed_from_tiles_alone_at_any_size(size: int) -> None:
    log = Files(ENTRIES, size)
    assert tiles.root_from_tiles(log.fetch, size) == log.root
    reader = tiles.TileReader(log.fetch, size)
    read = [entry for number in range(-(-size // 256)) for entry in reader.entries(number)]
    assert read == ENTRIES[:size]


@settings(max_examples=30)
@given(st.integers(1, 1200), st.data())
def test_proofs_made_from_tiles_hold(size: int, data: st.DataObject) -> None:
    log = Files(ENTRIES, size)
    reader = tiles.TileReader(log.fetch, size)
    index = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion_proof(reader, index, size)
    assert merkle.verify_inclusion(merkle.leaf_hash(ENTRIES[index]), index, size, log.root, path)
    old = data.draw(st.integers(1, size))
    path = merkle.consistency_proof(reader, old, size)
    assert merkle.verify_consistency(old, size, Files(ENTRIES, old).root, log.root, path)


def test_a_partial_tile_that_was_dropped_is_read_from_the_full_one() -> None:
    log = Files(ENTRIES, 300)
    later = Files(ENTRIES, 512)
    assert tiles.root_from_tiles(later.fetch, 512) == later.root
    assert tiles.root_from_tiles(lambda path: {**later.files, **_level_one(log)}[path], 300) == log.root
    assert tiles.TileReader(later.fetch, 300).entries(1) == ENTRIES[256:300]


def _level_one(log: Files) -> dict[str, bytes]:
    return {path: data for path, data in log.files.items() if path.startswith("tile/1/")}


def test_a_file_that_is_nowhere_is_an_error_of_the_fetcher() -> None:
    with pytest.raises(KeyError):
        tiles.root_from_tiles({}.__getitem__, 256)
    with pytest.raises(KeyError):
        tiles.root_from_tiles({}.__getitem__, 3)
    with pytest.raises(KeyError):
        tiles.TileReader({}.__getitem__, 256)(0, 0)


def test_a_tile_of_a_wrong_length_is_refused() -> None:
    with pytest.raises(tiles.TileMalformed):
        tiles.root_from_tiles(lambda path: bytes(33), 1)


def test_nothing_is_read_beyond_the_checkpoint() -> None:
    reader = tiles.TileReader(Files(ENTRIES, 300).fetch, 300)
    with pytest.raises(merkle.OutOfRange):
        reader(0, 300)
    with pytest.raises(merkle.OutOfRange):
        reader(8, 1)
    with pytest.raises(merkle.OutOfRange):
        reader.entries(2)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0, 5), "tile/0/000.p/5"),
        (Tile(0, 1234, 5), "tile/0/x001/234.p/5"),
        (Tile(1, 1234067), "tile/1/x001/x234/067"),
        (Tile(None, 999, 255), "tile/entries/999.p/255"),
        (Tile(63, 1000), "tile/63/x001/000"),
    ],
)
def test_paths_are_spelled_as_the_specification_spells_them(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.parse(path) == tile


levels = st.one_of(st.none(), st.integers(0, 63))


@given(st.builds(Tile, levels, st.integers(0, 2**40), st.integers(1, 256)))
def test_every_path_reads_back_as_the_tile_it_names(tile: Tile) -> None:
    assert Tile.parse(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/0/1234",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/x000/001",
        "tile/0/001/234",
        "tile/0/x001/x234",
        "tile/0/000.p/0",
        "tile/0/000.p/05",
        "tile/0/000.p/256",
        "tile/0/000.p/999",
        "tile/0/000.p/",
        "tile/0/000\n",
        "tile/0/٠٠٠",
        "/tile/0/000",
        "tile/data/000",
        "tile/0/../../etc",
        "tile/0/" + "x001/" * 40 + "001",
    ],
)
def test_a_path_in_any_other_spelling_names_nothing(path: str) -> None:
    with pytest.raises(tiles.TilePathRefused):
        Tile.parse(path)


def test_a_tree_of_70000_has_the_tiles_that_the_specification_counts() -> None:
    counted = list(tiles.tiles_of(70_000))
    full = [tile for tile in counted if tile.width == 256]
    assert sum(tile.level == 0 for tile in full) == 273
    assert sum(tile.level == 1 for tile in full) == 1
    assert [tile for tile in counted if tile.width != 256 and tile.level is not None] == [
        Tile(0, 273, 112),
        Tile(1, 1, 17),
        Tile(2, 0, 1),
    ]
    assert tiles.width_at(0, 274, 70_000) == 0
    assert list(tiles.tiles_of(0)) == []


@given(st.lists(st.binary(max_size=70), max_size=20))
def test_entries_come_out_of_a_bundle_as_they_went_in(entries: list[bytes]) -> None:
    assert tiles.decode_entries(tiles.encode_entries(entries), len(entries)) == entries


def test_an_entry_too_long_for_its_length_field_is_refused() -> None:
    assert tiles.encode_entries([bytes(65_535)])[:2] == b"\xff\xff"
    with pytest.raises(tiles.EntryTooLong):
        tiles.encode_entries([bytes(65_536)])


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"\x00\x01", b"\x00\x01ab", b"\x00\x01a\x00", b"\x00\x00\x00\x00"]
)
def test_an_entry_bundle_cut_short_or_run_over_is_refused(data: bytes) -> None:
    with pytest.raises(tiles.TileMalformed):
        tiles.decode_entries(data, 1)
