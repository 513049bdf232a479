"""Photos of goods: taken in as any phone makes them, kept small and without what the phone wrote into them.

The ledger names a photo by its SHA-256; the photo itself lies beside it and can be deleted.
"""

from __future__ import annotations

import hashlib
import io
import threading
from dataclasses import dataclass

from PIL import Image, ImageOps
from sqlalchemy import insert, select

from trace.domain.refusals import Refusal
from trace.services.context import Context
from trace.store.consumer_tables import photos
from trace.store.unit_of_work import UnitOfWork

LARGEST = 12 * 1024 * 1024
"""Bytes of a photo as it comes in."""
LONGEST_SIDE = 1600
"""Pixels of a photo as it is kept."""

# Pixels by kind. Phones make JPEG, which is made smaller while it is unpacked; the others are unpacked whole, and some
# kilobytes of them can be hundreds of megabytes then.
_MOST_PIXELS = {"JPEG": 60_000_000, "PNG": 24_000_000, "WEBP": 24_000_000}
_UNPACKING = threading.BoundedSemaphore(2)
_QUALITY = 80


@dataclass(eq=False)
class PhotoUnreadable(Refusal):
    """What came as a photo is none of the kinds that can be read: JPEG, PNG, WebP."""

    code = "photo_unreadable"


@dataclass(eq=False)
class PhotoTooLarge(Refusal):
    """The photo has more bytes or pixels than are taken; limits in megabytes and megapixels."""

    code = "photo_too_large"
    megabytes: int = LARGEST // (1024 * 1024)
    megapixels: int = _MOST_PIXELS["JPEG"] // 1_000_000


@dataclass(frozen=True)
class Photo:
    """A photo as it is kept: a JPEG, and the SHA-256 (hex) of its bytes."""

    sha256: str
    data: bytes


def prepare(data: bytes) -> Photo:
    """Make a photo fit to keep: upright, at most LONGEST_SIDE, drawn anew, so that place, time and device are gone.

    Raises PhotoTooLarge, PhotoUnreadable.
    """
    if len(data) > LARGEST:
        raise PhotoTooLarge()
    try:
        with _UNPACKING, Image.open(io.BytesIO(data), formats=tuple(_MOST_PIXELS)) as image:
            most = _MOST_PIXELS[image.format or "PNG"]
            if image.width * image.height > most:  # told by its header, before it is unpacked
                raise PhotoTooLarge(megapixels=most // 1_000_000)
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            ImageOps.exif_transpose(image, in_place=True)
            upright = image.convert("RGB")
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise PhotoUnreadable() from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    clean = Image.new("RGB", upright.size)
    clean.paste(upright)
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    return Photo(hashlib.sha256(out.getvalue()).hexdigest(), out.getvalue())


def enter(ctx: Context, uow: UnitOfWork, photo: Photo) -> None:
    """Keep a photo in a transaction that is open already; the same one twice is one."""
    known = select(photos.c.sha256).where(photos.c.ledger == ctx.ledger, photos.c.sha256 == photo.sha256)
    if uow.connection.execute(known).first() is None:
        row = {"sha256": photo.sha256, "bytes": photo.data, "created": uow.now}
        uow.connection.execute(insert(photos).values(ledger=ctx.ledger, **row))


def keep(ctx: Context, data: bytes) -> str:
    """Keep a photo; the SHA-256 (hex) under which it is found again. Raises PhotoTooLarge, PhotoUnreadable."""
    photo = prepare(data)
    ctx.sequencer.submit(lambda uow: enter(ctx, uow, photo))
    return photo.sha256


def load(ctx: Context, sha256: str) -> bytes | None:
    """A photo's JPEG; None where there is none under this name."""
    wanted = select(photos.c.bytes).where(photos.c.ledger == ctx.ledger, photos.c.sha256 == sha256)
    found = ctx.sequencer.read(lambda connection: connection.execute(wanted).scalar())
    return None if found is None else bytes(found)
