"""How a business comes to take part: it applies, the operator looks, and lets it in or says why not.

Approving registers the party and gives a link for its first owner, which the operator passes on to whoever he has made
sure of: a receipt number alone lets nobody in. What applicants say of people is forgotten once it is decided.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, or_, select, update

from trace.domain.model import Party, Role
from trace.domain.refusals import Refusal
from trace.domain.regions import parse_region
from trace.domain.roles import Act
from trace.identifiers import InvalidIdentifier, Licence, ShortCode, UnifiedSocialCreditCode
from trace.services import accounts, parties, registry, throttle, users
from trace.services.context import Actor, Context, Once, Rights
from trace.services.parties import PartyDraft
from trace.services.recording import require
from trace.services.throttle import Bucket
from trace.services.users import Link
from trace.store.operating_tables import applications
from trace.store.tables import api_keys
from trace.store.unit_of_work import UnitOfWork

OPEN, APPROVED, DECLINED = "open", "approved", "declined"

APPLICANTS = tuple(role for role in Role if role not in (Role.OPERATOR, Role.INSPECTOR))
"""What a business can apply as; whoever inspects or runs the service is registered by the operator."""

MOST_OPEN = 500
"""Applications that may wait at once: more can nobody look at."""

_APPLICATIONS = 5  # from one place; and receipts that were guessed wrong
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{3,22}[0-9]")
_LIMITS = {"name": 200, "address": 200, "contact": 80, "login": 80}


@dataclass(eq=False)
class ApplicationIncomplete(Refusal):
    """Something that must be said is not, or is too long; ``field`` names it."""

    code = "application_incomplete"
    field: str


@dataclass(eq=False)
class PhoneMalformed(Refusal):
    """That is no telephone number."""

    code = "phone_malformed"
    value: str


@dataclass(eq=False)
class ApplicationsPaused(Refusal):
    """Too many applications came from one place; the next one is taken in so many ``seconds``."""

    code = "applications_paused"
    seconds: int


@dataclass(eq=False)
class ApplicationsFull(Refusal):
    """So many applications wait that no more are taken."""

    code = "applications_full"


@dataclass(eq=False)
class UnknownApplication(Refusal):
    """There is no application with this receipt number."""

    code = "unknown_application"
    receipt: str


@dataclass(eq=False)
class ApplicationDecided(Refusal):
    """Somebody decided it before."""

    code = "application_decided"


@dataclass(frozen=True)
class ApplicationDraft:
    """What a business says of itself when it applies."""

    name: str
    role: str
    contact: str
    phone: str
    uscc: str = ""
    licence: str = ""
    region: str = ""
    address: str = ""
    login: str = ""


@dataclass(frozen=True)
class Application:
    """An application; ``id`` is its receipt number. ``party`` is the id of the party that came of it."""

    id: str
    name: str
    role: Role
    uscc: str | None
    licence: str | None
    region: str | None
    address: str | None
    contact: str
    phone: str
    login: str | None
    state: str
    reason: str | None
    party: str | None
    created: datetime
    decided: datetime | None


@dataclass(frozen=True)
class Checks:
    """What the operator compares before deciding: numbers that were checked, and who may be the same business."""

    uscc: str  # good | missing | elsewhere: the code names another province than the address
    licence: str  # good | missing
    twins: tuple[Party, ...] = ()
    others: tuple[Application, ...] = field(default=())  # open ones of the same name, number or telephone
    taken: bool = False  # the uscc is a registered party's: approving would be refused


@dataclass(frozen=True)
class Approved:
    """The party that came of an application, and the link for its first owner, shown this once."""

    party: Party
    link: Link


def apply(ctx: Context, draft: ApplicationDraft, address: str) -> str:
    """Take an application from an IP address; its receipt number.

    Raises ApplicationIncomplete, PhoneMalformed, RegionMalformed, InvalidIdentifier, ApplicationsPaused,
    ApplicationsFull.
    """
    row = _checked(draft)
    place = accounts.network(address)
    if seconds := throttle.charge(ctx, [Bucket(f"application {place}", _APPLICATIONS)]):
        raise ApplicationsPaused(seconds=seconds)
    receipt = ShortCode.generate(ctx.random).value

    def work(uow: UnitOfWork) -> None:
        here = (applications.c.ledger == ctx.ledger) & (applications.c.state == OPEN)
        waiting = select(func.count()).select_from(applications).where(here)
        if uow.connection.execute(waiting).scalar_one() >= MOST_OPEN:
            raise ApplicationsFull()
        values = {**row, "ledger": ctx.ledger, "id": receipt, "state": OPEN, "created": uow.now}
        uow.connection.execute(insert(applications).values(values))

    ctx.sequencer.submit(work)
    return receipt


def _checked(draft: ApplicationDraft) -> dict[str, str | None]:
    said = {name: value.strip() or None for name, value in asdict(draft).items()}
    for name in ("name", "role", "contact", "phone"):
        if said[name] is None:
            raise ApplicationIncomplete(field=name)
    for name, most in _LIMITS.items():
        if len(said[name] or "") > most or not (said[name] or "").isprintable():
            raise ApplicationIncomplete(field=name)
    if said["role"] not in APPLICANTS:
        raise ApplicationIncomplete(field="role")
    if not _PHONE.fullmatch(said["phone"] or ""):
        raise PhoneMalformed(value=(said["phone"] or "")[:30])
    return {
        **said,
        "uscc": UnifiedSocialCreditCode.parse(said["uscc"]).value if said["uscc"] else None,
        "licence": Licence.parse(said["licence"]).value if said["licence"] else None,
        "region": parse_region(said["region"]) if said["region"] else None,
    }


def status(ctx: Context, receipt: str, address: str) -> Application:
    """An application by its receipt number, for whoever has it. Raises UnknownApplication, ApplicationsPaused."""
    guesses = Bucket(f"receipt {accounts.network(address)}", 4 * _APPLICATIONS)
    if seconds := throttle.charge(ctx, [guesses]):
        raise ApplicationsPaused(seconds=seconds)
    try:
        found = find(ctx, ShortCode.parse(receipt).value)
    except InvalidIdentifier:
        raise UnknownApplication(receipt=receipt[:40]) from None
    throttle.forgive(ctx, [], [guesses])
    return found


# -- what the operator does with it ---------------------------------------------------------------------------


def find(ctx: Context, id: str) -> Application:
    """An application. Raises UnknownApplication."""
    row = ctx.sequencer.read(
        lambda connection: connection.execute(
            select(applications).where(applications.c.ledger == ctx.ledger, applications.c.id == id)
        ).first()
    )
    if row is None:
        raise UnknownApplication(receipt=id[:40])
    return _application(row)


def listed(ctx: Context, *, open_: bool) -> list[Application]:
    """Applications that wait, the oldest first; or those that were decided last, 50 of them."""
    columns = applications.c
    wanted = select(applications).where(columns.ledger == ctx.ledger)
    if open_:
        wanted = wanted.where(columns.state == OPEN).order_by(columns.created, columns.id)
    else:
        wanted = wanted.where(columns.state != OPEN).order_by(columns.decided.desc(), columns.id).limit(50)
    rows = ctx.sequencer.read(lambda connection: connection.execute(wanted).all())
    return [_application(row) for row in rows]


def checks(ctx: Context, one: Application) -> Checks:
    """What to look at before deciding; the check digits were found right when it came."""
    twins = registry.like(ctx, name=one.name, uscc=one.uscc, licence=one.licence)
    columns = applications.c
    same = [columns.name == one.name, columns.phone == one.phone]
    same += [columns.uscc == one.uscc] if one.uscc else []
    alike = select(applications).where(columns.ledger == ctx.ledger, columns.state == OPEN, or_(*same))
    rows = ctx.sequencer.read(
        lambda connection: connection.execute(alike.where(columns.id != one.id).limit(20)).all()
    )
    elsewhere = one.uscc and one.region and one.uscc[2:4] != one.region[:2]
    return Checks(
        uscc="missing" if not one.uscc else "elsewhere" if elsewhere else "good",
        licence="good" if one.licence else "missing",
        twins=tuple(twins),
        others=tuple(_application(row) for row in rows),
        taken=any(one.uscc is not None and twin.uscc == one.uscc for twin in twins),
    )


def approve(ctx: Context, actor: Actor, id: str) -> Approved:
    """Register the party of an application, and make the link for its first owner.

    Raises RoleForbids, UnknownApplication, ApplicationDecided, Duplicate, InvalidIdentifier.
    """
    require(actor, Act.REGISTER_PARTY)
    one = find(ctx, id)
    if one.state != OPEN:
        raise ApplicationDecided()
    draft = PartyDraft(
        name=one.name,
        role=one.role,
        uscc=one.uscc,
        licence=one.licence,
        region=one.region,
        address=one.address,
        contact=one.contact,
        phone=one.phone,
    )
    # Approved twice at once, or again after a crash: the first registration is the answer to both.
    key = Once(f"application:{id}", hashlib.sha256(repr(draft).encode()).hexdigest())
    done = parties.register_party(ctx, actor, draft, key)
    party = parties.find_party(ctx, str(done.result["id"]))

    def work(uow: UnitOfWork) -> Link:
        _decide(ctx, uow, id, state=APPROVED, party=party.id)
        # Nobody was shown the key that every new party is given: the first owner makes one when he needs it.
        unseen = (api_keys.c.ledger == ctx.ledger) & (api_keys.c.party == party.uri)
        uow.connection.execute(delete(api_keys).where(unseen))
        return users.issue(ctx, uow, actor, party.uri, Rights.OWNER, login=one.login)

    return Approved(party, ctx.sequencer.submit(work))


def decline(ctx: Context, actor: Actor, id: str, reason: str) -> None:
    """Say why a business is not let in.

    Raises RoleForbids, UnknownApplication, ApplicationDecided, ApplicationIncomplete.
    """
    require(actor, Act.REGISTER_PARTY)
    why = reason.strip()
    if not 1 <= len(why) <= 500:
        raise ApplicationIncomplete(field="reason")
    find(ctx, id)
    ctx.sequencer.submit(lambda uow: _decide(ctx, uow, id, state=DECLINED, reason=why))


def _decide(ctx: Context, uow: UnitOfWork, id: str, **values: str) -> None:
    undecided = (applications.c.id == id) & (applications.c.state == OPEN)
    decided = uow.connection.execute(
        update(applications)
        .where(applications.c.ledger == ctx.ledger, undecided)
        .values(contact="", phone="", decided=uow.now, **values)
    )
    if decided.rowcount != 1:
        raise ApplicationDecided()


def _application(row: Row[Any]) -> Application:
    values = dict(row._mapping)
    del values["ledger"]
    return Application(**{**values, "role": Role(values["role"])})
