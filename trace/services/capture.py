"""EPCIS documents from elsewhere, captured: what is impossible in them is flagged, never turned away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from trace.domain.disclosure import public_event
from trace.domain.epcis import Event, parse_body
from trace.domain.model import Outcome
from trace.domain.refusals import Refusal
from trace.domain.roles import Act
from trace.interop.epcis import Document
from trace.ledger.records import make_body
from trace.services.context import JSON, Actor, Context, Done, Once
from trace.services.recording import append, hash_body, hash_of, key_of, once, refuse_future, require, say
from trace.store import queries
from trace.store.unit_of_work import Appended, UnitOfWork

Progress = Callable[[int, int], None]


@dataclass(eq=False)
class EventExists(Refusal):
    """The ledger holds this very event already, or another one under the same id."""

    code = "event_exists"
    event: str


@dataclass(frozen=True)
class Seen:
    """One problem that the rules saw in a captured event, at its place in the document (counted from 0)."""

    position: int
    event_id: str
    code: str
    params: dict[str, str]


@dataclass
class Part:
    """What came of some of a document's events; ``last`` is the newest entry made for the document, if any was."""

    key: Ed25519PrivateKey  # under which they are said; looked up once
    last: Appended | None = None
    known: int = 0
    seen: list[Seen] = field(default_factory=list)
    batches: dict[str, None] = field(default_factory=dict)
    refused: dict[int, Refusal] = field(default_factory=dict)

    def done(self, submission: Submission, last: Appended) -> Done:
        """The answer to whoever handed the document in."""
        result: dict[str, JSON] = {
            "document": submission.id,
            "events": len(submission.document.events),
            "known": self.known,
            "flags": [vars(one) for one in self.seen],
            "batches": list(self.batches),
        }
        return Done(last.index, last.time, None, result)


def import_document(
    ctx: Context,
    actor: Actor,
    document: Document,
    key: Once | None = None,
    progress: Progress = lambda done, total: None,
) -> Done:
    """Record a document and each of its events, in the order of their times, in one transaction.

    The record of the document holds all but its events; each event's record holds the event as it came, its
    context and its place in the document. Events that the ledger holds already are not recorded twice; a
    document captured before gives its first answer again. ``result``: document, events, known, flags, batches.
    Raises FutureTime for an event dated ahead of the ledger's clock.
    """
    require(actor, Act.IMPORT_DOCUMENT)
    submission = Submission(ctx, actor, document, ctx.new_uuid())
    submission.name(document.order)

    def work(uow: UnitOfWork) -> Done:
        first = submission.record(uow)
        part = Part(key_of(ctx, uow, actor.uri))
        submission.capture(uow, document.order, part, progress)
        for refusal in part.refused.values():
            raise refusal
        return part.done(submission, part.last or first)

    once_key = key or Once(f"document:{document.sha256}", document.sha256)
    return once(ctx, actor, once_key, work)


def capture_event(ctx: Context, actor: Actor, document: Document) -> Done:
    """Record one bare event. ``result``: event (as it came, with the id it now has), flags.

    Raises EventExists where the ledger holds it already, or another under its id; FutureTime, RoleForbids.
    """
    require(actor, Act.IMPORT_DOCUMENT)
    submission = Submission(ctx, actor, document, None)
    submission.name((0,))
    raw = document.events[0]

    def work(uow: UnitOfWork) -> Done:
        event, bodies = submission.read(0)
        if submission.knows(uow, event, 0) or (event.error is None and submission.has(uow, event.event_id)):
            raise EventExists(event=event.event_id)
        refuse_future(event.time, uow.now)
        appended = append(ctx, uow, kind="epcis.event/1", by=actor.uri, bodies=bodies)
        problems = (appended.outcome or Outcome()).problems
        flags = [vars(Seen(0, event.event_id, problem.code, problem.params())) for problem in problems]
        result = {"event": {"eventID": event.event_id, **raw}, "flags": flags}
        return Done(appended.index, appended.time, event.event_id, result)

    return once(ctx, actor, None, work)


class Submission:
    """A document on its way into the ledger under the id ``id``; a bare event alone has None."""

    def __init__(self, ctx: Context, actor: Actor, document: Document, id: str | None) -> None:
        self.document = document
        self.id = id
        self._ctx = ctx
        self.actor = actor
        self._hashes: dict[int, str | None] = {}

    def name(self, positions: Iterable[int]) -> None:
        """Compute the events' hashes: slow, and so done before the ledger's head is taken."""
        for position in positions:
            self._hashes[position] = hash_of(
                self.document.events[position], self.document.context_of(position)
            )

    def record(self, uow: UnitOfWork) -> Appended:
        """Record the document itself: all of it but its events."""
        document = self.document
        return say(
            self._ctx,
            uow,
            kind="epcis.document/1",
            by=self.actor.uri,
            compartments={
                "public": {"document": self.id, "events": len(document.events), "sha256": document.sha256},
                "full": {"header": document.rest},
            },
        )

    def capture(
        self,
        uow: UnitOfWork,
        positions: Sequence[int],
        part: Part,
        progress: Progress = lambda done, total: None,
    ) -> None:
        """Record these events, in this order, and note in ``part`` what came of each.

        What is refused leaves nothing: it is found before the event is appended.
        """
        for done, position in enumerate(positions):
            try:
                self._capture(uow, position, part)
            except Refusal as refusal:
                part.refused[position] = refusal
            progress(done + 1, len(positions))

    def _capture(self, uow: UnitOfWork, position: int, part: Part) -> None:
        event, bodies = self.read(position)
        if self.knows(uow, event, position):
            part.known += 1
            return
        refuse_future(event.time, uow.now)
        part.last = append(
            self._ctx, uow, kind="epcis.event/1", by=self.actor.uri, bodies=bodies, key=part.key
        )
        outcome = part.last.outcome or Outcome()
        part.batches.update(dict.fromkeys(batch.uri for batch in outcome.batches))
        part.seen += [
            Seen(position, event.event_id, problem.code, problem.params()) for problem in outcome.problems
        ]

    def read(self, position: int) -> tuple[Event, dict[str, bytes]]:
        """One event and the bodies of its record; the event is parsed back from what will be stored.

        An event that came without an id gets its CBV hash for one, so that it is known again wherever it turns
        up; where the hash is unknown, since nobody fetches contexts, the id is a new one. Raises Invalid.
        """
        ctx, raw = self._ctx, self.document.events[position]
        hash = self._hashes[position]
        common: dict[str, JSON] = {"context": self.document.context}
        if self.id is not None:
            common["document"] = self.id
        if "eventID" not in raw:
            common["eventID"] = hash or ctx.new_uuid()
        place = {} if self.id is None else {"position": position}
        full = make_body({"event": raw, **common, **place}, ctx.random(16))
        public = make_body({"event": public_event(raw), **common}, ctx.random(16))
        event = Event.of_body(parse_body(full))
        return event, {"full": full, "public": public, **hash_body(ctx, hash)}

    def knows(self, uow: UnitOfWork, event: Event, position: int) -> bool:
        """Whether the ledger holds this very event: one of the same CBV hash, however either is spelled.

        The hash leaves out the id: two events of the same content whose senders gave them different ids are two.
        It also leaves out the error declaration, which must be the same one of the same event.
        """
        raw = self.document.events[position]
        hash = self._hashes[position]
        connection, ledger = uow.connection, self._ctx.ledger
        if event.error is not None:
            said = (event.event_id, raw.get("errorDeclaration"))
            return hash is not None and said in queries.declarations(connection, ledger, hash, self._reader)
        if hash is not None and queries.known_as(connection, ledger, hash, event.event_id, self._reader):
            return True
        return self.has(uow, event.event_id) and _holds(connection, ledger, event, raw)

    def has(self, uow: UnitOfWork, event_id: str) -> bool:
        """Whether an event is recorded under this id that the submitter may read."""
        return queries.recorded(uow.connection, self._ctx.ledger, event_id, self._reader)

    @property
    def _reader(self) -> str | None:
        return None if self.actor.sees_all else self.actor.uri


def _holds(connection: Connection, ledger: str, event: Event, raw: dict[str, JSON]) -> bool:
    """Whether the ledger holds the event to the letter; older records, and some from elsewhere, have no hash."""
    found = queries.event(connection, ledger, event.event_id)
    return found is not None and found.raw == raw
