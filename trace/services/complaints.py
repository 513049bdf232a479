"""Complaints: anybody who holds a code may report a problem; who made or had the goods, and inspectors, answer.

Who sees what of a complaint:

- whoever holds its number (50 random bits): its kind, when it was filed, its state, and the answers;
- who made the batch or ever had it in hand: the words and the photo too, and may answer;
- the operator: the same, without answering;
- inspectors: all that, and how to reach who complained. Nobody else is shown that.

Nothing of what somebody wrote is ``public`` in the ledger: only that there is a complaint about a batch. Answers are.
What fills the ledger is bounded: so many a day about one batch, and so many from one network before each further one
has to wait (``services.throttle``). Looking at a complaint by its number needs no account.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from trace.domain.model import Role
from trace.domain.refusals import Invalid, Refusal, RightsForbid, RoleForbids, UnknownBatch
from trace.identifiers import InvalidIdentifier, ShortCode
from trace.services import parties, photos, throttle
from trace.services.context import Actor, Context, Done, Once, Rights
from trace.services.recording import entered_by, once, say
from trace.store import queries
from trace.store.queries import complaints as found
from trace.store.queries.complaints import AnswerRow, ComplaintRow
from trace.store.queries.results import BatchInfo
from trace.store.unit_of_work import UnitOfWork

LONGEST_TEXT = 1000
"""Characters of a complaint's words, and of an answer."""
LONGEST_CONTACT = 100
MOST_A_DAY = 20
"""Complaints about one batch in 24 hours; the goods' maker knows of them by then."""
FREE_FROM_ONE_PLACE = 10
"""Complaints from one network in a day that do not have to wait; after them each waits twice as long."""
PAGE = 50


class Kind(StrEnum):
    """What is wrong."""

    SPOILT = "spoilt"
    FOREIGN = "foreign"  # something in it that does not belong there
    LABEL = "label"
    PRICE = "price"  # price or weight
    FAKE = "fake"
    OTHER = "other"


class State(StrEnum):
    """How far a complaint has come."""

    FILED = "filed"
    ANSWERED = "answered"
    CLOSED = "closed"


@dataclass(eq=False)
class UnknownComplaint(Refusal):
    """There is no complaint under this number, or none that is this party's to see; which of the two is not said."""

    code = "unknown_complaint"
    number: str


@dataclass(eq=False)
class ComplaintsEnough(Refusal):
    """So many complaints about this batch came within a day that no more are taken before tomorrow."""

    code = "complaints_enough"
    batch: str
    most: int = MOST_A_DAY


@dataclass(eq=False)
class ComplaintsTooFast(Refusal):
    """Many complaints came from the same network; the next one is taken in so many ``seconds``."""

    code = "complaints_too_fast"
    seconds: int


@dataclass(eq=False)
class ComplaintClosed(Refusal):
    """A business closed it: only an inspector may take it up again."""

    code = "complaint_closed"
    number: str


@dataclass(frozen=True)
class Report:
    """What somebody says about goods; ``batch`` as a code or URI. ``photo`` is a file as it came."""

    batch: str
    kind: Kind
    text: str = ""
    serial: str | None = None
    photo: bytes | None = None
    contact: str | None = None


@dataclass(frozen=True)
class Complaint:
    """A complaint as somebody may see it; what is not his to see is None."""

    number: str
    index: int
    batch: BatchInfo
    kind: Kind
    serial: str | None
    state: State
    filed: datetime
    answers: tuple[AnswerRow, ...]
    text: str | None = None
    photos: tuple[str, ...] = ()
    contact: str | None = None


# -- saying ------------------------------------------------------------------------------------------------------


def file(ctx: Context, report: Report, key: Once | None = None, *, address: str = "") -> Done:
    """Record a complaint under a new number, which ``result`` holds. ``address`` is where it comes from, an IP address.

    The operator's key signs: who complains has none. Raises Invalid, UnknownBatch, ComplaintsTooFast,
    ComplaintsEnough, PhotoTooLarge, PhotoUnreadable.
    """
    text = _line(report.text, "text", LONGEST_TEXT)
    contact = _line(report.contact or "", "contact", LONGEST_CONTACT)
    if not text and report.photo is None and report.kind is Kind.OTHER:
        raise Invalid(field="text", value="", expected="words or a photo")
    if wait := throttle.charge(ctx, [throttle.Bucket(f"complaint {network(address)}", FREE_FROM_ONE_PLACE)]):
        raise ComplaintsTooFast(seconds=wait)
    photo = photos.prepare(report.photo) if report.photo is not None else None

    def work(uow: UnitOfWork) -> Done:
        batch = queries.find_batch(uow.connection, ctx.ledger, report.batch)
        if batch is None:
            raise UnknownBatch(batch=report.batch)
        since = uow.now - timedelta(days=1)
        if found.count_since(uow.connection, ctx.ledger, batch.uri, since) >= MOST_A_DAY:
            raise ComplaintsEnough(batch=batch.uri)
        number = ShortCode.generate(ctx.random).value
        if photo is not None:
            photos.enter(ctx, uow, photo)
        full = {
            "number": number,
            "batch": batch.uri,
            "kind": str(report.kind),
            "text": text,
            "photos": [photo.sha256] if photo else [],
            **({"serial": report.serial[:80]} if report.serial else {}),
        }
        compartments = {"public": {"batch": batch.uri}, "full": full}
        if contact:
            compartments["people"] = {"contact": contact}
        said = say(ctx, uow, kind="complaint.filed/1", by=ctx.operator, compartments=compartments)
        return Done(said.index, said.time, None, {"number": number, "batch": batch.uri})

    scoped = Once(f"complaint:{key.key}", key.digest) if key else None
    return once(ctx, parties.operator(ctx), scoped, work)


def answer(
    ctx: Context, actor: Actor, number: str, text: str, closes: bool = False, key: Once | None = None
) -> Done:
    """Answer a complaint, in words that become public. ``closes``: it is settled.

    A business that made or had the goods, or an inspector; what was closed only an inspector takes up again. Raises
    Invalid, UnknownComplaint, ComplaintClosed, RoleForbids, RightsForbid.
    """
    if actor.user is not None and actor.user.rights is Rights.READER:
        raise RightsForbid(user=actor.user.name, rights=str(actor.user.rights))
    if actor.party.role is Role.OPERATOR:
        raise RoleForbids(party=actor.party.name, role=str(actor.party.role), act="answer")
    words = _line(text, "text", LONGEST_TEXT)
    if not words:
        raise Invalid(field="text", value="", expected=f"1 to {LONGEST_TEXT} characters")

    def work(uow: UnitOfWork) -> Done:
        row = _visible(uow.connection, ctx.ledger, actor, number)
        if row.state == State.CLOSED and actor.party.role is not Role.INSPECTOR:
            raise ComplaintClosed(number=row.number)
        body = {"complaint": row.index, "answer": words, "party": actor.uri, "closes": closes}
        shown = {"public": {**body, **entered_by(actor)}}
        said = say(ctx, uow, kind="complaint.answered/1", by=actor.uri, compartments=shown)
        return Done(said.index, said.time, None, {"number": row.number})

    return once(ctx, actor, key, work)


# -- seeing ------------------------------------------------------------------------------------------------------


def follow(ctx: Context, number: str) -> Complaint:
    """What whoever holds the number may see, however he types it. Raises UnknownComplaint."""

    def read(connection: Connection) -> Complaint:
        row = _by_number(connection, ctx.ledger, number)
        return _shown(connection, ctx.ledger, [row], None)[0]

    return ctx.sequencer.read(read)


def find(ctx: Context, actor: Actor, number: str) -> Complaint:
    """A complaint with all that is the actor's to see. Raises UnknownComplaint."""

    def read(connection: Connection) -> Complaint:
        row = _visible(connection, ctx.ledger, actor, number)
        return _shown(connection, ctx.ledger, [row], actor)[0]

    return ctx.sequencer.read(read)


def list_for(
    ctx: Context, actor: Actor, *, open_only: bool = False, before: int | None = None
) -> tuple[Complaint, ...]:
    """The newest complaints that are the actor's to see, at most PAGE; ``before`` an entry for the next ones."""

    def read(connection: Connection) -> tuple[Complaint, ...]:
        whose = None if actor.sees_all else actor.uri
        rows = found.complaints_of(
            connection, ctx.ledger, whose, open_only=open_only, before=before, limit=PAGE
        )
        return _shown(connection, ctx.ledger, rows, actor)

    return ctx.sequencer.read(read)


def open_count(ctx: Context, actor: Actor) -> int:
    """How many complaints that are the actor's to see nobody has closed."""
    whose = None if actor.sees_all else actor.uri
    return ctx.sequencer.read(lambda connection: found.count_open(connection, ctx.ledger, whose))


def photo(ctx: Context, actor: Actor, sha256: str, index: int) -> bytes | None:
    """A photo that an entry names, as a JPEG, where the actor may see that entry whole; else None.

    The entry is a complaint that is his to see, or an event that he takes part in.
    """

    def read(connection: Connection) -> bool:
        told = dict(queries.bodies_of(connection, ctx.ledger, [index], "full")).get(index)
        if told is None or json.dumps(sha256).encode() not in told:
            return False
        row = found.complaint_at(connection, ctx.ledger, index)
        if row is not None:
            return _sees(connection, ctx.ledger, actor, row)
        return actor.sees_all or queries.takes_part(connection, ctx.ledger, actor.uri, [index])

    return photos.load(ctx, sha256) if ctx.sequencer.read(read) else None


def network(address: str) -> str:
    """The network of an address, under which complaints are counted: IPv4 /24, IPv6 /48; nothing finer is kept."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    mapped = getattr(parsed, "ipv4_mapped", None) or parsed
    return str(ipaddress.ip_network(f"{mapped}/{24 if mapped.version == 4 else 48}", strict=False))


def _sees(connection: Connection, ledger: str, actor: Actor, row: ComplaintRow) -> bool:
    return actor.sees_all or found.concerns(connection, ledger, actor.uri, row.batch)


def _visible(connection: Connection, ledger: str, actor: Actor, number: str) -> ComplaintRow:
    row = _by_number(connection, ledger, number)
    if not _sees(connection, ledger, actor, row):
        raise UnknownComplaint(number=number[:40])
    return row


def _by_number(connection: Connection, ledger: str, number: str) -> ComplaintRow:
    try:
        wanted = ShortCode.parse(number.strip()).value
    except InvalidIdentifier:
        raise UnknownComplaint(number=number[:40]) from None
    row = found.complaint(connection, ledger, wanted)
    if row is None:
        raise UnknownComplaint(number=number[:40])
    return row


def _shown(
    connection: Connection, ledger: str, rows: Sequence[ComplaintRow], actor: Actor | None
) -> tuple[Complaint, ...]:
    """Each row with its words and photo for an actor, and with the contact for an inspector."""
    infos = queries.batch_infos(connection, ledger, {row.batch for row in rows})
    indices = [row.index for row in rows]
    inspects = actor is not None and actor.party.role is Role.INSPECTOR
    told = _bodies(connection, ledger, indices, "full") if actor is not None else {}
    people = _bodies(connection, ledger, indices, "people") if inspects else {}
    return tuple(
        Complaint(
            number=row.number,
            index=row.index,
            batch=infos[row.batch],
            kind=Kind(row.kind),
            serial=row.serial,
            state=State(row.state),
            filed=row.filed,
            answers=row.answers,
            text=told.get(row.index, {}).get("text"),
            photos=tuple(told.get(row.index, {}).get("photos", ())),
            contact=people.get(row.index, {}).get("contact"),
        )
        for row in rows
    )


def _bodies(
    connection: Connection, ledger: str, indices: Sequence[int], compartment: str
) -> dict[int, dict[str, Any]]:
    bodies = queries.bodies_of(connection, ledger, indices, compartment)
    return {index: json.loads(body)["data"] for index, body in bodies}


def _line(text: str, field: str, longest: int) -> str:
    stripped = text.replace("\r\n", "\n").strip()
    if len(stripped) > longest:
        raise Invalid(field=field, value=stripped[:40], expected=f"at most {longest} characters")
    return stripped
