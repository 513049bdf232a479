"""What one job sees while it has its turn: the state, the ledger's time, and the one way to append.

Jobs run one after another inside a group, which is one transaction (see ``sequencer``). Ledger rows wait in
memory and are inserted together at the group's end, or as soon as a job touches the connection, so that no
query ever misses what was appended before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, bindparam, insert, select, update

from trace.domain.model import Outcome
from trace.domain.refusals import Duplicate, IdempotencyConflict, Invalid
from trace.ledger.records import Entry, Statement, digest, format_time
from trace.store.book import StoreBook
from trace.store.engine import Direct
from trace.store.log import TILE_HEIGHT, Head, lock_head
from trace.store.tables import bodies, entries, heads, requests, statements, subtrees


class WrongStatement(ValueError):
    """A statement was handed over that names another ledger, or bodies that are not the ones it names."""


@dataclass(frozen=True)
class Appended:
    """Where a statement stands now: ``time`` as the entry spells it, ``outcome`` as the projector saw it."""

    index: int
    time: str
    entry: Entry
    outcome: Outcome | None


class Projector(Protocol):
    """Follows every entry: brings the projections to the state after it, from what is handed over alone."""

    def follow(
        self,
        book: StoreBook,
        index: int,
        time: str,
        statement: Statement,
        bodies: Mapping[str, bytes],
        outcome: Outcome | None = None,
    ) -> Outcome | None:
        """Write what the statement changes through ``book.connection``; give back the outcome, where there
        is one.

        ``outcome`` is one already interpreted in this transaction; without it the projector interprets by
        itself.
        """


@dataclass
class _Rows:
    """Ledger rows that are not in the database yet, in their columns' order, and the ids among them."""

    entries: list[tuple[object, ...]] = field(default_factory=list)
    statements: list[tuple[object, ...]] = field(default_factory=list)
    bodies: list[tuple[object, ...]] = field(default_factory=list)
    subtrees: list[tuple[object, ...]] = field(default_factory=list)
    answers: dict[str, tuple[str, str]] = field(default_factory=dict)  # by key: digest, response
    said: set[tuple[str, str]] = field(default_factory=set)  # by_party, sid

    def add(
        self,
        ledger: str,
        entry: Entry,
        statement: Statement,
        bodies: Mapping[str, bytes],
        made: list[tuple[int, int, bytes]],
    ) -> None:
        index = entry.index
        said = statement
        self.entries.append((ledger, index, entry.encoded, entry.leaf))
        self.statements.append(
            (ledger, index, said.hash, said.kind, said.by, said.key, said.id, said.encoded)
        )
        self.bodies += [(ledger, index, name, body) for name, body in bodies.items()]
        for height, place, hash in made[TILE_HEIGHT::TILE_HEIGHT]:
            self.subtrees.append((ledger, height // TILE_HEIGHT, place, hash))
        self.said.add((said.by, said.id))

    def insert(self, connection: Connection, ledger: str) -> None:
        answers = [(ledger, key, *answer) for key, answer in self.answers.items()]
        for insert_each, rows in (
            (_INSERT_ENTRIES, self.entries),
            (_INSERT_STATEMENTS, self.statements),
            (_INSERT_BODIES, self.bodies),
            (_INSERT_SUBTREES, self.subtrees),
            (_INSERT_REQUESTS, answers),
        ):
            if rows:
                insert_each.each(connection, rows)

    def absorb(self, later: _Rows) -> None:
        self.entries += later.entries
        self.statements += later.statements
        self.bodies += later.bodies
        self.subtrees += later.subtrees
        self.answers |= later.answers
        self.said |= later.said


class Group:
    """One transaction that holds the ledger's head, and what the jobs in it have appended so far."""

    def __init__(self, connection: Connection, ledger: str, projector: Projector | None) -> None:
        self.connection = connection
        self.ledger = ledger
        self.projector = projector
        self.head = lock_head(connection, ledger)
        self.rows = _Rows()
        self._size_before = self.head.size
        self._spelled: tuple[datetime | None, str] = (None, "")

    def spell(self, moment: datetime) -> str:
        """The moment as entries write it; jobs of one millisecond share the work."""
        if self._spelled[0] != moment:
            self._spelled = (moment, format_time(moment))
        return self._spelled[1]

    def flush(self) -> None:
        """Insert what waits in memory and write the head; the caller commits."""
        self.rows.insert(self.connection, self.ledger)
        if self.head.size != self._size_before:
            self.connection.execute(
                _UPDATE_HEAD,
                {
                    "of": self.ledger,
                    "size": self.head.size,
                    "last_leaf": self.head.last_leaf,
                    "last_time": self.head.last_time,
                    "frontier": self.head.frontier.to_bytes(),
                },
            )


class UnitOfWork:
    """One job's part of a group. It is good until the job returns; the job must not commit or roll back."""

    def __init__(self, group: Group, now: datetime) -> None:
        last = group.head.last_time
        cut = now.replace(microsecond=now.microsecond // 1000 * 1000)
        self.now = cut if last is None or cut > last else last
        """The ledger's time of all that this job appends: UTC, whole milliseconds, never decreasing."""
        self._group = group
        self._head = group.head
        self._rows = _Rows()
        self._before: _Rows | None = group.rows  # None once this job has put them into the database
        self._asked: set[str] = set()
        self._savepoint = False

    # -- for the job -----------------------------------------------------------------------------------------

    @property
    def ledger(self) -> str:
        """The origin of the ledger."""
        return self._group.ledger

    @property
    def size(self) -> int:
        """How many entries the ledger has now, those of this job among them."""
        return self._head.size

    @property
    def connection(self) -> Connection:
        """The group's connection; all that was appended before is visible in it."""
        self._open_savepoint()
        if self._before is not None:
            self._before.insert(self._group.connection, self.ledger)
            self._before = None
        self._rows.insert(self._group.connection, self.ledger)
        self._rows = _Rows()
        return self._group.connection

    @property
    def book(self) -> StoreBook:
        """The state that the rules ask, as it stands after everything appended before."""
        self._open_savepoint()
        return StoreBook(self._group.connection, self._group.ledger)

    def append(
        self, statement: Statement, bodies: Mapping[str, bytes], outcome: Outcome | None = None
    ) -> Appended:
        """Give a signed statement its place in the ledger, keep its bodies, and let the projector follow.

        ``bodies`` may leave out compartments that are kept elsewhere. The signature is the caller's to
        check. Raises Duplicate where the party said something under this id before, WrongStatement where
        the statement is not of this ledger or a body is not the one it names.
        """
        self._check(statement, bodies)
        head = self._head
        time = self._group.spell(self.now)
        entry = Entry.create(index=head.size, prev=head.last_leaf.hex(), time=time, statement=statement.hash)
        frontier = head.frontier.copy()
        made = frontier.append(entry.leaf)
        self._head = Head(head.size + 1, entry.leaf, self.now, frontier)
        self._rows.add(self._group.ledger, entry, statement, bodies, made)
        if self._group.projector is not None:
            outcome = self._group.projector.follow(self.book, entry.index, time, statement, bodies, outcome)
        return Appended(entry.index, time, entry, outcome)

    def replay(self, key: str, digest: str) -> str | None:
        """The answer remembered under an idempotency key, or None where the key is new.

        Raises IdempotencyConflict where the key came with a request of another digest (SHA-256, hex).
        """
        if not key.isprintable():
            raise Invalid(field="idempotency_key", value=key, expected="printable characters")
        self._asked.add(key)
        waiting = (rows.answers[key] for rows in self._waiting if key in rows.answers)
        found = next(waiting, None) or _REQUEST.first(self._group.connection, self.ledger, key)
        if found is None:
            return None
        known, response = found
        if known != digest:
            raise IdempotencyConflict(key=key)
        return str(response)

    def remember(self, key: str, digest: str, response: str) -> None:
        """Keep the answer to a request that ``replay`` did not know; it stands or falls with this job."""
        if key not in self._asked:
            raise ValueError("remember() without replay(): the key may be another request's")
        self._rows.answers[key] = (digest, response)

    # -- for the sequencer -----------------------------------------------------------------------------------

    def keep(self) -> None:
        """The job is done: its rows and its head become the group's."""
        if self._savepoint:
            self._group.connection.exec_driver_sql("RELEASE SAVEPOINT job")
        if self._before is None:
            self._group.rows = self._rows
        else:
            self._before.absorb(self._rows)
        self._group.head = self._head

    @property
    def undoable(self) -> bool:
        """Whether ``undo`` can tell the job's own failed query from the loss of the whole transaction."""
        return self._savepoint

    def undo(self) -> None:
        """The job was refused: nothing of it stays, and the group goes on as if it had not been."""
        if self._savepoint:
            self._group.connection.exec_driver_sql("ROLLBACK TO SAVEPOINT job")
            self._group.connection.exec_driver_sql("RELEASE SAVEPOINT job")

    # -- inside ----------------------------------------------------------------------------------------------

    @property
    def _waiting(self) -> tuple[_Rows, ...]:
        return (self._rows,) if self._before is None else (self._rows, self._before)

    def _open_savepoint(self) -> None:
        # A job that never comes here has written nothing, so refusing it needs no rollback: its rows are
        # dropped.
        if not self._savepoint:
            self._group.connection.exec_driver_sql("SAVEPOINT job")
            self._savepoint = True

    def _check(self, statement: Statement, bodies: Mapping[str, bytes]) -> None:
        if statement.ledger != self.ledger:
            raise WrongStatement(f"the statement is of {statement.ledger}, this is {self.ledger}")
        for compartment, body in bodies.items():
            if statement.digests.get(compartment) != digest(body):
                raise WrongStatement(f"the {compartment} body is not the one that the statement names")
        said = (statement.by, statement.id)
        if any(said in rows.said for rows in self._waiting) or _SAID.first(
            self._group.connection, self.ledger, *said
        ):
            raise Duplicate(what="statement", value=statement.id)


_INSERT_ENTRIES = Direct(insert(entries))
_INSERT_STATEMENTS = Direct(insert(statements))
_INSERT_BODIES = Direct(insert(bodies))
_INSERT_SUBTREES = Direct(insert(subtrees))
_INSERT_REQUESTS = Direct(insert(requests))
_UPDATE_HEAD = (
    update(heads)
    .where(heads.c.ledger == bindparam("of"))
    .values({name: bindparam(name) for name in ("size", "last_leaf", "last_time", "frontier")})
)
_REQUEST = Direct(
    select(requests.c.digest, requests.c.response).where(
        requests.c.ledger == bindparam("ledger"), requests.c.key == bindparam("key")
    )
)
_SAID = Direct(
    select(statements.c["index"]).where(
        statements.c.ledger == bindparam("ledger"),
        statements.c.by_party == bindparam("by_party"),
        statements.c.sid == bindparam("sid"),
    )
)
