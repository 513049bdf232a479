"""A small ledger of plain records for tests of the store: writing it, judging it, writing from a process.

As a program (``python -m tests.service.ledgers URL NAME THREADS COUNT [STAGE]``) it appends from several threads
and prints each acknowledged record's index and id at once. With a STAGE it kills itself there.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, select

from trace.ledger import merkle, records
from trace.ledger.chain import Chain
from trace.ledger.records import Statement
from trace.store import unit_of_work
from trace.store.engine import open_engine, reading
from trace.store.log import LogReader
from trace.store.sequencer import Sequencer
from trace.store.tables import subtrees
from trace.store.unit_of_work import Appended, UnitOfWork

ORIGIN = "example.test/ledger"
ROOT = Path(__file__).resolve().parents[2]
_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
_PUBLIC = _KEY.public_key().public_bytes_raw()


def utc_now() -> datetime:
    """The clock of these ledgers."""
    return datetime.now(UTC)


def open_sequencer(engine: Engine, ledger: str = ORIGIN) -> Sequencer:
    """A sequencer that nothing follows."""
    return Sequencer(engine, ledger, utc_now)


def say(id: str, text: str = "text", *, ledger: str = ORIGIN) -> tuple[Statement, dict[str, bytes]]:
    """A signed statement of a plain kind with its one body."""
    body = records.make_body({"text": text}, bytes(16))
    statement = Statement.create(
        kind="note.made/1",
        by="urn:party:1",
        ledger=ledger,
        id=id,
        digests={"public": records.digest(body)},
        key=_KEY,
    )
    return statement, {"public": body}


def appending(id: str, *, ledger: str = ORIGIN) -> Callable[[UnitOfWork], Appended]:
    """The job that appends one plain record."""
    statement, bodies = say(id, ledger=ledger)
    return lambda uow: uow.append(statement, bodies)


def fill(sequencer: Sequencer, count: int, name: str = "n") -> None:
    """Append many plain records in one job."""

    def work(uow: UnitOfWork) -> None:
        for number in range(count):
            uow.append(*say(f"{name}-{number}", ledger=uow.ledger))

    sequencer.submit(work)


def together(sequencer: Sequencer, works: Sequence[Callable[[UnitOfWork], Any]]) -> list[Future[Any]]:
    """Run jobs in one group, in any order: a first job holds the lead until all of them stand in line."""
    begun = threading.Event()

    def hold(_uow: UnitOfWork) -> None:
        begun.set()
        while sequencer.waiting < len(works):
            threading.Event().wait(0.001)

    with ThreadPoolExecutor(len(works) + 1) as pool:
        pool.submit(sequencer.submit, hold)
        assert begun.wait(30)
        return [pool.submit(sequencer.submit, work) for work in works]


@dataclass(frozen=True)
class Contents:
    """What a ledger was found to hold after every part of it was judged."""

    ids: Mapping[str, int]  # statement id -> index
    root: bytes

    @property
    def size(self) -> int:
        """Number of entries."""
        return len(self.ids)


def judge(engine: Engine, ledger: str = ORIGIN) -> Contents:
    """Check every byte of a ledger against every other: chain, signatures, bodies, head, subtrees."""
    chain, frontier = Chain(), merkle.Frontier()
    full: dict[tuple[int, int], bytes] = {}
    ids: dict[str, int] = {}
    with reading(engine) as connection:
        log = LogReader(connection, ledger)
        for record in log.stream():
            chain.add(record.entry, record.statement)
            statement = Statement.parse(record.statement)
            assert statement.verify(_PUBLIC)
            assert {name: records.digest(body) for name, body in record.bodies.items()} == statement.digests
            assert record.leaf == merkle.leaf_hash(record.entry)
            full.update({(level, index): hash for level, index, hash in frontier.append(record.leaf)})
            ids[statement.id] = record.index
        head = log.head()
        assert (head.size, head.root) == (frontier.size, frontier.root())
        assert head.frontier.to_bytes() == frontier.to_bytes()
        rows = connection.execute(select(subtrees).where(subtrees.c.ledger == ledger))
        kept = {(level, index): bytes(hash) for _, level, index, hash in rows}
    assert kept == {(level // 8, i): h for (level, i), h in full.items() if level and level % 8 == 0}
    return Contents(ids, frontier.root())


# -- as a program --------------------------------------------------------------------------------------------


def start(url: str, name: str, threads: int, count: int, stage: str = "") -> subprocess.Popen[str]:
    """This file as a process, its acknowledgements on stdout."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.service.ledgers", url, name, str(threads), str(count), stage],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def acknowledged(lines: str) -> dict[str, int]:
    """Ids and indices that a process said were recorded; a line cut by its death counts for nothing."""
    whole = [line.split() for line in lines.splitlines(keepends=True) if line.endswith("\n")]
    return {id: int(index) for index, id in whole}


def _die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _arm(engine: Engine, stage: str) -> None:
    commit = engine.dialect.do_commit
    if stage == "before-flush":
        unit_of_work.Group.flush = _die  # type: ignore[method-assign]
    elif stage == "before-commit":
        engine.dialect.do_commit = _die  # type: ignore[method-assign]
    elif stage == "after-commit":
        engine.dialect.do_commit = lambda connection: (commit(connection), _die())  # type: ignore


def _main(url: str, name: str, threads: str, count: str, stage: str) -> None:
    engine = open_engine(url)
    sequencer = open_sequencer(engine)
    speaking = threading.Lock()

    def work(thread: int) -> None:
        for number in range(int(count)):
            id = f"{name}-{thread}-{number}"
            appended = sequencer.submit(appending(id))
            with speaking:
                print(appended.index, id, flush=True)

    fill(sequencer, 1, name)
    _arm(engine, stage)
    with ThreadPoolExecutor(int(threads)) as pool:
        list(pool.map(work, range(int(threads))))


if __name__ == "__main__":
    _main(*sys.argv[1:])
