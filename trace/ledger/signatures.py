"""Ed25519 (RFC 8032) over raw bytes, with the public keys that verify everything refused."""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from .errors import LedgerError

KEY_SIZE = 32
SIGNATURE_SIZE = 64

_P = 2**255 - 19
# y coordinates of the eight points of small order: 0, 1, -1 and the roots of d*y^4 + 2*y^2 - 1 (order eight).
_Y8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
SMALL_ORDER_Y = frozenset({0, 1, _P - 1, _Y8, _P - _Y8})


class WeakKey(LedgerError):
    """A public key that is no Ed25519 key, or one of small order, under which anybody can sign anything."""

    code = "weak_key"


class Base64Refused(LedgerError):
    """Text that is not base64 in its one padded spelling (RFC 4648 section 4)."""

    code = "base64_refused"


def check_public_key(raw: bytes) -> None:
    """Raise WeakKey unless the 32 bytes can serve as an Ed25519 public key."""
    if len(raw) != KEY_SIZE or (int.from_bytes(raw, "little") & (2**255 - 1)) % _P in SMALL_ORDER_Y:
        raise WeakKey(key=raw.hex())


def verify(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """True when `signature` (64 bytes) is the key's over `message`. Raises WeakKey for an unfit key."""
    try:
        _load(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """The 32 bytes of the public half."""
    return key.public_key().public_bytes_raw()


def b64encode(data: bytes) -> str:
    """Base64 of RFC 4648 section 4, padded."""
    return base64.b64encode(data).decode()


def b64decode(text: str) -> bytes:
    """Bytes of base64 text; raises Base64Refused for any spelling that `b64encode` would not give."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Base64Refused(text=text) from None
    if b64encode(data) != text:
        raise Base64Refused(text=text)
    return data


@lru_cache(maxsize=4096)
def _load(public_key: bytes) -> Ed25519PublicKey:
    check_public_key(public_key)
    return Ed25519PublicKey.from_public_bytes(public_key)
