"""A phone that keeps passkeys, in software: written from W3C Web Authentication Level 3, with nothing of the library
that verifies what it makes. It does as it is told, also what no phone would do.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

ORIGIN = "https://trace.example"

# Flags of authenticator data (section 6.1).
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def spelled(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def unspelled(text: str) -> bytes:
    """What base64url spells."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Phone:
    """One key. ``step`` is by how much its counter grows each time: many phones count nothing and say 0."""

    step: int = 1
    counter: int = 0
    origin: str = ORIGIN
    cross: bool = False
    flags: int = PRESENT | VERIFIED
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    handle: bytes | None = None
    id: bytes = b""

    def __post_init__(self) -> None:
        if not self.id:
            self.id = hashlib.sha256(self._cose()).digest()

    def make(self, asked: dict[str, Any], **cose: Any) -> str:
        """The answer to ``navigator.credentials.create()``, as JSON; ``cose`` changes the public key."""
        self.handle = unspelled(asked["user"]["id"])
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + self._cose(**cose)
        data = self._data(asked["rp"]["id"], self.flags | ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", asked["challenge"])
        return self._told(clientDataJSON=client, attestationObject=attestation)

    def sign(self, asked: dict[str, Any], **instead: Any) -> str:
        """The answer to ``navigator.credentials.get()``, as JSON; ``instead`` replaces parts after they were signed."""
        data = self._data(instead.pop("rp", asked["rpId"]), self.flags)
        client = self._client(instead.pop("type", "webauthn.get"), asked["challenge"])
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        parts = {
            "clientDataJSON": client,
            "authenticatorData": data,
            "signature": signature,
            "userHandle": self.handle,
        }
        return self._told(**{**parts, **instead})

    def _data(self, rp: str, flags: int) -> bytes:
        self.counter += self.step
        return hashlib.sha256(rp.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": self.cross}
        return json.dumps(said).encode()

    def _cose(self, **instead: Any) -> bytes:
        numbers = self.key.public_key().public_numbers()
        x, y = (one.to_bytes(32, "big") for one in (numbers.x, numbers.y))
        named = {"kty": 1, "alg": 3, "crv": -1, "x": -2, "y": -3}
        values = {"kty": 2, "alg": -7, "crv": 1, "x": x, "y": y, **instead}
        return cbor2.dumps({named[name]: value for name, value in values.items()})

    def _told(self, **response: bytes | None) -> str:
        parts = {name: None if value is None else spelled(value) for name, value in response.items()}
        id = spelled(self.id)
        return json.dumps({"id": id, "rawId": id, "type": "public-key", "response": parts})
