"""Pictures of codes for a browser's fake camera and for its file chooser, made without any tool of the machine."""

from __future__ import annotations

import io
from pathlib import Path

import zxingcpp
from PIL import Image, ImageOps

from trace.render.qr import qr_png

FRAME = (640, 480)


def qr(text: str) -> Image.Image:
    """A QR code as this service prints it."""
    return Image.open(io.BytesIO(qr_png(text, box=6))).convert("L")


def symbol(kind: zxingcpp.BarcodeFormat, text: str, *, gs1: bool = False) -> Image.Image:
    """Any other symbol, drawn by another's encoder; ``gs1`` takes ``(01)...(10)...`` and puts FNC1 where it belongs."""
    code = zxingcpp.create_barcode(text, kind, **({"gs1": True} if gs1 else {}))
    drawn = zxingcpp.write_barcode_to_image(code, scale=4)
    height, width = drawn.shape
    return Image.frombytes("L", (width, height), bytes(memoryview(drawn)))


def png(picture: Image.Image) -> bytes:
    """The picture as a file."""
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def film(path: Path, *codes: Image.Image) -> Path:
    """A short film in which these codes lie side by side: JPEGs one after the other, which is what MJPEG is."""
    frame = Image.new("RGB", FRAME, "#dddddd")
    room = FRAME[0] // max(len(codes), 1)
    for n, code in enumerate(codes):
        shown = ImageOps.contain(code, (room - 40, FRAME[1] - 40))
        frame.paste(shown, (n * room + 20, (FRAME[1] - shown.height) // 2))
    out = io.BytesIO()
    frame.save(out, "JPEG", quality=90)
    path.write_bytes(out.getvalue() * 10)
    return path
