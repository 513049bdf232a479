"""A program that knows only the C2SP specifications reads the log and recomputes its root, at any size.

The client here is written from tlog-checkpoint, signed-note, tlog-tiles and RFC 6962 alone and imports nothing of
the project.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.api.world import World
from trace.services import recording
from trace.services.context import Context

# -- the client ------------------------------------------------------------------------------------------------


def open_checkpoint(note: str, vkey: str) -> tuple[str, int, bytes]:
    """Origin, size and root of a checkpoint whose signature holds (signed-note, tlog-checkpoint)."""
    name, key_hash, key = vkey.strip().split("+", 2)
    raw = base64.b64decode(key)
    assert raw[0] == 1  # Ed25519
    assert hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4].hex() == key_hash
    text, signatures = note.split("\n\n", 1)
    text += "\n"
    line = next(line for line in signatures.splitlines() if line.startswith(f"— {name} "))
    signed = base64.b64decode(line.rsplit(" ", 1)[1])
    assert signed[:4].hex() == key_hash
    Ed25519PublicKey.from_public_bytes(raw[1:]).verify(signed[4:], text.encode())
    origin, size, root = text.splitlines()[:3]
    return origin, int(size), base64.b64decode(root)


def number(n: int) -> str:
    """A tile's index in groups of three digits, all but the last with an x (tlog-tiles)."""
    path = f"{n % 1000:03d}"
    while n >= 1000:
        n //= 1000
        path = f"x{n % 1000:03d}/{path}"
    return path


def tile_path(level: str, index: int, width: int) -> str:
    return f"/log/tile/{level}/{number(index)}" + (f".p/{width}" if width < 256 else "")


def spans(count: int) -> Iterator[tuple[int, int]]:
    """Tiles that hold ``count`` things: index and width."""
    for index in range(count // 256):
        yield index, 256
    if count % 256:
        yield count // 256, count % 256


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def root_of(hashes: list[bytes]) -> bytes:
    """RFC 6962 section 2.1."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root_of(hashes[:split]) + root_of(hashes[split:])).digest()


def entries(fetch: Callable[[str], bytes], size: int) -> list[bytes]:
    """All entries, from the entry bundles (tlog-tiles: a uint16 length before each)."""
    found = []
    for index, width in spans(size):
        data = fetch(tile_path("entries", index, width))
        at = 0
        for _ in range(width):
            length = int.from_bytes(data[at : at + 2], "big")
            found.append(data[at + 2 : at + 2 + length])
            at += 2 + length
        assert at == len(data)
    return found


def hashes(fetch: Callable[[str], bytes], level: int, size: int) -> list[bytes]:
    """All hashes of a level's tiles."""
    found = []
    for index, width in spans(size >> 8 * level):
        data = fetch(tile_path(str(level), index, width))
        assert len(data) == 32 * width
        found += [data[at : at + 32] for at in range(0, len(data), 32)]
    return found


# -- what it finds ---------------------------------------------------------------------------------------------


def fetcher(world: World) -> Callable[[str], bytes]:
    def fetch(path: str) -> bytes:
        response = world.get(path)
        assert response.status_code == 200, path
        return response.data

    return fetch


def say(ctx: Context, count: int) -> None:
    """Add so many entries in one transaction."""

    def work(uow) -> None:  # type: ignore[no-untyped-def]
        for n in range(count):
            recording.say(
                ctx,
                uow,
                kind="test.said/1",
                by=ctx.operator,
                compartments={"public": {"n": n}},
                key=ctx.keys.operator,
            )

    ctx.sequencer.submit(work)


def checkpoint(world: World) -> tuple[str, int, bytes]:
    return open_checkpoint(world.get("/log/checkpoint").text, world.get("/log/key").text)


def test_the_root_can_be_recomputed_from_tiles_and_from_entries_at_every_size(any_world: World) -> None:
    world = any_world
    fetch = fetcher(world)
    for size in (19, 255, 256, 257, 511, 512, 530):
        say(world.ctx, size - world.size())
        origin, signed, root = checkpoint(world)
        assert (origin, signed) == ("trace.example/log", size)
        told = entries(fetch, size)
        leaves = hashes(fetch, 0, size)
        assert [leaf_hash(entry) for entry in told] == leaves
        assert root_of(leaves) == root
        assert hashes(fetch, 1, size) == [root_of(leaves[at : at + 256]) for at in range(0, size - 255, 256)]


def test_every_smaller_size_can_still_be_recomputed_later(world: World) -> None:
    roots = {}
    for _ in range(5):
        _, size, root = checkpoint(world)
        roots[size] = root
        say(world.ctx, 60)
    checkpoint(world)
    fetch = fetcher(world)
    for size, root in roots.items():
        assert root_of(hashes(fetch, 0, size)) == root


def test_each_entry_names_the_leaf_before_it(shared_world: World) -> None:
    _, size, _ = checkpoint(shared_world)
    told = entries(fetcher(shared_world), size)
    before = "0" * 64
    for index, entry in enumerate(told):
        read = json.loads(entry)
        assert (read["index"], read["prev"]) == (index, before)
        before = leaf_hash(entry).hex()


def test_the_log_shows_neither_who_nor_what(shared_world: World) -> None:
    shared_world.product(name="SECRETPRODUCT")
    _, size, _ = checkpoint(shared_world)
    told = b"".join(entries(fetcher(shared_world), size))
    assert b"SECRETPRODUCT" not in told
    assert not any(uri.encode() in told for uri in shared_world.uris.values())


def test_a_checkpoint_covers_what_was_just_recorded_and_is_never_cached(shared_world: World) -> None:
    shared_world.product()
    response = shared_world.get("/log/checkpoint")
    assert open_checkpoint(response.text, shared_world.get("/log/key").text)[1] == shared_world.size()
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.mimetype == "text/plain"


def test_tiles_may_be_kept_for_ever_and_be_read_by_any_page(shared_world: World) -> None:
    checkpoint(shared_world)
    response = shared_world.get("/log/tile/0/000.p/1")
    assert response.mimetype == "application/octet-stream"
    assert "immutable" in response.headers["Cache-Control"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_what_no_checkpoint_covers_yet_is_not_served(world: World) -> None:
    _, size, _ = checkpoint(world)
    say(world.ctx, 1)
    assert world.get(tile_path("0", 0, size)).status_code == 200
    assert world.get(tile_path("0", 0, size + 1)).status_code == 404
    assert world.get(tile_path("entries", 0, size + 1)).status_code == 404
    checkpoint(world)
    assert world.get(tile_path("entries", 0, size + 1)).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "0/000", "0/0", "0/0000", "00/000.p/1", "0/000.p/0", "0/000.p/01", "0/000.p/256", "0/000.p/257",
        "0/000.p/%31x", "0/x000/000.p/1", "0/x001/000", "1/000", "64/000", "-1/000.p/1", "0/٠٠٠.p/1",
        "entries/0", "entries/000", "entries/999.p/1", "ENTRIES/000.p/1", "0/000.p/1/", "0//000.p/1", "",
    ],
)  # fmt: skip
def test_a_path_that_the_specification_would_not_write_is_not_found(shared_world: World, path: str) -> None:
    response = shared_world.get(f"/log/tile/{path}")
    assert response.status_code == 404
    assert response.get_json()["code"] == "not_found"
