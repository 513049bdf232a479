"""Keys: the log's, the operator's, and those kept for businesses that have none of their own.

Three files in ``TRACE_VAR/keys``, readable by their owner alone, are made on first use: the master key, the log's
signing key (C2SP signed-note) and the operator's. The keys of businesses lie in the database, each sealed with
AES-256-GCM under the master key and bound to its key id, so that a stolen database signs nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, insert, select

from trace.ledger.note import Signer
from trace.ledger.records import key_id
from trace.store.tables import signing_keys


class KeysUnusable(Exception):
    """A key file or a sealed key cannot be read with the master key at hand."""


class Keyring:
    """The signing keys of one service. ``folder`` must already be private to the service's user."""

    def __init__(
        self,
        folder: Path,
        ledger: str,
        master: bytes | None,
        random: Callable[[int], bytes],
        *,
        create: bool = True,
    ) -> None:
        self._ledger = ledger
        self._random = random
        if create:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        elif not folder.exists():
            raise KeysUnusable(f"there are no keys in {folder}")
        self._master = master or _kept_bytes(folder / "master.key", random)
        self._box = AESGCM(self._master)
        self.log = Signer.from_text(_kept(folder / "log.key", lambda: Signer.generate(ledger).to_text()))
        self.operator = Ed25519PrivateKey.from_private_bytes(_kept_bytes(folder / "operator.key", random))
        self._cache: dict[str, Ed25519PrivateKey] = {}

    def make(self, connection: Connection, party: str, now: datetime) -> Ed25519PrivateKey:
        """Make a key for a party and store it sealed, in the caller's transaction."""
        private = Ed25519PrivateKey.from_private_bytes(self._random(32))
        public = private.public_key().public_bytes_raw()
        id = key_id(public)
        nonce = self._random(12)
        sealed = nonce + self._box.encrypt(nonce, private.private_bytes_raw(), id.encode())
        connection.execute(
            insert(signing_keys).values(
                ledger=self._ledger, key_id=id, party=party, public=public, sealed=sealed, created=now
            )
        )
        return private

    def of(self, connection: Connection, party: str) -> Ed25519PrivateKey:
        """The key in use for a party; raises KeysUnusable when there is none or it does not open."""
        rows = connection.execute(
            select(signing_keys.c.key_id, signing_keys.c.sealed)
            .where(signing_keys.c.ledger == self._ledger, signing_keys.c.party == party)
            .where(signing_keys.c.revoked.is_(None))
            .order_by(signing_keys.c.created.desc(), signing_keys.c.key_id)
        ).first()
        if rows is None:
            raise KeysUnusable(f"no signing key is kept for {party}")
        id, sealed = rows
        if id not in self._cache:
            self._cache[id] = self._open(id, bytes(sealed))
        return self._cache[id]

    def seal(self, data: bytes, bound: bytes) -> bytes:
        """A secret of somebody's, to be kept in the database; it opens again under the same ``bound`` alone."""
        nonce = self._random(12)
        return nonce + self._box.encrypt(nonce, data, b"sealed:" + bound)

    def open_sealed(self, sealed: bytes, bound: bytes) -> bytes:
        """What was sealed. Raises KeysUnusable: for another row's secret, or under another master key."""
        try:
            return self._box.decrypt(sealed[:12], sealed[12:], b"sealed:" + bound)
        except InvalidTag as error:
            raise KeysUnusable("a sealed secret does not open with this master key") from error

    def derived(self, purpose: bytes) -> bytes:
        """A 32-byte key for one purpose in this ledger alone (HKDF-SHA256, RFC 5869): it tells nothing of another's."""
        info = b"trace:" + purpose + b":" + self._ledger.encode()
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(self._master)

    def _open(self, id: str, sealed: bytes) -> Ed25519PrivateKey:
        try:
            return Ed25519PrivateKey.from_private_bytes(
                self._box.decrypt(sealed[:12], sealed[12:], id.encode())
            )
        except InvalidTag as error:
            raise KeysUnusable(f"key {id[:16]} does not open with this master key") from error


def _kept_bytes(path: Path, random: Callable[[int], bytes]) -> bytes:
    """The 32 bytes that a file holds in hex. Raises KeysUnusable, with nothing of what stands there instead."""
    try:
        key = bytes.fromhex(_kept(path, lambda: random(32).hex()))
    except ValueError:
        key = b""
    if len(key) != 32:
        raise KeysUnusable(f"{path} does not hold 64 hex digits")
    return key


def _kept(path: Path, make: Callable[[], str]) -> str:
    """The file's text; made first, atomically, where it is missing, so that two starting processes agree."""
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(make() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)  # fails where another process was first: then its key counts
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text(encoding="ascii").strip()
