"""Signing in: passwords, sessions, and what stands against guessing.

Nothing of it enters the ledger. A session is known by 256 random bits that only the browser holds; a password by its
argon2id hash (RFC 9106). Who guesses waits, longer each time, and in the same way whether or not there is such a
user. A browser in which somebody signed in before is counted apart from strangers, so that nobody is locked out by
another's guessing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from ipaddress import ip_address, ip_network
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Connection, Row, delete, insert, select, update

from trace.domain.model import Party
from trace.domain.refusals import Refusal
from trace.identifiers import ShortCode
from trace.services import mandates, throttle
from trace.services.context import Actor, Context, Rights, User
from trace.services.keys import KeysUnusable
from trace.services.throttle import Bucket
from trace.store import queries
from trace.store.account_tables import sessions, users
from trace.store.engine import writing
from trace.store.unit_of_work import UnitOfWork

LEAST_PASSWORD = 8
MOST_PASSWORD = 200
IDLE = timedelta(days=30)
"""A session ends when it was not used for so long."""
LONGEST = timedelta(days=180)
"""A session ends after so long however much it is used."""

_SEEN = timedelta(hours=1)  # how stale ``seen`` may be: a page need not write each time
_OWN_TRIES = 5  # of one name from one place
_NAME_TRIES = 100  # of one name from everywhere
_PLACE_TRIES = 50  # of any name from one place
_HASHING = threading.BoundedSemaphore(2)  # argon2id takes 64 MiB each time
_BROWSER = b"browser"


@dataclass(eq=False)
class SignInRefused(Refusal):
    """There is no such user, or the password is another; which of the two is not said."""

    code = "sign_in_refused"


@dataclass(eq=False)
class SignInPaused(Refusal):
    """Too many wrong passwords; the next one is looked at in so many ``seconds``."""

    code = "sign_in_paused"
    seconds: int


@dataclass(eq=False)
class LoginTaken(Refusal):
    """Another user of this service signs in by this name, or did."""

    code = "login_taken"
    login: str


@dataclass(eq=False)
class LoginUnfit(Refusal):
    """What is typed to sign in has 2 to 80 letters or digits, and no spaces."""

    code = "login_unfit"
    login: str


@dataclass(eq=False)
class NameUnfit(Refusal):
    """A person's name has 1 to 80 characters."""

    code = "name_unfit"


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


@dataclass(frozen=True)
class Origin:
    """Where somebody signs in from: an IP address, what ``browser_token`` gave this browser, a word for the machine."""

    address: str = ""
    browser: str = ""
    device: str = "other"


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
    """A new user of a party. Raises LoginUnfit, NameUnfit, PasswordWeak, LoginTaken."""
    hashed = checked_hash(login, password)
    return ctx.sequencer.submit(lambda uow: enter_user(ctx, uow, party.uri, login, name, hashed, rights))


def enter_user(
    ctx: Context, uow: UnitOfWork, party: str, login: str, name: str, hashed: str, rights: Rights
) -> User:
    """The same on a unit of work that is open already. Raises LoginUnfit, NameUnfit, LoginTaken.

    The name of one who ended is never given to another: what he entered stays his.
    """
    wanted, called = folded(login), name.strip()
    if not 2 <= len(wanted) <= 80 or not wanted.isprintable() or any(sign.isspace() for sign in wanted):
        raise LoginUnfit(login=login[:40])
    if not 1 <= len(called) <= 80 or not called.isprintable():
        raise NameUnfit()
    here = users.c.ledger == ctx.ledger
    if uow.connection.execute(select(users.c.id).where(here, users.c.login == wanted)).first():
        raise LoginTaken(login=wanted)
    user = User(ShortCode.generate(ctx.random).value.lower(), party, wanted, called, rights)
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
        )
    )
    return user


def checked_hash(login: str, password: str) -> str:
    """The argon2id hash to keep. Raises PasswordWeak."""
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD or folded(password) == folded(login):
        raise PasswordWeak()
    with _HASHING:
        return _hasher().hash(password)


# -- signing in and out --------------------------------------------------------------------------------------


def sign_in(ctx: Context, login: str, password: str, origin: Origin = Origin()) -> str:
    """Begin a session; its token, which goes into the browser's cookie. Raises SignInRefused, SignInPaused."""
    wanted, nobody = folded(login)[:80], _nobody()
    own, shared = _counted(ctx, wanted, origin)
    if seconds := throttle.charge(ctx, [own, *shared]):
        raise SignInPaused(seconds=seconds)
    row = ctx.sequencer.read(lambda connection: _by_login(connection, ctx.ledger, wanted))
    good = matches(row.password if row is not None else nobody, password)
    if row is None or not good:
        raise SignInRefused()
    throttle.forgive(ctx, [own], shared)
    return ctx.sequencer.submit(lambda uow: begin_session(ctx, uow, row.id, origin.device))


def _counted(ctx: Context, login: str, origin: Origin) -> tuple[Bucket, list[Bucket]]:
    """Where a try is counted: for a browser that this user signed in with before, there alone."""
    if origin.browser and _knows(ctx, origin.browser, login):
        return Bucket(f"browser {origin.browser}", _OWN_TRIES), []
    place = network(origin.address)
    return Bucket(f"pair {place} {login}", _OWN_TRIES), [
        Bucket(f"name {login}", _NAME_TRIES),
        Bucket(f"place {place}", _PLACE_TRIES),
    ]


def network(address: str) -> str:
    """Whose address it is: an IPv6 customer has at least a /64 (RFC 6177) to guess from."""
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    return str(found if found.version == 4 else ip_network((found, 64), strict=False))


def browser_token(ctx: Context, login: str) -> str:
    """What a browser keeps after a user signed in with it, beyond the session: it tells it from a stranger's."""
    return base64.urlsafe_b64encode(ctx.keys.seal(folded(login).encode(), _BROWSER)).decode("ascii")


def _knows(ctx: Context, token: str, login: str) -> bool:
    try:
        raw = base64.b64decode(token[:400], altchars=b"-_", validate=True)
        return ctx.keys.open_sealed(raw, _BROWSER) == login.encode()
    except (ValueError, KeysUnusable):
        return False


def begin_session(ctx: Context, uow: UnitOfWork, user: str, device: str = "other") -> str:
    """A session of a user who has shown who he is; its token. Never one that the browser had before."""
    token = base64.urlsafe_b64encode(ctx.random(32)).decode("ascii").rstrip("=")
    over = (sessions.c.seen < uow.now - IDLE) | (sessions.c.created < uow.now - LONGEST)
    uow.connection.execute(delete(sessions).where(sessions.c.ledger == ctx.ledger, over))
    uow.connection.execute(
        insert(sessions).values(
            ledger=ctx.ledger,
            hash=digest(token),
            user=user,
            device=device[:20],
            created=uow.now,
            seen=uow.now,
        )
    )
    return token


def sign_out(ctx: Context, token: str) -> None:
    """End a session; ending it twice is no error."""
    with writing(ctx.sequencer.engine) as connection:
        connection.execute(
            delete(sessions).where(sessions.c.ledger == ctx.ledger, sessions.c.hash == digest(token))
        )


def signed(ctx: Context, token: str) -> Signed | None:
    """Who is behind a session's token; None where it has ended or the user has."""
    hashed, now = digest(token), ctx.clock()

    def read(connection: Connection) -> tuple[Signed, datetime] | None:
        row = connection.execute(
            select(users, sessions.c.acting_for, sessions.c.created.label("began"), sessions.c.seen)
            .join(sessions, (sessions.c.ledger == users.c.ledger) & (sessions.c.user == users.c.id))
            .where(sessions.c.ledger == ctx.ledger, sessions.c.hash == hashed, users.c.ended.is_(None))
        ).first()
        if row is None or row.seen + IDLE < now or row.began + LONGEST < now:
            return None
        party = queries.find_party(connection, ctx.ledger, row.party)
        if party is None:
            return None
        user = _user(row)
        actor = mandates.standing_in(connection, ctx.ledger, Actor(party, user=user), row.acting_for)
        return Signed(actor, user, csrf_token(token)), row.seen

    found = ctx.sequencer.read(read)
    if found is None:
        return None
    if found[1] + _SEEN < now:
        touch = update(sessions).where(sessions.c.ledger == ctx.ledger, sessions.c.hash == hashed)
        with writing(ctx.sequencer.engine) as connection:
            connection.execute(touch.values(seen=now))
    return found[0]


def enter_for(ctx: Context, token: str, party: str | None) -> None:
    """Have a session enter for another party (URI) from now on, or for its own again: ``signed`` looks who may."""
    own = update(sessions).where(sessions.c.ledger == ctx.ledger, sessions.c.hash == digest(token))
    with writing(ctx.sequencer.engine) as connection:
        connection.execute(own.values(acting_for=party))


def csrf_token(token: str) -> str:
    """What the forms of a session carry: known to whoever may read its pages, and of no use for anything else."""
    return hmac.new(token.encode(), b"trace csrf", hashlib.sha256).hexdigest()


def digest(token: str) -> str:
    """SHA-256 (hex), by which a token of 256 random bits is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def matches(hashed: str, password: str) -> bool:
    """Whether a password is the one that was hashed; an endless one is none."""
    if len(password) > MOST_PASSWORD:
        password = ""
    try:
        with _HASHING:
            return _hasher().verify(hashed, password)
    except VerificationError:
        return False


def _user(row: Row[Any]) -> User:
    return User(row.id, row.party, row.login, row.name, Rights(row.rights))


def _by_login(connection: Connection, ledger: str, login: str) -> Row[Any] | None:
    return connection.execute(
        select(users).where(users.c.ledger == ledger, users.c.login == login, users.c.ended.is_(None))
    ).first()
