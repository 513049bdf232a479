"""Signed checkpoints: what the ledger commits to in public, and never takes back.

Before a checkpoint is signed, the one signed last is read from a file that lies outside the database, and the
tree to be signed must be an extension of it. A database that was rolled back, cut or rewritten behind the
service is therefore never signed over: publishing stops with ``LedgerForked`` and the operator has to look.

What each crash leaves: before the file is written, nothing. After the file and before the row: the file knows a
checkpoint that nobody was shown; the next publication signs the same or a larger tree. After the row: all.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, insert
from sqlalchemy.exc import SQLAlchemyError

from trace.domain.refusals import Refusal
from trace.ledger import checkpoint, merkle
from trace.ledger.errors import LedgerError
from trace.ledger.note import Signer
from trace.store.log import LogReader
from trace.store.sequencer import Sequencer
from trace.store.tables import checkpoints

_logger = logging.getLogger(__name__)


class LedgerForked(Exception):
    """The ledger is not an extension of what was signed before; ``reason`` says how it differs."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Publisher:
    """Signs checkpoints over committed entries. ``memory`` is the file that remembers the last one."""

    def __init__(
        self,
        sequencer: Sequencer,
        ledger: str,
        signer: Signer,
        memory: Path,
        clock: Callable[[], datetime],
        interval: float,
    ) -> None:
        self._sequencer = sequencer
        self._ledger = ledger
        self._signer = signer
        self._memory = memory
        self._clock = clock
        self._interval = interval
        self._last = 0.0
        self._signed: int | None = None  # entries that the remembered checkpoint covers; None: not read yet
        self._forked: str | None = None  # how the ledger differs from what was signed, once that was seen
        self._turn = threading.Lock()
        self.verifier = signer.verifier
        self.vkey = signer.verifier.to_text()

    @property
    def folder(self) -> Path:
        """Where the remembered checkpoint lies, with the keys and whatever else must not be lost."""
        return self._memory.parent

    def latest(self) -> str | None:
        """The newest published checkpoint note, or None before the first."""
        return self._sequencer.read(lambda connection: LogReader(connection, self._ledger).checkpoint())

    def remembered(self) -> checkpoint.Checkpoint | None:
        """What this machine signed last, from outside the database."""
        if not self._memory.exists():
            return None
        return checkpoint.open(self._memory.read_text(encoding="utf-8"), self.verifier)

    def require_extension(self, size: int) -> None:
        """Refuse an act on a ledger of ``size`` entries that is known not to extend what was signed.

        Asks nothing of the database: an old copy put back is met at once, a rewritten one after the first
        checkpoint that could not be signed over it. Raises LedgerForked.
        """
        if self._signed is None:
            remembered = self.remembered()
            self._signed = 0 if remembered is None else remembered.size
        if self._forked is not None:
            raise LedgerForked(self._forked)
        if size < self._signed:
            raise LedgerForked(f"the ledger has {size} entries, {self._signed} were signed: its tail is cut")

    def publish_soon(self) -> None:
        """Publish unless somebody does, or did within the interval; called after work was committed.

        Never fails: what was committed stands, and whoever asks for a checkpoint is told why there is none.
        """
        if time.monotonic() - self._last < self._interval or not self._turn.acquire(blocking=False):
            return
        try:
            self._publish()
        except (LedgerForked, Refusal, LedgerError, OSError, SQLAlchemyError) as error:
            _logger.error("no checkpoint could be signed: %s", error)
        finally:
            self._turn.release()

    def publish(self) -> str:
        """The note of a checkpoint that covers all that is committed now. Raises LedgerForked."""
        with self._turn:
            return self._publish()

    def _publish(self) -> str:
        with self._between_processes():
            self._last = time.monotonic()
            try:
                tree, note = self._sequencer.read(self._extended)
            except LedgerForked as forked:
                self._forked = forked.reason
                raise
            self._forked, self._signed = None, tree.size
            if note is None:
                note = checkpoint.sign(tree, self._signer)
                _write_durably(self._memory, note)
                self._sequencer.submit(lambda uow: self._store(uow.connection, tree, note))
            elif self.remembered() != tree:
                _write_durably(self._memory, note)
            return note

    def _store(self, connection: Connection, tree: checkpoint.Checkpoint, note: str) -> None:
        row = {"ledger": self._ledger, "size": tree.size, "note": note, "signed_at": self._clock()}
        connection.execute(insert(checkpoints).values(row))

    def _extended(self, connection: Connection) -> tuple[checkpoint.Checkpoint, str | None]:
        """The tree as it is now, shown to extend what was signed, and its note where it has one already."""
        log = LogReader(connection, self._ledger)
        head = log.head()
        tree = checkpoint.Checkpoint(self._ledger, head.size, head.root)
        note = log.checkpoint()
        stored = None if note is None else checkpoint.open(note, self.verifier)
        for before in (self.remembered(), stored):
            if before is not None and (reason := extends(log, before, tree)):
                raise LedgerForked(reason)
        return tree, note if stored == tree else None

    @contextmanager
    def _between_processes(self) -> Iterator[None]:
        with self._memory.with_suffix(".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def extends(log: LogReader, before: checkpoint.Checkpoint, after: checkpoint.Checkpoint) -> str | None:
    """Why ``after`` is not an extension of ``before`` (RFC 6962 §2.1.2), or None where it is."""
    if after.size < before.size:
        return f"the ledger has {after.size} entries, {before.size} were signed: its tail is cut"
    proof = merkle.consistency_proof(log.hashes, before.size, after.size)
    if merkle.verify_consistency(before.size, after.size, before.root, after.root, proof):
        return None
    return f"the first {before.size} entries are not the ones that were signed: the ledger was rewritten"


def _write_durably(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
