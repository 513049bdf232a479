"""The people who sign in: users of a party, their passwords, and their sessions.

Nothing of them enters the ledger. A session is known by 256 random bits that only the browser holds; a password by
its argon2id hash (RFC 9106). Who types wrong passwords waits, longer each time, whether or not there is such a user.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Connection, Row, delete, insert, select, update

from trace.domain.model import Party
from trace.domain.refusals import Invalid, Refusal
from trace.identifiers import ShortCode
from trace.services.context import Actor, Context, Rights, User
from trace.store import queries
from trace.store.account_tables import sessions, users
from trace.store.unit_of_work import UnitOfWork

LEAST_PASSWORD = 8
IDLE = timedelta(days=30)
"""A session ends when it was not used for so long."""
LONGEST = timedelta(days=180)
"""A session ends after so long however much it is used."""

_SEEN = timedelta(hours=1)  # how stale ``seen`` may be: a page need not write each time
_FREE_TRIES = 5
_LONGEST_WAIT = 900  # seconds


@dataclass(eq=False)
class SignInRefused(Refusal):
    """There is no such user, or the password is another; which of the two is not said."""

    code = "sign_in_refused"


@dataclass(eq=False)
class SignInPaused(Refusal):
    """Too many wrong passwords in a row; the next one is looked at in so many ``seconds``."""

    code = "sign_in_paused"
    seconds: int


@dataclass(eq=False)
class LoginTaken(Refusal):
    """Another user of this service signs in by this name."""

    code = "login_taken"
    login: str


@dataclass(eq=False)
class PasswordWeak(Refusal):
    """The password is shorter than ``least`` letters, or the login itself."""

    code = "password_weak"
    least: int = LEAST_PASSWORD


@dataclass(frozen=True)
class Signed:
    """Who is signed in, and what every form of this session carries against forged requests."""

    actor: Actor
    user: User
    csrf: str


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody() -> str:
    """A hash of no one's password, verified where the user is unknown so that the answer takes as long."""
    return _hasher().hash("nobody")


def folded(login: str) -> str:
    """The form in which logins are compared: without spaces around, in small letters."""
    return login.strip().casefold()


def create_user(ctx: Context, party: Party, *, login: str, name: str, password: str, rights: Rights) -> User:
    """A new user of a party. Raises Invalid, PasswordWeak, LoginTaken."""
    hashed = _checked_hash(login, password)
    return ctx.sequencer.submit(lambda uow: enter_user(ctx, uow, party.uri, login, name, hashed, rights))


def enter_user(
    ctx: Context, uow: UnitOfWork, party: str, login: str, name: str, hashed: str, rights: Rights
) -> User:
    """The same on a unit of work that is open already. Raises Invalid, LoginTaken."""
    wanted = folded(login)
    if not 2 <= len(wanted) <= 80:
        raise Invalid(field="login", value=login[:40], expected="2 to 80 characters")
    if not 1 <= len(name.strip()) <= 80:
        raise Invalid(field="name", value=name[:40], expected="1 to 80 characters")
    here = users.c.ledger == ctx.ledger
    if uow.connection.execute(select(users.c.id).where(here, users.c.login == wanted)).first():
        raise LoginTaken(login=wanted)
    user = User(ShortCode.generate(ctx.random).value.lower(), party, wanted, name.strip(), rights)
    uow.connection.execute(
        insert(users).values(
            ledger=ctx.ledger,
            id=user.id,
            party=party,
            login=wanted,
            name=user.name,
            password=hashed,
            rights=str(rights),
            created=uow.now,
            failures=0,
        )
    )
    return user


def _checked_hash(login: str, password: str) -> str:
    """The argon2id hash to keep. Raises PasswordWeak."""
    if not LEAST_PASSWORD <= len(password) <= 200 or folded(password) == folded(login):
        raise PasswordWeak()
    return _hasher().hash(password)


def sign_in(ctx: Context, login: str, password: str) -> str:
    """Begin a session; its token, which goes into the browser's cookie. Raises SignInRefused, SignInPaused."""
    row = ctx.sequencer.read(lambda connection: _by_login(connection, ctx.ledger, folded(login)))
    now = ctx.clock()
    if row is not None and row.wait_until is not None and row.wait_until > now:
        raise SignInPaused(seconds=int((row.wait_until - now).total_seconds()) + 1)
    good = _matches(row.password if row is not None else _nobody(), password)
    if row is None or not good:
        if row is not None:
            ctx.sequencer.submit(lambda uow: _failed(ctx, uow, row.id))
        raise SignInRefused()
    return ctx.sequencer.submit(lambda uow: begin_session(ctx, uow, row.id))


def begin_session(ctx: Context, uow: UnitOfWork, user: str) -> str:
    """A session of a user who has shown who he is; its token."""
    token = base64.urlsafe_b64encode(ctx.random(32)).decode("ascii").rstrip("=")
    uow.connection.execute(
        update(users)
        .where(users.c.ledger == ctx.ledger, users.c.id == user)
        .values(failures=0, wait_until=None)
    )
    uow.connection.execute(
        insert(sessions).values(
            ledger=ctx.ledger, hash=_digest(token), user=user, created=uow.now, seen=uow.now
        )
    )
    return token


def sign_out(ctx: Context, token: str) -> None:
    """End a session; ending it twice is no error."""
    gone = delete(sessions).where(sessions.c.ledger == ctx.ledger, sessions.c.hash == _digest(token))
    ctx.sequencer.submit(lambda uow: uow.connection.execute(gone) and None)


def signed(ctx: Context, token: str) -> Signed | None:
    """Who is behind a session's token; None where it has ended or the user has."""
    digest, now = _digest(token), ctx.clock()

    def read(connection: Connection) -> tuple[Signed, datetime] | None:
        row = connection.execute(
            select(users, sessions.c.acting_for, sessions.c.created.label("began"), sessions.c.seen)
            .join(sessions, (sessions.c.ledger == users.c.ledger) & (sessions.c.user == users.c.id))
            .where(sessions.c.ledger == ctx.ledger, sessions.c.hash == digest, users.c.ended.is_(None))
        ).first()
        if row is None or row.seen + IDLE < now or row.began + LONGEST < now:
            return None
        party = queries.find_party(connection, ctx.ledger, row.party)
        if party is None:
            return None
        user = _user(row)
        return Signed(Actor(party, user=user), user, csrf_token(token)), row.seen

    found = ctx.sequencer.read(read)
    if found is None:
        return None
    if found[1] + _SEEN < now:
        touch = update(sessions).where(sessions.c.ledger == ctx.ledger, sessions.c.hash == digest)
        ctx.sequencer.submit(lambda uow: uow.connection.execute(touch.values(seen=now)) and None)
    return found[0]


def csrf_token(token: str) -> str:
    """What the forms of a session carry: known to whoever may read its pages, and of no use for anything else."""
    return hmac.new(token.encode(), b"trace csrf", hashlib.sha256).hexdigest()


def _user(row: Row[Any]) -> User:
    return User(row.id, row.party, row.login, row.name, Rights(row.rights))


def _by_login(connection: Connection, ledger: str, login: str) -> Row[Any] | None:
    return connection.execute(
        select(users).where(users.c.ledger == ledger, users.c.login == login, users.c.ended.is_(None))
    ).first()


def _matches(hashed: str, password: str) -> bool:
    try:
        return _hasher().verify(hashed, password)
    except VerificationError:
        return False


def _failed(ctx: Context, uow: UnitOfWork, user: str) -> None:
    """Count one more wrong password; after a few, each doubles the pause."""
    mine = (users.c.ledger == ctx.ledger) & (users.c.id == user)
    failures = uow.connection.execute(select(users.c.failures).where(mine)).scalar_one() + 1
    pause = min(2 ** (failures - _FREE_TRIES), _LONGEST_WAIT) if failures >= _FREE_TRIES else 0
    until = uow.now + timedelta(seconds=pause) if pause else None
    uow.connection.execute(update(users).where(mine).values(failures=failures, wait_until=until))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
