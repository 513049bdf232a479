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
from trace.ledger.records import Entry, format_time
from trace.services.context import Context
from trace.store import rebuild
from trace.store.log import NO_LEAF, TILE_HEIGHT, Head, LogReader, NotInLog, Record

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
    known = _Signed([] if remembered is None else [remembered], None)
    try:
        if (kept := ctx.publisher.remembered()) is not None:
            known.trees.append(kept)
    except LedgerError as why:
        known = _Signed(known.trees, f"the remembered checkpoint does not verify: {why}")
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


def _judge(ctx: Context, connection: Connection, known: _Signed, progress: Progress) -> Audit:
    log = LogReader(connection, ctx.ledger)
    head = _head(log)
    walk = _Walk(ctx, log, head)
    signed = _signed(ctx, log)
    walk.keep = {one.size for one in (*signed.trees, *known.trees)}
    for record in log.stream(0):
        if not walk.take(record):
            break
        if walk.size % 1000 == 0:
            progress("entries", walk.size, head.size)
    progress("entries", walk.size, head.size)
    walk.close()
    steps = [
        walk.bad.get(n, Step(n, name, True)) for n, name in enumerate(("chain", "signatures", "bodies"), 1)
    ]
    steps.append(_against(4, "checkpoints", walk, signed.trees, signed.unreadable))
    steps.append(_against(5, "remembered checkpoint", walk, known.trees, known.unreadable))
    return Audit(walk.size, walk.root.hex(), tuple(steps))


class _Broken(Exception):
    """The chain does not hold at ``index``."""

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(reason)
        self.index = index
        self.reason = reason


class _Walk:
    """One pass over the records, which stops at the first that does not hold and says under which step."""

    def __init__(self, ctx: Context, log: LogReader, head: Head) -> None:
        self._log = log
        self._head = head
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
        return self._frontier.size

    @property
    def root(self) -> bytes:
        """Merkle root over them."""
        return self._frontier.root()

    def take(self, record: Record) -> bool:
        """Judge the next record; False where it does not hold."""
        index = self.size
        try:
            leaf = self._entry(index, record)
            said = self._judge.add(index, record.statement, record.bodies)
        except _Broken as why:
            return self._fail(1, "chain", why.index, why.reason)
        except BodyRefused as why:
            return self._fail(3, "bodies", index, str(why))
        except LedgerError as why:
            return self._fail(2, "signatures", index, str(why))
        if record.filed != (said.hash, said.kind, said.by, said.key, said.id):
            return self._fail(1, "chain", index, "the columns beside the statement do not say what it says")
        if missing := sorted(said.digests.keys() - record.bodies.keys()):
            return self._fail(3, "bodies", index, f"the body {missing[0]!r} is missing")
        made = self._frontier.append(leaf)
        self._last_leaf = leaf
        if self.size in self.keep:
            self.roots[self.size] = self.root
        return self._subtrees(index, made)

    def _entry(self, index: int, record: Record) -> bytes:
        """The entry's leaf hash, once it stands in its place in the chain and names its statement."""
        if record.index != index:
            raise _Broken(index, f"the next entry stored is {record.index}: entries are missing")
        if merkle.leaf_hash(record.entry) != record.leaf:
            raise _Broken(index, "the entry's bytes do not have the hash stored for them")
        try:
            return self._chain.add(record.entry, record.statement)
        except chain.EntryPrevWrong as why:
            if self._names(index + 1, record.leaf):
                # The one after it stands by this entry, so it is the one before that was changed.
                raise _Broken(index - 1, f"the entry after it names another hash: {why}") from why
            raise _Broken(index, str(why)) from why
        except LedgerError as why:
            raise _Broken(index, str(why)) from why

    def _names(self, index: int, leaf: bytes) -> bool:
        """Whether what follows, an entry or at the end the head, names this hash as the one before it."""
        try:
            return Entry.parse(self._log.entry(index)).prev == leaf.hex()
        except NotInLog:
            return self._head.last_leaf == leaf
        except LedgerError:
            return False

    def _subtrees(self, index: int, made: list[tuple[int, int, bytes]]) -> bool:
        """Compare the hashes kept for proofs and tiles, where this entry has completed one."""
        for level, place, expected in made[TILE_HEIGHT::TILE_HEIGHT]:
            try:
                right = self._log.hashes(level, place) == expected
            except NotInLog:
                right = False
            if not right:
                return self._fail(
                    1, "chain", index, f"the hash kept for subtree {level}/{place} is not its hash"
                )
        return True

    def close(self) -> None:
        """After the last record: the head must speak of exactly these."""
        self.roots[self.size] = self.root
        head, last = self._head, max(self.size - 1, 0)
        time = None if head.last_time is None else format_time(head.last_time)
        if self.bad:
            return
        if not self.size and not head.size:
            self._fail(1, "chain", 0, "there is no entry 0: the ledger was never opened, or was emptied")
        elif head.size != self.size:
            reason = f"{self.size} entries stored, the head counts {head.size}"
            self._fail(1, "chain", min(self.size, head.size), reason)
        elif (head.last_leaf, head.root, time) != (self._last_leaf, self.root, self._chain.time):
            self._fail(1, "chain", last, "the head's hashes or time are not those of the entries")

    def _fail(self, number: int, name: str, index: int, reason: str) -> bool:
        self.bad[number] = Step(number, name, False, reason, index)
        return False


@dataclass(frozen=True)
class _Signed:
    trees: list[checkpoint.Checkpoint]
    unreadable: str | None


def _head(log: LogReader) -> Head:
    """The stored head; an empty one where it cannot be read, which then does not fit the entries."""
    try:
        return log.head()
    except LedgerError:
        return Head()


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
