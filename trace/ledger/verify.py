"""The verifier: numbered steps over a bundle or a receipt, with no server, no clock and nothing believed.

It is given bytes and gives a `Report`. What is not shown cannot be judged: a bundle proves that all it holds
stands in the ledger, said by those named; that nothing was left out is for a verification of the whole
ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from . import checkpoint, merkle, note, records
from .bundle import Bundle, ProvenItem, Receipt, parse_bundle, parse_receipt
from .chain import EntryIndexWrong, EntryPrevWrong, EntryStatementWrong, EntryTimeBackwards
from .errors import LedgerError
from .judge import PUBLIC, SignatureWrong, StatementJudge, key_data, mentions, parse_body
from .records import Entry, Statement
from .report import Report, Step, Steps

__all__ = ["Remembered", "Report", "StatementJudge", "Step", "verify_bundle", "verify_receipt"]

EVENT = "epcis.event/1"

BUNDLE_STEPS = (
    "step_form",
    "step_log_key",
    "step_checkpoint",
    "step_remembered",
    "step_entries",
    "step_inclusion",
    "step_statements",
    "step_bodies",
    "step_keys",
    "step_signatures",
    "step_batch",
)
RECEIPT_STEPS = (
    "step_form_receipt",
    "step_log_key",
    "step_checkpoint",
    "step_remembered",
    "step_entry",
    "step_inclusion",
    "step_statement",
    "step_bodies",
    "step_signature",
)


class LogKeyWrong(LedgerError):
    """The file names another log key than the one the reader trusts."""

    code = "log_key_wrong"


class LedgerNameWrong(LedgerError):
    """The bundle names another ledger than its checkpoint does."""

    code = "ledger_name_wrong"


class SignatureForeign(LedgerError):
    """A bundle's checkpoint carries a signature besides the log's, which nobody here can judge."""

    code = "signature_foreign"


class NotConsistent(LedgerError):
    """The checkpoint and the remembered one are not shown to be of one ledger that only grew."""

    code = "not_consistent"


class NotIncluded(LedgerError):
    """An entry is not in the tree that the checkpoint signs."""

    code = "not_included"


class BatchNotNamed(LedgerError):
    """No disclosed event of the bundle names the batch that it claims to be about."""

    code = "batch_not_named"


@dataclass(frozen=True, slots=True)
class Remembered:
    """A checkpoint kept from before (`note`), and the consistency `path` between it and the one in the file.

    The path goes from the smaller to the larger of the two (RFC 6962 section 2.1.2) and is empty for equal
    sizes.
    """

    note: str
    path: Sequence[bytes] = ()


def verify_bundle(data: bytes, *, vkey: str | None = None, remembered: Remembered | None = None) -> Report:
    """Judge a bundle in eleven steps. Never raises for what the bytes hold.

    `vkey` is the log key the reader trusts; without it the one in the bundle is used, and the report says so.
    Raises NoteKeyMalformed when `vkey` itself is no verifier key.
    """
    pinned = None if vkey is None else note.log_verifier(vkey)
    work = _BundleWork(data, pinned)
    steps = Steps(*BUNDLE_STEPS)
    steps.take(work.form)
    steps.take(work.log_key)
    steps.take(work.checkpoint)
    _take_remembered(steps, remembered, lambda kept: _compare(kept, work.head, work.log))
    for judge in (work.entries, work.inclusion, work.statements, work.bodies, work.keys, work.signatures):
        steps.take(judge)
    steps.take(work.batch)
    return steps.report(pinned=pinned is not None, facts=work.facts)


def verify_receipt(
    data: bytes, *, vkey: str, public_key: bytes | None = None, remembered: Remembered | None = None
) -> Report:
    """Judge a receipt in nine steps under the log key the reader trusts; the receipt itself names none.

    `public_key`, 32 raw bytes, is the key of the party that signed, where the reader knows it. Signatures of
    other keys on the checkpoint are ignored, as C2SP asks. Raises NoteKeyMalformed for `vkey`, WeakKey for
    `public_key`.
    """
    work = _ReceiptWork(data, note.log_verifier(vkey))
    steps = Steps(*RECEIPT_STEPS)
    steps.take(work.form)
    steps.take(work.log_key)
    steps.take(work.checkpoint)
    _take_remembered(steps, remembered, lambda kept: _compare(kept, work.head, work.log))
    for judge in (work.entry, work.inclusion, work.statement, work.bodies):
        steps.take(judge)
    if public_key is None:
        steps.skip("party_key_not_given")
    else:
        steps.take(partial(work.signature, public_key))
    return steps.report(pinned=True, facts=work.facts)


class _BundleWork:
    """The steps of a bundle; each relies on those before it having held."""

    log: note.Verifier
    head: checkpoint.Checkpoint
    _bundle: Bundle
    _judge: StatementJudge

    def __init__(self, data: bytes, pinned: note.Verifier | None) -> None:
        self._data = data
        self._pinned = pinned
        self._entries: list[Entry] = []
        self._said: list[Statement] = []
        self._public: list[bytes] = []

    def form(self) -> None:
        self._bundle = parse_bundle(self._data)

    def log_key(self) -> None:
        self.log = note.log_verifier(self._bundle.vkey)
        if self._pinned not in (None, self.log):
            raise LogKeyWrong(found=self._bundle.vkey)

    def checkpoint(self) -> None:
        self.head = checkpoint.open(self._bundle.checkpoint, self.log)
        lines = note.open_note(self._bundle.checkpoint, [self.log])
        if lines.unknown or len(lines.by) > 1:
            raise SignatureForeign(signatures=len(lines.unknown) + len(lines.by))
        if self._bundle.ledger != self.head.origin:
            raise LedgerNameWrong(found=self._bundle.ledger, expected=self.head.origin)

    def entries(self) -> None:
        self._entries = [Entry.parse(item.entry) for item in self._bundle.items]
        if not self._entries or self._entries[0].index != 0:
            raise EntryIndexWrong(index=0, found=self._entries[0].index if self._entries else "-")
        for before, after in pairwise(self._entries):
            if after.index <= before.index:
                raise EntryIndexWrong(index=before.index + 1, found=after.index)
            if after.index == before.index + 1 and after.prev != before.leaf.hex():
                raise EntryPrevWrong(index=after.index, expected=before.leaf.hex(), found=after.prev)
            if after.time < before.time:
                raise EntryTimeBackwards(index=after.index, before=before.time, found=after.time)

    def inclusion(self) -> None:
        for entry, item in self._pairs():
            _check_included(entry, item.path, self.head)

    def statements(self) -> None:
        self._judge = StatementJudge(self._bundle.ledger, self._bundle.vkey)
        for entry, item in self._pairs():
            _check_named(entry, item.statement)
            self._said.append(self._judge.parse(entry.index, item.statement))

    def bodies(self) -> None:
        for (entry, item), statement in zip(self._pairs(), self._said, strict=True):
            self._judge.check_bodies(entry.index, statement, item.bodies)
            for name, body in item.bodies.items():
                parse_body(entry.index, name, body)

    def keys(self) -> None:
        self._public = [
            self._judge.keys.admit(entry.index, statement, key_data(statement, item.bodies))
            for (entry, item), statement in zip(self._pairs(), self._said, strict=True)
        ]

    def signatures(self) -> None:
        for entry, statement, public_key in zip(self._entries, self._said, self._public, strict=True):
            self._judge.check_signature(entry.index, statement, public_key)

    def batch(self) -> None:
        batch = self._bundle.batch
        for (entry, item), statement in zip(self._pairs(), self._said, strict=True):
            body = item.bodies.get(PUBLIC) if statement.kind == EVENT else None
            if body is not None and mentions(parse_body(entry.index, PUBLIC, body).data, batch):
                return
        raise BatchNotNamed(batch=batch)

    def facts(self) -> list[tuple[str, dict[str, str]]]:
        first, last = self._entries[0], self._entries[-1]
        events = sum(statement.kind == EVENT for statement in self._said)
        return [
            ("fact_batch", {"batch": self._bundle.batch}),
            ("fact_ledger", {"ledger": self.head.origin, "size": str(self.head.size)}),
            ("fact_items", {"items": str(len(self._entries)), "events": str(events)}),
            ("fact_times", {"first": first.time, "last": last.time}),
            ("fact_key", {"key": self._bundle.vkey}),
        ]

    def _pairs(self) -> list[tuple[Entry, ProvenItem]]:
        return list(zip(self._entries, self._bundle.items, strict=True))


class _ReceiptWork:
    """The steps of a receipt; each relies on those before it having held."""

    head: checkpoint.Checkpoint
    _receipt: Receipt
    _entry: Entry
    _said: Statement

    def __init__(self, data: bytes, log: note.Verifier) -> None:
        self._data = data
        self.log = log

    def form(self) -> None:
        self._receipt = parse_receipt(self._data)

    def log_key(self) -> None:
        names = [line.name for line in note.parse_unverified(self._receipt.proof.note)[1]]
        if self.log.name not in names:
            raise LogKeyWrong(found=", ".join(names))

    def checkpoint(self) -> None:
        self.head = checkpoint.open(self._receipt.proof.note, self.log)

    def entry(self) -> None:
        self._entry = Entry.parse(self._receipt.entry)
        if self._entry.index != self._receipt.proof.index:
            raise EntryIndexWrong(index=self._receipt.proof.index, found=self._entry.index)

    def inclusion(self) -> None:
        _check_included(self._entry, self._receipt.proof.path, self.head)

    def statement(self) -> None:
        _check_named(self._entry, self._receipt.statement)
        self._said = StatementJudge(self.head.origin).parse(self._entry.index, self._receipt.statement)

    def bodies(self) -> None:
        StatementJudge.check_bodies(self._entry.index, self._said, self._receipt.bodies)
        for name, body in self._receipt.bodies.items():
            parse_body(self._entry.index, name, body)

    def signature(self, public_key: bytes) -> None:
        if records.key_id(public_key) != self._said.key:
            raise SignatureWrong(index=self._entry.index, key=self._said.key, party=self._said.by)
        StatementJudge.check_signature(self._entry.index, self._said, public_key)

    def facts(self) -> list[tuple[str, dict[str, str]]]:
        return [
            ("fact_entry", {"index": str(self._entry.index), "time": self._entry.time}),
            ("fact_statement", {"party": self._said.by, "kind": self._said.kind}),
            ("fact_ledger", {"ledger": self.head.origin, "size": str(self.head.size)}),
            ("fact_key", {"key": self.log.to_text()}),
        ]


def _take_remembered(steps: Steps, kept: Remembered | None, judge: Callable[[Remembered], None]) -> None:
    if kept is None:
        steps.skip("nothing_remembered")
    else:
        steps.take(partial(judge, kept))


def _compare(kept: Remembered, head: checkpoint.Checkpoint, log: note.Verifier) -> None:
    old, new = sorted((checkpoint.open(kept.note, log), head), key=lambda each: each.size)
    if not merkle.verify_consistency(old.size, new.size, old.root, new.root, kept.path):
        raise NotConsistent(old=old.size, new=new.size)


def _check_included(entry: Entry, path: Sequence[bytes], head: checkpoint.Checkpoint) -> None:
    if not merkle.verify_inclusion(entry.leaf, entry.index, head.size, head.root, path):
        raise NotIncluded(index=entry.index, size=head.size)


def _check_named(entry: Entry, statement: bytes) -> None:
    if records.digest(statement) != entry.statement:
        raise EntryStatementWrong(index=entry.index, expected=entry.statement)
