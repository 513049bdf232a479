"""The whole ledger verified: the chain, what was said, by whose key, and what the tables claim it says.

Steps, in order; the first that does not hold names the first bad index and why:
1 entries chain and statements hash; 2 signatures, under keys registered for their parties; 3 bodies hash to
their digests; 4 the tree's root is the one in the newest checkpoint, and in every one before; 5 the tree extends
the checkpoint that is remembered outside the database; 6 (``everything``) projections rebuilt aside equal the
live ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from trace.ledger import chain, checkpoint, merkle
from trace.ledger.errors import LedgerError
from trace.ledger.judge import BodyRefused, StatementJudge
from trace.services.context import Context
from trace.store import rebuild
from trace.store.log import NO_LEAF, Head, LogReader, Record

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Step:
    """One numbered step and its result; ``index`` is the first entry that does not hold, where there is one."""

    number: int
    name: str
    ok: bool
    reason: str = ""
    index: int | None = None


@dataclass(frozen=True)
class Audit:
    """The verdict over a ledger of ``size`` entries."""

    size: int
    root: str
    steps: tuple[Step, ...]

    @property
    def ok(self) -> bool:
        """Whether every step held."""
        return all(step.ok for step in self.steps)

    @property
    def failed(self) -> Step | None:
        """The first step that did not hold."""
        return next((step for step in self.steps if not step.ok), None)


def verify(
    ctx: Context,
    *,
    remembered: checkpoint.Checkpoint | None = None,
    everything: bool = False,
    progress: Progress = lambda name, done, total: None,
) -> Audit:
    """Judge the whole ledger; ``remembered`` is compared besides the one this machine keeps."""
    known = [cp for cp in (remembered, ctx.publisher.remembered()) if cp is not None]
    audit = ctx.sequencer.read(lambda connection: _judge(ctx, connection, known, progress))
    if not everything:
        return audit
    step = Step(6, "projections", True)
    if audit.ok:
        differences = rebuild.compare(
            ctx.sequencer.engine, ctx.ledger, lambda done, total: progress("projections", done, total)
        )
        if differences:
            first = differences[0]
            index = first.live.get("index", first.rebuilt.get("index"))
            step = Step(6, "projections", False, _told(first), index)
    else:
        step = Step(6, "projections", False, "not compared: the ledger itself does not hold")
    return Audit(audit.size, audit.root, (*audit.steps, step))


def _told(difference: rebuild.Difference) -> str:
    """Which row of which table is not what the ledger says, and how."""

    def listed(row: dict[str, object]) -> str:
        return ", ".join(f"{name}={value}" for name, value in row.items()) or "no such row"

    return (
        f"table {difference.table}, row {listed(difference.key)}: the tables say {listed(difference.live)}, "
        f"the ledger says {listed(difference.rebuilt)} ({difference.rows} rows differ)"
    )


def _judge(
    ctx: Context, connection: Connection, known: list[checkpoint.Checkpoint], progress: Progress
) -> Audit:
    log = LogReader(connection, ctx.ledger)
    head = log.head()
    walk = _Walk(ctx)
    signed = _signed(ctx, log)
    walk.keep = {one.size for one in signed.trees} | {one.size for one in known}
    for record in log.stream(0):
        if not walk.take(record):
            break
        if walk.size % 1000 == 0:
            progress("entries", walk.size, head.size)
    progress("entries", walk.size, head.size)
    walk.close(head)
    steps = [
        walk.bad.get(n, Step(n, name, True)) for n, name in enumerate(("chain", "signatures", "bodies"), 1)
    ]
    steps.append(_against(4, "checkpoints", walk, signed.trees, signed.unreadable))
    steps.append(_against(5, "remembered checkpoint", walk, known))
    return Audit(walk.size, walk.root.hex(), tuple(steps))


class _Walk:
    """One pass over the records, which stops at the first that does not hold and says under which step."""

    def __init__(self, ctx: Context) -> None:
        self._chain = chain.Chain()
        self._judge = StatementJudge(ctx.ledger, ctx.publisher.vkey)
        self._frontier = merkle.Frontier()
        self._last_leaf = NO_LEAF
        self.keep: set[int] = set()
        self.roots = {0: self._frontier.root()}
        self.bad: dict[int, Step] = {}

    @property
    def size(self) -> int:
        """How many entries held."""
        return self._chain.size

    @property
    def root(self) -> bytes:
        """Merkle root over them."""
        return self._frontier.root()

    def take(self, record: Record) -> bool:
        """Judge the next record; False where it does not hold."""
        index = self._chain.size
        try:
            if record.index != index:
                return self._fail(
                    1, "chain", index, f"the next entry stored is {record.index}: entries are missing"
                )
            if merkle.leaf_hash(record.entry) != record.leaf:
                return self._fail(1, "chain", index, "the entry's bytes do not have the hash stored for them")
            leaf = self._chain.add(record.entry, record.statement)
        except chain.EntryPrevWrong as why:
            # This entry still has its stored hash, so it is the one before that was changed.
            return self._fail(1, "chain", index - 1, f"the entry after it names another hash: {why}")
        except LedgerError as why:
            return self._fail(1, "chain", index, str(why))
        try:
            said = self._judge.add(index, record.statement, record.bodies)
        except BodyRefused as why:
            return self._fail(3, "bodies", index, str(why))
        except LedgerError as why:
            return self._fail(2, "signatures", index, str(why))
        if missing := sorted(said.digests.keys() - record.bodies.keys()):
            return self._fail(3, "bodies", index, f"the body {missing[0]!r} is missing")
        self._frontier.append(leaf)
        self._last_leaf = leaf
        if self.size in self.keep:
            self.roots[self.size] = self.root
        return True

    def close(self, head: Head) -> None:
        """After the last record: the head must speak of exactly these."""
        self.roots[self.size] = self.root
        if self.bad:
            return
        if head.size != self.size:
            self._fail(
                1,
                "chain",
                min(self.size, head.size),
                f"{self.size} entries stored, the head counts {head.size}",
            )
        elif head.last_leaf != self._last_leaf or head.root != self.root:
            self._fail(1, "chain", max(self.size - 1, 0), "the head's hashes are not those of the entries")

    def _fail(self, number: int, name: str, index: int, reason: str) -> bool:
        self.bad[number] = Step(number, name, False, reason, index)
        return False


@dataclass(frozen=True)
class _Signed:
    trees: list[checkpoint.Checkpoint]
    unreadable: str | None


def _signed(ctx: Context, log: LogReader) -> _Signed:
    """Every checkpoint stored, or why one of them is not this log's."""
    trees = []
    for note in log.checkpoints():
        try:
            trees.append(checkpoint.open(note, ctx.publisher.verifier))
        except LedgerError as why:
            return _Signed(trees, f"a stored checkpoint does not verify: {why}")
    return _Signed(trees, None)


def _against(
    number: int, name: str, walk: _Walk, trees: list[checkpoint.Checkpoint], unreadable: str | None = None
) -> Step:
    """Compare recomputed roots with signed ones; the first bad entry lies after the last root that agrees."""
    if unreadable is not None:
        return Step(number, name, False, unreadable)
    agreed = 0
    for tree in sorted(trees, key=lambda one: one.size):
        if tree.size > walk.size:
            if walk.bad:
                continue  # the walk stopped before it, and has said why
            reason = f"{tree.size} entries were signed, {walk.size} are there: the tail is cut"
            return Step(number, name, False, reason, walk.size)
        if walk.roots[tree.size] != tree.root:
            reason = (
                f"entries {agreed} to {tree.size - 1} are not those that were signed: "
                f"root {walk.roots[tree.size].hex()}, signed {tree.root.hex()}"
            )
            return Step(number, name, False, reason, agreed)
        agreed = tree.size
    return Step(number, name, True)
