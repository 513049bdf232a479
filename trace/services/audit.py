"""The whole ledger verified: the chain, what was said, by whose key, and what the tables claim it says.

Steps, in order; the first that does not hold names the first bad index and why:
1 entries chain and statements hash; 2 signatures, under keys registered for their parties; 3 bodies hash to
their digests; 4 the tree's root is the one in the newest checkpoint, and in every one before; 5 the tree extends
the checkpoint that is remembered outside the database; 6 (``everything``) projections rebuilt aside equal the
live ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from trace.ledger import chain, checkpoint, merkle
from trace.ledger.verify import StatementJudge
from trace.services.checkpoints import extends
from trace.services.context import Context
from trace.store import rebuild
from trace.store.log import LogReader

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
        difference = rebuild.compare(
            ctx.sequencer.engine, ctx.ledger, lambda done, total: progress("projections", done, total)
        )
        if difference is not None:
            step = Step(6, "projections", False, str(difference), difference.index)
    else:
        step = Step(6, "projections", False, "not compared: the ledger itself does not hold")
    return Audit(audit.size, audit.root, (*audit.steps, step))


def _judge(
    ctx: Context, connection: Connection, known: list[checkpoint.Checkpoint], progress: Progress
) -> Audit:
    log = LogReader(connection, ctx.ledger)
    head = log.head()
    judge = StatementJudge(ctx.ledger)
    walk = chain.Chain()
    frontier = merkle.Frontier()
    roots: dict[int, bytes] = {0: frontier.root()}
    sizes = {cp.size for cp in (note_of(ctx, note) for note in log.checkpoints())} | {cp.size for cp in known}
    bad: dict[int, Step] = {}
    for record in log.stream(0):
        _judge_record(walk, judge, record, bad)
        if bad:
            break
        frontier.append(record.leaf)
        if walk.size in sizes:
            roots[walk.size] = frontier.root()
        if walk.size % 1000 == 0:
            progress("entries", walk.size, head.size)
    progress("entries", walk.size, head.size)
    roots[walk.size] = frontier.root()
    if not bad and walk.size != head.size:
        bad[1] = Step(1, "chain", False, f"the head counts {head.size} entries", walk.size)
    if not bad and frontier.root() != head.root:
        bad[1] = Step(1, "chain", False, "the head's root is not the entries' root", walk.size)
    steps = [bad.get(n, Step(n, name, True)) for n, name in ((1, "chain"), (2, "signatures"), (3, "bodies"))]
    steps.append(_judge_checkpoints(ctx, log, roots, walk.size, whole=not bad))
    steps.append(_judge_memory(log, known, checkpoint.Checkpoint(ctx.ledger, walk.size, frontier.root())))
    return Audit(walk.size, frontier.root().hex(), tuple(steps))
