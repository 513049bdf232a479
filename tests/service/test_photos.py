"""Photos: what a phone wrote into them is gone, hostile files are refused, and two of the same are one."""

from __future__ import annotations

import hashlib
import io
import zlib

import pytest
from PIL import Image

from tests.scenario import World
from trace.services import photos
from trace.services.photos import LONGEST_SIDE, PhotoTooLarge, PhotoUnreadable

sqlite = pytest.mark.parametrize("world", ["sqlite"], indirect=True)

_TURNED, _GPS = 0x0112, 0x8825


def jpeg(width: int = 400, height: int = 300, **more: object) -> bytes:
    """A picture that is red at the left and blue at the right."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95, **more)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@sqlite
def test_a_photo_is_found_again_by_its_hash(world: World) -> None:
    """What the ledger names is what is kept, byte for byte; kept twice it is one."""
    name = photos.keep(world.ctx, jpeg())
    assert photos.keep(world.ctx, jpeg()) == name
    kept = photos.load(world.ctx, name)
    assert kept is not None
    assert hashlib.sha256(kept).hexdigest() == name
    assert photos.load(world.ctx, "0" * 64) is None


def test_where_and_by_what_it_was_taken_is_gone() -> None:
    """Place, device and comments go; which way is up stays, drawn into the picture."""
    exif = Image.Exif()
    exif[_TURNED] = 6  # the phone was held upright
    exif[0x010F] = "A phone's maker"
    exif.get_ifd(_GPS)[2] = (26.0, 39.0, 0.0)
    kept = photos.prepare(jpeg(exif=exif, comment=b"somebody's name")).data
    assert opened(kept).size == (300, 400)
    assert not opened(kept).getexif()
    for secret in (b"Exif", b"A phone's maker", b"somebody's name"):
        assert secret not in kept


def test_a_large_photo_is_made_small() -> None:
    """No side is longer than what is of use."""
    assert max(opened(photos.prepare(jpeg(4000, 1000)).data).size) == LONGEST_SIDE


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_kinds_become_jpeg(kind: str) -> None:
    """One kind is kept, whatever came."""
    out = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 255, 0, 90)).save(out, kind)
    assert opened(photos.prepare(out.getvalue()).data).format == "JPEG"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"GIF89a" + bytes(40),
        jpeg()[:200],
        b"%PDF-1.7",
    ],
)
def test_what_is_no_photo_is_refused(data: bytes) -> None:
    """Whatever it calls itself; and a photo that was cut off."""
    with pytest.raises(PhotoUnreadable):
        photos.prepare(data)


def test_a_small_file_that_unpacks_to_gigabytes_is_refused() -> None:
    """It is judged by its header, before it is unpacked."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")

    header = (40_000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000)))
    with pytest.raises((PhotoTooLarge, PhotoUnreadable)):
        photos.prepare(bomb)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_some_kilobytes_do_not_become_hundreds_of_megabytes(kind: str) -> None:
    """Kinds that can only be unpacked whole are taken up to what a phone's screen and camera make of them."""
    out = io.BytesIO()
    Image.new("1", (6000, 5000)).save(out, kind)
    assert len(out.getvalue()) < 100_000
    with pytest.raises(PhotoTooLarge) as refused:
        photos.prepare(out.getvalue())
    assert refused.value.megapixels == 24


def test_a_file_of_too_many_bytes_is_refused() -> None:
    """And is not even looked at."""
    with pytest.raises(PhotoTooLarge):
        photos.prepare(bytes(photos.LARGEST + 1))
