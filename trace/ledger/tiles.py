"""C2SP tlog-tiles: the tree and the entries of a log as static files, each one named by its path.

Paths are relative to the log's prefix, such as `tile/0/x001/234.p/5` and `tile/entries/000`. A tile holds up
to 256 hashes of one level, and the eight tree levels above them are computed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from . import merkle
from .errors import LedgerError
from .merkle import HASH_SIZE

HEIGHT = 8
WIDTH = 256
"""Hashes in a full tile, entries in a full bundle."""

_LONGEST_ENTRY = 0xFFFF
_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9]|[1-5][0-9]|6[0-3])/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)

Fetch = Callable[[str], bytes]


class TilePathRefused(LedgerError):
    """A path does not name a tile or an entry bundle in the one spelling of tlog-tiles."""

    code = "tile_path_refused"


class TileMalformed(LedgerError):
    """A tile's or an entry bundle's bytes do not have the form that its path promises."""

    code = "tile_malformed"


class EntryTooLong(LedgerError):
    """An entry does not fit the two bytes of length that an entry bundle gives it."""

    code = "entry_too_long"


@dataclass(frozen=True, slots=True)
class Tile:
    """A file of the log: `level` 0 to 63 or None (entry bundle), `index` in it, `width` 1 to 256."""

    level: int | None
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Path below the log's prefix."""
        number = f"{self.index:03d}"
        number = number.zfill(-(-len(number) // 3) * 3)
        groups = [number[at : at + 3] for at in range(0, len(number), 3)]
        name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        level = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{name}{partial}"

    @classmethod
    def parse(cls, path: str) -> Tile:
        """Parse a path; raises TilePathRefused for whatever `path` would not write."""
        match = _PATH.fullmatch(path)
        if match is None or len(path) > 100:
            raise TilePathRefused(path=path)
        level = None if match["level"] == "entries" else int(match["level"])
        width = WIDTH if match["width"] is None else int(match["width"])
        tile = cls(level, int(match["index"].replace("x", "").replace("/", "")), width)
        if tile.path != path or width > WIDTH:
            raise TilePathRefused(path=path)
        return tile


def width_at(level: int, index: int, size: int) -> int:
    """How wide the tile is in a tree of `size` leaves: 256 when full, 0 when the tree has no such tile."""
    return max(0, min(WIDTH, (size >> HEIGHT * level) - index * WIDTH))


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile and entry bundle that a tree of `size` leaves consists of, the entry bundles first."""
    for index in range(-(-size // WIDTH)):
        yield Tile(None, index, width_at(0, index, size))
    level = 0
    while hashes := size >> HEIGHT * level:
        for index in range(-(-hashes // WIDTH)):
            yield Tile(level, index, width_at(level, index, size))
        level += 1


def tile_bytes(reader: merkle.Reader, level: int, index: int, width: int) -> bytes:
    """A tile's bytes, for serving: the hashes of `width` perfect subtrees, one after another."""
    first = index * WIDTH
    return b"".join(reader(HEIGHT * level, first + at) for at in range(width))


def encode_entries(entries: Iterable[bytes]) -> bytes:
    """An entry bundle's bytes: each entry after its length as two bytes, big-endian. Raises EntryTooLong."""
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > _LONGEST_ENTRY:
            raise EntryTooLong(length=len(entry))
        parts += (len(entry).to_bytes(2, "big"), entry)
    return b"".join(parts)


def decode_entries(data: bytes, width: int) -> list[bytes]:
    """The `width` entries of an entry bundle; raises TileMalformed unless they fill the bytes exactly."""
    entries: list[bytes] = []
    at = 0
    for _ in range(width):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        entries.append(data[start:at])
    if at != len(data):
        raise TileMalformed(length=len(data))
    return entries


class TileReader:
    """Reads perfect-subtree hashes (merkle.Reader) from tiles, for a tree of the `size` a verified checkpoint
    gave.

    `fetch` takes a path and returns the file's bytes, and raises KeyError or FileNotFoundError for a file
    that is not there: a log may drop a partial tile once the full one exists, so the full one is tried then.
    Every tile is fetched once and kept; what it says is worth nothing until a root has been compared.
    """

    def __init__(self, fetch: Fetch, size: int) -> None:
        self._fetch = fetch
        self._size = size
        self._tiles: dict[tuple[int, int], bytes] = {}

    def __call__(self, level: int, index: int) -> bytes:
        """Hash of the perfect subtree at `level` and `index`. Raises OutOfRange, TileMalformed."""
        if (index + 1) << level > self._size:
            raise merkle.OutOfRange(index=index, size=self._size)
        tile_level, height = divmod(level, HEIGHT)
        first = index << height
        hashes = self._tile(tile_level, first // WIDTH)
        start = first % WIDTH * HASH_SIZE
        layer = [hashes[at : at + HASH_SIZE] for at in range(start, start + (HASH_SIZE << height), HASH_SIZE)]
        while len(layer) > 1:
            layer = [merkle.node_hash(layer[at], layer[at + 1]) for at in range(0, len(layer), 2)]
        return layer[0]

    def entries(self, index: int) -> list[bytes]:
        """The entries of bundle `index` that the tree has. Raises OutOfRange, TileMalformed."""
        width = width_at(0, index, self._size)
        if width == 0:
            raise merkle.OutOfRange(index=index * WIDTH, size=self._size)
        data, found = self._get(Tile(None, index, width))
        return decode_entries(data, found)[:width]

    def _tile(self, level: int, index: int) -> bytes:
        if (level, index) not in self._tiles:
            width = width_at(level, index, self._size)
            data, found = self._get(Tile(level, index, width))
            if len(data) != found * HASH_SIZE:
                raise TileMalformed(length=len(data))
            self._tiles[level, index] = data
        return self._tiles[level, index]

    def _get(self, tile: Tile) -> tuple[bytes, int]:
        try:
            return self._fetch(tile.path), tile.width
        except (KeyError, FileNotFoundError):
            if tile.width == WIDTH:
                raise
        return self._fetch(Tile(tile.level, tile.index).path), WIDTH


def root_from_tiles(fetch: Fetch, size: int) -> bytes:
    """Root of a tree of `size` leaves, computed from the log's tiles alone. Raises what TileReader raises."""
    return merkle.root(TileReader(fetch, size), size)
