"""A business's ledger, brought as a spreadsheet: every line becomes an act like any other, all of them or none.

A line that was imported before is recognised by what it says, wherever it stands and however it is spelled, and is
not recorded twice; two lines that say the same are two acts, and stay two. A dry run does everything, the rules
included, and then takes it back: what it says is what would happen.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from trace.domain.commands import Receive, Register, Ship
from trace.domain.refusals import FutureTime, Refusal
from trace.domain.units import plain
from trace.identifiers import InvalidIdentifier
from trace.interop import spreadsheet
from trace.interop.ledger_headings import DAY_OF, LedgerKind
from trace.interop.ledger_rows import Finding, LedgerFile, Line, read_ledger
from trace.ledger.records import format_time
from trace.services import acts
from trace.services.context import Actor, Context, Done, Once
from trace.services.importing.desk import Desk, Planned, column_of
from trace.services.importing.plans import plan
from trace.services.importing.report import MOST_FINDINGS, Entered, ImportRefused, Known, Report
from trace.services.importing.template import template
from trace.services.importing.words import FINDINGS, worded
from trace.services.recording import once
from trace.store import queries
from trace.store.unit_of_work import UnitOfWork

__all__ = [
    "FINDINGS",
    "MOST_FINDINGS",
    "Entered",
    "ImportRefused",
    "Known",
    "LedgerKind",
    "Report",
    "import_ledger",
    "template",
    "try_ledger",
    "worded",
]

Progress = Callable[[int, int], None]


class _TakenBack(Exception):
    """Ends a dry run, so that the sequencer takes back what it did."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


def try_ledger(
    ctx: Context,
    actor: Actor,
    data: bytes,
    kind: LedgerKind,
    progress: Progress = lambda done, total: None,
) -> Report:
    """What importing a file would do; nothing is recorded. Raises what reading the file raises."""
    run = _Run(ctx, actor, data, kind, progress)

    def work(uow: UnitOfWork) -> Done:
        ctx.publisher.require_extension(uow.size)
        report, _ = run.through(uow, dry=True)
        raise _TakenBack(report.taken_back())

    try:
        ctx.sequencer.submit(work)
    except _TakenBack as done:
        return done.report
    raise AssertionError("a dry run always takes itself back")


def import_ledger(
    ctx: Context,
    actor: Actor,
    data: bytes,
    kind: LedgerKind,
    key: Once | None = None,
    progress: Progress = lambda done, total: None,
) -> Done:
    """Record a file's lines, all in one transaction. ``result`` is the report; the entry is the last one.

    The same file sent again gets its first answer, unless it comes with a key of its own: then its lines are
    recognised one by one, and those that were declared wrong since are recorded anew. Raises ImportRefused with
    the report where any line is wrong, and what reading the file raises.
    """
    run = _Run(ctx, actor, data, kind, progress)

    def work(uow: UnitOfWork) -> Done:
        report, last = run.through(uow, dry=False)
        if report.errors or last is None:
            raise ImportRefused(count=len(report.errors), report=report.taken_back())
        return replace(last, event_id=None, result=report.to_json(), replayed=False)

    return once(ctx, actor, key or Once(f"import:{kind}:{run.sha256}", run.sha256), work)


class _Run:
    """One file: read once, then run through a unit of work."""

    def __init__(self, ctx: Context, actor: Actor, data: bytes, kind: LedgerKind, progress: Progress) -> None:
        self._ctx = ctx
        self._actor = actor
        self._progress = progress
        self.sha256 = hashlib.sha256(data).hexdigest()
        self._file: LedgerFile = read_ledger(spreadsheet.read(data), kind)

    def through(self, uow: UnitOfWork, *, dry: bool) -> tuple[Report, Done | None]:
        """Do all that the lines stand for; the report, and what was done last (None: nothing, not even before)."""
        file = self._file
        desk = Desk(self._ctx, uow, self._actor, file)
        keys = _Keys(desk)
        known = [before for line in file.lines if (before := keys.known(line)) is not None]
        done_before = {before.row for before, _ in known}
        last = known[-1][1] if known else None
        entered: list[Entered] = []
        fresh = [line for line in file.lines if line.row not in done_before]
        planned = plan(
            desk, [line for line in fresh if self._is_own(desk, line) and self._is_whole(desk, line)]
        )
        for number, one in enumerate(planned, 1):
            done = self._do(desk, one)
            if done is not None:
                for line in one.lines:
                    keys.remember(line, done)
                entered.append(_entered(one, done))
                last = done
            self._progress(number, len(planned))
        errors = [*file.errors, *desk.errors]
        if last is None and not errors:
            errors.append(Finding("import_nothing"))
        report = Report(
            kind=str(file.kind),
            sha256=self.sha256,
            sheet=file.sheet,
            dry_run=dry,
            rows=file.count,
            entered=tuple(entered),
            known=tuple(before for before, _ in known),
            errors=tuple(sorted(errors, key=lambda one: (one.row, len(one.cell), one.cell))),
            repairs=file.repairs,
            notices=(*file.notices, *desk.notices),
        )
        return report, last

    def _is_own(self, desk: Desk, line: Line) -> bool:
        """Whether the line stands in the actor's own ledger, as far as it says whose it is."""
        party = self._actor.party.name
        if line.keeper in ("", party):
            return True
        desk.refuse(line, "import_other_keeper", "keeper", {"keeper": line.keeper, "party": party})
        return False

    def _is_whole(self, desk: Desk, line: Line) -> bool:
        """Goods come from somebody; only a line that the ledger wrote itself may leave it open, and is known then."""
        if self._file.kind is not LedgerKind.GOODS_IN or line.who is not None:
            return True
        desk.refuse(line, "import_required", "supplier_name", {})
        return False

    def _do(self, desk: Desk, planned: Planned) -> Done | None:
        """Run one act; None where it is refused, which is noted."""
        command, uow = planned.command, desk.uow
        try:
            if isinstance(command, Register):
                return acts.register(self._ctx, uow, self._actor, command)
            if isinstance(command, Receive):
                return acts.receive(self._ctx, uow, self._actor, command)
            if isinstance(command, Ship):
                return acts.ship(self._ctx, uow, self._actor, command)
            return acts.take_out(self._ctx, uow, self._actor, command)
        except (Refusal, InvalidIdentifier) as refused:
            line = _line_of(planned, refused)
            desk.refuse(line, refused.code, self._column(line, refused), refused.params())
            return None

    def _column(self, line: Line, refused: Refusal | InvalidIdentifier) -> str:
        day = DAY_OF[self._file.kind]
        if isinstance(refused, FutureTime):
            made = line.produced is not None and refused.time == line.produced.isoformat()
            return "produced" if made and "produced" in line.cells else day
        if refused.code == "dates_reversed":
            return next((key for key in ("expires", day) if key in line.cells), day)
        return column_of(refused)


def _line_of(planned: Planned, refused: Refusal | InvalidIdentifier) -> Line:
    """Of the lines of one act, that of the batch that is at fault."""
    return planned.by_batch.get(refused.params().get("batch", ""), planned.lines[0])


def _entered(planned: Planned, done: Done) -> Entered:
    return Entered(
        rows=tuple(line.row for line in planned.lines),
        verb=planned.verb,
        goods=planned.goods,
        quantity=tuple(f"{plain(line.quantity)} {line.unit}" for line in planned.lines),
        who=planned.who,
        batches=tuple(batch["code"] for batch in done.result.get("batches", ())),
        index=done.index,
        event_id=done.event_id,
    )


class _Keys:
    """Which lines the ledger holds already: by what they say, or by the record that they were exported from."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._uow = desk.uow
        self._actor = desk.actor
        self._seen: Counter[str] = Counter()
        self._keys: dict[int, tuple[str, str]] = {}

    def known(self, line: Line) -> tuple[Known, Done] | None:
        """The record of a line that was recorded before and still counts."""
        done = self._exported(line) or self._imported(line)
        return None if done is None else (Known(line.row, done.index, done.event_id), done)

    def remember(self, line: Line, done: Done) -> None:
        """Know this line again."""
        self._uow.remember(*self._keys[line.row], done.to_json())

    def _exported(self, line: Line) -> Done | None:
        if not line.record:
            return None
        recorded = self._uow.book.recorded(line.record)
        if recorded is None or recorded.by != self._actor.uri or recorded.corrected:
            return None
        found = queries.event(self._uow.connection, self._desk.ctx.ledger, line.record)
        return None if found is None else Done(found.index, format_time(found.recorded), found.event_id, {})

    def _imported(self, line: Line) -> Done | None:
        digest = line.digest()
        self._seen[digest] += 1
        scope = f"{self._actor.party.id}:import:{self._desk.file.kind}:{digest}:{self._seen[digest]}"
        generation = 0
        while (answer := self._uow.replay(f"{scope}:{generation}", digest)) is not None:
            done = Done.from_json(answer)
            recorded = self._uow.book.recorded(done.event_id or "")
            if recorded is None or not recorded.corrected:
                return done
            generation += 1  # what it became was declared wrong since, so it may be said again
        self._keys[line.row] = (f"{scope}:{generation}", digest)
        return None
